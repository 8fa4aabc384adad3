import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampledStat } from './sampled-stat.js'

test('sampled stat: average, minimum and maximum of the last windows', () => {
  const stat = new SampledStat(1000, 2)
  assert(Number.isNaN(stat.avg(0)) && Number.isNaN(stat.max(0)) && Number.isNaN(stat.min(0)))
  stat.record(1, 0)
  stat.record(3, 500)
  stat.record(8, 1200)
  assert.equal(stat.avg(1200), 4)
  assert.deepEqual([stat.min(1200), stat.max(1200)], [1, 8])
  stat.record(2, 2300)
  assert.equal(stat.avg(2300), 5)
  assert.equal(stat.min(2300), 2)
  assert(Number.isNaN(stat.avg(10_000)))
})

test('sampled stat: rates a second, with no burst from the first records', () => {
  const stat = new SampledStat(1000, 2)
  stat.record(10, 0)
  stat.record(10, 100)
  assert.equal(stat.rate(100), 20)
  assert.equal(stat.countRate(100), 2)
})
