import type { KafkaError } from '../../errors.js'

/** Where a record was written. Java's `RecordMetadata`. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  /** −1: not known, as with acks=0. */
  readonly offset: number
  /** The record's own, or the broker's if the topic has `message.timestamp.type=LogAppendTime`. */
  readonly timestamp: number
  /** Bytes; −1: there is no key. */
  readonly serializedKeySize: number
  /** Bytes; −1: there is no value. */
  readonly serializedValueSize: number
}

/** Filled in while the record is under way: its offset is its place in the batch until the batch has one. */
export type PendingMetadata = { -readonly [Key in keyof RecordMetadata]: RecordMetadata[Key] }

/** Somebody waits for a record. */
export interface Delivery {
  readonly metadata: PendingMetadata
  /** Called once. */
  settle(error: KafkaError | null): void
}
