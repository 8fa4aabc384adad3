/**
 * OffsetCommit: who may commit for a group, and the records that it makes.
 * After Kafka's OffsetMetadataManager and ClassicGroup.validateOffsetCommit.
 */
import { ErrorCode } from '@millrace/protocol'
import type { ClassicGroup } from '../classic/classic-group.js'
import type { OffsetCommitInput, OffsetCommitOutput, OffsetCommitPartition } from '../group-messages.js'
import type { OffsetCommitRecord } from '../group-records.js'

/** OffsetCommit v9: the group may be of another type, so a missing one is called missing (KIP-848). */
const GROUP_ID_NOT_FOUND_VERSION = 9
const NO_TIMESTAMP = -1

export interface CommitterIdentity {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** −1: not a member, as an administrator or a consumer with assigned partitions. */
  readonly generationId: number
}

type CommitTopics = OffsetCommitInput['topics']

/** Error of a commit to a group that does not exist; NONE when the commit itself makes it a simple group. */
export function validateCommitToMissingGroup(generationId: number, apiVersion: number): number {
  if (generationId < 0) return ErrorCode.NONE
  return apiVersion >= GROUP_ID_NOT_FOUND_VERSION ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION
}

export function validateOffsetCommit(group: ClassicGroup, committer: CommitterIdentity): number {
  const { memberId, groupInstanceId, generationId } = committer
  if (generationId < 0 && group.state === 'Empty') return ErrorCode.NONE
  if (generationId >= 0 || memberId !== '' || groupInstanceId !== null) {
    const error = group.validateMember(memberId, groupInstanceId)
    if (error !== ErrorCode.NONE) return error
    if (generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  } else {
    // Members own their group's offsets: others may commit only while there are none.
    return ErrorCode.UNKNOWN_MEMBER_ID
  }
  // The member has learnt of the new generation and not of its assignment: it must not commit for partitions that
  // may no longer be its own.
  return group.state === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
}

export function commitError(topics: CommitTopics, errorCode: number): OffsetCommitOutput {
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }
}

export interface CommitTurn {
  readonly groupId: string
  readonly nowMs: number
  /** −1, or how long the offsets of this commit are kept. */
  readonly retentionTimeMs: number
  readonly offsetMetadataMaxBytes: number
}

/** The records and the answer of an accepted commit; partitions with too much metadata are left out. */
export function commitOffsets(
  turn: CommitTurn,
  topics: CommitTopics,
): { records: OffsetCommitRecord[]; reply: OffsetCommitOutput } {
  const records: OffsetCommitRecord[] = []
  const reply = {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => {
        const { partitionIndex } = partition
        // Like Kafka, in characters; the configuration says bytes.
        if ((partition.committedMetadata?.length ?? 0) > turn.offsetMetadataMaxBytes) {
          return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE }
        }
        records.push(commitRecord(turn, name, partition))
        return { partitionIndex, errorCode: ErrorCode.NONE }
      }),
    })),
  }
  return { records, reply }
}

/** For ever: an expiry that lies further ahead could not be written down. */
const MAX_RETENTION_MS = 2 ** 52

function commitRecord(
  { groupId, nowMs, retentionTimeMs }: CommitTurn,
  topic: string,
  partition: OffsetCommitPartition,
): OffsetCommitRecord {
  return {
    kind: 'offset-commit',
    group: groupId,
    topic,
    partition: partition.partitionIndex,
    value: {
      offset: partition.committedOffset,
      leaderEpoch: partition.committedLeaderEpoch ?? -1,
      metadata: partition.committedMetadata ?? '',
      commitTimestamp: nowMs,
      expireTimestamp: retentionTimeMs === -1 ? NO_TIMESTAMP : nowMs + Math.min(retentionTimeMs, MAX_RETENTION_MS),
    },
  }
}
