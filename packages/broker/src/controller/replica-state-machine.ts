/**
 * Moves replicas through their states (`kafka.controller.ZkReplicaStateMachine`), gathering what their brokers, and the
 * other replicas, must be told. A replica that goes offline leaves the ISR, by a fenced write.
 */
import { isZooKeeperError } from '@millrace/zookeeper'
import { ControllerMovedError } from '../metadata/znodes/znode-access.js'
import type { Replica } from './core/controller-context.js'
import { stateWithoutReplica } from './core/partition-changes.js'
import { REPLICA_STATE_ENTERED_FROM, type ReplicaMachineState } from './core/states.js'
import type { StateMachineParts } from './partition-state-machine.js'

export class ReplicaStateMachine {
  readonly #parts: StateMachineParts

  constructor(parts: StateMachineParts) {
    this.#parts = parts
  }

  /** The states of what was just read; then replicas are told, and those that are gone leave their ISRs. */
  async startup(): Promise<void> {
    const { context } = this.#parts
    const online: Replica[] = []
    const offline: Replica[] = []
    for (const replica of context.replicasOfPartitions(context.allPartitions())) {
      const isOnline = context.isReplicaOnline(replica.brokerId, replica.record)
      // A dead replica may belong to a topic whose deletion began under the controller before.
      context.setReplicaState(replica, isOnline ? 'Online' : 'DeletionIneligible')
      if (isOnline) online.push(replica)
      else offline.push(replica)
    }
    await this.move(online, 'Online')
    await this.move(offline, 'Offline')
  }

  async move(replicas: readonly Replica[], target: ReplicaMachineState): Promise<void> {
    const { context, logger } = this.#parts
    const valid: Replica[] = []
    for (const replica of replicas) {
      const from = context.replicaState(replica)
      if (REPLICA_STATE_ENTERED_FROM[target].includes(from)) valid.push(replica)
      else logger.warn(`Replica ${name(replica)} cannot go from ${from} to ${target}`)
    }
    if (target === 'Offline') await Promise.all(valid.map((replica) => this.#toOffline(replica)))
    else for (const replica of valid) this.#enter(replica, target)
  }

  #enter(replica: Replica, target: Exclude<ReplicaMachineState, 'Offline'>): void {
    const { context, batch } = this.#parts
    const { record, brokerId } = replica
    switch (target) {
      case 'New':
        // It is told of a leader that is there already; a replica of a new partition hears with its election.
        if (record.leadership !== undefined) batch.addLeaderAndIsr([brokerId], record, true)
        break
      case 'Online':
        if (context.replicaState(replica) !== 'New' && record.leadership !== undefined) {
          batch.addLeaderAndIsr([brokerId], record, false)
        }
        break
      case 'DeletionStarted':
        batch.addStopReplica(brokerId, record, true)
        break
      case 'NonExistent':
        record.assignment = withoutReplica(record.assignment, brokerId)
        break
      case 'DeletionSuccessful':
      case 'DeletionIneligible':
        break
      default:
        target satisfies never
    }
    context.setReplicaState(replica, target)
  }

  async #toOffline(replica: Replica): Promise<void> {
    const { context, batch, logger } = this.#parts
    const { record, brokerId } = replica
    batch.addStopReplica(brokerId, record, false)
    try {
      if (record.leadership !== undefined) await this.#removeFromIsr(replica)
      else batch.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), [record])
      context.setReplicaState(replica, 'Offline')
    } catch (error) {
      if (error instanceof ControllerMovedError || isZooKeeperError(error, 'SESSIONEXPIRED', 'CONNECTIONLOSS')) {
        throw error
      }
      logger.warn(`Replica ${name(replica)} did not go offline`, { error: String(error) })
    }
  }

  /** Reads, writes; again when somebody else wrote meanwhile. */
  async #removeFromIsr({ record, brokerId }: Replica): Promise<void> {
    const { context, zk, batch } = this.#parts
    for (;;) {
      const current = await zk.topics.getState(record)
      // The nodes of a topic that is being deleted may be gone already.
      if (current === undefined) return
      if (current.controllerEpoch > context.epoch) {
        throw new Error(`a controller with epoch ${current.controllerEpoch} wrote its state`)
      }
      const next = stateWithoutReplica(context, current, brokerId)
      try {
        const zkVersion =
          next === undefined
            ? current.zkVersion
            : await zk.topics.updateState(record, next, current.zkVersion, context.epochZkVersion)
        record.leadership = { ...(next ?? current), zkVersion }
      } catch (error) {
        if (isZooKeeperError(error, 'BADVERSION')) continue
        throw error
      }
      if (!context.isQueuedForDeletion(record.topic)) {
        const others = record.assignment.replicas.filter((other) => other !== brokerId)
        batch.addLeaderAndIsr(others, record, false)
      }
      return
    }
  }
}

function withoutReplica(assignment: Replica['record']['assignment'], brokerId: number) {
  const without = (brokerIds: readonly number[]) => brokerIds.filter((other) => other !== brokerId)
  return {
    replicas: without(assignment.replicas),
    addingReplicas: without(assignment.addingReplicas),
    removingReplicas: without(assignment.removingReplicas),
  }
}

function name({ record, brokerId }: Replica): string {
  return `${record.topic}-${record.partition} on broker ${brokerId}`
}
