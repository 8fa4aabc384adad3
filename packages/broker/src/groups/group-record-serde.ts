/**
 * Bytes of the records of `__consumer_offsets`. Written in the versions that Kafka 3.9 writes, so that any broker from
 * 2.3 on reads them; read in every version from 0 to 4. Source: Kafka's GroupCoordinatorRecordSerde, MetadataVersion.
 */
import {
  decodeVersioned,
  encodeVersioned,
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
  storedVersion,
} from '@millrace/protocol'
import type { RecordSerde } from '../coordinator/decision.js'
import type { GroupMetadataRecord, GroupRecord, OffsetCommitRecord } from './core/group-records.js'

const OFFSET_COMMIT_KEY_VERSION = 1
const OFFSET_COMMIT_VALUE_VERSION = 3
/** The only version with an expiry time of its own. */
const EXPIRING_OFFSET_COMMIT_VALUE_VERSION = 1
const GROUP_METADATA_KEY_VERSION = 2
const GROUP_METADATA_VALUE_VERSION = 3

export const groupRecordSerde: RecordSerde<GroupRecord> = {
  encode(record) {
    switch (record.kind) {
      case 'offset-commit': {
        const { group, topic, partition, value } = record
        return {
          key: encodeVersioned(offsetCommitKey, OFFSET_COMMIT_KEY_VERSION, { group, topic, partition }),
          value: value === null ? null : encodeVersioned(offsetCommitValue, offsetVersion(value), value),
        }
      }
      case 'group-metadata': {
        const { group, value } = record
        return {
          key: encodeVersioned(groupMetadataKey, GROUP_METADATA_KEY_VERSION, { group }),
          value: value === null ? null : encodeVersioned(groupMetadataValue, GROUP_METADATA_VALUE_VERSION, value),
        }
      }
    }
  },

  decode(key, value) {
    // The version of a key is the type of its record. Larger ones belong to consumer, share and streams groups.
    switch (storedVersion(key)) {
      case 0:
      case 1:
        return decodeOffsetCommit(key, value)
      case 2:
        return decodeGroupMetadata(key, value)
      default:
        return undefined
    }
  },
}

function offsetVersion({ expireTimestamp }: { readonly expireTimestamp: number }): number {
  return expireTimestamp === -1 ? OFFSET_COMMIT_VALUE_VERSION : EXPIRING_OFFSET_COMMIT_VALUE_VERSION
}

function decodeOffsetCommit(keyBytes: Buffer, valueBytes: Buffer | null): OffsetCommitRecord {
  const key = decodeVersioned(offsetCommitKey, keyBytes).value
  const { group, topic, partition } = key
  if (valueBytes === null) return { kind: 'offset-commit', group, topic, partition, value: null }
  const decoded = decodeVersioned(offsetCommitValue, valueBytes).value
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp } = decoded
  const value = { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp }
  return { kind: 'offset-commit', group, topic, partition, value }
}

function decodeGroupMetadata(keyBytes: Buffer, valueBytes: Buffer | null): GroupMetadataRecord {
  const { group } = decodeVersioned(groupMetadataKey, keyBytes).value
  if (valueBytes === null) return { kind: 'group-metadata', group, value: null }
  const { value } = decodeVersioned(groupMetadataValue, valueBytes)
  // Copied: what is decoded are views of the log's read buffer, and a member stays for long.
  const members = value.members.map((member) => ({
    ...member,
    subscription: Buffer.from(member.subscription),
    assignment: Buffer.from(member.assignment),
  }))
  return { kind: 'group-metadata', group, value: { ...value, members } }
}
