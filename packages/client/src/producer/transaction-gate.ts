import type { KafkaError } from '../errors.js'
import type { PartitionQueue } from './core/producer-batch.js'

/** What sending asks of the producer's transactions. */
export interface TransactionGate {
  readonly transactionalId: string
  /** Partitions join a transaction by being written to: Produce 12 (KIP-890). */
  readonly isVersion2: boolean
  /** Whether the partition is part of the transaction. */
  mayWriteTo(queue: PartitionQueue): boolean
  /** A record of the transaction was not written. */
  onBatchFailed(error: KafkaError): void
  /** What was written is not known, and cannot be found out. */
  onUnresolvedSequences(): void
}
