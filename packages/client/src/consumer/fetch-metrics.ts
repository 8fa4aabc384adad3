/**
 * What a consumer reads, under the names of Java's `consumer-fetch-manager-metrics`: of the whole, of each topic, of each
 * partition that is assigned. Averages, maxima and rates are of the last while: NaN where there was nothing. Times in ms.
 *
 * Sizes of fetches are those of the batches as they came, compressed; bytes consumed are those of keys and values.
 */
import { type ClientMetric, clientMetrics } from '../metrics/client-metric.js'
import { Measure, type MeasureOptions } from '../metrics/measure.js'
import type { PartitionRecords } from './consumer-record.js'
import type { PartitionState } from './core/partition-state.js'
import type { ArrivedRecords } from './fetch-buffer.js'

export const FETCH_GROUP = 'consumer-fetch-manager-metrics'

/** What was read of everything, or of one topic. */
class Reading {
  readonly fetchSizes: Measure
  readonly records: Measure
  readonly bytes: Measure

  constructor(options: MeasureOptions) {
    this.fetchSizes = new Measure(options)
    this.records = new Measure(options)
    this.bytes = new Measure(options)
  }

  values(): [name: string, value: number][] {
    const { fetchSizes, records, bytes } = this
    return [
      ['fetch-size-avg', fetchSizes.average],
      ['fetch-size-max', fetchSizes.max],
      ['bytes-consumed-rate', bytes.rate],
      ['bytes-consumed-total', bytes.total],
      ['records-per-request-avg', fetchSizes.count === 0 ? Number.NaN : records.total / fetchSizes.count],
      ['records-consumed-rate', records.rate],
      ['records-consumed-total', records.total],
    ]
  }
}

/** How far one partition is from the ends of its log. */
interface Distances {
  readonly lag: Measure
  readonly lead: Measure
}

export class FetchMetrics {
  readonly #options: MeasureOptions
  readonly #isReadCommitted: boolean
  readonly #requests: Measure
  readonly #throttles: Measure
  readonly #all: Reading
  readonly #lead: Measure
  readonly #topics = new Map<string, Reading>()
  /** They go with the assignment. */
  readonly #partitions = new WeakMap<PartitionState, Distances>()

  constructor(options: MeasureOptions, isReadCommitted: boolean) {
    this.#options = options
    this.#isReadCommitted = isReadCommitted
    this.#requests = new Measure(options)
    this.#throttles = new Measure(options)
    this.#all = new Reading(options)
    this.#lead = new Measure(options)
  }

  answered(latencyMs: number, throttleMs: number): void {
    this.#requests.add(latencyMs)
    this.#throttles.add(throttleMs)
  }

  /** Records of one answer. */
  arrived(parts: readonly ArrivedRecords[]): void {
    const byTopic = new Map<string, number>()
    let total = 0
    for (const { state, answer } of parts) {
      const size = answer.records?.length ?? 0
      total += size
      byTopic.set(state.topic, (byTopic.get(state.topic) ?? 0) + size)
    }
    this.#all.fetchSizes.add(total)
    for (const [topic, size] of byTopic) this.#topic(topic).fetchSizes.add(size)
  }

  /** They go to the application. */
  consumed({ state, records, nextOffset }: PartitionRecords<unknown, unknown>): void {
    let bytes = 0
    for (const { serializedKeySize, serializedValueSize } of records) {
      if (serializedKeySize > 0) bytes += serializedKeySize
      if (serializedValueSize > 0) bytes += serializedValueSize
    }
    for (const reading of [this.#all, this.#topic(state.topic)]) {
      reading.records.add(records.length)
      reading.bytes.add(bytes)
    }
    const distances = this.#distances(state)
    const end = this.#isReadCommitted ? state.lastStableOffset : state.highWatermark
    if (end >= 0) distances.lag.add(Math.max(0, end - nextOffset))
    if (state.logStartOffset < 0) return
    const lead = Math.max(0, nextOffset - state.logStartOffset)
    distances.lead.add(lead)
    this.#lead.add(lead)
  }

  /** Of the whole. */
  values(assigned: readonly PartitionState[]): [name: string, value: number][] {
    let lagMax = 0
    for (const state of assigned) lagMax = Math.max(lagMax, state.lag(this.#isReadCommitted) ?? 0)
    return [
      ...this.#all.values(),
      ['records-lag-max', lagMax],
      ['records-lead-min', this.#lead.min],
      ['fetch-latency-avg', this.#requests.average],
      ['fetch-latency-max', this.#requests.max],
      ['fetch-rate', this.#requests.countRate],
      ['fetch-total', this.#requests.count],
      ['fetch-throttle-time-avg', this.#throttles.average],
      ['fetch-throttle-time-max', this.#throttles.max],
    ]
  }

  /** Of each topic that was read, and of each assigned partition, with Java's tags. */
  list(clientId: string, assigned: readonly PartitionState[]): ClientMetric[] {
    const ofTopics = [...this.#topics].map(([topic, reading]) =>
      clientMetrics(FETCH_GROUP, { 'client-id': clientId, topic }, reading.values()),
    )
    const ofPartitions = assigned.map((state) => {
      const tags = { 'client-id': clientId, topic: state.topic, partition: String(state.partition) }
      return clientMetrics(FETCH_GROUP, tags, this.#partitionValues(state))
    })
    return [...ofTopics, ...ofPartitions].flat()
  }

  #partitionValues(state: PartitionState): [name: string, value: number][] {
    const { lag, lead } = this.#distances(state)
    const leadNow = state.hasPosition && state.logStartOffset >= 0 ? state.position - state.logStartOffset : Number.NaN
    return [
      ['records-lag', state.lag(this.#isReadCommitted) ?? Number.NaN],
      ['records-lag-avg', lag.average],
      ['records-lag-max', lag.max],
      ['records-lead', leadNow],
      ['records-lead-avg', lead.average],
      ['records-lead-min', lead.min],
      ['preferred-read-replica', state.preferredReplica],
    ]
  }

  #topic(name: string): Reading {
    let reading = this.#topics.get(name)
    if (reading === undefined) {
      reading = new Reading(this.#options)
      this.#topics.set(name, reading)
    }
    return reading
  }

  #distances(state: PartitionState): Distances {
    let distances = this.#partitions.get(state)
    if (distances === undefined) {
      distances = { lag: new Measure(this.#options), lead: new Measure(this.#options) }
      this.#partitions.set(state, distances)
    }
    return distances
  }
}
