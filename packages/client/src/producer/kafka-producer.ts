/**
 * The producer: what an application sees. It serializes records, hands them to the intake, and closes what it has opened.
 *
 *     send ──► interceptors, serializers ──► RecordIntake ──► Accumulator ──► Sender ──► brokers
 *
 * It owns the parts and their order of life. What is sent when, and in what order, is not decided here.
 */
import type { Writable } from 'node:stream'
import type { WritableStream } from 'node:stream/web'
import { ExponentialBackoff } from '@millrace/net'
import { Cluster } from '../cluster/cluster.js'
import { readPropertiesFile } from '../config/properties-file.js'
import { errorOf, KafkaError } from '../errors.js'
import type { CallOptions, ClientPorts, Logger } from '../ports.js'
import { type Bytes, bufferOf, RecordHeaders } from '../serdes/headers.js'
import type { Serializer } from '../serdes/serde.js'
import type { OffsetAndMetadata, TopicPartition } from '../topic-partition.js'
import { Deadline } from '../waiting.js'
import { Accumulator } from './core/accumulator.js'
import type { Delivery, PendingMetadata, RecordMetadata } from './core/delivery.js'
import { SequenceTracker } from './core/sequence-tracker.js'
import { CallbackDelivery, PromiseDelivery, pendingMetadata, SendAllDelivery } from './deliveries.js'
import { type SendContext, sendTracing } from './diagnostics.js'
import { Interceptors } from './interceptors.js'
import { ProducerMetrics } from './producer-metrics.js'
import {
  type ParsedProducerConfig,
  type ProducerConfig,
  type ProducerOptions,
  parseProducerConfig,
  type TestPorts,
} from './producer-options.js'
import type { ProducerRecord, SendCallback } from './producer-record.js'
import { producerWritable, producerWritableStream } from './producer-streams.js'
import { RecordIntake, type SerializedRecord } from './record-intake.js'
import { Sender } from './sender.js'
import { type Transaction, TransactionScope } from './transaction.js'
import { type TransactionGroupMetadata, TransactionManager } from './transaction-manager.js'

/** A partition as `partitionsFor` tells of it. Java's `PartitionInfo`. */
export interface ProducerPartitionInfo {
  readonly topic: string
  readonly partition: number
  /** −1: there is none at the moment. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSyncReplicas: readonly number[]
}

/** How much may wait before `trySend` returns false, unless `buffer.memory` is less. */
const HIGH_WATER_BYTES = 2 * 1024 * 1024

const NEVER_MS = 2 ** 31 - 1

type MakeDelivery = (metadata: PendingMetadata) => Delivery

let producerCount = 0

/**
 * Sends records to Kafka. Java's `KafkaProducer`.
 *
 * Nothing is connected before the first record is sent. One producer serves a whole process: records of all its callers
 * share batches and connections.
 *
 * ```ts
 * await using producer = new KafkaProducer({ 'bootstrap.servers': 'localhost:9092', valueSerializer: Serdes.json<Order>() })
 * const { partition, offset } = await producer.send({ topic: 'orders', key: 'o-1', value: order })
 * ```
 */
export class KafkaProducer<K = Bytes, V = Bytes> implements AsyncDisposable {
  readonly #config: ParsedProducerConfig<K, V>
  readonly #cluster: Cluster
  readonly #accumulator: Accumulator
  readonly #tracker: SequenceTracker | undefined
  readonly #transactions: TransactionManager | undefined
  readonly #sender: Sender
  readonly #intake: RecordIntake
  readonly #metrics: ProducerMetrics
  readonly #interceptors: Interceptors<K, V> | undefined
  readonly #ports: ClientPorts
  readonly #logger: Logger
  readonly #clientId: string
  readonly #highWaterBytes: number
  #drainWaiters: (() => void)[] = []
  #closing: Promise<void> | undefined

