import type { ErrorName } from '@millrace/protocol'
import type { Partition } from '../replication/partition.js'
import type { BrokerServices } from './services.js'

export type PartitionLookup = { readonly partition: Partition } | { readonly error: ErrorName }

/** The partition as this broker hosts it, or why it does not (Kafka: ReplicaManager.getPartitionOrError). */
export function lookUpPartition(
  { replicas, metadata }: Pick<BrokerServices, 'replicas' | 'metadata'>,
  topic: string,
  index: number,
): PartitionLookup {
  const partition = replicas.get(topic, index)
  if (partition !== undefined) return { partition }
  const isKnown = metadata.image.partition(topic, index) !== undefined
  return { error: isKnown ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_TOPIC_OR_PARTITION' }
}

/** The same for a partition that must be led here, in the epoch that the request names (−1: any). */
export function lookUpLeader(
  services: Pick<BrokerServices, 'replicas' | 'metadata'>,
  topic: string,
  index: number,
  currentLeaderEpoch = -1,
): PartitionLookup {
  const found = lookUpPartition(services, topic, index)
  if ('error' in found) return found
  const mistake = found.partition.leaderMistake(currentLeaderEpoch)
  return mistake === undefined ? found : { error: mistake }
}
