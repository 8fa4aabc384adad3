/**
 * The transactions of a producer: what its coordinator is asked, in which order, and what that means for its records.
 *
 * It owns the producer's state, and which partitions are part of the transaction; a record is sent only when its partition
 * is. One question is asked at a time. Whoever's wait ends does not end what was begun: the same call, made again, waits on.
 * Which transitions there are is decided in core/transaction-state.ts.
 *
 * Source: Kafka's TransactionManager; KIP-98, KIP-360, KIP-447, KIP-890.
 */
import { KafkaError, kafkaErrorOf } from '../errors.js'
import type { Logger } from '../ports.js'
import type { OffsetAndMetadata, TopicPartition } from '../topic-partition.js'
import type { Accumulator } from './core/accumulator.js'
import type { PartitionQueue } from './core/producer-batch.js'
import { meaningOf, TransactionState } from './core/transaction-state.js'
import type { TransactionGate } from './transaction-gate.js'
import {
  type OffsetsToCommit,
  type ProducerIdAndEpoch,
  type TransactionGroupMetadata,
  TransactionRequests,
  type TransactionRequestsOptions,
} from './transaction-requests.js'

export interface TransactionManagerOptions extends TransactionRequestsOptions {
  readonly accumulator: Accumulator
  readonly logger: Logger
  /** Something may be sent that could not be. */
  readonly onProgress: () => void
  /** Records that were never sent fail; with `all`, the others too. */
  readonly failRecords: (error: KafkaError, all: boolean) => void
}

const NO_PRODUCER: ProducerIdAndEpoch = { producerId: -1, producerEpoch: -1 }

export class TransactionManager implements TransactionGate {
  readonly #options: TransactionManagerOptions
  readonly #state = new TransactionState()
  readonly #closing = new AbortController()
  readonly #requests: TransactionRequests
  readonly #added = new Set<PartitionQueue>()
  readonly #toAdd = new Set<PartitionQueue>()
  /** Whether the coordinator knows of the transaction. */
  #isStarted = false
  #needsNewEpoch = false
  /** The coordinator has forgotten the transactional id: there is nothing to end. */
  #isForgotten = false
  #adding: Promise<void> | undefined
  /** Questions, one after the other. */
  #tail: Promise<unknown> = Promise.resolve()
  /** A call whose caller may have stopped waiting. */
  #pending: { readonly call: string; readonly promise: Promise<void> } | undefined

  constructor(options: TransactionManagerOptions) {
    this.#options = options
    this.#requests = new TransactionRequests(options, this.#closing.signal)
  }

  get transactionalId(): string {
    return this.#options.transactionalId
  }

  get isVersion2(): boolean {
    return this.#requests.isVersion2
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
    if (this.isVersion2) {
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
    if (this.isVersion2 || this.#requests.canBumpEpoch) this.#failTransaction(error, true)
    else this.#failForGood(error)
  }

  initTransactions(): Promise<void> {
    return this.#shared('initTransactions', () => {
      this.#state.enter('initializing', 'initTransactions')
      return this.#inOrder(() => this.#initProducerId(NO_PRODUCER))
    })
  }

  beginTransaction(): void {
    this.#refuseIfPending('beginTransaction')
    this.#state.enter('inTransaction', 'beginTransaction')
    this.#requests.refreshAbilities()
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
    const list: OffsetsToCommit = [...offsets]
    if (list.length === 0) return
    await this.#inOrder(async () => {
      if (this.#state.name !== 'inTransaction') throw this.#state.refusal('sendOffsetsToTransaction')
      if (!this.isVersion2) await this.#asked(this.#requests.addOffsets(group.groupId))
      this.#isStarted = true
      await this.#asked(this.#requests.commitOffsets(list, group))
    })
  }

  close(): void {
    this.#closing.abort(new KafkaError('CLOSED', 'the producer is closed'))
  }

  async #initProducerId(given: ProducerIdAndEpoch): Promise<void> {
    this.#adopt(await this.#asked(this.#requests.initProducerId(given)))
    this.#isForgotten = false
    this.#state.enter('ready', 'initTransactions')
    this.#options.onProgress()
  }

  /** Sequences begin anew with each epoch. */
  #adopt({ producerId, producerEpoch }: ProducerIdAndEpoch): void {
    const { tracker } = this.#options
    tracker.setProducer(producerId, producerEpoch)
    tracker.reset()
    this.#needsNewEpoch = false
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
    const queues = [...this.#toAdd]
    if (queues.length === 0) return
    await this.#asked(this.#requests.addPartitions(queues))
    for (const queue of queues) {
      this.#toAdd.delete(queue)
      this.#added.add(queue)
    }
    this.#isStarted = true
    this.#options.onProgress()
  }

  async #endTransaction(isCommit: boolean): Promise<void> {
    const { tracker } = this.#options
    if (this.#state.name === 'fatalError') throw this.#state.refusal('endTransaction')
    if (this.#isStarted && !this.#isForgotten) {
      const next = await this.#asked(this.#requests.endTransaction(isCommit))
      // Each transaction has an epoch of its own (KIP-890).
      if (this.isVersion2 && next.producerId >= 0) this.#adopt(next)
    }
    this.#isStarted = false
    this.#added.clear()
    this.#toAdd.clear()
    if (!this.#needsNewEpoch && !this.#isForgotten) return this.#state.enter('ready', 'commitTransaction')
    this.#state.enter('initializing', 'abortTransaction')
    await this.#initProducerId({ producerId: tracker.producerId, producerEpoch: tracker.producerEpoch })
  }

  /** Errors: what `onError` makes of the question's. */
  async #asked<T>(question: Promise<T>): Promise<T> {
    try {
      return await question
    } catch (reason) {
      this.#closing.signal.throwIfAborted()
      throw this.#onError(kafkaErrorOf(reason))
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
        if (this.isVersion2 || this.#requests.canBumpEpoch) this.#failTransaction(error, true)
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
    if (needsNewEpoch && this.#requests.canBumpEpoch && !this.isVersion2 && this.isOngoing) this.#needsNewEpoch = true
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

const FATAL_FOR_BATCHES: ReadonlySet<string> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'PRODUCER_FENCED',
  'UNSUPPORTED_VERSION',
])
