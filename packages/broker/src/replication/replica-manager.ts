/**
 * The partitions that this broker hosts: made leader or follower, stopped and deleted as the controller says
 * (Kafka: ReplicaManager). Does not know where the controller's word came from.
 */
import { LogDirectoryError, type PartitionLog } from '@millrace/log'
import { ErrorCode, type ErrorName } from '@millrace/protocol'
import type { LeaderAndIsrPartitionState, StopReplicaPartitionState } from '../metadata/metadata-applier.js'
import { BrokerTopicTraffic } from '../metrics/topic-traffic.js'
import type { Logger } from '../ports.js'
import { Partition } from './partition.js'

/** Where the logs are: the part of the log manager that leadership needs. */
export interface LogStore {
  get(topic: string, partition: number): PartitionLog | undefined
  /**
   * Opens the log, or makes it in an online log directory. One that is not new is not made while a directory is offline:
   * it may lie there.
   */
  getOrCreate(topic: string, partition: number, topicId: string, isNew: boolean): Promise<PartitionLog>
  delete(topic: string, partition: number): Promise<void>
}

export interface ReplicaManagerOptions {
  readonly brokerId: number
  readonly logs: LogStore
  readonly minInSyncReplicas: (topic: string) => number
  readonly logger: Logger
  /** Counts what is written and read. Default: for nobody. */
  readonly traffic?: BrokerTopicTraffic
}

/** What became of one partition of a LeaderAndIsr. */
export interface LeadershipChange {
  readonly errorCode: number
  /** Set when the role or its epoch changed. */
  readonly became?: 'leader' | 'follower'
}

export class ReplicaManager {
  readonly #options: ReplicaManagerOptions
  readonly #partitions = new Map<string, Map<number, Partition>>()
  readonly #traffic: BrokerTopicTraffic
  /** By partition: why its log could not be opened, as it was last logged. */
  readonly #told = new Map<string, string>()

  constructor(options: ReplicaManagerOptions) {
    this.#options = options
    this.#traffic = options.traffic ?? new BrokerTopicTraffic()
  }

  get(topic: string, index: number): Partition | undefined {
    return this.#partitions.get(topic)?.get(index)
  }

  *all(): IterableIterator<Partition> {
    for (const partitions of this.#partitions.values()) yield* partitions.values()
  }

  partitionsOf(topic: string): readonly Partition[] {
    return [...(this.#partitions.get(topic)?.values() ?? [])]
  }

  /** Acts on a newer leader epoch; the same one again is harmless and answered as Kafka does (STALE_CONTROLLER_EPOCH). */
  async becomeLeaderOrFollower(
    topic: string,
    topicId: string,
    state: LeaderAndIsrPartitionState,
  ): Promise<LeadershipChange> {
    const { brokerId, logs, logger } = this.#options
    const known = this.get(topic, state.partitionIndex)
    if (known?.isOffline === true) return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
    if (known !== undefined && known.log.topicId !== topicId) return { errorCode: ErrorCode.INCONSISTENT_TOPIC_ID }
    if (known !== undefined && state.leaderEpoch <= known.leaderEpoch) {
      return { errorCode: ErrorCode.STALE_CONTROLLER_EPOCH }
    }
    if (!state.replicas.includes(brokerId)) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }
    const index = state.partitionIndex
    try {
      const partition = known ?? this.#add(await logs.getOrCreate(topic, index, topicId, state.isNew))
      if (state.leader === brokerId) await partition.makeLeader(state)
      else partition.makeFollower(state)
      return { errorCode: ErrorCode.NONE, became: state.leader === brokerId ? 'leader' : 'follower' }
    } catch (error) {
      // The broker stops: the next one that starts opens it.
      if (error instanceof LogDirectoryError && error.code === 'CLOSED') {
        return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
      }
      // The controller tries again: once is enough to know.
      if (this.#told.get(`${topic}-${index}`) !== String(error)) {
        logger.error('Cannot open the log of a partition', { topic, partition: index, error: String(error) })
      }
      this.#told.set(`${topic}-${index}`, String(error))
      return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
    }
  }

  /** The disk of these logs has failed: their replicas answer KAFKA_STORAGE_ERROR to everything from now on. */
  handleLogDirFailure(logs: readonly PartitionLog[]): void {
    for (const log of logs) {
      const partition = this.get(log.topic, log.partition)
      if (partition?.log === log) partition.goOffline()
    }
  }

  /** Stops a replica, and deletes its log if told to. A partition that is not hosted is no error. */
  async stopReplica(topic: string, state: StopReplicaPartitionState): Promise<ErrorName> {
    const partition = this.get(topic, state.partitionIndex)
    if (partition !== undefined && state.leaderEpoch >= 0 && state.leaderEpoch < partition.leaderEpoch) {
      return 'FENCED_LEADER_EPOCH'
    }
    // It stays known as offline, also when it is to be deleted: its files are where nobody can reach them.
    if (partition?.isOffline === true) return 'KAFKA_STORAGE_ERROR'
    if (partition !== undefined) this.#remove(partition)
    if (!state.deletePartition) return 'NONE'
    try {
      await this.#options.logs.delete(topic, state.partitionIndex)
      return 'NONE'
    } catch (error) {
      this.#options.logger.error('Cannot delete a log', { topic, partition: state.partitionIndex, error })
      return 'KAFKA_STORAGE_ERROR'
    }
  }

  #add(log: PartitionLog): Partition {
    const { brokerId, minInSyncReplicas } = this.#options
    const partition = new Partition(log, brokerId, () => minInSyncReplicas(log.topic), this.#traffic.of(log.topic))
    this.#told.delete(`${log.topic}-${log.partition}`)
    const siblings = this.#partitions.get(log.topic) ?? new Map<number, Partition>()
    this.#partitions.set(log.topic, siblings.set(log.partition, partition))
    return partition
  }

  #remove(partition: Partition): void {
    const siblings = this.#partitions.get(partition.topic)
    siblings?.delete(partition.index)
    if (siblings?.size === 0) {
      this.#partitions.delete(partition.topic)
      this.#traffic.forget(partition.topic)
    }
    partition.stop()
  }
}
