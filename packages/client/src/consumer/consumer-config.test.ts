import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaProducer } from '../producer/kafka-producer.js'
import { Serdes } from '../serdes/serdes.js'
import { consumerSettings } from './consumer-config.js'
import { KafkaConsumer } from './kafka-consumer.js'
import type { DeadLetterProducer } from './run-options.js'

const base = { 'bootstrap.servers': 'localhost:9092' } as const

test('defaults are Kafka’s', () => {
  const { values, rebalanceProtocol, isAutoCommitting, reset, assignors } = consumerSettings({
    ...base,
    'group.id': 'g',
  })
  assert.equal(values['max.poll.records'], 500)
  assert.equal(values['session.timeout.ms'], 45_000)
  assert.equal(values['isolation.level'], 'read_uncommitted')
  assert.deepEqual(reset, { kind: 'latest' })
  assert.deepEqual([rebalanceProtocol, isAutoCommitting], ['eager', true])
  assert.deepEqual(
    assignors.map(({ name }) => name),
    ['range', 'cooperative-sticky'],
  )
  assert.equal(consumerSettings(base).isAutoCommitting, false)
})

test('mistakes are named, all of them', () => {
  const wrong = {
    ...base,
    'enable.auto.commit': true,
    'auto.offset.reset': 'first',
    'partition.assignment.strategy': 'range,fastest',
    'heartbeat.interval.ms': 60_000,
    'key.deserializer': 'com.example.Mine',
  }
  assert.throws(
    () => new KafkaConsumer(wrong as unknown as typeof base),
    (error: Error & { readonly mistakes: readonly string[] }) =>
      ['enable.auto.commit', 'auto.offset.reset', 'fastest', 'heartbeat', 'com.example.Mine'].every((word) =>
        error.mistakes.some((mistake) => mistake.includes(word)),
      ),
  )
})

test('types: wrong keys and values do not compile; deserializers say what records hold', async () => {
  // @ts-expect-error a key that is not known
  assert.throws(() => new KafkaConsumer({ ...base, 'grup.id': 'g' }), /did you mean group\.id/)
  // @ts-expect-error a value that is none of these
  assert.throws(() => new KafkaConsumer({ ...base, 'isolation.level': 'serializable' }), /must be one of/)
  const consumer = new KafkaConsumer({ ...base, keyDeserializer: Serdes.string, valueDeserializer: Serdes.int32 })
  const typed: KafkaConsumer<string, number> = consumer
  await typed.close()
  const producer: DeadLetterProducer & { close(): Promise<void> } = new KafkaProducer(base)
  await producer.close()
})

test('nothing happens before records are asked for; calls that need a group say so', async () => {
  const consumer = new KafkaConsumer(base)
  assert.throws(() => consumer.subscribe('topic'), { code: 'INVALID_GROUP_ID' })
  assert.throws(() => consumer.enforceRebalance(), { code: 'ILLEGAL_STATE' })
  assert.throws(() => consumer.groupMetadata(), { code: 'INVALID_GROUP_ID' })
  assert.equal(consumer.metrics().get('connection-count'), 0)
  await consumer.close()
  await consumer.close()
  assert.throws(() => consumer.assign([]), { code: 'CLOSED' })
})
