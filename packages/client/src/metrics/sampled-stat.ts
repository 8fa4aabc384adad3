/**
 * A figure over the last while, as Kafka's metrics compute it: over some windows of time, the oldest of which falls away as a
 * whole. It is told the time with each call.
 */
export class SampledStat {
  readonly #windowMs: number
  readonly #samples: Sample[]
  #current = 0

  /** `metrics.num.samples` windows of `metrics.sample.window.ms`. */
  constructor(windowMs: number, sampleCount: number) {
    this.#windowMs = windowMs
    this.#samples = Array.from({ length: Math.max(1, sampleCount) }, () => ({
      startMs: Number.NEGATIVE_INFINITY,
      count: 0,
      sum: 0,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    }))
  }

  record(value: number, nowMs: number): void {
    let sample = this.#samples[this.#current] as Sample
    if (nowMs - sample.startMs >= this.#windowMs) {
      this.#current = (this.#current + 1) % this.#samples.length
      sample = this.#samples[this.#current] as Sample
      sample.startMs = nowMs
      sample.count = 0
      sample.sum = 0
      sample.min = Number.POSITIVE_INFINITY
      sample.max = Number.NEGATIVE_INFINITY
    }
    sample.count++
    sample.sum += value
    if (value < sample.min) sample.min = value
    if (value > sample.max) sample.max = value
  }

  /** NaN: nothing was recorded, as in Kafka. */
  avg(nowMs: number): number {
    let sum = 0
    let count = 0
    for (const sample of this.#live(nowMs)) {
      sum += sample.sum
      count += sample.count
    }
    return count === 0 ? Number.NaN : sum / count
  }

  /** NaN: nothing was recorded. */
  min(nowMs: number): number {
    let min = Number.POSITIVE_INFINITY
    for (const sample of this.#live(nowMs)) min = Math.min(min, sample.min)
    return min === Number.POSITIVE_INFINITY ? Number.NaN : min
  }

  /** NaN: nothing was recorded. */
  max(nowMs: number): number {
    let max = Number.NEGATIVE_INFINITY
    for (const sample of this.#live(nowMs)) max = Math.max(max, sample.max)
    return max === Number.NEGATIVE_INFINITY ? Number.NaN : max
  }

  /** The sum of what was recorded, a second. */
  rate(nowMs: number): number {
    return this.#perSecond(nowMs, (sample) => sample.sum)
  }

  /** How often something was recorded, a second. */
  countRate(nowMs: number): number {
    return this.#perSecond(nowMs, (sample) => sample.count)
  }

  #perSecond(nowMs: number, of: (sample: Sample) => number): number {
    let total = 0
    let firstMs = nowMs
    for (const sample of this.#live(nowMs)) {
      total += of(sample)
      firstMs = Math.min(firstMs, sample.startMs)
    }
    // At least all windows but one count as time that has passed, so that the first records are no burst.
    const elapsedMs = Math.max(nowMs - firstMs, this.#windowMs * (this.#samples.length - 1), 1)
    return (total * 1000) / elapsedMs
  }

  #live(nowMs: number): readonly Sample[] {
    return this.#samples.filter(({ startMs }) => nowMs - startMs < this.#windowMs * this.#samples.length)
  }
}

interface Sample {
  startMs: number
  count: number
  sum: number
  min: number
  max: number
}
