/**
 * Makes one log durable and remembers how far it is: the recovery point.
 *
 * A flush syncs every segment from the recovery point on; those that are sealed with their indexes, so that a start
 * after a crash need not look at them again. One flush runs at a time.
 *
 * A sync that fails may have lost bytes that later syncs no longer know of. The recovery point therefore never passes
 * what such a sync was about: the next start checks it. Nothing is retried.
 */
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

  /** @param onDirty Called when there is something to flush, after there was nothing. */
  constructor(state: LogState, onDirty: () => void) {
    this.#state = state
    this.#onDirty = onDirty
  }

  /** Records that were appended since the last flush. */
  get unflushedRecords(): number {
    return this.#unflushedRecords
  }

  /** Since when there is something that is not on disk. */
  get dirtySinceMs(): number | undefined {
    return this.#dirtySinceMs
  }

  /** The error of a sync that failed: what it was about may be lost at a power cut. */
  get failure(): unknown {
    return this.#failure
  }

  /** The log was repaired: until that is on disk, the next start would do it again. */
  recovered(): void {
    this.#namesDirty = true
    this.appended(0)
  }

  /** Records were written. */
  appended(recordCount: number): void {
    this.#unflushedRecords += recordCount
    if (this.#dirtySinceMs !== undefined) return
    this.#dirtySinceMs = this.#state.environment.clock.nowMs()
    this.#onDirty()
  }

  /** Files were created. */
  namesChanged(): void {
    this.#namesDirty = true
  }

  /** The log was cut to end at this offset. */
  truncated(offset: number): void {
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
    try {
      for (const segment of this.#unflushedSegments()) await this.#flushSegment(segment)
      await state.snapshots.sync()
      if (namesDirty) await state.environment.disk.syncDirectory(state.directory)
    } catch (error) {
      this.#failure ??= error
      this.#namesDirty ||= namesDirty
      this.#dirtySinceMs ??= state.environment.clock.nowMs()
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

  async #flushSegment(segment: LogSegment): Promise<void> {
    const sealed = segment !== this.#state.segments.active
    await segment.reading(() => segment.flush({ sealed }))
  }
}
