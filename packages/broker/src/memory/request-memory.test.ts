import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestMemory } from './request-memory.js'

const mib = 1024 * 1024

test('three quarters are for large frames, one for small ones', () => {
  const memory = new RequestMemory(8 * mib)
  const large = memory.take(6 * mib)
  assert.ok(large !== undefined)
  assert.equal(memory.take(mib), undefined)
  for (let index = 0; index < 8; index++) assert.ok(memory.take(256 * 1024) !== undefined)
  assert.equal(memory.take(1), undefined)
  assert.equal(memory.usedBytes, 8 * mib)
})

test('a frame that waits gets its buffer when another is given back', () => {
  const memory = new RequestMemory(8 * mib)
  const first = memory.take(5 * mib) as Buffer
  let granted: Buffer | undefined
  memory.takeLater(
    4 * mib,
    (buffer) => {
      granted = buffer
    },
    () => assert.fail(),
  )
  assert.equal(memory.isShort, true)
  memory.give(first, false)
  assert.equal(granted?.length, 4 * mib)
  assert.equal(memory.isShort, false)
})

test('only a buffer that nobody refers to is used again', () => {
  const memory = new RequestMemory(8 * mib)
  const first = memory.take(100_000) as Buffer
  memory.give(first, false)
  const second = memory.take(100_000) as Buffer
  assert.notEqual(second.buffer, first.buffer)
  memory.give(second, true)
  const third = memory.take(100_000) as Buffer
  assert.deepEqual([third.buffer, third.byteOffset], [second.buffer, second.byteOffset])
})

test('a frame that will be kept has a buffer of its own, within the same bound', () => {
  const memory = new RequestMemory(8 * mib)
  const gathered = (memory.take(100_000) as Buffer).fill(7)
  const kept = memory.keepable(gathered)
  assert.equal(memory.usedBytes, 100_000)
  const next = (memory.take(100_000) as Buffer).fill(8)
  assert.equal(next.byteOffset, gathered.byteOffset)
  assert.ok(kept.length === 100_000 && kept.every((byte) => byte === 7))
  memory.give(kept, false)
  memory.give(next, true)
  assert.equal(memory.usedBytes, 0)
  assert.equal(memory.keepable(kept), kept, 'it is not the memory of others already')
})

test('a frame of any size leaves its room to the next one', () => {
  const memory = new RequestMemory(96 * mib)
  for (const bytes of [0, 1, 20_000, 300_000, 41 * mib, 99 * mib]) {
    for (const isReusable of [true, false]) {
      memory.give(memory.take(bytes) as Buffer, isReusable)
      assert.equal(memory.usedBytes, 0, `${bytes} bytes`)
    }
  }
})

test('what the system has no memory for leaves the bound as it was, and the next in line has its turn', () => {
  const memory = new RequestMemory(8 * mib)
  const tooMuch = 2 ** 52
  assert.throws(() => memory.take(tooMuch), RangeError)
  assert.equal(memory.usedBytes, 0)
  const first = memory.take(5 * mib) as Buffer
  const told: unknown[] = []
  memory.takeLater(
    tooMuch,
    () => assert.fail(),
    (error) => told.push(error),
  )
  memory.takeLater(
    4 * mib,
    (buffer) => told.push(buffer.length),
    () => assert.fail(),
  )
  memory.give(first, false)
  assert.ok(told[0] instanceof RangeError || told[1] instanceof RangeError)
  assert.ok(told.includes(4 * mib))
  assert.equal(memory.usedBytes, 4 * mib)
})
