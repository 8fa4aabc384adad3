import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumedBy, producedBy, steadyPart } from './java-loads.mjs'

test('reports of ProducerPerformance', () => {
  const line = '43521 records sent, 87042.0 records/sec (85.00 MB/sec), 300.1 ms avg latency, 402.0 ms max latency.'
  assert.equal(producedBy(line), 43_521)
  assert.equal(producedBy('[main] WARN something'), undefined)
})

test('reports of ConsumerPerformance count from the start', () => {
  const line = '2025-01-01 12:00:00:123, 0, 95.3674, 190.7, 100000, 200000.0, 0, 0, 0.0000, 0.0000'
  assert.equal(consumedBy(line), 100_000)
  assert.equal(consumedBy('time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec'), undefined)
})

test('the steady part leaves the start out', () => {
  const sample = (atMs, records, cpuUs) => ({ atMs, records, cpuUs })
  const samples = [sample(0, 10, 900), sample(1000, 110, 1000), sample(2000, 210, 1100), sample(3000, 310, 1200)]
  assert.deepEqual(steadyPart(samples), { seconds: 2, cpuUs: 200, records: 200 })
  assert.deepEqual(steadyPart(samples.slice(0, 2)), { seconds: 1, cpuUs: 100, records: 100 })
  assert.throws(() => steadyPart(samples.slice(0, 1)), /too few/)
})
