import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FetchMemory } from './fetch-memory.js'

const mib = 1024 * 1024

test('a fetch may read a part of what is left, and less the more is on its way', () => {
  const memory = new FetchMemory(64 * mib)
  assert.equal(memory.allowedBytes, 16 * mib)
  const lease = memory.lease()
  lease.allocate(32 * mib)
  assert.equal(memory.allowedBytes, 8 * mib)
  lease.allocate(32 * mib)
  assert.equal(memory.allowedBytes, 64 * 1024, 'never nothing')
  lease.release()
  assert.equal(memory.usedBytes, 0)
  assert.equal(memory.allowedBytes, 16 * mib)
})

test('a lease gives its buffers back once, and can be used again', () => {
  const memory = new FetchMemory(64 * mib)
  const lease = memory.lease()
  const first = lease.allocate(100_000)
  lease.release()
  lease.release()
  assert.equal(memory.usedBytes, 0)
  const second = lease.allocate(100_000)
  assert.equal(second.byteOffset, first.byteOffset)
  assert.equal(memory.usedBytes, 100_000)
  lease.release()
  assert.ok(memory.idleBytes > 0)
  for (let count = 0; count < 10; count++) memory.trim()
  assert.equal(memory.idleBytes, 0)
})
