/**
 * Decides whether a topic can be created or grown, and with which assignment (Kafka: ZkAdminManager, AdminZkClient).
 * Pure: reads the cluster as it is, gives the plan or the error that refuses it.
 */
import type { ErrorName } from '@millrace/protocol'
import { collidingTopics, topicNameMistake } from '../topic-names.js'

export interface NewTopic {
  readonly name: string
  /** −1: the broker's default. */
  readonly numPartitions: number
  /** −1: the broker's default. */
  readonly replicationFactor: number
  /** In place of numbers: the replicas of each partition. */
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[]
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

/** Replicas by partition index, the preferred leader first. */
export type Assignment = readonly (readonly number[])[]

export type Refusal = { readonly error: ErrorName; readonly message: string }

/** The most partitions that one request may give a topic: a larger number would stall the broker, or end it. */
const maxPartitionsAtOnce = 10_000
const tooManyPartitions: Refusal = {
  error: 'POLICY_VIOLATION',
  message: `More than ${maxPartitionsAtOnce} partitions cannot be created at once.`,
}

export interface ClusterView {
  readonly topics: Iterable<string>
  hasTopic(name: string): boolean
  readonly brokerIds: readonly number[]
  readonly defaultPartitions: number
  readonly defaultReplicationFactor: number
  readonly configMistake: (configs: ReadonlyMap<string, string | null>) => string | undefined
  /** Spreads partitions over brokers; only called with a replication factor that the brokers can serve. */
  readonly place: (request: {
    readonly partitions: number
    readonly replicationFactor: number
    /** Added partitions go on where the present ones end. */
    readonly after?: Assignment
  }) => Assignment
}

export interface TopicPlan {
  readonly name: string
  readonly assignment: Assignment
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

export function planTopic(topic: NewTopic, cluster: ClusterView): TopicPlan | Refusal {
  const { name } = topic
  const nameMistake = topicNameMistake(name)
  if (nameMistake !== undefined) return { error: 'INVALID_TOPIC_EXCEPTION', message: nameMistake }
  if (cluster.hasTopic(name)) return { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${name}' already exists.` }
  const colliding = collidingTopics(name, cluster.topics)
  if (colliding.length > 0) {
    const message = `Topic '${name}' collides with existing topics: ${colliding.join(', ')}`
    return { error: 'INVALID_TOPIC_EXCEPTION', message }
  }
  const configs = new Map(topic.configs.map((config) => [config.name, config.value]))
  const configMistake = cluster.configMistake(configs)
  if (configMistake !== undefined) return { error: 'INVALID_CONFIG', message: configMistake }
  const assignment =
    topic.assignments.length > 0 ? manualAssignment(topic, cluster) : automaticAssignment(topic, cluster)
  if ('error' in assignment) return assignment
  const replicationFactor = assignment[0]?.length ?? 0
  return { name, assignment, replicationFactor, configs: configs as ReadonlyMap<string, string> }
}

function automaticAssignment(topic: NewTopic, cluster: ClusterView): Assignment | Refusal {
  const partitions = topic.numPartitions === -1 ? cluster.defaultPartitions : topic.numPartitions
  const replicas = topic.replicationFactor === -1 ? cluster.defaultReplicationFactor : topic.replicationFactor
  if (partitions <= 0) {
    return { error: 'INVALID_PARTITIONS', message: 'Number of partitions must be larger than 0.' }
  }
  if (partitions > maxPartitionsAtOnce) return tooManyPartitions
  if (replicas <= 0) {
    return { error: 'INVALID_REPLICATION_FACTOR', message: 'Replication factor must be larger than 0.' }
  }
  return placed({ partitions, replicationFactor: replicas }, cluster)
}

function placed(request: Parameters<ClusterView['place']>[0], cluster: ClusterView): Assignment | Refusal {
  if (request.replicationFactor > cluster.brokerIds.length) {
    const message = `Replication factor: ${request.replicationFactor} larger than available brokers: ${cluster.brokerIds.length}.`
    return { error: 'INVALID_REPLICATION_FACTOR', message }
  }
  return cluster.place(request)
}

function manualAssignment(topic: NewTopic, cluster: ClusterView): Assignment | Refusal {
  if (topic.numPartitions !== -1 || topic.replicationFactor !== -1) {
    const message =
      'Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the same time.'
    return { error: 'INVALID_REQUEST', message }
  }
  const byIndex = new Map(topic.assignments.map(({ partitionIndex, brokerIds }) => [partitionIndex, brokerIds]))
  const assignment = Array.from({ length: topic.assignments.length }, (_, index) => byIndex.get(index))
  if (assignment.includes(undefined)) {
    return {
      error: 'INVALID_REPLICA_ASSIGNMENT',
      message: 'Partitions should be a consecutive 0-based integer sequence',
    }
  }
  return checkedAssignment(assignment as Assignment, assignment[0]?.length ?? 0, cluster)
}

function checkedAssignment(
  assignment: Assignment,
  replicationFactor: number,
  cluster: ClusterView,
): Assignment | Refusal {
  const wrong = (message: string): Refusal => ({ error: 'INVALID_REPLICA_ASSIGNMENT', message })
  for (const [index, replicas] of assignment.entries()) {
    if (replicas.length === 0) return wrong(`Cannot have an empty list of replicas for partition ${index}.`)
    if (new Set(replicas).size !== replicas.length) {
      return wrong(
        `Duplicate brokers not allowed in replica assignment: ${replicas.join(', ')} for partition ${index}.`,
      )
    }
    const unknown = replicas.filter((id) => !cluster.brokerIds.includes(id))
    if (unknown.length > 0) return wrong(`Unknown broker(s) in replica assignment: ${unknown.join(', ')}.`)
    if (replicas.length !== replicationFactor) return wrong('All partitions should have the same number of replicas.')
  }
  return assignment
}

/** What a topic has, and the number of partitions it shall have. */
export interface GrowTopic {
  readonly name: string
  readonly count: number
  /** Replicas of the new partitions alone. */
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null
  readonly present: Assignment
}

/** The assignment of the added partitions. */
export function planGrowth(topic: GrowTopic, cluster: ClusterView): Assignment | Refusal {
  const { name, count, present, assignments } = topic
  if (count === present.length) {
    return { error: 'INVALID_PARTITIONS', message: `Topic already has ${count} partitions.` }
  }
  if (count < present.length) {
    const message = `The topic ${name} currently has ${present.length} partitions; ${count} would not be an increase.`
    return { error: 'INVALID_PARTITIONS', message }
  }
  const added = count - present.length
  if (added > maxPartitionsAtOnce) return tooManyPartitions
  const replicationFactor = present[0]?.length ?? 1
  if (assignments === null) return placed({ partitions: added, replicationFactor, after: present }, cluster)
  if (assignments.length !== added) {
    const message = `Increasing the number of partitions by ${added} but ${assignments.length} assignments provided.`
    return { error: 'INVALID_REPLICA_ASSIGNMENT', message }
  }
  return checkedAssignment(
    assignments.map(({ brokerIds }) => brokerIds),
    replicationFactor,
    cluster,
  )
}
