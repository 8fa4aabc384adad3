/** The producer against a broker: one in this process, or the one at MILLRACE_TEST_BOOTSTRAP. */
import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { after, before, test } from 'node:test'
import { KafkaError } from '../errors.js'
import { Serdes } from '../serdes/serdes.js'
import { createTopic, readPartition, readValues } from '../testing/read-records.js'
import { freshName, testBroker } from '../testing/temporary-broker.js'
import { SendError } from './deliveries.js'
import type { ProduceRequestEvent, SendContext } from './diagnostics.js'
import { KafkaProducer } from './kafka-producer.js'
import { roundRobinPartitioner } from './partitioner.js'
import type { ProducerConfig } from './producer-options.js'

let bootstrap = ''
const cleanUp: (() => unknown)[] = []
before(async () => {
  bootstrap = (await testBroker({ after: (fn) => void cleanUp.push(fn as () => unknown) })).bootstrap
})
after(async () => {
  for (const clean of cleanUp) await clean()
})

function producerFor(config: Omit<ProducerConfig<string, string>, 'bootstrap.servers'> = {}) {
  return new KafkaProducer<string, string>({ 'bootstrap.servers': bootstrap, ...config })
}

async function freshTopic(partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<string> {
  const topic = freshName('producer')
  await createTopic(bootstrap, topic, partitions, configs)
  return topic
}

test('20 sends at once, idempotent by default: 20 offsets, in the order of the sends', async () => {
  const topic = await freshTopic()
  await using producer = producerFor()
  const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => producer.send({ topic, value: `v${n}` })))
  assert.deepEqual(
    sent.map(({ offset }) => offset),
    Array.from({ length: 20 }, (_, n) => n),
  )
  assert.deepEqual(
    await readValues(bootstrap, topic),
    Array.from({ length: 20 }, (_, n) => `v${n}`),
  )
})

test('a record arrives as it was sent: key, value, repeated and null headers, timestamp, tombstone', async () => {
  const topic = await freshTopic()
  await using producer = producerFor()
  const metadata = await producer.send({
    topic,
    key: 'k',
    value: null,
    timestamp: 1_700_000_000_123,
    headers: [
      ['h', '1'],
      ['h', null],
      ['h', Buffer.from([0, 255])],
    ],
  })
  assert.deepEqual(metadata, {
    topic,
    partition: 0,
    offset: 0,
    timestamp: 1_700_000_000_123,
    serializedKeySize: 1,
    serializedValueSize: -1,
  })
  const [record] = await readPartition(bootstrap, topic, 0)
  assert.equal(record?.key?.toString(), 'k')
  assert.equal(record?.value, null)
  assert.equal(record?.timestamp, 1_700_000_000_123)
  assert.deepEqual(
    record?.headers.map(({ key, value }) => [key, value === null ? null : value.toString('hex')]),
    [
      ['h', '31'],
      ['h', null],
      ['h', '00ff'],
    ],
  )
  assert.equal(typeof JSON.stringify(metadata), 'string')
})

test('LogAppendTime: the acknowledgement has the broker’s time', async () => {
  const topic = await freshTopic(1, { 'message.timestamp.type': 'LogAppendTime' })
  await using producer = producerFor()
  const { timestamp } = await producer.send({ topic, value: 'v', timestamp: 1 })
  assert(timestamp > 1_600_000_000_000)
})

for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
  test(`${compression}: what is compressed is read`, async () => {
    const topic = await freshTopic()
    await using producer = producerFor({ 'compression.type': compression })
    const values = Array.from({ length: 500 }, (_, n) => `value number ${n} of many`)
    await producer.sendAll(values.map((value) => ({ topic, value })))
    assert.deepEqual(await readValues(bootstrap, topic), values)
    assert((producer.metrics().get('compression-rate-avg') ?? 1) < 0.6)
  })
}

