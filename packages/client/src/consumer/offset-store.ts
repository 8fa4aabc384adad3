/** Committed offsets of a group: asks its coordinator, until it answers. Who may commit is the group's business. */
import { apis, type OffsetFetchResponse } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { errorOf, type KafkaError } from '../errors.js'
import { type OffsetAndMetadata, type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import type { Deadline } from '../waiting.js'
import { PartitionError } from './consumer-errors.js'
import { partitionsByTopic } from './core/assignors/assignor.js'

/** As whom a consumer commits. */
export interface CommittingMember {
  /** −1: no member of the group, because its partitions were assigned by hand. */
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** With 10, topics have ids in place of names. */
const VERSION_MAX = 9
/** From 7 on, offsets of open transactions are waited for. */
const STABLE_SINCE_VERSION = 7
const GROUPS_SINCE_VERSION = 8

export class OffsetStore {
  readonly #cluster: Cluster
  readonly #groupId: string

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster
    this.#groupId = groupId
  }

  /** Null where nothing is committed. Errors: KafkaError, TIMEOUT, the signal's reason. */
  async committed(
    partitions: readonly TopicPartition[],
    deadline: Deadline,
  ): Promise<TopicPartitionMap<OffsetAndMetadata | null>> {
    const found = new TopicPartitionMap<OffsetAndMetadata | null>(partitions.map((partition) => [partition, null]))
    if (partitions.length === 0) return found
    const topics = partitionsByTopic(partitions).map(({ topic, partitions: indexes }) => ({
      name: topic,
      partitionIndexes: indexes,
    }))
    const groupId = this.#groupId
    const response = await this.#cluster.askRepeatedly(
      { type: 'group', key: groupId },
      apis.OffsetFetch,
      (version) => ({
        ...(version < GROUPS_SINCE_VERSION ? { groupId, topics } : { groups: [{ groupId, topics }] }),
        ...(version < STABLE_SINCE_VERSION ? {} : { requireStable: true }),
      }),
      deadline,
      errorInFetch,
      { purpose: 'data', versions: { max: VERSION_MAX } },
    )
    for (const { name, partitions: answers } of response.groups[0]?.topics ?? response.topics) {
      for (const { partitionIndex, committedOffset, committedLeaderEpoch, metadata } of answers) {
        if (committedOffset < 0) continue
        found.set(
          { topic: name, partition: partitionIndex },
          {
            offset: committedOffset,
            ...(committedLeaderEpoch < 0 ? {} : { leaderEpoch: committedLeaderEpoch }),
            ...(metadata === null || metadata === '' ? {} : { metadata }),
          },
        )
      }
    }
    return found
  }

  /** Errors: KafkaError, TIMEOUT, the signal's reason. REBALANCE_IN_PROGRESS and its like are the caller's. */
  async commit(
    offsets: TopicPartitionMap<OffsetAndMetadata>,
    member: CommittingMember,
    deadline: Deadline,
  ): Promise<void> {
    if (offsets.size === 0) return
    const { generationId, memberId, groupInstanceId } = member
    await this.#cluster.askRepeatedly(
      { type: 'group', key: this.#groupId },
      apis.OffsetCommit,
      (version) => ({
        groupId: this.#groupId,
        generationIdOrMemberEpoch: generationId,
        memberId,
        ...(version < 7 ? {} : { groupInstanceId }),
        topics: commitTopics(offsets),
      }),
      deadline,
      (response) => {
        for (const { name, partitions } of response.topics) {
          for (const { partitionIndex, errorCode } of partitions) {
            const error = errorOf(errorCode)
            if (error !== undefined) return ofPartition(error, name, partitionIndex)
          }
        }
        return undefined
      },
      { purpose: 'data', versions: { max: VERSION_MAX } },
    )
  }
}

function commitTopics(offsets: TopicPartitionMap<OffsetAndMetadata>) {
  return partitionsByTopic(offsets.keys()).map(({ topic, partitions }) => ({
    name: topic,
    partitions: partitions.map((partition) => {
      const { offset, leaderEpoch = -1, metadata = '' } = offsets.get({ topic, partition }) as OffsetAndMetadata
      return {
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      }
    }),
  }))
}

function errorInFetch(response: OffsetFetchResponse): KafkaError | undefined {
  const group = response.groups[0]
  const whole = errorOf(group?.errorCode ?? response.errorCode)
  if (whole !== undefined) return whole
  for (const { name, partitions } of group?.topics ?? response.topics) {
    for (const { partitionIndex, errorCode } of partitions) {
      const error = errorOf(errorCode)
      if (error !== undefined) return ofPartition(error, name, partitionIndex)
    }
  }
  return undefined
}

/** Of a group or coordinator it is known without the partition; those errors are matched by their code anyway. */
function ofPartition(error: KafkaError, topic: string, partition: number): PartitionError {
  const message = `${topic}-${partition}: ${error.message}`
  return new PartitionError(error.code, { topic, partition, offset: -1 }, message)
}
