/**
 * Sends what the accumulator holds to the brokers that lead it: at the end of the event-loop turn in which something changed.
 *
 *     record, response, metadata, timer ──► wake ──► (end of the turn) pump ──► one request for each broker, or several
 *
 * It owns the requests in flight of each broker, one timer, and the question for a producer id. What is sent when, and what
 * an answer means, is decided in core/. It repeats a batch only as that says.
 */
import type { BrokerConnection, ExponentialBackoff } from '@millrace/net'
import { apis, ErrorCode, type ProduceResponse } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { leaderOf } from '../cluster/metadata-snapshot.js'
import { KafkaError, kafkaErrorOf } from '../errors.js'
import { holdProcess } from '../keep-alive.js'
import type { ClientPorts, Logger } from '../ports.js'
import type { Accumulator } from './core/accumulator.js'
import { errorsOfRecords, type PartitionAnswer, produceOutcome, type RetryLimits } from './core/produce-outcome.js'
import type { PartitionQueue, ProducerBatch } from './core/producer-batch.js'
import type { SequenceTracker } from './core/sequence-tracker.js'
import { publishRequest } from './diagnostics.js'
import { answerOf, ProduceExchange, WRITTEN_UNANSWERED } from './produce-request.js'
import { ProducerIdSource } from './producer-id-source.js'
import type { ProducerMetrics } from './producer-metrics.js'
import type { TransactionGate } from './transaction-gate.js'

export interface SenderOptions {
  readonly cluster: Cluster
  readonly accumulator: Accumulator
  /** Undefined: not idempotent. */
  readonly tracker: SequenceTracker | undefined
  readonly acks: -1 | 0 | 1
  readonly maxInFlight: number
  readonly requestTimeoutMs: number
  readonly limits: RetryLimits
  readonly backoff: ExponentialBackoff
  readonly ports: ClientPorts
  readonly logger: Logger
  readonly metrics: ProducerMetrics
  readonly transactions: TransactionGate | undefined
  /** Whether records wait that have no batch yet. */
  readonly hasWaiting: () => boolean
  /** Batches are done: there may be room for what waits. */
  readonly onProgress: () => void
}

/** One broker, as far as producing is concerned. */
interface Lane {
  readonly nodeId: number
  inFlight: number
  isConnecting: boolean
  /** The broker asks to be left alone until then (KIP-219). */
  throttledUntilMs: number
  /** Since when it has something to send that it cannot; undefined: it has not. */
  stuckSinceMs: number | undefined
  /** Partitions with something to send, collected anew in each pump. */
  readonly queues: PartitionQueue[]
  turn: number
}

/** With acks=0 nobody says when there is room again: the socket is asked. */
const UNSENT_BYTES_MAX = 1024 * 1024
const UNSENT_CHECK_MS = 1

const METADATA_ERRORS: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'FENCED_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'LISTENER_NOT_FOUND',
  'NETWORK_EXCEPTION',
])

/** What the application has done itself. */
const ASKED_FOR: ReadonlySet<string> = new Set(['TRANSACTION_ABORTED', 'CLOSED'])

export class Sender {
  readonly #options: SenderOptions
  readonly #lanes = new Map<number, Lane>()
  #letProcessGo: (() => void) | undefined
  #immediate: NodeJS.Immediate | undefined
  #wakeMs = Number.POSITIVE_INFINITY
  #cancelTimer = () => {}
  readonly #producerIds: ProducerIdSource | undefined
  readonly #closing = new AbortController()
  readonly #stopListening: () => void

  constructor(options: SenderOptions) {
    this.#options = options
    this.#stopListening = options.cluster.metadata.onUpdate(() => this.wake())
    this.#producerIds = this.#makeProducerIds()
  }

