/** What a program can hear of its partitions, and do while it hears it. */
import type { OffsetAndMetadata, TopicPartition, TopicPartitionMap } from '../topic-partition.js'

/** What became of partitions, as the listener is told. */
export type RebalanceKind = 'assigned' | 'revoked' | 'lost'

/**
 * The consumer as a rebalance listener gets it: only what is safe there (KIP-1306). After the callback, each of its calls is
 * ILLEGAL_STATE.
 */
export interface RebalanceConsumer {
  assignment(): TopicPartition[]
  /** Undefined: not known yet. */
  position(partition: TopicPartition): number | undefined
  seek(partition: TopicPartition, offset: number | OffsetAndMetadata): void
  pause(partitions: Iterable<TopicPartition>): void
  resume(partitions: Iterable<TopicPartition>): void
  /** Default: all positions. */
  commitSync(offsets?: Iterable<readonly [TopicPartition, OffsetAndMetadata]>): Promise<void>
  committed(partitions: Iterable<TopicPartition>): Promise<TopicPartitionMap<OffsetAndMetadata | null>>
}

/**
 * Java's ConsumerRebalanceListener. Called while records are asked for, and awaited: no partition has another owner before
 * `onPartitionsRevoked` has ended. What a callback throws is thrown by the call that asked for records.
 */
export interface RebalanceListener {
  /** New ones; with eager rebalancing, all of them. Also called with none. */
  onPartitionsAssigned?(partitions: TopicPartition[], consumer: RebalanceConsumer): void | Promise<void>
  /** They are about to go. */
  onPartitionsRevoked?(partitions: TopicPartition[], consumer: RebalanceConsumer): void | Promise<void>
  /** They have gone already: this member was not heard of for too long. Default `onPartitionsRevoked`. */
  onPartitionsLost?(partitions: TopicPartition[], consumer: RebalanceConsumer): void | Promise<void>
}
