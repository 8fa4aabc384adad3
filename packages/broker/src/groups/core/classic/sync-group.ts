/**
 * SyncGroup on one classic group: members wait for the leader's assignment, which is written down before anybody
 * hears of it. After Kafka's GroupMetadataManager.classicGroupSync.
 */
import { ErrorCode } from '@millrace/protocol'
import type { ReplyToken } from '../../../coordinator/decision.js'
import { syncKey } from '../group-decision.js'
import type { SyncGroupInput, SyncGroupOutput } from '../group-messages.js'
import { NO_BYTES } from './classic-member.js'
import { armSession, type GroupTurn, syncError } from './rebalance.js'

export interface SyncTurn extends GroupTurn {
  readonly input: SyncGroupInput
  readonly token: ReplyToken
}

/** Returns the answer, or undefined when the request was parked or answered through the effects. */
export function syncClassicGroup(turn: SyncTurn): SyncGroupOutput | undefined {
  const { group, effects, input, token } = turn
  const error = validateSync(turn)
  if (error !== ErrorCode.NONE) return syncError(error)
  const member = group.member(input.memberId)
  if (member === undefined) return syncError(ErrorCode.UNKNOWN_MEMBER_ID)

  switch (group.state) {
    case 'Empty':
      return syncError(ErrorCode.UNKNOWN_MEMBER_ID)
    case 'PreparingRebalance':
      return syncError(ErrorCode.REBALANCE_IN_PROGRESS)
    case 'CompletingRebalance': {
      const replaced = group.roster.parkSync(input.memberId, token)
      // A request parked earlier belongs to a connection that the member has given up.
      if (replaced !== null) effects.reply(replaced, syncError(ErrorCode.REBALANCE_IN_PROGRESS))
      removePendingSync(turn)
      if (group.isLeader(input.memberId)) assign(turn)
      return undefined
    }
    case 'Stable':
      removePendingSync(turn)
      return {
        errorCode: ErrorCode.NONE,
        protocolType: group.protocolType,
        protocolName: group.protocolName,
        assignment: member.assignment,
      }
  }
}

function validateSync({ group, input }: SyncTurn): number {
  const error = group.validateMember(input.memberId, input.groupInstanceId)
  if (error !== ErrorCode.NONE) return error
  if (input.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  const differs =
    isInconsistent(input.protocolType, group.protocolType) || isInconsistent(input.protocolName, group.protocolName)
  return differs ? ErrorCode.INCONSISTENT_GROUP_PROTOCOL : ErrorCode.NONE
}

/** Versions below 5 do not name the protocol. */
function isInconsistent(requested: string | null | undefined, actual: string | null): boolean {
  return requested !== null && requested !== undefined && actual !== null && requested !== actual
}

/**
 * Writes the assignment. Its replay makes the group Stable at once, so that nothing may come between; the members
 * hear of it when the record is committed.
 */
function assign(turn: SyncTurn): void {
  const { group, effects, input, nowMs } = turn
  // Copied: they are views of the request, and stay with the members.
  const assignments = new Map(input.assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)]))
  for (const member of [...group.members()]) {
    const sync = group.roster.takeSync(member.memberId)
    if (sync === null) continue
    effects.reply(sync, {
      errorCode: ErrorCode.NONE,
      protocolType: group.protocolType,
      protocolName: group.protocolName,
      assignment: assignments.get(member.memberId) ?? NO_BYTES,
    } satisfies SyncGroupOutput)
    // While its request was parked the session was not watched.
    armSession(turn, member)
  }
  effects.note(`group ${group.groupId}: assignment for generation ${group.generationId} from ${input.memberId}`)
  effects.append(group.toRecord(assignments, nowMs))
}

function removePendingSync({ group, effects, input }: SyncTurn): void {
  group.removePendingSync(input.memberId)
  if (group.pendingSyncMembers.size === 0) effects.cancel(syncKey(group.groupId))
}