for (const [compression, key, low, high] of [
  ['gzip', 'compression.gzip.level', 1, 9],
  ['zstd', 'compression.zstd.level', -100, 19],
] as const) {
  test(`${key}: a higher level leaves fewer bytes (KIP-390)`, async () => {
    const topic = await freshTopic()
    const value = Array.from({ length: 2000 }, (_, n) => (n * n * 31) % 1009).join(' ')
    const rates: number[] = []
    for (const level of [low, high]) {
      await using producer = producerFor({ 'compression.type': compression, [key]: level })
      await producer.send({ topic, value })
      rates.push(producer.metrics().get('compression-rate-avg') ?? Number.NaN)
    }
    const [atLow = 0, atHigh = 1] = rates
    assert(atHigh < atLow, `${atHigh} < ${atLow}`)
  })
}

for (const acks of [0, 1, 'all'] as const) {
  test(`acks=${acks}`, async () => {
    const topic = await freshTopic()
    await using producer = producerFor({ acks })
    const { offset } = await producer.send({ topic, value: 'v' })
    assert.equal(offset, acks === 0 ? -1 : 0)
    while ((await readValues(bootstrap, topic)).length === 0);
  })
}

test('sendAll: one promise, in order, over many batches', async () => {
  const topic = await freshTopic()
  await using producer = producerFor({ 'batch.size': 1000 })
  const values = Array.from({ length: 2000 }, (_, n) => `value ${n}`)
  const metadata = await producer.sendAll(values.map((value) => ({ topic, value })))
  assert.deepEqual(
    metadata.map(({ offset }) => offset),
    values.map((_, n) => n),
  )
  assert.deepEqual(await readValues(bootstrap, topic), values)
})

test('sendAll: some fail, the others are written, and the error says which', async () => {
  const topic = await freshTopic()
  await using producer = producerFor({ 'max.request.size': 1000 })
  const records = ['a', 'x'.repeat(2000), 'c'].map((value) => ({ topic, value }))
  await assert.rejects(producer.sendAll(records), (error: unknown) => {
    assert(error instanceof SendError)
    assert.equal(error.code, 'MESSAGE_TOO_LARGE')
    assert.deepEqual(
      error.failed.map(({ index }) => index),
      [1],
    )
    assert.deepEqual(
      error.succeeded.map((metadata) => metadata?.offset),
      [0, undefined, 1],
    )
    assert.match(JSON.stringify(error), /MESSAGE_TOO_LARGE/)
    return true
  })
  assert.deepEqual(await readValues(bootstrap, topic), ['a', 'c'])
})

test('trySend: without promises, with backpressure and callbacks', async () => {
  const topic = await freshTopic()
  await using producer = producerFor({ 'buffer.memory': 100_000 })
  const values = Array.from({ length: 5000 }, (_, n) => `${n} ${'x'.repeat(100)}`)
  const offsets: number[] = []
  let waits = 0
  for (const value of values) {
    const hasRoom = producer.trySend({ topic, value }, (error, metadata) => {
      assert.equal(error, null)
      offsets.push(metadata?.offset ?? -1)
    })
    if (hasRoom) continue
    waits++
    await producer.drained()
  }
  await producer.flush()
  assert(waits > 2, `${waits} waits`)
  assert.deepEqual(
    offsets,
    offsets.map((_, n) => n),
  )
  assert.equal(offsets.length, 5000)
  assert.deepEqual(await readValues(bootstrap, topic), values)
})

test('buffer.memory: send waits for room, and memory is free afterwards', async () => {
  const topic = await freshTopic()
  await using producer = producerFor({ 'buffer.memory': 20_000, 'batch.size': 4000 })
  const sent = await Promise.all(Array.from({ length: 1000 }, () => producer.send({ topic, value: 'x'.repeat(200) })))
  assert.equal(new Set(sent.map(({ offset }) => offset)).size, 1000)
  assert.equal(producer.metrics().get('buffer-available-bytes'), 20_000)
  assert((producer.metrics().get('bufferpool-wait-time-ns-total') ?? 0) > 0)
})

