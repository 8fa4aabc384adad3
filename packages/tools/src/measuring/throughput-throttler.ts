/** Keeps a rate by sleeping now and then (`ThroughputThrottler`). */
import { setTimeout as sleep } from 'node:timers/promises'

const MIN_SLEEP_MS = 2

export class ThroughputThrottler {
  readonly #perSecond: number
  readonly #startMs: number
  #deficitMs = 0

  /** Below 0: no limit. */
  constructor(perSecond: number, startMs: number) {
    this.#perSecond = perSecond
    this.#startMs = startMs
  }

  /** Is that more than it should be by now? */
  isAhead(sent: number, nowMs: number): boolean {
    if (this.#perSecond < 0) return false
    const elapsedMs = nowMs - this.#startMs
    return elapsedMs > 0 && (sent * 1000) / elapsedMs > this.#perSecond
  }

  /** Sleeps for the time of one record, once several have come together. Undefined: goes on at once. */
  throttle(signal: AbortSignal): Promise<void> | undefined {
    this.#deficitMs += 1000 / this.#perSecond
    if (this.#deficitMs < MIN_SLEEP_MS) return undefined
    const deficitMs = this.#deficitMs
    this.#deficitMs = 0
    return sleep(Math.min(deficitMs, 2 ** 31 - 1), undefined, { signal }).catch(() => {})
  }
}
