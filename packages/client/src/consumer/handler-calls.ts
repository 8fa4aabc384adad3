/**
 * Calls the handlers of `run` for the records of one piece of work, and does what is decided about what they throw: again
 * after a pause, on to the next, a dead letter, or the end.
 *
 * A handler that returns without waiting costs no promise. Which work is due, and how many at once, is the runner's to know.
 */
import { ExponentialBackoff } from '@millrace/net'
import { sleep } from '../waiting.js'
import { RecordBatch } from './batch-iterator.js'
import type { ConsumerEngine } from './consumer-engine.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { PartitionState } from './core/partition-state.js'
import type { LoopTurns } from './loop-turns.js'
import type { BatchContext, RecordContext, RunOptions } from './run-options.js'
import type { Work } from './run-work.js'

const RETRY_BACKOFF_MAX_MS = 30_000
/** How many records until the clock is looked at. */
const TURN_CHECK_RECORDS = 16

/** What the calls need of their runner. */
export interface CallingRunner<K, V> {
  /** Its result is still of use: neither the partition nor the runner has come to an end. */
  readonly isWanted: (work: Work<K, V>) => boolean
  /** Somebody has decided so. */
  readonly stop: () => void
  /** Aborts when the runner ends. */
  readonly stopping: AbortSignal
  readonly turns: LoopTurns
}

/** What a handler goes on with, and how many records are finished with it. */
interface Pending {
  readonly promise: Promise<unknown>
  readonly count: number
}

export class HandlerCalls<K, V> {
  readonly #engine: ConsumerEngine<K, V>
  readonly #options: RunOptions<K, V>
  readonly #runner: CallingRunner<K, V>
  readonly #backoff: ExponentialBackoff

  constructor(engine: ConsumerEngine<K, V>, options: RunOptions<K, V>, runner: CallingRunner<K, V>) {
    this.#engine = engine
    this.#options = options
    this.#runner = runner
    this.#backoff = new ExponentialBackoff({
      initialMs: engine.settings.values['retry.backoff.ms'],
      maxMs: RETRY_BACKOFF_MAX_MS,
      random: engine.ports.random,
    })
  }

  /** Undefined: it is over already. Errors: what a handler threw, if nobody decides. */
  handle(work: Work<K, V>): Promise<void> | undefined {
    if (this.#options.eachBatch !== undefined) return this.#handleBatch(work)
    const pending = this.#advance(work)
    return pending === undefined ? undefined : this.#handleRecords(work, pending)
  }

  async #handleRecords(work: Work<K, V>, first: Pending): Promise<void> {
    for (let next: Pending | undefined = first; next !== undefined; next = this.#advance(work)) {
      work.startMs = this.#engine.ports.monotonicMs()
      try {
        await next.promise
        work.progress.finish(work, work.processed + next.count)
      } catch (error) {
        await this.#retryRecord(work, error)
      }
    }
  }

  /** As far as handlers do not wait. Returns what is to be awaited; undefined: all are finished, or not wanted any more. */
  #advance(work: Work<K, V>): Pending | undefined {
    const { records } = work
    const { eachRecord } = this.#options
    const { isWanted, turns } = this.#runner
    while (work.processed < records.length && isWanted(work)) {
      let returned: unknown
      try {
        returned = eachRecord?.(records[work.processed] as ConsumerRecord<K, V>, this.#context(work, 1))
      } catch (error) {
        return { promise: Promise.reject(error), count: 1 }
      }
      if (isPromise(returned)) return { promise: returned, count: 1 }
      work.progress.finish(work, work.processed + 1)
      if (work.processed % TURN_CHECK_RECORDS === 0 && turns.isDue) return { promise: turns.take(), count: 0 }
    }
    return undefined
  }

  async #retryRecord(work: Work<K, V>, error: unknown): Promise<void> {
    const record = work.records[work.processed] as ConsumerRecord<K, V>
    let thrown = error
    for (let attempt = 1; await this.#isToRetry(thrown, [record], attempt, work); ) {
      attempt++
      if (!this.#runner.isWanted(work)) return
      work.startMs = this.#engine.ports.monotonicMs()
      try {
        await this.#options.eachRecord?.(record, this.#context(work, attempt))
        work.progress.finish(work, work.processed + 1)
        return
      } catch (again) {
        thrown = again
      }
    }
  }

  async #handleBatch(work: Work<K, V>): Promise<void> {
    const { part, records, progress } = work
    for (let attempt = 1; this.#runner.isWanted(work); attempt++) {
      const left = records.slice(work.processed)
      const batch = new RecordBatch<K, V>({ ...part, records: left }, (state) => this.#engine.signalOf(state))
      const context: BatchContext<K, V> = {
        attempt,
        markProcessed: (record) => {
          const count = records.findIndex(({ offset }) => offset > record.offset)
          progress.finish(work, Math.max(work.processed, count < 0 ? records.length : count))
        },
      }
      work.startMs = this.#engine.ports.monotonicMs()
      try {
        await this.#options.eachBatch?.(batch, context)
        progress.finish(work, records.length)
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
    const { isWanted, stop, stopping } = this.#runner
    // Nobody waits for it any more: it is read again by whoever has the partition then.
    if (!isWanted(work)) return false
    if (onError === undefined) throw error
    const decision = await onError(error, records[0] as ConsumerRecord<K, V>, attempt)
    if (decision === 'stop') {
      stop()
      return false
    }
    if (decision === 'retry') {
      await sleep(this.#engine.ports, this.#backoff.delayMs(attempt), stopping).catch(() => {})
      return !stopping.aborted
    }
    if (decision !== 'skip') {
      for (const record of records) await this.#sendDeadLetter(decision.deadLetter, record, error, attempt)
    }
    work.progress.finish(work, work.processed + records.length)
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

  #context({ progress }: Work<K, V>, attempt: number): RecordContext {
    return new HandlerContext(attempt, this.#engine, progress.state, this.#runner.stopping)
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
