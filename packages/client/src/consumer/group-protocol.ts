/**
 * The requests of a classic group's member: JoinGroup, SyncGroup, Heartbeat, LeaveGroup. One try each; what an error means for
 * the member is decided by group-member.ts.
 */
import {
  apis,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  decodeVersioned,
  encodeVersioned,
  type JoinGroupResponse,
} from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { errorOf, KafkaError } from '../errors.js'
import type { TopicPartition } from '../topic-partition.js'
import {
  type ConsumerPartitionAssignor,
  type GroupAssignment,
  type GroupMember,
  partitionsByTopic,
} from './core/assignors/assignor.js'

export interface GroupProtocolOptions {
  readonly cluster: Cluster
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly assignors: readonly ConsumerPartitionAssignor[]
  readonly rack: string
}

export interface Identity {
  readonly memberId: string
  readonly generationId: number
}

export interface Subscribing {
  readonly topics: readonly string[]
  readonly ownedPartitions: readonly TopicPartition[]
  /** When they were owned. */
  readonly generationId: number
}

export interface Joined extends Identity {
  readonly protocolName: string
  /** The members, if this one is their leader and has to assign. */
  readonly members: readonly GroupMember[] | undefined
  /** The leader of a group in which nothing has changed: a static member that came back (KIP-814). */
  readonly isLeader: boolean
}

const PROTOCOL_TYPE = 'consumer'
const SUBSCRIPTION_VERSION = 3
const ASSIGNMENT_VERSION = 3
/** A join is answered when all have joined, for which they have the rebalance timeout. */
const JOIN_MARGIN_MS = 5000
/** From here on the coordinator answers a member without an id at once (KIP-394). */
const JOIN_VERSION_WITH_IDS = 4
/** What brokers cut a reason to. */
const REASON_LENGTH_MAX = 255

export class GroupProtocol {
  readonly #options: GroupProtocolOptions

  constructor(options: GroupProtocolOptions) {
    this.#options = options
  }

  get #coordinator() {
    return { type: 'group', key: this.#options.groupId } as const
  }

  /**
   * Errors: KafkaError; MEMBER_ID_REQUIRED with the id. TIMEOUT after `request.timeout.ms`, though others may still have to join: ask
   * again. The coordinator knows the member, whose place is not lost, and a connection that hangs is not waited for for minutes.
   */
  async join(memberId: string, subscribing: Subscribing, reason: string): Promise<Joined> {
    const { cluster, groupId, groupInstanceId, assignors } = this.#options
    const { sessionTimeoutMs, rebalanceTimeoutMs, requestTimeoutMs } = this.#options
    const response = await cluster.ask(
      this.#coordinator,
      apis.JoinGroup,
      (version) => ({
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId,
        ...(version < 5 ? {} : { groupInstanceId }),
        protocolType: PROTOCOL_TYPE,
        protocols: assignors.map((assignor) => ({
          name: assignor.name,
          metadata: this.#subscription(assignor, subscribing),
        })),
        reason: reason.slice(0, REASON_LENGTH_MAX),
      }),
      {
        // Without an id, an old coordinator would take each repetition for one more member.
        timeoutMs: (version) =>
          memberId !== '' || version >= JOIN_VERSION_WITH_IDS
            ? requestTimeoutMs
            : Math.max(requestTimeoutMs, rebalanceTimeoutMs + JOIN_MARGIN_MS),
      },
    )
    this.#throwIf(response.errorCode, response)
    const isLeader = response.leader === response.memberId
    return {
      memberId: response.memberId,
      generationId: response.generationId,
      protocolName: response.protocolName ?? '',
      members: isLeader && !response.skipAssignment ? response.members.map(memberOf) : undefined,
      isLeader,
    }
  }

