/** kafkajs's consumer on its own: batches, pausing, seeking, committing, its events. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import { eventually } from './support/eventually.js'
import {
  adminOf,
  commitOffset,
  consume,
  consumerOf,
  kafkajsOf,
  producerOf,
  topicOf,
  valuesOf,
} from './support/kafkajs.js'
import { sharedBroker } from './support/shared-broker.js'
import { uniqueName } from './support/topics.js'

const shared = sharedBroker()

/** A topic with the numbers from 0 on as values, `counts[partition]` in each partition. */
async function filledTopic(t: TestContext, kafka: Kafka, ...counts: readonly number[]): Promise<string> {
  const topic = await topicOf(kafka, { numPartitions: counts.length })
  await send(t, kafka, topic, counts)
  return topic
}

async function send(t: TestContext, kafka: Kafka, topic: string, counts: readonly number[]): Promise<void> {
  const producer = await producerOf(t, kafka)
  const messages = counts.flatMap((count, partition) =>
    Array.from({ length: count }, (_, index) => ({ value: `${index}`, partition })),
  )
  await producer.send({ topic, messages })
}

/** Reads on, and keeps what came. */
async function running(consumer: Consumer, topic: string, fromBeginning = true): Promise<KafkaMessage[]> {
  await consumer.subscribe({ topics: [topic], fromBeginning })
  const messages: KafkaMessage[] = []
  await consumer.run({
    eachMessage: ({ message }) => {
      messages.push(message)
      return Promise.resolve()
    },
  })
  return messages
}

async function committedOffset(
  t: TestContext,
  kafka: Kafka,
  groupId: string,
  topic: string,
): Promise<string | undefined> {
  const admin = await adminOf(t, kafka)
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
  return offsets?.partitions[0]?.offset
}

test('eachMessage: every message of every partition, in order within each', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 30, 20, 10)
  const messages = await consume(t, kafka, topic, 60)
  for (const [partition, count] of [30, 20, 10].entries()) {
    const values = valuesOf(messages.filter((message) => message.partition === partition))
    assert.deepEqual(
      values,
      Array.from({ length: count }, (_, index) => `${index}`),
    )
  }
})

test('eachBatch: resolved offsets are committed, what was left unresolved comes again', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 10)
  const groupId = uniqueName('group')
  const consumer = await consumerOf(t, kafka, { groupId })
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const batches: EachBatchPayload[] = []
  const seen: string[][] = []
  await consumer.run({
    eachBatchAutoResolve: false,
    eachBatch: async (payload) => {
      batches.push(payload)
      seen.push(payload.batch.messages.map(({ offset }) => offset))
      assert.ok(payload.isRunning() && !payload.isStale())
      if (payload.batch.firstOffset() === '0') payload.resolveOffset('3')
      else payload.resolveOffset(payload.batch.lastOffset())
      await payload.heartbeat()
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets())
    },
  })
  await eventually(() => assert.equal(seen.length, 2))
  assert.deepEqual([seen[0]?.[0], seen[0]?.at(-1), seen[1]?.[0]], ['0', '9', '4'])
  assert.equal(batches[0]?.batch.highWatermark, '10')
  assert.equal(batches[0]?.batch.offsetLag(), '0')
  await consumer.disconnect()
  assert.equal(await committedOffset(t, kafka, groupId, topic), '10')
})

test('a consumer that starts at the end sees only what is sent after that', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 5)
  const consumer = await consumerOf(t, kafka)
  let isFetching = false
  consumer.on(consumer.events.FETCH, () => {
    isFetching = true
  })
  const messages = await running(consumer, topic, false)
  await eventually(() => assert.ok(isFetching))
  await send(t, kafka, topic, [2])
  await eventually(() =>
    assert.deepEqual(
      messages.map(({ offset }) => offset),
      ['5', '6'],
    ),
  )
})

test('pause and resume: of a topic, of a partition, and from within eachMessage', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 1, 1)
  const consumer = await consumerOf(t, kafka)
  const messages = await running(consumer, topic)
  await eventually(() => assert.equal(messages.length, 2))
  consumer.pause([{ topic, partitions: [0] }])
  assert.deepEqual(consumer.paused(), [{ topic, partitions: [0] }])
  await send(t, kafka, topic, [1, 3])
  await eventually(() => assert.equal(messages.length, 5))
  consumer.resume([{ topic, partitions: [0] }])
  await eventually(() => assert.equal(messages.length, 6))
  consumer.pause([{ topic }])
  assert.deepEqual(consumer.paused(), [{ topic, partitions: [0, 1] }])
  consumer.resume([{ topic }])
  await send(t, kafka, topic, [1, 1])
  await eventually(() => assert.equal(messages.length, 8))
})