  /** Errors: ConfigError with every mistake. */
  constructor(config: ProducerConfig<K, V>) {
    const parsed = parseProducerConfig<K, V>(config as ProducerConfig<K, V> & TestPorts)
    const { values } = parsed
    this.#config = parsed
    this.#clientId = values['client.id'] === '' ? `producer-${++producerCount}` : values['client.id']
    const { ports, logger } = parsed.cluster
    this.#ports = ports
    this.#logger = logger
    this.#cluster = new Cluster({ ...parsed.cluster, clientId: this.#clientId })
    this.#tracker = parsed.isIdempotent ? new SequenceTracker(values['transactional.id'] !== undefined) : undefined
    this.#metrics = new ProducerMetrics(values['metrics.sample.window.ms'], values['metrics.num.samples'])
    this.#accumulator = new Accumulator(accumulatorSettings(parsed), this.#tracker)
    this.#highWaterBytes = Math.min(HIGH_WATER_BYTES, values['buffer.memory'])
    const backoff = new ExponentialBackoff({
      initialMs: values['retry.backoff.ms'],
      maxMs: values['retry.backoff.max.ms'],
      random: ports.random,
    })
    this.#transactions = this.#makeTransactions(backoff)
    this.#sender = new Sender({
      cluster: this.#cluster,
      accumulator: this.#accumulator,
      tracker: this.#tracker,
      acks: parsed.acks,
      maxInFlight: values['max.in.flight.requests.per.connection'],
      requestTimeoutMs: values['request.timeout.ms'],
      limits: { retries: values.retries, deliveryTimeoutMs: parsed.deliveryTimeoutMs },
      backoff,
      ports,
      logger,
      metrics: this.#metrics,
      transactions: this.#transactions,
      hasWaiting: () => this.#intake.hasWaiting,
      onProgress: () => this.#onProgress(),
    })
    this.#intake = new RecordIntake({
      cluster: this.#cluster,
      accumulator: this.#accumulator,
      ports,
      metrics: this.#metrics,
      maxBlockMs: values['max.block.ms'],
      maxIdleMs: values['metadata.max.idle.ms'],
      batchBytes: values['batch.size'],
      maxRecordBytes: Math.min(values['max.request.size'], values['buffer.memory']),
      partition: parsed.partition as RecordIntakePartition,
      ignoresKeys: parsed.ignoresKeys,
      isAdaptive: values['partitioner.adaptive.partitioning.enable'],
      availabilityTimeoutMs: values['partitioner.availability.timeout.ms'],
      stuckMs: (nodeId) => this.#sender.stuckMs(nodeId),
      onPartition: (queue) => this.#transactions?.onPartition(queue),
      onAppended: () => this.#sender.wake(),
      onSettled: () => {
        this.#onProgress()
        this.#sender.wake()
      },
    })
    this.#interceptors = parsed.interceptors.length === 0 ? undefined : new Interceptors(parsed.interceptors, logger)
  }

  /**
   * A producer by a file of Java's: `bootstrap.servers=…`, `key.serializer=org.apache.kafka…StringSerializer`. `options`
   * are what a file cannot say, and come before what it says. The file is read at once.
   *
   * Errors: those of reading the file; ConfigError.
   */
  static fromProperties<K = Bytes, V = Bytes>(
    file: string,
    options: Partial<ProducerConfig<K, V>> & ProducerOptions<K, V> = {},
  ): KafkaProducer<K, V> {
    const properties = readPropertiesFile(file, options.logger)
    return new KafkaProducer<K, V>({ ...properties, ...options } as ProducerConfig<K, V>)
  }

  /**
   * Sends a record. Resolves when it is acknowledged as `acks` says, with its partition and offset; waits for room in
   * `buffer.memory`. `signal` and `timeoutMs` end the wait, not the record: it may be written nevertheless.
   *
   * Errors: KafkaError. `TIMEOUT` after `delivery.timeout.ms`, or if the topic is not known after `max.block.ms`;
   * `BUFFER_EXHAUSTED`, `MESSAGE_TOO_LARGE`, `SERIALIZATION_FAILED`, `CLOSED`; what the broker answers.
   */
  send(record: ProducerRecord<K, V>, options?: CallOptions): Promise<RecordMetadata> {
    const sent = sendTracing.hasSubscribers ? this.#tracedSend(record) : this.#plainSend(record)
    return options === undefined ? sent : this.#bounded(sent, 'send', options)
  }

  /**
   * Sends many records with one promise, in their order. Resolves with what `send` would for each.
   *
   * Errors: SendError with `succeeded` and `failed`, if any of them failed; each is tried.
   */
  sendAll(records: Iterable<ProducerRecord<K, V>>, options?: CallOptions): Promise<RecordMetadata[]> {
    const all = new SendAllDelivery()
    const { keySerializer, valueSerializer } = this.#config
    const needsPreparation =
      keySerializer.prepareToSerialize !== undefined || valueSerializer.prepareToSerialize !== undefined
    const submit = (list: Iterable<ProducerRecord<K, V>>) => {
      for (const record of list) {
        try {
          this.#submit(record, (metadata) => all.next(metadata), false)
        } catch (error) {
          all.next(pendingMetadata(record.topic, -1, null, null)).settle(error as KafkaError)
        }
      }
      all.end()
    }
    if (!needsPreparation) {
      submit(records)
      return options === undefined ? all.promise : this.#bounded(all.promise, 'sendAll', options)
    }
    const list = [...records]
    const sent = this.#prepare(list, options).then(() => {
      submit(list)
      return all.promise
    })
    return options === undefined ? sent : this.#bounded(sent, 'sendAll', options)
  }

  /**
   * Takes a record without a promise. The record IS accepted; false means that enough waits already: await `drained()`
   * before the next one. `callback` hears what became of it; without one, a failure is only logged.
   *
   * Throws KafkaError `SERIALIZATION_FAILED`, `CLOSED`; then the record is not accepted.
   */
  trySend(record: ProducerRecord<K, V>, callback?: SendCallback): boolean {
    this.#submit(
      record,
      callback === undefined ? undefined : (metadata) => new CallbackDelivery(metadata, callback),
      true,
    )
    return !this.#isOverMark
  }

  /** Resolves when `trySend` may go on. Errors: the signal's reason; TIMEOUT, only if `timeoutMs` is given. */
  drained(options?: CallOptions): Promise<void> {
    if (!this.#isOverMark) return Promise.resolve()
    const drained = new Promise<void>((resolve) => void this.#drainWaiters.push(resolve))
    return options === undefined ? drained : this.#bounded(drained, 'drained', options)
  }

  /**
   * Resolves when all records that were accepted before are acknowledged or have failed; sends them without lingering.
   *
   * Errors: the signal's reason; TIMEOUT, only if `timeoutMs` is given. A record that fails is no error of `flush`.
   */
  flush(options?: CallOptions): Promise<void> {
    const startMs = this.#ports.monotonicMs()
    const flushed = new Promise<void>((resolve) => {
      this.#accumulator.flush(() => {
        this.#metrics.onFlush(this.#ports.monotonicMs() - startMs)
        resolve()
      })
      this.#sender.wake()
    })
    return options === undefined ? flushed : this.#bounded(flushed, 'flush', options)
  }

  /**
   * The partitions of a topic. Errors: KafkaError; `TIMEOUT` if the topic is not known after `timeoutMs`, which is
   * `max.block.ms` by default.
   */
  async partitionsFor(topic: string, options: CallOptions = {}): Promise<ProducerPartitionInfo[]> {
    this.#checkOpen()
    const maxBlockMs = this.#config.values['max.block.ms']
    const deadline = Deadline.of(this.#ports, `partitionsFor(${topic})`, options, maxBlockMs)
    const { partitions } = await this.#cluster.repeatedly(deadline, async () => {
      const info = await this.#cluster.metadata.topic(topic, options.signal)
      if (info === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic ${topic} is not known`)
      const error = errorOf(info.errorCode)
      if (error !== undefined && info.partitions.length === 0) throw error
      return info
    })
    return partitions.map(({ partition, leader, replicas, isr }) => ({
      topic,
      partition,
      leader,
      replicas: [...replicas],
      inSyncReplicas: [...isr],
    }))
  }

  /**
   * Gets the producer id of `transactional.id`; fences an earlier producer that has it, and ends its transaction. Once, before
   * anything else.
   *
   * Errors: TIMEOUT after `timeoutMs` (default `max.block.ms`): call it again to wait on; PRODUCER_FENCED and other fatal
   * ones; ILLEGAL_STATE.
   */
  async initTransactions(options?: CallOptions): Promise<void> {
    await this.#timed('init', options, (transactions) => transactions.initTransactions())
  }

  /** What is sent from now on is part of one transaction. Errors: ILLEGAL_STATE, fatal ones. */
  beginTransaction(): void {
    this.#checkOpen()
    this.#transactional().beginTransaction()
  }

  /**
   * Positions of a consumer’s group that count when the transaction is committed (KIP-447). `group` is what the consumer’s
   * `groupMetadata()` returns.
   *
   * Errors: an abortable one, with `abortable`: call abortTransaction; fatal ones; TIMEOUT after `max.block.ms`.
   */
  async sendOffsetsToTransaction(
    offsets: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
    group: TransactionGroupMetadata,
    options?: CallOptions,
  ): Promise<void> {
    await this.#timed('send-offsets', options, (transactions) => transactions.sendOffsets(offsets, group))
  }

  /**
   * Sends what is there, and commits. Errors: an abortable one if a record or request failed: call abortTransaction; TIMEOUT
   * after `timeoutMs` (default `max.block.ms`): it is not known whether it is committed, call it again; fatal ones.
   */
  async commitTransaction(options?: CallOptions): Promise<void> {
    await this.#timed('commit', options, (transactions) => transactions.commitTransaction())
  }

  /** Aborts; records that were not sent fail with TRANSACTION_ABORTED. Errors: as of commitTransaction, but abortable ones. */
  async abortTransaction(options?: CallOptions): Promise<void> {
    await this.#timed('abort', options, (transactions) => transactions.abortTransaction())
  }

  /**
   * Runs `run` in a transaction: begins, awaits what it sends, and commits; initializes before the first one. What `run`
   * throws, or a record that fails, aborts it and is thrown on; `retriable` or `abortable` says that the same may succeed
   * another time. A producer has one transaction at a time: another call before this one has ended is ILLEGAL_STATE.
   */
  async transaction<R>(run: (transaction: Transaction<K, V>) => Promise<R>, options?: CallOptions): Promise<R> {
    const transactions = this.#transactional()
    if (!transactions.isInitialized) await this.initTransactions(options)
    this.beginTransaction()
    const scope = new TransactionScope<K, V>(
      (record) => this.send(record),
      (offsets, group) => this.sendOffsetsToTransaction(offsets, group, options),
    )
    try {
      const result = await run(scope)
      await scope.settled()
      await this.commitTransaction(options)
      return result
    } catch (error) {
      if (transactions.isAbortable) await this.abortTransaction(options)
      throw error
    }
  }

  /** Figures under the names of Java's `producer-metrics`. Averages of nothing are NaN. */
  metrics(): ReadonlyMap<string, number> {
    const nowMs = this.#ports.monotonicMs()
    return this.#metrics.values(
      {
        bufferTotalBytes: () => this.#config.values['buffer.memory'],
        bufferAvailableBytes: () => this.#accumulator.availableBytes,
        waitingRecords: () => this.#intake.waiting,
        requestsInFlight: () => this.#sender.inFlight,
        connectionCount: () => this.#cluster.connections.count,
        metadataAgeMs: () => this.#cluster.metadata.ageMs,
      },
      nowMs,
    )
  }

  /**
   * A Node stream in object mode that sends what is written to it. It ends when all is acknowledged, and is destroyed with
   * the first error. The producer stays open.
   */
  writable(options: { readonly highWaterMark?: number } = {}): Writable {
    return producerWritable<ProducerRecord<K, V>>(this, options)
  }

  /** The same as a web stream. */
  writableStream(): WritableStream<ProducerRecord<K, V>> {
    return producerWritableStream<ProducerRecord<K, V>>(this)
  }

  /**
   * Sends what is there, then ends all connections. After `timeoutMs` (default: `delivery.timeout.ms` at most, by which every
   * record is done) what is left fails with CLOSED. Calling it again returns the same promise.
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #makeTransactions(backoff: ExponentialBackoff): TransactionManager | undefined {
    const { values } = this.#config
    const transactionalId = values['transactional.id']
    if (transactionalId === undefined || this.#tracker === undefined) return undefined
    return new TransactionManager({
      cluster: this.#cluster,
      accumulator: this.#accumulator,
      tracker: this.#tracker,
      transactionalId,
      transactionTimeoutMs: values['transaction.timeout.ms'],
      requestTimeoutMs: values['request.timeout.ms'],
      backoffMs: (failures) => backoff.delayMs(failures),
      ports: this.#ports,
      logger: this.#logger,
      onProgress: () => this.#sender.wake(),
      failRecords: (error, all) => {
        this.#intake.failAll(error)
        this.#sender.failAll(error, (batch) => all || !batch.wasSent)
      },
    })
  }

  #transactional(): TransactionManager {
    if (this.#transactions !== undefined) return this.#transactions
    throw new KafkaError('ILLEGAL_STATE', 'transactions need transactional.id')
  }

  async #timed(
    call: 'init' | 'send-offsets' | 'commit' | 'abort',
    options: CallOptions = {},
    begin: (transactions: TransactionManager) => Promise<void>,
  ): Promise<void> {
    this.#checkOpen()
    const transactions = this.#transactional()
    const startMs = this.#ports.monotonicMs()
    const what = CALL_NAMES[call]
    const deadline = Deadline.of(this.#ports, what, options, this.#config.values['max.block.ms'])
    await deadline.wait(begin(transactions))
    this.#metrics.onTransactionCall(call, this.#ports.monotonicMs() - startMs)
  }

  get #isOverMark(): boolean {
    return this.#accumulator.usedBytes > this.#highWaterBytes || this.#intake.hasWaiting
  }

  #plainSend(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      this.#submit(record, (metadata) => new PromiseDelivery(metadata, resolve, reject), false)
    })
  }

  #tracedSend(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    const context: SendContext = { record, clientId: this.#clientId }
    return sendTracing.tracePromise(() => this.#plainSend(context.record as ProducerRecord<K, V>), context)
  }

  /** Throws what makes the record impossible; all else goes to its delivery. */
  #submit(given: ProducerRecord<K, V>, makeDelivery: MakeDelivery | undefined, isUrgent: boolean): void {
    this.#checkOpen()
    this.#transactions?.checkMaySend()
    const record = this.#interceptors === undefined ? given : this.#interceptors.onSend(given)
    const { topic, timestamp = this.#ports.nowMs() } = record
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new KafkaError('INVALID_ARGUMENT', `timestamp ${timestamp} is not a time in ms`)
    }
    if (record.partition !== undefined && !(Number.isInteger(record.partition) && record.partition >= 0)) {
      throw new KafkaError('INVALID_ARGUMENT', `partition ${record.partition} is not a partition`)
    }
    const headers = this.#headersFor(record)
    const key = serialized('key', topic, record.key, this.#config.keySerializer, headers)
    const value = serialized('value', topic, record.value, this.#config.valueSerializer, headers)
    let delivery: Delivery | undefined
    if (makeDelivery !== undefined || this.#interceptors !== undefined) {
      const metadata = pendingMetadata(topic, timestamp, key, value)
      delivery = makeDelivery?.(metadata)
      if (this.#interceptors !== undefined) delivery = this.#interceptors.delivery(metadata, delivery)
    }
    const accepted: SerializedRecord = {
      record: record as ProducerRecord<unknown, unknown>,
      key,
      value,
      headers: headers.size === 0 ? undefined : headers.list,
      timestamp,
      delivery,
      isUrgent,
    }
    this.#intake.accept(accepted)
  }

  /** Serializers may add headers; where there are none, all records share the same empty ones, until one does. */
  #headersFor(record: ProducerRecord<K, V>): RecordHeaders {
    if (record.headers !== undefined) return new RecordHeaders(record.headers)
    if (this.#noHeaders.size > 0) this.#noHeaders = new RecordHeaders()
    return this.#noHeaders
  }

  #noHeaders = new RecordHeaders()

  async #prepare(records: readonly ProducerRecord<K, V>[], options: CallOptions | undefined): Promise<void> {
    const { keySerializer, valueSerializer } = this.#config
    const byTopic = new Map<string, ProducerRecord<K, V>[]>()
    for (const record of records) byTopic.set(record.topic, [...(byTopic.get(record.topic) ?? []), record])
    for (const [topic, list] of byTopic) {
      await keySerializer.prepareToSerialize?.(
        topic,
        list.flatMap(({ key }) => (key == null ? [] : [key])),
        options,
      )
      await valueSerializer.prepareToSerialize?.(
        topic,
        list.flatMap(({ value }) => (value === null ? [] : [value])),
        options,
      )
    }
  }

  /** What is bounded goes on when the wait has ended. */
  #bounded<T>(promise: Promise<T>, what: string, { signal, timeoutMs }: CallOptions): Promise<T> {
    promise.catch(() => {})
    const deadline = new Deadline(this.#ports, what, timeoutMs ?? NEVER_MS, signal)
    return deadline.wait(promise)
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new KafkaError('CLOSED', 'the producer is closed')
  }

  #onProgress(): void {
    this.#intake.onProgress()
    if (this.#drainWaiters.length === 0) return
    if (this.#accumulator.usedBytes > this.#highWaterBytes / 2 || this.#intake.hasWaiting) return
    const waiters = this.#drainWaiters
    this.#drainWaiters = []
    for (const resolve of waiters) resolve()
  }

  async #close(timeoutMs: number | undefined): Promise<void> {
    const closeMs = this.#config.deliveryTimeoutMs + this.#config.values['max.block.ms']
    this.#accumulator.isClosing = true
    try {
      if (this.#transactions?.isAbortable === true) {
        this.#logger.info(
          { clientId: this.#clientId },
          'Aborting the transaction that was open when the producer was closed',
        )
        await this.#bounded(this.#transactions.abortTransaction(), 'close', { timeoutMs: timeoutMs ?? closeMs })
      }
      await this.flush({ timeoutMs: timeoutMs ?? closeMs })
    } catch {
      // What is left fails below.
    }
    const error = new KafkaError('CLOSED', 'the producer was closed before the record was acknowledged')
    this.#intake.failAll(error)
    this.#sender.failAll(error)
    this.#transactions?.close()
    this.#sender.close()
    this.#intake.close()
    this.#cluster.close()
    this.#interceptors?.close()
    this.#config.closePartitioner()
    this.#logger.debug({ clientId: this.#clientId }, 'The producer is closed')
  }
}

const CALL_NAMES = {
  init: 'initTransactions',
  'send-offsets': 'sendOffsetsToTransaction',
  commit: 'commitTransaction',
  abort: 'abortTransaction',
} as const

type RecordIntakePartition = ConstructorParameters<typeof RecordIntake>[0]['partition']

function serialized<T>(
  what: 'key' | 'value',
  topic: string,
  data: T | null | undefined,
  serializer: Serializer<T>,
  headers: RecordHeaders,
): Buffer | null {
  if (data === null || data === undefined) return null
  try {
    return bufferOf(serializer.serialize(topic, data, headers))
  } catch (error) {
    const message = `the ${what} of a record for ${topic}: ${error instanceof Error ? error.message : String(error)}`
    throw new KafkaError('SERIALIZATION_FAILED', message, { cause: error })
  }
}

function accumulatorSettings<K, V>({ values, ...parsed }: ParsedProducerConfig<K, V>) {
  return {
    batchBytes: values['batch.size'],
    compression: values['compression.type'],
    compressionLevel: parsed.compressionLevel,
    bufferBytes: values['buffer.memory'],
    lingerMs: values['linger.ms'],
    isLingerAdaptive: parsed.isLingerAdaptive,
    deliveryTimeoutMs: parsed.deliveryTimeoutMs,
    maxRequestBytes: values['max.request.size'],
    isOrderGuaranteedByMuting: values['max.in.flight.requests.per.connection'] === 1,
  }
}
