/** kafkajs's producer: every codec, every acks, keys, headers, tombstones, timestamps, events, retries. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import kafkajs, { type RequestEvent } from 'kafkajs'
import { adminOf, consume, kafkajsOf, producerOf, topicOf, valuesOf } from './support/kafkajs.js'
import { sharedBroker } from './support/shared-broker.js'
import { brokerOn, temporaryBroker } from './support/temporary-broker.js'
import { uniqueName } from './support/topics.js'

const { CompressionTypes, Partitioners } = kafkajs
const shared = sharedBroker({ 'num.partitions': '2' })

const codecs = ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const

for (const codec of codecs) {
  test(`messages compressed with ${codec} come back as they were sent`, async (t) => {
    const kafka = kafkajsOf(shared.bootstrap)
    const topic = await topicOf(kafka)
    const producer = await producerOf(t, kafka)
    const messages = Array.from({ length: 500 }, (_, index) => ({ key: `${index}`, value: `message ${index}` }))
    for (let round = 0; round < 2; round++) {
      const [sent] = await producer.send({ topic, compression: CompressionTypes[codec], messages })
      assert.equal(sent?.errorCode, 0)
      assert.equal(sent?.baseOffset, `${round * messages.length}`)
    }
    const consumed = await consume(t, kafka, topic, 1000)
    assert.deepEqual(valuesOf(consumed), valuesOf([...messages, ...messages]))
    assert.deepEqual(
      consumed.map(({ offset }) => Number(offset)),
      consumed.map((_, index) => index),
    )
  })
}

for (const acks of [-1, 0, 1]) {
  test(`acks ${acks}`, async (t) => {
    const kafka = kafkajsOf(shared.bootstrap)
    const topic = await topicOf(kafka)
    const producer = await producerOf(t, kafka)
    const sent = await producer.send({ topic, acks, messages: [{ value: 'a' }, { value: 'b' }] })
    // Nothing is answered to acks=0, and kafkajs makes nothing up.
    if (acks !== 0) assert.equal(sent[0]?.baseOffset, '0')
    assert.deepEqual(valuesOf(await consume(t, kafka, topic, 2)), ['a', 'b'])
  })
}

test('keys, headers, timestamps, empty values and tombstones come back', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await topicOf(kafka)
  const producer = await producerOf(t, kafka)
  const many = [Buffer.from('x'), Buffer.from('y')]
  await producer.send({
    topic,
    messages: [
      { key: 'k', value: 'v', headers: { trace: Buffer.from('abc'), empty: '', many }, timestamp: '1700000000000' },
      { key: 'k', value: null },
      { key: null, value: Buffer.alloc(0) },
      { key: Buffer.from([0, 255]), value: Buffer.from([255, 0]) },
    ],
  })
  const [first, tombstone, empty, binary] = await consume(t, kafka, topic, 4)
  assert.equal(first?.key?.toString(), 'k')
  assert.equal(first?.timestamp, '1700000000000')
  assert.deepEqual(first?.headers, { trace: Buffer.from('abc'), empty: Buffer.alloc(0), many })
  assert.equal(tombstone?.key?.toString(), 'k')
  assert.equal(tombstone?.value, null)
  assert.equal(empty?.key, null)
  assert.equal(empty?.value?.length, 0)
  assert.deepEqual([binary?.key, binary?.value], [Buffer.from([0, 255]), Buffer.from([255, 0])])
})

test('with LogAppendTime the broker says when, in its answer and in the messages', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
  const topic = await topicOf(kafka, { configEntries })
  const producer = await producerOf(t, kafka)
  const before = Date.now()
  const [sent] = await producer.send({ topic, messages: [{ value: 'x', timestamp: '1000' }] })
  assert.ok(Number(sent?.logAppendTime) >= before)
  const [message] = await consume(t, kafka, topic, 1)
  assert.equal(message?.timestamp, sent?.logAppendTime)
})

test('sendBatch: several topics and partitions in one request', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topics = [await topicOf(kafka, { numPartitions: 3 }), await topicOf(kafka)]
  const producer = await producerOf(t, kafka)
  const sent = await producer.sendBatch({
    compression: CompressionTypes.GZIP,
    topicMessages: topics.map((topic, index) => ({
      topic,
      messages:
        index === 0 ? [0, 1, 2].map((partition) => ({ value: `${partition}`, partition })) : [{ value: 'only' }],
    })),
  })
  assert.deepEqual(
    sent.map(({ errorCode, baseOffset }) => [errorCode, baseOffset]),
    Array.from({ length: 4 }, () => [0, '0']),
  )
  const consumed = await consume(t, kafka, topics[0]!, 3)
  assert.deepEqual(
    consumed.map(({ partition, value }) => [partition, value?.toString()]).sort(),
    [0, 1, 2].map((partition) => [partition, `${partition}`]),
  )
})

test('the partitioners see the partitions of the topic', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await topicOf(kafka, { numPartitions: 4 })
  const messages = Array.from({ length: 20 }, (_, index) => ({ key: `key ${index}`, value: `${index}` }))
  for (const createPartitioner of [Partitioners.DefaultPartitioner, Partitioners.LegacyPartitioner]) {
    const producer = await producerOf(t, kafka, { createPartitioner })
    await producer.send({ topic, messages })
  }
  const last = await producerOf(t, kafka, {
    createPartitioner:
      () =>
      ({ partitionMetadata }) =>
        partitionMetadata.length - 1,
  })
  const [sent] = await last.send({ topic, messages: [{ value: 'last' }] })
  assert.equal(sent?.partition, 3)
  const consumed = await consume(t, kafka, topic, 41)
  assert.equal(new Set(consumed.map(({ partition }) => partition)).size, 4)
})

test('an idempotent producer: every batch once, and isIdempotent says so', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await topicOf(kafka)
  const producer = await producerOf(t, kafka, { idempotent: true, maxInFlightRequests: 1 })
  assert.equal(producer.isIdempotent(), true)
  const values = Array.from({ length: 20 }, (_, index) => `${index}`)
  await Promise.all(values.map((value) => producer.send({ topic, messages: [{ value }] })))
  // kafkajs itself does not promise an order to sends that wait for each other.
  const consumed = await consume(t, kafka, topic, values.length)
  assert.deepEqual(new Set(valuesOf(consumed)), new Set(values))
  assert.deepEqual(
    consumed.map(({ offset }) => offset),
    values,
  )
})

test('a topic that does not exist is made by producing to it, with allowAutoTopicCreation only', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap, { retry: { retries: 3, initialRetryTime: 50 } })
  const admin = await adminOf(t, kafka)
  const topic = uniqueName('made')
  const producer = await producerOf(t, kafka, { allowAutoTopicCreation: true })
  await producer.send({ topic, messages: [{ value: 'x' }] })
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  assert.equal(topics[0]?.partitions.length, 2)

  const careful = await producerOf(t, kafka, { allowAutoTopicCreation: false, retry: { retries: 1 } })
  await assert.rejects(
    careful.send({ topic: uniqueName('never'), messages: [{ value: 'x' }] }),
    (error: { cause?: { type?: string } }) => error.cause?.type === 'UNKNOWN_TOPIC_OR_PARTITION',
  )
})

test('a message of nearly a megabyte passes, one over the limit is refused with MESSAGE_TOO_LARGE', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await topicOf(kafka)
  const producer = await producerOf(t, kafka, { retry: { retries: 0 } })
  const value = randomBytes(1_000_000)
  await producer.send({ topic, messages: [{ value }] })
  const [message] = await consume(t, kafka, topic, 1)
  assert.ok(message?.value?.equals(value))
  await assert.rejects(producer.send({ topic, messages: [{ value: randomBytes(1_100_000) }] }), {
    type: 'MESSAGE_TOO_LARGE',
  })
})

test('the events of a producer tell of its requests', async () => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await topicOf(kafka)
  const producer = kafka.producer()
  const seen: string[] = []
  const requests: RequestEvent['payload'][] = []
  producer.on(producer.events.CONNECT, ({ type }) => seen.push(type))
  producer.on(producer.events.DISCONNECT, ({ type }) => seen.push(type))
  producer.on(producer.events.REQUEST_QUEUE_SIZE, ({ type }) => seen.push(type))
  producer.on(producer.events.REQUEST, ({ payload }) => requests.push(payload))
  const forget = producer.on(producer.events.REQUEST_TIMEOUT, ({ type }) => seen.push(type))
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'x' }] })
  forget()
  await producer.disconnect()
  assert.equal(seen[0], producer.events.CONNECT)
  assert.equal(seen.at(-1), producer.events.DISCONNECT)
  assert.ok(!seen.includes(producer.events.REQUEST_TIMEOUT))
  const produce = requests.find(({ apiName }) => apiName === 'Produce')
  assert.equal(produce?.apiVersion, 7)
  assert.equal(produce?.broker, shared.bootstrap)
})

test('a producer outlives a restart of its broker: it tries again until it is served', async (t) => {
  const { bootstrap, dir, broker } = await temporaryBroker(t)
  const kafka = kafkajsOf(bootstrap, { retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 300 } })
  const topic = await topicOf(kafka)
  const producer = await producerOf(t, kafka)
  await producer.send({ topic, messages: [{ value: 'before' }] })
  await broker.close()
  const sending = producer.send({ topic, messages: [{ value: 'after' }] })

  await brokerOn(t, dir, { listeners: `PLAINTEXT://${bootstrap}` })
  await sending
  assert.deepEqual(valuesOf(await consume(t, kafka, topic, 2)), ['before', 'after'])
})

test('the logger of a client can be spoken to', () => {
  const lines: string[] = []
  const kafka = kafkajsOf(shared.bootstrap, {
    logLevel: kafkajs.logLevel.INFO,
    logCreator:
      () =>
      ({ log }) =>
        void lines.push(log.message),
  })
  const producer = kafka.producer()
  producer.logger().info('said')
  assert.ok(lines.includes('said'))
})

test('a transactional producer fails at once, without waiting for a coordinator', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const producer = await producerOf(t, kafka, {
    transactionalId: 'tx',
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 1 },
  })
  await assert.rejects(producer.transaction(), { name: 'KafkaJSGroupCoordinatorNotFound' })
})
