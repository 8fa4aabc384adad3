/**
 * Batches of one shard on their way to the log. One append is in flight at a time; what is added meanwhile is gathered
 * into the next batches. Records of one atomic call always share a batch.
 *
 * Foretells the offset of each record when it is added, and tells when the log does otherwise. Never retries: a failed
 * append ends the queue, and its owner starts anew from the log.
 */
import assert from 'node:assert/strict'
import { ProtocolError } from '@millrace/protocol'
import type { CoordinatorLog } from './coordinator-log.js'
import type { EncodedRecord } from './decision.js'
import { encodeBatch, maxBatchBytes } from './record-batches.js'

interface Batch {
  readonly baseOffset: number
  readonly records: EncodedRecord[]
  /** At most; the header included. */
  sizeInBytes: number
}

export interface AppendQueueOptions {
  readonly log: CoordinatorLog
  nowMs(): number
  /** All before this offset is in the log. */
  onAppended(endOffset: number): void
  onFailed(error: unknown): void
}

export class AppendQueue {
  readonly #options: AppendQueueOptions
  readonly #batches: Batch[] = []
  #nextOffset: number
  #inFlight: Promise<void> | undefined
  #isStopped = false

  constructor(nextOffset: number, options: AppendQueueOptions) {
    this.#nextOffset = nextOffset
    this.#options = options
  }

  /** Offset after the last record that was added. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /**
   * Takes records to be appended, in one batch if `atomic`, and returns the offset of the first; they follow each other.
   * @throws ProtocolError RECORD_LIST_TOO_LARGE when they do not fit; nothing has been added then
   */
  add(records: readonly EncodedRecord[], atomic: boolean): number {
    assert(records.length > 0)
    const units = atomic ? [records] : records.map((record) => [record])
    const limit = this.#options.log.maxBatchBytes()
    for (const unit of units) {
      const size = maxBatchBytes(unit)
      if (size > limit) throw new ProtocolError('RECORD_LIST_TOO_LARGE', `records of ${size} bytes exceed ${limit}`)
    }
    const firstOffset = this.#nextOffset
    for (const unit of units) this.#addUnit(unit, limit)
    return firstOffset
  }

  /** Starts the next append unless one is in flight. */
  flush(): void {
    if (this.#inFlight !== undefined || this.#isStopped) return
    const batch = this.#batches.shift()
    if (batch === undefined) return
    this.#inFlight = this.#append(batch).then(
      () => this.#settled(batch),
      (error: unknown) => this.#failed(error),
    )
  }

  /** Drops what has not been appended. Resolves when nothing is in flight any more, so that the log can be read. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#batches.length = 0
    await this.#inFlight
  }

  /** Adds records that belong together to the batch that is being gathered, or to a new one if it is full. */
  #addUnit(unit: readonly EncodedRecord[], limit: number): void {
    const size = maxBatchBytes(unit)
    const last = this.#batches.at(-1)
    if (last !== undefined && last.sizeInBytes + size - maxBatchBytes([]) <= limit) {
      last.records.push(...unit)
      last.sizeInBytes += size - maxBatchBytes([])
    } else {
      this.#batches.push({ baseOffset: this.#nextOffset, records: [...unit], sizeInBytes: size })
    }
    this.#nextOffset += unit.length
  }

  async #append({ records, baseOffset }: Batch): Promise<void> {
    const bytes = encodeBatch(records, this.#options.nowMs())
    const { lastOffset } = await this.#options.log.append(bytes)
    const expected = baseOffset + records.length - 1
    if (lastOffset !== expected) {
      throw new Error(`the log ends at ${lastOffset} after the append and not, as foretold, at ${expected}`)
    }
  }

  #settled({ baseOffset, records }: Batch): void {
    this.#inFlight = undefined
    if (this.#isStopped) return
    this.#options.onAppended(baseOffset + records.length)
    this.flush()
  }

  #failed(error: unknown): void {
    this.#inFlight = undefined
    if (!this.#isStopped) this.#options.onFailed(error)
  }
}
