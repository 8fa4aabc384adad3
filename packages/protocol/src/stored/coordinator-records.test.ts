import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataValue,
  consumerGroupPartitionMetadataValue,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataValue,
  decodeVersioned,
  encodeVersioned,
  type Message,
  transactionLogKey,
  transactionLogValue,
} from '../index.js'

/** Both ways, with the bytes that Apache Kafka 3.9.1 wrote. */
function isStoredAs(message: Message, version: number, value: object, hex: string): void {
  assert.equal(encodeVersioned(message, version, value as never).toString('hex'), hex)
  assert.deepEqual(decodeVersioned(message, Buffer.from(hex, 'hex')), { version, value })
}

const topicId = 'AAAAAAAAAAEAAAAAAAAAAg'

test('records of __transaction_state, with and without partitions', () => {
  const ongoing = {
    producerId: 9,
    producerEpoch: 1,
    transactionTimeoutMs: 60_000,
    transactionStatus: 1,
    transactionPartitions: [{ topic: 'é', partitionIds: [0, 2] }],
    transactionLastUpdateTimestampMs: 1_700_000_000_000,
    transactionStartTimestampMs: -1,
    previousProducerId: -1,
    nextProducerId: -1,
    nextProducerEpoch: -1,
    clientTransactionVersion: 0,
  }
  const empty = { ...ongoing, transactionPartitions: null }
  const start = '0000000000000009' + '0001' + '0000ea60' + '01'
  const end = '0000018bcfe56800' + 'ffffffffffffffff'
  isStoredAs(transactionLogKey, 0, { transactionalId: 'tx' }, '000000027478')
  isStoredAs(transactionLogValue, 0, ongoing, `0000${start}000000010002c3a9000000020000000000000002${end}`)
  isStoredAs(transactionLogValue, 1, ongoing, `0001${start}0203c3a903000000000000000200${end}00`)
  isStoredAs(transactionLogValue, 0, empty, `0000${start}ffffffff${end}`)
  isStoredAs(transactionLogValue, 1, empty, `0001${start}00${end}00`)
})

test('records of groups with the consumer protocol', () => {
  const member = {
    instanceId: 'i',
    rackId: null,
    clientId: 'c',
    clientHost: '/h',
    subscribedTopicNames: ['t'],
    subscribedTopicRegex: null,
    rebalanceTimeoutMs: 5,
    serverAssignor: 'range',
    classicMemberMetadata: null,
  }
  const classic = { sessionTimeoutMs: 7, supportedProtocols: [{ name: 'range', metadata: Buffer.from([1, 2]) }] }
  isStoredAs(consumerGroupMemberMetadataKey, 5, { groupId: 'g', memberId: 'm' }, '000500016700016d')
  isStoredAs(consumerGroupMemberMetadataValue, 0, member, '00000269000263032f6802027400000000050672616e676500')
  isStoredAs(
    consumerGroupMemberMetadataValue,
    0,
    { ...member, classicMemberMetadata: classic },
    '00000269000263032f6802027400000000050672616e67650100110100000007020672616e67650301020000',
  )
  isStoredAs(consumerGroupMetadataValue, 0, { epoch: 3 }, '00000000000300')
  const partitionMetadata = [{ partition: 1, racks: ['r'] }]
  isStoredAs(
    consumerGroupPartitionMetadataValue,
    0,
    { topics: [{ topicId, topicName: 't', numPartitions: 2, partitionMetadata }] },
    '000002000000000000000100000000000000020274000000020200000001020272000000',
  )
  isStoredAs(consumerGroupTargetAssignmentMetadataValue, 0, { assignmentEpoch: 4 }, '00000000000400')
  isStoredAs(
    consumerGroupTargetAssignmentMemberValue,
    0,
    { topicPartitions: [{ topicId, partitions: [0, 1] }] },
    '000002000000000000000100000000000000020300000000000000010000',
  )
  const assignedPartitions = [{ topicId, partitions: [0] }]
  isStoredAs(consumerGroupCurrentMemberAssignmentKey, 8, { groupId: 'g', memberId: 'm' }, '000800016700016d')
  isStoredAs(
    consumerGroupCurrentMemberAssignmentValue,
    0,
    { memberEpoch: 2, previousMemberEpoch: 1, state: 1, assignedPartitions, partitionsPendingRevocation: [] },
    '000000000002000000010102000000000000000100000000000000020200000000000100',
  )
})
