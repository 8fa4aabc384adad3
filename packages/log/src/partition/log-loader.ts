/**
 * Loads a partition from its directory, and repairs what a crash has left.
 *
 *     leftovers of deletions and compactions go (leftovers.ts)
 *       ▼
 *     segments: each .log file is one; those that miss an index, or lie above the recovery point after a crash,
 *       are recovered (segment-recovery.ts), and nothing is kept behind the first bad batch
 *       ▼
 *     leader epochs and producer snapshots are cut to what is there, producer state is loaded
 *
 * It owns the order, and the decision what is suspect; it never looks at a batch itself. After a clean shutdown nothing of
 * that is needed but the end of the last segment. Source: Kafka's LogLoader.
 */
import { basename } from 'node:path'
import { LOG_START_OFFSET_CHECKPOINT } from '../core/checkpoints.js'
import {
  fileNameFor,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfFileName,
  SEGMENT_SUFFIXES,
  TRANSACTION_INDEX_SUFFIX,
} from '../core/file-names.js'
import { LeaderEpochs } from '../core/leader-epochs.js'
import { isCompacted, type LogConfig } from '../core/log-config.js'
import { encodeProducerSnapshot } from '../core/producer-snapshot.js'
import type { ProducerState } from '../core/producer-state.js'
import type { LogEnvironment } from '../ports.js'
import type { IndexCache } from '../segment/index-cache.js'
import { LogSegment } from '../segment/log-segment.js'
import { SegmentIndexes } from '../segment/segment-indexes.js'
import { SegmentList } from '../segment/segment-list.js'
import type { SegmentTail } from '../segment/segment-search.js'
import { clearLeftovers } from './leftovers.js'
import { loadEpochs } from './load-epochs.js'
import { PartitionFiles } from './partition-files.js'
import type { LogRecovery, LogRepair, LogTruncation } from './partition-log-types.js'
import { ProducerSnapshots } from './producer-snapshots.js'
import { segmentOptions } from './segment-options.js'
import { checkSegment, type RecoveredSegment, type RecoveredState } from './segment-recovery.js'

/** What is loaded, and what was known of it. */
export interface LoadOptions {
  readonly environment: LogEnvironment
  readonly directory: string
  readonly config: LogConfig
  readonly indexCache: IndexCache
  /** Was the log closed cleanly, so that nothing needs to be checked? */
  readonly cleanShutdown: boolean
  /** Everything below is known to be on disk. */
  readonly recoveryPoint: number
  /** The log start offset as checkpointed. */
  readonly logStartOffset: number
}

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

/** Loads a directory, which must be there; it may be empty. */
export async function loadLog(options: LoadOptions): Promise<LoadedLog> {
  const files = await PartitionFiles.read(options.environment.disk, options.directory)
  await clearLeftovers(files)
  return await new LogLoader(options, files).load()
}

class LogLoader {
  readonly #options: LoadOptions
  readonly #files: PartitionFiles
  readonly #repairs: LogRepair[] = []
  #segments: LogSegment[] = []
  #epochs = new LeaderEpochs()
  #recoveredSegments = 0
  #truncation: LogTruncation | undefined
  /** Where the last segment ends, once somebody has looked. */
  #endOffset: number | undefined

  constructor(options: LoadOptions, files: PartitionFiles) {
    this.#options = options
    this.#files = files
  }

