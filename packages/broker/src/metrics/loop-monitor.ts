/**
 * Watches the event loop: how late a timer fires that asks to be called every ten milliseconds is how long the loop was
 * held by something else. What holds it for less than the timer's interval may go unseen, and what is seen is at most
 * that interval too short.
 */
import type { Logger, ScheduledTask, Scheduler } from '../ports.js'
import { type MetricFamily, singleValue } from './metrics-registry.js'
import { TimeHistogram } from './time-histogram.js'

export interface LoopMonitorOptions {
  readonly scheduler: Scheduler
  /** Never goes back; fractions count. */
  readonly nowMs: () => number
  readonly logger: Logger
  /** A delay beyond it is worth a line in the log; 0: none is. Read at each delay. */
  readonly warnMs: () => number
  /** A delay beyond it means that the loop was stuck. Read at each delay. */
  readonly stuckMs: () => number
}

const intervalMs = 10
/** At most one line in so long; it tells of all delays since the last one. */
const quietMs = 10_000
/** For so long after a delay the loop counts as stuck: longer than the pause between two probes. */
const stuckMemoryMs = 30_000
/** The largest delay is told of the last one to two minutes. */
const windowMs = 60_000
const quantiles = [0.5, 0.9, 0.99]

export class LoopMonitor {
  readonly delays = new TimeHistogram()
  readonly #options: LoopMonitorOptions
  #expectedMs: number
  #timer: ScheduledTask | undefined
  #lastWarningMs = Number.NEGATIVE_INFINITY
  #unreported = { count: 0, largestMs: 0 }
  #lastStuckMs = Number.NEGATIVE_INFINITY
  #window: { startMs: number; largestMs: number; largestBeforeMs: number }

  constructor(options: LoopMonitorOptions) {
    this.#options = options
    const nowMs = options.nowMs()
    this.#expectedMs = nowMs
    this.#window = { startMs: nowMs, largestMs: 0, largestBeforeMs: 0 }
  }

  start(): void {
    this.#expectedMs = this.#options.nowMs() + intervalMs
    this.#timer = this.#options.scheduler.schedule(intervalMs, this.#tick)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** Whether the loop was stuck not long ago. */
  get isStuck(): boolean {
    return this.#options.nowMs() - this.#lastStuckMs < stuckMemoryMs
  }

  /** Of the last one to two minutes. */
  get largestMs(): number {
    this.#turnWindow(this.#options.nowMs())
    return Math.max(this.#window.largestMs, this.#window.largestBeforeMs)
  }

  families(): MetricFamily[] {
    const name = 'millrace_eventloop_delay_seconds'
    const { delays } = this
    const ofQuantile = (share: number) =>
      singleValue(
        'gauge',
        `nodejs_eventloop_lag_p${share * 100}_seconds`,
        `The delay of the event loop that ${share * 100} % of the samples of the last one to two minutes stayed within.`,
        () => (delays.count === 0 ? undefined : delays.recentQuantileMs(share, this.#options.nowMs()) / 1000),
      )
    return [
      {
        name,
        type: 'histogram',
        help: `For how long the event loop was held, sampled every ${intervalMs} ms.`,
        lines: () => delays.bucketLines(name, {}),
      },
      singleValue(
        'gauge',
        'millrace_eventloop_delay_max_seconds',
        'The longest that the event loop was held in the last one to two minutes.',
        () => this.largestMs / 1000,
      ),
      ...quantiles.map(ofQuantile),
    ]
  }

  readonly #tick = (): void => {
    const { nowMs, scheduler, stuckMs } = this.#options
    const now = nowMs()
    const delayMs = Math.max(0, now - this.#expectedMs)
    this.delays.observe(delayMs)
    this.#turnWindow(now)
    if (delayMs > this.#window.largestMs) this.#window.largestMs = delayMs
    if (delayMs > stuckMs()) this.#lastStuckMs = now
    this.#warnOf(delayMs, now)
    this.#expectedMs = now + intervalMs
    this.#timer = scheduler.schedule(intervalMs, this.#tick)
  }

  #turnWindow(nowMs: number): void {
    const { startMs, largestMs } = this.#window
    if (nowMs - startMs < windowMs) return
    const isNext = nowMs - startMs < 2 * windowMs
    this.#window = { startMs: nowMs, largestMs: 0, largestBeforeMs: isNext ? largestMs : 0 }
  }

  #warnOf(delayMs: number, nowMs: number): void {
    const { warnMs, logger } = this.#options
    const unreported = this.#unreported
    if (warnMs() > 0 && delayMs > warnMs()) {
      unreported.count += 1
      unreported.largestMs = Math.max(unreported.largestMs, delayMs)
    }
    if (unreported.count === 0 || nowMs - this.#lastWarningMs < quietMs) return
    logger.warn('The event loop was held', { times: unreported.count, longestMs: Math.round(unreported.largestMs) })
    this.#lastWarningMs = nowMs
    this.#unreported = { count: 0, largestMs: 0 }
  }
}
