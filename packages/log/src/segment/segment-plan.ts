import assert from 'node:assert/strict'
import { NO_TIMESTAMP } from '@millrace/protocol'
import type { TimestampOffset } from '../core/time-index.js'
import type { SegmentIndexes } from './segment-indexes.js'

/** Batches that get their place: one append. */
export interface SegmentAppend {
  readonly sizeInBytes: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** Last offset of the first batch that has the largest timestamp. */
  readonly offsetOfMaxTimestamp: number
}

/** What {@link SegmentPlan.rewind} goes back to. */
export interface SegmentMark {
  readonly sizeInBytes: number
  readonly firstTimestamp: number | undefined
  readonly maxTimestamp: TimestampOffset
  readonly bytesSinceIndexEntry: number
}

/**
 * What a segment holds once all writes under way are done: its size, its timestamps, and when the next index entry is due.
 *
 * It gives batches their place and their index entries, before they are written. It never touches the file.
 */
export class SegmentPlan {
  readonly #indexIntervalBytes: number
  sizeInBytes = 0
  /** Largest timestamp of the first batch, −1 if it has none; `undefined` without batch, or where nobody has looked. */
  firstTimestamp: number | undefined
  /** `undefined` as long as nobody has looked. Of an active segment it is known. */
  maxTimestamp: TimestampOffset | undefined
  #bytesSinceIndexEntry = 0

  constructor(indexIntervalBytes: number) {
    this.#indexIntervalBytes = indexIntervalBytes
  }

  /** The segment is empty. */
  startOver(baseOffset: number): void {
    this.sizeInBytes = 0
    this.firstTimestamp = undefined
    this.maxTimestamp = { timestamp: NO_TIMESTAMP, offset: baseOffset }
    this.#bytesSinceIndexEntry = 0
  }

  /** Gives batches their place at the end, and indexes them. */
  add(append: SegmentAppend, indexes: SegmentIndexes): void {
    assert(this.maxTimestamp !== undefined, 'only the active segment takes batches')
    const position = this.sizeInBytes
    if (position === 0) this.firstTimestamp = append.maxTimestamp
    if (append.maxTimestamp > this.maxTimestamp.timestamp) {
      this.maxTimestamp = { timestamp: append.maxTimestamp, offset: append.offsetOfMaxTimestamp }
    }
    if (this.#bytesSinceIndexEntry > this.#indexIntervalBytes) {
      indexes.offset.append(append.lastOffset, position)
      indexes.time.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset)
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += append.sizeInBytes
    this.sizeInBytes += append.sizeInBytes
  }

  /** What to go back to if the next batches cannot be written. */
  mark(): SegmentMark {
    assert(this.maxTimestamp !== undefined, 'only the active segment is marked')
    return {
      sizeInBytes: this.sizeInBytes,
      firstTimestamp: this.firstTimestamp,
      maxTimestamp: this.maxTimestamp,
      bytesSinceIndexEntry: this.#bytesSinceIndexEntry,
    }
  }

  /** Takes back all batches since the mark. */
  rewind(mark: SegmentMark): void {
    this.sizeInBytes = mark.sizeInBytes
    this.firstTimestamp = mark.firstTimestamp
    this.maxTimestamp = mark.maxTimestamp
    this.#bytesSinceIndexEntry = mark.bytesSinceIndexEntry
  }

  /** The segment was cut: the next index entry is a whole interval away. */
  cut(): void {
    this.#bytesSinceIndexEntry = 0
    if (this.sizeInBytes === 0) this.firstTimestamp = undefined
  }

  /** No more batches will come: closes the time index with the largest timestamp. */
  seal(indexes: SegmentIndexes): void {
    assert(this.maxTimestamp !== undefined, 'only the active segment is sealed')
    indexes.time.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset)
  }
}
