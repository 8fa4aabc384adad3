/**
 * Repairs what a crash has left of the segments: those that miss an index, or lie above the recovery point after a crash, are
 * read through (segment-recovery.ts), and nothing is kept behind the first bad batch.
 *
 * It owns the decision which segments are suspect, and what the reading has built: the end of the log, leader epochs, and the
 * producers' state. That is worth more than the snapshot which is written of it: a snapshot keeps the last batch of a producer
 * alone, and whoever had five in flight when the broker died sends all five again.
 */
import { basename } from 'node:path'
import { fileNameFor, OFFSET_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX } from '../core/file-names.js'
import { LeaderEpochs } from '../core/leader-epochs.js'
import { isCompacted } from '../core/log-config.js'
import { encodeProducerSnapshot } from '../core/producer-snapshot.js'
import { ProducerState } from '../core/producer-state.js'
import type { TransactionIndex } from '../core/transaction-index.js'
import { isOutOfSpace } from '../disk/disk.js'
import type { LogSegment } from '../segment/log-segment.js'
import { SegmentIndexes } from '../segment/segment-indexes.js'
import { readTail, type SegmentTail } from '../segment/segment-search.js'
import type { LoadOptions, RepairListener } from './load-options.js'
import type { LoadingSegments } from './loading-segments.js'
import type { LogTruncation } from './partition-log-types.js'
import type { LoadedProducers, ProducerSnapshots } from './producer-snapshots.js'
import { checkSegment, type RecoveredSegment, type RecoveredState } from './segment-recovery.js'

/** What a recovery works with. */
export interface CrashRecoveryParts {
  readonly options: LoadOptions
  readonly segments: LoadingSegments
  /** Filled with what the batches say beyond it. */
  readonly epochs: LeaderEpochs
  readonly snapshots: ProducerSnapshots
  readonly onRepair: RepairListener
}

/** See above. */
export class CrashRecovery {
  readonly #parts: CrashRecoveryParts
  readonly #options: LoadOptions
  readonly #segments: LoadingSegments
  #recoveredSegments = 0
  #truncation: LogTruncation | undefined
  #endOffset: number | undefined
  #producers: LoadedProducers | undefined

  constructor(parts: CrashRecoveryParts) {
    this.#parts = parts
    this.#options = parts.options
    this.#segments = parts.segments
  }

  /** How many segments were read through. */
  get recoveredSegments(): number {
    return this.#recoveredSegments
  }

  /** What was cut off, if anything was. */
  get truncation(): LogTruncation | undefined {
    return this.#truncation
  }

  /** Where the last segment ends, if that was looked at. */
  get endOffset(): number | undefined {
    return this.#endOffset
  }

  /** The producers' state before this offset, if reading has just built it. */
  producersAt(offset: number): ProducerState | undefined {
    return this.#producers?.endOffset === offset ? this.#producers.state : undefined
  }

