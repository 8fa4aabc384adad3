/**
 * `run`: calls handlers for records or batches, several at once, and says how far each partition is finished.
 *
 *     poll ──► lanes (partition, key, or none) ──► handlers ──► watermark of each partition ──► commits
 *
 * A partition of which too much waits for handlers is held: nothing more is taken from its buffer. A partition that is to be
 * given up is drained first: what has not begun is dropped, what has is awaited. What a handler throws is decided by `onError`.
 */
import { ExponentialBackoff } from '@millrace/net'
import type { TopicPartition } from '../topic-partition.js'
import { sleep } from '../waiting.js'
import { RecordBatch } from './batch-iterator.js'
import type { ConsumerEngine } from './consumer-engine.js'
import type { ConsumerRecord, PartitionRecords } from './consumer-record.js'
import { CommitWatermark, type WorkInProgress } from './core/commit-watermark.js'
import type { PartitionState } from './core/partition-state.js'
import { type Ordering, WorkLanes } from './core/work-lanes.js'

/**
 * What becomes of a record whose handler threw: again (after a pause that grows), on to the next, the end of `run` without an
 * error, or a copy of it in another topic and on to the next.
 */
export type Decision = 'retry' | 'skip' | 'stop' | { readonly deadLetter: string }

/** What a dead-letter topic is written with: a KafkaProducer that takes bytes, or anything that sends. */
export interface DeadLetterProducer {
  send(record: {
    readonly topic: string
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers: Iterable<[string, Uint8Array | string | null]>
  }): Promise<unknown>
}

export interface RecordContext {
  /** Aborts when the partition goes to another member, or `run` ends. */
  readonly signal: AbortSignal
  /** 1, 2, 3 … */
  readonly attempt: number
}

export interface BatchContext<K, V> {
  /** This record and all before it are finished: they are not handed out again if the handler throws. */
  markProcessed(record: ConsumerRecord<K, V>): void
  readonly attempt: number
}

export interface RunOptions<K, V> {
  /** A record is finished when this returns, or what it returns resolves. */
  readonly eachRecord?: (record: ConsumerRecord<K, V>, context: RecordContext) => unknown
  /** In place of `eachRecord`: consecutive records of one partition, at most `max.poll.records`. */
  readonly eachBatch?: (batch: RecordBatch<K, V>, context: BatchContext<K, V>) => unknown
  /**
   * `partition` (default): one after the other in each partition; `key`: in each key of a partition, and records without a key
   * in no order; `unordered`. Batches go by partition.
   */
  readonly ordering?: Ordering
  /** Handlers at work at the same time; default 16. */
  readonly maxConcurrency?: number
  /** Default: `run` rejects with what the handler threw. */
  readonly onError?: (error: unknown, record: ConsumerRecord<K, V>, attempt: number) => Decision | Promise<Decision>
  /** For `{ deadLetter: topic }`. */
  readonly deadLetterProducer?: DeadLetterProducer
  /** Ends `run` normally. */
  readonly signal?: AbortSignal
}

const MAX_CONCURRENCY = 16
/** A partition with this many polls' worth of records that wait for handlers is held. */
const HELD_AFTER_POLLS = 2
const RETRY_BACKOFF_MAX_MS = 30_000
/** How often a handler that never waits lets sockets and timers have their turn. */
const TURN_EVERY_MS = 20
/** How many records until the clock is looked at. */
const TURN_CHECK_RECORDS = 16

/** Records that are handled one after the other, or as one. */
interface Work<K, V> {
  readonly progress: PartitionProgress
  readonly part: PartitionRecords<K, V>
  readonly records: readonly ConsumerRecord<K, V>[]
  readonly entry: WorkInProgress
  /** How many of them are finished. */
  processed: number
  /** Monotonic: when the handler was called that is waited for. */
  startMs: number
}

/** What a handler goes on with, and how many records are finished with it. */
interface Pending {
  readonly promise: Promise<unknown>
  readonly count: number
}

/** A partition while `run` has it. */
interface PartitionProgress {
  readonly state: PartitionState
  readonly epoch: number
  readonly watermark: CommitWatermark
  waiting: number
}

export async function runHandlers<K, V>(engine: ConsumerEngine<K, V>, options: RunOptions<K, V>): Promise<void> {
  await new Runner(engine, options).run()
}

class Runner<K, V> {
  readonly #engine: ConsumerEngine<K, V>
  readonly #options: RunOptions<K, V>
  readonly #ordering: Ordering
  readonly #lanes: WorkLanes<Work<K, V>>
  readonly #pollRecords: number
  readonly #backoff: ExponentialBackoff
  readonly #stopping = new AbortController()
  readonly #progress = new Map<PartitionState, PartitionProgress>()
  readonly #atWork = new Set<Work<K, V>>()
  /** Partitions that are being given up: nothing of them begins. */
  readonly #draining = new Set<string>()
  #onIdle: (() => void)[] = []
  #unkeyed = 0
  #isStarting = false
  #isStopped = false
  #lastTurnMs: number
  #failure: { readonly error: unknown } | undefined

