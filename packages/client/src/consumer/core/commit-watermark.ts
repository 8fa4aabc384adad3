/**
 * Which records of a partition are finished, when several are worked on at once: what may be committed is the offset below
 * which all are. Pure.
 */
import assert from 'node:assert/strict'

/** One record, or one batch, that is worked on. */
export interface WorkInProgress {
  /** Behind it. */
  readonly nextOffset: number
  readonly leaderEpoch: number
  isFinished: boolean
}

/** Finished entries at the front are cut off the array when there are so many of them. */
const COMPACT_AFTER = 1024

export class CommitWatermark {
  #entries: WorkInProgress[] = []
  #head = 0
  #offset: number
  #leaderEpoch = -1

  /** `offset`: where the reading begins. */
  constructor(offset: number) {
    this.#offset = offset
  }

  /** All below it are finished. */
  get offset(): number {
    return this.#offset
  }

  /** Of the last finished record below it; −1: none. */
  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** How many are begun and stand behind one that is not finished, itself included. */
  get pending(): number {
    return this.#entries.length - this.#head
  }

  /** In the order of offsets. */
  begin(nextOffset: number, leaderEpoch: number): WorkInProgress {
    assert(nextOffset > (this.#entries.at(-1)?.nextOffset ?? -1))
    const entry = { nextOffset, leaderEpoch, isFinished: false }
    this.#entries.push(entry)
    return entry
  }

  /** Part of the entry is finished, up to `offset`. True: the watermark has moved, because all before the entry is finished. */
  advance(entry: WorkInProgress, offset: number, leaderEpoch: number): boolean {
    assert(offset < entry.nextOffset)
    if (this.#entries[this.#head] !== entry || offset <= this.#offset) return false
    this.#offset = offset
    this.#leaderEpoch = leaderEpoch
    return true
  }

  /** True: the watermark has moved. */
  finish(entry: WorkInProgress): boolean {
    entry.isFinished = true
    const before = this.#head
    for (let next = this.#entries[this.#head]; next?.isFinished === true; next = this.#entries[this.#head]) {
      this.#offset = next.nextOffset
      this.#leaderEpoch = next.leaderEpoch
      this.#head++
    }
    const hasMoved = this.#head > before
    if (this.#head === this.#entries.length || this.#head > COMPACT_AFTER) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return hasMoved
  }
}
