/** Topics and their partitions: create, delete, list, describe, extend. */
import { apis, ErrorCode, type RequestInputOf, type ResponseOf, ZERO_UUID } from '@millrace/protocol'
import type { Node } from '../cluster/metadata-snapshot.js'
import type { KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import type { AdminResult } from './admin-result.js'
import { type AclOperation, authorizedOperations, configSources, configTypes } from './code-names.js'
import type { Config } from './configs.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { fixed } from './locators.js'
import { invalid, isUnsupported, nothing, outcome, unsupported, withoutRepeats } from './refusals.js'

/** A topic to be. */
export interface NewTopic {
  readonly name: string
  /** Default: `num.partitions` of the brokers (from Kafka 2.4 on; before, UNSUPPORTED_VERSION). */
  readonly numPartitions?: number
  /** Default: `default.replication.factor` of the brokers (from Kafka 2.4 on; before, UNSUPPORTED_VERSION). */
  readonly replicationFactor?: number
  /** Brokers of each partition, the preferred leader first; in place of the two numbers. */
  readonly replicasAssignments?: Readonly<Record<number, readonly number[]>>
  readonly configs?: Readonly<Record<string, string>>
}

/** How calls that change topics deal with `controller_mutation_rate` quotas (KIP-599). */
export interface QuotaOptions {
  /** Whether what the quota refuses is tried again; otherwise it fails with THROTTLING_QUOTA_EXCEEDED. Default true. */
  readonly retryOnQuotaViolation?: boolean
}

export interface CreateTopicsOptions extends CallOptions, QuotaOptions {
  /** Only says whether they could be created. Default false. */
  readonly validateOnly?: boolean
}

/** What a broker tells about a topic that it has created. */
export interface CreatedTopic {
  /** Undefined before Kafka 2.8, and with `validateOnly`. */
  readonly topicId: string | undefined
  /** Undefined before Kafka 2.4, and without the right to describe configs. */
  readonly numPartitions: number | undefined
  readonly replicationFactor: number | undefined
  readonly config: Config | undefined
}

/** Topics by name or by id (ids from Kafka 2.8 on; before, UNSUPPORTED_VERSION). */
export type TopicCollection = readonly string[] | { readonly topicIds: readonly string[] }

export interface ListTopicsOptions extends CallOptions {
  /** Default false. */
  readonly listInternal?: boolean
}

export interface TopicListing {
  readonly name: string
  /** Undefined before Kafka 2.8. */
  readonly topicId: string | undefined
  readonly isInternal: boolean
}

export interface TopicPartitionInfo {
  readonly partition: number
  /** Undefined: it has none at the moment. */
  readonly leader: Node | undefined
  readonly replicas: readonly Node[]
  readonly isr: readonly Node[]
  /** Eligible leader replicas (KIP-966); undefined where brokers do not tell. */
  readonly elr: readonly Node[] | undefined
  readonly lastKnownElr: readonly Node[] | undefined
}

export interface TopicDescription extends TopicListing {
  readonly partitions: readonly TopicPartitionInfo[]
  /** Undefined unless asked for. */
  readonly authorizedOperations: ReadonlySet<AclOperation> | undefined
}

export interface DescribeTopicsOptions extends CallOptions {
  /** Default false. */
  readonly includeAuthorizedOperations?: boolean
  /** Partitions in one answer, where brokers tell them page by page. Default 2000. */
  readonly partitionSizeLimitPerResponse?: number
}

/** More partitions for a topic. */
export interface NewPartitions {
  /** How many it shall have in all. */
  readonly totalCount: number
  /** Brokers of each new partition, the preferred leader first. Default: the controller decides. */
  readonly newAssignments?: readonly (readonly number[])[]
}

export interface CreatePartitionsOptions extends CallOptions, QuotaOptions {
  /** Only says whether they could be created. Default false. */
  readonly validateOnly?: boolean
}

function controllerPasses({ retryOnQuotaViolation = true }: QuotaOptions): (error: KafkaError) => boolean {
  return ({ code }) => code === 'NOT_CONTROLLER' || (retryOnQuotaViolation && code === 'THROTTLING_QUOTA_EXCEEDED')
}

/** With how long the broker wants a throttled request to wait. */
function throttled<T>(throttleTimeMs: number, answer: Answer<T>): Answer<T> {
  return 'error' in answer && answer.error.code === 'THROTTLING_QUOTA_EXCEEDED' ? { ...answer, throttleTimeMs } : answer
}

/** First version in which the numbers may be left to the broker (KIP-464). */
const BROKER_DEFAULTS_VERSION = 4

export function createTopics(
  driver: AdminDriver,
  topics: readonly NewTopic[],
  options: CreateTopicsOptions,
): AdminResult<string, CreatedTopic> {
  const { validateOnly = false } = options
  return driver.each('createTopics', options, () => {
    const keys = withoutRepeats(
      'createTopics',
      topics.map(({ name }) => name),
    )
    const byName = new Map(topics.map((topic) => [topic.name, creatable(topic)]))
    return {
      keys,
      locator: fixed('controller'),
      passes: controllerPasses(options),
      ask: async (call, target, names) => {
        const refused: [string, Answer<CreatedTopic>][] = []
        const response = await call.ask(target, apis.CreateTopics, (version) => {
          const asked = names.flatMap((name) => byName.get(name) ?? [])
          const sayable = asked.filter((topic) => version >= BROKER_DEFAULTS_VERSION || !leavesToBroker(topic))
          for (const topic of asked) {
            if (sayable.includes(topic)) continue
            const error = unsupported('this broker needs the number of partitions and the replication factor')
            refused.push([topic.name, { error }])
          }
          return { topics: sayable, timeoutMs: call.timeoutMs, validateOnly }
        })
        const answers = response.topics.map((topic): [string, Answer<CreatedTopic>] => [
          topic.name,
          throttled(
            response.throttleTimeMs,
            outcome(topic, () => createdTopic(topic)),
          ),
        ])
        return [...answers, ...refused]
      },
    }
  })
}

type CreatableTopic = RequestInputOf<typeof apis.CreateTopics>['topics'][number]

function creatable(topic: NewTopic): CreatableTopic {
  const { name, replicasAssignments, configs = {} } = topic
  if (replicasAssignments !== undefined && (topic.numPartitions ?? topic.replicationFactor) !== undefined) {
    throw invalid(`createTopics: ${name} has replicasAssignments and numbers: only one of both can be`)
  }
  return {
    name,
    numPartitions: topic.numPartitions ?? -1,
    replicationFactor: topic.replicationFactor ?? -1,
    assignments: Object.entries(replicasAssignments ?? {}).map(([partition, brokerIds]) => ({
      partitionIndex: Number(partition),
      brokerIds: [...brokerIds],
    })),
    configs: Object.entries(configs).map(([configName, value]) => ({ name: configName, value })),
  }
}

function leavesToBroker({ assignments, numPartitions, replicationFactor }: CreatableTopic): boolean {
  return assignments.length === 0 && (numPartitions === -1 || replicationFactor === -1)
}

function createdTopic(topic: ResponseOf<typeof apis.CreateTopics>['topics'][number]): CreatedTopic {
  const { topicId, numPartitions, replicationFactor, configs, topicConfigErrorCode } = topic
  const isTold = topicConfigErrorCode === ErrorCode.NONE
  return {
    topicId: idOf(topicId),
    numPartitions: isTold && numPartitions >= 0 ? numPartitions : undefined,
    replicationFactor: isTold && replicationFactor >= 0 ? replicationFactor : undefined,
    config:
      isTold && configs !== null && numPartitions >= 0
        ? new Map(
            configs.map(({ name, value, readOnly, configSource, isSensitive }) => {
              const source = configSources.name(configSource)
              const entry = {
                name,
                value,
                source,
                isReadOnly: readOnly,
                isSensitive,
                isDefault: source === 'DEFAULT_CONFIG',
              }
              return [name, { ...entry, synonyms: [], type: configTypes.name(0), documentation: undefined }]
            }),
          )
        : undefined,
  }
}

function idOf(topicId: string): string | undefined {
  return topicId === ZERO_UUID ? undefined : topicId
}

export function deleteTopics(
  driver: AdminDriver,
  topics: TopicCollection,
  options: CallOptions & QuotaOptions,
): AdminResult<string, void> {
  return driver.each('deleteTopics', options, () => {
    const byId = 'topicIds' in topics
    return {
      keys: withoutRepeats('deleteTopics', byId ? topics.topicIds : topics),
      locator: fixed('controller'),
      passes: controllerPasses(options),
      ask: async (call, target, keys) => {
        const { responses, throttleTimeMs } = await call.ask(target, apis.DeleteTopics, (version) => {
          if (byId && version < 6) throw unsupported('this broker deletes topics by name only')
          const named = byId
            ? { topics: keys.map((topicId) => ({ name: null, topicId })) }
            : version < 6
              ? { topicNames: keys }
              : { topics: keys.map((name) => ({ name, topicId: ZERO_UUID })) }
          return { ...named, timeoutMs: call.timeoutMs }
        })
        return responses.map((one) => [
          (byId ? one.topicId : one.name) ?? '',
          throttled(throttleTimeMs, outcome(one, nothing)),
        ])
      },
    }
  })
}

export async function listTopics(driver: AdminDriver, options: ListTopicsOptions): Promise<Map<string, TopicListing>> {
  const { listInternal = false } = options
  return await driver.one('listTopics', options, 'any', async (call) => {
    const response = await call.ask('any', apis.Metadata, { topics: null }, { min: 4 })
    return outcome(response, () => {
      const listings = new Map<string, TopicListing>()
      for (const { name, topicId, isInternal } of response.topics) {
        if (name === null || (isInternal && !listInternal)) continue
        listings.set(name, { name, topicId: idOf(topicId), isInternal })
      }
      return listings
    })
  })
}

export function describeTopics(
  driver: AdminDriver,
  topics: TopicCollection,
  options: DescribeTopicsOptions,
): AdminResult<string, TopicDescription> {
  return driver.each('describeTopics', options, () => ({
    keys: 'topicIds' in topics ? topics.topicIds : topics,
    locator: fixed('any'),
    ask: async (call, _target, keys) => {
      if ('topicIds' in topics) return await describeByMetadata(call, keys, true, options)
      try {
        return await describeByPages(call, keys, options)
      } catch (error) {
        if (!isUnsupported(error)) throw error
        return await describeByMetadata(call, keys, false, options)
      }
    },
  }))
}

type DescribedTopics = [string, Answer<TopicDescription>][]

const PARTITIONS_IN_ANSWER = 2000

async function describeByPages(
  call: Call,
  names: readonly string[],
  options: DescribeTopicsOptions,
): Promise<DescribedTopics> {
  type Response = ResponseOf<typeof apis.DescribeTopicPartitions>
  const { partitionSizeLimitPerResponse = PARTITIONS_IN_ANSWER, includeAuthorizedOperations = false } = options
  const found = new Map<string, Response['topics'][number]>()
  let cursor: Response['nextCursor'] = null
  // Brokers page in the order of names.
  const sorted = [...names].sort()
  do {
    const from: Response['nextCursor'] = cursor
    const response: Response = await call.ask('any', apis.DescribeTopicPartitions, {
      topics: sorted.filter((name) => from === null || name >= from.topicName).map((name) => ({ name })),
      responsePartitionLimit: partitionSizeLimitPerResponse,
      cursor: from,
    })
    for (const topic of response.topics) {
      if (topic.name === null) continue
      const before = found.get(topic.name)
      const partitions = [...(before?.partitions ?? []), ...topic.partitions]
      found.set(topic.name, { ...topic, partitions })
    }
    cursor = response.nextCursor
  } while (cursor !== null)
  return [...found].map(([name, topic]) => [
    name,
    outcome(topic, () => describedTopic(call.cluster.snapshot.nodes, name, topic, includeAuthorizedOperations)),
  ])
}

async function describeByMetadata(
  call: Call,
  keys: readonly string[],
  byId: boolean,
  options: DescribeTopicsOptions,
): Promise<DescribedTopics> {
  const { includeAuthorizedOperations = false } = options
  const { topics, brokers } = await call.ask(
    'any',
    apis.Metadata,
    (version) => {
      if (byId && version < 12) throw unsupported('this broker describes topics by name only')
      return {
        topics: keys.map((key) => (byId ? { topicId: key, name: null } : { name: key })),
        allowAutoTopicCreation: false,
        includeTopicAuthorizedOperations: includeAuthorizedOperations,
      }
    },
    { min: 4 },
  )
  const nodes = new Map(brokers.map(({ nodeId, host, port, rack }) => [nodeId, { id: nodeId, host, port, rack }]))
  return topics.map((topic) => [
    (byId ? topic.topicId : topic.name) ?? '',
    outcome(topic, () => describedTopic(nodes, topic.name ?? '', topic, includeAuthorizedOperations)),
  ])
}

interface AnsweredTopic {
  readonly topicId: string
  readonly isInternal: boolean
  readonly topicAuthorizedOperations: number
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly leaderId: number
    readonly replicaNodes: readonly number[]
    readonly isrNodes: readonly number[]
    readonly eligibleLeaderReplicas?: readonly number[] | null
    readonly lastKnownElr?: readonly number[] | null
  }[]
}

