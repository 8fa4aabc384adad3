/**
 * One large piece of memory, out of which buffers are given: the lowest free place that is large enough, so that no more
 * of it is touched than is used at a time.
 *
 * It is large enough to be mapped by the C library on its own. Smaller buffers would come from a heap that keeps what was
 * freed, with holes that nothing fits into.
 */
import assert from 'node:assert/strict'

/** A place, in bytes from the slab's start. */
interface Range {
  at: number
  bytes: number
}

/** Places begin at multiples of this. */
const granuleBytes = 4096

export class Slab {
  readonly memory: ArrayBuffer
  /** In order; no two touch each other. */
  readonly #free: Range[]
  #usedBytes = 0
  #reachedBytes = 0

  /** The memory is not cleared, and costs nothing until it is used. */
  constructor(bytes: number) {
    this.memory = Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer
    this.#free = [{ at: 0, bytes }]
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** What was ever used of it: so much of it is in the machine's memory. */
  get reachedBytes(): number {
    return this.#reachedBytes
  }

  /** A buffer of exactly `bytes`, with whatever content; undefined if there is no room. */
  take(bytes: number): Buffer | undefined {
    const needed = wholeGranules(bytes)
    const index = this.#free.findIndex((range) => range.bytes >= needed)
    const range = this.#free[index]
    if (range === undefined) return undefined
    const { at } = range
    range.at += needed
    range.bytes -= needed
    if (range.bytes === 0) this.#free.splice(index, 1)
    this.#usedBytes += needed
    this.#reachedBytes = Math.max(this.#reachedBytes, at + needed)
    return Buffer.from(this.memory, at, bytes)
  }

  /** `buffer` came from `take`, and nobody uses it any more. */
  give(buffer: Buffer): void {
    const at = buffer.byteOffset
    const bytes = wholeGranules(buffer.length)
    const found = this.#free.findIndex((range) => range.at > at)
    const index = found === -1 ? this.#free.length : found
    const before = this.#free[index - 1]
    const after = this.#free[index]
    assert(before === undefined || before.at + before.bytes <= at, 'a buffer is given back once')
    assert(after === undefined || at + bytes <= after.at, 'a buffer is given back once')
    this.#usedBytes -= bytes
    const joinsBefore = before !== undefined && before.at + before.bytes === at
    const joinsAfter = after !== undefined && at + bytes === after.at
    if (joinsBefore && joinsAfter) {
      before.bytes += bytes + after.bytes
      this.#free.splice(index, 1)
    } else if (joinsBefore) before.bytes += bytes
    else if (joinsAfter) {
      after.at = at
      after.bytes += bytes
    } else this.#free.splice(index, 0, { at, bytes })
  }
}

function wholeGranules(bytes: number): number {
  return Math.ceil(bytes / granuleBytes) * granuleBytes
}
