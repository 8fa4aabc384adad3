/** `kafka-topics --describe`, in the columns of Kafka's tool. */
import {
  type Config,
  type KafkaAdminClient,
  KafkaError,
  type PartitionReassignment,
  type TopicDescription,
  type TopicPartitionInfo,
  TopicPartitionMap,
} from '@millrace/client'
import { json } from '../command-line/output.js'
import { ToolError } from '../command-line/tool.js'
import { requireTopics } from './find-topics.js'
import type { TopicsInvocation } from './options.js'

interface Described {
  readonly topic: TopicDescription
  readonly config: Config
  readonly reassignments: TopicPartitionMap<PartitionReassignment>
  readonly liveBrokers: ReadonlySet<number>
}

/** Errors: those of the admin client; ToolError for a topic that is not there. */
export async function describeTopics(admin: KafkaAdminClient, invocation: TopicsInvocation): Promise<void> {
  const topics = await wantedTopics(admin, invocation)
  const configs = await admin.describeConfigs(topics.map(({ name }) => ({ type: 'TOPIC', name })))
  const { nodes } = await admin.describeCluster()
  const liveBrokers = new Set(nodes.map(({ id }) => id))
  const reassignments = await reassignmentsOf(admin, topics)
  const all = topics.map((topic) => {
    return { topic, config: configs.get(topic.name) ?? new Map(), reassignments, liveBrokers }
  })
  if (invocation.options.output === 'json') {
    invocation.print(json(all.map((described) => asJson(described, invocation))))
  } else for (const described of all) for (const line of lines(described, invocation)) invocation.print(line)
}

const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

async function wantedTopics(
  admin: KafkaAdminClient,
  invocation: TopicsInvocation,
): Promise<readonly TopicDescription[]> {
  const { 'topic-id': topicId, 'if-exists': ifExists } = invocation.options
  const limit = invocation.options['partition-size-limit-per-response']
  const paging = limit === undefined ? {} : { partitionSizeLimitPerResponse: limit }
  if (topicId !== undefined && topicId !== ZERO_ID) {
    const [outcome] = (await admin.describeTopics({ topicIds: [topicId] }).settled()).values()
    if (outcome !== undefined && 'value' in outcome) return [outcome.value]
    if (outcome?.error.code !== 'UNKNOWN_TOPIC_ID') throw outcome?.error
    if (ifExists) return []
    throw new ToolError(`TopicId '${topicId}' does not exist as expected`)
  }
  const names = await requireTopics(admin, invocation)
  const described = await admin.describeTopics(names, paging)
  return names.flatMap((name) => described.get(name) ?? [])
}

/** None where brokers cannot tell, or do not want to. */
async function reassignmentsOf(
  admin: KafkaAdminClient,
  topics: readonly TopicDescription[],
): Promise<TopicPartitionMap<PartitionReassignment>> {
  const partitions = topics.flatMap(({ name, partitions: infos }) =>
    infos.map(({ partition }) => ({ topic: name, partition })),
  )
  try {
    return new TopicPartitionMap(await admin.listPartitionReassignments(partitions))
  } catch (error) {
    const isTolerated =
      error instanceof KafkaError && ['UNSUPPORTED_VERSION', 'CLUSTER_AUTHORIZATION_FAILED'].includes(error.code)
    if (!isTolerated) throw error
    return new TopicPartitionMap()
  }
}

function lines(described: Described, { options }: TopicsInvocation): readonly string[] {
  const { topic, config } = described
  const own = [...config.values()].filter(({ isDefault }) => !isDefault)
  const filter = partitionFilter(described, options)
  const result: string[] = []
  if (filter === undefined && !(options['topics-with-overrides'] && own.length === 0)) {
    const configs = own.map(({ name, value }) => `${name}=${value ?? 'null'}`).join(',')
    result.push(
      [
        `Topic: ${topic.name}`,
        ...(topic.topicId === undefined ? [] : [`TopicId: ${topic.topicId}`]),
        `PartitionCount: ${topic.partitions.length}`,
        `ReplicationFactor: ${replicationFactor(described, topic.partitions[0])}`,
        `Configs: ${configs}`,
      ].join('\t'),
    )
  }
  if (options['topics-with-overrides']) return result
  const shown = filter === undefined ? topic.partitions : topic.partitions.filter(filter)
  return [...result, ...shown.map((info) => partitionLine(described, info))]
}

type PartitionFilter = (info: TopicPartitionInfo) => boolean

/** Undefined: all of them. */
function partitionFilter(described: Described, options: TopicsInvocation['options']): PartitionFilter | undefined {
  const minIsr = Number(described.config.get('min.insync.replicas')?.value ?? 1)
  if (options['under-replicated-partitions']) return (info) => replicationFactor(described, info) > info.isr.length
  if (options['unavailable-partitions']) return ({ leader }) => !leader || !described.liveBrokers.has(leader.id)
  if (options['under-min-isr-partitions']) return ({ leader, isr }) => !leader || isr.length < minIsr
  if (options['at-min-isr-partitions']) return ({ isr }) => isr.length === minIsr
  return undefined
}

/** A partition that moves has replicas of both sides for the time. */
function replicationFactor({ topic, reassignments }: Described, info: TopicPartitionInfo | undefined): number {
  if (info === undefined) return 0
  const move = reassignments.get({ topic: topic.name, partition: info.partition })
  if (move === undefined) return info.replicas.length
  return move.replicas.length - move.addingReplicas.length
}

function partitionLine({ topic, reassignments }: Described, info: TopicPartitionInfo): string {
  const ids = (nodes: TopicPartitionInfo['isr'] | undefined) => nodes?.map(({ id }) => id).join(',') ?? 'N/A'
  const move = reassignments.get({ topic: topic.name, partition: info.partition })
  return [
    `\tTopic: ${topic.name}`,
    `Partition: ${info.partition}`,
    `Leader: ${info.leader?.id ?? 'none'}`,
    `Replicas: ${ids(info.replicas)}`,
    `Isr: ${ids(info.isr)}`,
    ...(move === undefined
      ? []
      : [`Adding Replicas: ${move.addingReplicas.join(',')}`, `Removing Replicas: ${move.removingReplicas.join(',')}`]),
    `Elr: ${ids(info.elr)}`,
    `LastKnownElr: ${ids(info.lastKnownElr)}`,
  ].join('\t')
}

function asJson(described: Described, { options }: TopicsInvocation) {
  const { topic, config } = described
  const filter = partitionFilter(described, options)
  const ids = (nodes: TopicPartitionInfo['isr'] | undefined) => nodes?.map(({ id }) => id)
  return {
    topic: topic.name,
    topicId: topic.topicId,
    isInternal: topic.isInternal,
    configs: Object.fromEntries(
      [...config.values()].filter(({ isDefault }) => !isDefault).map(({ name, value }) => [name, value]),
    ),
    partitions: (filter === undefined ? topic.partitions : topic.partitions.filter(filter)).map((info) => ({
      partition: info.partition,
      leader: info.leader?.id ?? null,
      replicas: ids(info.replicas),
      isr: ids(info.isr),
      elr: ids(info.elr),
      lastKnownElr: ids(info.lastKnownElr),
    })),
  }
}
