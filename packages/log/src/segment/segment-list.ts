import assert from 'node:assert/strict'
import type { LogSegment } from './log-segment.js'

/** The segments of a log in the order of their base offsets, never empty once loaded. The last one is active. */
export class SegmentList {
  #segments: readonly LogSegment[]

  constructor(segments: readonly LogSegment[]) {
    this.#segments = segments
  }

  get all(): readonly LogSegment[] {
    return this.#segments
  }

  get active(): LogSegment {
    const active = this.#segments.at(-1)
    assert(active !== undefined, 'a log has at least one segment')
    return active
  }

  get first(): LogSegment {
    const first = this.#segments[0]
    assert(first !== undefined, 'a log has at least one segment')
    return first
  }

  /** Bytes of all .log files. */
  get sizeInBytes(): number {
    let size = 0
    for (const segment of this.#segments) size += segment.sizeInBytes
    return size
  }

  /** Which segment may hold the offset: the last that does not begin behind it; −1 if all do. */
  floorIndex(offset: number): number {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#segments[middle]?.baseOffset ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** From the segment that may hold the offset on. */
  from(offset: number): readonly LogSegment[] {
    return this.#segments.slice(Math.max(0, this.floorIndex(offset)))
  }

  add(segment: LogSegment): void {
    assert(segment.baseOffset > (this.#segments.at(-1)?.baseOffset ?? -1), 'segments are added in order')
    this.#segments = [...this.#segments, segment]
  }

  /** Puts one segment in the place of all, and returns those. */
  replaceAll(segment: LogSegment): readonly LogSegment[] {
    const removed = this.#segments
    this.#segments = [segment]
    return removed
  }

  /** Removes those and returns them. Never all of them. */
  remove(predicate: (segment: LogSegment) => boolean): readonly LogSegment[] {
    const removed = this.#segments.filter(predicate)
    this.#segments = this.#segments.filter((segment) => !predicate(segment))
    return removed
  }
}
