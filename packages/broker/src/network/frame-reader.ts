/**
 * Cuts a byte stream into frames: 4 bytes of length, then that many bytes.
 *
 * A frame that lies within one chunk is a view of it. A longer one is gathered once into a buffer of its exact size,
 * which is allocated only after the length was checked. Never looks inside a frame.
 */

/** The peer announced a frame that is too long or has a negative length: the stream cannot be read on. */
export class FrameSizeError extends Error {
  override readonly name = 'FrameSizeError'
  readonly size: number

  constructor(size: number, maxBytes: number) {
    super(size < 0 ? `Request of negative size ${size}` : `Request of ${size} bytes, over the limit of ${maxBytes}`)
    this.size = size
  }
}

const lengthBytes = 4

export class FrameReader {
  readonly #maxBytes: number
  readonly #onFrame: (frame: Buffer) => void
  /** The bytes of a length field that a chunk cut. */
  readonly #length = Buffer.alloc(lengthBytes)
  #lengthFilled = 0
  /** A frame longer than its first chunk, being gathered. */
  #gathering: Buffer | undefined
  #gathered = 0

  constructor(maxBytes: number, onFrame: (frame: Buffer) => void) {
    this.#maxBytes = maxBytes
    this.#onFrame = onFrame
  }

  /** Takes the next chunk of the stream. Throws FrameSizeError; nothing may be pushed after that. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      at = this.#gathering === undefined ? this.#startFrame(chunk, at) : this.#gather(this.#gathering, chunk, at)
    }
  }

  #startFrame(chunk: Buffer, at: number): number {
    let size: number
    let start = at
    if (this.#lengthFilled === 0 && chunk.length - at >= lengthBytes) {
      size = chunk.readInt32BE(at)
      start += lengthBytes
    } else {
      const taken = chunk.copy(this.#length, this.#lengthFilled, at, at + lengthBytes - this.#lengthFilled)
      this.#lengthFilled += taken
      start += taken
      if (this.#lengthFilled < lengthBytes) return start
      this.#lengthFilled = 0
      size = this.#length.readInt32BE(0)
    }
    if (size < 0 || size > this.#maxBytes) throw new FrameSizeError(size, this.#maxBytes)
    if (chunk.length - start >= size) {
      this.#onFrame(chunk.subarray(start, start + size))
      return start + size
    }
    this.#gathering = Buffer.allocUnsafeSlow(size)
    this.#gathered = 0
    return start
  }

  #gather(frame: Buffer, chunk: Buffer, at: number): number {
    const taken = chunk.copy(frame, this.#gathered, at)
    this.#gathered += taken
    if (this.#gathered === frame.length) {
      this.#gathering = undefined
      this.#onFrame(frame)
    }
    return at + taken
  }
}
