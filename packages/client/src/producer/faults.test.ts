/**
 * What happens to records when brokers refuse, answers are lost, and connections break: through a proxy that does it. Each
 * test demands that all records are written once, in the order in which they were sent.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ErrorCode, type MetadataResponse, type ProduceRequest } from '@millrace/protocol'
import { type Fault, type FaultyProxy, faultyProxy, type ProxiedRequest } from '../testing/faulty-proxy.js'
import { createTopic, readValues } from '../testing/read-records.js'
import { freshName, testBroker } from '../testing/temporary-broker.js'
import { KafkaProducer } from './kafka-producer.js'
import type { ProducerConfig } from './producer-options.js'

const cleanUp: (() => unknown)[] = []
const scope = { after: (fn: unknown) => void cleanUp.unshift(fn as () => unknown) }
let bootstrap = ''
let proxy: FaultyProxy
before(async () => {
  bootstrap = (await testBroker(scope)).bootstrap
  proxy = await faultyProxy(scope, bootstrap)
})
after(async () => {
  for (const clean of cleanUp) await clean()
})

const RECORDS = 400
/** A batch that waits grows to 1200 bytes, so that there are dozens. */
const SMALL_BATCHES = { 'batch.size': 300, 'max.request.size': 2400 } as const
const FAST_RETRIES = { 'retry.backoff.ms': 5, 'retry.backoff.max.ms': 20, 'reconnect.backoff.ms': 5 } as const

/** Sends many small batches to one partition while `fault` decides about the nth Produce request; returns what is there. */
async function sendThrough(
  fault: (request: number, body: ProduceRequest) => Fault,
  config: Partial<ProducerConfig<string, string>> = {},
): Promise<{ readonly offsets: number[]; readonly values: (string | null)[] }> {
  const topic = freshName('faults')
  await createTopic(bootstrap, topic, 1)
  let requests = 0
  proxy.onRequest = ({ api, body }: ProxiedRequest) =>
    api === 'Produce' ? fault(requests++, body as ProduceRequest) : 'pass'
  await using producer = new KafkaProducer<string, string>({
    'bootstrap.servers': proxy.bootstrap,
    ...SMALL_BATCHES,
    ...FAST_RETRIES,
    ...config,
  })
  await producer.send({ topic, value: 'first' })
  const sent = await Promise.all(Array.from({ length: RECORDS }, (_, n) => producer.send({ topic, value: String(n) })))
  proxy.onRequest = () => 'pass'
  return { offsets: sent.map(({ offset }) => offset), values: (await readValues(bootstrap, topic)).slice(1) }
}

const ALL = Array.from({ length: RECORDS }, (_, n) => String(n))

/** An answer of the broker to what was asked: all partitions have that error. */
function refusal(body: ProduceRequest, errorCode: number, logStartOffset = -1): Fault {
  const responses = body.topicData.map(({ name, topicId, partitionData }) => ({
    name,
    topicId,
    partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1, logStartOffset })),
  }))
  return { instead: { responses } }
}

const FAULTS: readonly (readonly [string, (request: number, body: ProduceRequest) => Fault])[] = [
  ['NOT_LEADER', (n, body) => (n % 7 === 3 ? refusal(body, ErrorCode.NOT_LEADER_OR_FOLLOWER) : 'pass')],
  ['a connection that breaks before the request', (n) => (n % 11 === 4 ? 'reset' : 'pass')],
  ['a connection that breaks instead of the answer', (n) => (n % 11 === 4 ? 'reset-after' : 'pass')],
  ['no answer in time, after the append', (n) => (n === 5 || n === 9 ? 'silence' : 'pass')],
  [
    'NOT_ENOUGH_REPLICAS and REQUEST_TIMED_OUT',
    (n, body) => (n % 5 === 2 ? refusal(body, n % 2 === 0 ? 19 : 7) : 'pass'),
  ],
]

for (const [name, fault] of FAULTS) {
  test(`${name}, with five requests in flight: every record once and in order`, async () => {
    const { offsets, values } = await sendThrough(fault, { 'request.timeout.ms': 300 })
    assert.deepEqual(values, ALL)
    assert.deepEqual(
      offsets,
      offsets.map((_, n) => n + 1),
    )
  })

  test(`${name}, not idempotent, with one request in flight: every record, in order`, async () => {
    const { values } = await sendThrough(fault, {
      'request.timeout.ms': 300,
      'enable.idempotence': false,
      'max.in.flight.requests.per.connection': 1,
    })
    const firstSeen = [...new Set(values)]
    assert.deepEqual(firstSeen, ALL)
  })
}

test('UNKNOWN_PRODUCER_ID after the log was trimmed: a new epoch, nothing lost, nothing twice', async () => {
  const { values } = await sendThrough((n, body) =>
    n === 6 || n === 20 ? refusal(body, ErrorCode.UNKNOWN_PRODUCER_ID, 1_000_000) : 'pass',
  )
  assert.deepEqual(values, ALL)
})

test('OUT_OF_ORDER_SEQUENCE_NUMBER from nowhere: a new epoch, nothing lost, nothing twice', async () => {
  const { values } = await sendThrough((n, body) =>
    n === 6 || n === 20 ? refusal(body, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) : 'pass',
  )
  assert.deepEqual(values, ALL)
})

