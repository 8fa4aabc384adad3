import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../config/parse-config.js'
import { silentLogger } from '../ports.js'
import { ConsumerFixture, readAll, text, tp } from '../testing/consumer-fixture.js'
import { freshName } from '../testing/temporary-broker.js'
import type { OffsetAndMetadata, TopicPartition } from '../topic-partition.js'
import type { ConsumerInterceptor } from './interceptors.js'
import { KafkaConsumer } from './kafka-consumer.js'

const isNot = (unwanted: string): ConsumerInterceptor => ({
  onConsume: (records) => records.filter(({ value }) => value.toString() !== unwanted),
})

test('interceptors', async (t) => {
  const kafka = await ConsumerFixture.start(t)

  await t.test('poll, iterators and run hand out what interceptors leave, and go on behind the rest', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a', 'b', 'c', 'b'])
    const interceptors = [isNot('b'), isNot('x')]
    const polling = kafka.consumer({ interceptors })
    polling.assign([tp(topic)])
    assert.deepEqual(text(await readAll(polling, 2)), ['a', 'c'])
    assert.equal(await polling.position(tp(topic)), 4)

    const iterating = kafka.consumer({ interceptors })
    iterating.assign([tp(topic)])
    const seen: string[] = []
    for await (const { value } of iterating.records()) {
      seen.push(value.toString())
      if (seen.length === 2) break
    }
    assert.deepEqual(seen, ['a', 'c'])

    const running = kafka.consumer({ interceptors })
    running.assign([tp(topic)])
    const handled: string[] = []
    const stopping = new AbortController()
    await running.run({
      signal: stopping.signal,
      eachRecord: ({ value }) => {
        if (handled.push(value.toString()) === 2) stopping.abort()
      },
    })
    assert.deepEqual(handled, ['a', 'c'])
  })

  await t.test(
    'a poll of which nothing is left waits for the next records; what was left out is committed',
    async () => {
      const topic = await kafka.createTopic()
      const groupId = freshName('group')
      await kafka.produce(topic, 0, ['b', 'b'])
      const consumer = kafka.consumer({
        'group.id': groupId,
        interceptors: [isNot('b')],
        'auto.commit.interval.ms': 10,
      })
      consumer.subscribe(topic)
      assert.equal((await consumer.poll({ timeoutMs: 300 })).count, 0)
      while ((await consumer.committed([tp(topic)])).get(tp(topic))?.offset !== 2)
        await consumer.poll({ timeoutMs: 20 })
      await kafka.produce(topic, 0, ['a'])
      assert.deepEqual(text(await readAll(consumer, 1)), ['a'])
    },
  )

  await t.test('commits are told, those in the background too; what interceptors throw is logged', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const told: [TopicPartition, OffsetAndMetadata][] = []
    const warnings: string[] = []
    let closed = 0
    const broken = () => {
      throw new Error('broken')
    }
    const consumer = kafka.consumer({
      'group.id': freshName('group'),
      'auto.commit.interval.ms': 10,
      interceptors: [
        { onConsume: broken, onCommit: broken, close: broken },
        { onCommit: (offsets) => told.push(...offsets), close: () => closed++ },
      ],
      logger: { ...silentLogger, warn: (_fields, message) => warnings.push(message) },
    })
    consumer.subscribe(topic)
    assert.deepEqual(text(await readAll(consumer, 1)), ['a'])
    while (told.at(-1)?.[1].offset !== 1) await consumer.poll({ timeoutMs: 10 })
    const [{ topic: name, partition }] = told.at(-1) ?? assert.fail()
    assert.deepEqual([name, partition], [topic, 0])
    await consumer.commitSync([[tp(topic), { offset: 0, metadata: 'mine' }]])
    assert.deepEqual(told.at(-1)?.[1], { offset: 0, metadata: 'mine' })
    await consumer.close()
    await consumer.close()
    assert.equal(closed, 1)
    for (const call of ['onConsume', 'onCommit', 'close']) {
      assert.ok(warnings.includes(`An interceptor threw in ${call}`), call)
    }
  })
})

test('Java’s interceptors are refused with a sentence', () => {
  const config = { 'bootstrap.servers': 'localhost:1', 'interceptor.classes': 'com.example.Tracing' }
  assert.throws(
    () => new KafkaConsumer(config),
    (error) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, /interceptor\.classes names Java classes.*use interceptors/)
      return true
    },
  )
})
