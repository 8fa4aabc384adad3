import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { KafkaProducer } from '../producer/kafka-producer.js'
import { Serdes } from '../serdes/serdes.js'
import { ConsumerFixture, readAll, text, tp, withCode } from '../testing/consumer-fixture.js'
import { freshName } from '../testing/temporary-broker.js'
import type { ConsumerRecord } from './consumer-record.js'
import { KafkaConsumer } from './kafka-consumer.js'

const isOurs = (process.env['MILLRACE_TEST_BOOTSTRAP'] ?? '') === ''

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => String(from + index))

test('reading', async (t) => {
  const kafka = await ConsumerFixture.start(t)

  await t.test('poll: wakeup, signal, time, and a second poll at the same time', async () => {
    const topic = await kafka.createTopic()
    const consumer = kafka.consumer()
    await assert.rejects(consumer.poll({ timeoutMs: 10 }), withCode('ILLEGAL_STATE'))
    consumer.assign([tp(topic)])
    assert.equal((await consumer.poll({ timeoutMs: 20 })).isEmpty(), true)
    const waiting = consumer.poll()
    await assert.rejects(consumer.poll(), withCode('ILLEGAL_STATE'))
    consumer.wakeup()
    await assert.rejects(waiting, { name: 'WakeupError', code: 'WAKEUP' })
    consumer.wakeup()
    await assert.rejects(consumer.poll({ timeoutMs: 10 }), withCode('WAKEUP'))
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = consumer.poll({ signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(aborted, reason)
    await consumer.close()
    await assert.rejects(consumer.poll(), withCode('CLOSED'))
  })

  await t.test('max.poll.records, several partitions in turn, nextOffsets', async () => {
    const topic = await kafka.createTopic(3)
    for (const partition of [0, 1, 2]) await kafka.produce(topic, partition, numbers(40))
    const consumer = kafka.consumer({ 'max.poll.records': 25 })
    consumer.assign([tp(topic, 0), tp(topic, 1), tp(topic, 2)])
    const perPartition = new Map<number, number[]>()
    for (let count = 0; count < 120; ) {
      const records = await consumer.poll()
      assert.ok(records.count <= 25)
      count += records.count
      for (const at of records.partitions()) {
        const offsets = records.records(at).map(({ offset }) => offset)
        perPartition.set(at.partition, [...(perPartition.get(at.partition) ?? []), ...offsets])
        assert.equal(records.nextOffsets().get(at)?.offset, (offsets.at(-1) ?? 0) + 1)
      }
    }
    for (const partition of [0, 1, 2]) assert.deepEqual(perPartition.get(partition), numbers(40).map(Number))
  })

  await t.test('seek, seekToBeginning, seekToEnd, pause, resume, paused', async () => {
    const topic = await kafka.createTopic(2)
    await kafka.produce(topic, 0, numbers(10))
    await kafka.produce(topic, 1, ['other'])
    const consumer = kafka.consumer()
    assert.throws(() => consumer.seek(tp(topic), 1), withCode('ILLEGAL_STATE'))
    consumer.assign([tp(topic, 0), tp(topic, 1)])
    consumer.seek(tp(topic), 7)
    consumer.pause([tp(topic, 1)])
    assert.deepEqual(consumer.paused(), [tp(topic, 1)])
    assert.deepEqual(text(await readAll(consumer, 3)), ['7', '8', '9'])
    assert.equal((await consumer.poll({ timeoutMs: 30 })).count, 0)
    consumer.resume([tp(topic, 1)])
    assert.deepEqual(text(await readAll(consumer, 1)), ['other'])
    consumer.seekToBeginning([tp(topic)])
    assert.equal((await readAll(consumer, 10)).length, 10)
    consumer.seekToEnd()
    assert.equal(await consumer.position(tp(topic)), 10)
    assert.throws(() => consumer.seek(tp(topic), -1), withCode('INVALID_ARGUMENT'))
  })

  await t.test('offsetsForTimes, beginningOffsets, endOffsets, committed', async () => {
    const topic = await kafka.createTopic(2)
    await kafka.produce(topic, 0, [
      { value: Buffer.from('a'), timestamp: 1000 },
      { value: Buffer.from('b'), timestamp: 2000 },
    ])
    const consumer = kafka.consumer({ 'group.id': freshName('group') })
    const both = [tp(topic, 0), tp(topic, 1)]
    assert.deepEqual([...(await consumer.endOffsets(both)).values()], [2, 0])
    assert.deepEqual([...(await consumer.beginningOffsets(both)).values()], [0, 0])
    const times = await consumer.offsetsForTimes([
      [tp(topic, 0), new Date(1500)],
      [tp(topic, 1), 0],
    ])
    assert.deepEqual(times.get(tp(topic, 0)), { offset: 1, timestamp: 2000 })
    assert.equal(times.get(tp(topic, 1)), null)
    await consumer.commitSync([[tp(topic, 0), { offset: 1, metadata: 'note' }]])
    const committed = await consumer.committed(both)
    assert.deepEqual(committed.get(tp(topic, 0)), { offset: 1, metadata: 'note' })
    assert.equal(committed.get(tp(topic, 1)), null)
    const strict = kafka.consumer({ 'allow.auto.create.topics': false })
    await assert.rejects(strict.endOffsets([tp(freshName('absent'))], { timeoutMs: 300 }), withCode('TIMEOUT'))
  })

  await t.test('partitionsFor and listTopics: of topics that it does not read', async () => {
    const topic = await kafka.createTopic(3)
    const other = await kafka.createTopic()
    const consumer = kafka.consumer({ 'allow.auto.create.topics': false })
    const [first, ...rest] = await consumer.partitionsFor(topic)
    assert(first)
    assert.ok(first.leader >= 0)
    const brokers = [first.leader]
    assert.deepEqual(first, {
      topic,
      partition: 0,
      leader: first.leader,
      replicas: brokers,
      inSyncReplicas: brokers,
      offlineReplicas: [],
    })
    assert.deepEqual(
      rest.map(({ partition }) => partition),
      [1, 2],
    )
    assert.deepEqual(await consumer.partitionsFor(freshName('nothing')), [])
    // Older brokers look at a name only when they might make the topic.
    await assert.rejects(kafka.consumer().partitionsFor('no topic'), withCode('INVALID_TOPIC_EXCEPTION'))
    const topics = await consumer.listTopics()
    assert.deepEqual([topics.get(topic)?.length, topics.get(other)?.length], [3, 1])
    assert.deepEqual(topics.get(topic)?.[0], first)
    consumer.assign([tp(topic)])
    await readAll(consumer, (await kafka.produce(topic, 0, ['a'])) + 1)
    assert.deepEqual(await consumer.partitionsFor(topic), topics.get(topic))
    await consumer.close()
    await assert.rejects(consumer.listTopics(), withCode('CLOSED'))
  })

  await t.test('auto.offset.reset none: no committed offset, and one outside of the log', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(5))
    const consumer = kafka.consumer({ 'auto.offset.reset': 'none', 'group.id': freshName('group') })
    consumer.assign([tp(topic)])
    await assert.rejects(consumer.poll(), { code: 'NO_OFFSET_FOR_PARTITION', topic, partition: 0 })
    consumer.seek(tp(topic), 100)
    for (let time = 0; time < 2; time++) {
      await assert.rejects(consumer.poll(), { code: 'OFFSET_OUT_OF_RANGE', topic, partition: 0, offset: 100 })
      assert.equal(await consumer.position(tp(topic)), 100)
    }
    consumer.seek(tp(topic), 4)
    assert.deepEqual(text(await readAll(consumer, 1)), ['4'])
  })

  await t.test('a position outside of the log is reset as auto.offset.reset says', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(5))
    await kafka.deleteRecords(topic, 0, 3)
    const consumer = kafka.consumer()
    consumer.assign([tp(topic)])
    consumer.seek(tp(topic), 0)
    assert.deepEqual(text(await readAll(consumer, 2)), ['3', '4'])
    const later = kafka.consumer({ 'auto.offset.reset': 'by_duration:PT1S' })
    later.assign([tp(topic)])
    assert.equal(await later.position(tp(topic)), 5)
  })

  await t.test('records(): the one that is worked on is not committed', async () => {
    const topic = await kafka.createTopic()
    const group = freshName('group')
    await kafka.produce(topic, 0, numbers(6))
    const consumer = kafka.consumer({ 'group.id': group, 'max.poll.records': 4 })
    consumer.subscribe(topic)
    const seen: string[] = []
    for await (const { value } of consumer) {
      seen.push(value.toString())
      if (seen.length === 5) break
    }
    assert.deepEqual(seen, ['0', '1', '2', '3', '4'])
    await consumer.close()
    const next = kafka.consumer({ 'group.id': group })
    next.subscribe(topic)
    assert.deepEqual(text(await readAll(next, 2)), ['4', '5'])
  })

  await t.test('records(): ends normally by its signal, and by close; pause and seek hold at once', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(10))
    const consumer = kafka.consumer()
    consumer.assign([tp(topic)])
    const controller = new AbortController()
    const seen: string[] = []
    for await (const { value, offset } of consumer.records({ signal: controller.signal })) {
      seen.push(value.toString())
      if (offset === 2 && seen.length === 3) consumer.seek(tp(topic), 8)
      if (offset === 8) {
        consumer.pause([tp(topic)])
        setTimeout(() => controller.abort(), 50)
      }
    }
    assert.deepEqual(seen, ['0', '1', '2', '8'])
    assert.equal(await consumer.position(tp(topic)), 9)
    consumer.resume([tp(topic)])
    for await (const { value } of consumer.records()) {
      seen.push(value.toString())
      setTimeout(() => void consumer.close(), 20)
    }
    assert.deepEqual(seen, ['0', '1', '2', '8', '9'])
  })

  await t.test('batches(): of one partition each, as large as asked for, with lag', async () => {
    const topic = await kafka.createTopic(2)
    await kafka.produce(topic, 0, numbers(7))
    await kafka.produce(topic, 1, numbers(2))
    const consumer = kafka.consumer({ 'group.id': freshName('group') })
    consumer.subscribe(topic)
    const sizes: Record<string, number[]> = { 0: [], 1: [] }
    let count = 0
    for await (const batch of consumer.batches({ maxRecords: 5 })) {
      assert.ok(batch.records.length <= 5)
      assert.equal(batch.signal.aborted, false)
      assert.equal(batch.lag, batch.highWatermark - ((batch.records.at(-1)?.offset ?? 0) + 1))
      sizes[batch.partition]?.push(batch.records.length)
      count += batch.records.length
      if (count === 9) break
    }
    const sum = (list: readonly number[] = []) => list.reduce((total, one) => total + one, 0)
    assert.deepEqual([sum(sizes[0]), sum(sizes[1])], [7, 2])
  })

  await t.test('readable and readableStream', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(3))
    const consumer = kafka.consumer()
    consumer.assign([tp(topic)])
    const seen: string[] = []
    for await (const record of consumer.readable() as AsyncIterable<ConsumerRecord>) {
      seen.push(record.value.toString())
      if (seen.length === 3) break
    }
    consumer.seekToBeginning()
    const reader = consumer.readableStream().getReader()
    for (let index = 0; index < 3; index++) seen.push((await reader.read()).value?.value.toString() ?? 'end')
    await reader.cancel()
    assert.deepEqual(seen, ['0', '1', '2', '0', '1', '2'])
  })

  await t.test('deserializers: typed, and an error that keeps the position', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, [{ key: Buffer.from('k'), value: Buffer.from('{"n":1}') }, '{broken', '{"n":3}'])
    const consumer = kafka.consumer({ keyDeserializer: Serdes.string, valueDeserializer: Serdes.json<{ n: number }>() })
    consumer.assign([tp(topic)])
    const [first] = await readAll(consumer, 1)
    assert.equal(first?.key, 'k')
    assert.equal(first?.value.n, 1)
    for (let time = 0; time < 2; time++) {
      await assert.rejects(consumer.poll(), { name: 'RecordDeserializationError', topic, offset: 1, part: 'value' })
    }
    assert.equal(await consumer.position(tp(topic)), 1)
    consumer.seek(tp(topic), 2)
    assert.equal((await readAll(consumer, 1))[0]?.value.n, 3)
    const javaNamed = kafka.consumer({
      'value.deserializer': 'org.apache.kafka.common.serialization.StringDeserializer',
    })
    javaNamed.assign([tp(topic)])
    assert.equal((await readAll(javaNamed, 1))[0]?.value, '{"n":1}')
  })

  await t.test('read_committed: ends at the last stable offset', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['plain'])
    const consumer = kafka.consumer({ 'isolation.level': 'read_committed' })
    consumer.assign([tp(topic)])
    assert.deepEqual(text(await readAll(consumer, 1)), ['plain'])
    assert.equal((await consumer.endOffsets([tp(topic)])).get(tp(topic)), 1)
  })

  await t.test(
    'read_committed: an open transaction is waited for, an aborted one is skipped',
    { skip: isOurs },
    async () => {
      const topic = await kafka.createTopic()
      const producer = new KafkaProducer({ 'bootstrap.servers': kafka.bootstrap, 'transactional.id': freshName('txn') })
      t.after(() => producer.close({ timeoutMs: 1000 }))
      await producer.initTransactions()
      producer.beginTransaction()
      await producer.send({ topic, value: 'aborted' })
      await producer.abortTransaction()
      producer.beginTransaction()
      await producer.send({ topic, value: 'committed' })
      const consumer = kafka.consumer({ 'isolation.level': 'read_committed' })
      consumer.assign([tp(topic)])
      assert.equal((await consumer.poll({ timeoutMs: 300 })).count, 0)
      await producer.commitTransaction()
      assert.deepEqual(text(await readAll(consumer, 1)), ['committed'])
    },
  )

  await t.test('what others can watch, and a file of Java’s', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const events: unknown[] = []
    const onFetch = (event: unknown) => events.push(event)
    subscribe('millrace.consumer.fetch', onFetch)
    const file = join(await mkdtemp(join(tmpdir(), 'millrace-client-test-')), 'consumer.properties')
    t.after(() => rm(dirname(file), { recursive: true }))
    await writeFile(
      file,
      `bootstrap.servers=${kafka.bootstrap}
auto.offset.reset=earliest
receive.buffer.bytes=65536
value.deserializer=org.apache.kafka.common.serialization.StringDeserializer
partition.assignment.strategy=org.apache.kafka.clients.consumer.StickyAssignor`,
    )
    const consumer = KafkaConsumer.fromProperties<Buffer, string>(file)
    consumer.assign([tp(topic)])
    const [record] = await readAll(consumer, 1)
    assert.equal(record?.value, 'a')
    await consumer.close()
    unsubscribe('millrace.consumer.fetch', onFetch)
    assert.ok(events.some((event) => (event as { readonly bytes: number }).bytes > 0))
    await writeFile(file, 'grup.id=x')
    assert.throws(() => KafkaConsumer.fromProperties(file), /did you mean group\.id/)
    assert.throws(() => new KafkaConsumer({ 'bootstrap.servers': 'a:1', 'auto.offset.reset': 'by_duration:x' }), {
      code: 'INVALID_CONFIG',
    })
  })

  await t.test('a buffer that is smaller than the records still reads all of them', async () => {
    const topic = await kafka.createTopic(4)
    const value = Buffer.alloc(20_000)
    for (const partition of [0, 1, 2, 3]) {
      for (let batch = 0; batch < 10; batch++) await kafka.produce(topic, partition, [{ value }, { value }])
    }
    const consumer = kafka.consumer({ 'buffer.memory': 100_000, 'max.poll.records': 3 })
    consumer.assign([0, 1, 2, 3].map((partition) => tp(topic, partition)))
    let count = 0
    let buffered = 0
    // A paused partition must not keep the others from reading.
    consumer.pause([tp(topic, 3)])
    while (count < 60) {
      count += (await consumer.poll()).count
      buffered = Math.max(buffered, consumer.metrics().get('buffered-bytes') ?? 0)
    }
    assert.equal(count, 60)
    assert.ok(buffered <= 100_000 + 41_000, `${buffered} bytes were buffered`)
    consumer.resume([tp(topic, 3)])
    assert.equal((await readAll(consumer, 20)).length, 20)
  })

  await t.test('metrics and state', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(3))
    const consumer = kafka.consumer()
    assert.equal(consumer.state().phase, 'idle')
    consumer.assign([tp(topic)])
    await readAll(consumer, 3)
    const metrics = consumer.metrics()
    assert.equal(metrics.get('records-consumed-total'), 3)
    assert.equal(metrics.get('bytes-consumed-total'), 3)
    assert.equal(metrics.get('records-lag-max'), 0)
    const state = consumer.state()
    assert.equal(state.phase, 'assigned')
    assert.deepEqual(state.assignment, [tp(topic)])
    assert.deepEqual(state.stuckRecord, { topic, partition: 0, offset: 0 })
    assert.ok((state.lastFetchAt ?? 0) > Date.now() - 60_000)
    await consumer.close()
    assert.equal(consumer.state().phase, 'closed')
  })
})
