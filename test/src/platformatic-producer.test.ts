/** @platformatic/kafka's producer: every codec, acks, idempotence, streams, what it tells of its broker. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  nodeMajor,
  platformatic,
  platformaticAdmin,
  platformaticConsumer,
  platformaticProducer,
  platformaticTopic,
  type StringMessage,
  sendValues,
  take,
} from './support/platformatic.js'
import { sharedBroker } from './support/shared-broker.js'
import { uniqueName } from './support/topics.js'

const shared = sharedBroker({ 'num.partitions': '2' })

async function read(t: TestContext, topic: string, count: number): Promise<readonly StringMessage[]> {
  const consumer = platformaticConsumer(t, shared.bootstrap)
  return await take(await consumer.consume({ topics: [topic], mode: 'earliest' }), count)
}

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
  // Node 20 has no zstd of its own, and the client brings none.
  const skip = compression === 'zstd' && nodeMajor < 24 ? 'this Node has no zstd' : false
  test(`messages compressed with ${compression} come back as they were sent`, { skip }, async (t) => {
    const topic = await platformaticTopic(t, shared.bootstrap)
    const messages = Array.from({ length: 200 }, (_, index) => ({
      topic,
      key: `key ${index}`,
      value: `value ${index}`.repeat(10),
      headers: { trace: `${index}` },
    }))
    const { offsets } = await platformaticProducer(t, shared.bootstrap).send({ messages, compression, acks: -1 })
    assert.deepEqual(offsets, [{ topic, partition: 0, offset: 0n }])
    assert.deepEqual(
      (await read(t, topic, messages.length)).map(({ key, value, headers }) => [key, value, headers.get('trace')]),
      messages.map(({ key, value, headers }) => [key, value, headers.trace]),
    )
  })
}

for (const acks of [-1, 0, 1]) {
  test(`acks ${acks}`, async (t) => {
    const topic = await platformaticTopic(t, shared.bootstrap)
    await platformaticProducer(t, shared.bootstrap).send({ messages: [{ topic, key: 'k', value: 'v' }], acks })
    assert.equal((await read(t, topic, 1))[0]?.value, 'v')
  })
}

test('timestamps, tombstones, and messages without a key', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const producer = new platformatic.Producer({ clientId: 'raw', bootstrapBrokers: [shared.bootstrap] })
  t.after(() => producer.close())
  const messages = [
    { topic, value: Buffer.from('v'), timestamp: 1_700_000_000_000n },
    { topic, key: Buffer.from('k') },
  ]
  await producer.send({ messages: messages as never, acks: -1 })
  const consumer = new platformatic.Consumer({
    clientId: 'raw',
    bootstrapBrokers: [shared.bootstrap],
    groupId: uniqueName('group'),
    maxWaitTime: 100,
  })
  t.after(() => consumer.close(true))
  const [first, tombstone] = await take((await consumer.consume({ topics: [topic], mode: 'earliest' })) as never, 2)
  assert.equal(first?.timestamp, 1_700_000_000_000n)
  assert.equal(String(tombstone?.key), 'k')
  assert.equal(tombstone?.value?.length ?? 0, 0)
})

test('an idempotent producer: its id, and every batch once, in order', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const producer = platformaticProducer(t, shared.bootstrap, { idempotent: true })
  const { producerId, producerEpoch } = await producer.initIdempotentProducer({})
  assert.ok(producerId >= 0n && producerEpoch >= 0)
  assert.deepEqual([producer.producerId, producer.producerEpoch], [producerId, producerEpoch])
  const values = Array.from({ length: 10 }, (_, index) => `${index}`)
  for (const value of values) await sendValues(producer, topic, [value])
  assert.deepEqual(
    (await read(t, topic, 10)).map(({ value }) => value),
    values,
  )
})

test('a topic that does not exist is made by producing to it, with autocreateTopics only', async (t) => {
  const topic = uniqueName('made')
  const producer = platformaticProducer(t, shared.bootstrap, { autocreateTopics: true })
  await producer.send({ messages: [{ topic, key: 'k', value: 'v' }] })
  const { topics } = await platformaticAdmin(t, shared.bootstrap).metadata({ topics: [topic] })
  assert.equal(topics.get(topic)?.partitionsCount, 2)
  const careful = platformaticProducer(t, shared.bootstrap, { retries: 0 })
  await assert.rejects(careful.send({ messages: [{ topic: uniqueName('never'), key: 'k', value: 'v' }] }))
})

test('a partitioner of its own, and where messages would go', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap, 3)
  const producer = platformaticProducer(t, shared.bootstrap, { partitioner: ({ value }) => Number(value) })
  const messages = ['2', '0', '1'].map((value) => ({ topic, key: 'k', value }))
  const partitions = producer.getSendTopicPartitions({ messages })
  assert.deepEqual([...(partitions.get(topic) ?? [])].sort(), [0, 1, 2])
  const targets = [0, 1, 2].map((partition) => `${topic}:${partition}`)
  assert.deepEqual(Object.keys(await producer.getSendBrokers({ messages })).sort(), targets)
  assert.deepEqual(Object.keys(await producer.getSendConnections({ messages })).sort(), targets)
  await producer.send({ messages })
  const placed = (await read(t, topic, 3)).map(({ partition, value }) => [partition, value]).sort()
  assert.deepEqual(placed, [
    [0, '0'],
    [1, '1'],
    [2, '2'],
  ])
})

test('asStream: batches by size and by time, each reported', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const producer = platformaticProducer(t, shared.bootstrap)
  const stream = producer.asStream({ batchSize: 4, batchTime: 20, reportMode: 'batch' })
  const reported: number[] = []
  stream.on('delivery-report', ({ count }: { count?: number }) => reported.push(count ?? 0))
  assert.equal(producer.streamsCount, 1)
  for (let index = 0; index < 10; index++) stream.write({ topic, key: 'k', value: `${index}` })
  assert.equal((await read(t, topic, 10)).at(-1)?.value, '9')
  await stream.close()
  assert.equal(
    reported.reduce((sum, count) => sum + count, 0),
    10,
  )
})

test('a message over the limit is refused with MESSAGE_TOO_LARGE', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const producer = platformaticProducer(t, shared.bootstrap, { retries: 0 })
  const sending = producer.send({ messages: [{ topic, key: 'k', value: 'x'.repeat(1_100_000) }], acks: -1 })
  await assert.rejects(sending, (error: unknown) => JSON.stringify(error, namesOfErrors).includes('MESSAGE_TOO_LARGE'))
})

test('beginTransaction is refused', async (t) => {
  const producer = platformaticProducer(t, shared.bootstrap, { idempotent: true, transactionalId: 'tx', retries: 0 })
  assert.equal(producer.transaction, undefined)
  await assert.rejects(producer.beginTransaction({}))
})

test('what every client can tell: its apis, its metadata, its connections', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const producer = platformaticProducer(t, shared.bootstrap)
  const seen: string[] = []
  producer.on('client:broker:connect', () => seen.push('connect'))
  producer.on('client:metadata', () => seen.push('metadata'))
  assert.ok((await producer.listApis()).some(({ apiKey }) => apiKey === 0))
  const metadata = await producer.metadata({ topics: [topic] })
  assert.equal(metadata.topics.get(topic)?.partitionsCount, 1)
  assert.deepEqual([...metadata.brokers.keys()], [0])
  assert.equal(producer.currentMetadata?.id, metadata.id)
  assert.deepEqual([...(await producer.connectToBrokers()).keys()], [0])
  assert.ok(producer.isActive() && producer.isConnected() && !producer.closed)
  producer.clearMetadata()
  await producer.close()
  assert.ok(producer.closed)
  assert.ok(seen.includes('connect') && seen.includes('metadata'))
})

test('every method of the producer is used above', () => {
  const members = Object.getOwnPropertyNames(platformatic.Producer.prototype).filter((name) => name !== 'constructor')
  const used = [
    ...['asStream', 'beginTransaction', 'close', 'getSendBrokers', 'getSendConnections', 'getSendTopicPartitions'],
    ...['initIdempotentProducer', 'producerEpoch', 'producerId', 'send', 'streamsCount', 'transaction'],
    'coordinatorId', // Of transactions.
  ]
  assert.deepEqual(members.sort(), used.sort())
})

/** What JSON leaves out of an error. */
function namesOfErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return typeof value === 'bigint' ? `${value}` : value
  const { apiId, errors, cause } = value as { apiId?: string; errors?: unknown; cause?: unknown }
  return { apiId, errors, cause }
}
