import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { appendValues, numbered, openTestLog, readValues } from '../testing/fixtures.js'
import { RecentBatches, RecentMemory, RING_BYTES } from './recent-batches.js'

const allocate = (bytes: number) => Buffer.alloc(bytes)
const NO_LIMIT = { maxBytes: Number.MAX_SAFE_INTEGER, endOffset: Number.MAX_SAFE_INTEGER, allocate }
const oneRing = () => new RecentMemory(RING_BYTES)

function filled(): RecentBatches {
  const recent = new RecentBatches(oneRing())
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
  const recent = new RecentBatches(oneRing())
  recent.readerAtEnd()
  const half = Buffer.alloc(RING_BYTES / 2)
  for (let offset = 0; offset < 3; offset += 1) recent.add(offset, offset + 1, half)
  assert.equal(recent.read(0, NO_LIMIT), undefined)
  assert.equal(recent.read(1, NO_LIMIT)?.length, RING_BYTES)
  recent.add(3, 4, Buffer.alloc(RING_BYTES + 1))
  assert.equal(recent.read(2, NO_LIMIT), undefined, 'a larger one makes a gap')
})

test('recent batches: nothing is kept when nobody reads at the end', () => {
  const recent = new RecentBatches(oneRing())
  recent.add(0, 1, Buffer.from('a'))
  assert.equal(recent.read(0, NO_LIMIT), undefined)
  recent.readerAtEnd()
  for (let offset = 1; offset < 40; offset += 1) recent.add(offset, offset + 1, Buffer.from('x'))
  for (let offset = 0; offset < 40; offset += 1) assert.equal(recent.read(offset, NO_LIMIT), undefined)
})

test('recent batches: what is kept and what was read are copies', () => {
  const frame = Buffer.from('....first....')
  const recent = new RecentBatches(oneRing())
  recent.readerAtEnd()
  recent.add(0, 1, frame.subarray(4, 9))
  frame.fill('x')
  const read = recent.read(0, NO_LIMIT)
  for (let offset = 1; offset < 6; offset += 1) recent.add(offset, offset + 1, Buffer.alloc(100_000, 'y'))
  assert.equal(read?.toString(), 'first')
})

test('recent batches: however large the appends are, what is read is what was appended', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: RING_BYTES }), { maxLength: 40 }), (sizes) => {
      const recent = new RecentBatches(oneRing())
      const appended: Buffer[] = []
      for (const [offset, size] of sizes.entries()) {
        recent.readerAtEnd()
        appended.push(Buffer.alloc(size, offset))
        recent.add(offset, offset + 1, appended[offset] as Buffer)
        assert.ok(recent.read(offset, NO_LIMIT) !== undefined, 'the newest is there')
        for (let from = 0; from <= offset; from += 1) {
          const read = recent.read(from, NO_LIMIT)
          if (read !== undefined) assert.ok(read.equals(Buffer.concat(appended.slice(from))), `from ${from}`)
        }
      }
    }),
    { numRuns: 50 },
  )
})

test('recent batches: logs share their memory, and the one that was read longest ago loses its own', () => {
  const memory = new RecentMemory(2 * RING_BYTES)
  const logs = [0, 1, 2].map(() => new RecentBatches(memory))
  for (const recent of logs.slice(0, 2)) {
    recent.readerAtEnd()
    recent.add(0, 1, Buffer.from('a'))
  }
  logs[0]?.readerAtEnd()
  logs[2]?.readerAtEnd()
  logs[2]?.add(0, 1, Buffer.from('a'))
  assert.deepEqual(
    logs.map((recent) => recent.read(0, NO_LIMIT)?.toString()),
    ['a', undefined, 'a'],
  )
  assert.equal(memory.bytes, 2 * RING_BYTES)
  for (const recent of logs) recent.clear()
  assert.equal(memory.bytes, 2 * RING_BYTES)
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
