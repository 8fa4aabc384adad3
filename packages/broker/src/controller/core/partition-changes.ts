/** New contents of partition states: the first leader, an elected one, an ISR without a lost replica. */
import { NO_LEADER } from '../../metadata/metadata-applier.js'
import type { PartitionState } from '../../metadata/znodes/partition-state.js'
import type { ControllerContext, PartitionRecord } from './controller-context.js'
import { type ElectionStrategy, electLeader } from './election.js'

const RECOVERED = 0
const RECOVERING = 1

/** The state that a new partition begins with; undefined if none of its replicas lives. */
export function initialState(context: ControllerContext, record: PartitionRecord): PartitionState | undefined {
  const live = record.assignment.replicas.filter((brokerId) => context.isReplicaOnline(brokerId, record))
  const [leader] = live
  if (leader === undefined) return undefined
  return { leader, isr: live, leaderEpoch: 0, leaderRecoveryState: RECOVERED, controllerEpoch: context.epoch }
}

export interface ElectionOutcome {
  readonly state: PartitionState
  /** Who must hear of it. */
  readonly recipients: readonly number[]
  readonly isUnclean: boolean
}

/** The state after an election; undefined if nobody can lead. `current` is what ZooKeeper says now. */
export function electedState(
  context: ControllerContext,
  record: PartitionRecord,
  current: PartitionState,
  strategy: ElectionStrategy,
): ElectionOutcome | undefined {
  const { replicas, removingReplicas } = record.assignment
  const candidates =
    strategy.kind === 'reassign' ? replicas.filter((brokerId) => !removingReplicas.includes(brokerId)) : replicas
  const isLive = (brokerId: number) => context.isReplicaOnline(brokerId, record, true)
  // A reassignment ends with a new leader epoch; a leader that is to stay among the replicas stays the leader.
  const keepsLeader =
    strategy.kind === 'reassign' &&
    candidates.includes(current.leader) &&
    context.isReplicaOnline(current.leader, record)
  const elected = keepsLeader
    ? { leader: current.leader, isr: current.isr, isUnclean: false }
    : electLeader(strategy, {
        replicas: candidates,
        isr: current.isr,
        isLive,
        isShuttingDown: (brokerId) => context.shuttingDownBrokerIds.has(brokerId),
      })
  if (elected === undefined) return undefined
  return {
    state: {
      leader: elected.leader,
      isr: elected.isr,
      leaderEpoch: current.leaderEpoch + 1,
      leaderRecoveryState: elected.isUnclean ? RECOVERING : current.leaderRecoveryState,
      controllerEpoch: context.epoch,
    },
    recipients: candidates.filter(isLive),
    isUnclean: elected.isUnclean,
  }
}

/** The state without a replica that went offline; undefined if it is not in the ISR. A last member stays in it. */
export function stateWithoutReplica(
  context: ControllerContext,
  current: PartitionState,
  brokerId: number,
): PartitionState | undefined {
  if (!current.isr.includes(brokerId)) return undefined
  return {
    ...current,
    leader: current.leader === brokerId ? NO_LEADER : current.leader,
    isr: current.isr.length === 1 ? current.isr : current.isr.filter((member) => member !== brokerId),
    leaderEpoch: current.leaderEpoch + 1,
    controllerEpoch: context.epoch,
  }
}
