/** OffsetFetch of one group, for given partitions or for all. After Kafka's OffsetMetadataManager. */
import { ErrorCode } from '@millrace/protocol'
import { getOrCreate } from '../get-or-create.js'
import type { OffsetFetchInput, OffsetFetchOutput, OffsetFetchOutputPartition } from '../group-messages.js'
import type { CommittedOffset, OffsetStore } from './offset-store.js'

/**
 * @param requireStable KIP-447: a partition with an offset that waits for the end of a transaction is answered with
 *   UNSTABLE_OFFSET_COMMIT, and the consumer asks again
 */
export function fetchOffsets(store: OffsetStore, input: OffsetFetchInput, requireStable: boolean): OffsetFetchOutput {
  const { groupId, topics } = input
  const describe = (topic: string, partitionIndex: number, offset: CommittedOffset | undefined) =>
    requireStable && store.hasPending(groupId, topic, partitionIndex)
      ? missingOffset(partitionIndex, ErrorCode.UNSTABLE_OFFSET_COMMIT)
      : foundOffset(partitionIndex, offset)

  if (topics !== null) {
    const described = topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => describe(name, index, store.get(groupId, name, index))),
    }))
    return { groupId, errorCode: ErrorCode.NONE, topics: described }
  }

  const byTopic = new Map<string, OffsetFetchOutputPartition[]>()
  for (const { topic, partition, offset } of store.entriesOf(groupId)) {
    getOrCreate(byTopic, topic, (): OffsetFetchOutputPartition[] => []).push(describe(topic, partition, offset))
  }
  const described = Array.from(byTopic, ([name, partitions]) => ({ name, partitions }))
  return { groupId, errorCode: ErrorCode.NONE, topics: described }
}

export function fetchError(groupId: string, errorCode: number): OffsetFetchOutput {
  return { groupId, errorCode, topics: [] }
}

function foundOffset(partitionIndex: number, offset: CommittedOffset | undefined): OffsetFetchOutputPartition {
  if (offset === undefined) return missingOffset(partitionIndex, ErrorCode.NONE)
  return {
    partitionIndex,
    committedOffset: offset.committedOffset,
    committedLeaderEpoch: offset.leaderEpoch,
    metadata: offset.metadata,
    errorCode: ErrorCode.NONE,
  }
}

function missingOffset(partitionIndex: number, errorCode: number): OffsetFetchOutputPartition {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode }
}
