/**
 * `run`: calls handlers for records or batches, several at once, and says how far each partition is finished.
 *
 *     poll ──► lanes (partition, key, or none) ──► handlers ──► watermark of each partition ──► commits
 *
 * Answers whose records wait for handlers count as buffered (`buffer.memory`). A partition of which too much waits is held: nothing more is
 * taken from its buffer. A partition that is to be given up is drained first: what has not begun is dropped, what has is
 * awaited. How handlers are called, and what becomes of what they throw, is in handler-calls.ts.
 */
import type { TopicPartition } from '../topic-partition.js'
import type { ConsumerEngine } from './consumer-engine.js'
import type { ConsumerRecord, PartitionRecords } from './consumer-record.js'
import type { WorkInProgress } from './core/commit-watermark.js'
import type { PartitionState } from './core/partition-state.js'
import { type Ordering, WorkLanes } from './core/work-lanes.js'
import { HandlerCalls } from './handler-calls.js'
import { LoopTurns } from './loop-turns.js'
import type { RunOptions } from './run-options.js'
import { memoryOf, PartitionProgress, type Work } from './run-work.js'

const MAX_CONCURRENCY = 16
/** A partition with this many polls' worth of records that wait for handlers is held. */
const HELD_AFTER_POLLS = 2

export async function runHandlers<K, V>(engine: ConsumerEngine<K, V>, options: RunOptions<K, V>): Promise<void> {
  await new Runner(engine, options).run()
}

class Runner<K, V> {
  readonly #engine: ConsumerEngine<K, V>
  readonly #options: RunOptions<K, V>
  readonly #ordering: Ordering
  readonly #lanes: WorkLanes<Work<K, V>>
  readonly #pollRecords: number
  readonly #calls: HandlerCalls<K, V>
  readonly #turns: LoopTurns
  readonly #stopping = new AbortController()
  readonly #progress = new Map<PartitionState, PartitionProgress>()
  readonly #atWork = new Set<Work<K, V>>()
  /** Partitions that are being given up: nothing of them begins. */
  readonly #draining = new Set<string>()
  #onIdle: (() => void)[] = []
  #unkeyed = 0
  /** Work that is not over, whose memory counts. */
  readonly #kept = new Set<Work<K, V>>()
  #isStarting = false
  #isStopped = false
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
    this.#turns = new LoopTurns(engine.ports.monotonicMs)
    this.#calls = new HandlerCalls(engine, options, {
      isWanted: (work) => this.#isWanted(work),
      stop: () => this.#stop(),
      stopping: this.#stopping.signal,
      turns: this.#turns,
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
      for (const work of this.#kept) this.#letGo(work)
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
      progress = new PartitionProgress(state, epoch)
      this.#progress.set(state, progress)
    }
    state.moveTo(nextOffset, nextLeaderEpoch)
    progress.waiting += records.length
    if (this.#ordering === 'partition') {
      this.#add(state.key, progress, part, records, progress.begin(nextOffset, nextLeaderEpoch))
    } else {
      const last = records.length - 1
      for (const [index, record] of records.entries()) {
        // The last one takes along what no application sees.
        const behind = index === last ? nextOffset : record.offset + 1
        const entry = progress.begin(behind, record.leaderEpoch ?? -1)
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
    const memory = memoryOf(records)
    const work: Work<K, V> = { progress, part, records, entry, memory, processed: 0, startMs: 0 }
    memory?.keep()
    this.#kept.add(work)
    this.#lanes.add(lane, work)
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
      if (!this.#turns.isDue) continue
      void this.#turns.take().then(() => {
        this.#isStarting = false
        this.#startWork()
      })
      return
    }
    this.#isStarting = false
  }

  /** Never throws. */
  async #work(lane: string, work: Work<K, V>): Promise<void> {
    if (this.#isWanted(work)) {
      work.startMs = this.#engine.ports.monotonicMs()
      this.#atWork.add(work)
      try {
        const pending = this.#calls.handle(work)
        if (pending !== undefined) await pending
      } catch (error) {
        this.#failure ??= { error }
        this.#stop()
      } finally {
        this.#atWork.delete(work)
      }
    }
    work.progress.waiting -= work.records.length
    this.#lanes.end(lane)
    this.#letGo(work)
    this.#hold(work.progress)
    for (const look of this.#onIdle) look()
    this.#startWork()
  }

  /** What is dropped when the runner ends is let go of at once. */
  #letGo(work: Work<K, V>): void {
    if (!this.#kept.delete(work)) return
    work.memory?.letGo()
    this.#engine.fetcher.onLetGo()
  }

  /** A partition that has gone has another epoch. */
  #isWanted({ progress }: Work<K, V>): boolean {
    const { state, isCurrent } = progress
    return !this.#isStopped && isCurrent && (this.#draining.size === 0 || !this.#draining.has(state.key))
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
        progress.giveBack()
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
      if (this.#engine.subscriptions.has(state)) progress.giveBack()
    }
    this.#progress.clear()
  }

  #oldest(): { readonly startMs: number; readonly record: ConsumerRecord<K, V> } | undefined {
    let oldest: Work<K, V> | undefined
    for (const work of this.#atWork) if (oldest === undefined || work.startMs < oldest.startMs) oldest = work
    const record = oldest?.records[oldest.processed]
    return oldest === undefined || record === undefined ? undefined : { startMs: oldest.startMs, record }
  }
}
