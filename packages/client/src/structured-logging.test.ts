/** Whatever a program may want to log says what it is as JSON: errors their code and place, records and positions all they have. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaAggregateError } from './admin/admin-result.js'
import { ConfigError } from './config/parse-config.js'
import {
  LogTruncationError,
  PartitionError,
  RecordDeserializationError,
  WakeupError,
} from './consumer/consumer-errors.js'
import { errorOf, KafkaError } from './errors.js'
import { SendError } from './producer/deliveries.js'
import { KafkaProducer } from './producer/kafka-producer.js'
import { Serdes } from './serdes/serdes.js'
import { ConsumerFixture, readAll, tp } from './testing/consumer-fixture.js'
import { TopicPartitionMap } from './topic-partition.js'

const json = (value: unknown) => JSON.parse(JSON.stringify(value))
const at = { topic: 'orders', partition: 3, offset: 9_007_199_254_740_991 }
const refused = errorOf(29, 'not for you') as KafkaError

const errors: readonly (readonly [Error & { readonly code: string }, object])[] = [
  [new KafkaError('TIMEOUT', 'too late'), { retriable: true, fatal: false, abortable: false }],
  [new KafkaError('PRODUCER_FENCED', 'another one', { fatal: true, cause: new Error('why') }), { fatal: true }],
  [refused, { retriable: false }],
  [new WakeupError(), {}],
  [new PartitionError('OFFSET_OUT_OF_RANGE', at, 'outside'), at],
  [new LogTruncationError(at, 5), at],
  [new RecordDeserializationError(at, 'value', Buffer.from([1]), new SyntaxError('no JSON')), { ...at, part: 'value' }],
  [new SendError([undefined], [{ index: 0, error: refused }]), { failed: [{ index: 0, error: refused.toJSON() }] }],
  [
    new KafkaAggregateError('deleteTopics', new Map([['a', refused]])),
    { errors: [{ entity: 'a', error: refused.toJSON() }] },
  ],
]

test('errors: name, code, message, and where', () => {
  for (const [error, more] of errors) {
    const { name, code, message } = error
    const logged = json({ error }).error
    for (const [field, value] of Object.entries({ name, code, message, ...more })) {
      assert.deepEqual(logged[field], value, `${name}.${field}`)
    }
  }
  assert.deepEqual(json(new ConfigError(['a is wrong', 'b is wrong'])).mistakes, ['a is wrong', 'b is wrong'])
})

test('maps by partition are objects by its name', () => {
  const positions = new TopicPartitionMap([[tp('orders', 3), { offset: at.offset }]])
  assert.deepEqual(json(positions), { 'orders-3': { offset: at.offset } })
})

test('records with large numbers, acknowledgements, batches, states', async (t) => {
  const kafka = await ConsumerFixture.start(t)
  const topic = await kafka.createTopic()
  const producer = new KafkaProducer({
    'bootstrap.servers': kafka.bootstrap,
    keySerializer: Serdes.int64,
    valueSerializer: Serdes.int64,
  })
  t.after(() => producer.close())
  const metadata = await producer.send({ topic, key: -1n, value: 2n ** 63n - 1n, timestamp: 7, headers: { h: 'x' } })
  const sizes = { serializedKeySize: 8, serializedValueSize: 8 }
  assert.deepEqual(json(metadata), { topic, partition: 0, offset: 0, timestamp: 7, ...sizes })

  const consumer = kafka.consumer({ keyDeserializer: Serdes.int64, valueDeserializer: Serdes.int64 })
  consumer.assign([tp(topic)])
  const [record] = await readAll(consumer, 1)
  const { key, value, headers, offset } = json(record)
  assert.deepEqual(
    { key, value, headers, offset },
    { key: '-1', value: '9223372036854775807', headers: [['h', 'x']], offset: 0 },
  )
  assert.deepEqual(json(consumer.state()).assignment, [{ topic, partition: 0 }])
  assert.equal(json(consumer.state()).stuckRecord.offset, 0)
  consumer.seekToBeginning()
  for await (const batch of consumer.batches()) {
    const logged = json(batch)
    assert.deepEqual([logged.topic, logged.partition, logged.highWatermark, logged.lag], [topic, 0, 1, 0])
    assert.equal(logged.records[0].value, value)
    break
  }
  const [info] = json(await producer.partitionsFor(topic))
  assert.deepEqual([info.topic, info.partition, info.replicas], [topic, 0, [info.leader]])
})
