/**
 * Buffers that are used again, so that a stream of large requests or responses makes no garbage: V8 marks the whole heap
 * each time some tens of megabytes of buffers have been allocated outside of it, which costs more than the data path itself.
 *
 * Sizes are powers of two; what is unused of one is never touched, so it costs no memory. The pool holds only what nobody
 * uses, up to a bound; it does not know who has the others. Who gives a buffer back must have the only reference to it.
 */
const smallestExponent = 10
const largestExponent = 27

export class BufferPool {
  readonly #maxIdleBytes: number
  /** By exponent; only whole buffers. */
  readonly #idle: ArrayBufferLike[][] = Array.from({ length: largestExponent + 1 }, () => [])
  #idleBytes = 0

  constructor(maxIdleBytes: number) {
    this.#maxIdleBytes = maxIdleBytes
  }

  /** Bytes that nobody uses. */
  get idleBytes(): number {
    return this.#idleBytes
  }

  /** A buffer of exactly `bytes`, with whatever content. */
  take(bytes: number): Buffer {
    const exponent = exponentFor(bytes)
    if (exponent < smallestExponent) return Buffer.allocUnsafe(bytes)
    if (exponent > largestExponent) return Buffer.allocUnsafeSlow(bytes)
    const whole = this.#idle[exponent]?.pop()
    if (whole === undefined) return Buffer.allocUnsafeSlow(2 ** exponent).subarray(0, bytes)
    this.#idleBytes -= whole.byteLength
    return Buffer.from(whole, 0, bytes)
  }

  /** `buffer` came from `take`, and nobody uses it any more. */
  give(buffer: Buffer): void {
    const exponent = exponentFor(buffer.length)
    const whole = buffer.buffer
    if (exponent < smallestExponent || exponent > largestExponent || whole.byteLength !== 2 ** exponent) return
    if (this.#idleBytes + whole.byteLength > this.#maxIdleBytes) return
    this.#idle[exponent]?.push(whole)
    this.#idleBytes += whole.byteLength
  }

  /** Lets go of what has been idle. */
  clear(): void {
    for (const buffers of this.#idle) buffers.length = 0
    this.#idleBytes = 0
  }
}

/** The smallest n with 2 ** n >= bytes. */
function exponentFor(bytes: number): number {
  return bytes <= 1 ? 0 : 32 - Math.clz32(bytes - 1)
}
