import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from '../../config/broker-config.js'
import { automaticTopic } from './automatic-topic.js'

const config = new BrokerConfig(new Map([['offsets.topic.segment.bytes', '1048576']]))

test('a topic that somebody uses gets what the broker gives by default', () => {
  const { numPartitions, replicationFactor, assignments, configs } = automaticTopic('orders', config, 3)
  assert.deepEqual(
    { numPartitions, replicationFactor, assignments, configs },
    {
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [],
      configs: [],
    },
  )
})

for (const [liveBrokers, replicationFactor] of [
  [1, 1],
  [2, 2],
  [5, 3],
] as const) {
  test(`the offsets topic is compacted, with its own numbers: ${replicationFactor} replicas on ${liveBrokers} brokers`, () => {
    const topic = automaticTopic('__consumer_offsets', config, liveBrokers)
    assert.equal(topic.numPartitions, 50)
    assert.equal(topic.replicationFactor, replicationFactor)
    assert.deepEqual(Object.fromEntries(topic.configs.map(({ name, value }) => [name, value])), {
      'cleanup.policy': 'compact',
      'compression.type': 'producer',
      'segment.bytes': '1048576',
    })
  })
}
