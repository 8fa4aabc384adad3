/** Records of one partition at a time, for `for await`. A batch is finished, and may be committed, when the next one is asked for. */
import type { TopicPartition } from '../topic-partition.js'
import type { ConsumerEngine } from './consumer-engine.js'
import type { ConsumerRecord, PartitionRecords } from './consumer-record.js'
import type { PartitionState } from './core/partition-state.js'

/** Consecutive records of one partition. */
export class RecordBatch<K = Buffer, V = Buffer> implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly records: readonly ConsumerRecord<K, V>[]
  /** Of the partition, when they were fetched. */
  readonly highWatermark: number
  /** Records behind the last one, up to the high watermark. */
  readonly lag: number
  readonly #signalOf: () => AbortSignal

  constructor(part: PartitionRecords<K, V>, signalOf: (state: PartitionState) => AbortSignal) {
    const { state, records, nextOffset } = part
    this.topic = state.topic
    this.partition = state.partition
    this.records = records
    this.highWatermark = state.highWatermark
    this.lag = Math.max(0, state.highWatermark - nextOffset)
    this.#signalOf = () => signalOf(state)
  }

  /** Aborts when the partition is revoked or lost: what is still done then is done twice. */
  get signal(): AbortSignal {
    return this.#signalOf()
  }
}

export interface BatchesOptions {
  /** Ends the loop normally. */
  readonly signal?: AbortSignal
  /** Of one batch; default `max.poll.records`. */
  readonly maxRecords?: number
}

export class BatchIterator<K, V> implements AsyncIterableIterator<RecordBatch<K, V>> {
  readonly #engine: ConsumerEngine<K, V>
  readonly #maxRecords: number
  readonly #returning = new AbortController()
  /** The program's, or `return`. */
  readonly #signal: AbortSignal
  #pending: Promise<unknown> = Promise.resolve()
  #waiting: PartitionRecords<K, V>[] = []
  #current: PartitionRecords<K, V> | undefined
  #isDone = false

  constructor(engine: ConsumerEngine<K, V>, options: BatchesOptions) {
    this.#engine = engine
    const { signal, maxRecords = engine.settings.values['max.poll.records'] } = options
    this.#maxRecords = maxRecords
    this.#signal = signal === undefined ? this.#returning.signal : AbortSignal.any([signal, this.#returning.signal])
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<RecordBatch<K, V>, undefined>> {
    const next = this.#next()
    this.#pending = next.catch(() => {})
    return next
  }

  /** `break`, or an error in the loop: the batch that it is at is not finished, and comes again after a restart. */
  async return(): Promise<IteratorResult<RecordBatch<K, V>, undefined>> {
    this.#isDone = true
    this.#returning.abort()
    await this.#pending
    return this.#end()
  }

  async #next(): Promise<IteratorResult<RecordBatch<K, V>, undefined>> {
    const finished = this.#current
    this.#current = undefined
    if (finished !== undefined && finished.state.epoch === finished.epoch) finished.state.finishAll()
    this.#engine.activity.touch()
    for (;;) {
      if (this.#isOver()) return this.#end()
      try {
        if (this.#waiting.length === 0) {
          this.#waiting = await this.#engine.poll(this.#maxRecords, this.#engine.endless(this.#signal))
        } else if (this.#engine.needsAttention) await this.#engine.attend()
      } catch (error) {
        if (this.#isOver()) continue
        throw error
      }
      const part = this.#waiting.shift()
      if (part === undefined || part.state.epoch !== part.epoch) continue
      if (part.state.isPaused) {
        part.state.rewind()
        continue
      }
      part.state.moveTo(part.nextOffset, part.nextLeaderEpoch)
      this.#current = part
      this.#engine.activity.current = part.records[0]
      return { done: false, value: new RecordBatch(part, (state) => this.#engine.signalOf(state)) }
    }
  }

  #end(): IteratorResult<RecordBatch<K, V>, undefined> {
    this.#isDone = true
    this.#current = undefined
    for (const { state, epoch } of this.#waiting) if (state.epoch === epoch) state.rewind()
    this.#waiting = []
    return { done: true, value: undefined }
  }

  #isOver(): boolean {
    return this.#isDone || this.#signal.aborted || this.#engine.isClosed
  }
}
