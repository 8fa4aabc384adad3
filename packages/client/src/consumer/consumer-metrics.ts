/**
 * What a consumer counts, under Java's names and in Java's groups (`consumer-fetch-manager-metrics`,
 * `consumer-coordinator-metrics`, `consumer-metrics`). Averages, maxima and rates are of the last while, as in Kafka: NaN where
 * there was nothing. Times in ms, unless the name says seconds.
 */
import type { NodeMetrics } from '../cluster/node-metrics.js'
import { type ClientMetric, clientMetrics } from '../metrics/client-metric.js'
import { Measure, type MeasureOptions } from '../metrics/measure.js'
import type { PartitionState } from './core/partition-state.js'
import { FETCH_GROUP, FetchMetrics } from './fetch-metrics.js'

export interface ConsumerMetricsOptions extends MeasureOptions {
  readonly clientId: string
  readonly isReadCommitted: boolean
}

/** What others know, at the moment. */
export interface ConsumerMetricsSources {
  readonly assigned: readonly PartitionState[]
  readonly bufferedBytes: number
  readonly connectionCount: number
  /** −1: never. */
  readonly lastHeartbeatSecondsAgo: number
  readonly lastPollSecondsAgo: number
  readonly nodes: NodeMetrics
}

export class ConsumerMetrics {
  readonly fetches: FetchMetrics
  readonly commits: Measure
  readonly joins: Measure
  readonly syncs: Measure
  readonly rebalances: Measure
  readonly heartbeats: Measure
  failedRebalances = 0
  readonly #clientId: string
  readonly #polls: Measure

  constructor(options: ConsumerMetricsOptions) {
    this.#clientId = options.clientId
    this.fetches = new FetchMetrics(options, options.isReadCommitted)
    this.#polls = new Measure(options)
    this.commits = new Measure(options)
    this.joins = new Measure(options)
    this.syncs = new Measure(options)
    this.rebalances = new Measure(options)
    this.heartbeats = new Measure(options)
  }

  /** The application asked again after so long. */
  polled(sinceLastMs: number): void {
    this.#polls.add(sinceLastMs)
  }

  /** Of the consumer, by name. */
  values(now: ConsumerMetricsSources): ReadonlyMap<string, number> {
    return new Map([
      ...this.fetches.values(now.assigned),
      ...this.#coordinatorValues(now),
      ...this.#consumerValues(now),
    ])
  }

  /** Those, and of each topic, partition and broker. */
  list(now: ConsumerMetricsSources): ClientMetric[] {
    const tags = { 'client-id': this.#clientId }
    return [
      ...clientMetrics(FETCH_GROUP, tags, this.fetches.values(now.assigned)),
      ...clientMetrics('consumer-coordinator-metrics', tags, this.#coordinatorValues(now)),
      ...clientMetrics('consumer-metrics', tags, this.#consumerValues(now)),
      ...this.fetches.list(this.#clientId, now.assigned),
      ...now.nodes.list('consumer', this.#clientId),
    ]
  }

  #coordinatorValues(now: ConsumerMetricsSources): [name: string, value: number][] {
    return [
      ['assigned-partitions', now.assigned.length],
      ['commit-total', this.commits.count],
      ['commit-rate', this.commits.countRate],
      ['commit-latency-avg', this.commits.average],
      ['commit-latency-max', this.commits.max],
      ['join-total', this.joins.count],
      ['join-rate', this.joins.countRate],
      ['join-time-avg', this.joins.average],
      ['join-time-max', this.joins.max],
      ['sync-total', this.syncs.count],
      ['sync-rate', this.syncs.countRate],
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
    ]
  }

  #consumerValues(now: ConsumerMetricsSources): [name: string, value: number][] {
    return [
      ['last-poll-seconds-ago', now.lastPollSecondsAgo],
      ['time-between-poll-avg', this.#polls.average],
      ['time-between-poll-max', this.#polls.max],
      ['connection-count', now.connectionCount],
      ...now.nodes.totals(),
      // Not Java's: what buffer.memory bounds.
      ['buffered-bytes', now.bufferedBytes],
    ]
  }
}
