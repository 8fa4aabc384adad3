import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxSmallBytes, SmallBuffers } from './small-buffers.js'

for (const bytes of [0, 1, 1023, 1024, 1025, maxSmallBytes]) {
  test(`a small buffer of ${bytes} bytes has exactly that length, also when it is used again`, () => {
    const buffers = new SmallBuffers()
    const first = buffers.take(bytes)
    assert.equal(first.length, bytes)
    buffers.give(first)
    assert.equal(buffers.take(bytes).length, bytes)
    assert.equal(buffers.idleBytes, 0)
  })
}

test('a small buffer that was given back is used for the next of about its size', () => {
  const buffers = new SmallBuffers()
  const first = buffers.take(10_000)
  assert.notEqual(buffers.take(10_000).buffer, first.buffer)
  buffers.give(first)
  assert.equal(buffers.take(12_000).buffer, first.buffer)
})

test('no more small buffers are kept than the bound, and none of another origin', () => {
  const buffers = new SmallBuffers()
  const taken = Array.from({ length: 300 }, () => buffers.take(maxSmallBytes))
  for (const buffer of taken) buffers.give(buffer)
  assert.equal(buffers.idleBytes, 256 * maxSmallBytes)
  const others = new SmallBuffers()
  others.give(Buffer.alloc(5000))
  others.give(Buffer.alloc(10))
  assert.equal(others.idleBytes, 0)
})
