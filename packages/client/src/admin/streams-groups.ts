/** Groups of Kafka Streams (KIP-1071): describe. Their offsets, and their deletion, are as those of consumer groups. */
import { apis, type ResponseOf } from '@millrace/protocol'
import type { Node } from '../cluster/metadata-snapshot.js'
import type { AdminResult } from './admin-result.js'
import { type AclOperation, authorizedOperations } from './code-names.js'
import type { AdminDriver, Answerer, Call } from './driver.js'
import { type GroupState, groupState } from './group-types.js'
import type { DescribeGroupsOptions } from './groups.js'
import { coordinator, coordinatorMoves } from './locators.js'
import { outcome } from './refusals.js'

/** An internal topic that a topology needs. */
export interface StreamsInternalTopic {
  /** 0: as many as its sources have. */
  readonly partitions: number
  /** 0: the default of the brokers. */
  readonly replicationFactor: number
  readonly topicConfigs: ReadonlyMap<string, string>
}

/** A part of a topology that is not connected with the others. Internal topics are by their names. */
export interface StreamsSubtopology {
  readonly subtopologyId: string
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  readonly stateChangelogTopics: ReadonlyMap<string, StreamsInternalTopic>
  readonly repartitionSourceTopics: ReadonlyMap<string, StreamsInternalTopic>
}

/** Tasks of one subtopology, by partition. */
export interface StreamsTaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

export interface StreamsTaskOffset {
  readonly subtopologyId: string
  readonly partition: number
  readonly offset: number
}

export interface StreamsAssignment {
  readonly activeTasks: readonly StreamsTaskIds[]
  readonly standbyTasks: readonly StreamsTaskIds[]
  readonly warmupTasks: readonly StreamsTaskIds[]
}

export interface StreamsMemberDescription {
  readonly memberId: string
  readonly memberEpoch: number
  /** Undefined: not a static member. */
  readonly groupInstanceId: string | undefined
  readonly rackId: string | undefined
  readonly clientId: string
  readonly host: string
  readonly topologyEpoch: number
  /** Of the process whose threads the members are. */
  readonly processId: string
  /** Where the process answers interactive queries; undefined: nowhere. */
  readonly userEndpoint: { readonly host: string; readonly port: number } | undefined
  readonly clientTags: ReadonlyMap<string, string>
  /** How far its copies of state have got. */
  readonly taskOffsets: readonly StreamsTaskOffset[]
  readonly taskEndOffsets: readonly StreamsTaskOffset[]
  readonly assignment: StreamsAssignment
  /** What it is on its way to. */
  readonly targetAssignment: StreamsAssignment
  /** It speaks the classic protocol. */
  readonly isClassic: boolean
}

export interface StreamsGroupDescription {
  readonly groupId: string
  readonly state: GroupState
  readonly members: readonly StreamsMemberDescription[]
  readonly coordinator: Node | undefined
  readonly groupEpoch: number
  readonly targetAssignmentEpoch: number
  /** Undefined: the group has no topology yet. */
  readonly topologyEpoch: number | undefined
  readonly subtopologies: readonly StreamsSubtopology[]
  /** Undefined unless asked for. */
  readonly authorizedOperations: ReadonlySet<AclOperation> | undefined
}

export function describeStreamsGroups(
  driver: AdminDriver,
  groupIds: readonly string[],
  options: DescribeGroupsOptions,
): AdminResult<string, StreamsGroupDescription> {
  const { includeAuthorizedOperations = false } = options
  return driver.each('describeStreamsGroups', options, () => ({
    keys: groupIds,
    locator: coordinator('group', (groupId: string) => groupId),
    passes: coordinatorMoves,
    ask: async (call: Call, target: Answerer, ids: readonly string[]) => {
      const node = typeof target === 'number' ? call.cluster.snapshot.nodes.get(target) : undefined
      const body = { groupIds: ids, includeAuthorizedOperations }
      const { groups } = await call.ask(target, apis.StreamsGroupDescribe, body)
      return groups.map((group) => [group.groupId, outcome(group, () => description(group, node))] as const)
    },
  }))
}

type AnsweredGroup = ResponseOf<typeof apis.StreamsGroupDescribe>['groups'][number]
type AnsweredMember = AnsweredGroup['members'][number]
type AnsweredSubtopology = NonNullable<NonNullable<AnsweredGroup['topology']>['subtopologies']>[number]

function description(group: AnsweredGroup, node: Node | undefined): StreamsGroupDescription {
  return {
    groupId: group.groupId,
    state: groupState(group.groupState),
    members: group.members.map(memberOf),
    coordinator: node,
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    topologyEpoch: group.topology?.epoch,
    subtopologies: (group.topology?.subtopologies ?? []).map(subtopologyOf),
    authorizedOperations: authorizedOperations(group.authorizedOperations),
  }
}

function memberOf(member: AnsweredMember): StreamsMemberDescription {
  const { memberId, memberEpoch, clientId, topologyEpoch, processId, taskOffsets, taskEndOffsets, isClassic } = member
  return {
    memberId,
    memberEpoch,
    groupInstanceId: member.instanceId ?? undefined,
    rackId: member.rackId ?? undefined,
    clientId,
    host: member.clientHost,
    topologyEpoch,
    processId,
    userEndpoint: member.userEndpoint ?? undefined,
    clientTags: textsOf(member.clientTags),
    taskOffsets,
    taskEndOffsets,
    assignment: member.assignment,
    targetAssignment: member.targetAssignment,
    isClassic,
  }
}

function subtopologyOf(subtopology: AnsweredSubtopology): StreamsSubtopology {
  const { subtopologyId, sourceTopics, repartitionSinkTopics } = subtopology
  return {
    subtopologyId,
    sourceTopics,
    repartitionSinkTopics,
    stateChangelogTopics: internalTopics(subtopology.stateChangelogTopics),
    repartitionSourceTopics: internalTopics(subtopology.repartitionSourceTopics),
  }
}

function internalTopics(
  topics: AnsweredSubtopology['stateChangelogTopics'],
): ReadonlyMap<string, StreamsInternalTopic> {
  return new Map(
    topics.map(({ name, partitions, replicationFactor, topicConfigs }) => [
      name,
      { partitions, replicationFactor, topicConfigs: textsOf(topicConfigs) },
    ]),
  )
}

function textsOf(pairs: readonly { readonly key: string; readonly value: string }[]): ReadonlyMap<string, string> {
  return new Map(pairs.map(({ key, value }) => [key, value]))
}
