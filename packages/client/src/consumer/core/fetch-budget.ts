/**
 * `buffer.memory`: bytes of answers that are not read to their end, of those that handlers still need, and those that requests
 * under way may bring. Pure.
 *
 * A record is a view of the answer that brought it, or of its decompressed batch: as long as one record of it waits for its
 * handler, all of it is there, and counts.
 */
import assert from 'node:assert/strict'
import type { KeptMemory } from '../consumer-record.js'
import type { ResponseMemory } from './fetched-records.js'

/** With less than this left, nothing is asked for until something is read. */
const WORTHWHILE_BYTES = 64 * 1024

export class FetchBudget {
  readonly #limitBytes: number
  #bufferedBytes = 0
  #keepers = 0
  #reservedBytes = 0
  readonly #counted: Counted = {
    add: (bytes, keepers) => {
      this.#bufferedBytes += bytes
      this.#keepers += keepers
      assert(this.#bufferedBytes >= 0 && this.#keepers >= 0)
    },
  }

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Those that are here. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** Handlers have some of it, or will. */
  get isKept(): boolean {
    return this.#keepers > 0
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

  /** Memory of an answer with records of `parts` partitions: it is one piece, so it is free when all of them are read. */
  hold(bytes: number, parts: number): ResponseMemory {
    return new HeldMemory(this.#counted, bytes, parts)
  }
}

interface Counted {
  add(bytes: number, keepers: number): void
}

class HeldMemory implements ResponseMemory {
  readonly #counted: Counted
  readonly #bytes: number
  #users: number

  constructor(counted: Counted, bytes: number, users: number) {
    this.#counted = counted
    this.#bytes = bytes
    this.#users = users
    if (users > 0) counted.add(bytes, 0)
  }

  release(): void {
    this.#unuse(0)
  }

  keep(): void {
    this.#users++
    this.#counted.add(this.#users === 1 ? this.#bytes : 0, 1)
  }

  letGo(): void {
    this.#unuse(-1)
  }

  beside(bytes: number): KeptMemory {
    return new HeldMemory(this.#counted, bytes, 0)
  }

  #unuse(keepers: number): void {
    this.#users--
    assert(this.#users >= 0)
    this.#counted.add(this.#users === 0 ? -this.#bytes : 0, keepers)
  }
}
