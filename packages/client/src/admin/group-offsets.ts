/** The committed offsets of groups: list, set, forget. */
import { apis, type ResponseOf } from '@millrace/protocol'
import { errorOf, KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { type OffsetAndMetadata, type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import type { AdminResult } from './admin-result.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { coordinator, coordinatorMoves } from './locators.js'
import { byTopic } from './partition-lists.js'
import { isUnsupported, nothing, outcome } from './refusals.js'

/** A group, and of which partitions. */
export interface GroupOffsetsSpec {
  readonly groupId: string
  /** Default: all that it has offsets of. */
  readonly topicPartitions?: Iterable<TopicPartition>
}

export interface ListGroupOffsetsOptions extends CallOptions {
  /**
   * Waits until no transaction is open that may commit offsets of the group (KIP-447). Default false. From Kafka 2.5 on;
   * before, UNSUPPORTED_VERSION.
   */
  readonly requireStable?: boolean
}

/** Partitions without an offset are not in the map. */
export type GroupOffsets = Map<TopicPartition, OffsetAndMetadata>

/** From 8 on one request asks about many groups (KIP-709); from 10 on it needs topic ids. */
const MANY = { min: 8, max: 9 }

export function listGroupOffsets(
  driver: AdminDriver,
  what: string,
  groups: readonly (string | GroupOffsetsSpec)[],
  options: ListGroupOffsetsOptions,
): AdminResult<string, GroupOffsets> {
  const { requireStable = false } = options
  return driver.each(what, options, () => {
    const specs = groups.map((group): GroupOffsetsSpec => (typeof group === 'string' ? { groupId: group } : group))
    const topicsOf = new Map(
      specs.map(({ groupId, topicPartitions }) => [
        groupId,
        topicPartitions === undefined
          ? null
          : byTopic(topicPartitions, (topic, partitionIndexes: number[]) => ({ name: topic, partitionIndexes })),
      ]),
    )
    const askOne = async (call: Call, target: Answerer, groupId: string): Promise<[string, Answer<GroupOffsets>]> => {
      const body = { groupId, topics: topicsOf.get(groupId) ?? null, requireStable }
      return [groupId, offsetsOf(await call.ask(target, apis.OffsetFetch, body, { min: 2, max: MANY.min - 1 }))]
    }
    return {
      keys: topicsOf.keys(),
      locator: coordinator('group', (groupId) => groupId),
      passes: (error) => coordinatorMoves(error) || error.code === 'UNSTABLE_OFFSET_COMMIT',
      ask: async (call: Call, target: Answerer, groupIds: readonly string[]) => {
        try {
          const asked = groupIds.map((groupId) => ({ groupId, topics: topicsOf.get(groupId) ?? null }))
          const response = await call.ask(target, apis.OffsetFetch, { groups: asked, requireStable }, MANY)
          return response.groups.map((group) => [group.groupId, offsetsOf(group)] as const)
        } catch (error) {
          if (!isUnsupported(error)) throw error
          return await Promise.all(groupIds.map((groupId) => askOne(call, target, groupId)))
        }
      },
    }
  })
}

type AnsweredOffsets = Pick<ResponseOf<typeof apis.OffsetFetch>, 'errorCode' | 'topics'>

/** An error of one partition is the group's: nothing is left out in silence. */
function offsetsOf(answer: {
  readonly errorCode: number
  readonly topics: readonly {
    readonly name: string
    readonly partitions: AnsweredOffsets['topics'][number]['partitions']
  }[]
}): Answer<GroupOffsets> {
  const groupError = errorOf(answer.errorCode)
  if (groupError !== undefined) return { error: groupError }
  const offsets = new TopicPartitionMap<OffsetAndMetadata>()
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode } of partitions) {
      const error = errorOf(errorCode)
      if (error !== undefined) return { error: named(error, name, partitionIndex) }
      if (committedOffset < 0) continue
      offsets.set(
        { topic: name, partition: partitionIndex },
        {
          offset: committedOffset,
          ...(committedLeaderEpoch < 0 ? {} : { leaderEpoch: committedLeaderEpoch }),
          ...(metadata === null ? {} : { metadata }),
        },
      )
    }
  }
  return { value: offsets }
}

function named(error: KafkaError, topic: string, partition: number): KafkaError {
  return new KafkaError(error.code, `${topic}-${partition}: ${error.message}`, { cause: error })
}

/** Up to 9 topics go by name. */
const COMMIT_BY_NAME = { max: 9 }

export function alterGroupOffsets(
  driver: AdminDriver,
  what: string,
  groupId: string,
  offsets: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
  options: CallOptions,
): AdminResult<TopicPartition, void> {
  return driver.each(what, options, () => {
    const wanted = new TopicPartitionMap(offsets)
    const commit = (key: TopicPartition) => {
      const { offset = -1, leaderEpoch = -1, metadata = '' } = wanted.get(key) ?? {}
      return {
        partitionIndex: key.partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      }
    }
    return {
      keys: wanted.keys(),
      emptyMap: <V>() => new TopicPartitionMap<V>(),
      locator: coordinator('group', () => groupId),
      passes: (error) => coordinatorMoves(error) || error.code === 'REBALANCE_IN_PROGRESS',
      ask: async (call: Call, target: Answerer, keys: readonly TopicPartition[]) => {
        const body = {
          groupId,
          memberId: '',
          topics: byTopic(keys, (name, _partitions, those) => ({ name, partitions: those.map(commit) })),
        }
        const { topics } = await call.ask(target, apis.OffsetCommit, body, COMMIT_BY_NAME)
        return topics.flatMap(({ name, partitions }) =>
          partitions.map((one) => [{ topic: name, partition: one.partitionIndex }, outcome(one, nothing)] as const),
        )
      },
    }
  })
}

export function deleteGroupOffsets(
  driver: AdminDriver,
  what: string,
  groupId: string,
  partitions: Iterable<TopicPartition>,
  options: CallOptions,
): AdminResult<TopicPartition, void> {
  return driver.each(what, options, () => ({
    keys: partitions,
    emptyMap: <V>() => new TopicPartitionMap<V>(),
    locator: coordinator('group', () => groupId),
    passes: coordinatorMoves,
    ask: async (call: Call, target: Answerer, keys: readonly TopicPartition[]) => {
      const response = await call.ask(target, apis.OffsetDelete, {
        groupId,
        topics: byTopic(keys, (name, indexes) => ({
          name,
          partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
        })),
      })
      const error = errorOf(response.errorCode)
      if (error !== undefined) return keys.map((key) => [key, { error }] as const)
      return response.topics.flatMap(({ name, partitions: answered }) =>
        answered.map((one) => [{ topic: name, partition: one.partitionIndex }, outcome(one, nothing)] as const),
      )
    },
  }))
}
