/**
 * The producer: what an application sees. It serializes records, hands them to the engine, and bounds what a caller waits for.
 *
 *     send ──► interceptors, serializers ──► ProducerEngine (intake, accumulator, sender) ──► brokers
 *
 * How records are batched, sent and repeated is not decided here.
 */
import type { Writable } from 'node:stream'
import type { WritableStream } from 'node:stream/web'
import { ClientInstanceId } from '../cluster/client-instance-id.js'
import { readPropertiesFile } from '../config/properties-file.js'
import { errorOf, KafkaError } from '../errors.js'
import { type ClientMetric, clientMetrics } from '../metrics/client-metric.js'
import { type PartitionInfo, partitionInfos } from '../partition-info.js'
import type { CallOptions, ClientPorts } from '../ports.js'
import type { Bytes } from '../serdes/headers.js'
import type { OffsetAndMetadata, TopicPartition } from '../topic-partition.js'
import { Deadline } from '../waiting.js'
import type { Delivery, PendingMetadata, RecordMetadata } from './core/delivery.js'
import { CallbackDelivery, PromiseDelivery, pendingMetadata, SendAllDelivery } from './deliveries.js'
import { type SendContext, sendTracing } from './diagnostics.js'
import { Interceptors } from './interceptors.js'
import { type EngineConfig, ProducerEngine } from './producer-engine.js'
import {
  type ParsedProducerConfig,
  type ProducerConfig,
  type ProducerOptions,
  parseProducerConfig,
  type TestPorts,
} from './producer-options.js'
import type { ProducerRecord, SendCallback } from './producer-record.js'
import { producerWritable, producerWritableStream } from './producer-streams.js'
import { RecordSerializer } from './record-serializer.js'
import { type Transaction, TransactionScope } from './transaction.js'
import type { TransactionManager } from './transaction-manager.js'
import type { TransactionGroupMetadata } from './transaction-requests.js'

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
  readonly #engine: ProducerEngine
  readonly #serializer: RecordSerializer<K, V>
  readonly #interceptors: Interceptors<K, V> | undefined
  readonly #instanceId: ClientInstanceId
  readonly #ports: ClientPorts
  readonly #clientId: string
  #closing: Promise<void> | undefined

  /**
   * Connects to nobody yet. Only `bootstrap.servers` must be given; without `client.id` it is `producer-1` and so on.
   *
   * Errors: ConfigError with every mistake.
   */
  constructor(config: ProducerConfig<K, V>) {
    const parsed = parseProducerConfig<K, V>(config as ProducerConfig<K, V> & TestPorts)
    const { values, keySerializer, valueSerializer, interceptors } = parsed
    const { ports, logger } = parsed.cluster
    this.#config = parsed
    this.#ports = ports
    this.#clientId = values['client.id'] === '' ? `producer-${++producerCount}` : values['client.id']
    this.#serializer = new RecordSerializer({ keySerializer, valueSerializer, nowMs: ports.nowMs })
    this.#engine = new ProducerEngine(parsed as EngineConfig, this.#clientId)
    this.#interceptors = interceptors.length === 0 ? undefined : new Interceptors(interceptors, logger)
    this.#instanceId = new ClientInstanceId(this.#engine.cluster)
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
   * Sends a record. Resolves when it is acknowledged as `acks` says (by default by all in-sync replicas), with its partition
   * and offset. Calls that are not awaited share batches, and keep their order in each partition. `signal` and `timeoutMs`
   * (default: none) end the wait, not the record: it may be written nevertheless.
   *
   * Errors: KafkaError. `TIMEOUT` after `delivery.timeout.ms` (120 s), or if the topic is not known after `max.block.ms`
   * (60 s); `BUFFER_EXHAUSTED` if there is no room in `buffer.memory` (32 MiB) after `max.block.ms`; `MESSAGE_TOO_LARGE`,
   * `SERIALIZATION_FAILED`, `INVALID_ARGUMENT` for the record; `CLOSED`; with `transactional.id`, `ILLEGAL_STATE` outside a
   * transaction; what the broker answers, after the retries that make sense; the signal's reason.
   */
  send(record: ProducerRecord<K, V>, options?: CallOptions): Promise<RecordMetadata> {
    const sent = sendTracing.hasSubscribers ? this.#tracedSend(record) : this.#plainSend(record)
    return options === undefined ? sent : this.#engine.bounded(sent, 'send', options)
  }

  /**
   * Sends many records with one promise, in their order: cheaper than as many `send`. Resolves with what `send` would for
   * each, when all are acknowledged. `signal` and `timeoutMs` (default: none) end the wait, not the records.
   *
   * Errors: SendError with `succeeded` and `failed`, if any of them failed for a reason of `send`; each is tried. TIMEOUT after
   * `timeoutMs`; the signal's reason; what a serializer's `prepareToSerialize` throws: then none was sent.
   */
  sendAll(records: Iterable<ProducerRecord<K, V>>, options?: CallOptions): Promise<RecordMetadata[]> {
    const all = new SendAllDelivery()
    let sent: Promise<RecordMetadata[]>
    if (this.#serializer.needsPreparation) {
      const list = [...records]
      sent = this.#serializer.prepare(list, options).then(() => this.#submitAll(list, all))
    } else sent = this.#submitAll(records, all)
    return options === undefined ? sent : this.#engine.bounded(sent, 'sendAll', options)
  }

  /**
   * Takes a record without a promise, the cheapest way to send. The record IS accepted; false means that enough waits already
   * (2 MiB, or `buffer.memory` if that is less): await `drained()` before the next one. `callback` hears what became of it,
   * with the errors of `send`; without one, a failure is only logged.
   *
   * Throws KafkaError `SERIALIZATION_FAILED`, `INVALID_ARGUMENT`, `ILLEGAL_STATE`, `CLOSED`; then the record is not accepted.
   */
  trySend(record: ProducerRecord<K, V>, callback?: SendCallback): boolean {
    this.#submit(
      record,
      callback === undefined ? undefined : (metadata) => new CallbackDelivery(metadata, callback),
      true,
    )
    return !this.#engine.isOverMark
  }

  /**
   * Resolves when `trySend` may go on: at once, or when half of what made it return false is done.
   *
   * Errors: the signal's reason; TIMEOUT, only if `timeoutMs` is given.
   */
  drained(options?: CallOptions): Promise<void> {
    const drained = this.#engine.drained()
    return options === undefined ? drained : this.#engine.bounded(drained, 'drained', options)
  }

  /**
   * Resolves when all records that were accepted before are acknowledged or have failed; sends them without lingering.
   *
   * Errors: the signal's reason; TIMEOUT, only if `timeoutMs` is given. A record that fails is no error of `flush`.
   */
  flush(options?: CallOptions): Promise<void> {
    const flushed = this.#engine.flush()
    return options === undefined ? flushed : this.#engine.bounded(flushed, 'flush', options)
  }

  /**
   * The partitions of a topic, as the cluster told last. A topic that is not there is made, if the broker has
   * `auto.create.topics.enable`.
   *
   * Errors: KafkaError. `TIMEOUT` if the topic is not known after `timeoutMs` (default `max.block.ms`, 60 s);
   * `TOPIC_AUTHORIZATION_FAILED`, `INVALID_TOPIC_EXCEPTION`, `CLOSED`; the signal's reason.
   */
  async partitionsFor(topic: string, options: CallOptions = {}): Promise<PartitionInfo[]> {
    this.#checkOpen()
    const maxBlockMs = this.#config.values['max.block.ms']
    const deadline = Deadline.of(this.#ports, `partitionsFor(${topic})`, options, maxBlockMs)
    const { cluster } = this.#engine
    const { partitions } = await cluster.repeatedly(deadline, async () => {
      const info = await cluster.metadata.topic(topic, options.signal)
      if (info === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic ${topic} is not known`)
      const error = errorOf(info.errorCode)
      if (error !== undefined && info.partitions.length === 0) throw error
      return info
    })
    return partitionInfos(topic, partitions)
  }

  /**
   * Gets the producer id of `transactional.id`; fences an earlier producer that has it, and ends its transaction. Once, before
   * anything else.
   *
   * Errors: TIMEOUT after `timeoutMs` (default `max.block.ms`, 60 s): call it again to wait on; ILLEGAL_STATE without
   * `transactional.id`, or when it was called before; TRANSACTIONAL_ID_AUTHORIZATION_FAILED; PRODUCER_FENCED and other fatal
   * ones.
   */
  async initTransactions(options?: CallOptions): Promise<void> {
    await this.#timed('init', options, (transactions) => transactions.initTransactions())
  }

  /**
   * What is sent from now on is part of one transaction, which the coordinator aborts after `transaction.timeout.ms` (60 s).
   *
   * Throws ILLEGAL_STATE before `initTransactions` and within a transaction; what was fatal before; CLOSED.
   */
  beginTransaction(): void {
    this.#checkOpen()
    const startMs = this.#ports.monotonicMs()
    this.#transactional().beginTransaction()
    this.#engine.metrics.onTransactionCall('begin', this.#ports.monotonicMs() - startMs)
  }

  /**
   * Positions of a consumer’s group that count when the transaction is committed (KIP-447). `group` is what the consumer’s
   * `groupMetadata()` returns.
   *
   * Errors: an abortable one, with `abortable`: call abortTransaction; fatal ones; TIMEOUT after `timeoutMs` (default
   * `max.block.ms`, 60 s); ILLEGAL_STATE outside a transaction; UNSUPPORTED_VERSION, fatal, for a group's member with brokers
   * before Kafka 2.5.
   */
  async sendOffsetsToTransaction(
    offsets: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
    group: TransactionGroupMetadata,
    options?: CallOptions,
  ): Promise<void> {
    await this.#timed('send-offsets', options, (transactions) => transactions.sendOffsets(offsets, group))
  }

  /**
   * Sends what is there, and commits.
   *
   * Errors: an abortable one if a record or request failed: call abortTransaction; TIMEOUT after `timeoutMs` (default
   * `max.block.ms`, 60 s): it is not known whether it is committed, call it again; ILLEGAL_STATE; fatal ones.
   */
  async commitTransaction(options?: CallOptions): Promise<void> {
    await this.#timed('commit', options, (transactions) => transactions.commitTransaction())
  }

  /**
   * Aborts: records that were not sent fail with TRANSACTION_ABORTED, and what was written counts for nobody who reads
   * `read_committed`.
   *
   * Errors: TIMEOUT after `timeoutMs` (default `max.block.ms`, 60 s): call it again to wait on; ILLEGAL_STATE; fatal ones.
   */
  async abortTransaction(options?: CallOptions): Promise<void> {
    await this.#timed('abort', options, (transactions) => transactions.abortTransaction())
  }

  /**
   * Runs `run` in a transaction: begins, awaits what it sends, and commits; initializes before the first one. What `run`
   * throws, or a record that fails, aborts it and is thrown on; `retriable` or `abortable` says that the same may succeed
   * another time. A producer has one transaction at a time: another call before this one has ended is ILLEGAL_STATE.
   * `timeoutMs` (default `max.block.ms`, 60 s) is that of each step, not of `run`.
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

  /**
   * Figures of the whole producer, under the names of Java's `producer-metrics`, over `metrics.num.samples` windows of
   * `metrics.sample.window.ms` (two of 30 s). Rates are of a second, times in ms unless their name ends in `-ns-total`,
   * `metadata-age` in s. Averages of nothing are NaN.
   */
  metrics(): ReadonlyMap<string, number> {
    return this.#engine.values(this.#ports.monotonicMs())
  }

  /**
   * The same, and those of each topic (`producer-topic-metrics`) and of each broker (`producer-node-metrics`), with Java's
   * groups and tags: `client-id`, `topic`, `node-id`. It makes a new list with each call.
   */
  allMetrics(): readonly ClientMetric[] {
    const { cluster, metrics } = this.#engine
    const nowMs = this.#ports.monotonicMs()
    return [
      ...clientMetrics('producer-metrics', { 'client-id': this.#clientId }, this.#engine.values(nowMs)),
      ...metrics.topics(this.#clientId, nowMs),
      ...cluster.nodeMetrics.list('producer', this.#clientId),
    ]
  }

  /**
   * The id that the cluster knows this producer by in its telemetry (KIP-714), as a Kafka UUID; always the same one.
   *
   * Errors: UNSUPPORTED_VERSION, if the brokers take no telemetry: those before Kafka 3.7, and those without a receiver for it;
   * TIMEOUT after `timeoutMs` (default `max.block.ms`); CLOSED.
   */
  async clientInstanceId(options: CallOptions = {}): Promise<string> {
    this.#checkOpen()
    const deadline = Deadline.of(this.#ports, 'clientInstanceId', options, this.#config.values['max.block.ms'])
    return await this.#instanceId.get(deadline)
  }

  /**
   * A Node stream in object mode that sends the records that are written to it, with the backpressure of `trySend`. It finishes
   * when all is acknowledged, and is destroyed with the first error. The producer stays open. `highWaterMark` is in records,
   * by default Node's (16).
   */
  writable(options: { readonly highWaterMark?: number } = {}): Writable {
    return producerWritable<ProducerRecord<K, V>>(this, options)
  }

  /** The same as a web stream: `close` waits for all acknowledgements, and fails with the first error. */
  writableStream(): WritableStream<ProducerRecord<K, V>> {
    return producerWritableStream<ProducerRecord<K, V>>(this)
  }

  /**
   * Aborts the transaction that is open, sends what is there, then ends all connections. After `timeoutMs` (default
   * `delivery.timeout.ms` + `max.block.ms`, by which every record is done) what is left fails with CLOSED. It never rejects;
   * calling it again returns the same promise.
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#engine.close(options.timeoutMs).then(() => this.#interceptors?.close())
    return this.#closing
  }

  /** `await using`: as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #transactional(): TransactionManager {
    const { transactions } = this.#engine
    if (transactions !== undefined) return transactions
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
    this.#engine.metrics.onTransactionCall(call, this.#ports.monotonicMs() - startMs)
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
    this.#engine.transactions?.checkMaySend()
    const record = this.#interceptors === undefined ? given : this.#interceptors.onSend(given)
    const serialized = this.#serializer.serialize(record, isUrgent)
    if (makeDelivery !== undefined || this.#interceptors !== undefined) {
      const { key, value, timestamp } = serialized
      const metadata = pendingMetadata(record.topic, timestamp, key, value)
      const delivery = makeDelivery?.(metadata)
      serialized.delivery =
        this.#interceptors === undefined ? delivery : this.#interceptors.delivery(metadata, delivery)
    }
    this.#engine.intake.accept(serialized)
  }

  #submitAll(records: Iterable<ProducerRecord<K, V>>, all: SendAllDelivery): Promise<RecordMetadata[]> {
    const makeDelivery = (metadata: PendingMetadata) => all.next(metadata)
    for (const record of records) {
      try {
        this.#submit(record, makeDelivery, false)
      } catch (error) {
        all.next(pendingMetadata(record.topic, -1, null, null)).settle(error as KafkaError)
      }
    }
    all.end()
    return all.promise
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new KafkaError('CLOSED', 'the producer is closed')
  }
}

const CALL_NAMES = {
  init: 'initTransactions',
  'send-offsets': 'sendOffsetsToTransaction',
  commit: 'commitTransaction',
  abort: 'abortTransaction',
} as const
