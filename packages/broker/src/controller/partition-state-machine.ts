/**
 * Moves partitions through their states (`kafka.controller.ZkPartitionStateMachine`): decides by the tables in core/,
 * writes their states to ZooKeeper, fenced, and gathers who must hear of it.
 *
 * Partitions that cannot make a move are logged and stay where they are; the move is tried again when something changes.
 * A ControllerMovedError ends it all.
 */
import { isZooKeeperError } from '@millrace/zookeeper'
import { allInTurns } from '../loop-share.js'
import type { KafkaZkClient } from '../metadata/znodes/kafka-zk-client.js'
import type { PartitionState } from '../metadata/znodes/partition-state.js'
import { ControllerMovedError } from '../metadata/znodes/znode-access.js'
import type { Logger } from '../ports.js'
import type { ControllerContext, PartitionRecord } from './core/controller-context.js'
import { electedState, initialState } from './core/partition-changes.js'
import type { RequestBatch } from './core/request-batch.js'
import { PARTITION_STATE_ENTERED_FROM, type PartitionMachineState } from './core/states.js'

export interface StateMachineParts {
  readonly context: ControllerContext
  readonly zk: KafkaZkClient
  readonly batch: RequestBatch
  readonly logger: Logger
}

/** Says whether a topic allows unclean elections. */
export type UncleanElectionRule = (topic: string) => Promise<boolean>

/** Which election to hold; an offline one keeps to the topic's own rule unless it is allowed more. */
export type ElectionRequest =
  | { readonly kind: 'offline'; readonly allowUnclean: boolean }
  | { readonly kind: 'preferred' | 'reassign' | 'controlledShutdown' }

export class PartitionStateMachine {
  readonly #parts: StateMachineParts
  readonly #isUncleanAllowed: UncleanElectionRule

  constructor(parts: StateMachineParts, isUncleanAllowed: UncleanElectionRule) {
    this.#parts = parts
    this.#isUncleanAllowed = isUncleanAllowed
  }

  /** The states of what was just read; then every partition that can be online goes there. */
  async startup(): Promise<void> {
    const { context } = this.#parts
    for (const record of context.allPartitions()) {
      if (record.leadership === undefined) record.state = 'New'
      else record.state = context.isReplicaOnline(record.leadership.leader, record) ? 'Online' : 'Offline'
    }
    await this.triggerOnline()
  }

  /** Tries every new and offline partition that is not being deleted. */
  async triggerOnline(): Promise<void> {
    const { context } = this.#parts
    const waiting = [...context.allPartitions()].filter(
      ({ topic, state }) => (state === 'New' || state === 'Offline') && !context.isQueuedForDeletion(topic),
    )
    await this.toOnline(waiting, { kind: 'offline', allowUnclean: false })
  }

  /** For moves that only change the state; `toOnline` is the other. */
  move(records: readonly PartitionRecord[], target: Exclude<PartitionMachineState, 'Online'>): void {
    for (const record of this.#valid(records, target)) record.state = target
  }

  /** New partitions get their first leader, others a newly elected one. Returns those that got one. */
  async toOnline(records: readonly PartitionRecord[], election: ElectionRequest): Promise<readonly PartitionRecord[]> {
    const valid = this.#valid(records, 'Online')
    const withoutLeader = valid.filter(({ state }) => state === 'New')
    const withLeader = valid.filter(({ state }) => state !== 'New')
    const { context, zk } = this.#parts
    const newTopics = new Set(withoutLeader.map(({ topic }) => topic))
    await Promise.all([...newTopics].map((topic) => zk.topics.createPartitionsNode(topic, context.epochZkVersion)))
    const fresh = await allInTurns(withoutLeader, (record) => this.#guarded(record, () => this.#initialize(record)))
    const elected = await allInTurns(withLeader, (record) => this.#guarded(record, () => this.#elect(record, election)))
    return [...fresh, ...elected].filter((record) => record !== undefined)
  }

  async #initialize(record: PartitionRecord): Promise<PartitionRecord | undefined> {
    const { context, zk, batch } = this.#parts
    const state = initialState(context, record)
    if (state === undefined) return this.#failed(record, 'none of its replicas is alive')
    try {
      record.leadership = await zk.topics.createState(record, state, context.epochZkVersion)
    } catch (error) {
      if (!isZooKeeperError(error, 'NODEEXISTS')) throw error
      return this.#failed(record, 'it has a state already')
    }
    record.state = 'Online'
    batch.addLeaderAndIsr(record.leadership.isr, record, true)
    return record
  }

  /** Reads, elects, writes; again when somebody else wrote meanwhile. */
  async #elect(record: PartitionRecord, election: ElectionRequest): Promise<PartitionRecord | undefined> {
    const { context, zk, batch, logger } = this.#parts
    for (;;) {
      const current = await zk.topics.getState(record)
      if (current === undefined) return this.#failed(record, 'it has no state')
      if (current.controllerEpoch > context.epoch) return this.#failed(record, 'a newer controller wrote its state')
      const outcome = await this.#outcome(record, current, election)
      if (outcome === undefined) return this.#failed(record, 'no replica can lead')
      const zkVersion = await this.#write(record, outcome.state, current.zkVersion)
      if (zkVersion === undefined) continue
      if (outcome.isUnclean) logger.warn(`Unclean leader election of ${name(record)}: records may be lost`)
      record.leadership = { ...outcome.state, zkVersion }
      record.state = 'Online'
      batch.addLeaderAndIsr(outcome.recipients, record, false)
      return record
    }
  }

  /** The topic's own rule is only asked for when nobody can lead without a loss. */
  async #outcome(record: PartitionRecord, current: PartitionState, election: ElectionRequest) {
    const { context } = this.#parts
    if (election.kind !== 'offline') return electedState(context, record, current, { kind: election.kind })
    const clean = electedState(context, record, current, { kind: 'offline', isUncleanAllowed: election.allowUnclean })
    if (clean !== undefined || !(await this.#isUncleanAllowed(record.topic))) return clean
    return electedState(context, record, current, { kind: 'offline', isUncleanAllowed: true })
  }

  /** Undefined if the version was not the current one. */
  async #write(record: PartitionRecord, state: PartitionState, zkVersion: number): Promise<number | undefined> {
    const { context, zk } = this.#parts
    try {
      return await zk.topics.updateState(record, state, zkVersion, context.epochZkVersion)
    } catch (error) {
      if (isZooKeeperError(error, 'BADVERSION')) return undefined
      throw error
    }
  }

  #valid(records: readonly PartitionRecord[], target: PartitionMachineState): readonly PartitionRecord[] {
    return records.filter((record) => {
      const isValid = PARTITION_STATE_ENTERED_FROM[target].includes(record.state)
      if (!isValid) this.#failed(record, `it cannot go from ${record.state} to ${target}`)
      return isValid
    })
  }

  /** One partition's trouble is not the others'. */
  async #guarded(
    record: PartitionRecord,
    move: () => Promise<PartitionRecord | undefined>,
  ): Promise<PartitionRecord | undefined> {
    try {
      return await move()
    } catch (error) {
      if (error instanceof ControllerMovedError || isZooKeeperError(error, 'SESSIONEXPIRED', 'CONNECTIONLOSS')) {
        throw error
      }
      return this.#failed(record, String(error))
    }
  }

  #failed(record: PartitionRecord, reason: string): undefined {
    this.#parts.logger.warn(`Partition ${name(record)} did not change its state: ${reason}`)
  }
}

function name({ topic, partition }: PartitionRecord): string {
  return `${topic}-${partition}`
}
