import { JuteWriter } from '../jute.js'

/** Gathers the packets of one turn, so that they go to the socket in one write. */
export class FrameWriter {
  readonly #out = new JuteWriter(1024)
  readonly #write: (bytes: Buffer) => void
  #isScheduled = false

  /** `write` is given what no one else keeps. */
  constructor(write: (bytes: Buffer) => void) {
    this.#write = write
  }

  /** Bytes that are not written yet. */
  get length(): number {
    return this.#out.length
  }

  /** Adds a packet, whose content `encode` writes; its length is put before it. Returns that length. */
  frame(encode: (out: JuteWriter) => void): number {
    const at = this.#out.length
    this.#out.int(0)
    encode(this.#out)
    const length = this.#out.length - at - 4
    this.#out.patchInt(at, length)
    if (!this.#isScheduled) {
      this.#isScheduled = true
      queueMicrotask(() => this.flush())
    }
    return length
  }

  /** Writes what there is now. */
  flush(): void {
    this.#isScheduled = false
    if (this.#out.length > 0) this.#write(this.#out.take())
  }
}
