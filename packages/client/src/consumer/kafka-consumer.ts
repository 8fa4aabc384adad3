/**
 * KafkaConsumer: Java's class of that name, with three ways to read: `poll`, `for await`, `run`.
 *
 * This file is the face: it checks calls and says what they do. What happens is in consumer-engine.ts and behind it.
 */
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { ClientInstanceId } from '../cluster/client-instance-id.js'
import { readPropertiesFile } from '../config/properties-file.js'
import { KafkaError } from '../errors.js'
import type { ClientMetric } from '../metrics/client-metric.js'
import type { PartitionInfo } from '../partition-info.js'
import type { CallOptions, ClientPorts } from '../ports.js'
import { type OffsetAndMetadata, type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { type BatchesOptions, BatchIterator, type RecordBatch } from './batch-iterator.js'
import { type ConsumerConfig, consumerSettings } from './consumer-config.js'
import { ConsumerEngine } from './consumer-engine.js'
import type { ConsumerMetricsSources } from './consumer-metrics.js'
import { type ConsumerRecord, ConsumerRecords } from './consumer-record.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from './core/offset-reset.js'
import { callListener } from './rebalance-consumer.js'
import type { RebalanceListener } from './rebalance-listener.js'
import { RecordIterator } from './record-iterator.js'
import { readableOf, readableStreamOf } from './record-streams.js'
import type { RunOptions } from './run-options.js'
import { runHandlers } from './runner.js'
import { TopicLookups } from './topic-lookups.js'

/** As whom a transaction commits offsets (KIP-447). */
export interface ConsumerGroupMetadata {
  readonly groupId: string
  /** −1: not a member at the moment. */
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId?: string
}

/** For health probes. */
export interface ConsumerState {
  readonly phase: 'idle' | 'assigned' | 'joining' | 'rebalancing' | 'stable' | 'failed' | 'closed'
  readonly assignment: readonly TopicPartition[]
  /** Wall clock, ms, of the last answer to a fetch; undefined before the first. */
  readonly lastFetchAt: number | undefined
  /** Wall clock, ms, when the program last asked for records or finished one. */
  readonly lastPollAt: number
  /** What the program works on, and since when; undefined: it waits for records. */
  readonly stuckRecord: (TopicPartition & { readonly offset: number }) | undefined
}

export interface CloseOptions {
  /** Default 30 s. 0: nothing is waited for, and nothing committed. */
  readonly timeoutMs?: number
  /** Default: dynamic members leave, static ones stay until their session ends (KIP-1092). */
  readonly groupMembershipOperation?: 'DEFAULT' | 'LEAVE_GROUP' | 'REMAIN_IN_GROUP'
}

const CLOSE_TIMEOUT_MS = 30_000

/**
 * Reads records of topics, alone or as a member of a group.
 *
 * No I/O happens before records are asked for. Auto-commit (default, with `group.id`) is at-least-once: an offset is committed
 * after the program has asked for what follows it, or its handler has returned.
 *
 * Errors of all calls: KafkaError, matched by `code`. Those that are retriable are met inside, with backoff, for ever; see
 * `state()`.
 */
export class KafkaConsumer<K = Buffer, V = Buffer> implements AsyncDisposable, AsyncIterable<ConsumerRecord<K, V>> {
  readonly #engine: ConsumerEngine<K, V>
  readonly #clientInstanceId: ClientInstanceId
  readonly #topics: TopicLookups
  #listener: RebalanceListener | undefined
  #failure: KafkaError | undefined
  #isRunning = false
  #closing: Promise<void> | undefined

  /** Errors: ConfigError, which names every mistake. */
  constructor(config: ConsumerConfig<K, V>) {
    const settings = consumerSettings(config as ConsumerConfig<K, V> & { readonly ports?: ClientPorts })
    this.#engine = new ConsumerEngine(settings, {
      listen: async (kind, partitions) => await callListener(this.#listener, kind, partitions.map(plain), this.#engine),
    })
    this.#clientInstanceId = new ClientInstanceId(this.#engine.cluster)
    this.#topics = new TopicLookups(this.#engine.cluster, settings.cluster.allowAutoTopicCreation)
  }

  /**
   * A consumer by a file of Java's: `group.id=…`, `value.deserializer=org.apache.kafka…StringDeserializer`. `options` come before
   * what it says. The file is read at once. Errors: those of reading the file; ConfigError.
   */
  static fromProperties<K = Buffer, V = Buffer>(
    file: string,
    options: Partial<ConsumerConfig<K, V>> = {},
  ): KafkaConsumer<K, V> {
    const properties = readPropertiesFile(file, options.logger)
    return new KafkaConsumer<K, V>({ ...properties, ...options } as ConsumerConfig<K, V>)
  }

  /**
   * Shares topics with the group; a RegExp follows topics that come and go. Replaces an earlier subscription. Takes effect when
   * records are asked for. Errors: INVALID_GROUP_ID without `group.id`; ILLEGAL_STATE after `assign`.
   */
  subscribe(topics: string | readonly string[] | RegExp, listener?: RebalanceListener): void {
    const { subscriptions, member } = this.#open()
    this.#engine.commits.mustHaveGroup()
    if (topics instanceof RegExp) subscriptions.subscribePattern(topics)
    else {
      const names = typeof topics === 'string' ? [topics] : topics
      if (names.some((name) => name.trim() === '')) throw new KafkaError('INVALID_ARGUMENT', 'a topic has no name')
      subscriptions.subscribe(names)
    }
    if (listener !== undefined) this.#listener = listener
    member?.requestRejoin('subscribe()')
    this.#engine.onSubscription()
  }

  /** The one that hears of rebalances from now on, in place of an earlier one. */
  setRebalanceListener(listener: RebalanceListener): void {
    this.#listener = listener
  }

  /** Reads these partitions, without sharing them. Those assigned before keep their positions. Errors: ILLEGAL_STATE after `subscribe`. */
  assign(partitions: Iterable<TopicPartition>): void {
    this.#open().subscriptions.assignByUser(partitions)
    this.#engine.onSubscription()
  }

  /**
   * Gives all partitions up, with the listener's callback, commits what is finished (with auto-commit), and leaves the group.
   * `timeoutMs`: default `default.api.timeout.ms`. Errors: the listener's.
   */
  async unsubscribe(options: CallOptions = {}): Promise<void> {
    await this.#open().unsubscribe(this.#engine.deadline('unsubscribe()', options))
  }

  /** Topics that were subscribed to, or that the pattern matches at the moment. Empty after `assign`. */
  subscription(): ReadonlySet<string> {
    return new Set(this.#engine.subscriptions.topics)
  }

  /** Partitions that this consumer reads: those it was given by its group, or by `assign`. */
  assignment(): TopicPartition[] {
    return [...this.#engine.subscriptions.partitions].map(plain)
  }

  /**
   * Waits for records, at most `max.poll.records`; none when the time is over. What the call before returned counts as
   * processed now. `timeoutMs`: default `default.api.timeout.ms`.
   *
   * Errors: WakeupError; NO_OFFSET_FOR_PARTITION and OFFSET_OUT_OF_RANGE with `auto.offset.reset` none;
   * RecordDeserializationError; CORRUPT_MESSAGE; GROUP_AUTHORIZATION_FAILED and its like. No position moves with an error,
   * and the next call goes on.
   */
  async poll(options: CallOptions = {}): Promise<ConsumerRecords<K, V>> {
    this.#mustNotRun()
    const engine = this.#open()
    const { activity, subscriptions, metrics, ports, settings } = engine
    for (const state of subscriptions.partitions) state.finishAll()
    metrics.polled(ports.monotonicMs() - activity.lastMs)
    const parts = await this.#watched(
      engine.poll(settings.values['max.poll.records'], engine.deadline('poll()', options)),
    )
    for (const { state, epoch, nextOffset, nextLeaderEpoch } of parts) {
      if (state.epoch === epoch) state.moveTo(nextOffset, nextLeaderEpoch)
    }
    activity.current = parts[0]?.records[0]
    return new ConsumerRecords(parts.filter(({ state, epoch }) => state.epoch === epoch))
  }

  /**
   * Records one by one. One is finished when the next is asked for. Ends normally when the signal aborts or the consumer closes;
   * a record at which the loop was left is not finished. Errors: as `poll`, and a loop over a new iterator goes on.
   */
  records(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<ConsumerRecord<K, V>> {
    this.#mustNotRun()
    return new RecordIterator(this.#open(), options.signal)
  }

  /** `records()`, for `for await (const record of consumer)`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumerRecord<K, V>> {
    return this.records()
  }

  /**
   * Records of one partition at a time, at most `maxRecords` (default `max.poll.records`). A batch is finished when the next is
   * asked for. Ends, and fails, as `records` does.
   */
  batches(options: BatchesOptions = {}): AsyncIterableIterator<RecordBatch<K, V>> {
    this.#mustNotRun()
    return new BatchIterator(this.#open(), options)
  }

  /**
   * The records as a stream of objects. One is finished when the stream asks for the next, which a pipe does when it has handed
   * it on: commit yourself what must not be lost behind it. Destroying it does not close the consumer.
   */
  readable(): Readable {
    return readableOf(this.records())
  }

  /** The same as a stream of the web. */
  readableStream(): ReadableStream<ConsumerRecord<K, V>> {
    return readableStreamOf(this.records())
  }

  /**
   * Calls a handler for each record or batch, several at once, and commits what they finish. Resolves when `signal` aborts, the
   * consumer is closed, or `onError` says `stop`; handlers at work have ended then.
   *
   * Errors: what does not pass; what a handler threw, if nobody decides otherwise.
   */
  async run(options: RunOptions<K, V>): Promise<void> {
    this.#mustNotRun()
    const engine = this.#open()
    this.#isRunning = true
    try {
      await this.#watched(runHandlers(engine, options))
    } finally {
      this.#isRunning = false
    }
  }

  /**
   * Commits; default: all positions, that is what was handed out. Retries what passes, until it is done or `timeoutMs` (default
   * `default.api.timeout.ms`) is over. Errors: UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS: partitions have, or
   * will have, other owners; FENCED_INSTANCE_ID; INVALID_GROUP_ID without `group.id`; INVALID_ARGUMENT for what is no offset;
   * TIMEOUT.
   */
  async commitSync(
    offsets?: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
    options: CallOptions = {},
  ): Promise<void> {
    const engine = this.#open()
    await engine.commits.commit(engine.commits.toCommit(offsets), engine.deadline('commitSync()', options))
  }

  /** The same in the background, one after the other with all other commits. Without a callback, an error is logged. */
  commitAsync(
    offsets?: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
    callback?: (error: KafkaError | null) => void,
  ): void {
    const { logger } = this.#open()
    this.commitSync(offsets).then(
      () => callback?.(null),
      (error: KafkaError) => {
        if (callback === undefined) logger.warn({ code: error.code, error: error.message }, 'A commit failed')
        else callback(error)
      },
    )
  }

  /**
   * Goes on at this offset; what was fetched and not handed out is dropped. Errors: ILLEGAL_STATE, if the partition is not
   * assigned; INVALID_ARGUMENT for what is no offset.
   */
  seek(partition: TopicPartition, offset: number | OffsetAndMetadata): void {
    this.#open().seek(partition, offset)
    this.#moved()
  }

  /** Goes on at the first record. Default: all assigned partitions. Errors: ILLEGAL_STATE, if one is not assigned. */
  seekToBeginning(partitions?: Iterable<TopicPartition>): void {
    this.#reset(partitions, 'earliest')
  }

  /**
   * Goes on behind the last record, with read_committed at the last stable offset, as they are when this takes effect: in the
   * background. Default: all assigned partitions. Errors: ILLEGAL_STATE, if one is not assigned.
   */
  seekToEnd(partitions?: Iterable<TopicPartition>): void {
    this.#reset(partitions, 'latest')
  }

  /**
   * Offset of the next record; waits until it is known, at most `timeoutMs` (default `default.api.timeout.ms`). Errors:
   * ILLEGAL_STATE, if the partition is not assigned; NO_OFFSET_FOR_PARTITION with `auto.offset.reset` none; TIMEOUT.
   */
  async position(partition: TopicPartition, options: CallOptions = {}): Promise<number> {
    const engine = this.#open()
    const deadline = engine.deadline('position()', options)
    for (;;) {
      this.#open()
      const state = engine.subscriptions.get(partition)
      if (state.phase === 'fetching' || state.phase === 'needs-validation') return state.position
      deadline.check()
      await engine.positionsKnown(deadline)
    }
  }

  /**
   * What the group has committed; null where there is nothing. `timeoutMs`: default `default.api.timeout.ms`. Errors:
   * INVALID_GROUP_ID without `group.id`; GROUP_AUTHORIZATION_FAILED; TIMEOUT.
   */
  async committed(
    partitions: Iterable<TopicPartition>,
    options: CallOptions = {},
  ): Promise<TopicPartitionMap<OffsetAndMetadata | null>> {
    const engine = this.#open()
    return await engine.committed(partitions, engine.deadline('committed()', options))
  }

  /**
   * First offsets of partitions, assigned or not. `timeoutMs`: default `default.api.timeout.ms`. Errors: TIMEOUT, also for a
   * partition that is not there; TOPIC_AUTHORIZATION_FAILED.
   */
  async beginningOffsets(
    partitions: Iterable<TopicPartition>,
    options: CallOptions = {},
  ): Promise<TopicPartitionMap<number>> {
    return await this.#specialOffsets('beginningOffsets()', partitions, EARLIEST_TIMESTAMP, options)
  }

  /** Offsets behind the last records of partitions; with read_committed, the last stable offsets. As `beginningOffsets`. */
  async endOffsets(
    partitions: Iterable<TopicPartition>,
    options: CallOptions = {},
  ): Promise<TopicPartitionMap<number>> {
    return await this.#specialOffsets('endOffsets()', partitions, LATEST_TIMESTAMP, options)
  }

  /**
   * The first record that is not older than the time (a Date, or ms since 1970); null where all are. As `beginningOffsets`;
   * INVALID_ARGUMENT for a time before 1970.
   */
  async offsetsForTimes(
    queries: Iterable<readonly [TopicPartition, number | Date]>,
    options: CallOptions = {},
  ): Promise<TopicPartitionMap<{ readonly offset: number; readonly timestamp: number } | null>> {
    const engine = this.#open()
    const asked = [...queries].map(([partition, time]) => ({ ...plain(partition), timestamp: Number(time) }))
    if (asked.some(({ timestamp }) => !(timestamp >= 0))) {
      throw new KafkaError('INVALID_ARGUMENT', 'a time to look for must not be negative')
    }
    const found = await engine.lookups.byTimestamp(asked, engine.deadline('offsetsForTimes()', options))
    return new TopicPartitionMap(
      [...found].map(([query, { offset, timestamp }]) => [query, offset < 0 ? null : { offset, timestamp }]),
    )
  }

  /**
   * The partitions of a topic, whether this consumer reads it or not; none, if there is no such topic: it may have been made by
   * this call, if the broker has `auto.create.topics.enable` and `allow.auto.create.topics` is not false. `timeoutMs`: default
   * `default.api.timeout.ms`. Errors: TOPIC_AUTHORIZATION_FAILED, INVALID_TOPIC_EXCEPTION, TIMEOUT.
   */
  async partitionsFor(topic: string, options: CallOptions = {}): Promise<PartitionInfo[]> {
    const engine = this.#open()
    return await this.#topics.partitionsOf(topic, engine.deadline('partitionsFor()', options))
  }

  /** All topics that this consumer may see, those that are Kafka's own too, with their partitions. As `partitionsFor`. */
  async listTopics(options: CallOptions = {}): Promise<Map<string, PartitionInfo[]>> {
    const engine = this.#open()
    return await this.#topics.all(engine.deadline('listTopics()', options))
  }

  /** Records up to the end that this isolation level sees; undefined: not known yet. Errors: ILLEGAL_STATE, if it is not assigned. */
  currentLag(partition: TopicPartition): number | undefined {
    const { subscriptions, settings } = this.#engine
    return subscriptions.get(partition).lag(settings.values['isolation.level'] === 'read_committed')
  }

  /** Nothing is handed out of these partitions until `resume`. They stay assigned. Errors: ILLEGAL_STATE, if one is not assigned. */
  pause(partitions: Iterable<TopicPartition>): void {
    for (const partition of partitions) this.#open().subscriptions.get(partition).isPaused = true
  }

  /** Ends `pause`; what is not paused is left alone. Errors: ILLEGAL_STATE, if one is not assigned. */
  resume(partitions: Iterable<TopicPartition>): void {
    for (const partition of partitions) this.#open().subscriptions.get(partition).isPaused = false
    this.#moved()
  }

  /** Those that `pause` named, and `resume` did not. */
  paused(): TopicPartition[] {
    return [...this.#engine.subscriptions.partitions].filter(({ isPaused }) => isPaused).map(plain)
  }

  /** For `producer.sendOffsetsToTransaction`. Errors: INVALID_GROUP_ID without `group.id`. */
  groupMetadata(): ConsumerGroupMetadata {
    this.#engine.commits.mustHaveGroup()
    const { settings, member } = this.#engine
    const { generationId = -1, memberId = '', groupInstanceId = null } = member?.identity ?? {}
    const groupId = settings.groupId ?? ''
    return { groupId, generationId, memberId, ...(groupInstanceId === null ? {} : { groupInstanceId }) }
  }

  /** The group rebalances when records are asked for again (KIP-568). Errors: ILLEGAL_STATE, unless it has subscribed. */
  enforceRebalance(reason = 'enforceRebalance()'): void {
    const { member, subscriptions } = this.#open()
    if (member === undefined || !subscriptions.isShared) {
      throw new KafkaError('ILLEGAL_STATE', 'there is no group to rebalance: subscribe() first')
    }
    member.requestRejoin(reason)
  }

  /** What it is at: for health probes. Works on a closed consumer too. */
  state(): ConsumerState {
    const { subscriptions, fetcher, activity, ports } = this.#engine
    const stuck = activity.stuckRecord
    return {
      phase: this.#phase(),
      assignment: [...subscriptions.partitions].map(plain),
      lastFetchAt: fetcher.lastFetchAtMs,
      lastPollAt: ports.nowMs() - (ports.monotonicMs() - activity.lastMs),
      stuckRecord:
        stuck === undefined ? undefined : { topic: stuck.topic, partition: stuck.partition, offset: stuck.offset },
    }
  }

  /**
   * The figures of this consumer by Java's names, without their groups: `records-consumed-total`, `records-lag-max`,
   * `commit-latency-avg` … Times in ms, unless the name says seconds; NaN where there was nothing lately.
   */
  metrics(): ReadonlyMap<string, number> {
    return this.#engine.metrics.values(this.#metricsSources())
  }

  /**
   * The same, and those of each topic, each assigned partition (both in `consumer-fetch-manager-metrics`) and each broker
   * (`consumer-node-metrics`), with Java's groups and tags: `client-id`, `topic`, `partition`, `node-id`. It makes a new list
   * with each call.
   */
  allMetrics(): readonly ClientMetric[] {
    return this.#engine.metrics.list(this.#metricsSources())
  }

  /**
   * The id that the cluster knows this consumer by in its telemetry (KIP-714), as a Kafka UUID; always the same one.
   *
   * Errors: UNSUPPORTED_VERSION, if the brokers take no telemetry: those before Kafka 3.7, and those without a receiver for it;
   * TIMEOUT after `timeoutMs` (default `default.api.timeout.ms`); CLOSED.
   */
  async clientInstanceId(options: CallOptions = {}): Promise<string> {
    const engine = this.#open()
    return await this.#clientInstanceId.get(engine.deadline('clientInstanceId()', options))
  }

  /** The call that waits for records, or the next one, throws WakeupError. May be called from anywhere. */
  wakeup(): void {
    this.#engine.wakeup()
  }

  /**
   * Stops fetching, waits for handlers of `run`, calls the listener, commits what is finished, leaves the group. Never takes
   * longer than `timeoutMs`. Errors: the listener's.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const { timeoutMs = CLOSE_TIMEOUT_MS, groupMembershipOperation = 'DEFAULT' } = options
    const isStatic = this.#engine.settings.values['group.instance.id'] !== undefined
    const isToStay = groupMembershipOperation === 'DEFAULT' ? isStatic : groupMembershipOperation === 'REMAIN_IN_GROUP'
    this.#closing ??= this.#engine.close({ timeoutMs, isToStay })
    return this.#closing
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #metricsSources(): ConsumerMetricsSources {
    const { subscriptions, fetcher, cluster, member, activity, ports } = this.#engine
    const secondsSince = (ms: number | undefined) => (ms === undefined ? -1 : (ports.monotonicMs() - ms) / 1000)
    return {
      assigned: [...subscriptions.partitions],
      bufferedBytes: fetcher.bufferedBytes,
      connectionCount: cluster.connections.count,
      lastHeartbeatSecondsAgo: secondsSince(member?.lastHeartbeatMs),
      lastPollSecondsAgo: secondsSince(activity.lastMs),
      nodes: cluster.nodeMetrics,
    }
  }

  #open(): ConsumerEngine<K, V> {
    this.#engine.mustBeOpen()
    return this.#engine
  }

  #mustNotRun(): void {
    if (this.#isRunning) throw new KafkaError('ILLEGAL_STATE', 'run() has the records')
  }

  async #watched<T>(reading: Promise<T>): Promise<T> {
    try {
      const result = await reading
      this.#failure = undefined
      return result
    } catch (error) {
      if (error instanceof KafkaError && error.code !== 'WAKEUP') this.#failure = error
      throw error
    }
  }

  #phase(): ConsumerState['phase'] {
    const { subscriptions, member, isClosed } = this.#engine
    if (isClosed) return 'closed'
    if (this.#failure !== undefined) return 'failed'
    if (subscriptions.kind === 'none') return 'idle'
    if (!subscriptions.isShared || member === undefined) return 'assigned'
    if (member.phase === 'unjoined') return 'joining'
    return member.isRebalancing ? 'rebalancing' : 'stable'
  }

  #reset(partitions: Iterable<TopicPartition> | undefined, kind: 'earliest' | 'latest'): void {
    const { subscriptions } = this.#open()
    const given = partitions === undefined ? [] : [...partitions]
    const states = given.length === 0 ? [...subscriptions.partitions] : given.map((one) => subscriptions.get(one))
    for (const state of states) {
      state.requestReset({ kind })
      this.#engine.forgetErrors(state)
    }
    this.#moved()
  }

  #moved(): void {
    this.#engine.positions.update()
    this.#engine.fetcher.pump()
    this.#engine.wakePoll()
  }

  async #specialOffsets(
    what: string,
    partitions: Iterable<TopicPartition>,
    timestamp: number,
    options: CallOptions,
  ): Promise<TopicPartitionMap<number>> {
    const engine = this.#open()
    const queries = [...partitions].map((partition) => ({ ...plain(partition), timestamp }))
    const found = await engine.lookups.byTimestamp(queries, engine.deadline(what, options))
    return new TopicPartitionMap([...found].map(([query, { offset }]) => [query, offset]))
  }
}

function plain({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
