/** What the timers of a classic group do when they run out. A timer that came too late for its state does nothing. */

import type { GroupTimer } from '../group-decision.js'
import { hasSatisfiedHeartbeat } from './classic-member.js'
import {
  armInitialRebalance,
  completeJoin,
  type GroupTurn,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  removeMember,
} from './rebalance.js'

export function onClassicTimer(turn: GroupTurn, timer: GroupTimer): void {
  switch (timer.kind) {
    case 'session':
      onSessionTimer(turn, timer.memberId)
      break
    case 'initial-rebalance':
      onInitialRebalanceTimer(turn, timer.delayMs, timer.remainingMs)
      break
    case 'join':
      onJoinTimer(turn)
      break
    case 'sync':
      onSyncTimer(turn, timer.generationId)
      break
    default:
      timer satisfies never
  }
}

function onSessionTimer(turn: GroupTurn, memberId: string): void {
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

/** The delay of a first rebalance has passed: wait on if somebody joined meanwhile and there is time left. */
function onInitialRebalanceTimer(turn: GroupTurn, delayMs: number, remainingMs: number): void {
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

/** The rebalance timeout has passed: the join phase ends without whoever is missing. */
function onJoinTimer(turn: GroupTurn): void {
  if (turn.group.state === 'PreparingRebalance') completeJoin(turn)
}

/** The sync phase has lasted for the rebalance timeout: whoever never asked for its assignment is out. */
function onSyncTimer(turn: GroupTurn, generationId: number): void {
  const { group } = turn
  if (generationId !== group.generationId) return
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return
  const missing = [...group.pendingSyncMembers]
  if (missing.length === 0) return
  for (const memberId of missing) removeMember(turn, memberId)
  prepareRebalance(turn, `members ${missing.join(', ')} did not sync in time`)
}
