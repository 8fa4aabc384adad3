/**
 * JoinGroup on one classic group: who may come in, and what each state makes of a member that comes (back).
 * After Kafka's GroupMetadataManager.classicGroupJoin.
 *
 * Returns the answer, or undefined when the request was parked or answered through the effects.
 */
import { ErrorCode } from '@millrace/protocol'
import type { ReplyToken } from '../../../coordinator/decision.js'
import { NEW_MEMBER_JOIN_TIMEOUT_MS } from '../group-config.js'
import { sessionKey } from '../group-decision.js'
import type { JoinGroupInput, JoinGroupOutput, RequestContext } from '../group-messages.js'
import { matchesProtocols, NO_BYTES } from './classic-member.js'
import type { MemberUpdate } from './member-roster.js'
import {
  armSession,
  type GroupTurn,
  joinError,
  joinedAs,
  maybeCompleteJoin,
  parkJoin,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  removeMember,
  syncError,
} from './rebalance.js'

/** JoinGroup v4: a dynamic member must come back with the id it is given (KIP-394). */
const MEMBER_ID_REQUIRED_VERSION = 4
/** JoinGroup v9: a static leader that comes back is told not to run its assignor (KIP-814). */
const SKIP_ASSIGNMENT_VERSION = 9

export interface JoinTurn extends GroupTurn {
  readonly context: RequestContext
  readonly input: JoinGroupInput
  readonly token: ReplyToken
  /** Random part of a member id, should one be needed. */
  readonly memberIdSuffix: string
}

export function joinClassicGroup(turn: JoinTurn): JoinGroupOutput | undefined {
  const { group, effects, input } = turn
  if (!hasRoomFor(turn)) {
    effects.note(`group ${group.groupId}: no room for member ${input.memberId}`)
    removeMember(turn, input.memberId)
    maybeCompleteJoin(turn)
    return joinError(ErrorCode.GROUP_MAX_SIZE_REACHED, '')
  }
  if (!group.supportsProtocols(input.protocolType, input.protocols)) {
    return joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, input.memberId)
  }
  return input.memberId === '' ? joinAsNewMember(turn) : joinAsKnownMember(turn)
}

/**
 * While a rebalance is prepared, places go to those who have joined, so that a group over its limit loses the last to
 * come; otherwise members keep their place.
 */
function hasRoomFor({ group, input, config }: JoinTurn): boolean {
  const member = group.member(input.memberId)
  switch (group.state) {
    case 'Empty':
      return true
    case 'PreparingRebalance':
      return (
        (member !== undefined && member.awaitingJoin !== null) || group.roster.awaitingJoinCount < config.groupMaxSize
      )
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.size < config.groupMaxSize
  }
}

function joinAsNewMember(turn: JoinTurn): JoinGroupOutput | undefined {
  const { group, effects, context, input, nowMs } = turn
  const instanceId = input.groupInstanceId ?? null
  const memberId = `${instanceId ?? context.clientId}-${turn.memberIdSuffix}`
  if (instanceId !== null) {
    const known = group.roster.idOfInstance(instanceId)
    return known === undefined ? addMember(turn, memberId) : replaceStaticMember(turn, known, memberId)
  }
  if (context.apiVersion < MEMBER_ID_REQUIRED_VERSION) return addMember(turn, memberId)
  group.addPendingJoin(memberId)
  const timer = { kind: 'session', groupId: group.groupId, memberId } as const
  effects.arm(sessionKey(group.groupId, memberId), nowMs + input.sessionTimeoutMs, timer)
  return joinError(ErrorCode.MEMBER_ID_REQUIRED, memberId)
}

function joinAsKnownMember(turn: JoinTurn): JoinGroupOutput | undefined {
  const { group, input } = turn
  const { memberId } = input
  const instanceId = input.groupInstanceId ?? null
  if (group.isPendingJoin(memberId) && instanceId === null) return addMember(turn, memberId)

  const error = group.validateMember(memberId, instanceId)
  const member = group.member(memberId)
  if (error !== ErrorCode.NONE || member === undefined) return joinError(error, memberId)

  const isUnchanged = matchesProtocols(member, input.protocols)
  switch (group.state) {
    case 'PreparingRebalance':
      return rejoin(turn, `member ${memberId} rejoins`)
    case 'CompletingRebalance':
      // The same again: it did not get the answer to its JoinGroup.
      return isUnchanged ? joinedAs(group, memberId) : rejoin(turn, `member ${memberId} changed its metadata`)
    case 'Stable':
      // A leader rejoins for reasons that its metadata does not show, such as new partitions.
      if (group.isLeader(memberId)) return rejoin(turn, `leader ${memberId} rejoins`)
      return isUnchanged ? joinedAs(group, memberId) : rejoin(turn, `member ${memberId} changed its metadata`)
    case 'Empty':
      return joinError(ErrorCode.UNKNOWN_MEMBER_ID, memberId)
  }
}

