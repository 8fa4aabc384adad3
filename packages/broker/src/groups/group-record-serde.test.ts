import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeVersioned, groupMetadataValue, offsetCommitValue } from '@millrace/protocol'
import type { GroupRecord } from './core/group-records.js'
import { groupRecordSerde } from './group-record-serde.js'

const offset = { offset: 7, leaderEpoch: 2, metadata: 'x', commitTimestamp: 1000, expireTimestamp: -1 }
const commit: GroupRecord = { kind: 'offset-commit', group: 'g', topic: 't', partition: 3, value: offset }
const member = {
  memberId: 'm',
  groupInstanceId: 'i',
  clientId: 'c',
  clientHost: '/h',
  rebalanceTimeout: 60_000,
  sessionTimeout: 10_000,
  subscription: Buffer.from('s'),
  assignment: Buffer.from('a'),
}
const generation = {
  protocolType: 'consumer',
  generation: 5,
  protocol: 'range',
  leader: 'm',
  currentStateTimestamp: 1000,
  members: [member],
}
const metadata: GroupRecord = { kind: 'group-metadata', group: 'g', value: generation }

test('serde: an offset commit in the bytes that Kafka writes (key v1, value v3)', () => {
  const { key, value } = groupRecordSerde.encode(commit)
  assert.equal(key.toString('hex'), '0001' + '000167' + '000174' + '00000003')
  assert.equal(value?.toString('hex'), '0003' + '0000000000000007' + '00000002' + '000178' + '00000000000003e8')
})

test('serde: a commit with an expiry time is written as value v1', () => {
  const { value } = groupRecordSerde.encode({ ...commit, value: { ...offset, expireTimestamp: 2000 } })
  assert.equal(value?.toString('hex'), '0001' + '0000000000000007' + '000178' + '00000000000003e8' + '00000000000007d0')
})

test('serde: group metadata in the bytes that Kafka writes (key v2, value v3)', () => {
  const { key, value } = groupRecordSerde.encode(metadata)
  assert.equal(key.toString('hex'), '0002' + '000167')
  const head = '0003' + '0008636f6e73756d6572' + '00000005' + '000572616e6765' + '00016d' + '00000000000003e8'
  const first = '00000001' + '00016d' + '000169' + '000163' + '00022f68' + '0000ea60' + '00002710'
  assert.equal(value?.toString('hex'), `${head}${first}00000001730000000161`)
})

test('serde: records are read as they were written, tombstones too', () => {
  const gone: GroupRecord[] = [
    { ...commit, value: null },
    { kind: 'group-metadata', group: 'g', value: null },
  ]
  for (const record of [commit, metadata, ...gone]) {
    const { key, value } = groupRecordSerde.encode(record)
    assert.deepEqual(groupRecordSerde.decode(key, value), record)
  }
})

test('serde: every version of the values is read', () => {
  const offsetKey = groupRecordSerde.encode(commit).key
  for (const version of [0, 1, 2, 3, 4]) {
    const record = groupRecordSerde.decode(offsetKey, encodeVersioned(offsetCommitValue, version, offset))
    assert(record?.kind === 'offset-commit')
    assert.equal(record.value?.offset, 7)
  }
  const groupKey = groupRecordSerde.encode(metadata).key
  for (const version of [0, 1, 2, 3, 4]) {
    const value = encodeVersioned(groupMetadataValue, version, generation)
    const record = groupRecordSerde.decode(groupKey, value)
    assert(record?.kind === 'group-metadata' && record.value !== null)
    assert.equal(record.value.generation, 5)
    assert.equal(record.value.members[0]?.rebalanceTimeout, version === 0 ? -1 : 60_000)
    assert.equal(record.value.members[0]?.groupInstanceId, version < 3 ? null : 'i')
    assert.equal(record.value.currentStateTimestamp, version < 2 ? -1 : 1000)
  }
})

test('serde: a key of version 0 is an offset commit; records of other group types are passed over', () => {
  const { key, value } = groupRecordSerde.encode(commit)
  key.writeInt16BE(0, 0)
  assert.equal(groupRecordSerde.decode(key, value)?.kind, 'offset-commit')
  for (const type of [3, 8, 15, 100]) {
    key.writeInt16BE(type, 0)
    assert.equal(groupRecordSerde.decode(key, value), undefined)
  }
})

test('serde: a malformed record of a known type is an error', () => {
  const { key, value } = groupRecordSerde.encode(commit)
  assert.throws(() => groupRecordSerde.decode(key.subarray(0, 5), value))
  assert.throws(() => groupRecordSerde.decode(key, Buffer.from('0063', 'hex')))
})

test('serde: what is decoded of members does not lie in the buffer that was read', () => {
  const { key, value } = groupRecordSerde.encode(metadata)
  const record = groupRecordSerde.decode(key, value)
  value?.fill(0)
  assert(record?.kind === 'group-metadata')
  assert.equal(record.value?.members[0]?.subscription.toString(), 's')
})