test('a batch that is refused for good: its records fail, all others are written in order', async () => {
  const topic = freshName('refused')
  await createTopic(bootstrap, topic, 1)
  let requests = 0
  proxy.onRequest = ({ api, body }) =>
    api === 'Produce' && requests++ === 4 ? refusal(body as ProduceRequest, ErrorCode.INVALID_TIMESTAMP) : 'pass'
  await using producer = new KafkaProducer({ 'bootstrap.servers': proxy.bootstrap, ...SMALL_BATCHES, ...FAST_RETRIES })
  const settled = await Promise.allSettled(ALL.map((value) => producer.send({ topic, value })))
  const written = ALL.filter((_, n) => settled[n]?.status === 'fulfilled')
  assert(written.length < RECORDS && written.length > RECORDS / 2)
  assert.deepEqual(await readValues(bootstrap, topic), written)
})

test('delivery.timeout.ms: records fail with TIMEOUT, also those on the wire; later ones are written in order', async () => {
  const topic = freshName('expired')
  await createTopic(bootstrap, topic, 1)
  let isBroken = false
  proxy.onRequest = ({ api }) => (isBroken && api === 'Produce' ? 'silence' : 'pass')
  await using producer = new KafkaProducer<string, string>({
    'bootstrap.servers': proxy.bootstrap,
    'delivery.timeout.ms': 600,
    'request.timeout.ms': 400,
    'linger.ms': 0,
    ...FAST_RETRIES,
  })
  await producer.send({ topic, value: 'before' })
  isBroken = true
  await assert.rejects(producer.send({ topic, value: 'lost?' }), { code: 'TIMEOUT', retriable: true })
  isBroken = false
  const later = ['a', 'b', 'c']
  await Promise.all(later.map((value) => producer.send({ topic, value })))
  const values = await readValues(bootstrap, topic)
  assert.deepEqual(
    values.filter((value) => value !== 'lost?'),
    ['before', ...later],
  )
})

test('close during a request that is not answered: ends in its time, and the record fails with CLOSED', async () => {
  const topic = freshName('closing')
  await createTopic(bootstrap, topic, 1)
  proxy.onRequest = ({ api }) => (api === 'Produce' ? 'silence' : 'pass')
  const producer = new KafkaProducer({ 'bootstrap.servers': proxy.bootstrap })
  const failed = assert.rejects(producer.send({ topic, value: 'v' }), { code: 'CLOSED' })
  while ((producer.metrics().get('requests-in-flight') ?? 0) === 0) await new Promise(setImmediate)
  const startMs = performance.now()
  await producer.close({ timeoutMs: 50 })
  assert(performance.now() - startMs < 2000)
  await failed
  proxy.onRequest = () => 'pass'
})

test('the producer id is asked for while the topic is still being looked for', async () => {
  const topic = freshName('faults')
  await createTopic(bootstrap, topic, 1)
  let isIdAskedFor = false
  const hidden = (response: MetadataResponse) => ({
    ...response,
    topics: response.topics.map((it) => ({ ...it, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] })),
  })
  proxy.onRequest = ({ api }) => {
    if (api === 'InitProducerId') isIdAskedFor = true
    return api === 'Metadata' && !isIdAskedFor ? hidden : 'pass'
  }
  await using producer = new KafkaProducer<string, string>({
    'bootstrap.servers': proxy.bootstrap,
    'max.block.ms': 20_000,
    ...FAST_RETRIES,
  })
  assert.equal((await producer.send({ topic, value: 'v' })).offset, 0)
})

test('no right to write idempotently: an error that says so, at once', async () => {
  const topic = freshName('denied')
  await createTopic(bootstrap, topic, 1)
  proxy.onRequest = ({ api }) =>
    api === 'InitProducerId' ? { instead: { errorCode: 31, producerId: -1, producerEpoch: -1 } } : 'pass'
  await using producer = new KafkaProducer({ 'bootstrap.servers': proxy.bootstrap, ...FAST_RETRIES })
  await assert.rejects(producer.send({ topic, value: 'v' }), {
    code: 'CLUSTER_AUTHORIZATION_FAILED',
    message: /enable\.idempotence=false/,
  })
  proxy.onRequest = () => 'pass'
  assert.equal((await producer.send({ topic, value: 'v' })).offset, 0)
})

test('a broker that asks to be left alone for a while is', async () => {
  const topic = freshName('throttled')
  await createTopic(bootstrap, topic, 1)
  let isThrottling = true
  proxy.onRequest = ({ api }): Fault => {
    if (api !== 'Produce' || !isThrottling) return 'pass'
    isThrottling = false
    return (response: object) => ({ ...response, throttleTimeMs: 250 })
  }
  await using producer = new KafkaProducer({ 'bootstrap.servers': proxy.bootstrap })
  await producer.send({ topic, value: 'a' })
  const startMs = performance.now()
  await producer.send({ topic, value: 'b' })
  assert(performance.now() - startMs > 200)
  assert.equal(producer.metrics().get('produce-throttle-time-max'), 250)
})
