import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  type BatchOptions,
  buildBatch,
  buildEndTransactionMarker,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  crc32c,
  encodeVersioned,
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
  type RecordInput,
  setLogAppendTime,
  transactionLogKey,
  transactionLogValue,
  writeInt64,
} from '@millrace/protocol'

const AT = 1_700_000_000_000

export const SEGMENT = '00000000000000000000'

/** Batches of every kind that a log has but compressed ones, a gap, a damaged batch, and bytes behind the last. */
export function segmentLog(): Buffer {
  const producer: BatchOptions = { producerId: 9, producerEpoch: 1, leaderEpoch: 3 }
  const appended = batch(8, [{ value: Buffer.from('appended'), timestamp: AT }], {})
  setLogAppendTime(appended, 0, AT + 50)
  const damaged = batch(9, [{ value: Buffer.from('damaged'), timestamp: AT + 6 }], {})
  damaged[damaged.length - 2]! ^= 1
  return Buffer.concat([
    batch(0, [
      { key: Buffer.from('k1'), value: Buffer.from('v1'), timestamp: AT },
      {
        key: null,
        value: Buffer.from('é'),
        timestamp: AT + 1,
        headers: [
          { key: 'h1', value: null },
          { key: 'h2', value: Buffer.from('x') },
        ],
      },
    ]),
    batch(
      2,
      [
        { key: Buffer.from('k'), value: null, timestamp: AT + 2 },
        { value: Buffer.from('v'.repeat(9)), timestamp: AT + 3 },
      ],
      {
        ...producer,
        baseSequence: 5,
      },
    ),
    batch(4, [{ value: Buffer.from('tx'), timestamp: AT + 4 }], {
      ...producer,
      baseSequence: 0x7fff_ffff,
      transactional: true,
    }),
    marker('COMMIT', 5),
    marker('ABORT', 6),
    appended,
    damaged,
    Buffer.from('torn end'),
  ])
}

function batch(baseOffset: number, records: readonly RecordInput[], options: BatchOptions = {}): Buffer {
  return Buffer.from(buildBatch(records, { baseOffset, ...options }))
}

function marker(result: 'COMMIT' | 'ABORT', baseOffset: number): Buffer {
  const epochs = { producerEpoch: 1, coordinatorEpoch: 7, leaderEpoch: 3 }
  return Buffer.from(buildEndTransactionMarker({ result, producerId: 9, timestamp: AT + 5, baseOffset, ...epochs }))
}

/** Writes a segment with its indexes, some of whose entries are wrong, into a folder. */
export function writeSegmentFiles(dir: string): void {
  const file = (name: string, content: Buffer) => writeFileSync(join(dir, name), content)
  const log = segmentLog()
  const firstEnd = 12 + log.readInt32BE(8)
  file(`${SEGMENT}.log`, log)
  file(`${SEGMENT}.index`, ints([3, firstEnd], [7, firstEnd], [0, 0]))
  file(
    `${SEGMENT}.timeindex`,
    Buffer.concat([times(AT + 1, 1), times(AT + 9, 3), times(AT + 5, 5), times(AT + 6, 7), times(0, 0)]),
  )
  file(`${SEGMENT}.txnindex`, abortedTransaction(9, 4, 6, 7))
  file(`${SEGMENT}.snapshot`, producerSnapshot())
}

function ints(...rows: readonly (readonly number[])[]): Buffer {
  const bytes = Buffer.alloc(rows.flat().length * 4)
  for (const [slot, value] of rows.flat().entries()) bytes.writeInt32BE(value, slot * 4)
  return bytes
}

function times(timestamp: number, offset: number): Buffer {
  const bytes = Buffer.alloc(12)
  writeInt64(bytes, 0, timestamp)
  bytes.writeInt32BE(offset, 8)
  return bytes
}

function abortedTransaction(...fields: readonly number[]): Buffer {
  const bytes = Buffer.alloc(34)
  for (const [slot, value] of fields.entries()) writeInt64(bytes, 2 + slot * 8, value)
  return bytes
}

/** Two producers: one with an open transaction, one that has written nothing in its epoch. */
export function producerSnapshot(): Buffer {
  const bytes = Buffer.alloc(10 + 2 * 46)
  bytes.writeInt16BE(1, 0)
  bytes.writeInt32BE(2, 6)
  for (const [slot, open] of [true, false].entries()) {
    const at = 10 + slot * 46
    writeInt64(bytes, at, 9 + slot)
    bytes.writeInt16BE(1, at + 8)
    bytes.writeInt32BE(open ? 6 : -1, at + 10)
    writeInt64(bytes, at + 14, open ? 3 : -1)
    bytes.writeInt32BE(open ? 1 : 0, at + 22)
    writeInt64(bytes, at + 26, AT + 3)
    bytes.writeInt32BE(open ? -1 : 7, at + 34)
    writeInt64(bytes, at + 38, open ? 2 : -1)
  }
  bytes.writeUInt32BE(crc32c(bytes, 6, bytes.length), 2)
  return bytes
}

/** Messages of the formats 0 and 1. */
export function oldLog(): Buffer {
  const message = (magic: 0 | 1, offset: number, key: Buffer | null, value: Buffer | null) => {
    const body = Buffer.concat([
      Buffer.from([magic, 0]),
      magic === 0 ? Buffer.alloc(0) : times(AT + offset, 0).subarray(0, 8),
      sized(key),
      sized(value),
    ])
    const head = Buffer.alloc(16)
    writeInt64(head, 0, offset)
    head.writeInt32BE(body.length + 4, 8)
    head.writeUInt32BE(crc32(body), 12)
    return Buffer.concat([head, body])
  }
  return Buffer.concat([
    message(0, 0, null, Buffer.from('zero')),
    message(1, 1, Buffer.from('k'), Buffer.from('one')),
    message(1, 2, Buffer.from('k'), null),
  ])
}

