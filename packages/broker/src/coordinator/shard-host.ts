/**
 * One life of one shard: loads it from its partition's log, then carries out what its handlers decide, until it is
 * stopped or something fails. A failed shard is never repaired: its runtime starts another life from the log.
 *
 * ```
 *   loading ──► active ──► stopped          requests:  loading  COORDINATOR_LOAD_IN_PROGRESS
 *      └───────────────────────▲                       stopped  NOT_COORDINATOR
 * ```
 *
 * Readers see committed state only, in the simplest way that is right: every request, a read too, runs at once on the
 * live state, and its answer is held until all that had been appended by then is committed. An answer can thus never
 * tell of a write that is lost later: if the append fails, the shard ends and the held answers become
 * NOT_COORDINATOR. The price is that a read waits for the writes before it (Kafka's snapshots do not); on a log
 * whose high watermark does not move it ends with the commit timeout. Only answers that tell of nothing written go at
 * once (`repliesAtOnce`).
 *
 * Never calls into another shard, and never appends without having replayed.
 */
import assert from 'node:assert/strict'
import { type ErrorName, ProtocolError } from '@millrace/protocol'
import type { Clock, Logger, Scheduler } from '../ports.js'
import { AppendQueue } from './append-queue.js'
import { CommitQueue } from './commit-queue.js'
import { toCoordinatorError } from './coordinator-errors.js'
import type { CoordinatorLog } from './coordinator-log.js'
import type { CoordinatorShard, Decision, DeferredReply, RecordSerde, ReplyToken, Turn } from './decision.js'
import { replayBatches } from './record-batches.js'
import { TimerTable } from './timer-table.js'

export interface ShardHostOptions<Shard, Rec> {
  /** For the operator's log, e.g. `__consumer_offsets-7`. */
  readonly name: string
  readonly shard: Shard
  readonly serde: RecordSerde<Rec>
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** How long an answer may wait for its records to be committed. */
  readonly commitTimeoutMs: number
  openLog(): CoordinatorLog
  /** The live state and the log may differ: the host has stopped and must be replaced. */
  onFailed(error: unknown): void
}

interface Waiter {
  resolve(value: unknown): void
  reject(error: ProtocolError): void
}

/** Loading lets others run when it has held the event loop for so long. */
const LOAD_SLICE_MS = 5

export class ShardHost<Shard extends CoordinatorShard<Rec, Timer>, Rec, Timer> {
  readonly #options: ShardHostOptions<Shard, Rec>
  readonly #timers: TimerTable<Timer>
  readonly #waiters = new Map<ReplyToken, Waiter>()
  #state: 'loading' | 'active' | 'stopped' = 'loading'
  #nextToken = 0
  #appendedOffset = 0
  #log: CoordinatorLog | undefined
  #appends: AppendQueue | undefined
  #commits: CommitQueue | undefined
  #unsubscribe: (() => void) | undefined

  constructor(options: ShardHostOptions<Shard, Rec>) {
    this.#options = options
    this.#timers = new TimerTable(options.clock, options.scheduler, (timer) => this.#onTimer(timer))
  }

  get state(): 'loading' | 'active' | 'stopped' {
    return this.#state
  }

  /** The live state, to look at and not to answer from: it may tell of what is not committed. Undefined unless active. */
  get liveShard(): Shard | undefined {
    return this.#state === 'active' ? this.#options.shard : undefined
  }

