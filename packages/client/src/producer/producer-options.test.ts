import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseProperties } from '@millrace/protocol'
import { ConfigError } from '../config/parse-config.js'
import { Serdes } from '../serdes/serdes.js'
import { KafkaProducer } from './kafka-producer.js'
import { type ProducerConfig, parseProducerConfig } from './producer-options.js'

const base = { 'bootstrap.servers': 'localhost:9092' } as const

function mistakesOf(config: ProducerConfig<unknown, unknown>): readonly string[] {
  try {
    parseProducerConfig(config)
    return []
  } catch (error) {
    assert(error instanceof ConfigError)
    return error.mistakes
  }
}

test('each codec has its level, within Kafka’s bounds (KIP-390)', () => {
  const levelOf = (config: Partial<ProducerConfig<unknown, unknown>>) =>
    parseProducerConfig({ ...base, 'compression.gzip.level': 5, 'compression.zstd.level': -7, ...config })
      .compressionLevel
  assert.equal(levelOf({ 'compression.type': 'gzip' }), 5)
  assert.equal(levelOf({ 'compression.type': 'zstd' }), -7)
  assert.equal(levelOf({ 'compression.type': 'lz4' }), 9)
  assert.equal(levelOf({ 'compression.type': 'snappy' }), undefined)
  assert.equal(levelOf({}), undefined)
  for (const wrong of [
    { 'compression.gzip.level': 0 },
    { 'compression.gzip.level': 10 },
    { 'compression.lz4.level': 18 },
    { 'compression.zstd.level': 23 },
  ]) {
    assert.equal(mistakesOf({ ...base, ...wrong }).length, 1, JSON.stringify(wrong))
  }
})

test('defaults are Kafka 4’s', () => {
  const { values, acks, isIdempotent, deliveryTimeoutMs } = parseProducerConfig(base)
  assert.deepEqual(
    {
      acks,
      isIdempotent,
      deliveryTimeoutMs,
      linger: values['linger.ms'],
      batch: values['batch.size'],
      memory: values['buffer.memory'],
      inFlight: values['max.in.flight.requests.per.connection'],
      retries: values.retries,
    },
    {
      acks: -1,
      isIdempotent: true,
      deliveryTimeoutMs: 120_000,
      linger: 5,
      batch: 16_384,
      memory: 33_554_432,
      inFlight: 5,
      retries: 2_147_483_647,
    },
  )
})

test('idempotence gives way to what contradicts it, unless it was asked for', () => {
  assert.equal(parseProducerConfig({ ...base, acks: 1 }).isIdempotent, false)
  assert.equal(parseProducerConfig({ ...base, retries: 0 }).isIdempotent, false)
  const asked = { ...base, 'enable.idempotence': true }
  assert.match(mistakesOf({ ...asked, acks: 0 })[0] ?? '', /acks=all/)
  assert.match(mistakesOf({ ...asked, retries: 0 })[0] ?? '', /retries/)
  assert.match(mistakesOf({ ...base, 'max.in.flight.requests.per.connection': 6 })[0] ?? '', /at most 5/)
  assert.match(mistakesOf({ ...base, 'transactional.id': 't', 'enable.idempotence': false })[0] ?? '', /transactional/)
  assert.match(mistakesOf({ ...base, 'transactional.id': 't', acks: 1 })[0] ?? '', /acks=all/)
})

test('delivery.timeout.ms covers a request: Kafka’s default grows, one that was given is a mistake', () => {
  assert.equal(parseProducerConfig({ ...base, 'request.timeout.ms': 200_000 }).deliveryTimeoutMs, 200_005)
  assert.match(mistakesOf({ ...base, 'delivery.timeout.ms': 100 })[0] ?? '', /at least/)
})

test('a misspelt key does not compile, and names its nearest match when it runs', () => {
  // @ts-expect-error There is no such key.
  assert.throws(() => new KafkaProducer({ ...base, 'linger.sm': 5 }), /did you mean linger\.ms\?/)
  // @ts-expect-error Nor such a value.
  assert.throws(() => new KafkaProducer({ ...base, 'compression.type': 'zip' }), /must be one of/)
})

test('types: those of the serializers', () => {
  const producer = new KafkaProducer({
    ...base,
    keySerializer: Serdes.string,
    valueSerializer: Serdes.json<{ id: number }>(),
  })
  // Only the compiler looks at these.
  const never = (): unknown => [
    producer.send({ topic: 't', key: 'k', value: { id: 1 } }),
    producer.send({ topic: 't', key: null, value: null }),
    // @ts-expect-error The key is a string.
    producer.send({ topic: 't', key: 1, value: { id: 1 } }),
    // @ts-expect-error The value has an id.
    producer.send({ topic: 't', value: 'text' }),
  ]
  assert.equal(typeof never, 'function')
  void producer.close()
})

test('Java class names: serializers, partitioners; what has no twin is a mistake that says what to use', () => {
  const parsed = parseProducerConfig({
    ...base,
    'key.serializer': 'org.apache.kafka.common.serialization.LongSerializer',
    'partitioner.class': 'org.apache.kafka.clients.producer.UniformStickyPartitioner',
  })
  assert.equal(parsed.keySerializer, Serdes.int64)
  assert.equal(parsed.ignoresKeys, true)
  const mistakes = mistakesOf({ ...base, 'value.serializer': 'com.example.Avro', 'partitioner.class': 'com.example.P' })
  assert.match(mistakes.join('\n'), /use valueSerializer[\s\S]*use partitioner/)
})

test('properties: Java’s escapes, continued lines, comments', () => {
  const text = '# c\n! c\n a.b = x \\\n   y\nkey\\ with\\=signs: v\\u00e9\\n\nempty\nlast=1\nlast=2'
  assert.deepEqual(
    [...parseProperties(text)],
    [
      ['a.b', 'x y'],
      ['key with=signs', 'vé'],
      ['empty', ''],
      ['last', '2'],
    ],
  )
})

test('fromProperties: a file of Java’s as it is; options come before it', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-properties-'))
  t.after(() => rm(dir, { recursive: true }))
  const file = join(dir, 'client.properties')
  await writeFile(
    file,
    [
      'bootstrap.servers=localhost:9092,other:9093',
      'acks=all',
      'linger.ms=20',
      'key.serializer=org.apache.kafka.common.serialization.StringSerializer',
      'value.serializer=org.apache.kafka.common.serialization.ByteArraySerializer',
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p";',
      'send.buffer.bytes=131072',
      'metric.reporters=',
    ].join('\n'),
  )
  const warned: unknown[] = []
  const logger = {
    debug: () => {},
    info: () => {},
    warn: (fields: object) => void warned.push(fields),
    error: () => {},
  }
  const producer = KafkaProducer.fromProperties(file, { 'linger.ms': 1, logger })
  assert.equal(warned.length, 2)
  assert.equal(producer.metrics().get('buffer-total-bytes'), 33_554_432)
  await producer.close()
  await writeFile(file, 'bootstrap.servers=localhost:9092\nliner.ms=1')
  assert.throws(() => KafkaProducer.fromProperties(file), /did you mean linger\.ms/)
})
