/** `buffer.memory`: bytes that are fetched and not handed out, those that wait for handlers, and those that requests under way may bring. Pure. */
import assert from 'node:assert/strict'
import type { ResponseMemory } from './fetched-records.js'

/** With less than this left, nothing is asked for until something is read. */
const WORTHWHILE_BYTES = 64 * 1024

export class FetchBudget {
  readonly #limitBytes: number
  #bufferedBytes = 0
  #keptBytes = 0
  #reservedBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Those that are here. */
  get bufferedBytes(): number {
    return this.#bufferedBytes + this.#keptBytes
  }

  get keptBytes(): number {
    return this.#keptBytes
  }

  /** Neither bytes here nor on their way. */
  get isIdle(): boolean {
    return this.bufferedBytes === 0 && this.#reservedBytes === 0
  }

  /** A request could be granted something worthwhile. */
  get hasRoom(): boolean {
    return this.#leftBytes >= Math.min(WORTHWHILE_BYTES, this.#limitBytes / 2)
  }

  get #leftBytes(): number {
    return this.#limitBytes - this.bufferedBytes - this.#reservedBytes
  }

  /**
   * How many bytes a request may ask for that wants `bytes`; 0: none now. Without anything buffered or under way it is never
   * none, or a limit that is too small would stop the consumer.
   */
  reserve(bytes: number): number {
    const leftBytes = this.#leftBytes
    const isWorthwhile = leftBytes >= Math.min(WORTHWHILE_BYTES, this.#limitBytes / 2, bytes)
    if (!isWorthwhile && !this.isIdle) return 0
    const grantedBytes = Math.max(1, Math.min(bytes, leftBytes))
    this.#reservedBytes += grantedBytes
    return grantedBytes
  }

  /** The request has ended. */
  unreserve(bytes: number): void {
    this.#reservedBytes -= bytes
    assert(this.#reservedBytes >= 0)
  }

  /** Records of so many bytes were handed out, and wait for their handlers. */
  keep(bytes: number): void {
    this.#keptBytes += bytes
  }

  /** Their handlers have ended. */
  letGo(bytes: number): void {
    this.#keptBytes -= bytes
    assert(this.#keptBytes >= 0)
  }

  /** Memory of an answer with records of `parts` partitions: it is one piece, so it is free when all of them are read. */
  hold(bytes: number, parts: number): ResponseMemory {
    this.#bufferedBytes += bytes
    let left = parts
    return {
      release: () => {
        left--
        if (left === 0) this.#bufferedBytes -= bytes
        assert(left >= 0)
      },
    }
  }
}
