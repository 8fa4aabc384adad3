/**
 * Makes one log durable and remembers how far it is: the recovery point.
 *
 * A flush syncs every segment from the recovery point on; those that are sealed with their indexes, so that a start
 * after a crash need not look at them again. One flush runs at a time.
 *
 * A sync that fails may have lost bytes that later syncs no longer know of. The recovery point therefore never passes
 * what such a sync was about: the next start checks it, and nothing is retried. Indexes and snapshots that cannot be written
 * because the disk is full are another thing: they are in memory, and are written by the next flush.
 */
import { isOutOfSpace } from '../disk/disk.js'
import { monotonicMs } from '../ports.js'
import type { LogSegment } from '../segment/log-segment.js'
import type { LogState } from './log-state.js'

/** See above. */
export class LogFlusher {
  readonly #state: LogState
  readonly #onDirty: () => void
  #flushing: Promise<void> = Promise.resolve()
  #unflushedRecords = 0
  #dirtySinceMs: number | undefined
  /** Grows with each truncation: a flush that began before says nothing about what came after. */
  #truncations = 0
  /** Were files created whose names may not be on disk? */
  #namesDirty = false
  #failure: unknown
  #hasChanged = false

  /** @param onDirty Called when there is something to flush, after there was nothing. */
  constructor(state: LogState, onDirty: () => void) {
    this.#state = state
    this.#onDirty = onDirty
  }

  /** Records that were appended since the last flush. */
  get unflushedRecords(): number {
    return this.#unflushedRecords
  }

  /** Since when there is something that is not on disk, as {@link monotonicMs} tells time. */
  get dirtySinceMs(): number | undefined {
    return this.#dirtySinceMs
  }

  /** Has anything been written since the log was loaded? */
  get hasChanged(): boolean {
    return this.#hasChanged
  }

  /** The error of a sync that failed: what it was about may be lost at a power cut. */
  get failure(): unknown {
    return this.#failure
  }

  /**
   * The log was repaired: until that is on disk, the next start would do it again. What lies above the recovery point may
   * never have been synced by the process before.
   */
  recovered(): void {
    this.#namesDirty = true
    this.appended(this.#state.logEndOffset - this.#state.recoveryPoint)
  }

  /** Records were written. */
  appended(recordCount: number): void {
    this.#hasChanged = true
    this.#unflushedRecords += recordCount
    if (this.#dirtySinceMs !== undefined) return
    this.#dirtySinceMs = monotonicMs(this.#state.environment.clock)
    this.#onDirty()
  }

  /** Files were created. */
  namesChanged(): void {
    this.#hasChanged = true
    this.#namesDirty = true
  }

  /** The log was cut to end at this offset. */
  truncated(offset: number): void {
    this.#hasChanged = true
    this.#truncations += 1
    this.#state.recoveryPoint = Math.min(this.#state.recoveryPoint, offset)
  }

  /** Makes everything below `endOffset`, which is written, durable. */
  async flush(endOffset: number): Promise<void> {
    const flush = this.#flushing.then(() => this.#flushOnce(endOffset))
    // The next one runs even if this one fails.
    this.#flushing = flush.catch(() => undefined)
    await flush
  }

  /** Resolves when no flush is under way. */
  async idle(): Promise<void> {
    await this.#flushing
  }

  async #flushOnce(endOffset: number): Promise<void> {
    const state = this.#state
    if (endOffset <= state.recoveryPoint && !this.#namesDirty) return
    const truncations = this.#truncations
    const records = this.#unflushedRecords
    const namesDirty = this.#namesDirty
    this.#namesDirty = false
    this.#dirtySinceMs = undefined
    let isSynced = false
    try {
      const segments = this.#unflushedSegments()
      for (const segment of segments) await segment.reading(() => segment.sync())
      isSynced = true
      for (const segment of segments) await this.#saveIndexes(segment)
      await state.snapshots.sync()
      if (namesDirty) await state.environment.disk.syncDirectory(state.directory)
    } catch (error) {
      if (!isSynced || !isOutOfSpace(error)) this.#failure ??= error
      this.#namesDirty ||= namesDirty
      this.#dirtySinceMs ??= monotonicMs(state.environment.clock)
      throw error
    }
    this.#unflushedRecords = Math.max(0, this.#unflushedRecords - records)
    if (this.#failure !== undefined || truncations !== this.#truncations) return
    state.recoveryPoint = Math.max(state.recoveryPoint, endOffset)
  }

  /** From the recovery point on, and those before it that were sealed just when a flush of them was under way. */
  #unflushedSegments(): readonly LogSegment[] {
    const { segments, recoveryPoint } = this.#state
    let first = Math.max(0, segments.floorIndex(recoveryPoint))
    while (segments.all[first - 1]?.hasUnsavedIndexes === true) first -= 1
    return segments.all.slice(first)
  }

  async #saveIndexes(segment: LogSegment): Promise<void> {
    if (segment !== this.#state.segments.active) await segment.reading(() => segment.saveIndexes())
  }
}
