import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumerProtocolSubscription, encodeVersioned } from '@millrace/protocol'
import fc from 'fast-check'
import { subscribedTopicsOf } from './subscription.js'

test('subscription: the topics of every version', () => {
  for (const version of [0, 1, 2, 3]) {
    const bytes = encodeVersioned(consumerProtocolSubscription, version, {
      topics: ['orders', 'päyments'],
      userData: Buffer.from('mine'),
      ownedPartitions: [{ topic: 'orders', partitions: [1, 2] }],
    })
    assert.deepEqual(subscribedTopicsOf(bytes), ['orders', 'päyments'])
  }
})

test('subscription: a version of the future is read by its prefix', () => {
  assert.deepEqual(subscribedTopicsOf(Buffer.from('00630000000100016121', 'hex')), ['a'])
})

test('subscription: anything else is not one, and never throws', () => {
  for (const hex of [
    '',
    '0000',
    '000000000001',
    'ffff00000000',
    '00007fffffff',
    '0000000000010005616263',
    '00000000ffff',
  ]) {
    assert.equal(subscribedTopicsOf(Buffer.from(hex, 'hex')), undefined, hex)
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const topics = subscribedTopicsOf(Buffer.from(bytes))
      return topics === undefined || topics.length <= bytes.length
    }),
  )
})
