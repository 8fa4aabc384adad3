/** What `producer.transaction` gives to its function: sends that are awaited before the commit. */
import type { OffsetAndMetadata, TopicPartition } from '../topic-partition.js'
import type { RecordMetadata } from './core/delivery.js'
import type { ProducerRecord } from './producer-record.js'
import type { TransactionGroupMetadata } from './transaction-requests.js'

/** A consumer whose positions a transaction commits. */
export interface TransactionalConsumer {
  groupMetadata(): TransactionGroupMetadata
  assignment(): Iterable<TopicPartition>
  position(partition: TopicPartition): Promise<number>
}

/** One transaction, while it is open. */
export interface Transaction<K, V> {
  /** As `producer.send`. It need not be awaited: the commit waits for it, and fails with it. */
  send(record: ProducerRecord<K, V>): Promise<RecordMetadata>
  /** Commits a consumer's offsets with the transaction; by default its positions, which is behind what it has returned. */
  sendOffsets(
    consumer: TransactionalConsumer,
    offsets?: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
  ): Promise<void>
}

type Offsets = Iterable<readonly [TopicPartition, OffsetAndMetadata]>

export class TransactionScope<K, V> implements Transaction<K, V> {
  readonly #send: (record: ProducerRecord<K, V>) => Promise<RecordMetadata>
  readonly #sendOffsets: (offsets: Offsets, group: TransactionGroupMetadata) => Promise<void>
  #outstanding: Promise<unknown>[] = []

  constructor(
    send: (record: ProducerRecord<K, V>) => Promise<RecordMetadata>,
    sendOffsets: (offsets: Offsets, group: TransactionGroupMetadata) => Promise<void>,
  ) {
    this.#send = send
    this.#sendOffsets = sendOffsets
  }

  send(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    return this.#awaited(this.#send(record))
  }

  sendOffsets(consumer: TransactionalConsumer, offsets?: Offsets): Promise<void> {
    return this.#awaited(this.#commit(consumer, offsets))
  }

  /** Errors: the first one of what was sent. */
  async settled(): Promise<void> {
    while (this.#outstanding.length > 0) {
      const outstanding = this.#outstanding
      this.#outstanding = []
      await Promise.all(outstanding)
    }
  }

  async #commit(consumer: TransactionalConsumer, given: Offsets | undefined): Promise<void> {
    const offsets = given ?? (await positionsOf(consumer))
    await this.#sendOffsets(offsets, consumer.groupMetadata())
  }

  /** Nobody else need handle its failure. */
  #awaited<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {})
    this.#outstanding.push(promise)
    return promise
  }
}

async function positionsOf(consumer: TransactionalConsumer): Promise<[TopicPartition, OffsetAndMetadata][]> {
  const positions: [TopicPartition, OffsetAndMetadata][] = []
  for (const partition of consumer.assignment()) {
    positions.push([partition, { offset: await consumer.position(partition) }])
  }
  return positions
}