test('keys: a record goes where Java’s would', async () => {
  const topic = await freshTopic(12)
  await using producer = producerFor()
  const partitionOf = async (key: string) => (await producer.send({ topic, key, value: 'v' })).partition
  // toPositive(murmur2(key)) % 12
  assert.equal(await partitionOf('foobar'), (-790_332_482 & 0x7fff_ffff) % 12)
  assert.equal(await partitionOf('abc'), 479_470_107 % 12)
})

test('without keys: partitions change with each batch’s worth of bytes, and all are used', async () => {
  const topic = await freshTopic(4)
  await using producer = producerFor({ 'batch.size': 2000 })
  const metadata = await producer.sendAll(Array.from({ length: 4000 }, () => ({ topic, value: 'x'.repeat(100) })))
  const counts = new Map<number, number>()
  for (const { partition } of metadata) counts.set(partition, (counts.get(partition) ?? 0) + 1)
  assert.equal(counts.size, 4)
  for (const [partition, count] of counts) assert(count > 300, `${count} in partition ${partition}`)
  let changes = 0
  for (let n = 1; n < metadata.length; n++) if (metadata[n]?.partition !== metadata[n - 1]?.partition) changes++
  assert(changes < 400, `${changes} changes of partition`)
})

test('explicit partition, round robin, custom function and object', async () => {
  const topic = await freshTopic(3)
  await using explicit = producerFor()
  assert.equal((await explicit.send({ topic, partition: 2, key: 'k', value: 'v' })).partition, 2)
  await using roundRobin = producerFor({ partitioner: roundRobinPartitioner() })
  await roundRobin.partitionsFor(topic)
  const spread = await Promise.all([1, 2, 3].map(() => roundRobin.send({ topic, key: 'k', value: 'v' })))
  assert.deepEqual(spread.map(({ partition }) => partition).sort(), [0, 1, 2])
  await using custom = producerFor({
    partitioner: { partition: ({ value }, _key, cluster) => Number(value) % cluster.partitionCount(topic) },
  })
  assert.equal((await custom.send({ topic, value: '7' })).partition, 1)
  await using bad = producerFor({ partitioner: () => 99 })
  await assert.rejects(bad.send({ topic, value: 'v' }), { code: 'INVALID_ARGUMENT' })
})

test('a batch that the broker finds too large is split, and its records keep their order', async () => {
  const topic = await freshTopic(1, { 'max.message.bytes': '3000' })
  await using producer = producerFor({ 'batch.size': 50_000 })
  const values = Array.from({ length: 300 }, (_, n) => `${n} ${'x'.repeat(100)}`)
  const metadata = await producer.sendAll(values.map((value) => ({ topic, value })))
  assert.deepEqual(await readValues(bootstrap, topic), values)
  assert.deepEqual(
    metadata.map(({ offset }) => offset),
    values.map((_, n) => n),
  )
  assert((producer.metrics().get('batch-split-total') ?? 0) > 0)
  await assert.rejects(producer.send({ topic, value: 'x'.repeat(4000) }), {
    code: 'MESSAGE_TOO_LARGE',
    retriable: false,
  })
  assert.equal((await producer.send({ topic, value: 'after' })).offset, 300)
})

test('records of a refused batch fail, and what comes after them is written', async () => {
  const topic = await freshTopic(1, { 'cleanup.policy': 'compact' })
  await using producer = producerFor()
  await assert.rejects(producer.send({ topic, value: 'without a key' }), (error: unknown) => {
    assert(error instanceof KafkaError)
    assert.equal(error.code, 'INVALID_RECORD')
    return true
  })
  const later = await Promise.all(['a', 'b', 'c'].map((key) => producer.send({ topic, key, value: key })))
  assert.deepEqual(
    later.map(({ offset }) => offset),
    [0, 1, 2],
  )
})

test('flush: when it resolves, all that was sent before is acknowledged', async () => {
  const topic = await freshTopic()
  await using producer = producerFor({ 'linger.ms': 100_000, 'delivery.timeout.ms': 200_000, lingerMode: 'strict' })
  let acknowledged = 0
  for (let n = 0; n < 10; n++) producer.trySend({ topic, value: 'v' }, () => acknowledged++)
  await producer.flush()
  assert.equal(acknowledged, 10)
  await producer.flush()
})

