/**
 * Fetches records ahead of the application: at most one request to each broker at a time, from all partitions that have room.
 *
 *     pump ──► Fetch to each broker that has none under way ──► answer ──► buffer, pump again
 *     take ──► records from the buffers, one partition after the other
 *
 * It owns what is buffered and its memory, and the fetch sessions. What to read and from where is said by the partitions'
 * states; an answer to what is not asked any more is dropped. It never stops because of an error: what passes is tried again
 * after `retry.backoff.ms`, and what does not is reported and tried again when somebody asks for records.
 */
import { ExponentialBackoff } from '@millrace/net'
import {
  apis,
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  ErrorCode,
  type FetchResponse,
  listBatches,
  MAGIC_V2,
  type RequestInputOf,
  ZERO_UUID,
} from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { errorOf, type KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import { LogTruncationError, PartitionError } from './consumer-errors.js'
import type { ConsumerMetrics } from './consumer-metrics.js'
import type { PartitionRecords } from './consumer-record.js'
import { FetchBudget } from './core/fetch-budget.js'
import { FetchSession, type SessionRequest, type WantedPartition } from './core/fetch-session.js'
import { FetchedRecords, type RecordReading } from './core/fetched-records.js'
import type { PartitionState } from './core/partition-state.js'
import type { SubscriptionState } from './core/subscription-state.js'
import { publishFetch } from './diagnostics.js'

export interface FetcherOptions<K, V> {
  readonly cluster: Cluster
  readonly subscriptions: SubscriptionState
  readonly reading: RecordReading<K, V>
  readonly fetchMinBytes: number
  readonly fetchMaxBytes: number
  readonly fetchMaxWaitMs: number
  readonly maxPartitionFetchBytes: number
  readonly bufferMemory: number
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly metadataMaxAgeMs: number
  readonly rack: string
  readonly canReset: boolean
  readonly metrics: ConsumerMetrics
  readonly ports: ClientPorts
  readonly logger: Logger
  /** There is something for whoever waits: records, an error, a partition that needs a position. */
  readonly onChange: () => void
  /** What does not pass by itself: the application must hear of it. */
  readonly onError: (error: KafkaError) => void
}

type ResponsePartition = FetchResponse['responses'][number]['partitions'][number]

/** What was asked for, to judge the answer. */
interface Asked {
  readonly state: PartitionState
  readonly epoch: number
  readonly fetchOffset: number
  readonly fetchEpoch: number
}

interface NodeFetch {
  readonly nodeId: number
  readonly session: FetchSession
  isInFlight: boolean
  failures: number
  retryAtMs: number
}

/** Before them, records are named by topic; with them, by the topic's id. */
const LAST_VERSION_WITH_NAMES = 12
/** Share groups and replication need later ones; a consumer needs none of them. */
const VERSION_MAX = 17

export class Fetcher<K, V> {
  readonly #options: FetcherOptions<K, V>
  readonly #budget: FetchBudget
  readonly #backoff: ExponentialBackoff
  readonly #nodes = new Map<number, NodeFetch>()
  /** In the order in which partitions take turns. */
  #buffered: FetchedRecords<K, V>[] = []
  #cancelRetry = () => {}
  #isClosed = false
  #lastFetchAtMs: number | undefined

  constructor(options: FetcherOptions<K, V>) {
    this.#options = options
    this.#budget = new FetchBudget(options.bufferMemory)
    const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs, ports } = options
    this.#backoff = new ExponentialBackoff({ initialMs, maxMs, random: ports.random })
  }

  /** Wall clock of the last answer; undefined before the first. */
  get lastFetchAtMs(): number | undefined {
    return this.#lastFetchAtMs
  }

  get bufferedBytes(): number {
    return this.#budget.bufferedBytes
  }

  /** Somebody could take records now, or would meet an error. */
  get hasRecords(): boolean {
    return this.#buffered.some((fetched) => this.#isTakeable(fetched))
  }

  /** Asks for what there is room for. */
  pump(): void {
    if (this.#isClosed) return
    const nowMs = this.#options.ports.monotonicMs()
    const wanted = this.#wantedByNode(nowMs)
    for (const [nodeId, states] of wanted) {
      const node = this.#node(nodeId)
      if (node.isInFlight || node.retryAtMs > nowMs) continue
      const grantedBytes = this.#reserve(states.length)
      if (grantedBytes === 0) {
        this.#relieve()
        return
      }
      void this.#fetch(node, states, grantedBytes)
    }
  }

  /** At most `max` records, fairly. Errors: those of FetchedRecords, if no record comes before them. */
  take(max: number): PartitionRecords<K, V>[] {
    const parts = new Map<PartitionState, PartitionRecords<K, V>>()
    const kept: FetchedRecords<K, V>[] = []
    const failing = new Set<PartitionState>()
    let left = max
    let failure: { readonly error: unknown } | undefined
    const buffered = this.#buffered
    for (let index = 0; index < buffered.length; index++) {
      const fetched = buffered[index] as FetchedRecords<K, V>
      if (fetched.isStale) {
        fetched.release()
        continue
      }
      const { state } = fetched
      if (left > 0 && failure === undefined && !failing.has(state) && this.#isTakeable(fetched)) {
        let part = parts.get(state)
        if (part === undefined) {
          part = { state, epoch: state.epoch, records: [], nextOffset: state.position, nextLeaderEpoch: -1 }
          parts.set(state, part)
        }
        try {
          left -= fetched.take(left, part)
        } catch (error) {
          // Records of other partitions come first; the failure is met again by the next call.
          if (left === max) failure = { error }
        }
        if (fetched.hasFailed) failing.add(state)
      }
      if (fetched.isDrained) fetched.release()
      else kept.push(fetched)
    }
    // Who had a turn waits for the others.
    const hasWaiting = kept.some(({ state }) => !parts.has(state))
    this.#buffered = hasWaiting
      ? [...kept.filter(({ state }) => !parts.has(state)), ...kept.filter(({ state }) => parts.has(state))]
      : kept
    if (failure !== undefined) throw failure.error
    const taken = [...parts.values()].filter((part) => part.nextOffset > part.state.position || part.records.length > 0)
    for (const { records } of taken) this.#options.metrics.consumed(records)
    return taken
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry()
    for (const fetched of this.#buffered) fetched.release()
    this.#buffered = []
  }

  #isTakeable({ state, isStale }: FetchedRecords<K, V>): boolean {
    return !isStale && state.isFetchable && !state.isHeld && this.#options.subscriptions.has(state)
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
    return this.#budget.reserve(Math.min(fetchMaxBytes, partitions * maxPartitionFetchBytes))
  }

  /**
   * All memory is full. If nobody can take any of it, because those partitions are paused, they give it back and fetch again
   * later: otherwise they would stop all others.
   */
  #relieve(): void {
    if (this.hasRecords || [...this.#nodes.values()].some(({ isInFlight }) => isInFlight)) return
    for (const fetched of this.#buffered) {
      fetched.state.rewind()
      fetched.release()
    }
    this.#buffered = []
    this.#options.logger.debug({}, 'Buffers of partitions that are paused were given back')
    this.pump()
  }

  async #fetch(node: NodeFetch, states: readonly PartitionState[], grantedBytes: number): Promise<void> {
    const { cluster, ports, metrics, requestTimeoutMs, fetchMaxWaitMs } = this.#options
    const asked = new Map<string, Asked>()
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
          return this.#request(version, node, states, grantedBytes)
        },
        {
          purpose: 'fetch',
          versions: { max: this.#versionMax(states) },
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
    metrics.fetched(latencyMs, response.throttleTimeMs)
    publishFetch(node.nodeId, response, latencyMs)
    this.#lastFetchAtMs = ports.nowMs()
    node.failures = 0
    this.#finish(node, asked, grantedBytes)
    this.#onResponse(node, usedVersion, asked, response)
    this.pump()
  }

  #finish(node: NodeFetch, asked: ReadonlyMap<string, Asked>, grantedBytes: number): void {
    this.#budget.unreserve(grantedBytes)
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

  /** Ids need a broker and a topic that have them. */
  #versionMax(states: readonly PartitionState[]): number {
    const { topics } = this.#options.cluster.snapshot
    const haveIds = states.every(({ topic }) => (topics.get(topic)?.topicId ?? ZERO_UUID) !== ZERO_UUID)
    return haveIds ? VERSION_MAX : LAST_VERSION_WITH_NAMES
  }

  #request(
    version: number,
    node: NodeFetch,
    states: readonly PartitionState[],
    grantedBytes: number,
  ): RequestInputOf<typeof apis.Fetch> {
    const { fetchMinBytes, fetchMaxWaitMs, rack, reading, cluster, maxPartitionFetchBytes } = this.#options
    const wanted = new Map<string, WantedPartition>()
    for (const state of states) {
      const topic = cluster.snapshot.topics.get(state.topic)
      wanted.set(state.key, {
        topic: state.topic,
        topicId: topic?.topicId ?? ZERO_UUID,
        partition: state.partition,
        fetchOffset: state.fetchOffset,
        currentLeaderEpoch: topic?.partitions[state.partition]?.leaderEpoch ?? -1,
        logStartOffset: -1,
        partitionMaxBytes: Math.min(maxPartitionFetchBytes, grantedBytes),
      })
    }
    const { sessionId, sessionEpoch, toSend, toForget } =
      version >= 7
        ? node.session.next(wanted)
        : ({ sessionId: 0, sessionEpoch: -1, toSend: [...wanted.values()], toForget: [] } satisfies SessionRequest)
    return {
      maxWaitMs: fetchMaxWaitMs,
      minBytes: fetchMinBytes,
      maxBytes: grantedBytes,
      isolationLevel: reading.isReadCommitted ? 1 : 0,
      sessionId,
      sessionEpoch,
      topics: byTopic(toSend, (partitions, { topic, topicId }) => ({ topic, topicId, partitions: [...partitions] })),
      forgottenTopicsData: byTopic(toForget, (partitions, { topic, topicId }) => ({
        topic,
        topicId,
        partitions: partitions.map(({ partition }) => partition),
      })),
      rackId: rack,
    }
  }

  #onResponse(node: NodeFetch, version: number, asked: ReadonlyMap<string, Asked>, response: FetchResponse): void {
    if (this.#isClosed) return
    const whole = errorOf(response.errorCode)
    if (whole !== undefined) {
      this.#onSessionError(node, whole)
      return
    }
    if (version >= 7) node.session.answered(response.sessionId)
    const arrived: { readonly asked: Asked; readonly answer: ResponsePartition }[] = []
    let bytes = 0
    const names = version > LAST_VERSION_WITH_NAMES ? this.#topicNames(asked) : undefined
    for (const topic of response.responses) {
      const name = names === undefined ? topic.topic : names.get(topic.topicId)
      for (const answer of topic.partitions) {
        const known = asked.get(`${name}-${answer.partitionIndex}`)
        if (known === undefined || !this.#isStillAsked(known)) continue
        if (answer.errorCode !== ErrorCode.NONE) {
          this.#onPartitionError(known.state, answer)
          continue
        }
        if (this.#hasDiverged(known.state, answer)) continue
        this.#notice(known.state, answer)
        const size = answer.records?.length ?? 0
        if (size === 0) continue
        bytes += size
        arrived.push({ asked: known, answer })
      }
    }
    if (arrived.length > 0) this.#buffer(arrived, bytes)
  }

  #isStillAsked({ state, epoch, fetchOffset }: Asked): boolean {
    return (
      state.epoch === epoch &&
      state.fetchOffset === fetchOffset &&
      state.phase === 'fetching' &&
      this.#options.subscriptions.has(state)
    )
  }

  #topicNames(asked: ReadonlyMap<string, Asked>): ReadonlyMap<string, string> {
    const { topics } = this.#options.cluster.snapshot
    const names = new Map<string, string>()
    for (const { state } of asked.values()) {
      const id = topics.get(state.topic)?.topicId
      if (id !== undefined) names.set(id, state.topic)
    }
    return names
  }

  #buffer(arrived: readonly { readonly asked: Asked; readonly answer: ResponsePartition }[], bytes: number): void {
    const memory = this.#budget.hold(bytes, arrived.length)
    for (const { asked, answer } of arrived) {
      const { state, fetchOffset, fetchEpoch } = asked
      const records = answer.records as Buffer
      const end = endOfBatches(records, fetchOffset)
      const fetched = new FetchedRecords<K, V>(
        state,
        { records, fetchOffset, leaderEpoch: fetchEpoch, abortedTransactions: answer.abortedTransactions },
        this.#options.reading,
        memory,
      )
      state.bufferedBytes += records.length
      state.fetchOffset = end.nextOffset
      if (end.leaderEpoch >= 0) state.fetchEpoch = end.leaderEpoch
      // What comes behind is not asked for before the application has gone past it.
      if (end.isCorrupt) state.retryAtMs = Number.POSITIVE_INFINITY
      this.#buffered.push(fetched)
    }
    this.#options.onChange()
  }

  #notice(state: PartitionState, answer: ResponsePartition): void {
    if (answer.highWatermark >= 0) state.highWatermark = answer.highWatermark
    if (answer.lastStableOffset >= 0) state.lastStableOffset = answer.lastStableOffset
    if (answer.logStartOffset >= 0) state.logStartOffset = answer.logStartOffset
    if (answer.preferredReadReplica >= 0) {
      const { ports, metadataMaxAgeMs } = this.#options
      state.preferredReplica = answer.preferredReadReplica
      state.preferredUntilMs = ports.monotonicMs() + metadataMaxAgeMs
    }
  }

  /** The log of the leader departs from what was read. */
  #hasDiverged(state: PartitionState, { divergingEpoch }: ResponsePartition): boolean {
    if (divergingEpoch.endOffset < 0) return false
    this.#truncated(state, divergingEpoch.endOffset, divergingEpoch.epoch)
    return true
  }

  /** Goes on where the log has changed, if `auto.offset.reset` lets it. */
  #truncated(state: PartitionState, offset: number, leaderEpoch: number): void {
    const { canReset, onError, onChange, logger } = this.#options
    if (canReset) {
      logger.warn(
        { topic: state.topic, partition: state.partition, from: state.position, to: offset },
        'The log was truncated',
      )
      state.seek(Math.min(offset, state.position), leaderEpoch)
      onChange()
    } else {
      state.rewind()
      onError(
        new LogTruncationError({ topic: state.topic, partition: state.partition, offset: state.position }, offset),
      )
    }
  }

  #onSessionError(node: NodeFetch, error: KafkaError): void {
    const { ports, logger } = this.#options
    node.session.failed(error.code === 'FETCH_SESSION_ID_NOT_FOUND')
    logger.debug({ nodeId: node.nodeId, code: error.code }, 'The fetch session is begun anew')
    if (error.code === 'FETCH_SESSION_ID_NOT_FOUND' || error.code === 'INVALID_FETCH_SESSION_EPOCH') return
    node.failures++
    node.retryAtMs = ports.monotonicMs() + this.#backoff.delayMs(node.failures)
    this.#options.cluster.metadata.requestUpdate()
    if (!error.retriable) this.#options.onError(error)
  }

  #onPartitionError(state: PartitionState, answer: ResponsePartition): void {
    const { cluster, ports, retryBackoffMs, onError } = this.#options
    const error = errorOf(answer.errorCode) as KafkaError
    state.retryAtMs = ports.monotonicMs() + retryBackoffMs
    switch (error.code) {
      case 'OFFSET_OUT_OF_RANGE':
        this.#outOfRange(state)
        return
      case 'TOPIC_AUTHORIZATION_FAILED':
      case 'CORRUPT_MESSAGE':
      case 'UNSUPPORTED_COMPRESSION_TYPE':
        onError(this.#partitionError(state, error))
        return
      default:
        // Another leader, another replica, a broker that is slow to learn: the metadata will tell.
        state.preferredReplica = -1
        cluster.metadata.requestUpdate()
        if (!error.retriable && !PASSING.has(error.code)) onError(this.#partitionError(state, error))
    }
  }

  #partitionError(state: PartitionState, error: KafkaError): PartitionError {
    const { topic, partition, position } = state
    const message = `${topic}-${partition} cannot be read at offset ${position}: ${error.message}`
    return new PartitionError(error.code, { topic, partition, offset: position }, message)
  }

  #outOfRange(state: PartitionState): void {
    const { canReset, onError, onChange, logger } = this.#options
    const { topic, partition, position, fetchOffset } = state
    if (state.preferredReplica >= 0) {
      // A follower may be behind or ahead: the leader knows.
      state.preferredReplica = -1
      state.retryAtMs = 0
    } else if (fetchOffset !== position) {
      // Only what was asked for ahead: the application has records to read before that.
      if (state.bufferedBytes === 0) state.rewind()
    } else if (canReset) {
      logger.warn({ topic, partition, offset: position }, 'The position is outside of the log and is reset')
      state.requestReset()
      onChange()
    } else {
      const at = { topic, partition, offset: position }
      const text = `offset ${position} of ${topic}-${partition} is outside of the log, and auto.offset.reset is none`
      onError(new PartitionError('OFFSET_OUT_OF_RANGE', at, text))
    }
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

