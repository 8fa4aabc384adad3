/**
 * Why committed offsets go away: OffsetDelete, DeleteGroups, deleted topics, retention. All of them write tombstones.
 * After Kafka's OffsetMetadataManager.
 */
import { ErrorCode } from '@millrace/protocol'
import type { ClassicGroup } from '../classic/classic-group.js'
import type { OffsetDeleteInput, OffsetDeleteOutput } from '../group-messages.js'
import { type OffsetCommitRecord, offsetTombstone } from '../group-records.js'
import type { OffsetStore } from './offset-store.js'

/** NONE, or NON_EMPTY_GROUP: only of consumer groups with members does the coordinator know what is still read. */
export function validateOffsetDelete(group: ClassicGroup): number {
  return group.state === 'Empty' || group.usesConsumerGroupProtocol ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
}

export function deleteOffsets(
  store: OffsetStore,
  group: ClassicGroup,
  input: OffsetDeleteInput,
): { records: OffsetCommitRecord[]; reply: OffsetDeleteOutput } {
  const records: OffsetCommitRecord[] = []
  const topics = input.topics.map(({ name, partitions }) => {
    const isSubscribed = group.isSubscribedToTopic(name)
    const errorCode = isSubscribed ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE
    for (const { partitionIndex } of isSubscribed ? [] : partitions) {
      const exists =
        store.get(group.groupId, name, partitionIndex) !== undefined ||
        store.hasPending(group.groupId, name, partitionIndex)
      if (exists) records.push(offsetTombstone(group.groupId, name, partitionIndex))
    }
    return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) }
  })
  return { records, reply: { errorCode: ErrorCode.NONE, topics } }
}

/** Tombstones for all offsets of a group, pending ones too; of these topics only, if given. */
export function deleteAllOffsets(
  store: OffsetStore,
  groupId: string,
  onlyTopics?: ReadonlySet<string>,
): OffsetCommitRecord[] {
  return store
    .partitionsOf(groupId, onlyTopics)
    .map(({ topic, partition }) => offsetTombstone(groupId, topic, partition))
}

export interface Expiry {
  readonly records: OffsetCommitRecord[]
  /** True when nothing of the group's offsets is left, so that an empty group may go too. */
  readonly allExpired: boolean
}

/** Offsets of one group whose retention has passed (KIP-211), except what an open transaction is about to replace. */
export function expireOffsets(store: OffsetStore, group: ClassicGroup, nowMs: number, retentionMs: number): Expiry {
  const records: OffsetCommitRecord[] = []
  let allExpired = !store.hasOpenTransaction(group.groupId)
  for (const { topic, partition, offset } of store.entriesOf(group.groupId)) {
    const baseMs = group.retentionBaseMs(offset.commitTimestampMs)
    const expiresAtMs = offset.expireTimestampMs === -1 ? (baseMs ?? nowMs) + retentionMs : offset.expireTimestampMs
    const isKept =
      baseMs === null ||
      nowMs < expiresAtMs ||
      group.isSubscribedToTopic(topic) ||
      store.hasPending(group.groupId, topic, partition)
    if (isKept) allExpired = false
    else records.push(offsetTombstone(group.groupId, topic, partition))
  }
  return { records, allExpired }
}
