import assert from 'node:assert/strict'
import {
  batchLastOffset,
  batchRecordCount,
  type ErrorName,
  type KafkaRecord,
  ProtocolError,
  readRecords,
  setBaseOffset,
} from '@millrace/protocol'
import type { CoordinatorLog } from '../coordinator/coordinator-log.js'

interface PendingAppend {
  complete(): void
  fail(error: unknown): void
}

/**
 * A coordinator's log in memory. By itself it appends and commits at once; a test may hold appends and commits back,
 * or make them fail.
 */
export class MemoryCoordinatorLog implements CoordinatorLog {
  readonly batches: Buffer[] = []
  /** False: the high watermark moves only by `commit`. */
  commitsAtOnce = true
  /** True: appends wait in `pending` until the test completes or fails them. */
  holdsAppends = false
  /** Thrown by the next append. */
  nextError: unknown
  /** True: the next append that succeeds is reported as failed. */
  skipsAnswer = false
  refusal: ErrorName = 'NONE'
  maxBytes = 1_048_576
  bytesPerRead = 1_048_576
  reads = 0
  /** Awaited before each read. */
  beforeRead: (() => Promise<void>) | undefined
  /** Offsets that nobody knows of: another writer's records. */
  skipOffsets = 0
  readonly pending: PendingAppend[] = []
  #startOffset = 0
  #endOffset = 0
  #highWatermark = 0
  readonly #listeners = new Set<(highWatermark: number) => void>()

  logStartOffset(): number {
    return this.#startOffset
  }

  logEndOffset(): number {
    return this.#endOffset
  }

  highWatermark(): number {
    return this.#highWatermark
  }

  maxBatchBytes(): number {
    return this.maxBytes
  }

  checkAppend(): ErrorName {
    return this.refusal
  }

  get listenerCount(): number {
    return this.#listeners.size
  }

  async append(batch: Buffer): Promise<{ lastOffset: number }> {
    if (this.holdsAppends) {
      await new Promise<void>((resolve, reject) => {
        this.pending.push({ complete: resolve, fail: reject })
      })
    }
    const error = this.nextError
    this.nextError = undefined
    if (error !== undefined) throw error
    const lastOffset = this.write(batch)
    if (this.skipsAnswer) {
      this.skipsAnswer = false
      throw new Error('the append was not confirmed')
    }
    return { lastOffset }
  }

  /** Puts a batch into the log as it is, but for its offset. */
  write(batch: Buffer): number {
    assert(batch.length <= this.maxBytes, 'the batch is too large for the log')
    const copy = Buffer.from(batch)
    setBaseOffset(copy, 0, this.#endOffset + this.skipOffsets)
    this.batches.push(copy)
    this.#endOffset = batchLastOffset(copy, 0) + 1
    if (this.commitsAtOnce) this.commit()
    return this.#endOffset - 1
  }

  commit(offset = this.#endOffset): void {
    this.#highWatermark = offset
    for (const listener of this.#listeners) listener(offset)
  }

  /** Removes records from the start, as DeleteRecords does. */
  startAt(offset: number): void {
    this.#startOffset = offset
  }

  async read(offset: number): Promise<Buffer> {
    this.reads++
    await this.beforeRead?.()
    if (offset < this.#startOffset) throw new ProtocolError('OFFSET_OUT_OF_RANGE')
    const first = this.batches.findIndex((batch) => batchLastOffset(batch, 0) >= offset)
    if (first === -1) return Buffer.alloc(0)
    const found: Buffer[] = []
    let size = 0
    for (const batch of this.batches.slice(first)) {
      if (found.length > 0 && size + batch.length > this.bytesPerRead) break
      found.push(batch)
      size += batch.length
    }
    return Buffer.concat(found)
  }

  onHighWatermark(listener: (highWatermark: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  recordCounts(): number[] {
    return this.batches.map((batch) => batchRecordCount(batch, 0))
  }

  records(): KafkaRecord[] {
    return this.batches.flatMap((batch) => [...readRecords(batch)])
  }

  values(): (string | undefined)[] {
    return this.records().map(({ value }) => value?.toString())
  }
}
