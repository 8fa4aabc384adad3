/**
 * Groups: list, describe, delete, take members out.
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
import { type AdminResult, KafkaAggregateError } from './admin-result.js'
import { type AclOperation, authorizedOperations } from './code-names.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { coordinator, coordinatorMoves, named } from './locators.js'
import { invalid, isUnsupported, nothing, outcome, unsupported } from './refusals.js'

/** The protocols that a group's members can speak. */
export type GroupType = 'Classic' | 'Consumer' | 'Share' | 'Streams' | 'Unknown'

/** As brokers spell them. */
export type GroupState =
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Stable'
  | 'Dead'
  | 'Empty'
  | 'Assigning'
  | 'Reconciling'
  | 'NotReady'
  | 'Unknown'

const GROUP_TYPES: readonly GroupType[] = ['Classic', 'Consumer', 'Share', 'Streams']
const GROUP_STATES: readonly GroupState[] = [
  'PreparingRebalance',
  'CompletingRebalance',
  'Stable',
  'Dead',
  'Empty',
  'Assigning',
  'Reconciling',
  'NotReady',
]

export function groupState(text: string): GroupState {
  return GROUP_STATES.find((state) => state.toLowerCase() === text.toLowerCase()) ?? 'Unknown'
}

export interface GroupListing {
  readonly groupId: string
  readonly type: GroupType
  /** `consumer`, `connect`, `share` …; empty for a group that only has offsets. */
  readonly protocolType: string
  /** Undefined before Kafka 2.6. */
  readonly state: GroupState | undefined
}

export interface ListGroupsOptions extends CallOptions {
  /** Default: all. From Kafka 2.6 on; before, UNSUPPORTED_VERSION. */
  readonly states?: readonly GroupState[]
  /** Default: all. */
  readonly types?: readonly GroupType[]
  /** Default: all. */
  readonly protocolTypes?: readonly string[]
}

export interface ListConsumerGroupsOptions extends Omit<ListGroupsOptions, 'protocolTypes'> {}

/** Errors: KafkaAggregateError by broker, if one of them could not tell. */
export async function listGroups(
  driver: AdminDriver,
  what: string,
  options: ListGroupsOptions,
): Promise<readonly GroupListing[]> {
  const { states = [], types = [], protocolTypes = [] } = options
  const byBroker = await askAllBrokers(driver, what, options, async (call, brokerId) => {
    const response = await call.ask(brokerId, apis.ListGroups, (version) => ({
      statesFilter: states,
      // Before there were types, all groups were classic ones; that filter is applied here.
      typesFilter: version < 5 ? [] : types,
    }))
    return outcome(response, () =>
      response.groups.map(({ groupId, protocolType, groupState: state, groupType }) => ({
        groupId,
        protocolType,
        state: state === '' ? undefined : groupState(state),
        type: groupTypeOf(groupType),
      })),
    )
  })
  const groups = new Map(byBroker.flat().map((group) => [group.groupId, group]))
  return [...groups.values()].filter(
    ({ type, protocolType }) =>
      (types.length === 0 || types.includes(type)) &&
      (protocolTypes.length === 0 || protocolTypes.includes(protocolType)),
  )
}

function groupTypeOf(text: string): GroupType {
  if (text === '') return 'Classic'
  return GROUP_TYPES.find((type) => type.toLowerCase() === text.toLowerCase()) ?? 'Unknown'
}