test('strict linger waits; adaptive linger does not while the broker is idle', async () => {
  const topic = await freshTopic()
  await using strict = producerFor({ 'linger.ms': 300, lingerMode: 'strict' })
  await strict.partitionsFor(topic)
  await strict.send({ topic, value: 'v' })
  const lingered = strict.metrics().get('record-queue-time-max') ?? 0
  assert(lingered >= 290, `${lingered} ms in the queue`)
  await using adaptive = producerFor({ 'linger.ms': 60_000, 'delivery.timeout.ms': 100_000 })
  await adaptive.send({ topic, value: 'v' })
  await adaptive.send({ topic, value: 'v' })
})

test('a topic that is not there is made by the broker’s auto.create.topics.enable, or TIMEOUT says that it is not known', async () => {
  await using producer = producerFor({ 'max.block.ms': 5000 })
  const topic = freshName('made')
  assert.equal((await producer.send({ topic, value: 'v' })).offset, 0)
  await assert.rejects(producer.send({ topic: 'no spaces allowed', value: 'v' }), { code: 'INVALID_TOPIC_EXCEPTION' })
  await using hasty = producerFor({ 'max.block.ms': 200 })
  await assert.rejects(hasty.send({ topic, partition: 1000, value: 'v' }), { code: 'TIMEOUT' })
})

test('nobody answers: TIMEOUT after max.block.ms, with the reason; close does not hang', async () => {
  const producer = new KafkaProducer({ 'bootstrap.servers': '127.0.0.1:1', 'max.block.ms': 200 })
  await assert.rejects(producer.send({ topic: 't', value: 'v' }), (error: unknown) => {
    assert(error instanceof KafkaError)
    assert.equal(error.code, 'TIMEOUT')
    assert.match(error.message, /ECONNREFUSED/)
    assert.equal(typeof JSON.stringify({ error }), 'string')
    return true
  })
  await producer.close()
})

test('signal and timeoutMs end the wait', async () => {
  const producer = new KafkaProducer({ 'bootstrap.servers': '127.0.0.1:1' })
  const reason = new Error('mine')
  const record = { topic: 't', value: 'v' }
  await assert.rejects(producer.send(record, { signal: AbortSignal.abort(reason) }), reason)
  await assert.rejects(producer.send(record, { timeoutMs: 20 }), { code: 'TIMEOUT' })
  await assert.rejects(producer.flush({ timeoutMs: 20 }), { code: 'TIMEOUT' })
  await assert.rejects(producer.partitionsFor('t', { timeoutMs: 20 }), { code: 'TIMEOUT' })
  const pending = assert.rejects(producer.send(record), { code: 'CLOSED' })
  await producer.close({ timeoutMs: 10 })
  await pending
  await assert.rejects(producer.send(record), { code: 'CLOSED' })
  assert.throws(() => producer.trySend(record), { code: 'CLOSED' })
})

test('serializers: types, headers that they add, errors', async () => {
  const topic = await freshTopic()
  await using producer = new KafkaProducer({
    'bootstrap.servers': bootstrap,
    keySerializer: Serdes.int64,
    valueSerializer: {
      serialize: (_topic: string, data: { readonly id: number }, headers) => {
        if (data.id < 0) throw new TypeError('negative')
        headers.add('schema', String(data.id))
        return Buffer.from(JSON.stringify(data))
      },
    },
  })
  await producer.send({ topic, key: 1n, value: { id: 1 } })
  await producer.send({ topic, key: null, value: { id: 2 } })
  await assert.rejects(producer.send({ topic, value: { id: -1 } }), { code: 'SERIALIZATION_FAILED' })
  // @ts-expect-error The value's type is that of its serializer.
  await assert.rejects(producer.send({ topic, value: 'text', key: 'text' }), { code: 'SERIALIZATION_FAILED' })
  const records = await readPartition(bootstrap, topic, 0)
  assert.deepEqual(
    records.map(({ key, headers }) => [key?.toString('hex'), headers.map(({ value }) => value?.toString())]),
    [
      ['0000000000000001', ['1']],
      [undefined, ['2']],
    ],
  )
})

