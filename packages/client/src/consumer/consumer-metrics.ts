/** What a consumer counts, under Java's names (`consumer-fetch-manager-metrics`, `consumer-coordinator-metrics`, `consumer-metrics`). */
import { SampledStat } from '../metrics/sampled-stat.js'
import type { ConsumerRecord } from './consumer-record.js'

/** How often something was, how long it took, and how much of it there was lately. */
class Measure {
  readonly #monotonicMs: () => number
  readonly #lately: SampledStat
  count = 0
  total = 0

  constructor(monotonicMs: () => number, lately: SampledStat) {
    this.#monotonicMs = monotonicMs
    this.#lately = lately
  }

  add(value: number): void {
    this.count++
    this.total += value
    this.#lately.record(value, this.#monotonicMs())
  }

  get average(): number {
    return this.#lately.avg(this.#monotonicMs())
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

export interface ConsumerMetricsOptions {
  readonly monotonicMs: () => number
  /** `metrics.sample.window.ms` */
  readonly windowMs: number
  /** `metrics.num.samples` */
  readonly sampleCount: number
}

/** Averages, maxima and rates are of the last while, as in Kafka: NaN where there was nothing. Times in ms. */
export class ConsumerMetrics {
  readonly #fetches: Measure
  readonly #throttles: Measure
  readonly #polls: Measure
  readonly #records: Measure
  readonly #bytes: Measure
  readonly commits: Measure
  readonly joins: Measure
  readonly syncs: Measure
  readonly rebalances: Measure
  readonly heartbeats: Measure
  failedRebalances = 0

  constructor({ monotonicMs, windowMs, sampleCount }: ConsumerMetricsOptions) {
    const measure = () => new Measure(monotonicMs, new SampledStat(windowMs, sampleCount))
    this.#fetches = measure()
    this.#throttles = measure()
    this.#polls = measure()
    this.#records = measure()
    this.#bytes = measure()
    this.commits = measure()
    this.joins = measure()
    this.syncs = measure()
    this.rebalances = measure()
    this.heartbeats = measure()
  }

  fetched(latencyMs: number, throttleMs: number): void {
    this.#fetches.add(latencyMs)
    this.#throttles.add(throttleMs)
  }

  consumed(records: readonly ConsumerRecord<unknown, unknown>[]): void {
    let bytes = 0
    for (const { serializedKeySize, serializedValueSize } of records) {
      if (serializedKeySize > 0) bytes += serializedKeySize
      if (serializedValueSize > 0) bytes += serializedValueSize
    }
    this.#records.add(records.length)
    this.#bytes.add(bytes)
  }

  /** The application asked again after so long. */
  polled(sinceLastMs: number): void {
    this.#polls.add(sinceLastMs)
  }

  snapshot(now: {
    readonly assignedPartitions: number
    readonly lagMax: number
    readonly bufferedBytes: number
    readonly connections: number
    readonly lastHeartbeatSecondsAgo: number
    readonly lastPollSecondsAgo: number
  }): ReadonlyMap<string, number> {
    const fetches = this.#fetches
    return new Map<string, number>([
      ['records-consumed-total', this.#records.total],
      ['records-consumed-rate', this.#records.rate],
      ['bytes-consumed-total', this.#bytes.total],
      ['bytes-consumed-rate', this.#bytes.rate],
      ['records-per-request-avg', fetches.count === 0 ? Number.NaN : this.#records.total / fetches.count],
      ['records-lag-max', now.lagMax],
      ['fetch-total', fetches.count],
      ['fetch-rate', fetches.countRate],
      ['fetch-latency-avg', fetches.average],
      ['fetch-latency-max', fetches.max],
      ['fetch-size-avg', fetches.count === 0 ? Number.NaN : this.#bytes.total / fetches.count],
      ['fetch-throttle-time-avg', this.#throttles.average],
      ['fetch-throttle-time-max', this.#throttles.max],
      ['assigned-partitions', now.assignedPartitions],
      ['commit-total', this.commits.count],
      ['commit-rate', this.commits.countRate],
      ['commit-latency-avg', this.commits.average],
      ['commit-latency-max', this.commits.max],
      ['join-total', this.joins.count],
      ['join-time-avg', this.joins.average],
      ['join-time-max', this.joins.max],
      ['sync-total', this.syncs.count],
      ['sync-time-avg', this.syncs.average],
      ['sync-time-max', this.syncs.max],
      ['rebalance-total', this.rebalances.count],
      ['rebalance-latency-total', this.rebalances.total],
      ['rebalance-latency-avg', this.rebalances.average],
      ['rebalance-latency-max', this.rebalances.max],
      ['failed-rebalance-total', this.failedRebalances],
      ['heartbeat-total', this.heartbeats.count],
      ['heartbeat-rate', this.heartbeats.countRate],
      ['heartbeat-response-time-max', this.heartbeats.max],
      ['last-heartbeat-seconds-ago', now.lastHeartbeatSecondsAgo],
      ['last-poll-seconds-ago', now.lastPollSecondsAgo],
      ['time-between-poll-avg', this.#polls.average],
      ['time-between-poll-max', this.#polls.max],
      ['connection-count', now.connections],
      // Not Java's: what buffer.memory bounds.
      ['buffered-bytes', now.bufferedBytes],
    ])
  }
}