test('pause within eachMessage: the message comes again after resuming', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 3)
  const consumer = await consumerOf(t, kafka)
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const offsets: string[] = []
  let resume: (() => void) | undefined
  await consumer.run({
    eachMessage: ({ message, pause }) => {
      offsets.push(message.offset)
      if (message.offset === '1' && resume === undefined) {
        resume = pause()
        throw new Error('not now')
      }
      return Promise.resolve()
    },
  })
  await eventually(() => assert.ok(resume))
  assert.deepEqual(offsets, ['0', '1'])
  resume?.()
  await eventually(() => assert.deepEqual(offsets, ['0', '1', '1', '2']))
})

test('seek: back, and forward', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 10)
  const consumer = await consumerOf(t, kafka)
  const messages = await running(consumer, topic)
  await eventually(() => assert.equal(messages.length, 10))
  consumer.seek({ topic, partition: 0, offset: '7' })
  await eventually(() => assert.equal(messages.length, 13))
  assert.equal(messages[10]?.offset, '7')
  consumer.seek({ topic, partition: 0, offset: '12' })
  await send(t, kafka, topic, [4])
  await eventually(() => assert.equal(messages.at(-1)?.offset, '13'))
  assert.deepEqual(
    messages.slice(13).map(({ offset }) => offset),
    ['12', '13'],
  )
})

test('an offset that is gone: the consumer starts again where it was told to', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 5)
  const groupId = uniqueName('group')
  const admin = await adminOf(t, kafka)
  await commitOffset(await shared.connect(t), groupId, topic, 1)
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
  const messages = await running(await consumerOf(t, kafka, { groupId }), topic)
  await eventually(() =>
    assert.deepEqual(
      messages.map(({ offset }) => offset),
      ['3', '4'],
    ),
  )
})

test('commitOffsets with metadata, without auto-commit', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 5)
  const groupId = uniqueName('group')
  const consumer = await consumerOf(t, kafka, { groupId })
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  let count = 0
  await consumer.run({
    autoCommit: false,
    eachMessage: () => {
      count++
      return Promise.resolve()
    },
  })
  await eventually(() => assert.equal(count, 5))
  assert.equal(await committedOffset(t, kafka, groupId, topic), '-1')
  await consumer.commitOffsets([{ topic, partition: 0, offset: '4', metadata: 'as far as this' }])
  const admin = await adminOf(t, kafka)
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
  assert.deepEqual(offsets?.partitions, [{ partition: 0, offset: '4', metadata: 'as far as this' }])
})

test('auto-commit by threshold, and by interval', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 6)
  for (const when of [{ autoCommitThreshold: 3 }, { autoCommitInterval: 10 }]) {
    const groupId = uniqueName('group')
    const consumer = await consumerOf(t, kafka, { groupId })
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const commits: string[] = []
    consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
      for (const { partitions } of payload.topics) commits.push(...partitions.map(({ offset }) => offset))
    })
    await consumer.run({ ...when, eachMessage: () => new Promise((resolve) => setTimeout(resolve, 4)) })
    await eventually(() => assert.ok(commits.length >= 2 && commits.at(-1) === '6', commits.join()))
    if ('autoCommitThreshold' in when) assert.deepEqual(commits.slice(0, 2), ['3', '6'])
    await consumer.disconnect()
    assert.equal(await committedOffset(t, kafka, groupId, topic), '6')
  }
})

test('partitions are worked on at the same time with partitionsConsumedConcurrently', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 1, 1, 1)
  const consumer = await consumerOf(t, kafka)
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const inside = new Set<number>()
  let release: () => void = () => {}
  const everybodyIn = new Promise<void>((resolve) => {
    release = resolve
  })
  await consumer.run({
    partitionsConsumedConcurrently: 3,
    eachMessage: async ({ partition }) => {
      inside.add(partition)
      if (inside.size === 3) release()
      await everybodyIn
    },
  })
  await everybodyIn
})

