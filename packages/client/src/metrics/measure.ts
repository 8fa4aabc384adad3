import { SampledStat } from './sampled-stat.js'

export interface MeasureOptions {
  readonly monotonicMs: () => number
  /** `metrics.sample.window.ms` */
  readonly windowMs: number
  /** `metrics.num.samples` */
  readonly sampleCount: number
}

/** How often something was, and how much of it: in all, and lately. Averages of nothing are NaN, as in Kafka. */
export class Measure {
  readonly #monotonicMs: () => number
  readonly #lately: SampledStat
  count = 0
  total = 0

  constructor({ monotonicMs, windowMs, sampleCount }: MeasureOptions) {
    this.#monotonicMs = monotonicMs
    this.#lately = new SampledStat(windowMs, sampleCount)
  }

  add(value: number): void {
    this.count++
    this.total += value
    this.#lately.record(value, this.#monotonicMs())
  }

  get average(): number {
    return this.#lately.avg(this.#monotonicMs())
  }

  get min(): number {
    return this.#lately.min(this.#monotonicMs())
  }

  get max(): number {
    return this.#lately.max(this.#monotonicMs())
  }

  /** What was added, a second. */
  get rate(): number {
    return this.#lately.rate(this.#monotonicMs())
  }

  /** How often, a second. */
  get countRate(): number {
    return this.#lately.countRate(this.#monotonicMs())
  }
}