/** Errors: KafkaAggregateError by broker. */
export async function askAllBrokers<T>(
  driver: AdminDriver,
  what: string,
  options: CallOptions,
  ask: (call: Call, brokerId: number) => Promise<Answer<T>>,
): Promise<readonly T[]> {
  const timeLeft = driver.sharedTime(options)
  // Brokers that have come or gone are not to be missed, or waited for.
  const brokerIds = await driver.one(what, options, 'any', async (call) => {
    const { brokers } = await call.ask('any', apis.Metadata, { topics: [] }, { min: 4 })
    return { value: brokers.map(({ nodeId }) => nodeId) }
  })
  const outcomes = await driver.run<number, T>(
    {
      what,
      keys: brokerIds,
      locator: named((brokerId) => brokerId),
      ask: async (call, _target, [brokerId = -1]) => [[brokerId, await ask(call, brokerId)]],
      passes: ({ code }) => code === 'COORDINATOR_LOAD_IN_PROGRESS' || code === 'COORDINATOR_NOT_AVAILABLE',
    },
    timeLeft(),
  )
  const errors = new Map<number, KafkaError>()
  const values: T[] = []
  for (const [brokerId, one] of outcomes) {
    if ('error' in one) errors.set(brokerId, one.error)
    else values.push(one.value)
  }
  if (errors.size > 0) throw new KafkaAggregateError(what, errors)
  return values
}

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

/** A member to take out: a static one by its instance id, any by its member id. */
export type MemberToRemove = { readonly groupInstanceId: string } | { readonly memberId: string }

export interface RemoveMembersOptions extends CallOptions {
  /** Default: all members of the group. */
  readonly members?: readonly MemberToRemove[]
  /** For the broker's log (KIP-800). */
  readonly reason?: string
}

const REASON_MAX = 255
const DEFAULT_REASON = 'member was removed by an admin'

/** Keys are instance ids, or member ids of members without one. */
export function removeMembersFromConsumerGroup(
  driver: AdminDriver,
  groupId: string,
  options: RemoveMembersOptions,
): AdminResult<string, void> {
  const { members, ...callOptions } = options
  const reason = (options.reason ?? DEFAULT_REASON).slice(0, REASON_MAX)
  const timeLeft = driver.sharedTime(callOptions)
  const run = async () => {
    const removed = members ?? (await membersOf(driver, groupId, callOptions))
    const byKey = new Map(removed.map((member) => [memberKey(member), member]))
    return await driver.run<string, void>(
      {
        what: 'removeMembersFromConsumerGroup',
        keys: byKey.keys(),
        locator: coordinator('group', () => groupId),
        passes: coordinatorMoves,
        ask: async (call, target, keys) => {
          const asked = keys.flatMap((key) => byKey.get(key) ?? [])
          return await removeMembers(call, target, groupId, asked, reason)
        },
      },
      timeLeft(),
    )
  }
  return driver.result('removeMembersFromConsumerGroup', run())
}

const memberKey = (member: MemberToRemove) => ('groupInstanceId' in member ? member.groupInstanceId : member.memberId)

async function membersOf(driver: AdminDriver, groupId: string, options: CallOptions): Promise<MemberToRemove[]> {
  const groups = await describeConsumerGroups(driver, [groupId], options)
  const members = groups.get(groupId)?.members ?? []
  return members.map(({ memberId, groupInstanceId }) =>
    groupInstanceId === undefined ? { memberId } : { groupInstanceId },
  )
}

async function removeMembers(
  call: Call,
  target: Answerer,
  groupId: string,
  members: readonly MemberToRemove[],
  reason: string,
): Promise<[string, Answer<void>][]> {
  try {
    const leaving = members.map((member) => ({ memberId: '', ...member, reason }))
    const response = await call.ask(target, apis.LeaveGroup, { groupId, members: leaving }, { min: 3 })
    const error = errorOf(response.errorCode)
    if (error !== undefined) return members.map((member) => [memberKey(member), { error }])
    return response.members.map((member) => [member.groupInstanceId ?? member.memberId, outcome(member, nothing)])
  } catch (error) {
    if (!isUnsupported(error)) throw error
  }
  const answers: [string, Answer<void>][] = []
  for (const member of members) {
    if ('groupInstanceId' in member) {
      const error = unsupported('this broker, older than Kafka 2.4, removes members by member id only')
      answers.push([member.groupInstanceId, { error }])
    } else {
      const { memberId } = member
      const response = await call.ask(target, apis.LeaveGroup, { groupId, memberId }, { max: 2 })
      answers.push([memberId, outcome(response, nothing)])
    }
  }
  return answers
}
