/**
 * Groups of consumers: describe, delete.
 *
 * Groups of both protocols are described as one kind: whoever asks for consumer groups need not know which of the two a group
 * has. A coordinator is asked by ConsumerGroupDescribe (KIP-848) first, and by DescribeGroups about what that does not know.
 */
import {
  apis,
  consumerProtocolAssignment,
  decodeVersioned,
  type ErrorName,
  errorInfo,
  type ResponseOf,
} from '@millrace/protocol'
import type { Node } from '../cluster/metadata-snapshot.js'
import { errorOf, type KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import type { TopicPartition } from '../topic-partition.js'
import type { AdminResult } from './admin-result.js'
import { type AclOperation, authorizedOperations } from './code-names.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { type GroupState, type GroupType, groupState } from './group-types.js'
import { coordinator, coordinatorMoves } from './locators.js'
import { invalid, isUnsupported, nothing, outcome } from './refusals.js'

export interface MemberDescription {
  readonly memberId: string
  /** Undefined: not a static member. */
  readonly groupInstanceId: string | undefined
  readonly clientId: string
  readonly host: string
  readonly rackId: string | undefined
  readonly assignment: readonly TopicPartition[]
  /** What it is on its way to; undefined in classic groups. */
  readonly targetAssignment: readonly TopicPartition[] | undefined
  /** Undefined in classic groups. */
  readonly memberEpoch: number | undefined
  /** Whether a member of a `Consumer` group speaks the new protocol; undefined where brokers do not tell (before 4.0). */
  readonly upgraded: boolean | undefined
}

export interface ConsumerGroupDescription {
  readonly groupId: string
  readonly type: GroupType
  readonly state: GroupState
  /** Whether it only has offsets, because nobody subscribes with it. */
  readonly isSimpleConsumerGroup: boolean
  readonly members: readonly MemberDescription[]
  readonly partitionAssignor: string
  readonly coordinator: Node | undefined
  /** Undefined unless asked for. */
  readonly authorizedOperations: ReadonlySet<AclOperation> | undefined
  /** Undefined in classic groups. */
  readonly groupEpoch: number | undefined
  readonly targetAssignmentEpoch: number | undefined
}

export interface DescribeGroupsOptions extends CallOptions {
  /** Default false. */
  readonly includeAuthorizedOperations?: boolean
}

export function describeConsumerGroups(
  driver: AdminDriver,
  groupIds: readonly string[],
  options: DescribeGroupsOptions,
): AdminResult<string, ConsumerGroupDescription> {
  const { includeAuthorizedOperations = false } = options
  return driver.each('describeConsumerGroups', options, () => {
    /** Those that ConsumerGroupDescribe does not know. */
    const classic = new Set<string>()
    return {
      keys: groupIds,
      locator: coordinator('group', (groupId) => groupId),
      passes: coordinatorMoves,
      ask: async (call: Call, target: Answerer, ids: readonly string[]) => {
        const answers = await describeNewGroups(
          call,
          target,
          ids.filter((id) => !classic.has(id)),
          includeAuthorizedOperations,
        )
        for (const id of ids) if (!answers.has(id)) classic.add(id)
        const left = ids.filter((id) => classic.has(id))
        if (left.length === 0) return answers
        const older = await describeClassicOnes(call, target, left, includeAuthorizedOperations, consumersOnly)
        return [...answers, ...older]
      },
    }
  })
}

function consumersOnly(protocolType: string, groupId: string): KafkaError | undefined {
  if (protocolType === '' || protocolType === 'consumer') return undefined
  return invalid(`${groupId} is no consumer group: its protocol is ${protocolType}`)
}

const NOT_THERE: ReadonlySet<ErrorName> = new Set(['GROUP_ID_NOT_FOUND', 'UNSUPPORTED_VERSION'])

/** What is not in the answer is a classic group, or none. */
async function describeNewGroups(
  call: Call,
  target: Answerer,
  groupIds: readonly string[],
  includeAuthorizedOperations: boolean,
): Promise<Map<string, Answer<ConsumerGroupDescription>>> {
  const answers = new Map<string, Answer<ConsumerGroupDescription>>()
  if (groupIds.length === 0) return answers
  try {
    const body = { groupIds, includeAuthorizedOperations }
    const { groups } = await call.ask(target, apis.ConsumerGroupDescribe, body)
    for (const group of groups) {
      if (NOT_THERE.has(errorInfo(group.errorCode).name)) continue
      answers.set(
        group.groupId,
        outcome(group, () => newGroup(group, nodeOf(call, target))),
      )
    }
  } catch (error) {
    if (!isUnsupported(error)) throw error
  }
  return answers
}

function nodeOf(call: Call, target: Answerer): Node | undefined {
  return typeof target === 'number' ? call.cluster.snapshot.nodes.get(target) : undefined
}

interface TopicAssignment {
  readonly topicPartitions: readonly { readonly topicName: string; readonly partitions: readonly number[] }[]
}

export function partitionsOf({ topicPartitions }: TopicAssignment): TopicPartition[] {
  return topicPartitions.flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ topic: topicName, partition })),
  )
}