  async load(): Promise<LoadedLog> {
    const { environment, directory, config } = this.#options
    await this.#openSegments()
    const onRepair = (repair: LogRepair): void => this.#onRepair(repair)
    this.#epochs = await loadEpochs(this.#files, this.#segments, onRepair)
    const snapshots = new ProducerSnapshots(environment.disk, directory, [...this.#files.names], onRepair)

    await this.#recover(snapshots)
    const { logStartOffset, logEndOffset } = await this.#settleOffsets(snapshots)
    this.#epochs.truncateFromEnd(logEndOffset)
    this.#epochs.truncateFromStart(logStartOffset)
    await snapshots.removeStrays(this.#segments.map((segment) => segment.baseOffset))
    await snapshots.remove((offset) => offset > logEndOffset || (offset <= logStartOffset && offset !== logEndOffset))
    const producers = await snapshots.load({
      segments: this.#segments,
      logStartOffset,
      endOffset: logEndOffset,
      nowMs: environment.clock.nowMs(),
      expirationMs: config.producerIdExpirationMs,
    })
    const segments = new SegmentList(this.#segments)
    await segments.active.activate()
    const knownGood = this.#options.cleanShutdown && this.#recoveredSegments === 0
    return {
      segments,
      epochs: this.#epochs,
      producers,
      snapshots,
      logStartOffset,
      logEndOffset,
      recoveryPoint: knownGood ? logEndOffset : Math.min(this.#options.recoveryPoint, logEndOffset),
      recovery: {
        recoveredSegments: this.#recoveredSegments,
        truncation: this.#truncation,
        repairs: this.#repairs,
      },
    }
  }

  async #openSegments(): Promise<void> {
    const { cleanShutdown, recoveryPoint, config } = this.#options
    const bases = [...this.#files.names]
      .filter((name) => name.endsWith(LOG_SUFFIX))
      .map((name) => offsetOfFileName(name))
      .filter((offset) => offset !== undefined)
      .sort((a, b) => a - b)
    for (const baseOffset of bases) {
      const stat = await this.#options.environment.disk.stat(this.#files.path(fileNameFor(baseOffset, LOG_SUFFIX)))
      if (stat === undefined) continue
      const segment = LogSegment.existing(segmentOptions(this.#options, baseOffset), stat)
      // Above the recovery point a power cut may have emptied it: then the log ends here, and recovery will say so.
      const isChecked = !cleanShutdown && baseOffset >= recoveryPoint && !isCompacted(config)
      if (stat.sizeInBytes === 0 && baseOffset !== bases.at(-1) && !isChecked) {
        this.#onRepair({ file: fileNameFor(baseOffset, LOG_SUFFIX), reason: 'it is empty, and others follow it' })
        await this.#removeSegment(segment)
      } else this.#segments.push(segment)
    }
  }

  /** Empty segments behind this one, rolled at an offset that it has passed since, because the roll failed half-way. */
  async #dropFailedRolls(index: number, nextOffset: number): Promise<void> {
    for (let next = this.#segments[index + 1]; next !== undefined; next = this.#segments[index + 1]) {
      if (next.sizeInBytes > 0 || next.baseOffset >= nextOffset) return
      await this.#removeSegment(next)
      this.#segments.splice(index + 1, 1)
    }
  }

  /** The same, for the last segment where nothing was recovered: it counts only if it begins where the one before ends. */
  async #dropFailedRoll(): Promise<void> {
    const last = this.#segments.at(-1)
    const before = this.#segments.at(-2)
    if (last === undefined || before === undefined || last.sizeInBytes > 0) return
    if ((await before.readNextOffset()) <= last.baseOffset) return
    await this.#removeSegment(last)
    this.#segments.pop()
    this.#endOffset = undefined
  }

  /** Reads through the segments that may be damaged, and cuts the log at the first bad batch. */
  async #recover(snapshots: ProducerSnapshots): Promise<void> {
    for (const [index, segment] of this.#segments.entries()) {
      if (!(await this.#isSuspect(segment, index))) continue
      const { nextOffset, damage } = await this.#recoverSegment(segment, index, snapshots)
      await this.#dropFailedRolls(index, nextOffset)
      const next = this.#segments[index + 1]
      this.#endOffset = next === undefined ? nextOffset : undefined
      const reason = this.#misfit(nextOffset, next)
      if (damage === undefined && reason === undefined) continue
      const position = segment.sizeInBytes
      await this.#cutBehind(segment, index, { nextOffset, ...(damage ?? { position, reason: reason ?? 'gap' }) })
      return
    }
  }

  async #readSmall(segment: LogSegment): Promise<SegmentTail | undefined> {
    const { environment, directory } = this.#options
    const name = fileNameFor(segment.baseOffset, TRANSACTION_INDEX_SUFFIX)
    if (!this.#files.names.has(name)) return await segment.readSmall(undefined)
    return await segment.readSmall(
      await SegmentIndexes.loadTransactions(environment.disk, directory, segment.baseOffset),
    )
  }

  /** Why a segment cannot be the one behind what ends at this offset. */
  #misfit(nextOffset: number, next: LogSegment | undefined): 'gap' | 'overlap' | undefined {
    if (next === undefined || next.baseOffset === nextOffset) return undefined
    if (next.baseOffset < nextOffset) return 'overlap'
    return isCompacted(this.#options.config) ? undefined : 'gap'
  }

  async #isSuspect(segment: LogSegment, index: number): Promise<boolean> {
    const { cleanShutdown, recoveryPoint } = this.#options
    const next = this.#segments[index + 1]
    // A segment that ends just at the recovery point may have been sealed after its last flush, without its indexes.
    const isAboveRecoveryPoint = next === undefined || next.baseOffset >= recoveryPoint
    if ((!cleanShutdown && isAboveRecoveryPoint) || (await this.#lacksIndex(segment))) return true
    if (next !== undefined) return false
    // Where the log ends must be known for certain, also behind a clean shutdown.
    const tail = (await this.#readSmall(segment)) ?? (await segment.readTail())
    this.#endOffset = tail.nextOffset
    return !tail.isWhole
  }

  /** Removes the damaged end of a segment, and the segments behind it. */
  async #cutBehind(
    segment: LogSegment,
    index: number,
    damage: { readonly nextOffset: number; readonly position: number; readonly reason: LogTruncation['reason'] },
  ): Promise<void> {
    const { nextOffset, position, reason } = damage
    const bytes = segment.sizeInBytes - position
    // On the platters before anything is appended: what is left of it behind new batches could look like the next ones.
    if (bytes > 0) await segment.cutTo(position, { sync: true })
    const removed = this.#segments.splice(index + 1)
    let segmentBytes = 0
    for (const later of removed) {
      segmentBytes += later.sizeInBytes
      await this.#removeSegment(later)
    }
    if (removed.length > 0) await this.#options.environment.disk.syncDirectory(this.#options.directory)
    this.#endOffset = nextOffset
    this.#truncation = {
      segment: segment.baseOffset,
      position,
      logEndOffset: nextOffset,
      reason,
      bytes,
      segments: removed.length,
      segmentBytes,
    }
    const { environment, directory } = this.#options
    environment.reporter.warn(
      `${segment.path}: damaged at byte ${position} (${reason}); ${bytes} bytes are cut and ${removed.length} segments removed, the log goes on at offset ${nextOffset}`,
      { partition: basename(directory), ...this.#truncation },
    )
  }

  async #lacksIndex(segment: LogSegment): Promise<boolean> {
    if (!this.#files.names.has(fileNameFor(segment.baseOffset, OFFSET_INDEX_SUFFIX))) return true
    const transactions = fileNameFor(segment.baseOffset, TRANSACTION_INDEX_SUFFIX)
    if (!this.#files.names.has(transactions)) return false
    const { environment, directory } = this.#options
    const index = await SegmentIndexes.loadTransactions(environment.disk, directory, segment.baseOffset)
    if (index !== undefined) return false
    this.#onRepair({ file: transactions, reason: 'it is no index of aborted transactions' })
    return true
  }

  /** Checks every batch, and builds the indexes and the producers' state anew from what is good. */
  async #recoverSegment(segment: LogSegment, index: number, snapshots: ProducerSnapshots): Promise<RecoveredSegment> {
    const { environment, logStartOffset, config } = this.#options
    const check = async (limit?: number): Promise<RecoveredSegment & RecoveredState> => {
      const producers = await snapshots.load({
        segments: this.#segments.slice(0, index),
        logStartOffset,
        endOffset: segment.baseOffset,
        nowMs: environment.clock.nowMs(),
        expirationMs: config.producerIdExpirationMs,
      })
      const state = {
        producers,
        epochs: new LeaderEpochs(this.#epochs.entries),
        gapsAllowed: isCompacted(config),
      }
      return { ...state, ...(await checkSegment(segment, state, limit)) }
    }
    this.#recoveredSegments += 1
    const checked = await check()
    // What lies behind the damage may have been taken for good before it was seen.
    const { nextOffset, producers, epochs } =
      checked.damage === undefined ? checked : await check(checked.damage.position)
    segment.seal()
    if (epochs.version > 0) this.#epochs = adopted(this.#epochs, epochs)
    await snapshots.write(nextOffset, encodeProducerSnapshot(producers.entries()))
    return { nextOffset, damage: checked.damage }
  }

  /** Where the log begins and ends; makes the first segment of an empty log. */
  async #settleOffsets(snapshots: ProducerSnapshots): Promise<{ logStartOffset: number; logEndOffset: number }> {
    await this.#dropFailedRoll()
    const { cleanShutdown, environment, directory } = this.#options
    let start = this.#options.logStartOffset
    const last = this.#segments.at(-1)
    const end = last === undefined ? undefined : (this.#endOffset ?? (await last.readNextOffset()))
    if (end !== undefined && end < start && cleanShutdown) {
      this.#onRepair({
        file: LOG_START_OFFSET_CHECKPOINT,
        reason: `the log ends at ${end}, and cannot begin at ${start}`,
      })
      start = 0
    } else if (end !== undefined && end < start) {
      environment.reporter.warn(
        `${directory} ends at offset ${end}, below its start offset ${start}: all of it is removed`,
        { partition: basename(directory), logEndOffset: end, logStartOffset: start },
      )
      for (const segment of this.#segments) await this.#removeSegment(segment)
      this.#segments = []
      this.#epochs.clear()
      await snapshots.remove(() => true)
    }
    const first = this.#segments[0]
    if (first === undefined || end === undefined) {
      const segment = LogSegment.planned(segmentOptions(this.#options, start))
      await segment.create()
      this.#segments = [segment]
      return { logStartOffset: start, logEndOffset: start }
    }
    return { logStartOffset: Math.max(start, first.baseOffset), logEndOffset: end }
  }

  async #removeSegment(segment: LogSegment): Promise<void> {
    await segment.removeFiles()
    for (const suffix of SEGMENT_SUFFIXES) this.#files.forget(fileNameFor(segment.baseOffset, suffix))
  }

  #onRepair(repair: LogRepair): void {
    this.#repairs.push(repair)
    const { environment, directory } = this.#options
    environment.reporter.warn(`${directory}/${repair.file} is damaged, and not used: ${repair.reason}`, {
      partition: basename(directory),
      ...repair,
    })
  }
}

/** The epochs with what a check has added, so that their file is written again. */
function adopted(epochs: LeaderEpochs, checked: LeaderEpochs): LeaderEpochs {
  for (const { epoch, startOffset } of checked.entries) {
    if (epoch > (epochs.latestEpoch ?? -1)) epochs.assign(epoch, startOffset)
  }
  return epochs
}
