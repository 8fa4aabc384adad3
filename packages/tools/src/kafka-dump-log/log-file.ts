/**
 * A `.log` file, batch by batch, as it lies on disk: what does not look right is shown and not refused. Reads synchronously, through
 * a window that follows the reader. Source: Kafka's FileLogInputStream.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import {
  BATCH_OVERHEAD,
  batchBaseOffset,
  batchLastOffset,
  batchMagic,
  batchSizeInBytes,
  LOG_OVERHEAD,
  MAGIC_END,
  MAGIC_V2,
} from '@millrace/protocol'
import { ToolError } from '../command-line/tool.js'

const WINDOW_BYTES = 256 * 1024

/** What the smallest message of the oldest format has behind its size. */
const MESSAGE_OVERHEAD = 14

/** Where a batch lies, or a message of the formats before batches. */
export interface FoundBatch {
  /** In the file. */
  readonly position: number
  readonly sizeInBytes: number
  readonly magic: number
  readonly lastOffset: number
}

export class LogFile {
  readonly path: string
  readonly size: number
  readonly #descriptor: number
  #window: Buffer = Buffer.alloc(0)
  #windowStart = 0

  /** Errors: ToolError. */
  constructor(path: string) {
    this.path = path
    try {
      this.#descriptor = openSync(path, 'r')
      this.size = fstatSync(this.#descriptor).size
    } catch (error) {
      throw new ToolError(`Cannot read ${path}: ${(error as Error).message}`)
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }

  /** The batches from `start` to `end`, in their order, up to what is too short for one. Errors: ToolError for a size that cannot be. */
  *batches(start = 0, end = this.size): Generator<FoundBatch, void> {
    let position = start
    while (true) {
      const batch = this.#batchAt(position, Math.min(end, this.size))
      if (batch === undefined) return
      yield batch
      position += batch.sizeInBytes
    }
  }

  /** The whole batch: a view, good until something else of the file is read. */
  bytes({ position, sizeInBytes }: FoundBatch): Buffer {
    return this.#view(position, sizeInBytes)
  }

  #batchAt(position: number, end: number): FoundBatch | undefined {
    if (position >= end - MAGIC_END) return undefined
    const header = this.#view(position, BATCH_OVERHEAD)
    const sizeInBytes = batchSizeInBytes(header, 0)
    const size = sizeInBytes - LOG_OVERHEAD
    const magic = batchMagic(header, 0)
    const minimum = magic >= MAGIC_V2 ? BATCH_OVERHEAD - LOG_OVERHEAD : MESSAGE_OVERHEAD
    if (size < minimum) {
      throw new ToolError(
        `Found record size ${size} smaller than minimum record overhead (${minimum}) in file ${this.path}.`,
      )
    }
    if (position + sizeInBytes > end) return undefined
    const lastOffset = magic >= MAGIC_V2 ? batchLastOffset(header, 0) : batchBaseOffset(header, 0)
    return { position, sizeInBytes, magic, lastOffset }
  }

  /** Shorter at the file's end. */
  #view(position: number, length: number): Buffer {
    const isInside = position >= this.#windowStart && position + length <= this.#windowStart + this.#window.length
    if (!isInside) this.#load(position, Math.max(length, WINDOW_BYTES))
    const from = position - this.#windowStart
    return this.#window.subarray(from, from + length)
  }

  #load(position: number, length: number): void {
    const window = Buffer.allocUnsafeSlow(Math.min(length, this.size - position))
    let filled = 0
    while (filled < window.length) {
      const count = readSync(this.#descriptor, window, filled, window.length - filled, position + filled)
      if (count === 0) break
      filled += count
    }
    this.#window = window.subarray(0, filled)
    this.#windowStart = position
  }
}
