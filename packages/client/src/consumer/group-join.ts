/**
 * Joins a group in the background: JoinGroup, the leader's assignment, SyncGroup, until they succeed or cannot.
 *
 *     JoinGroup ──► (leader) assign ──► SyncGroup ──► onJoined
 *         ▲ what passes, after a pause      │
 *         └─────────────────────────────────┘ what does not ──► onFailure
 *
 * One join at a time. It sets the member's id and generation, and touches no partitions.
 */
import { ExponentialBackoff } from '@millrace/net'
import { KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import type { TopicPartition } from '../topic-partition.js'
import { sleep } from '../waiting.js'
import type { ConsumerMetrics } from './consumer-metrics.js'
import type { ConsumerPartitionAssignor } from './core/assignors/assignor.js'
import type { SubscriptionState } from './core/subscription-state.js'
import type { GroupProtocol, Joined, MemberIdRequiredError } from './group-protocol.js'
import type { LeaderAssignment } from './leader-assignment.js'
import type { Membership } from './membership.js'

/** The generation that was joined, and what it gives to this member. */
export interface JoinedGeneration {
  readonly joined: Joined
  readonly partitions: readonly TopicPartition[]
  readonly assignor: ConsumerPartitionAssignor
}

export interface GroupJoinOptions {
  readonly membership: Membership
  readonly leading: LeaderAssignment
  readonly protocol: GroupProtocol
  readonly subscriptions: SubscriptionState
  readonly assignors: readonly ConsumerPartitionAssignor[]
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly requestTimeoutMs: number
  readonly metrics: ConsumerMetrics
  readonly ports: ClientPorts
  readonly logger: Logger
  readonly onJoined: (generation: JoinedGeneration) => void
  /** What does not pass by itself, with the reason of the join. */
  readonly onFailure: (error: KafkaError, reason: string) => void
}

export class GroupJoin {
  readonly #options: GroupJoinOptions
  readonly #backoff: ExponentialBackoff
  readonly #closing = new AbortController()
  /** Counts them, so that one that was overtaken by leaving the group is recognised. */
  #attempt = 0

  constructor(options: GroupJoinOptions) {
    this.#options = options
    const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs, ports } = options
    this.#backoff = new ExponentialBackoff({ initialMs, maxMs, random: ports.random })
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  begin(reason: string): void {
    this.#attempt++
    void this.#run(reason, this.#attempt)
  }

  /** The join that is under way comes to nothing. */
  abandon(): void {
    this.#attempt++
  }

  close(): void {
    this.#closing.abort(new KafkaError('CLOSED', 'the consumer is closed'))
  }

  #isOvertaken(attempt: number): boolean {
    return attempt !== this.#attempt
  }

  /** Never throws. */
  async #run(reason: string, attempt: number): Promise<void> {
    const { metrics, logger, groupId, ports, onJoined, onFailure } = this.#options
    for (let failures = 0; !this.#isOvertaken(attempt) && !this.isClosed; ) {
      try {
        const generation = await this.#joinAndSync(reason, attempt)
        if (!this.#isOvertaken(attempt) && generation !== undefined) onJoined(generation)
        return
      } catch (thrown) {
        if (this.#isOvertaken(attempt) || this.isClosed) return
        const error = kafkaErrorOf(thrown)
        const next = this.#afterError(error)
        if (next === 'at once') continue
        metrics.failedRebalances++
        if (next === 'never') {
          onFailure(error, reason)
          return
        }
        failures++
        if (failures === 1) logger.info({ groupId, error: error.message }, 'The group cannot be joined yet')
        await sleep(ports, this.#backoff.delayMs(failures), this.#closing.signal).catch(() => {})
      }
    }
  }

  #afterError(error: KafkaError): 'at once' | 'later' | 'never' {
    const { membership } = this.#options
    switch (error.code) {
      case 'MEMBER_ID_REQUIRED':
        membership.name((error as MemberIdRequiredError).memberId)
        return 'at once'
      case 'REBALANCE_IN_PROGRESS':
      // Others take their time, or the connection hangs: asking again does no harm to the former, and mends the latter.
      case 'REQUEST_TIMED_OUT':
        return 'at once'
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        membership.end(error.code === 'UNKNOWN_MEMBER_ID')
        return 'later'
      default:
        return error.retriable || error.code === 'BROKER_NOT_AVAILABLE' ? 'later' : 'never'
    }
  }

  /** Undefined: it was overtaken. */
  async #joinAndSync(reason: string, attempt: number): Promise<JoinedGeneration | undefined> {
    const { membership, leading, protocol, metrics, ports, subscriptions, assignors } = this.#options
    const startMs = ports.monotonicMs()
    const subscribing = {
      topics: [...subscriptions.topics],
      ownedPartitions: membership.isLost ? [] : [...subscriptions.partitions],
      generationId: membership.isLost ? -1 : membership.generationId,
    }
    const joined = await protocol.join(membership.memberId, subscribing, reason)
    const joinedMs = ports.monotonicMs()
    metrics.joins.add(joinedMs - startMs)
    if (this.#isOvertaken(attempt)) {
      // It left while it joined, and its leave may have been too early.
      await this.#leaveLate(joined.memberId)
      return undefined
    }
    membership.name(joined.memberId)
    const assignor = assignors.find(({ name }) => name === joined.protocolName)
    if (assignor === undefined) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `assignor ${joined.protocolName}`)
    leading.endGeneration()
    const { members } = joined
    const assignment = members === undefined ? undefined : await leading.assign(assignor, members, this.#closing.signal)
    const partitions = await protocol.sync(joined, assignment)
    metrics.syncs.add(ports.monotonicMs() - joinedMs)
    if (this.#isOvertaken(attempt)) return undefined
    membership.join(joined.generationId)
    return { joined, partitions, assignor }
  }

  async #leaveLate(memberId: string): Promise<void> {
    const { protocol, groupInstanceId, requestTimeoutMs } = this.#options
    if (groupInstanceId !== null || this.isClosed) return
    await protocol.leave(memberId, 'left while joining', requestTimeoutMs).catch(() => {})
  }
}