test('interceptors: change records, hear of them, and cannot break the producer', async () => {
  const topic = await freshTopic()
  const heard: string[] = []
  await using producer = producerFor({
    interceptors: [
      { onSend: (record) => ({ ...record, value: `${record.value}!` }) },
      {
        onSend: () => {
          throw new Error('bad')
        },
        onAcknowledgement: (metadata, error) => {
          heard.push(`${metadata?.offset} ${error}`)
          throw new Error('bad')
        },
      },
    ],
  })
  await producer.send({ topic, value: 'v' })
  producer.trySend({ topic, value: 'w' })
  await producer.flush()
  assert.deepEqual(await readValues(bootstrap, topic), ['v!', 'w!'])
  assert.deepEqual(heard, ['0 null', '1 null'])
})

test('writable and writableStream: end when all is acknowledged, fail with the first error', async () => {
  const topic = await freshTopic()
  await using producer = producerFor({ 'buffer.memory': 50_000, 'max.request.size': 40_000 })
  const { pipeline } = await import('node:stream/promises')
  const values = Array.from({ length: 3000 }, (_, n) => `value ${n}`)
  await pipeline(
    values.map((value) => ({ topic, value })),
    producer.writable(),
  )
  assert.equal((await readValues(bootstrap, topic)).length, 3000)
  const writer = producer.writableStream().getWriter()
  for (const value of values) await writer.write({ topic, value })
  await writer.close()
  assert.equal((await readValues(bootstrap, topic)).length, 6000)
  const tooLarge = [{ topic, value: 'x'.repeat(60_000) }]
  await assert.rejects(pipeline(tooLarge, producer.writable()), { code: 'MESSAGE_TOO_LARGE' })
})

test('partitionsFor and metrics', async () => {
  const topic = await freshTopic(2)
  await using producer = producerFor()
  const partitions = await producer.partitionsFor(topic)
  assert.deepEqual(
    partitions.map(({ partition, replicas }) => [partition, replicas.length]),
    [
      [0, 1],
      [1, 1],
    ],
  )
  await producer.sendAll([1, 2, 3].map(() => ({ topic, value: 'v' })))
  const metrics = producer.metrics()
  assert.equal(metrics.get('record-send-total'), 3)
  assert.equal(metrics.get('record-error-total'), 0)
  assert((metrics.get('request-latency-avg') ?? 0) > 0)
  assert.equal(metrics.get('requests-in-flight'), 0)
})

test('diagnostics_channel: sends can be traced and changed, requests can be counted', async () => {
  const topic = await freshTopic()
  await using producer = producerFor()
  const seen: string[] = []
  const onStart = (context: unknown) => {
    const sending = context as SendContext
    sending.record = { ...sending.record, headers: { traceparent: '00-1-2-01' } }
  }
  const onEnd = (context: unknown) => void seen.push(`${(context as SendContext).result?.offset}`)
  const onRequest = (event: unknown) => void seen.push(`request of ${(event as ProduceRequestEvent).records}`)
  diagnostics.subscribe('tracing:millrace.producer.send:start', onStart)
  diagnostics.subscribe('tracing:millrace.producer.send:asyncEnd', onEnd)
  diagnostics.subscribe('millrace.producer.request', onRequest)
  await producer.send({ topic, value: 'v' })
  diagnostics.unsubscribe('tracing:millrace.producer.send:start', onStart)
  diagnostics.unsubscribe('tracing:millrace.producer.send:asyncEnd', onEnd)
  diagnostics.unsubscribe('millrace.producer.request', onRequest)
  assert.deepEqual(seen.sort(), ['0', 'request of 1'])
  const [record] = await readPartition(bootstrap, topic, 0)
  assert.equal(record?.headers[0]?.key, 'traceparent')
})
