/** The records of `__consumer_offsets`, by the version of their key (`CoordinatorRecordSerde`). */
import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  decodeStruct,
  decodeVersioned,
  groupMetadataKey,
  groupMetadataValue,
  MalformedMessageError,
  type Message,
  offsetCommitKey,
  offsetCommitValue,
} from '@millrace/protocol'
import { type Json, type JsonObject, messageJson } from './message-json.js'

export interface RecordType {
  readonly key: Message
  readonly value: Message
}

const offsetCommit: RecordType = { key: offsetCommitKey, value: offsetCommitValue }

const recordTypes: readonly RecordType[] = [
  offsetCommit,
  offsetCommit,
  { key: groupMetadataKey, value: groupMetadataValue },
  { key: consumerGroupMetadataKey, value: consumerGroupMetadataValue },
  { key: consumerGroupPartitionMetadataKey, value: consumerGroupPartitionMetadataValue },
  { key: consumerGroupMemberMetadataKey, value: consumerGroupMemberMetadataValue },
  { key: consumerGroupTargetAssignmentMetadataKey, value: consumerGroupTargetAssignmentMetadataValue },
  { key: consumerGroupTargetAssignmentMemberKey, value: consumerGroupTargetAssignmentMemberValue },
  { key: consumerGroupCurrentMemberAssignmentKey, value: consumerGroupCurrentMemberAssignmentValue },
]

/** Undefined: a record of a Kafka that is newer. */
export function groupRecordType(keyVersion: number): RecordType | undefined {
  return recordTypes[keyVersion]
}

/** A stored message with its version in front. Errors: MalformedMessageError. */
export function storedJson(message: Message, bytes: Buffer): { readonly version: number; readonly data: JsonObject } {
  const { version, value } = decodeVersioned(message, bytes)
  return { version, data: messageJson(message, version, value as object) }
}

/** The value of a group whose members are consumers, what they subscribe to and are assigned as JSON too where it can be read. */
export function withMembersOpened(data: JsonObject): JsonObject {
  if (data['protocolType'] !== 'consumer' || !Array.isArray(data['members'])) return data
  const members = data['members'].map((member) => {
    if (!isObject(member)) return member
    const subscription = opened(consumerProtocolSubscription, member['subscription'])
    return { ...member, subscription, assignment: opened(consumerProtocolAssignment, member['assignment']) }
  })
  return { ...data, members }
}

function opened(message: Message, base64: Json | undefined): Json {
  const bytes = Buffer.from(String(base64), 'base64')
  if (bytes.length < 2) return base64 ?? null
  const version = bytes.readInt16BE(0)
  try {
    const { max } = message.versions
    return messageJson(message, version, decodeStruct(message, Math.min(version, max), bytes, 2) as object)
  } catch (error) {
    if (error instanceof MalformedMessageError || error instanceof RangeError) return base64 ?? null
    throw error
  }
}

function isObject(json: Json): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
