import { ErrorCode } from '@millrace/protocol'
import type { PartitionImage } from '../metadata/metadata-image.js'

/** A partition as Metadata and DescribeTopicPartitions tell it. */
export function describePartition(partition: PartitionImage) {
  const { partitionIndex, leader, leaderEpoch, replicas, isr, offlineReplicas } = partition
  return {
    errorCode: leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
    partitionIndex,
    leaderId: leader,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    offlineReplicas,
  }
}
