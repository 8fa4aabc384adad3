import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BufferPool } from './buffer-pool.js'

const mib = 1024 * 1024

for (const bytes of [0, 1, 1024, 16_385, 131_073, 10_000_000, 50_000_000]) {
  test(`a buffer of ${bytes} bytes has exactly that length, also when it is used again`, () => {
    const pool = new BufferPool()
    const first = pool.take(bytes)
    assert.equal(first.length, bytes)
    pool.give(first)
    assert.equal(pool.take(bytes).length, bytes)
  })
}

test('a large buffer that was given back is used for the next one', () => {
  const pool = new BufferPool()
  const first = pool.take(100_000)
  const second = pool.take(100_000)
  pool.give(first)
  assert.equal(pool.take(90_000).byteOffset, first.byteOffset)
  assert.notEqual(pool.take(90_000).byteOffset, second.byteOffset)
})

test('what is unused for a while is given back, and what is used stays', () => {
  const pool = new BufferPool()
  const buffers = Array.from({ length: 8 }, () => pool.take(10 * mib))
  assert.equal(pool.idleBytes, 0)
  for (const buffer of buffers.slice(1)) pool.give(buffer)
  assert.equal(pool.idleBytes, 70 * mib)
  pool.trim()
  assert.equal(pool.idleBytes, 70 * mib)
  for (let count = 0; count < 10; count++) pool.trim()
  assert.equal(pool.idleBytes, 30 * mib)
  assert.equal(buffers[0]?.length, 10 * mib)
  pool.give(buffers[0] as Buffer)
  for (let count = 0; count < 10; count++) pool.trim()
  assert.equal(pool.idleBytes, 0)
})

test('a buffer larger than any slab has its memory for itself, and gives it back at once', () => {
  const pool = new BufferPool()
  const buffer = pool.take(60 * mib)
  pool.give(buffer)
  assert.equal(buffer.length, 0)
})

test('the memory of a buffer that somebody may still read is never used again', () => {
  const pool = new BufferPool()
  const kept = pool.take(100_000).fill(7)
  const other = pool.take(100_000)
  assert.equal(pool.isInSlab(kept), true)
  pool.forget(kept)
  pool.give(other)
  const next = pool.take(100_000).fill(8)
  assert.notEqual(next.buffer, kept.buffer)
  for (let count = 0; count < 10; count++) pool.trim()
  assert.ok(kept.every((byte) => byte === 7))
})

test('a buffer of another origin is not kept', () => {
  const pool = new BufferPool()
  pool.give(Buffer.alloc(50_000))
  pool.give(Buffer.alloc(10))
  assert.equal(pool.isInSlab(Buffer.alloc(50_000)), false)
  assert.equal(pool.idleBytes, 0)
})
