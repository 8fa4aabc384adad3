import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appendValues, numbered, openTestLog, readValues } from '../testing/fixtures.js'
import { MAX_BYTES, RecentBatches } from './recent-batches.js'

const NO_LIMIT = { maxBytes: Number.MAX_SAFE_INTEGER, endOffset: Number.MAX_SAFE_INTEGER }

function filled(): RecentBatches {
  const recent = new RecentBatches()
  recent.readerAtEnd()
  recent.add(10, 12, Buffer.from('aa'))
  recent.add(12, 13, Buffer.from('b'))
  recent.add(13, 16, Buffer.from('ccc'))
  return recent
}

test('recent batches: whole appends from exactly an offset on, within the limits', () => {
  const recent = filled()
  assert.equal(recent.read(10, NO_LIMIT)?.toString(), 'aabccc')
  assert.equal(recent.read(12, NO_LIMIT)?.toString(), 'bccc')
  assert.equal(recent.read(11, NO_LIMIT), undefined)
  assert.equal(recent.read(16, NO_LIMIT), undefined)
  assert.equal(recent.read(10, { ...NO_LIMIT, maxBytes: 3 })?.toString(), 'aab')
  assert.equal(recent.read(10, { ...NO_LIMIT, maxBytes: 1 }), undefined)
  assert.equal(recent.read(10, { ...NO_LIMIT, endOffset: 15 })?.toString(), 'aab')
  assert.equal(recent.read(10, { ...NO_LIMIT, endOffset: 11 }), undefined)
  recent.clear()
  assert.equal(recent.read(10, NO_LIMIT), undefined)
})

test('recent batches: bounded in bytes, the oldest go', () => {
  const recent = new RecentBatches()
  recent.readerAtEnd()
  const half = Buffer.alloc(MAX_BYTES / 2)
  for (let offset = 0; offset < 3; offset += 1) recent.add(offset, offset + 1, half)
  assert.equal(recent.read(0, NO_LIMIT), undefined)
  assert.equal(recent.read(1, NO_LIMIT)?.length, MAX_BYTES)
  recent.add(3, 4, Buffer.alloc(MAX_BYTES + 1))
  assert.equal(recent.read(2, NO_LIMIT), undefined, 'a larger one makes a gap')
})

test('recent batches: nothing is kept when nobody reads at the end', () => {
  const recent = new RecentBatches()
  recent.add(0, 1, Buffer.from('a'))
  assert.equal(recent.read(0, NO_LIMIT), undefined)
  recent.readerAtEnd()
  for (let offset = 1; offset < 40; offset += 1) recent.add(offset, offset + 1, Buffer.from('x'))
  for (let offset = 0; offset < 40; offset += 1) assert.equal(recent.read(offset, NO_LIMIT), undefined)
})

test('recent batches: a small part of a large buffer does not keep it', () => {
  const frame = Buffer.alloc(10_000)
  const recent = new RecentBatches()
  recent.readerAtEnd()
  recent.add(0, 1, frame.subarray(100, 200))
  recent.add(1, 2, frame.subarray(200, 9000))
  assert.notEqual(recent.read(0, { ...NO_LIMIT, endOffset: 1 })?.buffer, frame.buffer)
  assert.equal(recent.read(1, NO_LIMIT)?.buffer, frame.buffer)
})

test('a reader at the end of a log reads no file, and what was cut off is not read', async () => {
  const { log, disk } = await openTestLog()
  await appendValues(log, 'v0', 'v1')
  assert.deepEqual(await readValues(log), numbered(2))
  await appendValues(log, 'v2', 'v3')
  const reads = () => disk.calls.filter((call) => call.operation === 'read').length
  const before = reads()
  assert.deepEqual(await readValues(log, 2), numbered(2, 2))
  assert.equal(reads(), before)
  await log.truncateTo(3)
  await appendValues(log, 'w3')
  assert.deepEqual(await readValues(log, 2), ['2:v2', '3:w3'])
})
