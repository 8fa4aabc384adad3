import { type KafkaAdminClient, KafkaError } from '@millrace/client'
import { json } from '../command-line/output.js'
import { ToolError } from '../command-line/tool.js'
import { requireTopics } from './find-topics.js'
import type { TopicsInvocation } from './options.js'

const REPLICATION_FACTOR_MAX = 32_767

/** Errors: those of createTopics; ToolError. */
export async function createTopic(admin: KafkaAdminClient, { options, print }: TopicsInvocation): Promise<void> {
  const { topic: name = '', partitions, 'replication-factor': replicationFactor } = options
  if (/[._]/.test(name)) {
    print(
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.",
    )
  }
  if (replicationFactor !== undefined && (replicationFactor < 1 || replicationFactor > REPLICATION_FACTOR_MAX)) {
    throw new ToolError(`The replication factor must be between 1 and ${REPLICATION_FACTOR_MAX} inclusive`)
  }
  if (partitions !== undefined && partitions < 1) throw new ToolError('The partitions must be greater than 0')
  const replicasAssignments = replicaAssignment(options['replica-assignment'])
  const numbers = {
    ...(partitions === undefined ? {} : { numPartitions: partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
  }
  const placement = replicasAssignments === undefined ? numbers : { replicasAssignments }
  try {
    await admin.createTopics([{ name, ...placement, configs: topicConfigs(options.config) }], {
      retryOnQuotaViolation: false,
    })
  } catch (error) {
    const isThere = error instanceof KafkaError && error.code === 'TOPIC_ALREADY_EXISTS'
    if (isThere && options['if-not-exists']) return
    throw error
  }
  print(options.output === 'json' ? json({ topic: name, created: true }) : `Created topic ${name}.`)
}

/** Errors: those of createPartitions; ToolError. */
export async function alterTopics(admin: KafkaAdminClient, invocation: TopicsInvocation): Promise<void> {
  const names = await requireTopics(admin, invocation)
  const { partitions: totalCount = 0, 'replica-assignment': text } = invocation.options
  const assignment = Object.values(replicaAssignment(text) ?? {})
  const described = assignment.length === 0 ? undefined : await admin.describeTopics(names)
  await admin.createPartitions(
    names.map((name) => {
      const newAssignments = assignment.slice(described?.get(name)?.partitions.length ?? 0)
      return [name, { totalCount, ...(described === undefined ? {} : { newAssignments }) }]
    }),
    { retryOnQuotaViolation: false },
  )
}

function topicConfigs(pairs: readonly string[]): Readonly<Record<string, string>> {
  const entries = pairs.map((pair) => pair.split('=').map((part) => part.trim()))
  if (entries.some((entry) => entry.length !== 2)) {
    throw new ToolError('Invalid topic config: all configs to be added must be in the format "key=val".')
  }
  return Object.fromEntries(entries) as Record<string, string>
}

/** `1:2,2:3` as the brokers of each partition. Errors: ToolError. */
export function replicaAssignment(text: string | undefined): Readonly<Record<number, readonly number[]>> | undefined {
  if (text === undefined || text === '') return undefined
  const partitions = text.split(',').map((list) => list.split(':').map((id) => brokerId(id.trim())))
  const [first = []] = partitions
  for (const [partition, ids] of partitions.entries()) {
    const repeated = ids.filter((id, at) => ids.indexOf(id) !== at)
    if (repeated.length > 0) {
      throw new ToolError(`Partition replica lists may not contain duplicate entries: ${repeated.join(',')}`)
    }
    if (ids.length !== first.length) {
      throw new ToolError(`Partition ${partition} has different replication factor: [${ids.join(', ')}]`)
    }
  }
  return Object.fromEntries(partitions.entries())
}

function brokerId(text: string): number {
  if (!/^\d+$/.test(text)) throw new ToolError(`--replica-assignment: '${text}' is not the id of a broker`)
  return Number(text)
}