function addMember(turn: JoinTurn, memberId: string): undefined {
  const { group, context, input, token } = turn
  // Somebody new during the first rebalance gives the others more time to come.
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true
  const member = {
    memberId,
    groupInstanceId: input.groupInstanceId ?? null,
    clientId: context.clientId,
    clientHost: context.clientHost,
    protocolType: input.protocolType,
    ...updateOf(input),
    assignment: NO_BYTES,
    awaitingJoin: token,
    awaitingSync: null,
    isNew: true,
  }
  group.add(member)
  armSession(turn, member, NEW_MEMBER_JOIN_TIMEOUT_MS)
  rebalanceOrCompleteJoin(turn, `new member ${memberId}; client reason: ${reasonOf(input)}`)
  return undefined
}

function rejoin(turn: JoinTurn, reason: string): undefined {
  const { group, input, token } = turn
  group.roster.update(input.memberId, updateOf(input))
  parkJoin(turn, input.memberId, token)
  rebalanceOrCompleteJoin(turn, `${reason}; client reason: ${reasonOf(input)}`)
  return undefined
}

/** A static member restarted: it gets a new member id, and whoever uses the old one is fenced (KIP-345). */
function replaceStaticMember(turn: JoinTurn, oldMemberId: string, newMemberId: string): JoinGroupOutput | undefined {
  const { group, effects, input, token } = turn
  const oldLeaderId = group.leaderId
  effects.note(`group ${group.groupId}: static member ${newMemberId} takes the place of ${oldMemberId}`)
  const join = group.roster.takeJoin(oldMemberId)
  if (join !== null) effects.reply(join, joinError(ErrorCode.FENCED_INSTANCE_ID, oldMemberId))
  const sync = group.roster.takeSync(oldMemberId)
  if (sync !== null) effects.reply(sync, syncError(ErrorCode.FENCED_INSTANCE_ID))
  const member = group.replaceStaticMember(input.groupInstanceId ?? '', newMemberId)
  group.roster.update(newMemberId, updateOf(input))
  effects.cancel(sessionKey(group.groupId, oldMemberId))
  armSession(turn, member, input.sessionTimeoutMs)

  if (group.state === 'Stable' && group.roster.selectProtocol() === group.protocolName) {
    return keepAssignment(turn, newMemberId, oldLeaderId)
  }
  parkJoin(turn, newMemberId, token)
  // In CompletingRebalance the leader may be assigning to the old id: its work is void.
  if (group.state === 'PreparingRebalance') maybeCompleteJoin(turn)
  else prepareRebalance(turn, `static member ${newMemberId} came back; client reason: ${reasonOf(input)}`)
  return undefined
}

/** The group goes on as it is; only the new member id is written down. */
function keepAssignment(turn: JoinTurn, memberId: string, oldLeaderId: string | null): JoinGroupOutput {
  const { group, effects, context } = turn
  const assignments = new Map(Array.from(group.members(), (member) => [member.memberId, member.assignment]))
  effects.append(group.toRecord(assignments, group.currentStateTimestampMs))
  if (context.apiVersion >= SKIP_ASSIGNMENT_VERSION) {
    return { ...joinedAs(group, memberId), skipAssignment: group.isLeader(memberId) }
  }
  // Older clients run the assignor if they are named as leader, and a stable group would ignore the result: they
  // are told the leader of before, which is nobody they know.
  return { ...joinedAs(group, memberId), leader: oldLeaderId ?? '', members: [] }
}

function updateOf({ protocols, sessionTimeoutMs, rebalanceTimeoutMs }: JoinGroupInput): MemberUpdate {
  return {
    // Copied: what a request carries are views of the network's buffers, and a member stays for long.
    protocols: protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    sessionTimeoutMs,
    // A client that gives none would be dropped between its join and its sync.
    rebalanceTimeoutMs: rebalanceTimeoutMs <= 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
  }
}

function reasonOf({ reason }: JoinGroupInput): string {
  return reason === null || reason === undefined || reason === '' ? 'not provided' : reason
}
