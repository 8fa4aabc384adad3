/** kafkajs 2.2.4 against a broker: what its users do. It speaks no flexible version of any API. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import kafkajs, { type Consumer, type IHeaders, type Kafka as KafkaClient, type KafkaMessage } from 'kafkajs'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { temporaryBroker } from './support/temporary-broker.js'

const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs

async function kafkaOf(t: TestContext, properties: Readonly<Record<string, string>> = {}) {
  const { bootstrap } = await temporaryBroker(t, properties)
  const kafka = new Kafka({ clientId: 'kafkajs-test', brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  defer(t, () => admin.disconnect())
  return { kafka, admin }
}

/** Everything a consumer of a new group reads until `count` messages came. */
async function consume(kafka: KafkaClient, topic: string, count: number, groupId = `group-${topic}`) {
  const consumer = kafka.consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const messages: (KafkaMessage & { partition: number })[] = []
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ message, partition }) => {
          messages.push({ ...message, partition })
          if (messages.length >= count) resolve()
          return Promise.resolve()
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  return messages
}

test('messages with keys, headers and null values come back as they were sent', async (t) => {
  const { kafka, admin } = await kafkaOf(t)
  await admin.createTopics({ topics: [{ topic: 'plain', numPartitions: 1 }], waitForLeaders: true })
  const producer = kafka.producer()
  await producer.connect()
  defer(t, () => producer.disconnect())
  const headers: IHeaders = { trace: Buffer.from('abc') }
  const [sent] = await producer.send({
    topic: 'plain',
    messages: [
      { key: 'k', value: 'v', headers, timestamp: '1700000000000' },
      { key: null, value: null },
    ],
  })
  assert.equal(sent?.errorCode, 0)
  assert.equal(sent?.baseOffset, '0')

  const [first, second] = await consume(kafka, 'plain', 2)
  assert.equal(first?.key?.toString(), 'k')
  assert.equal(first?.value?.toString(), 'v')
  assert.deepEqual(first?.headers, headers)
  assert.equal(first?.timestamp, '1700000000000')
  assert.equal(second?.key, null)
  assert.equal(second?.value, null)
})

test('a topic that does not exist is made by producing to it', async (t) => {
  const { kafka, admin } = await kafkaOf(t, { 'num.partitions': '2' })
  const producer = kafka.producer({ allowAutoTopicCreation: true })
  await producer.connect()
  defer(t, () => producer.disconnect())
  await producer.send({ topic: 'made', messages: [{ value: 'x' }] })
  const { topics } = await admin.fetchTopicMetadata({ topics: ['made'] })
  assert.equal(topics[0]?.partitions.length, 2)
})

test('gzip batches and an idempotent producer', async (t) => {
  const { kafka } = await kafkaOf(t)
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  defer(t, () => producer.disconnect())
  const messages = Array.from({ length: 500 }, (_, index) => ({ value: `message ${index}` }))
  await producer.send({ topic: 'zipped', compression: CompressionTypes.GZIP, messages })
  await producer.send({ topic: 'zipped', compression: CompressionTypes.GZIP, messages })
  const consumed = await consume(kafka, 'zipped', 1000)
  assert.deepEqual(
    consumed.map(({ value }) => value?.toString()),
    [...messages, ...messages].map(({ value }) => value),
  )
})

test('a message of nearly a megabyte passes, one over the limit is refused with MESSAGE_TOO_LARGE', async (t) => {
  const { kafka } = await kafkaOf(t)
  const producer = kafka.producer({ retry: { retries: 0 } })
  await producer.connect()
  defer(t, () => producer.disconnect())
  const value = randomBytes(1_000_000)
  await producer.send({ topic: 'large', messages: [{ value }] })
  const [message] = await consume(kafka, 'large', 1)
  assert.ok(message?.value?.equals(value))
  await assert.rejects(producer.send({ topic: 'large', messages: [{ value: randomBytes(1_100_000) }] }), {
    type: 'MESSAGE_TOO_LARGE',
  })
})