/** Errors of a partition that pass, although the table of errors does not say so. */
const PASSING: ReadonlySet<string> = new Set(['UNKNOWN_SERVER_ERROR', 'FETCH_SESSION_TOPIC_ID_ERROR'])

/** Where the whole batches of an answer end. */
function endOfBatches(
  bytes: Buffer,
  fetchOffset: number,
): { readonly nextOffset: number; readonly leaderEpoch: number; readonly isCorrupt: boolean } {
  const { positions, rest } = listBatches(bytes)
  const last = positions.at(-1)
  const isCorrupt = rest === 'corrupt' || (last !== undefined && batchMagic(bytes, last) !== MAGIC_V2)
  if (last === undefined || isCorrupt) return { nextOffset: fetchOffset, leaderEpoch: -1, isCorrupt }
  const nextOffset = Math.max(fetchOffset, batchLastOffset(bytes, last) + 1)
  return { nextOffset, leaderEpoch: batchLeaderEpoch(bytes, last), isCorrupt }
}

/** The arrays of topics that a request has. */
function byTopic<P extends { readonly topic: string; readonly topicId: string }, T>(
  partitions: readonly P[],
  make: (partitions: readonly P[], topic: P) => T,
): T[] {
  const groups = new Map<string, P[]>()
  for (const partition of partitions) {
    const key = `${partition.topicId} ${partition.topic}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [partition])
    else group.push(partition)
  }
  return [...groups.values()].map((group) => make(group, group[0] as P))
}