function newGroup(
  group: ResponseOf<typeof apis.ConsumerGroupDescribe>['groups'][number],
  node: Node | undefined,
): ConsumerGroupDescription {
  return {
    groupId: group.groupId,
    type: 'Consumer',
    state: groupState(group.groupState),
    isSimpleConsumerGroup: false,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId ?? undefined,
      clientId: member.clientId,
      host: member.clientHost,
      rackId: member.rackId ?? undefined,
      assignment: partitionsOf(member.assignment),
      targetAssignment: partitionsOf(member.targetAssignment),
      memberEpoch: member.memberEpoch,
      upgraded: member.memberType < 0 ? undefined : member.memberType === 1,
    })),
    partitionAssignor: group.assignorName,
    coordinator: node,
    authorizedOperations: authorizedOperations(group.authorizedOperations),
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
  }
}

type ProtocolCheck = (protocolType: string, groupId: string) => KafkaError | undefined

async function describeClassicOnes(
  call: Call,
  target: Answerer,
  groups: readonly string[],
  includeAuthorizedOperations: boolean,
  check: ProtocolCheck,
): Promise<[string, Answer<ConsumerGroupDescription & { readonly protocolType: string }>][]> {
  const response = await call.ask(target, apis.DescribeGroups, { groups, includeAuthorizedOperations })
  return response.groups.map((group) => {
    const error = errorOf(group.errorCode, group.errorMessage) ?? check(group.protocolType, group.groupId)
    if (error !== undefined) return [group.groupId, { error }]
    return [group.groupId, { value: classicGroup(group, nodeOf(call, target)) }]
  })
}

type AnsweredClassicGroup = ResponseOf<typeof apis.DescribeGroups>['groups'][number]

function classicGroup(group: AnsweredClassicGroup, node: Node | undefined) {
  const { groupId, protocolType, protocolData } = group
  return {
    groupId,
    type: 'Classic' as const,
    protocolType,
    state: groupState(group.groupState),
    isSimpleConsumerGroup: protocolType === '',
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId ?? undefined,
      clientId: member.clientId,
      host: member.clientHost,
      rackId: undefined,
      assignment: protocolType === 'consumer' ? classicAssignment(member.memberAssignment) : [],
      targetAssignment: undefined,
      memberEpoch: undefined,
      upgraded: undefined,
    })),
    partitionAssignor: protocolData,
    coordinator: node,
    authorizedOperations: authorizedOperations(group.authorizedOperations),
    groupEpoch: undefined,
    targetAssignmentEpoch: undefined,
  }
}

function classicAssignment(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return []
  const { value } = decodeVersioned(consumerProtocolAssignment, bytes, { acceptNewer: true })
  return value.assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}

export interface ClassicGroupDescription
  extends Omit<ConsumerGroupDescription, 'groupEpoch' | 'targetAssignmentEpoch' | 'isSimpleConsumerGroup'> {
  readonly isSimpleConsumerGroup: boolean
  /** `consumer`, `connect` …; empty for a group that only has offsets. */
  readonly protocolType: string
}

export function describeClassicGroups(
  driver: AdminDriver,
  groupIds: readonly string[],
  options: DescribeGroupsOptions,
): AdminResult<string, ClassicGroupDescription> {
  const { includeAuthorizedOperations = false } = options
  return driver.each('describeClassicGroups', options, () => ({
    keys: groupIds,
    locator: coordinator('group', (groupId) => groupId),
    passes: coordinatorMoves,
    ask: (call: Call, target: Answerer, ids: readonly string[]) =>
      describeClassicOnes(call, target, ids, includeAuthorizedOperations, () => undefined),
  }))
}

export function deleteGroups(
  driver: AdminDriver,
  what: string,
  groupIds: readonly string[],
  options: CallOptions,
): AdminResult<string, void> {
  return driver.each(what, options, () => ({
    keys: groupIds,
    locator: coordinator('group', (groupId) => groupId),
    passes: coordinatorMoves,
    ask: async (call: Call, target: Answerer, groupsNames: readonly string[]) => {
      const { results } = await call.ask(target, apis.DeleteGroups, { groupsNames })
      return results.map((result) => [result.groupId, outcome(result, nothing)] as const)
    },
  }))
}