test('two members share the partitions, and the one that stays takes over all', async (t) => {
  const { kafka, admin } = await kafkaOf(t)
  await admin.createTopics({ topics: [{ topic: 'shared', numPartitions: 4 }], waitForLeaders: true })
  const assigned = new Map<string, readonly number[]>()
  const start = async (name: string): Promise<Consumer> => {
    const consumer = kafka.consumer({
      groupId: 'sharing',
      sessionTimeout: 10_000,
      heartbeatInterval: 100,
      maxWaitTimeInMs: 100,
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      assigned.set(name, payload.memberAssignment['shared'] ?? [])
    })
    await consumer.connect()
    await consumer.subscribe({ topic: 'shared' })
    await consumer.run({ eachMessage: () => Promise.resolve() })
    return consumer
  }
  const first = await start('first')
  await eventually(() => assert.equal(assigned.get('first')?.length, 4))
  const second = await start('second')
  await eventually(() => {
    const both = [...(assigned.get('first') ?? []), ...(assigned.get('second') ?? [])]
    assert.deepEqual(both.sort(), [0, 1, 2, 3])
    assert.equal(assigned.get('second')?.length, 2)
  })
  await first.disconnect()
  await eventually(() => assert.equal(assigned.get('second')?.length, 4))
  await second.disconnect()
})

test('a consumer goes on where its group stopped', async (t) => {
  const { kafka, admin } = await kafkaOf(t)
  const producer = kafka.producer()
  await producer.connect()
  defer(t, () => producer.disconnect())
  await producer.send({ topic: 'resumed', messages: [{ value: 'a' }, { value: 'b' }] })
  await consume(kafka, 'resumed', 2, 'resuming')
  const [committed] = await admin.fetchOffsets({ groupId: 'resuming', topics: ['resumed'] })
  assert.equal(committed?.partitions[0]?.offset, '2')
  await producer.send({ topic: 'resumed', messages: [{ value: 'c' }] })
  const [next] = await consume(kafka, 'resumed', 1, 'resuming')
  assert.equal(next?.value?.toString(), 'c')
})

test('the admin calls on topics, configs, offsets and groups', async (t) => {
  const { kafka, admin } = await kafkaOf(t)
  const topics = [{ topic: 'managed', numPartitions: 1, configEntries: [{ name: 'retention.ms', value: '1000000' }] }]
  assert.equal(await admin.createTopics({ topics, waitForLeaders: true }), true)
  assert.equal(await admin.createTopics({ topics }), false)
  assert.ok((await admin.listTopics()).includes('managed'))
  await admin.createPartitions({ topicPartitions: [{ topic: 'managed', count: 3 }] })
  await eventually(async () => {
    const { topics: described } = await admin.fetchTopicMetadata({ topics: ['managed'] })
    assert.equal(described[0]?.partitions.length, 3)
  })

  const resource = { type: ConfigResourceTypes.TOPIC, name: 'managed' }
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '2000000' }] }],
  })
  const described = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] })
  const retention = described.resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms')
  assert.equal(retention?.configValue, '2000000')

  const producer = kafka.producer()
  await producer.connect()
  defer(t, () => producer.disconnect())
  const messages = ['1', '2', '3'].map((value) => ({ value, partition: 0, timestamp: `${Number(value) * 1000}` }))
  await producer.send({ topic: 'managed', messages })
  const offsets = await admin.fetchTopicOffsets('managed')
  assert.deepEqual(
    offsets.map(({ partition, low, high }) => ({ partition, low, high })).sort((a, b) => a.partition - b.partition),
    [
      { partition: 0, low: '0', high: '3' },
      { partition: 1, low: '0', high: '0' },
      { partition: 2, low: '0', high: '0' },
    ],
  )
  const byTime = await admin.fetchTopicOffsetsByTimestamp('managed', 1500)
  assert.equal(byTime.find(({ partition }) => partition === 0)?.offset, '1')
  await admin.deleteTopicRecords({ topic: 'managed', partitions: [{ partition: 0, offset: '2' }] })
  assert.equal((await admin.fetchTopicOffsets('managed')).find(({ partition }) => partition === 0)?.low, '2')

  await admin.setOffsets({ groupId: 'managing', topic: 'managed', partitions: [{ partition: 0, offset: '2' }] })
  assert.ok((await admin.listGroups()).groups.some(({ groupId }) => groupId === 'managing'))
  assert.equal((await admin.describeGroups(['managing'])).groups[0]?.state, 'Empty')
  await admin.deleteGroups(['managing'])
  assert.ok(!(await admin.listGroups()).groups.some(({ groupId }) => groupId === 'managing'))

  const cluster = await admin.describeCluster()
  assert.equal(cluster.controller, 0)
  await admin.deleteTopics({ topics: ['managed'] })
  await eventually(async () => assert.ok(!(await admin.listTopics()).includes('managed')))
})

test('a transactional producer fails at once, without waiting for a coordinator', async (t) => {
  const { kafka } = await kafkaOf(t)
  const producer = kafka.producer({
    transactionalId: 'tx',
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 1 },
  })
  await producer.connect()
  defer(t, () => producer.disconnect())
  await assert.rejects(producer.transaction())
})
