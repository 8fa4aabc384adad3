import assert from 'node:assert/strict'
import type { ReplyToken } from '../../../coordinator/decision.js'
import type { DescribedGroupMember, JoinGroupProtocol } from '../group-messages.js'
import type { GroupMetadataMember, GroupMetadataValue } from '../group-records.js'

export const NO_BYTES: Buffer = Buffer.alloc(0)

/** A member of a classic group. Replaced only by its MemberRoster, which keeps counts over the members. */
export interface ClassicMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly protocolType: string
  readonly protocols: readonly JoinGroupProtocol[]
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly assignment: Buffer
  /** The parked JoinGroup, and the parked SyncGroup. */
  readonly awaitingJoin: ReplyToken | null
  readonly awaitingSync: ReplyToken | null
  /** True until the first join of this member has been answered. */
  readonly isNew: boolean
}

/** True if the member would join again with what it already has, in the same order of preference. */
export function matchesProtocols(member: ClassicMember, protocols: readonly JoinGroupProtocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every((mine, index) => {
      const other = protocols[index]
      return other !== undefined && mine.name === other.name && mine.metadata.equals(other.metadata)
    })
  )
}

/** The member's subscription under a protocol that it supports. */
export function metadataOf(member: ClassicMember, protocolName: string | null): Buffer {
  const protocol = member.protocols.find(({ name }) => name === protocolName)
  assert(protocol !== undefined, `member ${member.memberId} does not support protocol ${protocolName}`)
  return protocol.metadata
}

/** The member's first choice among the candidates. */
export function voteOf(member: ClassicMember, candidates: ReadonlySet<string>): string {
  const protocol = member.protocols.find(({ name }) => candidates.has(name))
  assert(protocol !== undefined, `member ${member.memberId} supports none of the candidate protocols`)
  return protocol.name
}

/** A parked request shows that the member lives, unless it is a new one, whose client may be long gone. */
export function hasSatisfiedHeartbeat(member: ClassicMember): boolean {
  return !member.isNew && (member.awaitingJoin !== null || member.awaitingSync !== null)
}

export function describeMember(member: ClassicMember, memberMetadata: Buffer): DescribedGroupMember {
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata,
    memberAssignment: member.assignment,
  }
}

/** A member as the record of its group knows it: it waits for nothing, and only its chosen protocol is known. */
export function memberFromRecord(member: GroupMetadataMember, value: GroupMetadataValue): ClassicMember {
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    protocolType: value.protocolType,
    protocols: [{ name: value.protocol ?? '', metadata: member.subscription }],
    rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
    sessionTimeoutMs: member.sessionTimeout,
    assignment: member.assignment,
    awaitingJoin: null,
    awaitingSync: null,
    isNew: false,
  }
}

export function memberToRecord(
  member: ClassicMember,
  protocolName: string | null,
  assignment: Buffer,
): GroupMetadataMember {
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: metadataOf(member, protocolName),
    assignment,
  }
}
