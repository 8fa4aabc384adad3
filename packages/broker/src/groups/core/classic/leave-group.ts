/**
 * Heartbeat and LeaveGroup on one classic group. After Kafka's GroupMetadataManager.classicGroupHeartbeat and
 * classicGroupLeave.
 */
import { ErrorCode } from '@millrace/protocol'
import { sessionKey } from '../group-decision.js'
import type { HeartbeatInput, LeaveGroupOutput, MemberIdentity } from '../group-messages.js'
import { armSession, type GroupTurn, maybeCompleteJoin, rebalanceOrCompleteJoin, removeMember } from './rebalance.js'

/** Returns the error code of the answer. A heartbeat keeps the session alive even when it is told to rejoin. */
export function heartbeatClassicGroup(turn: GroupTurn, input: HeartbeatInput): number {
  const { group } = turn
  const error = group.validateMember(input.memberId, input.groupInstanceId)
  if (error !== ErrorCode.NONE) return error
  const member = group.member(input.memberId)
  if (member === undefined || group.state === 'Empty') return ErrorCode.UNKNOWN_MEMBER_ID
  if (input.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  armSession(turn, member)
  return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
}

export function leaveClassicGroup(turn: GroupTurn, members: readonly MemberIdentity[]): LeaveGroupOutput {
  const { group } = turn
  const results = members.map(({ memberId, groupInstanceId, reason }) => ({
    memberId,
    groupInstanceId: groupInstanceId ?? null,
    errorCode: leave(turn, memberId, groupInstanceId ?? null, reason ?? 'not provided'),
  }))
  const left = results.filter(({ errorCode }) => errorCode === ErrorCode.NONE)
  if (left.length > 0) {
    if (group.state === 'PreparingRebalance') maybeCompleteJoin(turn)
    else if (group.state !== 'Empty') {
      rebalanceOrCompleteJoin(turn, `members left: ${left.map(({ memberId }) => memberId).join(', ')}`)
    }
  }
  return { errorCode: ErrorCode.NONE, members: results }
}

function leave(turn: GroupTurn, memberId: string, groupInstanceId: string | null, reason: string): number {
  const { group, effects } = turn
  let leaving = memberId
  if (memberId === '') {
    // An administrator removes a static member by its instance id alone.
    const known = groupInstanceId === null ? undefined : group.roster.idOfInstance(groupInstanceId)
    if (known === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    leaving = known
  } else if (group.isPendingJoin(memberId)) {
    group.remove(memberId)
    effects.cancel(sessionKey(group.groupId, memberId))
    return ErrorCode.NONE
  } else {
    const error = group.validateMember(memberId, groupInstanceId)
    if (error !== ErrorCode.NONE) return error
  }
  effects.note(`group ${group.groupId}: member ${leaving} left; client reason: ${reason}`)
  removeMember(turn, leaving)
  return ErrorCode.NONE
}
