/**
 * Fetches records ahead of the application: at most one request to each broker at a time, from all partitions that have room.
 *
 *     pump ──► Fetch to each broker that has none under way ──► answer ──► buffer, pump again
 *     take ──► records from the buffer
 *
 * It owns the requests and the fetch sessions. What to read and from where is said by the partitions' states, what an answer
 * means by fetch-answers.ts, and what is read is kept by fetch-buffer.ts. It never stops because of an error: what passes is
 * tried again after `retry.backoff.ms`, and what does not is reported and tried again when somebody asks for records.
 */
import { ExponentialBackoff } from '@millrace/net'
import { apis, type FetchResponse } from '@millrace/protocol'
import { errorOf, type KafkaError, kafkaErrorOf } from '../errors.js'
import type { ConsumerMetrics } from './consumer-metrics.js'
import type { PartitionRecords } from './consumer-record.js'
import { FetchSession } from './core/fetch-session.js'
import type { RecordReading } from './core/fetched-records.js'
import type { PartitionState } from './core/partition-state.js'
import { publishFetch } from './diagnostics.js'
import { type AskedPartition, FetchAnswers, type FetchAnswersOptions, passes } from './fetch-answers.js'
import { FetchBuffer } from './fetch-buffer.js'
import { type FetchSettings, fetchRequest, fetchVersionMax, hasSessions } from './fetch-request.js'

export interface FetcherOptions<K, V> extends FetchAnswersOptions, Omit<FetchSettings, 'isReadCommitted'> {
  readonly reading: RecordReading<K, V>
  readonly fetchMaxBytes: number
  readonly bufferMemory: number
  readonly requestTimeoutMs: number
  readonly retryBackoffMaxMs: number
  readonly metrics: ConsumerMetrics
}

interface NodeFetch {
  readonly nodeId: number
  readonly session: FetchSession
  isInFlight: boolean
  failures: number
  retryAtMs: number
}

export class Fetcher<K, V> {
  readonly #options: FetcherOptions<K, V>
  readonly #settings: FetchSettings
  readonly #answers: FetchAnswers
  readonly #buffer: FetchBuffer<K, V>
  readonly #backoff: ExponentialBackoff
  readonly #nodes = new Map<number, NodeFetch>()
  #cancelRetry = () => {}
  #isClosed = false
  /** The last request that was wanted got no memory. */
  #isStarved = false
  #lastFetchAtMs: number | undefined

  constructor(options: FetcherOptions<K, V>) {
    this.#options = options
    const { subscriptions, reading, bufferMemory, retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs, ports } = options
    this.#settings = { ...options, isReadCommitted: reading.isReadCommitted }
    this.#answers = new FetchAnswers(options)
    this.#buffer = new FetchBuffer(subscriptions, reading, bufferMemory)
    this.#backoff = new ExponentialBackoff({ initialMs, maxMs, random: ports.random })
  }

  /** Wall clock of the last answer; undefined before the first. */
  get lastFetchAtMs(): number | undefined {
    return this.#lastFetchAtMs
  }

  get bufferedBytes(): number {
    return this.#buffer.bytes
  }

  /** Asks for what there is room for. */
  pump(): void {
    if (this.#isClosed) return
    this.#isStarved = false
    const nowMs = this.#options.ports.monotonicMs()
    const wanted = this.#wantedByNode(nowMs)
    for (const [nodeId, states] of wanted) {
      const node = this.#node(nodeId)
      if (node.isInFlight || node.retryAtMs > nowMs) continue
      const grantedBytes = this.#reserve(states.length)
      if (grantedBytes === 0) {
        this.#isStarved = true
        this.#relieve()
        return
      }
      void this.#fetch(node, states, grantedBytes)
    }
  }

  /** Handlers have let go of records. */
  onLetGo(): void {
    if (this.#isStarved && (this.#buffer.hasRoom || !this.#buffer.isKept)) this.pump()
  }

  /** At most `max` records, fairly. Errors: those of FetchedRecords, if no record comes before them. */
  take(max: number): PartitionRecords<K, V>[] {
    const taken = this.#buffer.take(max)
    for (const part of taken) this.#options.metrics.fetches.consumed(part)
    return taken
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry()
    this.#buffer.close()
  }

  /** Partitions to be asked for now, by the broker that has them. */
  #wantedByNode(nowMs: number): Map<number, PartitionState[]> {
    const { cluster, subscriptions, maxPartitionFetchBytes } = this.#options
    const { snapshot } = cluster
    const wanted = new Map<number, PartitionState[]>()
    let earliestMs = Number.POSITIVE_INFINITY
    for (const state of subscriptions.partitions) {
      if (!state.isFetchable || state.isInFlight || state.bufferedBytes >= maxPartitionFetchBytes) continue
      if (state.retryAtMs > nowMs) {
        earliestMs = Math.min(earliestMs, state.retryAtMs)
        continue
      }
      const info = snapshot.topics.get(state.topic)?.partitions[state.partition]
      if (info === undefined || info.leader < 0) {
        cluster.metadata.requestUpdate()
        continue
      }
      if (
        state.preferredReplica >= 0 &&
        (nowMs > state.preferredUntilMs || !snapshot.nodes.has(state.preferredReplica))
      ) {
        state.preferredReplica = -1
      }
      const nodeId = state.preferredReplica >= 0 ? state.preferredReplica : info.leader
      const node = this.#nodes.get(nodeId)
      if (node !== undefined && node.retryAtMs > nowMs) earliestMs = Math.min(earliestMs, node.retryAtMs)
      const states = wanted.get(nodeId)
      if (states === undefined) wanted.set(nodeId, [state])
      else states.push(state)
    }
    this.#retryAt(earliestMs, nowMs)
    return wanted
  }

  #retryAt(atMs: number, nowMs: number): void {
    this.#cancelRetry()
    if (atMs === Number.POSITIVE_INFINITY) return
    this.#cancelRetry = this.#options.ports.timers.schedule(Math.max(1, atMs - nowMs), () => this.pump())
  }

