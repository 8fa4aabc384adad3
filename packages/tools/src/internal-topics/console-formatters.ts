/**
 * Internal topics as the formatters of Kafka 3.9's console consumer print them: a JSON document a record, one right behind the
 * other without a line end (`ApiMessageFormatter`).
 */
import {
  groupMetadataKey,
  groupMetadataValue,
  type Message,
  offsetCommitKey,
  offsetCommitValue,
  storedVersion,
  transactionLogKey,
  transactionLogValue,
} from '@millrace/protocol'
import { storedJson } from './group-records.js'
import { type Json, type JsonObject, jsonText } from './message-json.js'

/** What is printed of a record, as it stands; undefined for one that is left out. Errors: MalformedMessageError. */
export type RecordText = (key: Buffer | null, value: Buffer | null) => string | undefined

/** `org.apache.kafka.tools.consumer.OffsetsMessageFormatter` */
export const offsetsJson: RecordText = apiMessages([offsetCommitKey], offsetCommitValue, [groupMetadataKey])

/** `org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter` */
export const groupMetadataJson: RecordText = apiMessages([groupMetadataKey], groupMetadataValue, [offsetCommitKey])

/** `org.apache.kafka.tools.consumer.TransactionLogMessageFormatter` */
export const transactionLogJson: RecordText = apiMessages([transactionLogKey], transactionLogValue, [])

/** Records with a key of `others` are left out; what has any other key is unknown. */
function apiMessages(keys: readonly Message[], valueMessage: Message, others: readonly Message[]): RecordText {
  return (key, value) => {
    if (key !== null && others.some((message) => hasVersion(message, storedVersion(key)))) return undefined
    const isKnown = key === null || keys.some((message) => hasVersion(message, storedVersion(key)))
    const document: JsonObject = { key: key === null ? null : versionedJson(keys, key) }
    document['value'] = value === null ? null : versionedJson(isKnown ? [valueMessage] : [], value)
    return jsonText(document)
  }
}

function versionedJson(messages: readonly Message[], bytes: Buffer): Json {
  const version = storedVersion(bytes)
  const message = messages.find((one) => hasVersion(one, version))
  return { version, data: message === undefined ? 'unknown' : storedJson(message, bytes).data }
}

function hasVersion({ versions }: Message, version: number): boolean {
  return version >= versions.min && version <= versions.max
}
