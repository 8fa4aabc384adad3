/**
 * Cuts a byte stream into frames: 4 bytes of length, then that many bytes.
 *
 * Each frame is gathered into a buffer of its own, which is asked for when its length is known and checked. While there
 * is none to be had, nothing more is taken. A long frame offers its rest, so that the stream can be read straight into
 * it. Never looks inside a frame, and never keeps a chunk.
 *
 *   length ── checked ──> wanted ── allocated ──> gathering ── whole ──> length
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

export interface FrameReaderOptions {
  readonly maxBytes: number
  /** A buffer of exactly that size, or undefined: there is no room now. */
  readonly allocate: (bytes: number) => Buffer | undefined
  readonly onFrame: (frame: Buffer) => void
}

const lengthBytes = 4
/** Less than this is not worth a read of its own. */
const directBytes = 16 * 1024

export class FrameReader {
  readonly #options: FrameReaderOptions
  /** The bytes of the length field that have come. */
  #length = 0
  #lengthFilled = 0
  /** A frame of this size comes next; −1 while its length is being read. */
  #wantedBytes = -1
  #frame: Buffer | undefined
  #filled = 0

  constructor(options: FrameReaderOptions) {
    this.#options = options
  }

  /** The size of the frame for which there was no room, if it is that which is waited for. */
  get wantedBytes(): number | undefined {
    return this.#frame === undefined && this.#wantedBytes >= 0 ? this.#wantedBytes : undefined
  }

  /** A frame has begun and is not whole. */
  get isWithinFrame(): boolean {
    return this.#frame !== undefined || this.#lengthFilled > 0
  }

  /** Where the next bytes of a long frame belong: whoever puts some there says so with `filled`. */
  get rest(): Buffer | undefined {
    const frame = this.#frame
    if (frame === undefined || frame.length - this.#filled < directBytes) return undefined
    return frame.subarray(this.#filled)
  }

  /** That many bytes were put into `rest`. */
  filled(bytes: number): void {
    this.#filled += bytes
    this.#finishIfWhole()
  }

  /**
   * Takes the next chunk of the stream, and returns how many bytes of it: all, unless there is no room for a frame; then it must
   * be called again with the others when there is. Throws FrameSizeError; nothing may be pushed after that.
   */
  push(chunk: Buffer): number {
    let at = 0
    for (;;) {
      if (this.#frame === undefined) {
        if (this.#wantedBytes < 0) at = this.#readLength(chunk, at)
        if (this.#wantedBytes < 0) return at
        this.#frame = this.#options.allocate(this.#wantedBytes)
        if (this.#frame === undefined) return at
      }
      const taken = chunk.copy(this.#frame, this.#filled, at)
      at += taken
      this.#filled += taken
      if (!this.#finishIfWhole()) return at
    }
  }

  /** The buffer of a frame that will not become whole, to be given back. */
  abandon(): Buffer | undefined {
    const frame = this.#frame
    this.#frame = undefined
    return frame
  }

  #readLength(chunk: Buffer, from: number): number {
    let at = from
    if (this.#lengthFilled === 0 && chunk.length - at >= lengthBytes) {
      this.#length = chunk.readInt32BE(at)
      at += lengthBytes
    } else {
      for (; this.#lengthFilled < lengthBytes && at < chunk.length; at++) {
        this.#length = (this.#length << 8) | (chunk[at] as number)
        this.#lengthFilled++
      }
      if (this.#lengthFilled < lengthBytes) return at
      this.#lengthFilled = 0
    }
    const size = this.#length
    if (size < 0 || size > this.#options.maxBytes) throw new FrameSizeError(size, this.#options.maxBytes)
    this.#wantedBytes = size
    return at
  }

  #finishIfWhole(): boolean {
    const frame = this.#frame as Buffer
    if (this.#filled < frame.length) return false
    this.#frame = undefined
    this.#filled = 0
    this.#wantedBytes = -1
    this.#options.onFrame(frame)
    return true
  }
}
