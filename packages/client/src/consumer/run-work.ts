/** What a runner has of each partition: records that wait for handlers or are with them, and how far they are finished. */
import type { ConsumerRecord, PartitionRecords } from './consumer-record.js'
import { CommitWatermark, type WorkInProgress } from './core/commit-watermark.js'
import type { PartitionState } from './core/partition-state.js'

/** Records that are handled one after the other, or as one. */
export interface Work<K, V> {
  readonly progress: PartitionProgress
  readonly part: PartitionRecords<K, V>
  readonly records: readonly ConsumerRecord<K, V>[]
  readonly entry: WorkInProgress
  /** What the records take of `buffer.memory` until they are finished. */
  readonly bytes: number
  /** How many of them are finished. */
  processed: number
  /** Monotonic: when the handler was called that is waited for. */
  startMs: number
}

/** A partition while a runner has it. */
export class PartitionProgress {
  readonly state: PartitionState
  /** Of the state: what was taken before the position jumped is of no interest. */
  readonly epoch: number
  readonly #watermark: CommitWatermark
  /** Records that are not finished. */
  waiting = 0

  constructor(state: PartitionState, epoch: number) {
    this.state = state
    this.epoch = epoch
    this.#watermark = new CommitWatermark(state.position)
  }

  get isCurrent(): boolean {
    return this.state.epoch === this.epoch
  }

  /** Work that ends at `nextOffset`. In the order of the offsets. */
  begin(nextOffset: number, leaderEpoch: number): WorkInProgress {
    return this.#watermark.begin(nextOffset, leaderEpoch)
  }

  /** The first `count` of the work's records are finished. */
  finish<K, V>(work: Work<K, V>, count: number): void {
    const { entry, records } = work
    if (count === work.processed) return
    work.processed = count
    const last = records[count - 1] as ConsumerRecord<K, V>
    const hasMoved =
      count === records.length
        ? this.#watermark.finish(entry)
        : this.#watermark.advance(entry, last.offset + 1, last.leaderEpoch ?? -1)
    if (hasMoved && this.isCurrent) this.state.finishUpTo(this.#watermark.offset, this.#watermark.leaderEpoch)
  }

  /** What is not finished is read again, by whoever reads next. */
  giveBack(): void {
    if (!this.isCurrent || this.#watermark.offset === this.state.position) return
    const { lastCommitted } = this.state
    this.state.seek(this.#watermark.offset, this.#watermark.leaderEpoch)
    this.state.lastCommitted = lastCommitted
  }
}

/** Of keys and values, as they are in memory. */
export function bytesOf<K, V>(records: readonly ConsumerRecord<K, V>[]): number {
  let bytes = 0
  for (const { serializedKeySize, serializedValueSize } of records) {
    bytes += Math.max(0, serializedKeySize) + Math.max(0, serializedValueSize)
  }
  return bytes
}
