import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.js'
import { connectionLimitsOf } from './connection-limits.js'

test('an address with an override has that limit, the others the general one', () => {
  const properties = { 'max.connections.per.ip': '2', 'max.connections.per.ip.overrides': '127.0.0.1:9,::1:0' }
  const { maxConnectionsOf } = connectionLimitsOf(new BrokerConfig(new Map(Object.entries(properties))))
  assert.deepEqual(['127.0.0.1', '::1', '10.0.0.1'].map(maxConnectionsOf), [9, 0, 2])
})

test('limits are those in force when they are asked', () => {
  const config = new BrokerConfig(new Map())
  assert.equal(connectionLimitsOf(config, Number.MAX_SAFE_INTEGER).maxConnections, 2147483647)
  config.setDynamic(new Map([['max.connections', '5']]), new Map())
  assert.equal(connectionLimitsOf(config).maxConnections, 5)
})

test('connections take less than half of the files that the process may open', () => {
  assert.equal(connectionLimitsOf(new BrokerConfig(new Map()), 1024).maxConnections, 480)
  assert.equal(connectionLimitsOf(new BrokerConfig(new Map()), 10).maxConnections, 1)
})

for (const [text, maxQueuedBytes] of [
  ['-1', undefined],
  ['0', undefined],
  ['200000000', 200_000_000],
] as const) {
  test(`queued.max.request.bytes=${text} bounds the requests in memory by ${maxQueuedBytes ?? 'a bound of its own'}`, () => {
    const config = new BrokerConfig(new Map([['queued.max.request.bytes', text]]))
    assert.equal(connectionLimitsOf(config).maxQueuedBytes, maxQueuedBytes)
  })
}
