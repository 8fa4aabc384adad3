import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { javaDateFormat } from './java-date-format.js'
import { fixed } from './java-number.js'
import { percentiles } from './latency-percentiles.js'
import { metricsTable } from './metrics-table.js'
import { ThroughputThrottler } from './throughput-throttler.js'

test('numbers are rounded half up, as decimals', () => {
  assert.equal(fixed(1.005, 2), '1.01')
  assert.equal(fixed(0.125, 2), '0.13')
  assert.equal(fixed(-0.5, 0), '-1')
  assert.equal(fixed(49_945.060434, 6), '49945.060434')
  assert.equal(fixed(0, 6), '0.000000')
  assert.equal(fixed(1e21, 1), '1000000000000000000000.0')
  assert.equal(fixed(1.5e-7, 4), '0.0000')
  assert.equal(fixed(0.99999, 4), '1.0000')
  assert.equal(fixed(12, 0), '12')
})

test('numbers that are none have Java’s names', () => {
  assert.deepEqual(
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => fixed(value, 2)),
    ['NaN', 'Infinity', '-Infinity'],
  )
})

test('a printed number is the nearest one with its digits', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), fc.integer({ min: 0, max: 6 }), (value, digits) => {
      const text = fixed(value, digits)
      assert.match(text, digits === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${digits}}$`))
      assert(Math.abs(Number(text) - value) <= 0.5 * 10 ** -digits + Math.abs(value) * Number.EPSILON)
    }),
  )
})

test('times by a pattern of SimpleDateFormat', () => {
  const time = new Date(2024, 4, 1, 13, 7, 9, 42).getTime()
  const text = (pattern: string) => javaDateFormat(pattern)(time)
  assert.equal(text('yyyy-MM-dd HH:mm:ss:SSS'), '2024-05-01 13:07:09:042')
  assert.equal(text('E EEEE d.M.yy, h:m a'), 'Wed Wednesday 1.5.24, 1:7 PM')
  assert.equal(text("MMM MMMM 'o''clock' k''"), "May May o'clock 13'")
  for (const pattern of ['yyyy q', "HH 'h"]) assert.throws(() => text(pattern), { name: 'ToolError' })
})

test('percentiles: the value at that share of the sorted ones, none is 0', () => {
  const latencies = Int32Array.from({ length: 200 }, (_, at) => 199 - at)
  assert.deepEqual(percentiles(latencies, 100, [0.5, 0.95, 0.99, 0.999]), [150, 195, 199, 199])
  assert.deepEqual(percentiles(new Int32Array(3), 0, [0.5, 0.999]), [0, 0])
})

test('metrics: sorted, in columns', () => {
  const tags = { 'client-id': 'c', topic: 't' }
  const lines = metricsTable([
    { group: 'producer-topic-metrics', name: 'byte-rate', tags, value: 1.2345 },
    { group: 'producer-metrics', name: 'batch-size-avg', tags: { 'client-id': 'c' }, value: Number.NaN },
  ])
  assert.deepEqual(lines, [
    '',
    'Metric Name                                               Value',
    'producer-metrics:batch-size-avg:{client-id=c}           : NaN',
    'producer-topic-metrics:byte-rate:{client-id=c, topic=t} : 1.235',
  ])
  assert.deepEqual(metricsTable([]), [])
})

test('throttler: ahead when there are more than the rate allows, sleeps once it is worth it', async () => {
  const throttler = new ThroughputThrottler(1000, 5000)
  assert.equal(throttler.isAhead(1, 5000), false)
  assert.equal(throttler.isAhead(10, 5010), false)
  assert.equal(throttler.isAhead(11, 5010), true)
  assert.equal(new ThroughputThrottler(-1, 0).isAhead(1e9, 1), false)
  const { signal } = new AbortController()
  assert.equal(throttler.throttle(signal), undefined)
  const slept = throttler.throttle(signal)
  assert(slept !== undefined)
  await slept
})

test('throttler: an interruption ends its sleep', async () => {
  await new ThroughputThrottler(0.001, 0).throttle(AbortSignal.abort())
})
