import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filterOf, filterOfRules, type PartitionFilter } from './partition-filter.js'

const matching = (filter: PartitionFilter, ...topics: string[]) =>
  topics.flatMap((topic) =>
    [0, 1, 2, 3, 4].filter((partition) => filter.has({ topic, partition })).map((partition) => `${topic}${partition}`),
  )

test('rules name topics by a pattern, and partitions by a number or a range without its end', () => {
  assert.deepEqual(matching(filterOfRules('a:1'), 'a', 'b'), ['a1'])
  assert.deepEqual(matching(filterOfRules('a:1-3,b:3-'), 'a', 'b'), ['a1', 'a2', 'b3', 'b4'])
  assert.deepEqual(matching(filterOfRules('.b:-2'), 'ab', 'b'), ['ab0', 'ab1'])
  assert.deepEqual(matching(filterOfRules(':4'), 'a', 'b'), ['a4', 'b4'])
  assert.equal(matching(filterOfRules('a'), 'a', 'b').length, 5)
  assert.equal(filterOfRules('a:1,b').hasTopic('b'), true)
  assert.throws(() => filterOfRules('orders:x'), /Invalid rule specification: orders:x/)
})

test('a pattern of topics, and partitions by their numbers', () => {
  assert.deepEqual(matching(filterOf('a|c', '0,2'), 'a', 'b'), ['a0', 'a2'])
  assert.equal(matching(filterOf(undefined, undefined), 'a', 'b').length, 10)
  assert.throws(() => filterOf('a', '1,x'), /--partitions expects .* but received: 1,x/)
})