  /** What this member gets, when the leader has assigned. Errors: KafkaError; TIMEOUT as of `join`: join again. */
  async sync(joined: Joined, assignment: GroupAssignment | undefined): Promise<readonly TopicPartition[]> {
    const { cluster, groupId, groupInstanceId, requestTimeoutMs } = this.#options
    const { memberId, generationId, protocolName } = joined
    const response = await cluster.ask(
      this.#coordinator,
      apis.SyncGroup,
      (version) => ({
        groupId,
        generationId,
        memberId,
        ...(version < 3 ? {} : { groupInstanceId }),
        protocolType: PROTOCOL_TYPE,
        protocolName,
        assignments: [...(assignment ?? [])].map(([id, partitions]) => ({
          memberId: id,
          assignment: encodeVersioned(consumerProtocolAssignment, ASSIGNMENT_VERSION, {
            assignedPartitions: partitionsByTopic(partitions),
          }),
        })),
      }),
      { timeoutMs: requestTimeoutMs },
    )
    this.#throwIf(response.errorCode)
    if (response.assignment.length === 0) return []
    const { value } = decodeVersioned(consumerProtocolAssignment, response.assignment, { acceptNewer: true })
    return value.assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
  }

  async heartbeat({ memberId, generationId }: Identity): Promise<void> {
    const { cluster, groupId, groupInstanceId, requestTimeoutMs, sessionTimeoutMs } = this.#options
    const response = await cluster.ask(
      this.#coordinator,
      apis.Heartbeat,
      (version) => ({ groupId, generationId, memberId, ...(version < 3 ? {} : { groupInstanceId }) }),
      { timeoutMs: Math.min(requestTimeoutMs, sessionTimeoutMs) },
    )
    this.#throwIf(response.errorCode)
  }

  /** Not behind a join that waits. */
  async leave(memberId: string, reason: string, timeoutMs: number): Promise<void> {
    const { cluster, groupId, groupInstanceId } = this.#options
    const response = await cluster.ask(
      this.#coordinator,
      apis.LeaveGroup,
      (version) =>
        version < 3
          ? { groupId, memberId }
          : { groupId, members: [{ memberId, groupInstanceId, reason: reason.slice(0, REASON_LENGTH_MAX) }] },
      { purpose: 'data', timeoutMs },
    )
    this.#throwIf(response.errorCode)
    for (const { errorCode } of response.members) this.#throwIf(errorCode)
  }

  #subscription(assignor: ConsumerPartitionAssignor, subscribing: Subscribing): Buffer {
    const { topics, ownedPartitions, generationId } = subscribing
    return encodeVersioned(consumerProtocolSubscription, SUBSCRIPTION_VERSION, {
      topics: [...topics].sort(),
      userData: assignor.subscriptionUserData?.() ?? null,
      ownedPartitions: partitionsByTopic(ownedPartitions),
      generationId,
      rackId: this.#options.rack === '' ? null : this.#options.rack,
    })
  }

  /** Also forgets a coordinator that denies to be one. */
  #throwIf(errorCode: number, joined?: JoinGroupResponse): void {
    const error = errorOf(errorCode)
    if (error === undefined) return
    this.#options.cluster.forgetWhatIsWrong(this.#coordinator, error)
    if (error.code === 'MEMBER_ID_REQUIRED' && joined !== undefined) throw new MemberIdRequiredError(joined.memberId)
    throw error
  }
}

/** The coordinator has chosen an id, with which the member has to join again (KIP-394). */
export class MemberIdRequiredError extends KafkaError {
  readonly memberId: string

  constructor(memberId: string) {
    super('MEMBER_ID_REQUIRED')
    this.memberId = memberId
  }
}

function memberOf(member: JoinGroupResponse['members'][number]): GroupMember {
  const { value } = decodeVersioned(consumerProtocolSubscription, member.metadata, { acceptNewer: true })
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    topics: value.topics,
    userData: value.userData,
    ownedPartitions: value.ownedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
    generationId: value.generationId,
    rackId: value.rackId,
  }
}