function sized(bytes: Buffer | null): Buffer {
  return Buffer.concat([ints([bytes?.length ?? -1]), bytes ?? Buffer.alloc(0)])
}

const assignment = encodeVersioned(consumerProtocolAssignment, 1, {
  assignedPartitions: [{ topic: 'orders', partitions: [0, 1] }],
  userData: null,
})

const subscription = encodeVersioned(consumerProtocolSubscription, 3, {
  topics: ['orders'],
  userData: Buffer.from('u'),
  ownedPartitions: [{ topic: 'orders', partitions: [1] }],
  generationId: 4,
  rackId: null,
})

const member = {
  memberId: 'm-1',
  clientId: 'c',
  clientHost: '/127.0.0.1',
  rebalanceTimeout: 300_000,
  sessionTimeout: 45_000,
}

const group = { protocolType: 'consumer', generation: 5, protocol: 'range', leader: 'm-1', currentStateTimestamp: AT }

const newMember = {
  instanceId: null,
  rackId: null,
  clientId: 'c',
  clientHost: '/127.0.0.1',
  subscribedTopicNames: ['orders'],
  subscribedTopicRegex: '',
  rebalanceTimeoutMs: 300_000,
  serverAssignor: null,
}

/** Keys and values of `__consumer_offsets`. */
export const groupRecords: readonly RecordInput[] = [
  offset(0, { offset: 42, metadata: 'note "q" \u0001', commitTimestamp: AT }),
  offset(1, { offset: 42, metadata: '', commitTimestamp: AT, expireTimestamp: AT + 9 }),
  offset(3, { offset: 43, leaderEpoch: 7, metadata: '', commitTimestamp: AT }),
  { ...offset(3, { offset: 43, metadata: '', commitTimestamp: AT }), value: null },
  groupMetadata(3, [{ ...member, subscription, assignment }]),
  groupMetadata(3, [{ ...member, groupInstanceId: 'i', subscription: Buffer.alloc(0), assignment: Buffer.from('x') }]),
  groupMetadata(0, []),
  { ...groupMetadata(0, []), value: null },
  {
    key: encodeVersioned(consumerGroupMetadataKey, 3, { groupId: 'g' }),
    value: encodeVersioned(consumerGroupMetadataValue, 0, { epoch: 3 }),
    timestamp: AT,
  },
  {
    key: encodeVersioned(consumerGroupMemberMetadataKey, 5, { groupId: 'g', memberId: 'm' }),
    value: encodeVersioned(consumerGroupMemberMetadataValue, 0, {
      ...newMember,
      classicMemberMetadata: {
        sessionTimeoutMs: 1,
        supportedProtocols: [{ name: 'range', metadata: Buffer.from('m') }],
      },
    }),
    timestamp: AT,
  },
  { key: Buffer.from([0, 99, 1]), value: Buffer.from('future'), timestamp: AT },
  { key: Buffer.from([0, 1, 0]), value: null, timestamp: AT },
]

function offset(
  version: number,
  value: Parameters<typeof encodeVersioned<(typeof offsetCommitValue)['schema']>>[2],
): RecordInput {
  const key = encodeVersioned(offsetCommitKey, 1, { group: 'g', topic: 'orders', partition: 1 })
  return { key, value: encodeVersioned(offsetCommitValue, version, value), timestamp: AT }
}

type Members = Parameters<typeof encodeVersioned<(typeof groupMetadataValue)['schema']>>[2]['members']

function groupMetadata(version: number, members: Members): RecordInput {
  const key = encodeVersioned(groupMetadataKey, 2, { group: 'g' })
  const value = members.length === 0 ? { ...group, protocol: null, leader: null, members } : { ...group, members }
  return { key, value: encodeVersioned(groupMetadataValue, version, value), timestamp: AT }
}

const transaction = {
  producerId: 9,
  producerEpoch: 1,
  transactionTimeoutMs: 60_000,
  transactionLastUpdateTimestampMs: AT,
}

/** Keys and values of `__transaction_state`. */
export const transactionRecords: readonly RecordInput[] = [
  transactional(0, {
    ...transaction,
    transactionStatus: 1,
    transactionPartitions: [
      { topic: 'orders', partitionIds: [0, 2] },
      { topic: 'bills', partitionIds: [1] },
    ],
    transactionStartTimestampMs: AT - 5,
  }),
  transactional(1, {
    ...transaction,
    transactionStatus: 4,
    transactionPartitions: [],
    transactionStartTimestampMs: -1,
  }),
  transactional(0, {
    ...transaction,
    transactionStatus: 0,
    transactionPartitions: null,
    transactionStartTimestampMs: -1,
  }),
  { key: encodeVersioned(transactionLogKey, 0, { transactionalId: 'tx' }), value: null, timestamp: AT },
  { key: Buffer.from([0, 9, 1]), value: Buffer.from('future'), timestamp: AT },
]

function transactional(
  version: number,
  value: Parameters<typeof encodeVersioned<(typeof transactionLogValue)['schema']>>[2],
): RecordInput {
  const key = encodeVersioned(transactionLogKey, 0, { transactionalId: 'tx' })
  return { key, value: encodeVersioned(transactionLogValue, version, value), timestamp: AT }
}

/** Records as a log of one batch. */
export function logOf(records: readonly RecordInput[], options: BatchOptions = {}): Buffer {
  return batch(0, records, options)
}
