import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TimeHistogram } from './time-histogram.js'

test('a quantile is off by a tenth at most', () => {
  const durations = fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99), (values, share) => {
      const histogram = new TimeHistogram()
      for (const value of values) histogram.observe(value)
      const exact = values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] as number
      const told = histogram.recentQuantileMs(share, 0)
      assert.ok(told >= exact / 1.2 && told <= exact * 1.2, `${told} for ${exact}`)
    }),
  )
})

test('whatever is observed is counted once: nothing, less than nothing, more than a minute', () => {
  const histogram = new TimeHistogram()
  for (const ms of [0, -1, 0.001, 1, 1e9]) histogram.observe(ms)
  const lines = [...histogram.bucketLines('x', { a: 'b' })]
  assert.ok(lines.includes('x_bucket{a="b",le="+Inf"} 5\n'))
  assert.ok(lines.includes('x_bucket{a="b",le="0.00025"} 3\n'), lines.join(''))
  assert.ok(lines.includes('x_bucket{a="b",le="65.536"} 4\n'))
  assert.ok(lines.includes('x_count{a="b"} 5\n'))
})

test('buckets are cumulative, and end at their bound', () => {
  const histogram = new TimeHistogram()
  for (const ms of [0.9, 1, 1.1, 3, 5]) histogram.observe(ms)
  const counts = [...histogram.bucketLines('x', {})]
    .filter((line) => line.startsWith('x_bucket'))
    .map((line) => Number(line.split(' ')[1]))
  assert.deepEqual(
    counts.toSorted((a, b) => a - b),
    counts,
  )
  assert.ok([...histogram.bucketLines('x', {})].includes('x_bucket{le="0.001"} 2\n'))
})

test('quantiles follow what is recent', () => {
  const histogram = new TimeHistogram()
  for (let i = 0; i < 1000; i++) histogram.observe(1)
  assert.ok(histogram.recentQuantileMs(0.99, 0) < 1.2)
  assert.ok(Number.isNaN(histogram.recentQuantileMs(0.99, 60_000)), 'nothing since')
  for (let i = 0; i < 10; i++) histogram.observe(100)
  const recent = histogram.recentQuantileMs(0.5, 120_000)
  assert.ok(recent > 80 && recent < 120, String(recent))
  assert.ok(Number.isNaN(histogram.recentQuantileMs(0.5, 180_000)))
})
