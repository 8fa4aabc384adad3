import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeMetrics } from './node-metrics.js'

test('each broker has its figures under Java’s names and tags', () => {
  let nowMs = 0
  const metrics = new NodeMetrics({ windowMs: 30_000, sampleCount: 2, monotonicMs: () => nowMs })
  metrics.of(0).onRequest(100)
  metrics.of(0).onRequest(300)
  nowMs = 10_000
  metrics.of(0).onResponse(50, 7)
  metrics.of(1).onRequest(1)
  const list = metrics.list('producer', 'c')
  assert.deepEqual(new Set(list.map(({ group }) => group)), new Set(['producer-node-metrics']))
  const value = (nodeId: string, name: string) =>
    list.find(({ tags, name: its }) => its === name && tags['node-id'] === nodeId && tags['client-id'] === 'c')?.value
  assert.equal(value('node-0', 'request-total'), 2)
  assert.equal(value('node-0', 'request-size-avg'), 200)
  assert.equal(value('node-0', 'request-size-max'), 300)
  assert.equal(value('node-0', 'request-latency-max'), 7)
  assert.equal(value('node-0', 'incoming-byte-total'), 50)
  assert.equal(value('node-0', 'outgoing-byte-rate'), 400 / 30)
  assert.equal(value('node-1', 'request-total'), 1)
  assert.equal(value('node-1', 'request-latency-avg'), Number.NaN)
  assert.equal(new Map(metrics.totals()).get('outgoing-byte-total'), 401)
})
