import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latencies, median, percentile, spread } from './statistics.mjs'

test('median: of an odd and of an even number of values, in any order', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.ok(Number.isNaN(median([])))
})

test('spread: half of the range as a part of the median', () => {
  assert.equal(spread([9, 10, 11]), 0.1)
  assert.equal(spread([5]), 0)
  assert.equal(spread([0, 0]), 0)
})

test('percentile: by nearest rank', () => {
  const sorted = Array.from({ length: 1000 }, (_, index) => index + 1)
  assert.equal(percentile(sorted, 0.5), 500)
  assert.equal(percentile(sorted, 0.999), 999)
  assert.equal(percentile(sorted, 1), 1000)
  assert.equal(percentile([7], 0.01), 7)
})

test('latencies: mean, and percentiles of what is sorted as numbers', () => {
  assert.deepEqual(latencies([100, 20, 3]), { meanMs: 41, p50Ms: 20, p99Ms: 100, p999Ms: 100 })
})