  constructor(engine: ConsumerEngine<K, V>, options: RunOptions<K, V>) {
    const { eachRecord, eachBatch, ordering = 'partition', maxConcurrency = MAX_CONCURRENCY } = options
    if ((eachRecord === undefined) === (eachBatch === undefined)) {
      throw new TypeError('run() needs one of eachRecord and eachBatch')
    }
    if (!(maxConcurrency >= 1)) throw new TypeError(`maxConcurrency must be at least 1, not ${maxConcurrency}`)
    this.#engine = engine
    this.#options = options
    this.#ordering = eachBatch === undefined ? ordering : 'partition'
    this.#lanes = new WorkLanes(maxConcurrency)
    this.#pollRecords = engine.settings.values['max.poll.records']
    this.#lastTurnMs = engine.ports.monotonicMs()
    this.#backoff = new ExponentialBackoff({
      initialMs: engine.settings.values['retry.backoff.ms'],
      maxMs: RETRY_BACKOFF_MAX_MS,
      random: engine.ports.random,
    })
  }

  async run(): Promise<void> {
    const engine = this.#engine
    const { signal } = this.#options
    const stop = () => this.#stop()
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted === true) stop()
    engine.drain = (partitions) => this.#drain(partitions)
    engine.activity.oldestHandler = () => this.#oldest()
    try {
      await this.#loop()
    } finally {
      this.#stop()
      await this.#idle(() => true)
      signal?.removeEventListener('abort', stop)
      engine.drain = undefined
      engine.activity.oldestHandler = undefined
      this.#giveBack()
    }
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #loop(): Promise<void> {
    const engine = this.#engine
    const { signal } = this.#stopping
    while (!signal.aborted && !engine.isClosed) {
      try {
        const parts = await engine.poll(this.#pollRecords, engine.endless(signal), true)
        for (const part of parts) this.#begin(part)
      } catch (error) {
        if (signal.aborted || engine.isClosed) return
        throw error
      }
      this.#startWork()
    }
  }

  #stop(): void {
    this.#isStopped = true
    this.#stopping.abort()
  }

  #begin(part: PartitionRecords<K, V>): void {
    const { state, epoch, records, nextOffset, nextLeaderEpoch } = part
    if (state.epoch !== epoch) return
    let progress = this.#progress.get(state)
    if (progress === undefined || progress.epoch !== epoch) {
      progress = { state, epoch, watermark: new CommitWatermark(state.position), waiting: 0 }
      this.#progress.set(state, progress)
    }
    state.moveTo(nextOffset, nextLeaderEpoch)
    progress.waiting += records.length
    if (this.#ordering === 'partition') {
      this.#add(state.key, progress, part, records, progress.watermark.begin(nextOffset, nextLeaderEpoch))
    } else {
      const last = records.length - 1
      for (const [index, record] of records.entries()) {
        // The last one takes along what no application sees.
        const behind = index === last ? nextOffset : record.offset + 1
        const entry = progress.watermark.begin(behind, record.leaderEpoch ?? -1)
        this.#add(this.#laneOf(state, record), progress, part, [record], entry)
      }
    }
    this.#hold(progress)
  }

  #add(
    lane: string,
    progress: PartitionProgress,
    part: PartitionRecords<K, V>,
    records: readonly ConsumerRecord<K, V>[],
    entry: WorkInProgress,
  ): void {
    this.#lanes.add(lane, { progress, part, records, entry, processed: 0, startMs: 0 })
  }

  #laneOf({ key: partitionKey }: PartitionState, record: ConsumerRecord<K, V>): string {
    const key = this.#ordering === 'key' ? record.rawKey : null
    if (key !== null) return `${partitionKey} ${key.toString('latin1')}`
    this.#unkeyed++
    return `${partitionKey} ${this.#unkeyed} alone`
  }

  #hold(progress: PartitionProgress): void {
    const isHeld = progress.waiting >= this.#pollRecords * HELD_AFTER_POLLS
    const wasHeld = progress.state.isHeld
    progress.state.isHeld = isHeld
    if (wasHeld && !isHeld) this.#engine.wakePoll()
  }

  /** A handler that does not wait ends within this loop, and calls it again: the outer one goes on. */
  #startWork(): void {
    if (this.#isStarting) return
    this.#isStarting = true
    for (let next = this.#lanes.next(); next !== undefined; next = this.#lanes.next()) {
      void this.#work(next.lane, next.work)
      if (!this.#isTurnOver()) continue
      void this.#turn().then(() => {
        this.#isStarting = false
        this.#startWork()
      })
      return
    }
    this.#isStarting = false
  }

  #isTurnOver(): boolean {
    return this.#engine.ports.monotonicMs() - this.#lastTurnMs > TURN_EVERY_MS
  }

  /** Sockets and timers have their turn. */
  async #turn(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    this.#lastTurnMs = this.#engine.ports.monotonicMs()
  }

  /** Never throws. */
  async #work(lane: string, work: Work<K, V>): Promise<void> {
    if (this.#isWanted(work)) {
      work.startMs = this.#engine.ports.monotonicMs()
      this.#atWork.add(work)
      try {
        if (this.#options.eachBatch !== undefined) await this.#handleBatch(work)
        else {
          const pending = this.#advance(work)
          if (pending !== undefined) await this.#handleRecords(work, pending)
        }
      } catch (error) {
        this.#failure ??= { error }
        this.#stop()
      } finally {
        this.#atWork.delete(work)
      }
    }
    work.progress.waiting -= work.records.length
    this.#lanes.end(lane)
    this.#hold(work.progress)
    for (const look of this.#onIdle) look()
    this.#startWork()
  }

  /** A partition that has gone has another epoch. */
  #isWanted({ progress }: Work<K, V>): boolean {
    const { state, epoch } = progress
    return !this.#isStopped && state.epoch === epoch && (this.#draining.size === 0 || !this.#draining.has(state.key))
  }

  /** Errors: what a handler threw, if nobody decides. */
  async #handleRecords(work: Work<K, V>, first: Pending): Promise<void> {
    for (let next: Pending | undefined = first; next !== undefined; next = this.#advance(work)) {
      work.startMs = this.#engine.ports.monotonicMs()
      try {
        await next.promise
        this.#finish(work, work.processed + next.count)
      } catch (error) {
        await this.#retryRecord(work, error)
      }
    }
  }

  /** As far as handlers do not wait. Returns what is to be awaited; undefined: all are finished, or not wanted any more. */
  #advance(work: Work<K, V>): Pending | undefined {
    const { records } = work
    const { eachRecord } = this.#options
    while (work.processed < records.length && this.#isWanted(work)) {
      let returned: unknown
      try {
        returned = eachRecord?.(records[work.processed] as ConsumerRecord<K, V>, this.#context(work, 1))
      } catch (error) {
        return { promise: Promise.reject(error), count: 1 }
      }
      if (isPromise(returned)) return { promise: returned, count: 1 }
      this.#finish(work, work.processed + 1)
      if (work.processed % TURN_CHECK_RECORDS === 0 && this.#isTurnOver()) return { promise: this.#turn(), count: 0 }
    }
    return undefined
  }

  async #retryRecord(work: Work<K, V>, error: unknown): Promise<void> {
    const record = work.records[work.processed] as ConsumerRecord<K, V>
    let thrown = error
    for (let attempt = 1; await this.#isToRetry(thrown, [record], attempt, work); ) {
      attempt++
      if (!this.#isWanted(work)) return
      work.startMs = this.#engine.ports.monotonicMs()
      try {
        await this.#options.eachRecord?.(record, this.#context(work, attempt))
        this.#finish(work, work.processed + 1)
        return
      } catch (again) {
        thrown = again
      }
    }
  }

  async #handleBatch(work: Work<K, V>): Promise<void> {
    const { part, records } = work
    for (let attempt = 1; this.#isWanted(work); attempt++) {
      const left = records.slice(work.processed)
      const batch = new RecordBatch<K, V>({ ...part, records: left }, (state) => this.#engine.signalOf(state))
      const context: BatchContext<K, V> = {
        attempt,
        markProcessed: (record) => {
          const count = records.findIndex(({ offset }) => offset > record.offset)
          this.#finish(work, Math.max(work.processed, count < 0 ? records.length : count))
        },
      }
      work.startMs = this.#engine.ports.monotonicMs()
      try {
        await this.#options.eachBatch?.(batch, context)
        this.#finish(work, records.length)
        return
      } catch (error) {
        const rest = records.slice(work.processed)
        if (rest.length === 0 || !(await this.#isToRetry(error, rest, attempt, work))) return
      }
    }
  }

  /** After what a handler threw: true, after a pause, if it is to be called again. Errors: what it threw, if nobody decides. */
  async #isToRetry(
    error: unknown,
    records: readonly ConsumerRecord<K, V>[],
    attempt: number,
    work: Work<K, V>,
  ): Promise<boolean> {
    const { onError } = this.#options
    // Nobody waits for it any more: it is read again by whoever has the partition then.
    if (!this.#isWanted(work)) return false
    if (onError === undefined) throw error
    const decision = await onError(error, records[0] as ConsumerRecord<K, V>, attempt)
    if (decision === 'stop') {
      this.#stop()
      return false
    }
    if (decision === 'retry') {
      await sleep(this.#engine.ports, this.#backoff.delayMs(attempt), this.#stopping.signal).catch(() => {})
      return !this.#stopping.signal.aborted
    }
    if (decision !== 'skip') {
      for (const record of records) await this.#sendDeadLetter(decision.deadLetter, record, error, attempt)
    }
    this.#finish(work, work.processed + records.length)
    return false
  }

  async #sendDeadLetter(topic: string, record: ConsumerRecord<K, V>, error: unknown, attempt: number): Promise<void> {
    const { deadLetterProducer } = this.#options
    if (deadLetterProducer === undefined)
      throw new TypeError('{ deadLetter } needs deadLetterProducer', { cause: error })
    await deadLetterProducer.send({
      topic,
      key: record.rawKey,
      value: record.rawValue,
      headers: [
        ...record.headers,
        ['dead-letter.topic', record.topic],
        ['dead-letter.partition', String(record.partition)],
        ['dead-letter.offset', String(record.offset)],
        ['dead-letter.timestamp', String(record.timestamp)],
        ['dead-letter.attempts', String(attempt)],
        ['dead-letter.error', error instanceof Error ? `${error.name}: ${error.message}` : String(error)],
      ],
    })
  }

  /** The first `count` of them. */
  #finish(work: Work<K, V>, count: number): void {
    const { progress, entry, records } = work
    const { state, watermark, epoch } = progress
    if (count === work.processed) return
    work.processed = count
    const last = records[count - 1] as ConsumerRecord<K, V>
    const hasMoved =
      count === records.length
        ? watermark.finish(entry)
        : watermark.advance(entry, last.offset + 1, last.leaderEpoch ?? -1)
    if (hasMoved && state.epoch === epoch) state.finishUpTo(watermark.offset, watermark.leaderEpoch)
  }

  #context({ progress }: Work<K, V>, attempt: number): RecordContext {
    return new HandlerContext(attempt, this.#engine, progress.state, this.#stopping.signal)
  }

  async #drain(partitions: readonly TopicPartition[]): Promise<void> {
    const keys = new Set(partitions.map(({ topic, partition }) => `${topic}-${partition}`))
    for (const key of keys) this.#draining.add(key)
    try {
      await this.#idle(({ progress }) => keys.has(progress.state.key))
    } finally {
      for (const [state, progress] of this.#progress) {
        if (!keys.has(state.key)) continue
        this.#progress.delete(state)
        state.isHeld = false
        // What was dropped is read again, if the partition stays after all.
        if (state.epoch === progress.epoch) this.#rewindTo(progress)
      }
      for (const key of keys) this.#draining.delete(key)
    }
  }

  /** Waits until no handler of these is at work. */
  async #idle(isMeant: (work: Work<K, V>) => boolean): Promise<void> {
    const isBusy = () => [...this.#atWork].some(isMeant)
    if (!isBusy()) return
    await new Promise<void>((resolve) => {
      const look = () => {
        if (isBusy()) return
        this.#onIdle = this.#onIdle.filter((one) => one !== look)
        resolve()
      }
      this.#onIdle = [...this.#onIdle, look]
    })
  }

  #giveBack(): void {
    for (const [state, progress] of this.#progress) {
      state.isHeld = false
      if (state.epoch === progress.epoch && this.#engine.subscriptions.has(state)) this.#rewindTo(progress)
    }
    this.#progress.clear()
  }

  #rewindTo({ state, watermark }: PartitionProgress): void {
    if (watermark.offset === state.position) return
    const { lastCommitted } = state
    state.seek(watermark.offset, watermark.leaderEpoch)
    state.lastCommitted = lastCommitted
  }

  #oldest(): { readonly startMs: number; readonly record: ConsumerRecord<K, V> } | undefined {
    let oldest: Work<K, V> | undefined
    for (const work of this.#atWork) if (oldest === undefined || work.startMs < oldest.startMs) oldest = work
    const record = oldest?.records[oldest.processed]
    return oldest === undefined || record === undefined ? undefined : { startMs: oldest.startMs, record }
  }
}

/** What a handler is told; its signal is made when it is asked for. */
class HandlerContext<K, V> implements RecordContext {
  readonly attempt: number
  readonly #engine: ConsumerEngine<K, V>
  readonly #state: PartitionState
  readonly #stopping: AbortSignal

  constructor(attempt: number, engine: ConsumerEngine<K, V>, state: PartitionState, stopping: AbortSignal) {
    this.attempt = attempt
    this.#engine = engine
    this.#state = state
    this.#stopping = stopping
  }

  get signal(): AbortSignal {
    return AbortSignal.any([this.#engine.signalOf(this.#state), this.#stopping])
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
}
