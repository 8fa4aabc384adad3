/**
 * Takes away what a log no longer holds: old segments at its beginning, and at its end what was never committed.
 *
 * It changes segments, offsets, epochs and producers together, and has the files removed. When it may run is its log's
 * business: truncations want to be alone, retention does not mind appends.
 */
import { ProducerState } from '../core/producer-state.js'
import { expiredSegments } from '../core/retention.js'
import { LogSegment } from '../segment/log-segment.js'
import type { EpochCheckpoint } from './epoch-checkpoint.js'
import type { LogAppender } from './log-appender.js'
import type { LogFlusher } from './log-flusher.js'
import type { LogState } from './log-state.js'
import { segmentOptions } from './segment-options.js'
import type { SegmentRemoval } from './segment-removal.js'

/** What a trimmer works with. */
export interface LogTrimmerParts {
  readonly state: LogState
  readonly appender: LogAppender
  readonly flusher: LogFlusher
  readonly epochCheckpoint: EpochCheckpoint
  readonly removal: SegmentRemoval
  /** The log now ends at this offset. */
  readonly onTruncated: (offset: number) => void
}

/** See above. */
export class LogTrimmer {
  readonly #parts: LogTrimmerParts
  readonly #state: LogState

  constructor(parts: LogTrimmerParts) {
    this.#parts = parts
    this.#state = parts.state
  }

  /**
   * Removes the segments that retention lets go, see {@link expiredSegments}. Resolves to how many.
   *
   * @param mayGoOn Asked after the segments were looked at: a truncation may have come between.
   */
  async applyRetention(nowMs: number, mayGoOn: () => boolean): Promise<number> {
    const state = this.#state
    const all = state.segments.all
    const segments = await Promise.all(
      all.map(async (segment) => ({
        baseOffset: segment.baseOffset,
        sizeInBytes: segment.sizeInBytes,
        largestTimestamp: await segment.reading(() => segment.largestTimestamp()),
      })),
    )
    const { logStartOffset, logEndOffset, highWatermark, config } = state
    const decision = expiredSegments({ segments, logStartOffset, logEndOffset, highWatermark, nowMs, config })
    if (decision.count === 0 || !mayGoOn()) return 0
    if (decision.count === state.segments.all.length) await this.#parts.appender.roll()

    const expired = new Set(all.slice(0, decision.count))
    const firstKept = state.segments.all.find((segment) => !expired.has(segment))
    if (firstKept === undefined) return 0
    const removed = state.segments.remove((segment) => expired.has(segment))
    state.logStartOffset = Math.max(state.logStartOffset, firstKept.baseOffset)
    state.epochs.truncateFromStart(state.logStartOffset)
    state.environment.reporter.info(
      `${state.directory}: ${removed.length} segments go (start offset ${decision.byLogStart}, size ${decision.bySize}, time ${decision.byTime}); the log begins at offset ${state.logStartOffset}`,
    )
    await this.#removeFiles(removed)
    await this.#parts.epochCheckpoint.write()
    return removed.length
  }

  /** Cuts the log so that nothing at `offset` or above is left. */
  async truncateTo(offset: number): Promise<void> {
    const state = this.#state
    if (offset >= state.logEndOffset) return
    if (offset < state.segments.first.baseOffset) {
      await this.startOver(offset)
      return
    }
    const removed = state.segments.remove((segment) => segment.baseOffset > offset)
    await this.#removeFiles(removed)
    this.#parts.flusher.truncated(offset)
    await state.segments.active.truncateTo(offset)
    state.logStartOffset = Math.min(state.logStartOffset, offset)
    state.epochs.truncateFromEnd(offset)
    await state.snapshots.remove((snapshotOffset) => snapshotOffset > offset)
    state.producers = await state.snapshots.load({
      segments: state.segments.all,
      logStartOffset: state.logStartOffset,
      endOffset: offset,
      nowMs: state.environment.clock.nowMs(),
      expirationMs: state.config.producerIdExpirationMs,
    })
    await this.#endAt(offset)
  }

  /** Removes everything; the log goes on, empty, at `offset`. */
  async startOver(offset: number): Promise<void> {
    const state = this.#state
    const segment = LogSegment.planned(segmentOptions(state, offset))
    await this.#removeFiles(state.segments.replaceAll(segment))
    await state.snapshots.remove(() => true)
    await segment.create()
    this.#parts.flusher.truncated(offset)
    state.epochs.clear()
    state.producers = new ProducerState()
    state.logStartOffset = offset
    await this.#endAt(offset)
  }

  async #endAt(offset: number): Promise<void> {
    const state = this.#state
    state.logEndOffset = offset
    state.recent.clear()
    this.#parts.appender.restart()
    // What was cut off must not come back after a power cut.
    this.#parts.flusher.namesChanged()
    await this.#parts.flusher.flush(offset)
    this.#parts.onTruncated(offset)
    state.producers.onHighWatermark(state.highWatermark)
    await this.#parts.epochCheckpoint.write()
  }

  /** A flush that began when the segments were still here must find their files. */
  async #removeFiles(segments: readonly LogSegment[]): Promise<void> {
    await this.#parts.flusher.idle()
    await this.#parts.removal.remove(segments, this.#state.snapshots, this.#state.config.fileDeleteDelayMs)
  }
}
