import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerLine, intervalLine, totalLine } from './consumption-report.js'

/** Figures that ConsumerPerformance of Apache Kafka 3.9.1 printed, and what they were made from. */

const time = (timeMs: number) => `@${timeMs}`

test('the line at the end', () => {
  const consumption = { startMs: 1000, endMs: 7759, records: 1_000_000, bytes: 100_000_000, rebalanceMs: 1876 }
  assert.equal(
    totalLine(consumption, time),
    '@1000, @7759, 95.3674, 14.1097, 1000000, 147950.8803, 1876, 4883, 19.5305, 204792.1360',
  )
})

test('the line of an interval: rates of the interval, sums of all', () => {
  const first = { startMs: 0, endMs: 1016, records: 1, bytes: 100, rebalanceMs: 827 }
  assert.equal(intervalLine(first, first, time), '@1016, 0, 0.0001, 0.0001, 1, 0.9843, 827, 189, 0.0005, 5.2910')
  const second = { startMs: 1016, endMs: 1416, records: 235_648, bytes: 23_564_800, rebalanceMs: 0 }
  const all = { records: 235_649, bytes: 23_564_900 }
  assert.equal(
    intervalLine(second, all, time),
    '@1416, 0, 22.4732, 56.1829, 235649, 589120.0000, 0, 400, 56.1829, 589120.0000',
  )
})

test('an interval that went to rebalancing alone has no rates of fetching; a total has Infinity', () => {
  const rebalanced = { startMs: 0, endMs: 400, records: 5, bytes: 5, rebalanceMs: 400 }
  assert.match(intervalLine(rebalanced, rebalanced, time), /, 400, 0, 0\.0000, 0\.0000$/)
  assert.match(totalLine(rebalanced, time), /, 400, 0, Infinity, Infinity$/)
})

test('the names of the columns', () => {
  const figures =
    'data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec'
  assert.equal(headerLine({ isDetailed: false }), `start.time, end.time, ${figures}`)
  assert.equal(headerLine({ isDetailed: true }), `time, threadId, ${figures}`)
})
