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

export class RequestMemory {
  readonly #small: MemoryBudget
  readonly #large: MemoryBudget
  readonly #pool = new BufferPool()

  constructor(maxBytes: number) {
    this.#small = new MemoryBudget(Math.ceil(maxBytes / 4))
    this.#large = new MemoryBudget(Math.ceil((maxBytes * 3) / 4))
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

  /** A buffer of exactly that size, or undefined while there is no room. Errors: RangeError if the system has no memory. */
  take(bytes: number): Buffer | undefined {
    return this.#budgetOf(bytes).take(bytes) ? this.#allocate(bytes) : undefined
  }

  /**
   * Waits in line for a buffer; `fail` is called in place of `resume` if the system has no memory. Returns how to leave the line;
   * after either that does nothing.
   */
  takeLater(bytes: number, resume: (buffer: Buffer) => void, fail: (error: unknown) => void): () => void {
    return this.#budgetOf(bytes).takeLater(bytes, () => {
      let buffer: Buffer
      try {
        buffer = this.#allocate(bytes)
      } catch (error) {
        fail(error)
        return
      }
      resume(buffer)
    })
  }

  /** For bytes that the budget has granted: they are given back if there is no buffer to be had. */
  #allocate(bytes: number): Buffer {
    try {
      return this.#pool.take(bytes)
    } catch (error) {
      this.#budgetOf(bytes).give(bytes)
      throw error
    }
  }

  /** The same bytes in a buffer that may be kept after `give`, which takes either. `frame` is not used any more. */
  keepable(frame: Buffer): Buffer {
    if (!this.#pool.isInSlab(frame)) return frame
    const copy = Buffer.allocUnsafeSlow(frame.length)
    frame.copy(copy)
    this.#pool.give(frame)
    return copy
  }

  /** Nothing is done with the frame any more. `isReusable`: nothing refers to its buffer either. */
  give(frame: Buffer, isReusable: boolean): void {
    // A buffer that the pool gives back to the system has no length any more.
    const bytes = frame.length
    if (isReusable) this.#pool.give(frame)
    else this.#pool.forget(frame)
    this.#budgetOf(bytes).give(bytes)
  }

  /** Called now and then: lets go of the memory that nobody has used for a while. */
  trim(): void {
    this.#pool.trim()
  }

  #budgetOf(bytes: number): MemoryBudget {
    return bytes <= smallBytes ? this.#small : this.#large
  }
}
