/**
 * The transactions of a producer: what its coordinator is asked, in which order, and what that means for its records.
 *
 * It owns the producer's state, and which partitions are part of the transaction; a record is sent only when its partition
 * is. One question is asked at a time. Whoever's wait ends does not end what was begun: the same call, made again, waits on.
 * Which transitions there are is decided in core/transaction-state.ts.
 *
 * Source: Kafka's TransactionManager; KIP-98, KIP-360, KIP-447, KIP-890.
 */
import { type AnyApi, apis, type ResponseOf } from '@millrace/protocol'
import type { Cluster, RequestBody } from '../cluster/cluster.js'
import { errorOf, KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import type { OffsetAndMetadata, TopicPartition } from '../topic-partition.js'
import { sleep } from '../waiting.js'
import type { Accumulator } from './core/accumulator.js'
import type { PartitionQueue } from './core/producer-batch.js'
import type { SequenceTracker } from './core/sequence-tracker.js'
import { meaningOf, TransactionState } from './core/transaction-state.js'
import type { TransactionGate } from './transaction-gate.js'

/** By whom offsets are committed: what `groupMetadata()` of the consumer returns (KIP-447). */
export interface TransactionGroupMetadata {
  readonly groupId: string
  readonly generationId?: number
  readonly memberId?: string
  readonly groupInstanceId?: string | undefined
}

export interface TransactionManagerOptions {
  readonly cluster: Cluster
  readonly accumulator: Accumulator
  readonly tracker: SequenceTracker
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly backoffMs: (failures: number) => number
  readonly ports: ClientPorts
  readonly logger: Logger
  /** Something may be sent that could not be. */
  readonly onProgress: () => void
  /** Records that were never sent fail; with `all`, the others too. */
  readonly failRecords: (error: KafkaError, all: boolean) => void
}

type Coordinator = { readonly type: 'transaction' | 'group'; readonly key: string }

/** The coordinator still ends the last transaction: that takes a moment only. */
const CONCURRENT_BACKOFF_MS = 20
const VERSION_1_MAX = { addPartitions: 3, offsetCommit: 4, endTransaction: 4 } as const
/** The first that can give an epoch after an error (KIP-360). */
const BUMPING_VERSION = 3

export class TransactionManager implements TransactionGate {
  readonly #options: TransactionManagerOptions
  readonly #state = new TransactionState()
  readonly #closing = new AbortController()
  readonly #added = new Set<PartitionQueue>()
  readonly #toAdd = new Set<PartitionQueue>()
  /** Whether the coordinator knows of the transaction. */
  #isStarted = false
  #needsNewEpoch = false
  /** The coordinator has forgotten the transactional id: there is nothing to end. */
  #isForgotten = false
  #canBumpEpoch = false
  #isVersion2 = false
  #adding: Promise<void> | undefined
  /** Questions, one after the other. */
  #tail: Promise<unknown> = Promise.resolve()
  /** A call whose caller may have stopped waiting. */
  #pending: { readonly call: string; readonly promise: Promise<void> } | undefined

  constructor(options: TransactionManagerOptions) {
    this.#options = options
  }

  get transactionalId(): string {
    return this.#options.transactionalId
  }

  get isVersion2(): boolean {
    return this.#isVersion2
  }

  get isInitialized(): boolean {
    return this.#state.name !== 'uninitialized' && this.#state.name !== 'initializing'
  }

  /** Whether a transaction is open, or ends. */
  get isOngoing(): boolean {
    return ['inTransaction', 'committing', 'aborting', 'abortableError'].includes(this.#state.name)
  }

  /** Whether it can be aborted. */
  get isAbortable(): boolean {
    return this.#state.name === 'inTransaction' || this.#state.name === 'abortableError'
  }

  mayWriteTo(queue: PartitionQueue): boolean {
    return this.#added.has(queue)
  }

  /** A record is about to be accepted. Errors: ILLEGAL_STATE; what made the transaction fail. */
  checkMaySend(): void {
    if (this.#state.name !== 'inTransaction') throw this.#state.refusal('send')
  }

  /** A record that was accepted is about to be appended: while committing, too, if its topic had to be found out. */
  onPartition(queue: PartitionQueue): void {
    if (this.#state.name !== 'inTransaction' && this.#state.name !== 'committing') throw this.#state.refusal('send')
    if (this.#added.has(queue)) return
    if (this.#isVersion2) {
      this.#added.add(queue)
      this.#isStarted = true
      return
    }
    this.#toAdd.add(queue)
    this.#adding ??= this.#addPartitions().finally(() => {
      this.#adding = undefined
    })
  }

  onBatchFailed(error: KafkaError): void {
    if (FATAL_FOR_BATCHES.has(error.code)) this.#failForGood(error)
    else this.#failTransaction(error, true)
  }

  onUnresolvedSequences(): void {
    const message = 'records that were sent may or may not be written, and cannot be sent again'
    const error = new KafkaError('TIMEOUT', message, { retriable: false })
    if (this.#isVersion2 || this.#canBumpEpoch) this.#failTransaction(error, true)
    else this.#failForGood(error)
  }

  initTransactions(): Promise<void> {
    return this.#shared('initTransactions', () => {
      this.#state.enter('initializing', 'initTransactions')
      return this.#inOrder(() => this.#initProducerId(-1, -1))
    })
  }

  beginTransaction(): void {
    this.#refuseIfPending('beginTransaction')
    this.#state.enter('inTransaction', 'beginTransaction')
  }

  commitTransaction(): Promise<void> {
    return this.#shared('commitTransaction', async () => {
      this.#state.enter('committing', 'commitTransaction')
      await this.#flushed()
      this.#checkNotFailed()
      await this.#inOrder(() => this.#endTransaction(true))
    })
  }

  abortTransaction(): Promise<void> {
    return this.#shared('abortTransaction', async () => {
      this.#state.enter('aborting', 'abortTransaction')
      this.#toAdd.clear()
      const error = new KafkaError('TRANSACTION_ABORTED', 'the transaction was aborted before the record was sent')
      this.#options.failRecords(error, false)
      await this.#flushed()
      await this.#inOrder(() => this.#endTransaction(false))
    })
  }

  /** Offsets that count when the transaction is committed. */
  async sendOffsets(
    offsets: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
    group: TransactionGroupMetadata,
  ): Promise<void> {
    this.#refuseIfPending('sendOffsetsToTransaction')
    if (this.#state.name !== 'inTransaction') throw this.#state.refusal('sendOffsetsToTransaction')
    const list = [...offsets]
    if (list.length === 0) return
    await this.#inOrder(async () => {
      if (this.#state.name !== 'inTransaction') throw this.#state.refusal('sendOffsetsToTransaction')
      if (!this.#isVersion2) await this.#addOffsets(group.groupId)
      this.#isStarted = true
      await this.#commitOffsets(list, group)
    })
  }

  close(): void {
    this.#closing.abort(new KafkaError('CLOSED', 'the producer is closed'))
  }

  async #initProducerId(producerId: number, producerEpoch: number): Promise<void> {
    const { tracker, transactionalId, transactionTimeoutMs } = this.#options
    const coordinator = this.#coordinator()
    await this.#learnVersions(coordinator)
    const answer = await this.#ask(
      coordinator,
      apis.InitProducerId,
      { transactionalId, transactionTimeoutMs, producerId, producerEpoch },
      (response) => errorOf(response.errorCode),
    )
    tracker.setProducer(answer.producerId, answer.producerEpoch)
    tracker.reset()
    this.#needsNewEpoch = false
    this.#isForgotten = false
    this.#state.enter('ready', 'initTransactions')
    this.#options.onProgress()
  }

  /** What the coordinator can do decides how transactions are done. */
  async #learnVersions({ key }: Coordinator): Promise<void> {
    const { cluster, ports, backoffMs } = this.#options
    const { signal } = this.#closing
    for (let failures = 1; ; failures++) {
      try {
        const address = await cluster.coordinators.find('transaction', key, signal)
        const { versions } = await cluster.connections.get(address, 'coordinator', signal)
        this.#canBumpEpoch = (versions.offered(apis.InitProducerId)?.max ?? 0) >= BUMPING_VERSION
        this.#isVersion2 =
          versions.finalizedFeature('transaction.version') >= 2 &&
          (versions.highest(apis.EndTxn) ?? 0) > VERSION_1_MAX.endTransaction
        return
      } catch (reason) {
        signal.throwIfAborted()
        const error = kafkaErrorOf(reason)
        cluster.coordinators.forget('transaction', key)
        if (meaningOf(error) !== 'retry') throw this.#onError(error)
        await sleep(ports, backoffMs(failures), signal)
      }
    }
  }

  async #addPartitions(): Promise<void> {
    // All that are named within this turn are in one request.
    await Promise.resolve()
    while (this.#toAdd.size > 0) {
      try {
        await this.#inOrder(() => this.#addNamedPartitions())
      } catch {
        // The state knows, and so do the records.
        return
      }
    }
  }

  async #addNamedPartitions(): Promise<void> {
    const { tracker, transactionalId } = this.#options
    const queues = [...this.#toAdd]
    if (queues.length === 0) return
    const byTopic = grouped(queues)
    const topics = [...byTopic].map(([name, list]) => ({ name, partitions: list.map(({ partition }) => partition) }))
    await this.#ask(
      this.#coordinator(),
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
    for (const queue of queues) {
      this.#toAdd.delete(queue)
      this.#added.add(queue)
    }
    this.#isStarted = true
    this.#options.onProgress()
  }

  async #addOffsets(groupId: string): Promise<void> {
    const { tracker, transactionalId } = this.#options
    const { producerId, producerEpoch } = tracker
    await this.#ask(
      this.#coordinator(),
      apis.AddOffsetsToTxn,
      { transactionalId, producerId, producerEpoch, groupId },
      (response) => errorOf(response.errorCode),
    )
  }

  async #commitOffsets(
    offsets: readonly (readonly [TopicPartition, OffsetAndMetadata])[],
    group: TransactionGroupMetadata,
  ): Promise<void> {
    const { tracker, transactionalId } = this.#options
    const { producerId, producerEpoch } = tracker
    const { groupId, generationId = -1, memberId = '', groupInstanceId = null } = group
    const byTopic = new Map<string, OffsetToCommit[]>()
    for (const [{ topic, partition }, { offset, leaderEpoch = -1, metadata = '' }] of offsets) {
      const committed = {
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      }
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), committed])
    }
    const topics = [...byTopic].map(([name, partitions]) => ({ name, partitions }))
    await this.#ask(
      { type: 'group', key: groupId },
      apis.TxnOffsetCommit,
      (version) => {
        const base = { transactionalId, groupId, producerId, producerEpoch, topics }
        if (version >= 3) return { ...base, generationId, memberId, groupInstanceId }
        if (memberId === '') return base
        throw new KafkaError('UNSUPPORTED_VERSION', 'offsets of a group’s member in a transaction need Kafka 2.5', {
          fatal: true,
        })
      },
      (response) => firstError(response.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorCode))),
      this.#isVersion2 ? undefined : VERSION_1_MAX.offsetCommit,
    )
  }

  async #endTransaction(isCommit: boolean): Promise<void> {
    const { tracker, transactionalId } = this.#options
    if (this.#state.name === 'fatalError') throw this.#state.refusal('endTransaction')
    if (this.#isStarted && !this.#isForgotten) {
      const { producerId, producerEpoch } = tracker
      const answer = await this.#ask(
        this.#coordinator(),
        apis.EndTxn,
        { transactionalId, producerId, producerEpoch, committed: isCommit },
        (response) => errorOf(response.errorCode),
        this.#isVersion2 ? undefined : VERSION_1_MAX.endTransaction,
      )
      // Each transaction has an epoch of its own (KIP-890).
      if (this.#isVersion2 && answer.producerId >= 0) {
        tracker.setProducer(answer.producerId, answer.producerEpoch)
        tracker.reset()
        this.#needsNewEpoch = false
      }
    }
    this.#isStarted = false
    this.#added.clear()
    this.#toAdd.clear()
    if (!this.#needsNewEpoch && !this.#isForgotten) return this.#state.enter('ready', 'commitTransaction')
    this.#state.enter('initializing', 'abortTransaction')
    await this.#initProducerId(tracker.producerId, tracker.producerEpoch)
  }

  /** Repeats the question until it is answered. Errors: what `onError` makes of one that does not pass. */
  async #ask<A extends AnyApi>(
    coordinator: Coordinator,
    api: A,
    body: RequestBody<A>,
    errorIn: (response: ResponseOf<A>) => KafkaError | undefined,
    versionMax?: number,
  ): Promise<ResponseOf<A>> {
    const { cluster, ports, backoffMs, requestTimeoutMs } = this.#options
    const { signal } = this.#closing
    for (let failures = 1; ; failures++) {
      signal.throwIfAborted()
      let error: KafkaError
      try {
        const response = await cluster.ask(coordinator, api, body, {
          signal,
          timeoutMs: requestTimeoutMs,
          ...(versionMax === undefined ? {} : { versions: { max: versionMax } }),
        })
        const found = errorIn(response)
        if (found === undefined) return response
        error = found
        cluster.forgetWhatIsWrong(coordinator, error)
      } catch (reason) {
        signal.throwIfAborted()
        error = kafkaErrorOf(reason)
      }
      if (meaningOf(error) !== 'retry') throw this.#onError(error)
      const delayMs = backoffMs(failures)
      await sleep(
        ports,
        error.code === 'CONCURRENT_TRANSACTIONS' ? Math.min(delayMs, CONCURRENT_BACKOFF_MS) : delayMs,
        signal,
      )
    }
  }

  /** What the caller is told. */
  #onError(error: KafkaError): KafkaError {
    switch (meaningOf(error)) {
      case 'abort':
        this.#failTransaction(error, false)
        break
      case 'abort-and-bump':
        if (error.code === 'INVALID_PRODUCER_ID_MAPPING') this.#isForgotten = true
        if (this.#isVersion2 || this.#canBumpEpoch) this.#failTransaction(error, true)
        else this.#failForGood(error)
        break
      case 'fenced': {
        const message = `another producer with the transactional id ${this.transactionalId} has taken over`
        this.#failForGood(new KafkaError('PRODUCER_FENCED', message, { cause: error }))
        break
      }
      default:
        // While it is initialized nothing is lost yet: the same call may succeed when somebody has given the right.
        if (this.#state.name === 'initializing' && error.code.endsWith('AUTHORIZATION_FAILED')) {
          this.#state.enter('uninitialized', 'initTransactions')
          return error
        }
        this.#failForGood(error)
    }
    return this.#state.error ?? error
  }

  #failTransaction(error: KafkaError, needsNewEpoch: boolean): void {
    if (needsNewEpoch && this.#canBumpEpoch && !this.#isVersion2 && this.isOngoing) this.#needsNewEpoch = true
    if (!this.#state.failTransaction(error)) return
    this.#toAdd.clear()
    this.#options.failRecords(this.#state.error ?? error, false)
  }

  #failForGood(error: KafkaError): void {
    if (this.#state.name === 'fatalError') return
    this.#options.logger.error({ error, transactionalId: this.transactionalId }, 'The producer cannot go on')
    this.#options.failRecords(this.#state.failForGood(error), true)
  }

  #checkNotFailed(): void {
    const { name, error } = this.#state
    if ((name === 'abortableError' || name === 'fatalError') && error !== undefined) throw error
  }

  async #flushed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#options.accumulator.flush(resolve)
      this.#options.onProgress()
    })
    await this.#adding
  }

  #inOrder<T>(question: () => Promise<T>): Promise<T> {
    const asked = this.#tail.then(question)
    this.#tail = asked.catch(() => {})
    return asked
  }

  #coordinator(): Coordinator {
    return { type: 'transaction', key: this.transactionalId }
  }

  /** A call that goes on although its caller has stopped waiting is not begun twice. */
  #shared(call: string, begin: () => Promise<void>): Promise<void> {
    if (this.#pending?.call === call) return this.#pending.promise
    try {
      this.#refuseIfPending(call)
      const promise = begin().finally(() => {
        this.#pending = undefined
      })
      this.#pending = { call, promise }
      return promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #refuseIfPending(call: string): void {
    if (this.#pending === undefined) return
    const message = `${call} is not possible before ${this.#pending.call} has ended: call that again to wait for it`
    throw new KafkaError('ILLEGAL_STATE', message)
  }
}

interface OffsetToCommit {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string
}

const FATAL_FOR_BATCHES: ReadonlySet<string> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'PRODUCER_FENCED',
  'UNSUPPORTED_VERSION',
])

function grouped(queues: readonly PartitionQueue[]): Map<string, PartitionQueue[]> {
  const byTopic = new Map<string, PartitionQueue[]>()
  for (const queue of queues) byTopic.set(queue.topicName, [...(byTopic.get(queue.topicName) ?? []), queue])
  return byTopic
}

/** The one that means most: what does not pass comes before what does. */
function firstError(codes: readonly number[]): KafkaError | undefined {
  const errors = codes.flatMap((code) => errorOf(code) ?? [])
  return errors.find((error) => meaningOf(error) !== 'retry' && error.code !== 'OPERATION_NOT_ATTEMPTED') ?? errors[0]
}
