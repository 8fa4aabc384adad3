/** What a client knows of the cluster at one moment. Immutable; each answer of a broker makes a new one. */
import { ErrorCode, type MetadataResponse } from '@millrace/protocol'

export interface Node {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface PartitionInfo {
  readonly partition: number
  /** −1: there is none at the moment. */
  readonly leader: number
  /** −1: not told (before Kafka 2.1). */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offlineReplicas: readonly number[]
}

export interface TopicInfo {
  readonly name: string
  /** ZERO_UUID: not told (before Kafka 2.8). */
  readonly topicId: string
  readonly isInternal: boolean
  /** NONE, or why the rest says nothing. */
  readonly errorCode: number
  /** By partition number. */
  readonly partitions: readonly PartitionInfo[]
}

export interface MetadataSnapshot {
  /** Counts the answers; 0 before the first. */
  readonly version: number
  readonly clusterId: string | null
  readonly controllerId: number
  readonly nodes: ReadonlyMap<number, Node>
  readonly topics: ReadonlyMap<string, TopicInfo>
}

export const EMPTY_SNAPSHOT: MetadataSnapshot = {
  version: 0,
  clusterId: null,
  controllerId: -1,
  nodes: new Map(),
  topics: new Map(),
}

/** What an answer about the cluster says of it. */
export type MetadataAnswer = Pick<MetadataResponse, 'clusterId' | 'controllerId' | 'brokers' | 'topics'>

/**
 * The snapshot after an answer. `isComplete`: the answer is about all topics that matter, so others are forgotten. A
 * partition's leader of an older epoch than the one known is not believed (KIP-320), unless the topic is another one.
 */
export function nextSnapshot(
  before: MetadataSnapshot,
  response: MetadataAnswer,
  isComplete: boolean,
): MetadataSnapshot {
  const topics = new Map(isComplete ? [] : before.topics)
  for (const answered of response.topics) {
    const name = answered.name
    if (name === null) continue
    topics.set(name, topicInfo(name, answered, before.topics.get(name)))
  }
  return {
    version: before.version + 1,
    clusterId: response.clusterId,
    controllerId: response.controllerId,
    nodes: new Map(response.brokers.map(({ nodeId, host, port, rack }) => [nodeId, { id: nodeId, host, port, rack }])),
    topics,
  }
}

/** A leader that a refused Fetch or Produce names (`currentLeader`, KIP-951). */
export interface LeaderHint {
  readonly topic: string
  readonly partition: number
  /** −1: the broker does not know it. */
  readonly leaderId: number
  readonly leaderEpoch: number
}

/** Where a leader of a hint listens (`nodeEndpoints`, KIP-951). */
export interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/**
 * The snapshot with the leaders that the hints name (`Metadata.updatePartitionLeadership` in Java), and the hints that were
 * believed: those of a newer epoch, to a broker whose address is known or given, for a partition that is known.
 */
export function withLeaders(
  before: MetadataSnapshot,
  hints: readonly LeaderHint[],
  endpoints: readonly NodeEndpoint[],
): { readonly snapshot: MetadataSnapshot; readonly believed: readonly LeaderHint[] } {
  const nodes = new Map(before.nodes)
  for (const { nodeId, host, port, rack } of endpoints) nodes.set(nodeId, { id: nodeId, host, port, rack })
  const believed = hints.filter(({ topic, partition, leaderId, leaderEpoch }) => {
    const known = leaderOf(before, topic, partition)
    return known !== undefined && nodes.has(leaderId) && leaderEpoch > known.leaderEpoch
  })
  if (believed.length === 0) return { snapshot: before, believed }
  const topics = new Map(before.topics)
  for (const { topic, partition, leaderId, leaderEpoch } of believed) {
    const known = topics.get(topic) as TopicInfo
    const partitions = known.partitions.map((info) =>
      info.partition === partition ? { ...info, leader: leaderId, leaderEpoch } : info,
    )
    topics.set(topic, { ...known, partitions })
  }
  return { snapshot: { ...before, nodes, topics }, believed }
}

function topicInfo(
  name: string,
  answered: MetadataResponse['topics'][number],
  before: TopicInfo | undefined,
): TopicInfo {
  const { topicId, isInternal, errorCode } = answered
  // An error may be of the moment; what was known is better than nothing while a leader is elected.
  if (errorCode === ErrorCode.LEADER_NOT_AVAILABLE && before !== undefined && before.partitions.length > 0) {
    return { ...before, errorCode }
  }
  const isSameTopic = before !== undefined && before.topicId === topicId
  const partitions: PartitionInfo[] = []
  for (const partition of answered.partitions) {
    const known = isSameTopic ? before.partitions[partition.partitionIndex] : undefined
    const isOutdated = known !== undefined && partition.leaderEpoch !== -1 && partition.leaderEpoch < known.leaderEpoch
    partitions[partition.partitionIndex] = isOutdated
      ? known
      : {
          partition: partition.partitionIndex,
          leader: partition.leaderId,
          leaderEpoch: partition.leaderEpoch,
          replicas: partition.replicaNodes,
          isr: partition.isrNodes,
          offlineReplicas: partition.offlineReplicas,
        }
  }
  return { name, topicId, isInternal, errorCode, partitions }
}

export function leaderOf(snapshot: MetadataSnapshot, topic: string, partition: number): PartitionInfo | undefined {
  return snapshot.topics.get(topic)?.partitions[partition]
}
