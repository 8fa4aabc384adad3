/** Producers and transactions (KIP-664): describe, list, abort one that hangs, fence. */
import { apis, type ResponseOf } from '@millrace/protocol'
import type { KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import type { AdminResult } from './admin-result.js'
import { askAllBrokers } from './all-brokers.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { coordinator, coordinatorMoves, fixed, leader } from './locators.js'
import { byTopic } from './partition-lists.js'
import { nothing, outcome } from './refusals.js'

export interface ProducerState {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  /** Milliseconds since 1970; −1: not known. */
  readonly lastTimestamp: number
  /** Undefined: it has had no transaction. */
  readonly coordinatorEpoch: number | undefined
  /** Undefined: no transaction is open. */
  readonly currentTransactionStartOffset: number | undefined
}

export interface DescribeProducersOptions extends CallOptions {
  /** Which replica is asked. Default: the leader of each partition. */
  readonly brokerId?: number
}

export function describeProducers(
  driver: AdminDriver,
  partitions: Iterable<TopicPartition>,
  options: DescribeProducersOptions,
): AdminResult<TopicPartition, readonly ProducerState[]> {
  const { brokerId } = options
  return driver.each('describeProducers', options, () => ({
    keys: partitions,
    emptyMap: <V>() => new TopicPartitionMap<V>(),
    locator: brokerId === undefined ? leader<TopicPartition>() : fixed<TopicPartition>(brokerId),
    // A broker that was named and is no replica will not become one soon.
    passes: ({ retriable }) => retriable && brokerId === undefined,
    ask: async (call: Call, target: Answerer, keys: readonly TopicPartition[]) => {
      const { topics } = await call.ask(target, apis.DescribeProducers, {
        topics: byTopic(keys, (name, partitionIndexes) => ({ name, partitionIndexes })),
      })
      return topics.flatMap(({ name, partitions: answered }) =>
        answered.map(
          (one) =>
            [
              { topic: name, partition: one.partitionIndex },
              outcome(one, () => one.activeProducers.map(producerState)),
            ] as const,
        ),
      )
    },
  }))
}

type ActiveProducer = ResponseOf<
  typeof apis.DescribeProducers
>['topics'][number]['partitions'][number]['activeProducers'][number]

function producerState(producer: ActiveProducer): ProducerState {
  const { producerId, producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTxnStartOffset } = producer
  return {
    producerId,
    producerEpoch,
    lastSequence,
    lastTimestamp,
    coordinatorEpoch: coordinatorEpoch < 0 ? undefined : coordinatorEpoch,
    currentTransactionStartOffset: currentTxnStartOffset < 0 ? undefined : currentTxnStartOffset,
  }
}

/** As brokers spell them. */
export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'
  | 'Dead'
  | 'PrepareEpochFence'
  | 'Unknown'

const STATES: readonly TransactionState[] = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
]

function transactionState(text: string): TransactionState {
  return STATES.find((state) => state === text) ?? 'Unknown'
}

export interface TransactionListing {
  readonly transactionalId: string
  /** Of the broker that coordinates it. */
  readonly coordinatorId: number
  readonly producerId: number
  readonly state: TransactionState
}

export interface ListTransactionsOptions extends CallOptions {
  /** Default: all. */
  readonly states?: readonly TransactionState[]
  /** Default: all. */
  readonly producerIds?: readonly number[]
  /** Only those that have been open for longer, in ms. Default: all. From Kafka 3.8 on; before, UNSUPPORTED_VERSION. */
  readonly durationMs?: number
  /** An RE2 expression for the id. Default: all. From Kafka 4.1 on; before, UNSUPPORTED_VERSION. */
  readonly transactionalIdPattern?: string
}

/** Errors: KafkaAggregateError by broker, if one of them could not tell. */
export async function listTransactions(
  driver: AdminDriver,
  options: ListTransactionsOptions,
): Promise<readonly TransactionListing[]> {
  const { states = [], producerIds = [], durationMs = -1, transactionalIdPattern = null } = options
  const byBroker = await askAllBrokers(driver, 'listTransactions', options, async (call, brokerId) => {
    const response = await call.ask(brokerId, apis.ListTransactions, {
      stateFilters: states,
      producerIdFilters: producerIds,
      durationFilter: durationMs,
      transactionalIdPattern,
    })
    return outcome(response, () =>
      response.transactionStates.map(({ transactionalId, producerId, transactionState: state }) => ({
        transactionalId,
        coordinatorId: brokerId,
        producerId,
        state: transactionState(state),
      })),
    )
  })
  return byBroker.flat()
}

