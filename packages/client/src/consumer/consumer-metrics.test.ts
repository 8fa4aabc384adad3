import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientMetric } from '../metrics/client-metric.js'
import { ConsumerFixture, readAll } from '../testing/consumer-fixture.js'
import { freshName } from '../testing/temporary-broker.js'

/** The figures with these tags and no others, by name. */
function valuesOf(metrics: readonly ClientMetric[], group: string, tags: Readonly<Record<string, string>>) {
  const key = (of: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(of).sort())
  const found = metrics.filter((one) => one.group === group && key(one.tags) === key(tags))
  return new Map(found.map(({ name, value }) => [name, value]))
}

test('metrics of the consumer, of topics, of partitions and of brokers, with Java’s groups and tags', async (t) => {
  const kafka = await ConsumerFixture.start(t)
  const [one, two] = [await kafka.createTopic(2), await kafka.createTopic()]
  await kafka.produce(one, 0, ['aa', 'bb', 'cc'])
  await kafka.produce(one, 1, [{ key: Buffer.from('k'), value: null }])
  await kafka.produce(two, 0, ['dddd'])
  const clientId = 'reader'
  const groupId = freshName('group')
  const consumer = kafka.consumer({ 'client.id': clientId, 'group.id': groupId, 'max.poll.records': 1 })
  consumer.subscribe([one, two])
  const seen = await readAll(consumer, 5)
  assert.equal(seen.length, 5)
  await consumer.commitSync()

  const metrics = consumer.allMetrics()
  const fetches = (tags: Record<string, string> = {}) =>
    valuesOf(metrics, 'consumer-fetch-manager-metrics', { 'client-id': clientId, ...tags })
  const whole = fetches()
  assert.deepEqual(
    ['records-consumed-total', 'bytes-consumed-total', 'records-lag-max'].map((name) => whole.get(name)),
    [5, 11, 0],
  )
  assert.ok((whole.get('fetch-size-max') ?? 0) > 60, 'bytes of batches')
  assert.deepEqual(
    [one, two].map((topic) => fetches({ topic }).get('records-consumed-total')),
    [4, 1],
  )
  assert.deepEqual(
    [one, two].map((topic) => fetches({ topic }).get('bytes-consumed-total')),
    [7, 4],
  )
  const sizes = [one, two].map((topic) => fetches({ topic }).get('fetch-size-avg') ?? 0)
  assert.ok(
    sizes.every((size) => size > 60),
    String(sizes),
  )
  const partition = fetches({ topic: one, partition: '0' })
  assert.deepEqual(
    ['records-lag', 'records-lag-max', 'records-lead', 'records-lead-min', 'preferred-read-replica'].map((name) =>
      partition.get(name),
    ),
    // One after the other, its three records leave two, one and none behind them.
    [0, 2, 3, 1, -1],
  )
  assert.equal(partition.get('records-lag-avg'), 1)
  assert.equal(partition.get('records-lead-avg'), 2)

  const coordinator = valuesOf(metrics, 'consumer-coordinator-metrics', { 'client-id': clientId })
  assert.deepEqual(
    ['assigned-partitions', 'rebalance-total', 'join-total'].map((name) => coordinator.get(name)),
    [3, 1, 1],
  )
  assert.ok((coordinator.get('commit-total') ?? 0) >= 1)
  assert.ok((valuesOf(metrics, 'consumer-metrics', { 'client-id': clientId }).get('connection-count') ?? 0) > 0)
  const node = valuesOf(metrics, 'consumer-node-metrics', { 'client-id': clientId, 'node-id': 'node-0' })
  assert.ok((node.get('request-total') ?? 0) > 0)

  const byName = consumer.metrics()
  for (const [name, value] of whole) assert.equal(byName.get(name), value, name)
  await consumer.unsubscribe()
  assert.equal(valuesOf(consumer.allMetrics(), 'consumer-fetch-manager-metrics', { partition: '0' }).size, 0)
})

test('a consumer without client.id has a name as Java’s give themselves', async (t) => {
  const kafka = await ConsumerFixture.start(t)
  const nameOf = (config: object) => kafka.consumer(config).allMetrics()[0]?.tags['client-id'] ?? ''
  assert.match(nameOf({}), /^consumer-\d+$/)
  assert.match(nameOf({ 'group.id': 'g' }), /^consumer-g-\d+$/)
  assert.equal(nameOf({ 'group.id': 'g', 'group.instance.id': 'i' }), 'consumer-g-i')
})
