/** What `kafka-dump-log` prints of records of internal topics (`OffsetsMessageParser`, `TransactionLogMessageParser`). */
import type { TopicPartition } from '@millrace/client'
import {
  decodeVersioned,
  groupMetadataValue,
  storedVersion,
  TRANSACTION_STATUSES,
  type TransactionLogValue,
  transactionLogKey,
  transactionLogValue,
} from '@millrace/protocol'
import { hashOrder, partitionHash } from '../command-line/java-order.js'
import { ToolError } from '../command-line/tool.js'
import { groupRecordType, storedJson, withMembersOpened } from './group-records.js'
import { jsonText } from './message-json.js'

export interface StoredRecord {
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** Texts to print; undefined: nothing. */
export interface DecodedRecord {
  readonly key: string | undefined
  readonly payload: string | undefined
}

export type RecordDecoder = (record: StoredRecord) => DecodedRecord

/** Of `__consumer_offsets`. Errors: ToolError for a record without a key. */
export function decodeGroupRecord({ offset, key, value }: StoredRecord): DecodedRecord {
  if (key === null) {
    throw new ToolError(
      `Failed to decode message at offset ${offset} using offset topic decoder (message had a missing key)`,
    )
  }
  try {
    const keyVersion = storedVersion(key)
    const type = groupRecordType(keyVersion)
    if (type === undefined) {
      return { key: `Unknown record type ${keyVersion} at offset ${offset}, skipping.`, payload: undefined }
    }
    const { data } = storedJson(type.key, key)
    const keyText = jsonText({ type: String(keyVersion), data })
    if (value === null) return { key: keyText, payload: '<DELETE>' }
    const stored = storedJson(type.value, value)
    const valueData = type.value === groupMetadataValue ? withMembersOpened(stored.data) : stored.data
    return { key: keyText, payload: jsonText({ version: String(stored.version), data: valueData }) }
  } catch (error) {
    return { key: `Error at offset ${offset}, skipping. ${(error as Error).message}`, payload: undefined }
  }
}

/** Of `__transaction_state`. Errors: ToolError for a record that is none of that topic's. */
export function decodeTransactionRecord({ offset, key, value }: StoredRecord): DecodedRecord {
  if (key === null) throw new ToolError(`The record at offset ${offset} has no key: it is none of __transaction_state`)
  const version = storedVersion(key)
  if (version !== 0) return { key: `unknown::version=${version}`, payload: undefined }
  const { transactionalId } = decodeVersioned(transactionLogKey, key).value
  const keyText = `transaction_metadata::transactionalId=${transactionalId}`
  if (value === null) return { key: keyText, payload: '<DELETE>' }
  const transaction = decodeVersioned(transactionLogValue, value).value
  const { producerId, producerEpoch, transactionLastUpdateTimestampMs, transactionTimeoutMs } = transaction
  const payload = [
    `producerId:${producerId}`,
    `producerEpoch:${producerEpoch}`,
    `state=${transactionStatus(transaction)}`,
    `partitions=[${transactionPartitions(transaction).join(',')}]`,
    `txnLastUpdateTimestamp=${transactionLastUpdateTimestampMs}`,
    `txnTimeoutMs=${transactionTimeoutMs}`,
  ].join(',')
  return { key: keyText, payload }
}

/** Errors: ToolError for a number that no Kafka has given out. */
export function transactionStatus({ transactionStatus: status }: TransactionLogValue): string {
  const name = TRANSACTION_STATUSES[status]
  if (name !== undefined) return name
  throw new ToolError(`Unknown transaction state id ${status} from the transaction status message`)
}

/** `topic-0`, each, in the order of the set that Kafka keeps them in. */
export function transactionPartitions(transaction: TransactionLogValue): readonly string[] {
  if (transactionStatus(transaction) === 'Empty') return []
  const partitions = (transaction.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
    partitionIds.map((partition): TopicPartition => ({ topic, partition })),
  )
  return hashOrder(partitions, partitionHash).map(({ topic, partition }) => `${topic}-${partition}`)
}
