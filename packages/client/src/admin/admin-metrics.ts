import { SampledStat } from '../metrics/sampled-stat.js'

/** The admin client's figures, under the names that Java's `admin-client-metrics` have. */
export class AdminMetrics {
  readonly #monotonicMs: () => number
  readonly #requests: SampledStat
  readonly #latency: SampledStat
  #requestTotal = 0
  #responseTotal = 0

  constructor(monotonicMs: () => number, windowMs: number, sampleCount: number) {
    this.#monotonicMs = monotonicMs
    this.#requests = new SampledStat(windowMs, sampleCount)
    this.#latency = new SampledStat(windowMs, sampleCount)
  }

  /** A request goes out. Returns what is called when it was answered or has failed. */
  onRequest(): () => void {
    const startMs = this.#monotonicMs()
    this.#requestTotal++
    this.#requests.record(1, startMs)
    return () => {
      const nowMs = this.#monotonicMs()
      this.#responseTotal++
      this.#latency.record(nowMs - startMs, nowMs)
    }
  }

  snapshot(connectionCount: number): ReadonlyMap<string, number> {
    const nowMs = this.#monotonicMs()
    return new Map([
      ['connection-count', connectionCount],
      ['request-latency-avg', this.#latency.avg(nowMs)],
      ['request-latency-max', this.#latency.max(nowMs)],
      ['request-rate', this.#requests.countRate(nowMs)],
      ['request-total', this.#requestTotal],
      ['requests-in-flight', this.#requestTotal - this.#responseTotal],
      ['response-rate', this.#latency.countRate(nowMs)],
      ['response-total', this.#responseTotal],
    ])
  }
}
