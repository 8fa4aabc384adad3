/**
 * Sends what the accumulator holds to the brokers that lead it: at the end of the event-loop turn in which something changed.
 *
 *     record, response, metadata, timer ──► wake ──► (end of the turn) pump ──► one request for each broker, or several
 *
 * It owns the requests in flight of each broker, one timer, and the question for a producer id. What is sent when, and what
 * an answer means, is decided in core/. It repeats a batch only as that says.
 */
import type { BrokerConnection } from '@millrace/net'
import { apis, type ProduceResponse } from '@millrace/protocol'
import { leaderOf } from '../cluster/metadata-snapshot.js'
import { KafkaError, kafkaErrorOf } from '../errors.js'
import { holdProcess } from '../keep-alive.js'
import { type BrokerLane, newLane, rotated } from './broker-lane.js'
import type { PartitionQueue, ProducerBatch } from './core/producer-batch.js'
import { publishRequest } from './diagnostics.js'
import { ProduceExchange } from './produce-request.js'
import { ProduceResults, type ProduceResultsOptions } from './produce-results.js'
import { ProducerIdSource } from './producer-id-source.js'

export interface SenderOptions extends ProduceResultsOptions {
  readonly acks: -1 | 0 | 1
  readonly maxInFlight: number
  readonly requestTimeoutMs: number
  /** Whether records wait that have no batch yet. */
  readonly hasWaiting: () => boolean
  /** Batches are done: there may be room for what waits. */
  readonly onProgress: () => void
}

/** With acks=0 nobody says when there is room again: the socket is asked. */
const UNSENT_BYTES_MAX = 1024 * 1024
const UNSENT_CHECK_MS = 1

export class Sender {
  readonly #options: SenderOptions
  readonly #results: ProduceResults
  readonly #lanes = new Map<number, BrokerLane>()
  #letProcessGo: (() => void) | undefined
  #immediate: NodeJS.Immediate | undefined
  #wakeMs = Number.POSITIVE_INFINITY
  #cancelTimer = () => {}
  readonly #producerIds: ProducerIdSource | undefined
  readonly #closing = new AbortController()
  readonly #stopListening: () => void

  constructor(options: SenderOptions) {
    this.#options = options
    this.#results = new ProduceResults(options)
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
    if (this.#results.expire(nowMs)) this.#options.onProgress()
    this.#careForSequences()
    const snapshot = cluster.snapshot
    const lanes: BrokerLane[] = []
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
    for (const batch of [...accumulator.incomplete]) if (which(batch)) this.#results.fail(batch, error, false)
    this.#options.onProgress()
  }

  /** One with transactions gets its id from its coordinator. */
  #makeProducerIds(): ProducerIdSource | undefined {
    const { accumulator, backoff, hasWaiting, logger, tracker } = this.#options
    if (tracker === undefined || tracker.isTransactional) return undefined
    return new ProducerIdSource({
      ...this.#options,
      tracker,
      backoffMs: (failures) => backoff.delayMs(failures),
      signal: this.#closing.signal,
      isNeeded: () => accumulator.hasIncomplete || hasWaiting(),
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

  #laneOf(nodeId: number): BrokerLane {
    let lane = this.#lanes.get(nodeId)
    if (lane === undefined) {
      lane = newLane(nodeId)
      this.#lanes.set(nodeId, lane)
    }
    return lane
  }

  #serve(lane: BrokerLane, nowMs: number): void {
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
      // What another connection carries, whose authentication ends, comes first: a broker knows no order between the two.
      if (connection !== lane.connection && lane.inFlight > 0) return
      lane.connection = connection
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

  #connect(lane: BrokerLane): void {
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

  async #send(lane: BrokerLane, connection: BrokerConnection, batches: ProducerBatch[], nowMs: number): Promise<void> {
    const { acks, cluster, metrics, ports } = this.#options
    metrics.onRequest(batches, nowMs)
    try {
      const exchange = new ProduceExchange(this.#options, batches, cluster.snapshot)
      const version = connection.versions.pick(apis.Produce, { max: exchange.versionMax })
      const body = exchange.body(version)
      if (acks === 0) {
        connection.sendUnanswered(apis.Produce, version, body)
        this.#results.onUnanswered(batches)
      } else {
        const response = await this.#answered(lane, connection.send(apis.Produce, version, body))
        this.#onResponse(lane, exchange, response, nowMs)
      }
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#results.onNoResponse(batches, kafkaErrorOf(error))
    }
    publishRequest(lane.nodeId, batches, ports.monotonicMs() - nowMs)
    this.#options.onProgress()
    this.wake()
  }

  async #answered<T>(lane: BrokerLane, response: Promise<T>): Promise<T> {
    lane.inFlight++
    try {
      return await response
    } finally {
      lane.inFlight--
    }
  }

  #onResponse(lane: BrokerLane, exchange: ProduceExchange, response: ProduceResponse, sentMs: number): void {
    const { metrics, ports } = this.#options
    const nowMs = ports.monotonicMs()
    metrics.onResponse(nowMs - sentMs, response.throttleTimeMs, nowMs)
    if (response.throttleTimeMs > 0) lane.throttledUntilMs = nowMs + response.throttleTimeMs
    this.#results.onResponse(exchange, response)
  }

  #careForSequences(): void {
    const { accumulator, hasWaiting, tracker, transactions } = this.#options
    if (tracker === undefined) return
    if (tracker.hasUnresolved && tracker.resolve()) transactions?.onUnresolvedSequences()
    tracker.bumpEpochIfNeeded()
    if (tracker.hasProducerId) return
    // It is asked for while records still wait for their topic: both are there sooner than one after the other.
    if (accumulator.active.size > 0 || hasWaiting()) this.#producerIds?.request()
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
