import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BufferPool } from './buffer-pool.js'

for (const bytes of [0, 1, 1023, 1024, 1025, 131_072, 131_073, 10_000_000]) {
  test(`a buffer of ${bytes} bytes has exactly that length, also when it is used again`, () => {
    const pool = new BufferPool(2 ** 28)
    const first = pool.take(bytes)
    assert.equal(first.length, bytes)
    pool.give(first)
    assert.equal(pool.take(bytes).length, bytes)
    assert.equal(pool.idleBytes, 0)
  })
}

test('a buffer that was given back is used for the next of about its size', () => {
  const pool = new BufferPool(2 ** 28)
  const first = pool.take(100_000)
  const second = pool.take(100_000)
  assert.notEqual(first.buffer, second.buffer)
  pool.give(first)
  assert.equal(pool.take(120_000).buffer, first.buffer)
  assert.notEqual(pool.take(120_000).buffer, first.buffer)
})

test('no more is kept than the bound, and nothing after a clearing', () => {
  const pool = new BufferPool(300_000)
  const taken = [pool.take(100_000), pool.take(100_000), pool.take(100_000)]
  for (const buffer of taken) pool.give(buffer)
  assert.equal(pool.idleBytes, 2 * 131_072)
  pool.clear()
  assert.equal(pool.idleBytes, 0)
  assert.notEqual(pool.take(100_000).buffer, taken[1]?.buffer)
})

test('a buffer of another origin is not kept', () => {
  const pool = new BufferPool(2 ** 28)
  pool.give(Buffer.alloc(5000))
  pool.give(Buffer.alloc(10))
  assert.equal(pool.idleBytes, 0)
})
