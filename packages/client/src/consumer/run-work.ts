/** What a runner has of each partition: records that wait for handlers or are with them, and how far they are finished. */
import { ConsumerRecord, type KeptMemory, type PartitionRecords } from './consumer-record.js'
import { CommitWatermark, type WorkInProgress } from './core/commit-watermark.js'
import type { PartitionState } from './core/partition-state.js'

/** Records that are handled one after the other, or as one. */
export interface Work<K, V> {
  readonly progress: PartitionProgress
  readonly part: PartitionRecords<K, V>
  readonly records: readonly ConsumerRecord<K, V>[]
  readonly entry: WorkInProgress
  /** Counts until they are finished. */
  readonly memory: KeptMemory | undefined
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

/** What the records are views of; undefined: there are none. */
export function memoryOf<K, V>(records: readonly ConsumerRecord<K, V>[]): KeptMemory | undefined {
  let memory: KeptMemory | undefined
  let others: Set<KeptMemory> | undefined
  for (const record of records) {
    const own = ConsumerRecord.sourceOf(record).memory
    memory ??= own
    if (own === memory) continue
    others ??= new Set([memory])
    others.add(own)
  }
  return others === undefined ? memory : together([...others])
}

function together(memories: readonly KeptMemory[]): KeptMemory {
  return {
    keep: () => {
      for (const memory of memories) memory.keep()
    },
    letGo: () => {
      for (const memory of memories) memory.letGo()
    },
  }
}
