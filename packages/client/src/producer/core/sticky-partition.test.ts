import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionLoads, StickyPartition } from './sticky-partition.js'

test('sticky partition: changes after a batch of bytes, and not before a batch is ready', () => {
  const sticky = new StickyPartition(1000)
  assert.equal(sticky.draw([0, 1, 2], 3, 0.5), 1)
  assert.equal(sticky.produced(600, true), false)
  assert.equal(sticky.produced(600, false), false)
  assert.equal(sticky.produced(1, true), true)
  sticky.draw([0, 1, 2], 3, 0.99)
  assert.equal(sticky.current, 2)
  assert.equal(sticky.produced(1999, false), false)
  assert.equal(sticky.produced(1, false), true)
})

test('sticky partition: only those with a leader are drawn, unless none has one', () => {
  const sticky = new StickyPartition(1000)
  for (const random of [0, 0.3, 0.6, 0.99]) assert([1, 3].includes(sticky.draw([1, 3], 4, random)))
  assert.equal(sticky.draw([], 4, 0.8), 3)
})

test('partition loads: the weights of the example in KIP-794', () => {
  const loads = partitionLoads([0, 1, 2], [0, 3, 1], 3)
  assert.deepEqual(loads?.cumulative, [4, 5, 8])
  const sticky = new StickyPartition(1000)
  sticky.loads = loads
  const drawn = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => sticky.draw([0, 1, 2], 3, (at + 0.5) / 8))
  assert.deepEqual(drawn, [0, 0, 0, 0, 1, 2, 2, 2])
})

test('partition loads: say nothing where all queues are alike, but something where a partition is left out', () => {
  assert.equal(partitionLoads([0, 1], [2, 2], 2), undefined)
  assert.equal(partitionLoads([0], [2], 1), undefined)
  assert.deepEqual(partitionLoads([0, 2], [2, 2], 3)?.cumulative, [1, 2])
})