test('small limits: maxBytes, maxBytesPerPartition and minBytes still give everything', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 50, 50)
  const options = { maxBytes: 200, maxBytesPerPartition: 100, minBytes: 10, rackId: 'somewhere', readUncommitted: true }
  assert.equal((await consume(t, kafka, topic, 100, options)).length, 100)
})

test('subscribing by a pattern and to several topics', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const prefix = uniqueName('pattern')
  const topics = [await topicOf(kafka, { prefix }), await topicOf(kafka, { prefix })]
  const other = await filledTopic(t, kafka, 1)
  for (const topic of topics) await send(t, kafka, topic, [2])
  const consumer = await consumerOf(t, kafka)
  await consumer.subscribe({ topics: [new RegExp(`^${prefix}`), other], fromBeginning: true })
  const seen: string[] = []
  await consumer.run({
    eachMessage: ({ topic }) => {
      seen.push(topic)
      return Promise.resolve()
    },
  })
  await eventually(() => assert.equal(seen.length, 5))
  assert.deepEqual(new Set(seen), new Set([...topics, other]))
})

test('a consumer that throws starts again, and reads the message again', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 2)
  const consumer = await consumerOf(t, kafka, { retry: { retries: 1, initialRetryTime: 20 } })
  const crashes: boolean[] = []
  consumer.on(consumer.events.CRASH, ({ payload }) => crashes.push(payload.restart))
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const offsets: string[] = []
  await consumer.run({
    eachMessage: ({ message }) => {
      offsets.push(message.offset)
      return offsets.length <= 3 ? Promise.reject(new Error('handler failed')) : Promise.resolve()
    },
  })
  await eventually(() => assert.equal(offsets.at(-1), '1'))
  assert.deepEqual(crashes, [true])
})

test('stop ends the reading, and run goes on', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 2)
  const consumer = await consumerOf(t, kafka)
  const first = await running(consumer, topic)
  await eventually(() => assert.equal(first.length, 2))
  await consumer.stop()
  await send(t, kafka, topic, [1])
  const second = await running(consumer, topic)
  await eventually(() => assert.equal(second.length, 1))
  assert.equal(first.length, 2)
})

test('the events of a consumer come in their order', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 1)
  const consumer = kafka.consumer({ groupId: uniqueName('group'), heartbeatInterval: 10, maxWaitTimeInMs: 50 })
  const { events } = consumer
  const seen: string[] = []
  for (const event of Object.values(events)) consumer.on(event as typeof events.CONNECT, ({ type }) => seen.push(type))
  await consumer.connect()
  const messages = await running(consumer, topic)
  await eventually(() => {
    assert.equal(messages.length, 1)
    assert.ok(seen.includes(events.HEARTBEAT) && seen.includes(events.COMMIT_OFFSETS))
  })
  await consumer.stop()
  await consumer.disconnect()
  const told = [
    events.CONNECT,
    events.GROUP_JOIN,
    events.FETCH_START,
    events.FETCH,
    events.START_BATCH_PROCESS,
    events.END_BATCH_PROCESS,
    events.STOP,
    events.DISCONNECT,
  ]
  const positions = told.map((event) => seen.indexOf(event))
  assert.ok(!positions.includes(-1), `missing: ${told.filter((_, index) => positions[index] === -1).join()}`)
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
  )
  assert.ok(seen.includes(events.REQUEST))
  for (const never of [events.CRASH, events.REBALANCING, events.REQUEST_TIMEOUT])
    assert.ok(!seen.includes(never), never)
})

test('describeGroup tells of its own group', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await filledTopic(t, kafka, 1)
  const groupId = uniqueName('group')
  const consumer = await consumerOf(t, kafka, { groupId })
  const messages = await running(consumer, topic)
  await eventually(() => assert.equal(messages.length, 1))
  const described = await consumer.describeGroup()
  assert.equal(described.groupId, groupId)
  assert.equal(described.state, 'Stable')
  assert.equal(described.members.length, 1)
})

test('every method of the consumer is used above', () => {
  const consumer = kafkajsOf('127.0.0.1:9').consumer({ groupId: 'nobody' })
  const used =
    'commitOffsets connect describeGroup disconnect events logger on pause paused resume run seek stop subscribe'
  assert.deepEqual(Object.keys(consumer).sort(), used.split(' '))
  consumer.logger().debug('not printed')
})
