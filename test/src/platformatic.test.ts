/**
 * @platformatic/kafka against a broker: 1.x on Node 20, 2.x from Node 22.19 on. It speaks flexible versions only, with
 * fetch sessions and topic ids.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type * as Platformatic from '@platformatic/kafka'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { temporaryBroker } from './support/temporary-broker.js'

const nodeMajor = Number(process.versions.node.split('.')[0])
const packageName = nodeMajor >= 24 ? 'platformatic-kafka-2' : '@platformatic/kafka'
const { Admin, Consumer, Producer, stringDeserializers, stringSerializers } = (await import(
  packageName
)) as typeof Platformatic

type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

async function brokerOf(t: TestContext, properties: Readonly<Record<string, string>> = {}) {
  const { bootstrap } = await temporaryBroker(t, properties)
  const base = { clientId: 'platformatic-test', bootstrapBrokers: [bootstrap] }
  const admin = new Admin(base)
  defer(t, () => admin.close())
  return { base, admin }
}

function producerOf(t: TestContext, base: { clientId: string; bootstrapBrokers: string[] }, options = {}) {
  const producer = new Producer({ ...base, ...options, serializers: stringSerializers })
  defer(t, () => producer.close())
  return producer
}

async function consume(
  base: { clientId: string; bootstrapBrokers: string[] },
  topic: string,
  count: number,
  groupId = `group-${topic}`,
) {
  const consumer = new Consumer({ ...base, groupId, deserializers: stringDeserializers, maxWaitTime: 500 })
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  })
  const messages: Platformatic.Message<string, string, string, string>[] = []
  for await (const message of stream) {
    messages.push(message)
    await message.commit()
    if (messages.length === count) break
  }
  await consumer.close(true)
  return messages
}

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] satisfies Codec[]) {
  // Node 20 has no zstd of its own, and the client brings none.
  const skip = compression === 'zstd' && nodeMajor < 24
  test(`messages compressed with ${compression} come back as they were sent`, { skip }, async (t) => {
    const { base, admin } = await brokerOf(t)
    await admin.createTopics({ topics: ['sent'], partitions: 1, replicas: 1 })
    const producer = producerOf(t, base)
    const messages = Array.from({ length: 200 }, (_, index) => ({
      topic: 'sent',
      key: `key ${index}`,
      value: `value ${index}`.repeat(10),
      headers: { trace: `${index}` },
    }))
    const { offsets } = await producer.send({ messages, compression, acks: -1 })
    assert.equal(offsets?.[0]?.offset, 0n)
    const consumed = await consume(base, 'sent', messages.length)
    assert.deepEqual(
      consumed.map(({ key, value, headers }) => ({ key, value, trace: headers.get('trace') })),
      messages.map(({ key, value, headers }) => ({ key, value, trace: headers.trace })),
    )
  })
}

test('an idempotent producer sends batch after batch', async (t) => {
  const { base, admin } = await brokerOf(t)
  await admin.createTopics({ topics: ['idempotent'], partitions: 1, replicas: 1 })
  const producer = producerOf(t, base, { idempotent: true })
  for (let round = 0; round < 10; round++) {
    await producer.send({ messages: [{ topic: 'idempotent', key: 'k', value: `${round}` }] })
  }
  const consumed = await consume(base, 'idempotent', 10)
  assert.deepEqual(
    consumed.map(({ value }) => value),
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  )
})

test('a consumer goes on where its group stopped', async (t) => {
  const { base, admin } = await brokerOf(t)
  await admin.createTopics({ topics: ['resumed'], partitions: 1, replicas: 1 })
  const producer = producerOf(t, base)
  await producer.send({ messages: ['a', 'b'].map((value) => ({ topic: 'resumed', key: value, value })) })
  await consume(base, 'resumed', 2)
  await producer.send({ messages: [{ topic: 'resumed', key: 'c', value: 'c' }] })
  const [next] = await consume(base, 'resumed', 1)
  assert.equal(next?.value, 'c')
})

test('two members share the partitions of a topic', async (t) => {
  const { base, admin } = await brokerOf(t)
  await admin.createTopics({ topics: ['shared'], partitions: 4, replicas: 1 })
  const assigned = new Map<string, number>()
  const start = async (name: string) => {
    const consumer = new Consumer({ ...base, groupId: 'sharing', heartbeatInterval: 100, sessionTimeout: 10_000 })
    defer(t, () => consumer.close(true))
    consumer.on('consumer:group:join', ({ assignments }) => {
      assigned.set(name, assignments?.find(({ topic }) => topic === 'shared')?.partitions.length ?? 0)
    })
    const stream = await consumer.consume({ topics: ['shared'], mode: 'latest' })
    stream.on('data', () => {})
  }
  await start('first')
  await eventually(() => assert.equal(assigned.get('first'), 4))
  await start('second')
  await eventually(() => assert.deepEqual([assigned.get('first'), assigned.get('second')], [2, 2]))
})

test('the admin calls on topics, configs, offsets, log directories and groups', async (t) => {
  const { base, admin } = await brokerOf(t)
  const [created] = await admin.createTopics({ topics: ['managed'], partitions: 2, replicas: 1 })
  assert.equal(created?.partitions, 2)
  assert.ok((await admin.listTopics()).includes('managed'))
  await admin.createPartitions({ topics: [{ name: 'managed', count: 3, assignments: [{ brokerIds: [0] }] }] })

  await producerOf(t, base).send({ messages: [{ topic: 'managed', key: 'k', value: 'v', partition: 0 }] })
  const [listed] = await admin.listOffsets({
    topics: [{ name: 'managed', partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
  })
  assert.equal(listed?.partitions[0]?.offset, 1n)
  const [dirs] = await admin.describeLogDirs({ topics: [{ name: 'managed', partitions: [0] }] })
  const partition = dirs?.results[0]?.topics[0]?.partitions[0]
  assert.ok((partition?.partitionSize ?? 0n) > 0n)

  await admin.incrementalAlterConfigs({
    resources: [
      {
        resourceType: 2,
        resourceName: 'managed',
        configs: [{ name: 'retention.ms', configOperation: 0, value: '123456' }],
      },
    ],
  })
  const [config] = await admin.describeConfigs({
    resources: [{ resourceType: 2, resourceName: 'managed', configurationKeys: ['retention.ms'] }],
  })
  assert.equal(config?.configs[0]?.value, '123456')

  await consume(base, 'managed', 1, 'managing')
  assert.equal((await admin.listGroups()).get('managing')?.state.toUpperCase(), 'EMPTY')
  const [offsets] = await admin.listConsumerGroupOffsets({ groups: ['managing'] })
  assert.equal(offsets?.topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === 0)?.committedOffset, 1n)
  await admin.deleteGroups({ groups: ['managing'] })
  await admin.deleteRecords({ topics: [{ name: 'managed', partitions: [{ partition: 0, offset: 1n }] }] })
  await admin.deleteTopics({ topics: ['managed'] })
  await eventually(async () => assert.ok(!(await admin.listTopics()).includes('managed')))
})
