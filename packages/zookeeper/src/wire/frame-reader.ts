/** Cuts a stream into packets: an int length, then so many bytes. */

/** A length that is negative or over the bound: the connection is of no use any more. */
export class FrameLengthError extends Error {
  override readonly name = 'FrameLengthError'
  constructor(length: number, maxBytes: number) {
    super(`a packet of ${length} bytes, where ${maxBytes} is the most (jute.maxbuffer)`)
  }
}

const LENGTH_BYTES = 4

export class FrameReader {
  readonly #maxBytes: number
  /** Of an unfinished packet, with its length. */
  #parts: Buffer[] = []
  #bytes = 0
  /** How many bytes the unfinished packet needs, as far as it is known. */
  #needed = LENGTH_BYTES

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Calls `onFrame` for each packet that `chunk` completes, with a view without its length. Errors: FrameLengthError. */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    let rest = chunk
    if (this.#bytes > 0) {
      rest = this.#join(chunk)
      if (this.#bytes > 0) return
    }
    let at = 0
    while (rest.length - at >= LENGTH_BYTES) {
      const length = rest.readInt32BE(at)
      this.#check(length)
      const end = at + LENGTH_BYTES + length
      if (end > rest.length) break
      onFrame(rest.subarray(at + LENGTH_BYTES, end))
      at = end
    }
    if (at < rest.length) this.#keep(rest.subarray(at))
  }

  /** Adds to the unfinished packet. Once it is whole, or its length became known, it is returned to be read on. */
  #join(chunk: Buffer): Buffer {
    this.#parts.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < this.#needed) return chunk
    const joined = Buffer.concat(this.#parts, this.#bytes)
    this.#parts = []
    this.#bytes = 0
    return joined
  }

  /** A copy: the chunk that it came in may be large. */
  #keep(rest: Buffer): void {
    this.#parts = [Buffer.from(rest)]
    this.#bytes = rest.length
    this.#needed = LENGTH_BYTES
    if (rest.length >= LENGTH_BYTES) this.#needed += rest.readInt32BE(0)
  }

  #check(length: number): void {
    if (length < 0 || length > this.#maxBytes) throw new FrameLengthError(length, this.#maxBytes)
  }
}
