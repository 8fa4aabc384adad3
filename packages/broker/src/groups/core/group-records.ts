/**
 * The records of `__consumer_offsets` that classic groups and offset commits need, and how they are made.
 * A null value is a tombstone. Follows Kafka's GroupCoordinatorRecordHelpers.
 */

export interface OffsetCommitValue {
  readonly offset: number
  /** −1 if unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestamp: number
  /** −1, or when the offset expires whatever its group does (commits of v2–4 with a retention time). */
  readonly expireTimestamp: number
}

export interface GroupMetadataMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** −1 in old records: the session timeout counts. */
  readonly rebalanceTimeout: number
  readonly sessionTimeout: number
  readonly subscription: Buffer
  readonly assignment: Buffer
}

export interface GroupMetadataValue {
  readonly protocolType: string
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  /** When the group entered its state; −1 in old records. */
  readonly currentStateTimestamp: number
  readonly members: readonly GroupMetadataMember[]
}

export interface OffsetCommitRecord {
  readonly kind: 'offset-commit'
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly value: OffsetCommitValue | null
}

export interface GroupMetadataRecord {
  readonly kind: 'group-metadata'
  readonly group: string
  readonly value: GroupMetadataValue | null
}

export type GroupRecord = OffsetCommitRecord | GroupMetadataRecord

export function offsetTombstone(group: string, topic: string, partition: number): OffsetCommitRecord {
  return { kind: 'offset-commit', group, topic, partition, value: null }
}

export function groupTombstone(group: string): GroupMetadataRecord {
  return { kind: 'group-metadata', group, value: null }
}

/** The record that makes a new group known; it has no protocol type before its first generation. */
export function newGroupRecord(group: string, nowMs: number): GroupMetadataRecord {
  const value = { protocolType: '', generation: 0, protocol: null, leader: null, members: [] }
  return { kind: 'group-metadata', group, value: { ...value, currentStateTimestamp: nowMs } }
}

export function isNewGroup(record: GroupRecord): boolean {
  return record.kind === 'group-metadata' && record.value?.protocolType === ''
}
