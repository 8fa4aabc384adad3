/**
 * What goes to each broker and comes back, as Java's selector counts it: `*-node-metrics`, and the same over all brokers. Fed by
 * the connections; it does not know what is asked.
 */
import type { ConnectionObserver } from '@millrace/net'
import { type ClientMetric, clientMetrics } from '../metrics/client-metric.js'
import { SampledStat } from '../metrics/sampled-stat.js'

/** How Java names the groups of a client's metrics. */
export type MetricsPrefix = 'producer' | 'consumer' | 'admin-client'

export interface NodeMetricsOptions {
  /** `metrics.sample.window.ms` */
  readonly windowMs: number
  /** `metrics.num.samples` */
  readonly sampleCount: number
  readonly monotonicMs: () => number
}

export class NodeMetrics {
  readonly #options: NodeMetricsOptions
  readonly #nodes = new Map<number, Traffic>()

  constructor(options: NodeMetricsOptions) {
    this.#options = options
  }

  /** What counts a broker's connections. */
  of(nodeId: number): ConnectionObserver {
    let traffic = this.#nodes.get(nodeId)
    if (traffic === undefined) {
      traffic = new Traffic(this.#options)
      this.#nodes.set(nodeId, traffic)
    }
    return traffic
  }

  /** Of each broker: Java's `producer-node-metrics` and the like, with the tags `client-id` and `node-id` (`node-1`). */
  list(prefix: MetricsPrefix, clientId: string): ClientMetric[] {
    return [...this.#nodes].flatMap(([nodeId, traffic]) =>
      clientMetrics(`${prefix}-node-metrics`, { 'client-id': clientId, 'node-id': `node-${nodeId}` }, traffic.values()),
    )
  }

  /** Bytes over all brokers, a second and in all. */
  totals(): [name: string, value: number][] {
    const names = ['incoming-byte-rate', 'incoming-byte-total', 'outgoing-byte-rate', 'outgoing-byte-total']
    const totals = new Map(names.map((name) => [name, 0]))
    for (const traffic of this.#nodes.values()) {
      for (const [name, value] of traffic.values()) {
        const before = totals.get(name)
        if (before !== undefined) totals.set(name, before + value)
      }
    }
    return [...totals]
  }
}

class Traffic implements ConnectionObserver {
  readonly #monotonicMs: () => number
  readonly #requests: SampledStat
  readonly #responses: SampledStat
  readonly #latency: SampledStat
  #requestCount = 0
  #responseCount = 0
  #outgoingBytes = 0
  #incomingBytes = 0

  constructor({ windowMs, sampleCount, monotonicMs }: NodeMetricsOptions) {
    this.#monotonicMs = monotonicMs
    this.#requests = new SampledStat(windowMs, sampleCount)
    this.#responses = new SampledStat(windowMs, sampleCount)
    this.#latency = new SampledStat(windowMs, sampleCount)
  }

  onRequest(bytes: number): void {
    this.#requestCount++
    this.#outgoingBytes += bytes
    this.#requests.record(bytes, this.#monotonicMs())
  }

  onResponse(bytes: number, latencyMs: number): void {
    const nowMs = this.#monotonicMs()
    this.#responseCount++
    this.#incomingBytes += bytes
    this.#responses.record(bytes, nowMs)
    this.#latency.record(latencyMs, nowMs)
  }

  values(): [name: string, value: number][] {
    const nowMs = this.#monotonicMs()
    return [
      ['incoming-byte-rate', this.#responses.rate(nowMs)],
      ['incoming-byte-total', this.#incomingBytes],
      ['outgoing-byte-rate', this.#requests.rate(nowMs)],
      ['outgoing-byte-total', this.#outgoingBytes],
      ['request-latency-avg', this.#latency.avg(nowMs)],
      ['request-latency-max', this.#latency.max(nowMs)],
      ['request-rate', this.#requests.countRate(nowMs)],
      ['request-size-avg', this.#requests.avg(nowMs)],
      ['request-size-max', this.#requests.max(nowMs)],
      ['request-total', this.#requestCount],
      ['response-rate', this.#responses.countRate(nowMs)],
      ['response-total', this.#responseCount],
    ]
  }
}
