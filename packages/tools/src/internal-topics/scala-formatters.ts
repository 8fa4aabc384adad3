/**
 * Internal topics as the formatters in Kafka's broker print them, a line a record: those of 2.x command lines, which 3.9 still has
 * (`kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter`, `…$GroupMetadataMessageFormatter`,
 * `kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter`).
 */
import {
  decodeVersioned,
  type GroupMetadataValue,
  groupMetadataKey,
  groupMetadataValue,
  type OffsetCommitValue,
  offsetCommitKey,
  offsetCommitValue,
  storedVersion,
  type TransactionLogValue,
  transactionLogKey,
  transactionLogValue,
} from '@millrace/protocol'
import { hashOrder, stringHash } from '../command-line/java-order.js'
import type { RecordText } from './console-formatters.js'
import { transactionPartitions, transactionStatus } from './dump-decoders.js'

export const offsetsText: RecordText = (key, value) => {
  if (key === null || storedVersion(key) > offsetCommitKey.versions.max) return undefined
  const { group, topic, partition } = decodeVersioned(offsetCommitKey, key).value
  const text = value === null ? 'NULL' : offsetText(decodeVersioned(offsetCommitValue, value).value)
  return `[${group},${topic},${partition}]::${text}\n`
}

function offsetText({ offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp }: OffsetCommitValue): string {
  const fields = {
    offset,
    leaderEpoch: leaderEpoch < 0 ? 'Optional.empty' : `Optional[${leaderEpoch}]`,
    metadata,
    commitTimestamp,
    expireTimestamp: expireTimestamp === -1 ? 'None' : `Some(${expireTimestamp})`,
  }
  return caseClass('OffsetAndMetadata', fields)
}

export const groupMetadataText: RecordText = (key, value) => {
  if (key === null || storedVersion(key) !== groupMetadataKey.versions.max) return undefined
  const { group } = decodeVersioned(groupMetadataKey, key).value
  return `${group}::${value === null ? 'NULL' : groupText(group, decodeVersioned(groupMetadataValue, value).value)}\n`
}

function groupText(groupId: string, { generation, protocolType, protocol, members }: GroupMetadataValue): string {
  const ordered = hashOrder(members, ({ memberId }) => stringHash(memberId))
  const memberTexts = ordered.map((member) => {
    const { memberId, groupInstanceId, clientId, clientHost, sessionTimeout, rebalanceTimeout } = member
    const fields = {
      memberId,
      groupInstanceId: option(groupInstanceId),
      clientId,
      clientHost,
      sessionTimeoutMs: sessionTimeout,
      rebalanceTimeoutMs: rebalanceTimeout === -1 ? sessionTimeout : rebalanceTimeout,
      supportedProtocols: `List(${protocol ?? 'null'})`,
    }
    return `${memberId} -> ${caseClass('MemberMetadata', fields)}`
  })
  return caseClass('GroupMetadata', {
    groupId,
    generation,
    protocolType: option(protocolType === '' ? null : protocolType),
    currentState: members.length === 0 ? 'Empty' : 'Stable',
    members: `HashMap(${memberTexts.join(', ')})`,
  })
}

export const transactionLogText: RecordText = (key, value) => {
  if (key === null) return undefined
  const version = storedVersion(key)
  if (version !== 0) return `unknown::version=${version}\n`
  const { transactionalId } = decodeVersioned(transactionLogKey, key).value
  const text =
    value === null ? 'NULL' : transactionText(transactionalId, decodeVersioned(transactionLogValue, value).value)
  return `${transactionalId}::${text}\n`
}

function transactionText(transactionalId: string, transaction: TransactionLogValue): string {
  return caseClass('TransactionMetadata', {
    transactionalId,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    txnTimeoutMs: transaction.transactionTimeoutMs,
    state: transactionStatus(transaction),
    pendingState: 'None',
    topicPartitions: `HashSet(${transactionPartitions(transaction).join(', ')})`,
    txnStartTimestamp: transaction.transactionStartTimestampMs,
    txnLastUpdateTimestamp: transaction.transactionLastUpdateTimestampMs,
  })
}

function option(value: string | null): string {
  return value === null ? 'None' : `Some(${value})`
}

function caseClass(name: string, fields: Readonly<Record<string, string | number>>): string {
  const texts = Object.entries(fields).map(([field, value]) => `${field}=${value}`)
  return `${name}(${texts.join(', ')})`
}
