/**
 * What an answer to a Fetch means for each of its partitions: how far its log reaches, which replica to read from, another
 * leader, or what is wrong with the position. An answer to what is not asked any more says nothing.
 *
 * It changes the partitions' states and hands back those with records; buffers and requests belong to others. An error that
 * passes is waited out (`retry.backoff.ms`), unless the broker names the new leader (KIP-951), which is then asked at once.
 */
import { ErrorCode, type FetchResponse } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import type { LeaderHint } from '../cluster/metadata-snapshot.js'
import { errorOf, type KafkaError } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import { LogTruncationError, PartitionError } from './consumer-errors.js'
import type { PartitionState } from './core/partition-state.js'
import type { SubscriptionState } from './core/subscription-state.js'
import type { ArrivedRecords, FetchedPartition } from './fetch-buffer.js'
import { namesTopicsById } from './fetch-request.js'

export interface FetchAnswersOptions {
  readonly cluster: Cluster
  readonly subscriptions: SubscriptionState
  readonly retryBackoffMs: number
  readonly metadataMaxAgeMs: number
  /** `auto.offset.reset` is not `none`. */
  readonly canReset: boolean
  readonly ports: ClientPorts
  readonly logger: Logger
  /** There is something for whoever waits: a partition that needs a position. */
  readonly onChange: () => void
  /** What does not pass by itself: the application must hear of it. */
  readonly onError: (error: KafkaError) => void
}

/** What was asked for, to judge the answer. */
export interface AskedPartition {
  readonly state: PartitionState
  readonly epoch: number
  readonly fetchOffset: number
  readonly fetchEpoch: number
}

/** What passes, although the table of errors does not say so: a broker that shuts down may fail in any way. */
const PASSING: ReadonlySet<string> = new Set(['UNKNOWN_SERVER_ERROR', 'FETCH_SESSION_TOPIC_ID_ERROR'])

/** The same may be asked again, after what was answered for a partition or for all of them. */
export function passes({ code, retriable }: KafkaError): boolean {
  return retriable || PASSING.has(code)
}

/** What an answer brought. */
export interface AcceptedAnswer {
  readonly arrived: readonly ArrivedRecords[]
  /** Other leaders than those that were asked (KIP-951). */
  readonly leaders: readonly LeaderHint[]
}

export class FetchAnswers {
  readonly #options: FetchAnswersOptions

  constructor(options: FetchAnswersOptions) {
    this.#options = options
  }

  /** Takes an answer without an error of the whole. `asked` is by the states' keys. */
  accept(version: number, asked: ReadonlyMap<string, AskedPartition>, response: FetchResponse): AcceptedAnswer {
    const arrived: ArrivedRecords[] = []
    const leaders: LeaderHint[] = []
    const names = namesTopicsById(version) ? this.#topicNames(asked) : undefined
    for (const topic of response.responses) {
      const name = names === undefined ? topic.topic : names.get(topic.topicId)
      for (const answer of topic.partitions) {
        const known = asked.get(`${name}-${answer.partitionIndex}`)
        if (known === undefined || !this.#isStillAsked(known)) continue
        const { state, fetchOffset, fetchEpoch } = known
        if (answer.errorCode !== ErrorCode.NONE) {
          this.#onPartitionError(state, answer)
          if (answer.currentLeader.leaderId >= 0) {
            leaders.push({ topic: state.topic, partition: state.partition, ...answer.currentLeader })
          }
          continue
        }
        if (this.#hasDiverged(state, answer)) continue
        this.#notice(state, answer)
        if ((answer.records?.length ?? 0) > 0) arrived.push({ state, fetchOffset, fetchEpoch, answer })
      }
    }
    return { arrived, leaders }
  }

  /** Partitions whose new leader is known are asked for without a pause. Listeners of the metadata hear of it. */
  follow(leaders: readonly LeaderHint[], { nodeEndpoints }: FetchResponse): void {
    const { cluster, subscriptions } = this.#options
    for (const { topic, partition } of cluster.metadata.applyLeaderHints(leaders, nodeEndpoints)) {
      const state = subscriptions.find(topic, partition)
      if (state !== undefined) state.retryAtMs = 0
    }
  }

  #isStillAsked({ state, epoch, fetchOffset }: AskedPartition): boolean {
    return (
      state.epoch === epoch &&
      state.fetchOffset === fetchOffset &&
      state.phase === 'fetching' &&
      this.#options.subscriptions.has(state)
    )
  }

  #topicNames(asked: ReadonlyMap<string, AskedPartition>): ReadonlyMap<string, string> {
    const { topics } = this.#options.cluster.snapshot
    const names = new Map<string, string>()
    for (const { state } of asked.values()) {
      const id = topics.get(state.topic)?.topicId
      if (id !== undefined) names.set(id, state.topic)
    }
    return names
  }

  #notice(state: PartitionState, answer: FetchedPartition): void {
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
  #hasDiverged(state: PartitionState, { divergingEpoch }: FetchedPartition): boolean {
    if (divergingEpoch.endOffset < 0) return false
    this.#truncated(state, divergingEpoch.endOffset, divergingEpoch.epoch)
    return true
  }

  /** Goes on where the log has changed, if `auto.offset.reset` lets it. */
  #truncated(state: PartitionState, offset: number, leaderEpoch: number): void {
    const { canReset, onError, onChange, logger } = this.#options
    const { topic, partition, position } = state
    if (canReset) {
      logger.warn({ topic, partition, from: position, to: offset }, 'The log was truncated')
      state.seek(Math.min(offset, position), leaderEpoch)
      onChange()
    } else {
      state.rewind()
      onError(new LogTruncationError({ topic, partition, offset: position }, offset))
    }
  }

  #onPartitionError(state: PartitionState, answer: FetchedPartition): void {
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
        onError(partitionError(state, error))
        return
      default:
        // Another leader, another replica, a broker that is slow to learn: the metadata will tell.
        state.preferredReplica = -1
        cluster.metadata.requestUpdate()
        if (!passes(error)) onError(partitionError(state, error))
    }
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
}

function partitionError(state: PartitionState, error: KafkaError): PartitionError {
  const { topic, partition, position } = state
  const message = `${topic}-${partition} cannot be read at offset ${position}: ${error.message}`
  return new PartitionError(error.code, { topic, partition, offset: position }, message)
}