  #reserve(partitions: number): number {
    const { fetchMaxBytes, maxPartitionFetchBytes } = this.#options
    return this.#buffer.reserve(Math.min(fetchMaxBytes, partitions * maxPartitionFetchBytes))
  }

  /**
   * All memory is full. If nobody can take any of it, because those partitions are paused, they give it back and fetch again
   * later: otherwise they would stop all others.
   */
  #relieve(): void {
    if (this.#buffer.hasRecords || this.#buffer.isKept) return
    if ([...this.#nodes.values()].some(({ isInFlight }) => isInFlight)) return
    this.#buffer.giveBack()
    this.#options.logger.debug({}, 'Buffers of partitions that are paused were given back')
    this.pump()
  }

  async #fetch(node: NodeFetch, states: readonly PartitionState[], grantedBytes: number): Promise<void> {
    const { cluster, ports, metrics, requestTimeoutMs, fetchMaxWaitMs } = this.#options
    const asked = new Map<string, AskedPartition>()
    node.isInFlight = true
    for (const state of states) {
      state.isInFlight = true
      const { epoch, fetchOffset, fetchEpoch } = state
      asked.set(state.key, { state, epoch, fetchOffset, fetchEpoch })
    }
    const startMs = ports.monotonicMs()
    let usedVersion = 0
    let response: FetchResponse
    try {
      response = await cluster.ask(
        node.nodeId,
        apis.Fetch,
        (version) => {
          usedVersion = version
          const wanted = { states, maxBytes: grantedBytes, snapshot: cluster.snapshot }
          return fetchRequest(version, node.session, wanted, this.#settings)
        },
        {
          purpose: 'fetch',
          versions: { max: fetchVersionMax(cluster.snapshot, states) },
          // A broker that waits for records is not slow.
          timeoutMs: requestTimeoutMs + fetchMaxWaitMs,
        },
      )
    } catch (error) {
      this.#finish(node, asked, grantedBytes)
      this.#onFailure(node, kafkaErrorOf(error))
      this.pump()
      return
    }
    const latencyMs = ports.monotonicMs() - startMs
    metrics.fetches.answered(latencyMs, response.throttleTimeMs)
    publishFetch(node.nodeId, response, latencyMs)
    this.#lastFetchAtMs = ports.nowMs()
    node.failures = 0
    this.#finish(node, asked, grantedBytes)
    this.#onResponse(node, usedVersion, asked, response)
    this.pump()
  }

  #finish(node: NodeFetch, asked: ReadonlyMap<string, AskedPartition>, grantedBytes: number): void {
    this.#buffer.unreserve(grantedBytes)
    node.isInFlight = false
    for (const { state } of asked.values()) state.isInFlight = false
  }

  #onFailure(node: NodeFetch, error: KafkaError): void {
    if (this.#isClosed) return
    const { logger, ports, cluster } = this.#options
    node.session.failed(false)
    node.failures++
    node.retryAtMs = ports.monotonicMs() + this.#backoff.delayMs(node.failures)
    // A replica that does not answer is not preferred any more.
    for (const state of this.#options.subscriptions.partitions) {
      if (state.preferredReplica === node.nodeId) state.preferredReplica = -1
    }
    cluster.metadata.requestUpdate()
    if (node.failures === 1) logger.info({ nodeId: node.nodeId, error: error.message }, 'A fetch failed')
    if (!error.retriable && error.code !== 'BROKER_NOT_AVAILABLE') this.#options.onError(error)
  }

  #onResponse(
    node: NodeFetch,
    version: number,
    asked: ReadonlyMap<string, AskedPartition>,
    response: FetchResponse,
  ): void {
    if (this.#isClosed) return
    const whole = errorOf(response.errorCode)
    if (whole !== undefined) {
      this.#onSessionError(node, whole)
      return
    }
    if (hasSessions(version)) node.session.answered(response.sessionId)
    const { arrived, leaders } = this.#answers.accept(version, asked, response)
    if (arrived.length > 0) {
      this.#options.metrics.fetches.arrived(arrived)
      this.#buffer.add(arrived)
      this.#options.onChange()
    }
    if (leaders.length > 0) this.#answers.follow(leaders, response)
  }

  #onSessionError(node: NodeFetch, error: KafkaError): void {
    const { ports, logger } = this.#options
    node.session.failed(error.code === 'FETCH_SESSION_ID_NOT_FOUND')
    logger.debug({ nodeId: node.nodeId, code: error.code }, 'The fetch session is begun anew')
    if (error.code === 'FETCH_SESSION_ID_NOT_FOUND' || error.code === 'INVALID_FETCH_SESSION_EPOCH') return
    node.failures++
    node.retryAtMs = ports.monotonicMs() + this.#backoff.delayMs(node.failures)
    this.#options.cluster.metadata.requestUpdate()
    if (!passes(error)) this.#options.onError(error)
  }

  #node(nodeId: number): NodeFetch {
    let node = this.#nodes.get(nodeId)
    if (node === undefined) {
      node = { nodeId, session: new FetchSession(), isInFlight: false, failures: 0, retryAtMs: 0 }
      this.#nodes.set(nodeId, node)
    }
    return node
  }
}
