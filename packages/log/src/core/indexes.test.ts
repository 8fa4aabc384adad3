import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OffsetIndex } from './offset-index.js'
import { TimeIndex } from './time-index.js'
import { TransactionIndex } from './transaction-index.js'

/** Growing offsets with growing positions, as an index has them. */
const entries = fc
  .array(fc.record({ offsetStep: fc.integer({ min: 1, max: 50 }), positionStep: fc.integer({ min: 1, max: 5000 }) }))
  .map((steps) => {
    let offset = 1000
    let position = 0
    return steps.map((step) => {
      offset += step.offsetStep
      position += step.positionStep
      return { offset, position }
    })
  })

test('offset index: lookup finds the last entry at or before an offset', () => {
  fc.assert(
    fc.property(entries, fc.integer({ min: 990, max: 4000 }), (list, offset) => {
      const index = new OffsetIndex(1000)
      for (const entry of list) index.append(entry.offset, entry.position)
      const expected = list.findLast((entry) => entry.offset <= offset)?.position ?? 0
      assert.equal(index.lookup(offset), expected)
      assert.equal(index.positionAfter(expected), list.find((entry) => entry.position > expected)?.position)
    }),
  )
})

test('offset index: truncation removes the offset and what follows', () => {
  fc.assert(
    fc.property(entries, fc.integer({ min: 990, max: 4000 }), (list, offset) => {
      const index = new OffsetIndex(1000)
      for (const entry of list) index.append(entry.offset, entry.position)
      index.truncateTo(offset)
      assert.equal(index.entries, list.filter((entry) => entry.offset < offset).length)
    }),
  )
})

test('offset index: a file reads back, also with the zeros of a preallocated one', () => {
  fc.assert(
    fc.property(entries, fc.nat(20), (list, padding) => {
      const index = new OffsetIndex(1000)
      for (const entry of list) index.append(entry.offset, entry.position)
      const file = Buffer.concat([index.bytesFrom(0), Buffer.alloc(padding * 8)])
      const decoded = OffsetIndex.decode(1000, file)
      assert.deepEqual(decoded?.bytesFrom(0), index.bytesFrom(0))
    }),
  )
})

test('offset index: damaged files are not taken', () => {
  const index = new OffsetIndex(0)
  index.append(10, 100)
  index.append(20, 200)
  const bytes = Buffer.from(index.bytesFrom(0))
  assert.equal(bytes.toString('hex'), '0000000a000000640000001400000' + '0c8')
  assert.equal(OffsetIndex.decode(0, bytes.subarray(0, 15)), undefined)
  const backwards = Buffer.concat([bytes.subarray(8), bytes.subarray(0, 8)])
  assert.equal(OffsetIndex.decode(0, backwards), undefined)
  assert.equal(OffsetIndex.decode(0, Buffer.from('fffffff600000064', 'hex')), undefined)
})

test('offset index: fullness, and offsets that do not fit', () => {
  const index = new OffsetIndex(5)
  assert.equal(index.isFull(16), false)
  index.append(6, 10)
  index.append(5 + 0x7fff_ffff, 20)
  assert.equal(index.isFull(16), true)
  assert.equal(index.isFull(24), false)
  assert.throws(() => index.append(5 + 0x8000_0000, 30))
  assert.throws(() => index.append(6, 30))
})

test('time index: only larger timestamps are added, and the offset below one is found', () => {
  const index = new TimeIndex(100)
  assert.deepEqual(index.lastEntry, { timestamp: -1, offset: 100 })
  index.maybeAppend(50, 103)
  index.maybeAppend(50, 107)
  index.maybeAppend(40, 108)
  index.maybeAppend(70, 110)
  assert.equal(index.entries, 2)
  assert.deepEqual(
    [49, 50, 51, 70, 71].map((timestamp) => index.entryBelow(timestamp).offset),
    [100, 100, 103, 103, 110],
  )
  assert.equal(index.bytesFrom(0).toString('hex'), '000000000000003200000003' + '00000000000000460000000a')
  assert.equal(index.isFull(36), true, 'one place is kept for the closing entry')
  assert.equal(index.isFull(48), false)
  index.truncateTo(110)
  assert.deepEqual(index.lastEntry, { timestamp: 50, offset: 103 })
})

test('time index: a file reads back; zeros behind the entries do not count, a first timestamp of 0 does', () => {
  const index = new TimeIndex(0)
  index.maybeAppend(0, 0)
  assert.deepEqual(TimeIndex.decode(0, Buffer.from(index.bytesFrom(0)))?.lastEntry, { timestamp: 0, offset: 0 })
  assert.equal(TimeIndex.decode(0, Buffer.alloc(120))?.entries, 0)
  index.maybeAppend(9, 3)
  const padded = Buffer.concat([index.bytesFrom(0), Buffer.alloc(48)])
  assert.equal(TimeIndex.decode(0, padded)?.entries, 2)
  assert.equal(TimeIndex.decode(0, padded.subarray(0, 20)), undefined)
  const backwards = Buffer.concat([index.bytesFrom(1), index.bytesFrom(0)])
  assert.equal(TimeIndex.decode(0, backwards), undefined)
})

test('transaction index: collects what overlaps a range, and knows when no more can', () => {
  const index = new TransactionIndex()
  const transactions = [
    { producerId: 1, firstOffset: 0, lastOffset: 10, lastStableOffset: 5 },
    { producerId: 2, firstOffset: 5, lastOffset: 20, lastStableOffset: 21 },
    { producerId: 3, firstOffset: 30, lastOffset: 40, lastStableOffset: 41 },
  ]
  for (const transaction of transactions) index.append(transaction)
  const collect = (from: number, to: number) => {
    const found: typeof transactions = []
    const isComplete = index.collect(from, to, found)
    return [found.map(({ producerId }) => producerId), isComplete]
  }
  assert.deepEqual(collect(0, 5), [[1], true])
  assert.deepEqual(collect(11, 21), [[2], true])
  assert.deepEqual(collect(0, 100), [[1, 2, 3], false])
  assert.deepEqual(collect(21, 30), [[], true])

  const bytes = index.bytesFrom(0)
  assert.equal(bytes.length, 3 * 34)
  assert.deepEqual(TransactionIndex.decode(0, bytes)?.bytesFrom(0), bytes)
  assert.equal(TransactionIndex.decode(11, bytes), undefined, 'a transaction that ended before the segment')
  assert.equal(TransactionIndex.decode(0, bytes.subarray(1)), undefined)
  index.truncateTo(20)
  assert.equal(index.entries, 1)
})
