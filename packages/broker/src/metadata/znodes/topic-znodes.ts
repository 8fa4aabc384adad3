/** Topics: assignments, partition states, requests to delete. */
import assert from 'node:assert'
import { isZooKeeperError } from '@millrace/zookeeper'
import type { TopicPartition } from './cluster-znodes.js'
import { decodePartitionState, encodePartitionState, type PartitionState } from './partition-state.js'
import {
  configEntityPath,
  DELETE_TOPICS_PATH,
  deleteTopicPath,
  partitionStatePath,
  TOPICS_PATH,
  topicPartitionPath,
  topicPartitionsPath,
  topicPath,
} from './paths.js'
import { decodeTopicAssignment, encodeTopicAssignment, type TopicAssignment } from './topic-assignment.js'
import type { ZkSession } from './zk-session.js'
import {
  ANY_VERSION,
  createPersistent,
  ensurePersistentPath,
  fencedDeleteRecursive,
  fencedWrite,
  setData,
} from './znode-access.js'

/** A partition's state with the version of its node, which is the partition epoch. */
export interface VersionedPartitionState extends PartitionState {
  readonly zkVersion: number
}

export class TopicZnodes {
  readonly #session: ZkSession

  constructor(session: ZkSession) {
    this.#session = session
  }

  /** Sets a watch where a child handler is registered for `TOPICS_PATH`. */
  async getTopics(): Promise<readonly string[]> {
    return (await this.#session.getChildren(TOPICS_PATH)) ?? []
  }

  async exists(topic: string): Promise<boolean> {
    return (await this.#session.exists(topicPath(topic))) !== null
  }

  /** Undefined if there is no such topic. Sets a watch where a handler is registered for the topic's path. */
  async getAssignment(topic: string): Promise<TopicAssignment | undefined> {
    const found = await this.#session.getData(topicPath(topic))
    return found === undefined ? undefined : decodeTopicAssignment(topic, found.data)
  }

  /** Topics that are not there are left out. */
  async getAssignments(topics: readonly string[]): Promise<ReadonlyMap<string, TopicAssignment>> {
    const found = await Promise.all(topics.map(async (topic) => [topic, await this.getAssignment(topic)] as const))
    const present = new Map<string, TopicAssignment>()
    for (const [topic, assignment] of found) if (assignment !== undefined) present.set(topic, assignment)
    return present
  }

  /** Creates the topic, as any broker may; its configs come first. Errors: NODEEXISTS. */
  async create(topic: string, assignment: TopicAssignment): Promise<void> {
    await createPersistent(this.#session, topicPath(topic), encodeTopicAssignment(assignment))
  }

  /** Replaces the assignment: fenced if the caller is a controller, otherwise not. */
  async setAssignment(topic: string, assignment: TopicAssignment, epochZkVersion?: number): Promise<void> {
    const path = topicPath(topic)
    const data = encodeTopicAssignment(assignment)
    if (epochZkVersion === undefined) await setData(this.#session, path, data, ANY_VERSION)
    else await fencedWrite(this.#session, epochZkVersion, { kind: 'setData', path, data, version: ANY_VERSION })
  }

  /** Undefined if the partition has no state yet. */
  async getState({ topic, partition }: TopicPartition): Promise<VersionedPartitionState | undefined> {
    const found = await this.#session.getData(partitionStatePath(topic, partition))
    if (found === undefined) return undefined
    return { ...decodePartitionState(topic, partition, found.data), zkVersion: found.stat.version }
  }

  /** Creates the parent of a new topic's partitions; does nothing if it is there. */
  async createPartitionsNode(topic: string, epochZkVersion: number): Promise<void> {
    await this.#createIfAbsent(topicPartitionsPath(topic), epochZkVersion)
  }

  /** Creates a new partition's nodes below it. Errors: NODEEXISTS if it has a state already, ControllerMovedError. */
  async createState(
    tp: TopicPartition,
    state: PartitionState,
    epochZkVersion: number,
  ): Promise<VersionedPartitionState> {
    await this.#createIfAbsent(topicPartitionPath(tp.topic, tp.partition), epochZkVersion)
    const path = partitionStatePath(tp.topic, tp.partition)
    const operation = { kind: 'create', path, data: encodePartitionState(state) } as const
    const created = await fencedWrite(this.#session, epochZkVersion, operation)
    assert(created.kind === 'create')
    return { ...state, zkVersion: created.stat.version }
  }

  /** Errors: BADVERSION if the state is not at `zkVersion`, ControllerMovedError. Returns the new version. */
  async updateState(
    { topic, partition }: TopicPartition,
    state: PartitionState,
    zkVersion: number,
    epochZkVersion: number,
  ): Promise<number> {
    const path = partitionStatePath(topic, partition)
    const operation = { kind: 'setData', path, data: encodePartitionState(state), version: zkVersion } as const
    const set = await fencedWrite(this.#session, epochZkVersion, operation)
    assert(set.kind === 'setData')
    return set.stat.version
  }

  /** Asks the controller to delete a topic. Errors: NODEEXISTS if somebody has already. */
  async requestDeletion(topic: string): Promise<void> {
    await ensurePersistentPath(this.#session, DELETE_TOPICS_PATH)
    await createPersistent(this.#session, deleteTopicPath(topic), null)
  }

  /** Topics that somebody asked to delete. Sets a watch where a child handler is registered. */
  async getDeletionRequests(): Promise<readonly string[]> {
    return (await this.#session.getChildren(DELETE_TOPICS_PATH)) ?? []
  }

  async isMarkedForDeletion(topic: string): Promise<boolean> {
    return (await this.#session.exists(deleteTopicPath(topic))) !== null
  }

  async removeDeletionRequest(topic: string, epochZkVersion: number): Promise<void> {
    await fencedDeleteRecursive(this.#session, epochZkVersion, deleteTopicPath(topic))
  }

  /** Removes all that is known of a topic; its request goes last, so that an interrupted removal is taken up again. */
  async remove(topic: string, epochZkVersion: number): Promise<void> {
    await fencedDeleteRecursive(this.#session, epochZkVersion, topicPath(topic))
    await fencedDeleteRecursive(this.#session, epochZkVersion, configEntityPath('topics', topic))
    await this.removeDeletionRequest(topic, epochZkVersion)
  }

  async #createIfAbsent(path: string, epochZkVersion: number): Promise<void> {
    try {
      await fencedWrite(this.#session, epochZkVersion, { kind: 'create', path, data: null })
    } catch (error) {
      if (!isZooKeeperError(error, 'NODEEXISTS')) throw error
    }
  }
}