function describedTopic(
  nodes: ReadonlyMap<number, Node>,
  name: string,
  topic: AnsweredTopic,
  includeAuthorizedOperations: boolean,
): TopicDescription {
  const nodeOf = (id: number): Node => nodes.get(id) ?? { id, host: '', port: -1, rack: null }
  const nodesOf = (ids: readonly number[] | null | undefined) => ids?.map(nodeOf)
  return {
    name,
    topicId: idOf(topic.topicId),
    isInternal: topic.isInternal,
    partitions: topic.partitions
      .map((partition) => ({
        partition: partition.partitionIndex,
        leader: partition.leaderId < 0 ? undefined : nodeOf(partition.leaderId),
        replicas: partition.replicaNodes.map(nodeOf),
        isr: partition.isrNodes.map(nodeOf),
        elr: nodesOf(partition.eligibleLeaderReplicas),
        lastKnownElr: nodesOf(partition.lastKnownElr),
      }))
      .sort((a, b) => a.partition - b.partition),
    authorizedOperations: includeAuthorizedOperations
      ? authorizedOperations(topic.topicAuthorizedOperations)
      : undefined,
  }
}

export function createPartitions(
  driver: AdminDriver,
  newPartitions: Iterable<readonly [string, NewPartitions]>,
  options: CreatePartitionsOptions,
): AdminResult<string, void> {
  const { validateOnly = false } = options
  return driver.each('createPartitions', options, () => {
    const byName = new Map(newPartitions)
    return {
      keys: byName.keys(),
      locator: fixed('controller'),
      passes: controllerPasses(options),
      ask: async (call: Call, target: Answerer, names: readonly string[]) => {
        const { results, throttleTimeMs } = await call.ask(target, apis.CreatePartitions, {
          topics: names.map((name) => ({
            name,
            count: byName.get(name)?.totalCount ?? 0,
            assignments: byName.get(name)?.newAssignments?.map((brokerIds) => ({ brokerIds: [...brokerIds] })) ?? null,
          })),
          timeoutMs: call.timeoutMs,
          validateOnly,
        })
        return results.map((one) => [one.name, throttled(throttleTimeMs, outcome(one, nothing))] as const)
      },
    }
  })
}
