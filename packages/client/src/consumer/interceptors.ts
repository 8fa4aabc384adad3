/** Interceptors in their order. What one throws is logged, and never reaches the application. */
import type { Logger } from '../ports.js'
import type { OffsetAndMetadata, TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { ConsumerRecords, type PartitionRecords } from './consumer-record.js'

/** Sees records before the application does, and offsets when they are committed. Java's `ConsumerInterceptor`. */
export interface ConsumerInterceptor<K = Buffer, V = Buffer> {
  /**
   * Called with what a `poll` returns, and with what iterators and `run` take from the fetcher at once. Returns what is handed
   * out in its place: these records, or some of them (`records.filter(…)`). Records that are left out count as processed with
   * those around them. What it throws is logged, and the records go on as they were.
   */
  onConsume?(records: ConsumerRecords<K, V>): ConsumerRecords<K, V>
  /** Called when a commit has succeeded, in the background too. What it throws is logged. */
  onCommit?(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): void
  /** Called when the consumer is closed. What it throws is logged. */
  close?(): void
}

export class ConsumerInterceptors<K, V> {
  readonly #list: readonly ConsumerInterceptor<K, V>[]
  readonly #logger: Logger

  constructor(list: readonly ConsumerInterceptor<K, V>[], logger: Logger) {
    this.#list = list
    this.#logger = logger
  }

  /** The same parts, with the records that the interceptors leave in them. */
  onConsume(parts: readonly PartitionRecords<K, V>[]): readonly PartitionRecords<K, V>[] {
    if (this.#list.length === 0 || parts.every(({ records }) => records.length === 0)) return parts
    let given = new ConsumerRecords(parts)
    for (const interceptor of this.#list) {
      try {
        given = interceptor.onConsume?.(given) ?? given
      } catch (error) {
        this.#logger.warn({ error }, 'An interceptor threw in onConsume')
      }
    }
    const left = given
    return parts.map((part) => ({ ...part, records: [...left.records(part.state)] }))
  }

  onCommit(offsets: TopicPartitionMap<OffsetAndMetadata>): void {
    for (const interceptor of this.#list) {
      try {
        interceptor.onCommit?.(offsets)
      } catch (error) {
        this.#logger.warn({ error }, 'An interceptor threw in onCommit')
      }
    }
  }

  close(): void {
    for (const interceptor of this.#list) {
      try {
        interceptor.close?.()
      } catch (error) {
        this.#logger.warn({ error }, 'An interceptor threw in close')
      }
    }
  }
}
