/**
 * What a producer counts, under Java's names: `producer-metrics` of all that it sends, `producer-topic-metrics` of each topic.
 * It is told, and told the time; what others know at the moment it is handed when it is asked.
 */
import { type ClientMetric, clientMetrics } from '../metrics/client-metric.js'
import { SampledStat } from '../metrics/sampled-stat.js'
import type { ProducerBatch } from './core/producer-batch.js'
import { TopicMetrics } from './topic-metrics.js'

/** What is known elsewhere, at the moment. */
export interface MetricsSources {
  readonly bufferTotalBytes: () => number
  readonly bufferAvailableBytes: () => number
  readonly waitingRecords: () => number
  readonly requestsInFlight: () => number
  readonly connectionCount: () => number
  readonly metadataAgeMs: () => number
  /** Bytes over all connections. */
  readonly traffic: () => Iterable<readonly [name: string, value: number]>
}

export class ProducerMetrics {
  readonly #stat: () => SampledStat
  readonly #topics = new Map<string, TopicMetrics>()
  readonly #totals = { sends: 0, retries: 0, errors: 0, splits: 0, requests: 0, responses: 0 }
  readonly #times = { bufferWaitMs: 0, flushMs: 0, bufferExhausted: 0 }
  readonly #sends: SampledStat
  readonly #retries: SampledStat
  readonly #errors: SampledStat
  readonly #splits: SampledStat
  readonly #latency: SampledStat
  readonly #throttle: SampledStat
  readonly #batchBytes: SampledStat
  readonly #queueTime: SampledStat
  readonly #compression: SampledStat
  readonly #recordBytes: SampledStat
  readonly #exhausted: SampledStat
  readonly #txnMs = { init: 0, begin: 0, 'send-offsets': 0, commit: 0, abort: 0 }

  constructor(windowMs: number, sampleCount: number) {
    this.#stat = () => new SampledStat(windowMs, sampleCount)
    this.#sends = this.#stat()
    this.#retries = this.#stat()
    this.#errors = this.#stat()
    this.#splits = this.#stat()
    this.#latency = this.#stat()
    this.#throttle = this.#stat()
    this.#batchBytes = this.#stat()
    this.#queueTime = this.#stat()
    this.#compression = this.#stat()
    this.#recordBytes = this.#stat()
    this.#exhausted = this.#stat()
  }

  onRequest(batches: readonly ProducerBatch[], nowMs: number): void {
    let records = 0
    for (const batch of batches) {
      const bytes = batch.estimatedBytes
      records += batch.recordCount
      this.#topic(batch.queue.topicName).onSent(batch, bytes, nowMs)
      this.#batchBytes.record(bytes, nowMs)
      this.#queueTime.record(nowMs - batch.createdMs, nowMs)
      this.#compression.record(batch.compressionRatio, nowMs)
      this.#recordBytes.record(batch.maxRecordBytes, nowMs)
    }
    this.#totals.requests++
    this.#totals.sends += records
    this.#sends.record(records, nowMs)
  }

  onResponse(latencyMs: number, throttleTimeMs: number, nowMs: number): void {
    this.#totals.responses++
    this.#latency.record(latencyMs, nowMs)
    this.#throttle.record(throttleTimeMs, nowMs)
  }

  onRetry(topic: string, records: number, nowMs: number): void {
    this.#topic(topic).onRetry(records, nowMs)
    this.#totals.retries += records
    this.#retries.record(records, nowMs)
  }

  onError(topic: string, records: number, nowMs: number): void {
    this.#topic(topic).onError(records, nowMs)
    this.#totals.errors += records
    this.#errors.record(records, nowMs)
  }

  onSplit(nowMs: number): void {
    this.#totals.splits++
    this.#splits.record(1, nowMs)
  }

  /** A record waited so long for room. */
  onBufferWait(waitMs: number): void {
    this.#times.bufferWaitMs += waitMs
  }

  /** A record got no room in time. */
  onBufferExhausted(nowMs: number): void {
    this.#times.bufferExhausted++
    this.#exhausted.record(1, nowMs)
  }

  onFlush(tookMs: number): void {
    this.#times.flushMs += tookMs
  }

  onTransactionCall(call: 'init' | 'begin' | 'send-offsets' | 'commit' | 'abort', tookMs: number): void {
    this.#txnMs[call] += tookMs
  }

  /** Of each topic that something was sent to, with the tags `client-id` and `topic`. */
  topics(clientId: string, nowMs: number): ClientMetric[] {
    return [...this.#topics].flatMap(([topic, metrics]) =>
      clientMetrics('producer-topic-metrics', { 'client-id': clientId, topic }, metrics.values(nowMs)),
    )
  }

  values(sources: MetricsSources, nowMs: number): ReadonlyMap<string, number> {
    const ns = (ms: number) => Math.round(ms * 1e6)
    return new Map<string, number>([
      ['batch-size-avg', this.#batchBytes.avg(nowMs)],
      ['batch-size-max', this.#batchBytes.max(nowMs)],
      ['batch-split-rate', this.#splits.rate(nowMs)],
      ['batch-split-total', this.#totals.splits],
      ['buffer-available-bytes', sources.bufferAvailableBytes()],
      ['buffer-exhausted-rate', this.#exhausted.rate(nowMs)],
      ['buffer-exhausted-total', this.#times.bufferExhausted],
      ['buffer-total-bytes', sources.bufferTotalBytes()],
      ['bufferpool-wait-time-ns-total', ns(this.#times.bufferWaitMs)],
      ['compression-rate-avg', this.#compression.avg(nowMs)],
      ['connection-count', sources.connectionCount()],
      ['flush-time-ns-total', ns(this.#times.flushMs)],
      ['metadata-age', sources.metadataAgeMs() / 1000],
      ...sources.traffic(),
      ['produce-throttle-time-avg', this.#throttle.avg(nowMs)],
      ['produce-throttle-time-max', this.#throttle.max(nowMs)],
      ['record-error-rate', this.#errors.rate(nowMs)],
      ['record-error-total', this.#totals.errors],
      ['record-queue-time-avg', this.#queueTime.avg(nowMs)],
      ['record-queue-time-max', this.#queueTime.max(nowMs)],
      ['record-retry-rate', this.#retries.rate(nowMs)],
      ['record-retry-total', this.#totals.retries],
      ['record-send-rate', this.#sends.rate(nowMs)],
      ['record-send-total', this.#totals.sends],
      ['record-size-avg', this.#recordBytes.avg(nowMs)],
      ['record-size-max', this.#recordBytes.max(nowMs)],
      ['records-per-request-avg', this.#sends.avg(nowMs)],
      ['request-latency-avg', this.#latency.avg(nowMs)],
      ['request-latency-max', this.#latency.max(nowMs)],
      ['request-rate', this.#sends.countRate(nowMs)],
      ['request-total', this.#totals.requests],
      ['requests-in-flight', sources.requestsInFlight()],
      ['response-rate', this.#latency.countRate(nowMs)],
      ['response-total', this.#totals.responses],
      ['txn-init-time-ns-total', ns(this.#txnMs.init)],
      ['txn-begin-time-ns-total', ns(this.#txnMs.begin)],
      ['txn-send-offsets-time-ns-total', ns(this.#txnMs['send-offsets'])],
      ['txn-commit-time-ns-total', ns(this.#txnMs.commit)],
      ['txn-abort-time-ns-total', ns(this.#txnMs.abort)],
      ['waiting-threads', sources.waitingRecords()],
    ])
  }

  #topic(name: string): TopicMetrics {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = new TopicMetrics(this.#stat)
      this.#topics.set(name, topic)
    }
    return topic
  }
}