export interface TransactionDescription {
  readonly coordinatorId: number
  readonly state: TransactionState
  readonly producerId: number
  readonly producerEpoch: number
  readonly transactionTimeoutMs: number
  /** Milliseconds since 1970; undefined: none is open. */
  readonly transactionStartTimeMs: number | undefined
  readonly topicPartitions: readonly TopicPartition[]
}

export function describeTransactions(
  driver: AdminDriver,
  transactionalIds: readonly string[],
  options: CallOptions,
): AdminResult<string, TransactionDescription> {
  return driver.each('describeTransactions', options, () => ({
    keys: transactionalIds,
    locator: coordinator('transaction', (id: string) => id),
    passes: coordinatorMoves,
    ask: async (call: Call, target: Answerer, ids: readonly string[]) => {
      const { transactionStates } = await call.ask(target, apis.DescribeTransactions, { transactionalIds: ids })
      return transactionStates.map(
        (one) => [one.transactionalId, outcome(one, () => description(target, one))] as const,
      )
    },
  }))
}

function description(
  target: Answerer,
  one: ResponseOf<typeof apis.DescribeTransactions>['transactionStates'][number],
): TransactionDescription {
  return {
    coordinatorId: typeof target === 'number' ? target : -1,
    state: transactionState(one.transactionState),
    producerId: one.producerId,
    producerEpoch: one.producerEpoch,
    transactionTimeoutMs: one.transactionTimeoutMs,
    transactionStartTimeMs: one.transactionStartTimeMs < 0 ? undefined : one.transactionStartTimeMs,
    topicPartitions: one.topics.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
  }
}

/** A transaction that hangs in a partition, as describeProducers shows it. */
export interface AbortTransactionSpec {
  readonly topicPartition: TopicPartition
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

export async function abortTransaction(
  driver: AdminDriver,
  spec: AbortTransactionSpec,
  options: CallOptions,
): Promise<void> {
  const { topicPartition, producerId, producerEpoch, coordinatorEpoch } = spec
  const outcomes = await driver.run<TopicPartition, void>(
    {
      what: 'abortTransaction',
      keys: [topicPartition],
      emptyMap: <V>() => new TopicPartitionMap<V>(),
      locator: leader(),
      passes: ({ retriable }) => retriable,
      ask: async (call, target) => {
        const { topic, partition } = topicPartition
        const topics = [{ name: topic, partitionIndexes: [partition] }]
        const marker = { producerId, producerEpoch, coordinatorEpoch, transactionResult: false, topics }
        const { markers } = await call.ask(target, apis.WriteTxnMarkers, { markers: [marker] })
        const answered = markers[0]?.topics[0]?.partitions[0]
        return answered === undefined ? [] : [[topicPartition, outcome(answered, nothing)]]
      },
    },
    options,
  )
  for (const one of outcomes.values()) if ('error' in one) throw one.error
}

/** What a producer had to give up. */
export interface FencedProducer {
  readonly producerId: number
  /** The new epoch: with an older one nobody gets through any more. */
  readonly producerEpoch: number
}

/** One id in a request: KIP-664 has no batches here. */
export function fenceProducers(
  driver: AdminDriver,
  transactionalIds: readonly string[],
  options: CallOptions,
): AdminResult<string, FencedProducer> {
  return driver.each('fenceProducers', options, () => ({
    keys: transactionalIds,
    locator: coordinator('transaction', (id: string) => id),
    passes: (error: KafkaError) => coordinatorMoves(error) || error.code === 'CONCURRENT_TRANSACTIONS',
    ask: async (call: Call, target: Answerer, ids: readonly string[]) => {
      return await Promise.all(ids.map(async (id) => [id, await fence(call, target, id)] as const))
    },
  }))
}

export async function forceTerminateTransaction(
  driver: AdminDriver,
  transactionalId: string,
  options: CallOptions,
): Promise<void> {
  for (const one of (await fenceProducers(driver, [transactionalId], options).settled()).values()) {
    if ('error' in one) throw one.error
  }
}

async function fence(call: Call, target: Answerer, transactionalId: string): Promise<Answer<FencedProducer>> {
  const response = await call.ask(target, apis.InitProducerId, {
    transactionalId,
    // Nothing is to be produced: as long as the request lives.
    transactionTimeoutMs: call.timeoutMs,
  })
  const { producerId, producerEpoch } = response
  return outcome(response, () => ({ producerId, producerEpoch }))
}
