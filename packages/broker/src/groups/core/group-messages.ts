/**
 * Inputs and outputs of the group state machines. Field names and shapes are those of Kafka's request and response
 * messages (throttle time, which is the connection's business, is left out), so that a handler passes them through.
 */

/** What a group needs to know about a request besides its body. */
export interface RequestContext {
  readonly apiVersion: number
  readonly clientId: string
  /** The client's address as Kafka writes it, e.g. `/127.0.0.1`. */
  readonly clientHost: string
}

export interface JoinGroupProtocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface JoinGroupInput {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  /** −1 where the version has no such field (v0): the session timeout counts. */
  readonly rebalanceTimeoutMs: number
  readonly memberId: string
  readonly groupInstanceId?: string | null
  readonly protocolType: string
  readonly protocols: readonly JoinGroupProtocol[]
  readonly reason?: string | null
}

export interface JoinGroupOutputMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

export interface JoinGroupOutput {
  readonly errorCode: number
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly JoinGroupOutputMember[]
}

export interface SyncGroupInput {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId?: string | null
  readonly protocolType?: string | null
  readonly protocolName?: string | null
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

export interface SyncGroupOutput {
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export interface HeartbeatInput {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId?: string | null
}

export interface HeartbeatOutput {
  readonly errorCode: number
}

export interface MemberIdentity {
  readonly memberId: string
  readonly groupInstanceId?: string | null
  readonly reason?: string | null
}

export interface LeaveGroupInput {
  readonly groupId: string
  readonly members: readonly MemberIdentity[]
}

export interface LeaveGroupOutput {
  readonly errorCode: number
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly errorCode: number
  }[]
}

export interface OffsetCommitPartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch?: number
  readonly committedMetadata: string | null
}

export interface OffsetCommitInput {
  readonly groupId: string
  /** The generation of a classic group, or the member epoch of a consumer group. */
  readonly generationIdOrMemberEpoch?: number
  readonly memberId?: string
  readonly groupInstanceId?: string | null
  /** −1, or in v2–4 how long to keep the offsets. */
  readonly retentionTimeMs?: number
  readonly topics: readonly { readonly name: string; readonly partitions: readonly OffsetCommitPartition[] }[]
}

export interface PartitionErrors {
  readonly name: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}

export interface OffsetCommitOutput {
  readonly topics: readonly PartitionErrors[]
}

/** One group of an OffsetFetch (v8+ carries many, older versions one). */
export interface OffsetFetchInput {
  readonly groupId: string
  /** Null: all topics that have offsets. */
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null
}

export interface OffsetFetchOutputPartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string
  readonly errorCode: number
}

export interface OffsetFetchOutput {
  readonly groupId: string
  readonly errorCode: number
  readonly topics: readonly { readonly name: string; readonly partitions: readonly OffsetFetchOutputPartition[] }[]
}

export interface OffsetDeleteInput {
  readonly groupId: string
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number }[]
  }[]
}

export interface OffsetDeleteOutput {
  readonly errorCode: number
  readonly topics: readonly PartitionErrors[]
}

export interface DescribedGroupMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly memberMetadata: Buffer
  readonly memberAssignment: Buffer
}

export interface DescribedGroup {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly groupId: string
  readonly groupState: string
  readonly protocolType: string
  readonly protocolData: string
  readonly members: readonly DescribedGroupMember[]
}

export interface ListedGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: string
  readonly groupType: string
}

export interface ListGroupsInput {
  readonly statesFilter?: readonly string[]
  readonly typesFilter?: readonly string[]
}

export interface ListGroupsOutput {
  readonly errorCode: number
  readonly groups: readonly ListedGroup[]
}

export interface DeletedGroup {
  readonly groupId: string
  readonly errorCode: number
}
