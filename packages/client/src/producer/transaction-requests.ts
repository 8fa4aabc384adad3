/**
 * What a transactional producer asks of its coordinator, and of a group's: bodies, versions, and trying again while an error
 * is of the kind that passes.
 *
 * It knows what the coordinator can do; it does not know the state of the transaction, nor which request may follow which.
 *
 * Source: KIP-98, KIP-360 (an epoch after an error), KIP-447 (offsets with a member), KIP-890 (transactions version 2).
 */
import type { SharedVersions } from '@millrace/net'
import { type AnyApi, apis, type ResponseOf } from '@millrace/protocol'
import type { Cluster, RequestBody } from '../cluster/cluster.js'
import { errorOf, KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts } from '../ports.js'
import type { OffsetAndMetadata, TopicPartition } from '../topic-partition.js'
import { sleep } from '../waiting.js'
import type { PartitionQueue } from './core/producer-batch.js'
import type { SequenceTracker } from './core/sequence-tracker.js'
import { meaningOf } from './core/transaction-state.js'

/** By whom offsets are committed: what `groupMetadata()` of the consumer returns (KIP-447). */
export interface TransactionGroupMetadata {
  readonly groupId: string
  readonly generationId?: number
  readonly memberId?: string
  readonly groupInstanceId?: string | undefined
}

/** Positions of a group's partitions. */
export type OffsetsToCommit = readonly (readonly [TopicPartition, OffsetAndMetadata])[]

export interface TransactionRequestsOptions {
  readonly cluster: Cluster
  /** Has the producer id and epoch that requests name. */
  readonly tracker: SequenceTracker
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly backoffMs: (failures: number) => number
  readonly ports: ClientPorts
}

interface Coordinator {
  readonly type: 'transaction' | 'group'
  readonly key: string
}

export interface ProducerIdAndEpoch {
  /** −1: there is none, or it stays as it is. */
  readonly producerId: number
  readonly producerEpoch: number
}

/** The coordinator still ends the last transaction: that takes a moment only. */
const CONCURRENT_BACKOFF_MS = 20
const VERSION_1_MAX = { addPartitions: 3, offsetCommit: 4, endTransaction: 4 } as const
/** The first that can give an epoch after an error (KIP-360). */
const BUMPING_VERSION = 3

/** Errors of every request: KafkaError, never one that means `retry`; `signal`'s reason. */
export class TransactionRequests {
  readonly #options: TransactionRequestsOptions
  readonly #signal: AbortSignal
  #canBumpEpoch = false
  #isVersion2 = false

  constructor(options: TransactionRequestsOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /** Whether a new epoch can be asked for after an error. */
  get canBumpEpoch(): boolean {
    return this.#canBumpEpoch
  }

  /** Partitions join by being written to, and each transaction has an epoch of its own (KIP-890). */
  get isVersion2(): boolean {
    return this.#isVersion2
  }

  /** Between two transactions: the coordinator may be another one by now, or its cluster another version. */
  refreshAbilities(): void {
    const { cluster } = this.#options
    const { type, key } = this.#coordinator
    const address = cluster.coordinators.known(type, key)
    const connection = address === undefined ? undefined : cluster.connections.peek(address.nodeId, 'coordinator')
    if (connection !== undefined) this.#noteAbilities(connection.versions)
  }

  /** −1, −1: whatever the coordinator gives. Fences earlier producers of the transactional id. */
  async initProducerId(given: ProducerIdAndEpoch): Promise<ProducerIdAndEpoch> {
    const { transactionalId, transactionTimeoutMs } = this.#options
    await this.#learnAbilities()
    return await this.#ask(
      this.#coordinator,
      apis.InitProducerId,
      { transactionalId, transactionTimeoutMs, ...given },
      (response) => errorOf(response.errorCode),
    )
  }