  /** @throws whatever opening, reading or replaying the log throws; does nothing once the host has been stopped */
  async load(): Promise<void> {
    if (!this.#isLoading()) return
    const { clock, name, logger } = this.#options
    const log = this.#options.openLog()
    const startMs = clock.nowMs()
    const endOffset = log.logEndOffset()
    let recordCount = 0
    let offset = log.logStartOffset()
    while (this.#isLoading() && offset < endOffset) {
      const buffer = await log.read(offset)
      let sliceStartMs = clock.nowMs()
      if (buffer.length === 0) break
      for (const step of replayBatches(buffer, offset, this.#options.shard, this.#options.serde)) {
        recordCount = step.isBatchEnd ? recordCount + step.recordCount : recordCount
        offset = step.nextOffset
        if (clock.nowMs() - sliceStartMs < LOAD_SLICE_MS) continue
        await this.#nextTurn()
        sliceStartMs = clock.nowMs()
        if (!this.#isLoading()) return
      }
    }
    if (!this.#isLoading()) return
    this.#activate(log, endOffset)
    const line = `${name}: loaded ${recordCount} records in ${clock.nowMs() - startMs} ms`
    if (recordCount === 0) logger.debug(line)
    else logger.info(line)
  }

  /**
   * Runs a handler. Its answer, or the one that a later decision gives to its token, is what the promise resolves to.
   * @throws ProtocolError (asynchronously) COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE,
   *   UNKNOWN_SERVER_ERROR
   */
  write<Reply>(operation: (shard: Shard, turn: Turn) => Decision<Rec, Reply, Timer>): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      if (this.#state !== 'active') {
        reject(new ProtocolError(this.#state === 'loading' ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'NOT_COORDINATOR'))
        return
      }
      const token = this.#nextToken++
      // The one place where an answer meets its type: a token is only ever answered with its request's reply.
      this.#waiters.set(token, { resolve: (value) => resolve(value as Reply), reject })
      const nowMs = this.#options.clock.nowMs()
      const decision = this.#guard(() => operation(this.#options.shard, { nowMs, token }))
      if (decision === undefined) this.#fail(token, 'UNKNOWN_SERVER_ERROR')
      else this.#execute(decision, token)
    })
  }

  /** Runs a handler that changes nothing. Throws like `write`. */
  read<Reply>(operation: (shard: Shard) => Reply): Promise<Reply> {
    return this.write((shard) => ({ records: [], reply: operation(shard) }))
  }

  /** Ends the shard; requests that wait get NOT_COORDINATOR. Resolves when no append is in flight any more. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#unsubscribe?.()
    this.#timers.cancelAll()
    this.#commits?.stop()
    for (const token of [...this.#waiters.keys()]) this.#fail(token, 'NOT_COORDINATOR')
    await this.#appends?.stop()
  }

  #isLoading(): boolean {
    return this.#state === 'loading'
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.schedule(0, resolve)
    })
  }

  #activate(log: CoordinatorLog, endOffset: number): void {
    const { clock, scheduler, shard, commitTimeoutMs } = this.#options
    this.#log = log
    this.#appendedOffset = endOffset
    this.#appends = new AppendQueue(endOffset, {
      log,
      nowMs: () => clock.nowMs(),
      onAppended: (offset) => {
        this.#appendedOffset = offset
        this.#advance(log.highWatermark())
      },
      onFailed: (error) => this.#options.onFailed(error),
    })
    this.#commits = new CommitQueue(Math.min(log.highWatermark(), endOffset), {
      clock,
      scheduler,
      timeoutMs: commitTimeoutMs,
      release: (reply) => this.#release(reply),
      expire: ({ to }) => this.#fail(to, 'REQUEST_TIMED_OUT'),
    })
    this.#unsubscribe = log.onHighWatermark((highWatermark) => this.#advance(highWatermark))
    this.#state = 'active'
    const decision = this.#guard(() => shard.onLoaded(clock.nowMs()))
    if (decision !== undefined) this.#execute(decision)
  }

  /** The high watermark may pass a batch before its append is confirmed; until then its offset is only foretold. */
  #advance(highWatermark: number): void {
    this.#commits?.advance(Math.min(highWatermark, this.#appendedOffset))
  }

  #execute(decision: Decision<Rec, unknown, Timer>, own?: ReplyToken): void {
    for (const note of decision.notes ?? []) this.#options.logger.info(`${this.#options.name}: ${note}`)
    for (const command of decision.timers ?? []) this.#timers.apply(command)
    const replies = [...(decision.replies ?? [])]
    if (own !== undefined && decision.reply !== undefined) {
      const reply = { to: own, value: decision.reply }
      assert(decision.repliesAtOnce !== true || decision.records.length === 0)
      if (decision.repliesAtOnce === true) this.#release(reply)
      else replies.push(reply)
    }

    const refusal = decision.records.length === 0 ? 'NONE' : this.#append(decision)
    if (this.#state !== 'active' || this.#appends === undefined) return
    if (refusal === 'NONE') {
      this.#commits?.add(this.#appends.nextOffset, replies)
      this.#appends.flush()
    } else {
      this.#refuse(decision.records, replies, refusal)
    }
  }

  /** Hands the records over to be appended and replays them. Returns why not, and has changed nothing then. */
  #append({ records, atomic = true }: Decision<Rec, unknown, Timer>): ErrorName {
    const { shard, serde } = this.#options
    if (this.#log === undefined || this.#appends === undefined) return 'NOT_COORDINATOR'
    const refusal = this.#log.checkAppend()
    if (refusal !== 'NONE') return refusal
    let offset: number
    try {
      offset = this.#appends.add(records.map(serde.encode), atomic)
    } catch (error) {
      this.#report('records could not be encoded', error)
      return error instanceof ProtocolError ? error.code : 'UNKNOWN_SERVER_ERROR'
    }
    try {
      for (const record of records) shard.replay(record, { offset: offset++, producerId: -1, producerEpoch: -1 })
    } catch (error) {
      // The live state is neither before nor after the batch.
      this.#options.onFailed(error)
    }
    return 'NONE'
  }

  #refuse(records: readonly Rec[], replies: readonly DeferredReply[], refusal: ErrorName): void {
    const { shard, clock } = this.#options
    for (const { to } of replies) this.#fail(to, refusal)
    const { errorCode } = new ProtocolError(toCoordinatorError(refusal))
    const decision = this.#guard(() => shard.onRejected(records, errorCode, clock.nowMs()))
    if (decision !== undefined) this.#execute(decision)
  }

  #onTimer(timer: Timer): void {
    const decision = this.#guard(() => this.#options.shard.onTimer(timer, this.#options.clock.nowMs()))
    if (decision !== undefined) this.#execute(decision)
  }

  /** A handler that throws is a defect: it is reported, and the other groups of the shard go on. */
  #guard<Result>(handler: () => Result): Result | undefined {
    try {
      return handler()
    } catch (error) {
      this.#report('a handler failed', error)
      return undefined
    }
  }

  #release({ to, value }: DeferredReply): void {
    this.#waiters.get(to)?.resolve(value)
    this.#waiters.delete(to)
  }

  #fail(token: ReplyToken, logError: ErrorName): void {
    this.#waiters.get(token)?.reject(new ProtocolError(toCoordinatorError(logError)))
    this.#waiters.delete(token)
  }

  #report(what: string, error: unknown): void {
    this.#options.logger.error(`${this.#options.name}: ${what}`, { error })
  }
}
