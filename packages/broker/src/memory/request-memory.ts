/**
 * The memory of request frames over all connections: buffers that are used again, under a bound on their bytes (Kafka:
 * `queued.max.request.bytes`).
 *
 * A part of the bound is for small frames alone, so that peers who fill the memory with large ones do not silence
 * everybody else.
 */
import { BufferPool } from './buffer-pool.js'
import { MemoryBudget } from './memory-budget.js'

/** Frames up to this size use the part that is kept for them. */
const smallBytes = 256 * 1024
const maxIdleShare = 1 / 4

export class RequestMemory {
  readonly #small: MemoryBudget
  readonly #large: MemoryBudget
  readonly #pool: BufferPool

  constructor(maxBytes: number) {
    this.#small = new MemoryBudget(Math.ceil(maxBytes / 4))
    this.#large = new MemoryBudget(Math.ceil((maxBytes * 3) / 4))
    this.#pool = new BufferPool(Math.ceil(maxBytes * maxIdleShare))
  }

  /** Bytes of the frames that are being gathered, wait, or are at work. */
  get usedBytes(): number {
    return this.#small.usedBytes + this.#large.usedBytes
  }

  /** Bytes of buffers that are kept for later frames. */
  get idleBytes(): number {
    return this.#pool.idleBytes
  }

  /** A frame waits for room. */
  get isShort(): boolean {
    return this.#small.isShort || this.#large.isShort
  }

  /** A buffer of exactly that size, or undefined while there is no room. */
  take(bytes: number): Buffer | undefined {
    return this.#budgetOf(bytes).take(bytes) ? this.#pool.take(bytes) : undefined
  }

  /** Waits in line for a buffer. Returns how to leave the line; after `resume` that does nothing. */
  takeLater(bytes: number, resume: (buffer: Buffer) => void): () => void {
    return this.#budgetOf(bytes).takeLater(bytes, () => resume(this.#pool.take(bytes)))
  }

  /** Nothing is done with the frame any more. `isReusable`: nothing refers to its buffer either. */
  give(frame: Buffer, isReusable: boolean): void {
    if (isReusable) this.#pool.give(frame)
    this.#budgetOf(frame.length).give(frame.length)
  }

  /** Lets go of the buffers that nobody uses. */
  trim(): void {
    this.#pool.clear()
  }

  #budgetOf(bytes: number): MemoryBudget {
    return bytes <= smallBytes ? this.#small : this.#large
  }
}
