/** The JSON files of kafka-reassign-partitions. Pure. Errors: ToolError, in the words of Kafka's tool where it has some. */
import { type TopicPartition, TopicPartitionMap, type TopicPartitionReplica } from '@millrace/client'
import { isWhole, jsonObject, parseJson } from '../command-line/json-file.js'
import { json } from '../command-line/output.js'
import { ToolError } from '../command-line/tool.js'

const ANY_LOG_DIR = 'any'

export interface Reassignment {
  readonly partition: TopicPartition
  readonly replicas: readonly number[]
}

export interface ReplicaMove {
  readonly replica: TopicPartitionReplica
  /** An absolute path on its broker. */
  readonly logDir: string
}

export interface ReassignmentPlan {
  readonly reassignments: readonly Reassignment[]
  /** Replicas of which also the log directory is said. */
  readonly moves: readonly ReplicaMove[]
}

export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

export function replicaName({ topic, partition, brokerId }: TopicPartitionReplica): string {
  return `${topic}-${partition}-${brokerId}`
}

/** By topic, then by number. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  if (a.topic === b.topic) return a.partition - b.partition
  return a.topic < b.topic ? -1 : 1
}

export function compareReplicas(a: TopicPartitionReplica, b: TopicPartitionReplica): number {
  return a.brokerId - b.brokerId || comparePartitions(a, b)
}

function versioned(text: string): Readonly<Record<string, unknown>> {
  const file = jsonObject(parseJson(text), 'The file')
  const version = (file as { readonly version?: unknown }).version ?? 1
  if (version !== 1) throw new ToolError(`Not supported version field value ${version}`)
  return file
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  throw new ToolError('The file has something else where a list is needed')
}

export function parsePlan(text: string): ReassignmentPlan {
  const { partitions } = versioned(text) as { readonly partitions?: unknown }
  const entries = listOf(partitions).map(parseEntry)
  return {
    reassignments: entries.map(({ partition, replicas }) => ({ partition, replicas })),
    moves: entries.flatMap(({ partition, replicas, logDirs }) =>
      replicas.flatMap((brokerId, at) => {
        const logDir = logDirs[at] ?? ANY_LOG_DIR
        return logDir === ANY_LOG_DIR ? [] : [{ replica: { ...partition, brokerId }, logDir }]
      }),
    ),
  }
}

interface EntryFields {
  readonly topic?: unknown
  readonly partition?: unknown
  readonly replicas?: unknown
  readonly log_dirs?: unknown
}

function parseEntry(entry: unknown) {
  const { topic, partition, replicas, log_dirs: dirs } = (entry ?? {}) as EntryFields
  const isFine = typeof topic === 'string' && isWhole(partition) && Array.isArray(replicas) && replicas.every(isWhole)
  if (!isFine) {
    throw new ToolError(
      `${JSON.stringify(entry)} is not like {"topic": "orders", "partition": 0, "replicas": [1, 2], "log_dirs": ["any", "any"]}`,
    )
  }
  const logDirs = dirs === undefined ? replicas.map(() => ANY_LOG_DIR) : listOf(dirs).map(String)
  if (logDirs.length !== replicas.length) {
    throw new ToolError(
      `Size of replicas list [${replicas.join(', ')}] is different from size of log dirs list [${logDirs.join(', ')}] for partition ${topic}-${partition}`,
    )
  }
  return { partition: { topic, partition }, replicas: replicas as readonly number[], logDirs }
}

/** The same, of which nothing is contradictory: what `--execute` needs. */
export function parseExecutablePlan(text: string): ReassignmentPlan {
  const plan = parsePlan(text)
  const { reassignments } = plan
  if (reassignments.length === 0) throw new ToolError('Partition reassignment list cannot be empty')
  if (reassignments.some(({ replicas }) => replicas.length === 0)) {
    throw new ToolError('Partition replica list cannot be empty')
  }
  const counts = new TopicPartitionMap<number>()
  for (const { partition } of reassignments) counts.set(partition, (counts.get(partition) ?? 0) + 1)
  const repeated = [...counts].filter(([, count]) => count > 1).map(([key]) => partitionName(key))
  if (repeated.length > 0) {
    throw new ToolError(`Partition reassignment contains duplicate topic partitions: ${repeated.join(',')}`)
  }
  const doubled = reassignments.flatMap(({ partition, replicas }) => {
    const ids = duplicates(replicas)
    return ids.length === 0 ? [] : `${partitionName(partition)} contains multiple entries for ${ids.join(',')}`
  })
  if (doubled.length === 0) return plan
  throw new ToolError(`Partition replica lists may not contain duplicate entries: ${doubled.join('. ')}`)
}

function duplicates<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))]
}

export function parseTopics(text: string): readonly string[] {
  const { topics } = versioned(text) as { readonly topics?: unknown }
  const names = listOf(topics).map((entry) => {
    const { topic } = (entry ?? {}) as { readonly topic?: unknown }
    if (typeof topic === 'string') return topic
    throw new ToolError(`${JSON.stringify(entry)} is not like {"topic": "orders"}`)
  })
  const repeated = duplicates(names)
  if (repeated.length === 0) return names
  throw new ToolError(`List of topics to reassign contains duplicate entries: [${repeated.join(', ')}]`)
}

export function parseBrokers(list: string): readonly number[] {
  const ids = list.split(',').map((text) => {
    if (/^\s*\d+\s*$/.test(text)) return Number(text)
    throw new ToolError(`--broker-list: '${text}' is not the id of a broker`)
  })
  const repeated = duplicates(ids)
  if (repeated.length === 0) return ids
  throw new ToolError(`Broker list contains duplicate entries: [${repeated.join(', ')}]`)
}

/** As a file for `--reassignment-json-file`, any log directory. */
export function formatPlan(reassignments: readonly Reassignment[]): string {
  return json(asPlan(reassignments))
}

export function asPlan(reassignments: readonly Reassignment[]) {
  const sorted = [...reassignments].sort((a, b) => comparePartitions(a.partition, b.partition))
  return {
    version: 1,
    partitions: sorted.map(({ partition, replicas }) => ({
      ...{ topic: partition.topic, partition: partition.partition },
      replicas,
      log_dirs: replicas.map(() => ANY_LOG_DIR),
    })),
  }
}
