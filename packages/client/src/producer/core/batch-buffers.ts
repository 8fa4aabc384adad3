/**
 * Buffers of acknowledged batches serve for others: what is allocated and collected all the time costs more than what is
 * written into it.
 */
import type { ProducerBatch } from './producer-batch.js'

const FREE_BYTES_MAX = 4 * 1024 * 1024

export class BatchBuffers {
  readonly #newBytes: number
  readonly #keptBytesMax: number
  readonly #free: Buffer[] = []
  #freeBytes = 0

  /** `newBytes`: what a new buffer has, and a kept one at least; `keptBytesMax`: what one that is kept has at most. */
  constructor(newBytes: number, keptBytesMax: number) {
    this.#newBytes = newBytes
    this.#keptBytesMax = keptBytesMax
  }

  /** A buffer that served before, or how large a new one is to be. */
  take(): Buffer | number {
    const free = this.#free.pop()
    if (free === undefined) return this.#newBytes
    this.#freeBytes -= free.length
    return free
  }

  /** Nobody reads what the batch has written any more. */
  recycle(batch: ProducerBatch): void {
    if (this.#freeBytes >= FREE_BYTES_MAX) return
    const buffer = batch.takeBuffer()
    if (buffer === undefined || buffer.length < this.#newBytes || buffer.length > this.#keptBytesMax) return
    this.#free.push(buffer)
    this.#freeBytes += buffer.length
  }
}