  /** Version 1: partitions join before they are written to. */
  async addPartitions(queues: readonly PartitionQueue[]): Promise<void> {
    const { tracker, transactionalId } = this.#options
    const topics = [...grouped(queues)].map(([name, list]) => ({
      name,
      partitions: list.map(({ partition }) => partition),
    }))
    await this.#ask(
      this.#coordinator,
      apis.AddPartitionsToTxn,
      {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: tracker.producerId,
        v3AndBelowProducerEpoch: tracker.producerEpoch,
        v3AndBelowTopics: topics,
      },
      (response) => {
        const results = response.resultsByTopicV3AndBelow.flatMap((topic) => topic.resultsByPartition)
        return firstError(results.map((result) => result.partitionErrorCode))
      },
      VERSION_1_MAX.addPartitions,
    )
  }

  /** Version 1: the offsets of a group join before they are written. */
  async addOffsets(groupId: string): Promise<void> {
    const { tracker, transactionalId } = this.#options
    const { producerId, producerEpoch } = tracker
    await this.#ask(
      this.#coordinator,
      apis.AddOffsetsToTxn,
      { transactionalId, producerId, producerEpoch, groupId },
      (response) => errorOf(response.errorCode),
    )
  }

  async commitOffsets(offsets: OffsetsToCommit, group: TransactionGroupMetadata): Promise<void> {
    const { tracker, transactionalId } = this.#options
    const { producerId, producerEpoch } = tracker
    const { groupId, generationId = -1, memberId = '', groupInstanceId = null } = group
    const topics = topicsOf(offsets)
    await this.#ask(
      { type: 'group', key: groupId },
      apis.TxnOffsetCommit,
      (version) => {
        const base = { transactionalId, groupId, producerId, producerEpoch, topics }
        if (version >= 3) return { ...base, generationId, memberId, groupInstanceId }
        if (memberId === '') return base
        const message = 'offsets of a group’s member in a transaction need Kafka 2.5'
        throw new KafkaError('UNSUPPORTED_VERSION', message, { fatal: true })
      },
      (response) => firstError(response.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorCode))),
      this.#isVersion2 ? undefined : VERSION_1_MAX.offsetCommit,
    )
  }

  /** Version 2 answers with the epoch of the next transaction. */
  async endTransaction(isCommit: boolean): Promise<ProducerIdAndEpoch> {
    const { tracker, transactionalId } = this.#options
    const { producerId, producerEpoch } = tracker
    return await this.#ask(
      this.#coordinator,
      apis.EndTxn,
      { transactionalId, producerId, producerEpoch, committed: isCommit },
      (response) => errorOf(response.errorCode),
      this.#isVersion2 ? undefined : VERSION_1_MAX.endTransaction,
    )
  }

  get #coordinator(): Coordinator {
    return { type: 'transaction', key: this.#options.transactionalId }
  }

  /** What the coordinator can do decides how transactions are done. */
  async #learnAbilities(): Promise<void> {
    const { cluster } = this.#options
    const { type, key } = this.#coordinator
    await this.#repeatedly(async () => {
      try {
        const address = await cluster.coordinators.find(type, key, this.#signal)
        const { versions } = await cluster.connections.get(address, 'coordinator', this.#signal)
        this.#noteAbilities(versions)
      } catch (error) {
        cluster.coordinators.forget(type, key)
        throw error
      }
    })
  }

  #noteAbilities(versions: SharedVersions): void {
    this.#canBumpEpoch = (versions.offered(apis.InitProducerId)?.max ?? 0) >= BUMPING_VERSION
    this.#isVersion2 =
      versions.finalizedFeature('transaction.version') >= 2 &&
      (versions.highest(apis.EndTxn) ?? 0) > VERSION_1_MAX.endTransaction
  }

  async #ask<A extends AnyApi>(
    coordinator: Coordinator,
    api: A,
    body: RequestBody<A>,
    errorIn: (response: ResponseOf<A>) => KafkaError | undefined,
    versionMax?: number,
  ): Promise<ResponseOf<A>> {
    const { cluster, requestTimeoutMs } = this.#options
    const options = {
      signal: this.#signal,
      timeoutMs: requestTimeoutMs,
      ...(versionMax === undefined ? {} : { versions: { max: versionMax } }),
    }
    return await this.#repeatedly(async () => {
      const response = await cluster.ask(coordinator, api, body, options)
      const error = errorIn(response)
      if (error === undefined) return response
      cluster.forgetWhatIsWrong(coordinator, error)
      throw error
    })
  }

  async #repeatedly<T>(attempt: () => Promise<T>): Promise<T> {
    const { backoffMs, ports } = this.#options
    for (let failures = 1; ; failures++) {
      this.#signal.throwIfAborted()
      try {
        return await attempt()
      } catch (reason) {
        this.#signal.throwIfAborted()
        const error = kafkaErrorOf(reason)
        if (meaningOf(error) !== 'retry') throw error
        const delayMs = backoffMs(failures)
        const isMomentary = error.code === 'CONCURRENT_TRANSACTIONS'
        await sleep(ports, isMomentary ? Math.min(delayMs, CONCURRENT_BACKOFF_MS) : delayMs, this.#signal)
      }
    }
  }
}

interface OffsetToCommit {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string
}

function topicsOf(offsets: OffsetsToCommit): { readonly name: string; readonly partitions: OffsetToCommit[] }[] {
  const byTopic = new Map<string, OffsetToCommit[]>()
  for (const [{ topic, partition }, { offset, leaderEpoch = -1, metadata = '' }] of offsets) {
    const committed = {
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    }
    const list = byTopic.get(topic)
    if (list === undefined) byTopic.set(topic, [committed])
    else list.push(committed)
  }
  return [...byTopic].map(([name, partitions]) => ({ name, partitions }))
}

function grouped(queues: readonly PartitionQueue[]): Map<string, PartitionQueue[]> {
  const byTopic = new Map<string, PartitionQueue[]>()
  for (const queue of queues) {
    const list = byTopic.get(queue.topicName)
    if (list === undefined) byTopic.set(queue.topicName, [queue])
    else list.push(queue)
  }
  return byTopic
}

/** The one that means most: what does not pass comes before what does. */
function firstError(codes: readonly number[]): KafkaError | undefined {
  const errors = codes.flatMap((code) => errorOf(code) ?? [])
  return errors.find((error) => meaningOf(error) !== 'retry' && error.code !== 'OPERATION_NOT_ATTEMPTED') ?? errors[0]
}
