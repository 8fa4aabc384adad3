/**
 * Small buffers that are used again. Sizes are powers of two; up to a bound, those that nobody uses are kept. What is not
 * given back is left to the garbage collector, and harms nobody.
 */
const smallestExponent = 10
const largestExponent = 14
const maxIdleBytes = 4 * 1024 * 1024

/** Larger buffers are not for here. */
export const maxSmallBytes = 2 ** largestExponent

export class SmallBuffers {
  /** By exponent; only whole buffers. */
  readonly #idle: ArrayBufferLike[][] = Array.from({ length: largestExponent + 1 }, () => [])
  #idleBytes = 0

  /** Bytes that nobody uses. */
  get idleBytes(): number {
    return this.#idleBytes
  }

  /** A buffer of exactly `bytes`, with whatever content. */
  take(bytes: number): Buffer {
    const exponent = exponentFor(bytes)
    if (exponent < smallestExponent) return Buffer.allocUnsafe(bytes)
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
    if (this.#idleBytes + whole.byteLength > maxIdleBytes) return
    this.#idle[exponent]?.push(whole)
    this.#idleBytes += whole.byteLength
  }
}

/** The smallest n with 2 ** n >= bytes. */
function exponentFor(bytes: number): number {
  return bytes <= 1 ? 0 : 32 - Math.clz32(bytes - 1)
}
