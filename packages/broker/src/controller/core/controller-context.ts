/**
 * What the active controller knows of its cluster: brokers, topics, partitions with their leaders, replicas' states and
 * topics on their way out (`kafka.controller.ControllerContext`).
 *
 * It owns this knowledge and answers questions about it. It reads and writes no ZooKeeper, sends nothing, and is only
 * changed by the events of the controller's queue, one at a time.
 */
import assert from 'node:assert'
import type { RegisteredBroker } from '../../metadata/znodes/broker-znodes.js'
import type { ReplicaAssignment } from '../../metadata/znodes/topic-assignment.js'
import type { VersionedPartitionState } from '../../metadata/znodes/topic-znodes.js'
import type { PartitionMachineState, ReplicaMachineState } from './states.js'

/** One partition. */
export interface PartitionRecord {
  readonly topic: string
  readonly partition: number
  assignment: ReplicaAssignment
  state: PartitionMachineState
  /** Leader and ISR as last read or written; undefined until the first leader. */
  leadership: VersionedPartitionState | undefined
  /** By broker id; a replica that is not here is NonExistent. */
  readonly replicaStates: Map<number, ReplicaMachineState>
}

/** One copy of a partition. */
export interface Replica {
  readonly record: PartitionRecord
  readonly brokerId: number
}

export interface TopicRecord {
  readonly topic: string
  /** Undefined for a topic from before topic ids, until the controller gives it one. */
  topicId: string | undefined
  readonly partitions: Map<number, PartitionRecord>
}

export class ControllerContext {
  epoch = 0
  epochZkVersion = 0
  /** Live brokers, those that are shutting down too. */
  readonly liveOrShuttingDownBrokers = new Map<number, RegisteredBroker>()
  readonly shuttingDownBrokerIds = new Set<number>()
  readonly topics = new Map<string, TopicRecord>()
  /** Somebody asked to delete them, and they are not gone yet. */
  readonly topicsToBeDeleted = new Set<string>()
  /** Their partitions are NonExistent already. */
  readonly topicsWithDeletionStarted = new Set<string>()
  /** Waiting for a broker to come back. */
  readonly topicsIneligibleForDeletion = new Set<string>()
  /** By broker: replicas that lie in a log directory that failed. */
  readonly #offlineDirReplicas = new Map<number, Set<PartitionRecord>>()

  /** Forgets everything: the controller resigned, or is about to read anew. */
  reset(): void {
    this.epoch = 0
    this.epochZkVersion = 0
    this.liveOrShuttingDownBrokers.clear()
    this.shuttingDownBrokerIds.clear()
    this.topics.clear()
    this.topicsToBeDeleted.clear()
    this.topicsWithDeletionStarted.clear()
    this.topicsIneligibleForDeletion.clear()
    this.#offlineDirReplicas.clear()
  }

  isLiveBroker(brokerId: number): boolean {
    return this.liveOrShuttingDownBrokers.has(brokerId) && !this.shuttingDownBrokerIds.has(brokerId)
  }

  liveOrShuttingDownBrokerIds(): readonly number[] {
    return [...this.liveOrShuttingDownBrokers.keys()]
  }

