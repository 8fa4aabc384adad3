/**
 * Loads a partition from its directory, and repairs what a crash has left.
 *
 *     leftovers of deletions and compactions go (leftovers.ts)
 *       ▼
 *     segments are found (loading-segments.ts); those that may be damaged are recovered (crash-recovery.ts)
 *       ▼
 *     leader epochs and producer snapshots are cut to what is there, producer state is loaded
 *
 * It owns the order, and where the log begins and ends; it never looks at a batch itself. After a clean shutdown nothing of
 * that is needed but the end of the last segment. Source: Kafka's LogLoader.
 */
import { basename } from 'node:path'
import { LOG_START_OFFSET_CHECKPOINT } from '../core/checkpoints.js'
import type { LeaderEpochs } from '../core/leader-epochs.js'
import type { ProducerState } from '../core/producer-state.js'
import { SegmentList } from '../segment/segment-list.js'
import { readTail } from '../segment/segment-search.js'
import { CrashRecovery } from './crash-recovery.js'
import { clearLeftovers } from './leftovers.js'
import { loadEpochs } from './load-epochs.js'
import type { LoadOptions } from './load-options.js'
import { LoadingSegments } from './loading-segments.js'
import { PartitionFiles } from './partition-files.js'
import type { LogRecovery, LogRepair } from './partition-log-types.js'
import { ProducerSnapshots } from './producer-snapshots.js'

/** A loaded partition. */
export interface LoadedLog {
  readonly segments: SegmentList
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly snapshots: ProducerSnapshots
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly recoveryPoint: number
  readonly recovery: LogRecovery
}

/** What is put together on the way. */
interface Loading {
  readonly options: LoadOptions
  readonly segments: LoadingSegments
  readonly epochs: LeaderEpochs
  readonly snapshots: ProducerSnapshots
  readonly recovery: CrashRecovery
  readonly onRepair: (repair: LogRepair) => void
}

/** Loads a directory, which must be there; it may be empty. */
export async function loadLog(options: LoadOptions): Promise<LoadedLog> {
  const { environment, directory } = options
  const files = await PartitionFiles.read(environment.disk, directory)
  await clearLeftovers(files)
  const repairs: LogRepair[] = []
  const onRepair = (repair: LogRepair): void => {
    repairs.push(repair)
    environment.reporter.warn(`${directory}/${repair.file} is damaged, and not used: ${repair.reason}`, {
      partition: basename(directory),
      ...repair,
    })
  }
  const segments = await LoadingSegments.find(options, files, onRepair)
  const epochs = await loadEpochs(files, segments.all, onRepair)
  const snapshots = new ProducerSnapshots(environment.disk, directory, [...files.names], onRepair)
  const recovery = new CrashRecovery({ options, segments, epochs, snapshots, onRepair })
  await recovery.run()
  return await finish({ options, segments, epochs, snapshots, recovery, onRepair }, repairs)
}

/** Cuts what belongs to the segments to where the log begins and ends. */
async function finish(loading: Loading, repairs: readonly LogRepair[]): Promise<LoadedLog> {
  const { options, epochs, snapshots, recovery } = loading
  const { logStartOffset, logEndOffset } = await settleOffsets(loading)
  epochs.truncateFromEnd(logEndOffset)
  epochs.truncateFromStart(logStartOffset)
  await snapshots.removeStrays(loading.segments.all.map((segment) => segment.baseOffset))
  await snapshots.remove((offset) => offset > logEndOffset || (offset <= logStartOffset && offset !== logEndOffset))
  const producers = await loadProducers(loading, logStartOffset, logEndOffset)
  const segments = new SegmentList([...loading.segments.all])
  await segments.active.activate()
  const { recoveredSegments, truncation } = recovery
  const knownGood = options.cleanShutdown && recoveredSegments === 0
  return {
    segments,
    epochs,
    producers,
    snapshots,
    logStartOffset,
    logEndOffset,
    recoveryPoint: knownGood ? logEndOffset : Math.min(options.recoveryPoint, logEndOffset),
    recovery: { recoveredSegments, truncation, repairs },
  }
}

/** Where the log begins and ends; makes the first segment of an empty log. */
async function settleOffsets(loading: Loading): Promise<{ logStartOffset: number; logEndOffset: number }> {
  const { options, segments, recovery } = loading
  const { cleanShutdown, environment, directory } = options
  const isCut = await segments.dropFailedRoll()
  let start = options.logStartOffset
  const { last } = segments
  const known = isCut ? undefined : recovery.endOffset
  const end = known ?? (last === undefined ? undefined : (await readTail(last)).nextOffset)
  if (end !== undefined && end < start && cleanShutdown) {
    loading.onRepair({
      file: LOG_START_OFFSET_CHECKPOINT,
      reason: `the log ends at ${end}, and cannot begin at ${start}`,
    })
    start = 0
  } else if (end !== undefined && end < start) {
    environment.reporter.warn(
      `${directory} ends at offset ${end}, below its start offset ${start}: all of it is removed`,
      { partition: basename(directory), logEndOffset: end, logStartOffset: start },
    )
    await segments.removeFrom(0)
    loading.epochs.clear()
    await loading.snapshots.remove(() => true)
  }
  const { first } = segments
  if (first === undefined || end === undefined) {
    await segments.createFirst(start)
    return { logStartOffset: start, logEndOffset: start }
  }
  return { logStartOffset: Math.max(start, first.baseOffset), logEndOffset: end }
}

/** What recovery has built, with the last batches of each producer; else from the latest snapshot on. */
async function loadProducers(loading: Loading, logStartOffset: number, logEndOffset: number): Promise<ProducerState> {
  const { environment, config } = loading.options
  const nowMs = environment.clock.nowMs()
  const built = loading.recovery.producersAt(logEndOffset)
  if (built === undefined) {
    return await loading.snapshots.load({
      segments: loading.segments.all,
      logStartOffset,
      endOffset: logEndOffset,
      nowMs,
      expirationMs: config.producerIdExpirationMs,
    })
  }
  built.removeExpired(nowMs, config.producerIdExpirationMs)
  return built
}
