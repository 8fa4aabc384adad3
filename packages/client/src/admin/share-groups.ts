/** Share groups (KIP-932): describe; their offsets: list, set, forget. */
import { apis, type ResponseOf } from '@millrace/protocol'
import type { Node } from '../cluster/metadata-snapshot.js'
import { errorOf } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { type OffsetAndMetadata, type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import type { AdminResult } from './admin-result.js'
import { type AclOperation, authorizedOperations } from './code-names.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import type { GroupOffsets, GroupOffsetsSpec } from './group-offsets.js'
import { type GroupState, groupState } from './group-types.js'
import { type DescribeGroupsOptions, partitionsOf } from './groups.js'
import { coordinator, coordinatorMoves } from './locators.js'
import { byTopic } from './partition-lists.js'
import { nothing, outcome } from './refusals.js'

export interface ShareMemberDescription {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
  readonly rackId: string | undefined
  readonly memberEpoch: number
  readonly assignment: readonly TopicPartition[]
}

export interface ShareGroupDescription {
  readonly groupId: string
  readonly state: GroupState
  readonly members: readonly ShareMemberDescription[]
  readonly coordinator: Node | undefined
  readonly groupEpoch: number
  readonly targetAssignmentEpoch: number
  /** Undefined unless asked for. */
  readonly authorizedOperations: ReadonlySet<AclOperation> | undefined
}

export function describeShareGroups(
  driver: AdminDriver,
  groupIds: readonly string[],
  options: DescribeGroupsOptions,
): AdminResult<string, ShareGroupDescription> {
  const { includeAuthorizedOperations = false } = options
  return driver.each('describeShareGroups', options, () => ({
    keys: groupIds,
    locator: coordinator('group', (groupId: string) => groupId),
    passes: coordinatorMoves,
    ask: async (call: Call, target: Answerer, ids: readonly string[]) => {
      const node = typeof target === 'number' ? call.cluster.snapshot.nodes.get(target) : undefined
      const { groups } = await call.ask(target, apis.ShareGroupDescribe, { groupIds: ids, includeAuthorizedOperations })
      return groups.map((group) => [group.groupId, outcome(group, () => description(group, node))] as const)
    },
  }))
}

function description(
  group: ResponseOf<typeof apis.ShareGroupDescribe>['groups'][number],
  node: Node | undefined,
): ShareGroupDescription {
  return {
    groupId: group.groupId,
    state: groupState(group.groupState),
    members: group.members.map((member) => ({
      memberId: member.memberId,
      clientId: member.clientId,
      host: member.clientHost,
      rackId: member.rackId ?? undefined,
      memberEpoch: member.memberEpoch,
      assignment: partitionsOf(member.assignment),
    })),
    coordinator: node,
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    authorizedOperations: authorizedOperations(group.authorizedOperations),
  }
}

/** Where groups start reading; partitions without such an offset are not in the map. */
export function listShareGroupOffsets(
  driver: AdminDriver,
  groups: readonly (string | GroupOffsetsSpec)[],
  options: CallOptions,
): AdminResult<string, GroupOffsets> {
  return driver.each('listShareGroupOffsets', options, () => {
    const specs = groups.map((group): GroupOffsetsSpec => (typeof group === 'string' ? { groupId: group } : group))
    const topicsOf = new Map(
      specs.map(({ groupId, topicPartitions }) => [
        groupId,
        topicPartitions === undefined
          ? null
          : byTopic(topicPartitions, (topicName, partitions: number[]) => ({ topicName, partitions })),
      ]),
    )
    return {
      keys: topicsOf.keys(),
      locator: coordinator('group', (groupId: string) => groupId),
      passes: coordinatorMoves,
      ask: async (call: Call, target: Answerer, groupIds: readonly string[]) => {
        const asked = groupIds.map((groupId) => ({ groupId, topics: topicsOf.get(groupId) ?? null }))
        const response = await call.ask(target, apis.DescribeShareGroupOffsets, { groups: asked })
        return response.groups.map((group) => [group.groupId, offsetsOf(group)] as const)
      },
    }
  })
}

function offsetsOf(group: ResponseOf<typeof apis.DescribeShareGroupOffsets>['groups'][number]): Answer<GroupOffsets> {
  const groupError = errorOf(group.errorCode, group.errorMessage)
  if (groupError !== undefined) return { error: groupError }
  const offsets = new TopicPartitionMap<OffsetAndMetadata>()
  for (const { topicName, partitions } of group.topics) {
    for (const { partitionIndex, startOffset, leaderEpoch, errorCode, errorMessage } of partitions) {
      const error = errorOf(errorCode, errorMessage)
      if (error !== undefined) return { error }
      if (startOffset < 0) continue
      const offset = { offset: startOffset, ...(leaderEpoch < 0 ? {} : { leaderEpoch }) }
      offsets.set({ topic: topicName, partition: partitionIndex }, offset)
    }
  }
  return { value: offsets }
}

/** The group must be empty. */
export function alterShareGroupOffsets(
  driver: AdminDriver,
  groupId: string,
  offsets: Iterable<readonly [TopicPartition, number]>,
  options: CallOptions,
): AdminResult<TopicPartition, void> {
  return driver.each('alterShareGroupOffsets', options, () => {
    const wanted = new TopicPartitionMap(offsets)
    return {
      keys: wanted.keys(),
      emptyMap: <V>() => new TopicPartitionMap<V>(),
      locator: coordinator('group', () => groupId),
      passes: coordinatorMoves,
      ask: async (call: Call, target: Answerer, keys: readonly TopicPartition[]) => {
        const response = await call.ask(target, apis.AlterShareGroupOffsets, {
          groupId,
          topics: byTopic(keys, (topicName, _partitions, those) => ({
            topicName,
            partitions: those.map((key) => ({ partitionIndex: key.partition, startOffset: wanted.get(key) ?? 0 })),
          })),
        })
        const error = errorOf(response.errorCode, response.errorMessage)
        if (error !== undefined) return keys.map((key) => [key, { error }] as const)
        return response.responses.flatMap(({ topicName, partitions }) =>
          partitions.map(
            (one) => [{ topic: topicName, partition: one.partitionIndex }, outcome(one, nothing)] as const,
          ),
        )
      },
    }
  })
}

/** Of whole topics. The group must be empty. */
export function deleteShareGroupOffsets(
  driver: AdminDriver,
  groupId: string,
  topics: readonly string[],
  options: CallOptions,
): AdminResult<string, void> {
  return driver.each('deleteShareGroupOffsets', options, () => ({
    keys: topics,
    locator: coordinator('group', () => groupId),
    passes: coordinatorMoves,
    ask: async (call: Call, target: Answerer, names: readonly string[]) => {
      const body = { groupId, topics: names.map((topicName) => ({ topicName })) }
      const response = await call.ask(target, apis.DeleteShareGroupOffsets, body)
      const error = errorOf(response.errorCode, response.errorMessage)
      if (error !== undefined) return names.map((name) => [name, { error }] as const)
      return response.responses.map((one) => [one.topicName, outcome(one, nothing)] as const)
    },
  }))
}
