import type { BatchChecker } from '../checking/batch-checker.js'
import { CheckedAppends } from './checked-appends.js'
import { ExclusiveTurn } from './exclusive-turn.js'
import type { AppendResult, LogAppender } from './log-appender.js'
import { closedError, LogAppendError } from './log-error.js'
import type { LogState } from './log-state.js'
import type { AppendInput } from './prepare-append.js'

/**
 * What every append to a log goes through, and everything that wants to be alone with the log: appends wait for that, and
 * that waits for the writes under way. Behind a gate that is closed nothing is appended any more.
 */
export class AppendGate {
  readonly #state: LogState
  readonly #appender: LogAppender
  readonly #checks: CheckedAppends
  readonly #turn: ExclusiveTurn
  #isClosed = false

  constructor(state: LogState, appender: LogAppender, checker: BatchChecker | undefined) {
    this.#state = state
    this.#appender = appender
    this.#checks = new CheckedAppends(checker)
    this.#turn = new ExclusiveTurn(() => appender.idle())
  }

  /** No append will be taken any more. */
  close(): void {
    this.#isClosed = true
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Is the log open, and nobody alone with it? */
  get isFree(): boolean {
    return this.#turn.taken === undefined && !this.#isClosed
  }

  /** Begins something when nobody is alone with the log; `undefined` if it is closed by then. */
  async whenFree<Result>(operation: () => Promise<Result>): Promise<Result | undefined> {
    while (this.#turn.taken !== undefined) await this.#turn.taken
    return this.#isClosed ? undefined : await operation()
  }

  /** Runs something alone with the log, one after the other. */
  async alone(operation: () => Promise<void>): Promise<void> {
    await this.#turn.take(operation)
  }

  /** Ends the active segment, unless it is empty. */
  async roll(): Promise<void> {
    await this.whenFree(() => this.#appender.roll())
  }

  /** See `PartitionLog.append`. */
  append(input: AppendInput): Promise<AppendResult> {
    if (this.#turn.taken !== undefined) return this.#appendAfter(this.#turn.taken, input)
    try {
      if (this.#isClosed) throw closedError(this.#state.directory)
      const checking = this.#checks.check(input, this.#state.config)
      return checking === undefined ? this.#appender.append(input) : this.#appendChecked(checking)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #appendAfter(turn: Promise<unknown>, input: AppendInput): Promise<AppendResult> {
    await turn
    return await this.append(input)
  }

  async #appendChecked(checking: Promise<AppendInput>): Promise<AppendResult> {
    const checked = await checking
    while (this.#turn.taken !== undefined) await this.#turn.taken
    if (this.#isClosed) throw closedError(this.#state.directory)
    const { latestEpoch = -1 } = this.#state.epochs
    if (checked.leaderEpoch >= 0 && checked.leaderEpoch < latestEpoch) {
      throw new LogAppendError('NOT_LEADER_OR_FOLLOWER', `Epoch ${latestEpoch} has begun meanwhile`)
    }
    return await this.#appender.append(checked)
  }
}
