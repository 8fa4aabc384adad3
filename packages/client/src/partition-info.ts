import type { PartitionInfo as KnownPartition } from './cluster/metadata-snapshot.js'

/** A partition as `partitionsFor` and `listTopics` tell of it. Java's class of that name, with ids in place of its nodes. */
export interface PartitionInfo {
  readonly topic: string
  readonly partition: number
  /** Id of the broker that leads it; −1: there is none at the moment. */
  readonly leader: number
  /** Ids of the brokers that have it, the preferred leader first. */
  readonly replicas: readonly number[]
  /** Those of them that are in sync. */
  readonly inSyncReplicas: readonly number[]
  /** Those that are away. */
  readonly offlineReplicas: readonly number[]
}

/** Of what the cluster's metadata knows. */
export function partitionInfos(topic: string, partitions: readonly KnownPartition[]): PartitionInfo[] {
  return partitions.map(({ partition, leader, replicas, isr, offlineReplicas }) => ({
    topic,
    partition,
    leader,
    replicas: [...replicas],
    inSyncReplicas: [...isr],
    offlineReplicas: [...offlineReplicas],
  }))
}