  /** Requests that were not answered yet. */
  get inFlight(): number {
    let count = 0
    for (const lane of this.#lanes.values()) count += lane.inFlight
    return count
  }

  /** Looks at the end of this turn for what is to be sent. */
  wake(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined
      this.pump()
    })
  }

  /** Since when the broker takes nothing of what it should get, in ms; 0: it does. */
  stuckMs(nodeId: number): number {
    const since = this.#lanes.get(nodeId)?.stuckSinceMs
    return since === undefined ? 0 : this.#options.ports.monotonicMs() - since
  }

  /** Ends; what is in flight is not waited for. */
  close(): void {
    this.#closing.abort(new KafkaError('CLOSED', 'the producer is closed'))
    this.#stopListening()
    this.#cancelTimer()
    if (this.#immediate !== undefined) clearImmediate(this.#immediate)
    this.#holdProcess(false)
  }

  /** Sends what is ready now. */
  pump(): void {
    if (this.#closing.signal.aborted) return
    const { accumulator, cluster, ports, transactions } = this.#options
    const nowMs = ports.monotonicMs()
    this.#expire(nowMs)
    this.#careForSequences()
    const snapshot = cluster.snapshot
    const lanes: Lane[] = []
    let isLeaderMissing = false
    for (const queue of accumulator.active) {
      const leader = leaderOf(snapshot, queue.topicName, queue.partition)
      if (leader === undefined || !snapshot.nodes.has(leader.leader)) {
        isLeaderMissing = true
        continue
      }
      if (transactions !== undefined && !transactions.mayWriteTo(queue)) continue
      queue.leaderEpoch = leader.leaderEpoch
      const lane = this.#laneOf(leader.leader)
      if (lane.queues.length === 0) lanes.push(lane)
      lane.queues.push(queue)
    }
    if (isLeaderMissing) cluster.metadata.requestUpdate()
    for (const lane of lanes) {
      this.#serve(lane, nowMs)
      lane.queues.length = 0
    }
    this.#wakeAt(accumulator.nextExpiryMs)
    this.#holdProcess(accumulator.hasIncomplete || this.#options.hasWaiting())
  }

  /** None of the records that are not done will be written, as far as that can be said. */
  failAll(error: KafkaError, which: (batch: ProducerBatch) => boolean = () => true): void {
    const { accumulator } = this.#options
    for (const batch of [...accumulator.incomplete]) if (which(batch)) this.#fail(batch, error, false)
    this.#options.onProgress()
  }

  /** One with transactions gets its id from its coordinator. */
  #makeProducerIds(): ProducerIdSource | undefined {
    const { accumulator, backoff, logger, tracker } = this.#options
    if (tracker === undefined || tracker.isTransactional) return undefined
    return new ProducerIdSource({
      ...this.#options,
      tracker,
      backoffMs: (failures) => backoff.delayMs(failures),
      signal: this.#closing.signal,
      isNeeded: () => accumulator.hasIncomplete,
      onProducerId: () => this.wake(),
      onRefused: (error) => {
        logger.error({ error }, 'The cluster gives no producer id')
        this.failAll(error)
      },
    })
  }

  #holdProcess(isNeeded: boolean): void {
    if (isNeeded) this.#letProcessGo ??= holdProcess()
    else {
      this.#letProcessGo?.()
      this.#letProcessGo = undefined
    }
  }

  #laneOf(nodeId: number): Lane {
    let lane = this.#lanes.get(nodeId)
    if (lane === undefined) {
      lane = {
        nodeId,
        inFlight: 0,
        isConnecting: false,
        throttledUntilMs: 0,
        stuckSinceMs: undefined,
        queues: [],
        turn: 0,
      }
      this.#lanes.set(nodeId, lane)
    }
    return lane
  }

  #serve(lane: Lane, nowMs: number): void {
    const { accumulator, cluster, maxInFlight, acks } = this.#options
    for (;;) {
      const isReady = lane.queues.some((queue) => accumulator.isReady(queue, lane.inFlight, nowMs))
      if (!isReady) {
        lane.stuckSinceMs = undefined
        for (const queue of lane.queues) this.#wakeAt(accumulator.nextReadyMs(queue, nowMs), nowMs)
        return
      }
      lane.stuckSinceMs ??= nowMs
      if (lane.inFlight >= maxInFlight) return
      if (lane.throttledUntilMs > nowMs) {
        this.#wakeAt(lane.throttledUntilMs)
        return
      }
      const connection = cluster.connections.peek(lane.nodeId)
      if (connection === undefined) {
        this.#connect(lane)
        return
      }
      if (acks === 0 && connection.unsentBytes > UNSENT_BYTES_MAX) {
        this.#wakeAt(nowMs + UNSENT_CHECK_MS)
        return
      }
      const batches = accumulator.drain(rotated(lane), nowMs)
      if (batches.length === 0) return
      lane.stuckSinceMs = undefined
      void this.#send(lane, connection, batches, nowMs)
    }
  }

  #connect(lane: Lane): void {
    if (lane.isConnecting) return
    lane.isConnecting = true
    const { cluster, logger } = this.#options
    cluster.connection(lane.nodeId, 'data', this.#closing.signal).then(
      () => {
        lane.isConnecting = false
        this.wake()
      },
      (reason: unknown) => {
        lane.isConnecting = false
        if (this.#closing.signal.aborted) return
        const error = kafkaErrorOf(reason)
        cluster.metadata.requestUpdate()
        if (!error.retriable) {
          logger.error({ nodeId: lane.nodeId, error }, 'A broker refuses this producer')
          this.failAll(error, ({ queue }) => this.#isLedBy(queue, lane.nodeId))
        }
        this.wake()
      },
    )
  }

  #isLedBy(queue: PartitionQueue, nodeId: number): boolean {
    return leaderOf(this.#options.cluster.snapshot, queue.topicName, queue.partition)?.leader === nodeId
  }

  async #send(lane: Lane, connection: BrokerConnection, batches: ProducerBatch[], nowMs: number): Promise<void> {
    const { acks, cluster, metrics, ports } = this.#options
    metrics.onRequest(batches, nowMs)
    try {
      const exchange = new ProduceExchange(this.#options, batches, cluster.snapshot)
      const version = connection.versions.pick(apis.Produce, { max: exchange.versionMax })
      const body = exchange.body(version)
      if (acks === 0) {
        connection.sendUnanswered(apis.Produce, version, body)
        for (const batch of batches) this.#onAnswer(batch, WRITTEN_UNANSWERED)
      } else {
        const response = await this.#answered(lane, connection.send(apis.Produce, version, body))
        this.#onResponse(lane, exchange, response, nowMs)
      }
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#onNoResponse(batches, kafkaErrorOf(error))
    }
    publishRequest(lane.nodeId, batches, ports.monotonicMs() - nowMs)
    this.#options.onProgress()
    this.wake()
  }

  async #answered<T>(lane: Lane, response: Promise<T>): Promise<T> {
    lane.inFlight++
    try {
      return await response
    } finally {
      lane.inFlight--
    }
  }

  #onResponse(lane: Lane, exchange: ProduceExchange, response: ProduceResponse, sentMs: number): void {
    const { metrics, ports } = this.#options
    const nowMs = ports.monotonicMs()
    metrics.onResponse(nowMs - sentMs, response.throttleTimeMs, nowMs)
    if (response.throttleTimeMs > 0) lane.throttledUntilMs = nowMs + response.throttleTimeMs
    exchange.eachAnswer(response, (batch, answer) => this.#onAnswer(batch, answer))
  }

  #onNoResponse(batches: readonly ProducerBatch[], error: KafkaError): void {
    for (const batch of batches) this.#onAnswer(batch, answerOf(error), error)
  }

  #onAnswer(batch: ProducerBatch, answer: PartitionAnswer, cause?: KafkaError): void {
    const { accumulator, backoff, cluster, limits, logger, metrics, ports, tracker } = this.#options
    const nowMs = ports.monotonicMs()
    if (batch.isDone) {
      // It expired on the way; that it was written after all matters to what comes after it.
      if (answer.errorCode === ErrorCode.NONE) accumulator.complete(batch, answer.baseOffset, -1)
      return
    }
    const outcome = produceOutcome(batch, answer, limits, tracker, nowMs)
    if (outcome.kind === 'written') {
      accumulator.complete(batch, outcome.baseOffset, outcome.logAppendTimeMs, answer !== WRITTEN_UNANSWERED)
      return
    }
    const { topicName: topic, partition } = batch.queue
    const { error } = outcome
    if (METADATA_ERRORS.has(error.code)) cluster.metadata.requestUpdate()
    if (outcome.kind === 'retry') {
      const retryAtMs = nowMs + backoff.delayMs(batch.attempts + 1)
      logger.debug({ topic, partition, error: error.code, attempts: batch.attempts + 1 }, 'A batch is sent again')
      accumulator.requeue(batch, retryAtMs)
      metrics.onRetry(batch.recordCount, nowMs)
    } else if (outcome.kind === 'split') {
      logger.info({ topic, partition, records: batch.recordCount }, 'A batch is too large for the broker and is split')
      accumulator.split(batch)
      metrics.onSplit(nowMs)
    } else this.#fail(batch, cause ?? error, outcome.wasRefused, errorsOfRecords(cause ?? error, answer))
  }

  #fail(
    batch: ProducerBatch,
    error: KafkaError,
    wasRefused: boolean,
    errorOfRecord?: (index: number) => KafkaError,
  ): void {
    const { accumulator, logger, metrics, ports, transactions } = this.#options
    if (batch.isDone) return
    const { topicName: topic, partition } = batch.queue
    const fields = { topic, partition, records: batch.recordCount, error }
    if (ASKED_FOR.has(error.code)) logger.info(fields, 'Records are given up')
    else logger.error(fields, 'Records were not written')
    metrics.onError(batch.recordCount, ports.monotonicMs())
    accumulator.fail(batch, error, wasRefused, errorOfRecord)
    transactions?.onBatchFailed(error)
  }

  #expire(nowMs: number): void {
    const { accumulator, cluster, limits, onProgress } = this.#options
    if (accumulator.nextExpiryMs > nowMs) return
    for (const batch of accumulator.expired(nowMs)) {
      const { topicName, partition } = batch.queue
      const lastError = cluster.metadata.lastError
      const why = lastError instanceof Error ? `: ${lastError.message}` : ''
      const message = `${batch.recordCount} records for ${topicName}-${partition} were not acknowledged within ${limits.deliveryTimeoutMs} ms${why}`
      this.#fail(batch, new KafkaError('TIMEOUT', message, { cause: lastError }), false)
    }
    onProgress()
  }

  #careForSequences(): void {
    const { tracker, transactions, accumulator } = this.#options
    if (tracker === undefined) return
    if (tracker.hasUnresolved && tracker.resolve()) transactions?.onUnresolvedSequences()
    tracker.bumpEpochIfNeeded()
    const isNeeded = !tracker.hasProducerId && accumulator.active.size > 0
    if (isNeeded) this.#producerIds?.request()
  }

  #wakeAt(atMs: number, nowMs: number = this.#options.ports.monotonicMs()): void {
    if (atMs >= this.#wakeMs) return
    this.#cancelTimer()
    this.#wakeMs = atMs
    this.#cancelTimer = this.#options.ports.timers.schedule(Math.max(0, atMs - nowMs), () => {
      this.#wakeMs = Number.POSITIVE_INFINITY
      this.pump()
    })
  }
}

/** Another partition comes first each time, so that none starves when a request is full. */
function rotated(lane: Lane): readonly PartitionQueue[] {
  const { queues } = lane
  if (queues.length === 1) return queues
  const start = lane.turn++ % queues.length
  return start === 0 ? queues : [...queues.slice(start), ...queues.slice(0, start)]
}
