import type { RecordBatch } from './batch-iterator.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { Ordering } from './core/work-lanes.js'

/**
 * What becomes of a record whose handler threw: again (after a pause that grows), on to the next, the end of `run` without an
 * error, or a copy of it in another topic and on to the next.
 */
export type Decision = 'retry' | 'skip' | 'stop' | { readonly deadLetter: string }

/** What a dead-letter topic is written with: a KafkaProducer that takes bytes, or anything that sends. */
export interface DeadLetterProducer {
  send(record: {
    readonly topic: string
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers: Iterable<[string, Uint8Array | string | null]>
  }): Promise<unknown>
}

export interface RecordContext {
  /** Aborts when the partition goes to another member, or `run` ends. */
  readonly signal: AbortSignal
  /** 1, 2, 3 … */
  readonly attempt: number
}

export interface BatchContext<K, V> {
  /** This record and all before it are finished: they are not handed out again if the handler throws. */
  markProcessed(record: ConsumerRecord<K, V>): void
  /** 1, 2, 3 … */
  readonly attempt: number
}

export interface RunOptions<K, V> {
  /** A record is finished when this returns, or what it returns resolves. */
  readonly eachRecord?: (record: ConsumerRecord<K, V>, context: RecordContext) => unknown
  /** In place of `eachRecord`: consecutive records of one partition, at most `max.poll.records`. */
  readonly eachBatch?: (batch: RecordBatch<K, V>, context: BatchContext<K, V>) => unknown
  /**
   * `partition` (default): one after the other in each partition; `key`: in each key of a partition, and records without a key
   * in no order; `unordered`. Batches go by partition.
   */
  readonly ordering?: Ordering
  /** Handlers at work at the same time; default 16. */
  readonly maxConcurrency?: number
  /** Default: `run` rejects with what the handler threw. */
  readonly onError?: (error: unknown, record: ConsumerRecord<K, V>, attempt: number) => Decision | Promise<Decision>
  /** For `{ deadLetter: topic }`. */
  readonly deadLetterProducer?: DeadLetterProducer
  /** Ends `run` normally. */
  readonly signal?: AbortSignal
}
