/**
 * kafkajs against brokers that pretend to be older and older, down to the oldest version of each API that is served: it
 * then speaks as it did to the Kafka of that time.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { apis } from '@millrace/protocol'
import kafkajs, { type Kafka } from 'kafkajs'
import { eventually } from './support/eventually.js'
import { adminOf, consume, kafkajsOf, producerOf, valuesOf } from './support/kafkajs.js'
import { olderBroker, oldest, type VersionLimit } from './support/older-broker.js'

const { CompressionTypes, ConfigResourceTypes } = kafkajs

/** The newest version of each API that kafkajs speaks, and the first that it speaks to this broker. */
const newest = { Produce: 7, Fetch: 11, JoinGroup: 5, OffsetCommit: 5 }
const steps = Math.max(newest.Produce - 3, newest.Fetch - 4, newest.JoinGroup, newest.OffsetCommit - 2)

for (let step = 0; step <= steps; step++) {
  test(`the oldest versions${step === 0 ? '' : ` and ${step} more`}`, async (t) => {
    // Without the controller, which Metadata tells from version 1 on, kafkajs's admin client does nothing.
    const limit: VersionLimit = (api) => oldest(api === apis.Metadata ? Math.max(step, 1) : step)(api)
    const { bootstrap, spoken } = await olderBroker(t, limit)
    const kafka = kafkajsOf(bootstrap)
    await everyday(t, kafka)
    for (const [name, first] of [
      ['Produce', 3],
      ['Fetch', 4],
      ['JoinGroup', 0],
      ['OffsetCommit', 2],
    ] as const) {
      assert.deepEqual([...(spoken.get(name) ?? [])], [Math.min(first + step, newest[name])], name)
    }
  })
}

/** What users do all day. */
async function everyday(t: TestContext, kafka: Kafka): Promise<void> {
  const admin = await adminOf(t, kafka)
  const topic = 'old'
  const configEntries = [{ name: 'retention.ms', value: '1000000000000' }]
  assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] }), true)
  await sendAndConsume(t, kafka, topic)

  const [committed] = await admin.fetchOffsets({ groupId: 'group', topics: [topic] })
  assert.equal(committed?.partitions[0]?.offset, '6')
  const [ends] = await admin.fetchTopicOffsets(topic)
  assert.deepEqual([ends?.low, ends?.high], ['0', '6'])
  assert.equal((await admin.fetchTopicOffsetsByTimestamp(topic, 2000))[0]?.offset, '1')

  const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: [] }] })
  const { resources } = await admin.describeConfigs({ includeSynonyms: true, resources: [resource] })
  const retention = resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms')
  assert.equal(retention?.configValue, '604800000')

  await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
  assert.equal((await admin.describeGroups(['group'])).groups[0]?.state, 'Empty')
  assert.ok((await admin.listGroups()).groups.some(({ groupId }) => groupId === 'group'))
  assert.deepEqual(
    (await admin.deleteGroups(['group'])).map(({ errorCode }) => errorCode),
    [0],
  )
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
  assert.equal((await admin.describeCluster()).brokers.length, 1)
  await admin.deleteTopics({ topics: [topic] })
  await eventually(async () => assert.ok(!(await admin.listTopics()).includes(topic)))
}

async function sendAndConsume(t: TestContext, kafka: Kafka, topic: string): Promise<void> {
  const producer = await producerOf(t, kafka)
  await producer.send({ topic, messages: ['1000', '2000'].map((timestamp) => ({ value: timestamp, timestamp })) })
  const headers = { name: 'value' }
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ key: 'k', value: 'zipped', headers }] })
  const idempotent = await producerOf(t, kafka, { idempotent: true, maxInFlightRequests: 1 })
  for (const value of ['a', 'b', 'c']) await idempotent.send({ topic, messages: [{ value }] })
  const messages = await consume(t, kafka, topic, 6, { groupId: 'group', heartbeatInterval: 10 })
  assert.deepEqual(valuesOf(messages), ['1000', '2000', 'zipped', 'a', 'b', 'c'])
  assert.equal(messages[0]?.timestamp, '1000')
  assert.deepEqual(messages[2]?.headers, { name: Buffer.from('value') })
}
