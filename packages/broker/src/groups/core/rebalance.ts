/**
 * The rebalance of a classic group: from the first reason for one to the assignment in everybody's hands. Requests
 * and timers end up here; each step writes its effects to the turn. After Kafka's GroupMetadataManager.
 *
 * prepareRebalance ─► (all joined, or a timer) completeJoin ─► (leader's sync, sync-group.ts) ─► Stable
 *
 * Never touches durable state: it appends records, and their replay does.
 */
import assert from 'node:assert/strict'
import { ErrorCode } from '@millrace/protocol'
import type { ReplyToken } from '../../coordinator/decision.js'
import type { ClassicGroup } from './classic-group.js'
import { canTransition } from './classic-group-state.js'
import { type ClassicMember, hasSatisfiedHeartbeat, NO_BYTES } from './classic-member.js'
import type { GroupConfig } from './group-config.js'
import { type Effects, joinKey, sessionKey, syncKey } from './group-decision.js'
import type { JoinGroupOutput, SyncGroupOutput } from './group-messages.js'

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
    members: group.isLeader(memberId) ? group.joinedMembers() : [],
  }
}

export function armSession(turn: GroupTurn, member: ClassicMember, timeoutMs = member.sessionTimeoutMs): void {
  const { group, effects, nowMs } = turn
  const timer = { kind: 'session', groupId: group.groupId, memberId: member.memberId } as const
  effects.arm(sessionKey(group.groupId, member.memberId), nowMs + timeoutMs, timer)
}

/** Parks a JoinGroup. A request that the same member had parked before belongs to a connection it has given up. */
export function parkJoin(turn: GroupTurn, memberId: string, token: ReplyToken): void {
  const replaced = turn.group.parkJoin(memberId, token)
  if (replaced !== null) turn.effects.reply(replaced, joinError(ErrorCode.REBALANCE_IN_PROGRESS, memberId))
}

/** Removes a member that left or died. Its own parked requests fail, so that it joins anew if it is alive. */
export function removeMember(turn: GroupTurn, memberId: string): void {
  const { group, effects } = turn
  if (group.member(memberId) !== undefined) {
    const join = group.takeJoin(memberId)
    if (join !== null) effects.reply(join, joinError(ErrorCode.UNKNOWN_MEMBER_ID, ''))
    const sync = group.takeSync(memberId)
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
    armInitialRebalance(turn, delayMs, Math.max(group.rebalanceTimeoutMs() - delayMs, 0))
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

/** The delay of a first rebalance has passed: wait on if somebody joined meanwhile and there is time left. */
export function onInitialRebalanceTimer(turn: GroupTurn, delayMs: number, remainingMs: number): void {
  const { group, config } = turn
  if (group.state !== 'PreparingRebalance') return
  if (group.newMemberAdded && remainingMs !== 0) {
    group.newMemberAdded = false
    const nextDelayMs = Math.min(config.groupInitialRebalanceDelayMs, remainingMs)
    armInitialRebalance(turn, nextDelayMs, Math.max(remainingMs - delayMs, 0))
  } else {
    completeJoin(turn)
  }
}

export function onJoinTimer(turn: GroupTurn): void {
  if (turn.group.state === 'PreparingRebalance') completeJoin(turn)
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

/** The sync phase has lasted for the rebalance timeout: whoever never asked for its assignment is out. */
export function onSyncTimer(turn: GroupTurn, generationId: number): void {
  const { group } = turn
  if (generationId !== group.generationId) return
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return
  const missing = [...group.pendingSyncMembers]
  if (missing.length === 0) return
  for (const memberId of missing) removeMember(turn, memberId)
  prepareRebalance(turn, `members ${missing.join(', ')} did not sync in time`)
}

export function onSessionTimer(turn: GroupTurn, memberId: string): void {
  const { group, effects } = turn
  const member = group.member(memberId)
  if (group.isPendingJoin(memberId)) {
    group.remove(memberId)
    effects.note(`group ${group.groupId}: member id ${memberId} was given out and never used`)
    if (group.state === 'PreparingRebalance' && group.hasAllMembersJoined()) completeJoin(turn)
  } else if (member !== undefined && !hasSatisfiedHeartbeat(member)) {
    effects.note(`group ${group.groupId}: session of member ${memberId} expired`)
    removeMember(turn, memberId)
    if (group.state === 'PreparingRebalance') {
      if (group.hasAllMembersJoined()) completeJoin(turn)
    } else {
      rebalanceOrCompleteJoin(turn, `session of member ${memberId} expired`)
    }
  }
}

/** Fails every parked SyncGroup of a generation that will not get its assignment. */
export function failSyncs(turn: GroupTurn, errorCode: number): void {
  const { group, effects } = turn
  assert(group.state === 'CompletingRebalance')
  group.clearAssignments()
  for (const member of [...group.members()]) {
    const sync = group.takeSync(member.memberId)
    if (sync === null) continue
    effects.reply(sync, syncError(errorCode))
    // While its request was parked the session was not watched.
    armSession(turn, member)
  }
}

function armJoin(turn: GroupTurn): void {
  const { group, effects, nowMs } = turn
  const timer = { kind: 'join', groupId: group.groupId } as const
  effects.arm(joinKey(group.groupId), nowMs + group.rebalanceTimeoutMs(), timer)
}

function armInitialRebalance(turn: GroupTurn, delayMs: number, remainingMs: number): void {
  const { group, effects, nowMs } = turn
  const timer = { kind: 'initial-rebalance', groupId: group.groupId, delayMs, remainingMs } as const
  effects.arm(joinKey(group.groupId), nowMs + delayMs, timer)
}

function answerJoins(turn: GroupTurn): void {
  const { group, effects, nowMs } = turn
  const generationId = group.generationId
  for (const member of [...group.members()]) {
    const join = group.takeJoin(member.memberId)
    if (join !== null) effects.reply(join, joinedAs(group, member.memberId))
    armSession(turn, member)
    group.clearIsNew(member.memberId)
    group.addPendingSync(member.memberId)
  }
  const timer = { kind: 'sync', groupId: group.groupId, generationId } as const
  effects.arm(syncKey(group.groupId), nowMs + group.rebalanceTimeoutMs(), timer)
}
