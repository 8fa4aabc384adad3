/**
 * Records one by one, for `for await`. A record is finished, and may be committed, when the next one is asked for.
 *
 * Most calls of `next` find the next record in what was taken from the fetcher before; only at its end, or when the group or
 * a `wakeup` needs attention, the engine is asked.
 */
import type { ConsumerEngine } from './consumer-engine.js'
import { ConsumerRecord, type PartitionRecords } from './consumer-record.js'

export class RecordIterator<K, V> implements AsyncIterableIterator<ConsumerRecord<K, V>> {
  readonly #engine: ConsumerEngine<K, V>
  readonly #returning = new AbortController()
  /** The program's, or `return`. */
  readonly #signal: AbortSignal
  #pending: Promise<unknown> = Promise.resolve()
  #parts: readonly PartitionRecords<K, V>[] = []
  #partIndex = 0
  #recordIndex = 0
  #current: ConsumerRecord<K, V> | undefined
  #isDone = false

  constructor(engine: ConsumerEngine<K, V>, signal: AbortSignal | undefined) {
    this.#engine = engine
    this.#signal = signal === undefined ? this.#returning.signal : AbortSignal.any([signal, this.#returning.signal])
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    this.#finishCurrent()
    const { needsAttention, activity } = this.#engine
    activity.touch()
    if (!needsAttention && !this.#signal.aborted && !this.#isDone) {
      const record = this.#deliver()
      if (record !== undefined) return Promise.resolve({ done: false, value: record })
    }
    const next = this.#nextSlowly()
    this.#pending = next.catch(() => {})
    return next
  }

  /** `break`, or an error in the loop: the record that it is at is not finished, and comes again after a restart. */
  async return(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    this.#isDone = true
    this.#returning.abort()
    await this.#pending
    this.#giveBack()
    return { done: true, value: undefined }
  }

  async #nextSlowly(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    for (;;) {
      if (this.#isOver()) {
        this.#giveBack()
        this.#isDone = true
        return { done: true, value: undefined }
      }
      try {
        if (this.#partIndex < this.#parts.length) await this.#engine.attend()
        else await this.#poll()
      } catch (error) {
        // An abort is a normal end; anything else is the program's to know, and it may go on after it.
        if (this.#isOver()) continue
        throw error
      }
      const record = this.#deliver()
      if (record !== undefined) return { done: false, value: record }
    }
  }

  async #poll(): Promise<void> {
    const { values } = this.#engine.settings
    this.#parts = await this.#engine.poll(values['max.poll.records'], this.#engine.endless(this.#signal))
    this.#partIndex = 0
    this.#recordIndex = 0
  }

  #deliver(): ConsumerRecord<K, V> | undefined {
    while (this.#partIndex < this.#parts.length) {
      const part = this.#parts[this.#partIndex] as PartitionRecords<K, V>
      const { state, epoch, records } = part
      if (state.epoch === epoch && state.isPaused) state.rewind()
      const record = state.epoch === epoch ? records[this.#recordIndex] : undefined
      if (record === undefined) {
        this.#partIndex++
        this.#recordIndex = 0
        continue
      }
      this.#recordIndex++
      const isLast = this.#recordIndex === records.length
      state.moveTo(
        isLast ? part.nextOffset : record.offset + 1,
        isLast ? part.nextLeaderEpoch : (record.leaderEpoch ?? -1),
      )
      this.#current = record
      this.#engine.activity.current = record
      return record
    }
    return undefined
  }

  #finishCurrent(): void {
    const record = this.#current
    if (record === undefined) return
    this.#current = undefined
    const { state, epoch } = ConsumerRecord.sourceOf(record)
    if (state.epoch === epoch) state.finishAll()
  }

  /** What was taken and not delivered is fetched again by whoever reads next. */
  #giveBack(): void {
    this.#current = undefined
    for (const { state, epoch } of this.#parts.slice(this.#partIndex)) if (state.epoch === epoch) state.rewind()
    this.#parts = []
    this.#partIndex = 0
  }

  #isOver(): boolean {
    return this.#isDone || this.#signal.aborted || this.#engine.isClosed
  }
}
