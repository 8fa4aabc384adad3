/**
 * Cuts a stream of bytes into responses: an int length, then so many bytes. What fits into one chunk is passed on as a view
 * of it; a larger response is gathered once, into a buffer of its own size.
 */
import { NetworkError } from './network-error.js'

const LENGTH_BYTES = 4

export class ResponseReader {
  readonly #maxBytes: number
  /** Up to three bytes of a length. */
  #head: Buffer | undefined
  /** The response that is being gathered, and how much of it is there. */
  #body: Buffer | undefined
  #gathered = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Calls `onResponse` for each response that `chunk` completes, without its length. Chunk and view belong to the receiver from
   * then on. Errors: NetworkError MALFORMED_RESPONSE.
   */
  push(chunk: Buffer, onResponse: (response: Buffer) => void): void {
    let at = this.#continueBody(chunk, onResponse)
    while (at < chunk.length) {
      let length: number
      if (this.#head !== undefined || chunk.length - at < LENGTH_BYTES) {
        const head = this.#head === undefined ? [] : [this.#head]
        const missing = LENGTH_BYTES - (this.#head?.length ?? 0)
        const joined = Buffer.concat([...head, chunk.subarray(at, at + missing)])
        at += Math.min(missing, chunk.length - at)
        this.#head = joined.length < LENGTH_BYTES ? joined : undefined
        if (joined.length < LENGTH_BYTES) return
        length = joined.readInt32BE(0)
      } else {
        length = chunk.readInt32BE(at)
        at += LENGTH_BYTES
      }
      if (length < 4 || length > this.#maxBytes) {
        throw new NetworkError('MALFORMED_RESPONSE', `a response of ${length} bytes: this is no Kafka broker`)
      }
      if (chunk.length - at >= length) {
        onResponse(chunk.subarray(at, at + length))
        at += length
        continue
      }
      this.#body = Buffer.allocUnsafeSlow(length)
      this.#gathered = chunk.copy(this.#body, 0, at)
      return
    }
  }

  /** Returns how much of the chunk belongs to the response that was begun before. */
  #continueBody(chunk: Buffer, onResponse: (response: Buffer) => void): number {
    const body = this.#body
    if (body === undefined) return 0
    const copied = chunk.copy(body, this.#gathered)
    this.#gathered += copied
    if (this.#gathered === body.length) {
      this.#body = undefined
      onResponse(body)
    }
    return copied
  }
}
