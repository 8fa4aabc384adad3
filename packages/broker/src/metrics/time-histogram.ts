/**
 * How long something took, over and over: counts by duration in steps of a quarter of a power of two, so that a quantile read from
 * them is off by a tenth at most. To observe is a logarithm and three additions, without a lookup or an allocation.
 */
import { type Labels, labelText, metricLine } from './exposition.js'

const stepsPerDoubling = 4
/** 2^-7 ms: what is shorter counts as the shortest. */
const smallestExponent = -7
/** 2^16 ms, about a minute: what is longer is beyond the last bucket. */
const largestExponent = 16
const bucketCount = (largestExponent - smallestExponent) * stepsPerDoubling + 1
/** The bounds that are told: whole powers of two, from 1/4 ms on. */
const firstToldExponent = -2

export class TimeHistogram {
  readonly #counts = new Float64Array(bucketCount + 1)
  #sumMs = 0
  #count = 0
  /** The counts when the last minute began, and the one before it. */
  #lastMinute: { readonly startMs: number; readonly counts: Float64Array } | undefined
  #minuteBefore: Float64Array | undefined

  get count(): number {
    return this.#count
  }

  get sumMs(): number {
    return this.#sumMs
  }

  observe(ms: number): void {
    this.#counts[bucketOf(ms)]! += 1
    this.#sumMs += ms
    this.#count += 1
  }

  /**
   * The duration in ms that this share of what was observed in the last one to two minutes stayed within; NaN if that is
   * nothing. `nowMs` never goes back. Since when it counts depends on when it was asked: without a question, since the start.
   */
  recentQuantileMs(share: number, nowMs: number): number {
    if (this.#lastMinute === undefined || nowMs - this.#lastMinute.startMs >= 60_000) {
      this.#minuteBefore = this.#lastMinute?.counts
      this.#lastMinute = { startMs: nowMs, counts: this.#counts.slice() }
    }
    return this.#quantileMs(share, this.#minuteBefore)
  }

  #quantileMs(share: number, since: Float64Array | undefined): number {
    let total = 0
    for (let at = 0; at <= bucketCount; at++) total += this.#countSince(at, since)
    if (total === 0) return Number.NaN
    const rank = share * total
    let below = 0
    for (let at = 0; at <= bucketCount; at++) {
      const here = this.#countSince(at, since)
      if (here > 0 && below + here >= rank) return boundMs(at - 1 + (rank - below) / here)
      below += here
    }
    return boundMs(bucketCount)
  }

  /** `_bucket`, `_sum` and `_count` lines of a histogram, in seconds. */
  *bucketLines(name: string, labels: Labels): Iterable<string> {
    const prefix = labelText(labels)
    const comma = prefix === '' ? '' : ','
    let cumulative = 0
    let at = 0
    for (let exponent = firstToldExponent; exponent <= largestExponent; exponent++) {
      const last = (exponent - smallestExponent) * stepsPerDoubling
      for (; at <= last; at++) cumulative += this.#counts[at] as number
      yield metricLine(`${name}_bucket`, `${prefix}${comma}le="${2 ** exponent / 1000}"`, cumulative)
    }
    yield metricLine(`${name}_bucket`, `${prefix}${comma}le="+Inf"`, this.#count)
    yield metricLine(`${name}_sum`, prefix, this.#sumMs / 1000)
    yield metricLine(`${name}_count`, prefix, this.#count)
  }

  #countSince(at: number, since: Float64Array | undefined): number {
    return (this.#counts[at] as number) - (since?.[at] ?? 0)
  }
}

/** Bucket n ends at `boundMs(n)`; the last one has no end. */
function bucketOf(ms: number): number {
  const at = Math.ceil((Math.log2(ms) - smallestExponent) * stepsPerDoubling)
  // Not a number, for a negative duration; minus infinity, for none.
  if (!(at > 0)) return 0
  return at < bucketCount ? at : bucketCount
}

function boundMs(at: number): number {
  return 2 ** (smallestExponent + Math.max(0, at) / stepsPerDoubling)
}
