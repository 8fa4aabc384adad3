import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  decodeVersioned,
  encodeVersioned,
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
  storedVersion,
} from './index.js'

test('keys and values in __consumer_offsets start with their version', () => {
  const key = encodeVersioned(offsetCommitKey, 1, { group: 'g', topic: 't', partition: 2 })
  assert.equal(key.toString('hex'), '0001' + '000167' + '000174' + '00000002')
  assert.equal(storedVersion(key), 1)
  assert.deepEqual(decodeVersioned(offsetCommitKey, key).value, { group: 'g', topic: 't', partition: 2 })
  assert.equal(encodeVersioned(groupMetadataKey, 2, { group: 'g' }).toString('hex'), '0002000167')

  const value = { offset: 5, leaderEpoch: 3, metadata: 'm', commitTimestamp: 9 }
  const bytes = encodeVersioned(offsetCommitValue, 3, value)
  assert.equal(bytes.toString('hex'), '0003' + '0000000000000005' + '00000003' + '00016d' + '0000000000000009')
  assert.equal(decodeVersioned(offsetCommitValue, bytes).value.expireTimestamp, -1)
})

test('a group of version 3 keeps its static members', () => {
  const member = {
    memberId: 'm',
    groupInstanceId: 'i',
    clientId: 'c',
    clientHost: '/127.0.0.1',
    rebalanceTimeout: 1,
    sessionTimeout: 2,
    subscription: Buffer.from('s'),
    assignment: Buffer.from('a'),
  }
  const group = {
    protocolType: 'consumer',
    generation: 1,
    protocol: 'range',
    leader: 'm',
    currentStateTimestamp: 4,
    members: [member],
  }
  assert.deepEqual(decodeVersioned(groupMetadataValue, encodeVersioned(groupMetadataValue, 3, group)).value, group)
})

test('an unknown version is refused, or read as the newest known one where that is agreed', () => {
  const refused = { code: 'MALFORMED_MESSAGE', reason: 'unknown-version' }
  assert.throws(() => decodeVersioned(offsetCommitValue, Buffer.from('0063', 'hex')), refused)
  assert.throws(() => decodeVersioned(groupMetadataKey, Buffer.from('0001', 'hex')), refused)

  const subscription = { topics: ['t'], userData: null, ownedPartitions: [], generationId: 4, rackId: 'r' }
  const newer = Buffer.concat([encodeVersioned(consumerProtocolSubscription, 3, subscription), Buffer.from('more')])
  newer.writeInt16BE(9)
  assert.throws(() => decodeVersioned(consumerProtocolSubscription, newer), refused)
  const decoded = decodeVersioned(consumerProtocolSubscription, newer, { acceptNewer: true })
  assert.deepEqual(decoded, { version: 9, value: subscription })
  const negative = Buffer.from('ffff', 'hex')
  assert.throws(() => decodeVersioned(consumerProtocolAssignment, negative, { acceptNewer: true }), refused)
})