  /** Reads through the segments that may be damaged, and cuts the log at the first bad batch. */
  async run(): Promise<void> {
    for (const [index, segment] of this.#segments.all.entries()) {
      if (!(await this.#isSuspect(segment, index))) continue
      const { nextOffset, damage, producers } = await this.#recoverSegment(segment, index)
      await this.#segments.dropFailedRolls(index, nextOffset)
      const next = this.#segments.all[index + 1]
      this.#endOffset = next === undefined ? nextOffset : undefined
      const reason = this.#misfit(nextOffset, next)
      const isGood = damage === undefined && reason === undefined
      // Where compaction has left a gap, the state is the same at its end.
      this.#producers = { state: producers, endOffset: (isGood ? next?.baseOffset : undefined) ?? nextOffset }
      if (isGood) continue
      const position = segment.sizeInBytes
      await this.#cutBehind(segment, index, { nextOffset, ...(damage ?? { position, reason: reason ?? 'gap' }) })
      return
    }
  }

  // --- What is suspect ---

  async #isSuspect(segment: LogSegment, index: number): Promise<boolean> {
    const { cleanShutdown, recoveryPoint } = this.#options
    const next = this.#segments.all[index + 1]
    // A segment that ends just at the recovery point may have been sealed after its last flush, without its indexes.
    const isAboveRecoveryPoint = next === undefined || next.baseOffset >= recoveryPoint
    if ((!cleanShutdown && isAboveRecoveryPoint) || (await this.#lacksIndex(segment))) return true
    if (next !== undefined) return false
    // Where the log ends must be known for certain, also behind a clean shutdown.
    const tail = (await this.#readSmall(segment)) ?? (await readTail(segment))
    this.#endOffset = tail.nextOffset
    return !tail.isWhole
  }

  async #lacksIndex(segment: LogSegment): Promise<boolean> {
    if (!this.#segments.hasFile(segment, OFFSET_INDEX_SUFFIX)) return true
    if (!this.#segments.hasFile(segment, TRANSACTION_INDEX_SUFFIX)) return false
    if ((await this.#loadTransactions(segment)) !== undefined) return false
    const file = fileNameFor(segment.baseOffset, TRANSACTION_INDEX_SUFFIX)
    this.#parts.onRepair({ file, reason: 'it is no index of aborted transactions' })
    return true
  }

  async #readSmall(segment: LogSegment): Promise<SegmentTail | undefined> {
    if (!this.#segments.hasFile(segment, TRANSACTION_INDEX_SUFFIX)) return await segment.readSmall(undefined)
    return await segment.readSmall(await this.#loadTransactions(segment))
  }

  async #loadTransactions(segment: LogSegment): Promise<TransactionIndex | undefined> {
    const { environment, directory } = this.#options
    return await SegmentIndexes.loadTransactions(environment.disk, directory, segment.baseOffset)
  }

  /** Why a segment cannot be the one behind what ends at this offset. */
  #misfit(nextOffset: number, next: LogSegment | undefined): 'gap' | 'overlap' | undefined {
    if (next === undefined || next.baseOffset === nextOffset) return undefined
    if (next.baseOffset < nextOffset) return 'overlap'
    return isCompacted(this.#options.config) ? undefined : 'gap'
  }

  // --- What becomes of it ---

  /** Checks every batch, and builds the indexes and the producers' state anew from what is good. */
  async #recoverSegment(
    segment: LogSegment,
    index: number,
  ): Promise<RecoveredSegment & Pick<RecoveredState, 'producers'>> {
    const { epochs, snapshots } = this.#parts
    const before = await this.#producersBefore(segment, index)
    const check = async (limit?: number): Promise<RecoveredSegment & RecoveredState> => {
      const state = {
        producers: new ProducerState(before.entries()),
        epochs: new LeaderEpochs(epochs.entries),
        gapsAllowed: isCompacted(this.#options.config),
      }
      return { ...state, ...(await checkSegment(segment, state, limit)) }
    }
    this.#recoveredSegments += 1
    const checked = await check()
    // What lies behind the damage may have been taken for good before it was seen.
    const good = checked.damage === undefined ? checked : await check(checked.damage.position)
    segment.seal()
    adopt(epochs, good.epochs)
    const { nextOffset, producers } = good
    try {
      await snapshots.write(nextOffset, encodeProducerSnapshot(producers.entries()))
    } catch (error) {
      // It is needed by the start after this one, if at all, and may then be built again: a full disk keeps no log closed.
      if (!isOutOfSpace(error)) throw error
    }
    return { nextOffset, damage: checked.damage, producers }
  }

  async #producersBefore(segment: LogSegment, index: number): Promise<ProducerState> {
    const { environment, logStartOffset, config } = this.#options
    const built = this.producersAt(segment.baseOffset)
    if (built !== undefined) return built
    return await this.#parts.snapshots.load({
      segments: this.#segments.all.slice(0, index),
      logStartOffset,
      endOffset: segment.baseOffset,
      nowMs: environment.clock.nowMs(),
      expirationMs: config.producerIdExpirationMs,
    })
  }

  /** Removes the damaged end of a segment, and the segments behind it. */
  async #cutBehind(
    segment: LogSegment,
    index: number,
    damage: { readonly nextOffset: number; readonly position: number; readonly reason: LogTruncation['reason'] },
  ): Promise<void> {
    const { environment, directory } = this.#options
    const { nextOffset, position, reason } = damage
    const bytes = segment.sizeInBytes - position
    // On the platters before anything is appended: what is left of it behind new batches could look like the next ones.
    if (bytes > 0) await segment.cutTo(position, { sync: true })
    const removed = await this.#segments.removeFrom(index + 1)
    if (removed.length > 0) await environment.disk.syncDirectory(directory)
    this.#endOffset = nextOffset
    this.#truncation = {
      segment: segment.baseOffset,
      position,
      logEndOffset: nextOffset,
      reason,
      bytes,
      segments: removed.length,
      segmentBytes: removed.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0),
    }
    environment.reporter.warn(
      `${segment.path}: damaged at byte ${position} (${reason}); ${bytes} bytes are cut and ${removed.length} segments removed, the log goes on at offset ${nextOffset}`,
      { partition: basename(directory), ...this.#truncation },
    )
  }
}

/** Adds what a check has found, so that their file is written again. */
function adopt(epochs: LeaderEpochs, checked: LeaderEpochs): void {
  if (checked.version === 0) return
  for (const { epoch, startOffset } of checked.entries) {
    if (epoch > (epochs.latestEpoch ?? -1)) epochs.assign(epoch, startOffset)
  }
}
