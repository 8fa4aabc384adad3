/**
 * Keeps a log from growing without bound when the same thing happens again and again: a client that sends garbage in a
 * loop, a full disk under ten thousand producers.
 *
 * Of one message a logger lets through a few lines in each period, and of all messages together some more. What was left
 * out is counted, and told in one line when the period is over. Lines of DEBUG and TRACE were asked for: they all pass.
 */
import type { Clock, ScheduledTask, Scheduler } from '../ports.js'
import type { LogLevel } from './log-level.js'
import type { LogEntry, LogSink } from './log-sink.js'

export interface LineLimiterOptions {
  readonly sink: LogSink
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** How long a period is. Default 10 s. */
  readonly periodMs?: number
  /** Lines of one message, by its text without fields, in a period. Default 10. */
  readonly maxOfMessage?: number
  /** Lines of one logger in a period. Default 100. */
  readonly maxOfLogger?: number
}

interface Tally {
  readonly logger: string
  readonly level: LogLevel
  /** Undefined: of all messages of the logger. */
  readonly message: string | undefined
  passed: number
  leftOut: number
}

export class LineLimiter implements LogSink {
  readonly #sink: LogSink
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #periodMs: number
  readonly #maxOfMessage: number
  readonly #maxOfLogger: number
  #periodStartMs = Number.NEGATIVE_INFINITY
  readonly #tallies = new Map<string, Tally>()
  #summary: ScheduledTask | undefined

  constructor(options: LineLimiterOptions) {
    this.#sink = options.sink
    this.#clock = options.clock
    this.#scheduler = options.scheduler
    this.#periodMs = options.periodMs ?? 10_000
    this.#maxOfMessage = options.maxOfMessage ?? 10
    this.#maxOfLogger = options.maxOfLogger ?? 100
  }

  write(entry: LogEntry): void {
    if (entry.level === 'DEBUG' || entry.level === 'TRACE') {
      this.#sink.write(entry)
      return
    }
    // A clock that is set back begins a new period too.
    const passedMs = entry.timeMs - this.#periodStartMs
    if (passedMs >= this.#periodMs || passedMs < 0) this.#startPeriod(entry.timeMs)
    const { logger, level, message } = entry
    const ofLogger = this.#tally(logger, { logger, level, message: undefined, passed: 0, leftOut: 0 })
    // Beyond the logger's bound nothing more is remembered, so that not even the tallies grow.
    const isOver = ofLogger.passed >= this.#maxOfLogger
    const tally = isOver
      ? ofLogger
      : this.#tally(`${logger}\n${message}`, { logger, level, message, passed: 0, leftOut: 0 })
    if (isOver || tally.passed >= this.#maxOfMessage) {
      tally.leftOut += 1
      this.#summary ??= this.#scheduler.schedule(this.#periodMs, () => this.flush())
      return
    }
    tally.passed += 1
    if (tally !== ofLogger) ofLogger.passed += 1
    this.#sink.write(entry)
  }

  /** Tells what was left out until now. */
  flush(): void {
    this.#startPeriod(this.#clock.nowMs())
  }

  #tally(key: string, fresh: Tally): Tally {
    const tally = this.#tallies.get(key)
    if (tally !== undefined) return tally
    this.#tallies.set(key, fresh)
    return fresh
  }

  #startPeriod(nowMs: number): void {
    this.#summary?.cancel()
    this.#summary = undefined
    const seconds = Math.max(1, Math.round((nowMs - this.#periodStartMs) / 1000))
    const tallies = [...this.#tallies.values()]
    this.#tallies.clear()
    this.#periodStartMs = nowMs
    for (const { logger, level, message, leftOut } of tallies) {
      if (leftOut === 0) continue
      const what =
        message === undefined ? 'Many other lines were left out' : `${message} (many more of these were left out)`
      this.#sink.write({ timeMs: nowMs, level, logger, message: what, fields: { leftOut, seconds } })
    }
  }
}