  /** The broker lives and the replica's log directory works. */
  isReplicaOnline(brokerId: number, record: PartitionRecord, includeShuttingDown = false): boolean {
    const isLive = includeShuttingDown ? this.liveOrShuttingDownBrokers.has(brokerId) : this.isLiveBroker(brokerId)
    return isLive && !(this.#offlineDirReplicas.get(brokerId)?.has(record) ?? false)
  }

  setTopic(topic: string, topicId: string | undefined): TopicRecord {
    let record = this.topics.get(topic)
    if (record === undefined) {
      record = { topic, topicId, partitions: new Map() }
      this.topics.set(topic, record)
    }
    record.topicId = topicId
    return record
  }

  /** Adds a partition, or changes its assignment. */
  setAssignment(topic: TopicRecord, partition: number, assignment: ReplicaAssignment): PartitionRecord {
    const known = topic.partitions.get(partition)
    if (known !== undefined) {
      known.assignment = assignment
      return known
    }
    const record: PartitionRecord = {
      topic: topic.topic,
      partition,
      assignment,
      state: 'NonExistent',
      leadership: undefined,
      replicaStates: new Map(),
    }
    topic.partitions.set(partition, record)
    return record
  }

  removeTopic(topic: string): void {
    this.topicsToBeDeleted.delete(topic)
    this.topicsWithDeletionStarted.delete(topic)
    this.topicsIneligibleForDeletion.delete(topic)
    for (const record of this.partitionsOf(topic)) {
      for (const offline of this.#offlineDirReplicas.values()) offline.delete(record)
    }
    this.topics.delete(topic)
  }

  *allPartitions(): Generator<PartitionRecord> {
    for (const topic of this.topics.values()) yield* topic.partitions.values()
  }

  partitionsOf(topic: string): readonly PartitionRecord[] {
    return [...(this.topics.get(topic)?.partitions.values() ?? [])]
  }

  partition(topic: string, partition: number): PartitionRecord | undefined {
    return this.topics.get(topic)?.partitions.get(partition)
  }

  replicasOfPartitions(records: Iterable<PartitionRecord>): readonly Replica[] {
    const replicas: Replica[] = []
    for (const record of records) {
      for (const brokerId of record.assignment.replicas) replicas.push({ record, brokerId })
    }
    return replicas
  }

  replicasOfTopic(topic: string): readonly Replica[] {
    return this.replicasOfPartitions(this.partitionsOf(topic))
  }

  replicasOnBrokers(brokerIds: ReadonlySet<number>): readonly Replica[] {
    return this.replicasOfPartitions(this.allPartitions()).filter(({ brokerId }) => brokerIds.has(brokerId))
  }

  replicaState({ record, brokerId }: Replica): ReplicaMachineState {
    return record.replicaStates.get(brokerId) ?? 'NonExistent'
  }

  setReplicaState({ record, brokerId }: Replica, state: ReplicaMachineState): void {
    if (state === 'NonExistent') record.replicaStates.delete(brokerId)
    else record.replicaStates.set(brokerId, state)
  }

  replicasInState(topic: string, state: ReplicaMachineState): readonly Replica[] {
    return this.replicasOfTopic(topic).filter((replica) => this.replicaState(replica) === state)
  }

  isQueuedForDeletion(topic: string): boolean {
    return this.topicsToBeDeleted.has(topic)
  }

  /** Partitions whose leader is gone, without those that are being deleted. */
  partitionsWithOfflineLeader(): readonly PartitionRecord[] {
    const offline: PartitionRecord[] = []
    for (const record of this.allPartitions()) {
      if (record.leadership === undefined || this.isQueuedForDeletion(record.topic)) continue
      if (!this.isReplicaOnline(record.leadership.leader, record)) offline.push(record)
    }
    return offline
  }

  /** The broker is new or gone: what was known of its log directories does not count any more. */
  forgetOfflineDirs(brokerId: number): void {
    this.#offlineDirReplicas.delete(brokerId)
  }

  /** A broker said which of its replicas lie in a failed directory, and which do not: what of that is new. */
  setReplicaDirs(
    brokerId: number,
    online: readonly PartitionRecord[],
    offline: readonly PartitionRecord[],
  ): { readonly lost: readonly Replica[]; readonly regained: readonly Replica[] } {
    const known = this.#offlineDirReplicas.get(brokerId) ?? new Set<PartitionRecord>()
    const regained = online.filter((record) => known.delete(record))
    const lost = offline.filter((record) => !known.has(record))
    for (const record of lost) known.add(record)
    if (known.size > 0) this.#offlineDirReplicas.set(brokerId, known)
    else this.#offlineDirReplicas.delete(brokerId)
    const replicaOf = (record: PartitionRecord) => ({ record, brokerId })
    return { lost: lost.map(replicaOf), regained: regained.map(replicaOf) }
  }

  /** Replicas of live brokers that lie in a failed directory, or whose logs could not be made. */
  offlineDirReplicas(): readonly Replica[] {
    return [...this.#offlineDirReplicas].flatMap(([brokerId, records]) =>
      this.liveOrShuttingDownBrokers.has(brokerId) ? Array.from(records, (record) => ({ record, brokerId })) : [],
    )
  }

  /** Throws if the tables contradict each other. */
  checkInvariants(): void {
    for (const topic of this.topicsWithDeletionStarted) assert(this.topicsToBeDeleted.has(topic))
    for (const record of this.allPartitions()) {
      if (record.state === 'Online')
        assert(record.leadership !== undefined, `${record.topic} is online without a leader`)
    }
  }
}
