/**
 * The rebalance of a classic group: from the first reason for one to the assignment in everybody's hands. Requests
 * and timers (rebalance-timers.ts) end up here; each step writes its effects to the turn. After Kafka's GroupMetadataManager.
 *
 * prepareRebalance ─► (all joined, or a timer) completeJoin ─► (leader's sync, sync-group.ts) ─► Stable
 *
 * Never touches durable state: it appends records, and their replay does.
 */
import assert from 'node:assert/strict'
import { ErrorCode } from '@millrace/protocol'
import type { ReplyToken } from '../../../coordinator/decision.js'
import type { GroupConfig } from '../group-config.js'
import { type Effects, joinKey, sessionKey, syncKey } from '../group-decision.js'
import type { JoinGroupOutput, SyncGroupOutput } from '../group-messages.js'
import type { ClassicGroup } from './classic-group.js'
import { canTransition } from './classic-group-state.js'
import { type ClassicMember, NO_BYTES } from './classic-member.js'

/** One call of a handler on one group. */
export interface GroupTurn {
  readonly group: ClassicGroup
  readonly effects: Effects
  readonly config: GroupConfig
  readonly nowMs: number
}

export function joinError(errorCode: number, memberId: string): JoinGroupOutput {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

export function syncError(errorCode: number): SyncGroupOutput {
  return { errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES }
}

/** The answer to a member of the current generation; only the leader learns who the others are. */
export function joinedAs(group: ClassicGroup, memberId: string): JoinGroupOutput {
  return {
    errorCode: ErrorCode.NONE,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    skipAssignment: false,
    memberId,
    members: group.isLeader(memberId) ? group.roster.subscriptions(group.protocolName) : [],
  }
}

export function armSession(turn: GroupTurn, member: ClassicMember, timeoutMs = member.sessionTimeoutMs): void {
  const { group, effects, nowMs } = turn
  const timer = { kind: 'session', groupId: group.groupId, memberId: member.memberId } as const
  effects.arm(sessionKey(group.groupId, member.memberId), nowMs + timeoutMs, timer)
}

/** Parks a JoinGroup. A request that the same member had parked before belongs to a connection it has given up. */
export function parkJoin(turn: GroupTurn, memberId: string, token: ReplyToken): void {
  const replaced = turn.group.roster.parkJoin(memberId, token)
  if (replaced !== null) turn.effects.reply(replaced, joinError(ErrorCode.REBALANCE_IN_PROGRESS, memberId))
}

/** Removes a member that left or died. Its own parked requests fail, so that it joins anew if it is alive. */
export function removeMember(turn: GroupTurn, memberId: string): void {
  const { group, effects } = turn
  if (group.member(memberId) !== undefined) {
    const join = group.roster.takeJoin(memberId)
    if (join !== null) effects.reply(join, joinError(ErrorCode.UNKNOWN_MEMBER_ID, ''))
    const sync = group.roster.takeSync(memberId)
    if (sync !== null) effects.reply(sync, syncError(ErrorCode.UNKNOWN_MEMBER_ID))
  }
  group.remove(memberId)
  effects.cancel(sessionKey(group.groupId, memberId))
}

export function rebalanceOrCompleteJoin(turn: GroupTurn, reason: string): void {
  if (canTransition(turn.group.state, 'PreparingRebalance')) prepareRebalance(turn, reason)
  else maybeCompleteJoin(turn)
}

export function prepareRebalance(turn: GroupTurn, reason: string): void {
  const { group, effects, config, nowMs } = turn
  if (group.state === 'CompletingRebalance') failSyncs(turn, ErrorCode.REBALANCE_IN_PROGRESS)
  group.clearPendingSync()
  effects.cancel(syncKey(group.groupId))

  const isInitial = group.state === 'Empty'
  group.transitionTo('PreparingRebalance', nowMs)
  effects.note(`group ${group.groupId}: preparing to rebalance, old generation ${group.generationId} (${reason})`)
  if (isInitial) {
    group.newMemberAdded = false
    const delayMs = config.groupInitialRebalanceDelayMs
    armInitialRebalance(turn, delayMs, Math.max(group.roster.rebalanceTimeoutMs() - delayMs, 0))
  } else if (group.hasAllMembersJoined()) {
    completeJoin(turn)
  } else {
    armJoin(turn)
  }
}

/** Ends the join phase if nobody is missing. The first rebalance of a group always waits for its delay. */
export function maybeCompleteJoin(turn: GroupTurn): void {
  const { group } = turn
  if (group.state !== 'PreparingRebalance' || group.previousState === 'Empty') return
  if (group.hasAllMembersJoined()) completeJoin(turn)
}

/** The join phase is over: who has not come is out (static members stay until their session ends). */
export function completeJoin(turn: GroupTurn): void {
  const { group, effects, nowMs } = turn
  assert(group.state === 'PreparingRebalance')
  effects.cancel(joinKey(group.groupId))
  for (const member of [...group.members()]) {
    if (member.awaitingJoin === null && member.groupInstanceId === null) {
      effects.note(`group ${group.groupId}: removed member ${member.memberId}, which did not rejoin in time`)
      removeMember(turn, member.memberId)
    }
  }
  if (group.size > 0 && !group.electJoinedLeader()) {
    // Only static members are left and none has joined: wait until one does, or their sessions end.
    effects.note(`group ${group.groupId}: no member rejoined, waiting for another rebalance timeout`)
    armJoin(turn)
    return
  }
  group.initNextGeneration(nowMs)
  if (group.size === 0) {
    effects.note(`group ${group.groupId}: generation ${group.generationId} is empty`)
    effects.append(group.toRecord(new Map(), nowMs))
  } else {
    effects.note(`group ${group.groupId}: generation ${group.generationId} has ${group.size} members`)
    answerJoins(turn)
  }
}

/** Fails every parked SyncGroup of a generation that will not get its assignment. */
export function failSyncs(turn: GroupTurn, errorCode: number): void {
  const { group, effects } = turn
  assert(group.state === 'CompletingRebalance')
  group.roster.clearAssignments()
  for (const member of [...group.members()]) {
    const sync = group.roster.takeSync(member.memberId)
    if (sync === null) continue
    effects.reply(sync, syncError(errorCode))
    // While its request was parked the session was not watched.
    armSession(turn, member)
  }
}

function armJoin(turn: GroupTurn): void {
  const { group, effects, nowMs } = turn
  const timer = { kind: 'join', groupId: group.groupId } as const
  effects.arm(joinKey(group.groupId), nowMs + group.roster.rebalanceTimeoutMs(), timer)
}

/** `remainingMs`: what is left of the rebalance timeout after this delay. */
export function armInitialRebalance(turn: GroupTurn, delayMs: number, remainingMs: number): void {
  const { group, effects, nowMs } = turn
  const timer = { kind: 'initial-rebalance', groupId: group.groupId, delayMs, remainingMs } as const
  effects.arm(joinKey(group.groupId), nowMs + delayMs, timer)
}

function answerJoins(turn: GroupTurn): void {
  const { group, effects, nowMs } = turn
  const generationId = group.generationId
  for (const member of [...group.members()]) {
    const join = group.roster.takeJoin(member.memberId)
    if (join !== null) effects.reply(join, joinedAs(group, member.memberId))
    armSession(turn, member)
    group.roster.clearIsNew(member.memberId)
    group.addPendingSync(member.memberId)
  }
  const timer = { kind: 'sync', groupId: group.groupId, generationId } as const
  effects.arm(syncKey(group.groupId), nowMs + group.roster.rebalanceTimeoutMs(), timer)
}
