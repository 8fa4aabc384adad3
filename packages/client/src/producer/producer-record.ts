import type { KafkaError } from '../errors.js'
import type { HeadersInit } from '../serdes/headers.js'
import type { RecordMetadata } from './core/delivery.js'

/** What is sent. Java's `ProducerRecord`. */
export interface ProducerRecord<K, V> {
  /** Made by the broker if it is not there and `auto.create.topics.enable` is set. */
  readonly topic: string
  /** Null is a tombstone: it deletes the key in a compacted topic. */
  readonly value: V | null
  /** Records of one key go to one partition, in order. Default null: none. */
  readonly key?: K | null | undefined
  /** Default: the partitioner decides. */
  readonly partition?: number | undefined
  /** Milliseconds since 1970, a whole number from 0 on. Default: now; a topic may have the broker's time instead. */
  readonly timestamp?: number | undefined
  /** In order; keys may repeat, values may be null. Default: none. */
  readonly headers?: HeadersInit | undefined
}

/** Called when a record is acknowledged, or has failed. `metadata` has its topic and partition also when it has failed. */
export type SendCallback = (error: KafkaError | null, metadata: RecordMetadata | null) => void

/** Sees records before they are serialized, and what became of them. Java's `ProducerInterceptor`. */
export interface ProducerInterceptor<K, V> {
  /** Returns the record to send in its place. What it throws is logged, and the record goes on as it was. */
  onSend?(record: ProducerRecord<K, V>): ProducerRecord<K, V>
  /** A record was acknowledged, or has failed; before its promise or callback hears of it. What it throws is logged. */
  onAcknowledgement?(metadata: RecordMetadata | null, error: KafkaError | null): void
  /** The producer has closed. What it throws is logged. */
  close?(): void
}
