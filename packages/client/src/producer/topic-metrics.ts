import type { SampledStat } from '../metrics/sampled-stat.js'
import type { ProducerBatch } from './core/producer-batch.js'

/** What is sent to one topic: Java's `producer-topic-metrics`. */
export class TopicMetrics {
  readonly #records: SampledStat
  readonly #bytes: SampledStat
  readonly #compression: SampledStat
  readonly #retries: SampledStat
  readonly #errors: SampledStat
  readonly #totals = { records: 0, bytes: 0, retries: 0, errors: 0 }

  constructor(stat: () => SampledStat) {
    this.#records = stat()
    this.#bytes = stat()
    this.#compression = stat()
    this.#retries = stat()
    this.#errors = stat()
  }

  onSent(batch: ProducerBatch, bytes: number, nowMs: number): void {
    this.#totals.records += batch.recordCount
    this.#totals.bytes += bytes
    this.#records.record(batch.recordCount, nowMs)
    this.#bytes.record(bytes, nowMs)
    this.#compression.record(batch.compressionRatio, nowMs)
  }

  onRetry(records: number, nowMs: number): void {
    this.#totals.retries += records
    this.#retries.record(records, nowMs)
  }

  onError(records: number, nowMs: number): void {
    this.#totals.errors += records
    this.#errors.record(records, nowMs)
  }

  values(nowMs: number): [name: string, value: number][] {
    return [
      ['byte-rate', this.#bytes.rate(nowMs)],
      ['byte-total', this.#totals.bytes],
      ['compression-rate', this.#compression.avg(nowMs)],
      ['record-error-rate', this.#errors.rate(nowMs)],
      ['record-error-total', this.#totals.errors],
      ['record-retry-rate', this.#retries.rate(nowMs)],
      ['record-retry-total', this.#totals.retries],
      ['record-send-rate', this.#records.rate(nowMs)],
      ['record-send-total', this.#totals.records],
    ]
  }
}
