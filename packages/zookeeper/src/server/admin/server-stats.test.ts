import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AvgMinMaxCounter, ConnectionStats, lastOperationName, ResponseSizes, ServerStats } from './server-stats.js'

function summary({ min, avg, max, count, total }: AvgMinMaxCounter) {
  return { min, avg, max, count, total }
}

test('AvgMinMaxCounter: nothing but zeros until something is added, and after a reset', () => {
  const counter = new AvgMinMaxCounter()
  const nothing = { min: 0, avg: 0, max: 0, count: 0, total: 0 }
  assert.deepEqual(summary(counter), nothing)
  for (const value of [7, 2, 2]) counter.add(value)
  assert.deepEqual(summary(counter), { min: 2, avg: 3.6667, max: 7, count: 3, total: 11 })
  counter.reset()
  assert.deepEqual(summary(counter), nothing)
  counter.add(5)
  assert.deepEqual(summary(counter), { min: 5, avg: 5, max: 5, count: 1, total: 5 })
})

test('AvgMinMaxCounter: the mean is rounded to four places', () => {
  const counter = new AvgMinMaxCounter()
  counter.add(1)
  for (let added = 0; added < 9999; added++) counter.add(0)
  assert.equal(counter.avg, 0.0001)
  counter.add(0)
  assert.equal(counter.avg, 0.0001)
})

test('ResponseSizes: −1 until there is one', () => {
  const sizes = new ResponseSizes()
  assert.deepEqual([sizes.last, sizes.min, sizes.max], [-1, -1, -1])
  for (const bytes of [20, 100, 16]) sizes.add(bytes)
  assert.deepEqual([sizes.last, sizes.min, sizes.max], [16, 16, 100])
  sizes.reset()
  assert.deepEqual([sizes.last, sizes.min, sizes.max], [-1, -1, -1])
})

test('ServerStats: a request from before the clock went back is not counted', () => {
  const stats = new ServerStats()
  stats.requestAnswered(-1)
  stats.requestAnswered(2.9)
  assert.deepEqual(summary(stats.latency), { min: 2, avg: 2, max: 2, count: 1, total: 2 })
})

test('ConnectionStats: remembers the last request, but not the number of a ping', () => {
  const stats = new ConnectionStats()
  assert.deepEqual([stats.lastOperation, stats.lastCxid, stats.lastZxid, stats.avgLatencyMs], ['NA', -1, -1n, 0])
  stats.packetReceived()
  stats.packetSent()
  stats.requestAnswered({ cxid: 5, zxid: 9n, operation: 'CREA', receivedMs: 1000, answeredMs: 1003 })
  stats.requestAnswered({ cxid: -2, zxid: 10n, operation: 'PING', receivedMs: 2000, answeredMs: 2000 })
  const { lastOperation, lastCxid, lastZxid, lastResponseTimeMs, lastLatencyMs } = stats
  assert.deepEqual([lastOperation, lastCxid, lastZxid, lastResponseTimeMs, lastLatencyMs], ['PING', 5, 10n, 2000, 0])
  assert.deepEqual([stats.minLatencyMs, stats.avgLatencyMs, stats.maxLatencyMs], [0, 1, 3])
  stats.reset()
  assert.deepEqual([stats.packetsReceived, stats.packetsSent, stats.lastOperation, stats.maxLatencyMs], [0, 0, 'NA', 0])
})

test('lastOperationName: the four letters of ZooKeeper', () => {
  assert.equal(lastOperationName('createSession'), 'SESS')
  assert.equal(lastOperationName('getAllChildrenNumber'), 'GETACN')
  assert.equal(lastOperationName('multi'), 'MULT')
})
