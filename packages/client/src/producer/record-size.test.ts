import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchBytesUpperBound } from './record-size.js'

/** What Kafka 3.9's `AbstractRecords.estimateSizeInBytesUpperBound` gives. */
test('the size that a record is taken to have is Kafka’s', () => {
  assert.equal(batchBytesUpperBound(null, null), 85)
  assert.equal(batchBytesUpperBound(null, Buffer.from('0')), 86)
  assert.equal(batchBytesUpperBound(Buffer.from('key'), Buffer.alloc(63)), 61 + 21 + 4 + 64 + 1)
  assert.equal(batchBytesUpperBound(null, Buffer.alloc(64)), 61 + 21 + 1 + 66 + 1)
  assert.equal(batchBytesUpperBound(null, Buffer.alloc(8191)), 61 + 21 + 1 + 8193 + 1)
  assert.equal(batchBytesUpperBound(null, Buffer.alloc(8192)), 61 + 21 + 1 + 8195 + 1)
  const headers = [
    { key: 'ä', value: null },
    { key: 'k', value: Buffer.alloc(100) },
  ]
  assert.equal(batchBytesUpperBound(null, null, headers), 85 + (1 + 2 + 1) + (1 + 1 + 2 + 100))
})
