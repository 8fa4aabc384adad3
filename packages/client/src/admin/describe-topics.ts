/**
 * What brokers tell of topics: partition by partition, in pages where the broker has them (KIP-966), else by Metadata, which
 * also knows topics by their ids.
 */
import { apis, type ResponseOf, ZERO_UUID } from '@millrace/protocol'
import type { Node } from '../cluster/metadata-snapshot.js'
import type { CallOptions } from '../ports.js'
import type { AdminResult } from './admin-result.js'
import { type AclOperation, authorizedOperations } from './code-names.js'
import type { AdminDriver, Answer, Call } from './driver.js'
import { fixed } from './locators.js'
import { isUnsupported, outcome, unsupported } from './refusals.js'

/** Topics by name or by id (ids from Kafka 2.8 on; before, UNSUPPORTED_VERSION). */
export type TopicCollection = readonly string[] | { readonly topicIds: readonly string[] }

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

/** Undefined: not told. */
export function idOf(topicId: string): string | undefined {
  return topicId === ZERO_UUID ? undefined : topicId
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
