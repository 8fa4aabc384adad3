/** Transactions, against a broker that has them: the one at MILLRACE_TEST_BOOTSTRAP. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { apis, type EndTxnRequest, ErrorCode, type ProduceRequest } from '@millrace/protocol'
import { type Fault, type FaultyProxy, faultyProxy } from '../testing/faulty-proxy.js'
import { createTopic, readValues, testCluster } from '../testing/read-records.js'
import { freshName } from '../testing/temporary-broker.js'
import { KafkaProducer } from './kafka-producer.js'
import type { ProducerConfig } from './producer-options.js'

const bootstrap = process.env['MILLRACE_TEST_BOOTSTRAP'] ?? ''
const skip = bootstrap === '' ? 'needs MILLRACE_TEST_BOOTSTRAP, a broker that has transactions' : false

const cleanUp: (() => unknown)[] = []
let proxy: FaultyProxy
before(async () => {
  proxy = await faultyProxy({ after: (fn) => void cleanUp.push(fn as () => unknown) }, bootstrap)
})
after(async () => {
  for (const clean of cleanUp) await clean()
})

function producerFor(config: Partial<ProducerConfig<string, string>> = {}): KafkaProducer<string, string> {
  return new KafkaProducer<string, string>({
    'bootstrap.servers': proxy.bootstrap,
    'transactional.id': freshName('tx'),
    'retry.backoff.ms': 10,
    'reconnect.backoff.ms': 5,
    ...config,
  })
}

async function freshTopic(partitions = 1): Promise<string> {
  const topic = freshName('transactions')
  await createTopic(bootstrap, topic, partitions)
  return topic
}

const committed = (topic: string, partition = 0) => readValues(bootstrap, topic, partition, true)

test('committed records are there, aborted ones are not', { skip }, async () => {
  const topic = await freshTopic(2)
  await using producer = producerFor()
  await producer.initTransactions()
  for (const [name, isCommit] of [
    ['a', true],
    ['b', false],
    ['c', true],
  ] as const) {
    producer.beginTransaction()
    for (const partition of [0, 1]) void producer.send({ topic, partition, value: `${name}${partition}` })
    if (isCommit) await producer.commitTransaction()
    else {
      await producer.flush()
      await producer.abortTransaction()
    }
  }
  assert.deepEqual(await committed(topic, 0), ['a0', 'c0'])
  assert.deepEqual(await committed(topic, 1), ['a1', 'c1'])
  assert.deepEqual(await readValues(bootstrap, topic, 0), ['a0', 'b0', 'c0'])
})

test('transaction(): commits what its function sends; what it throws aborts, and the next one works', {
  skip,
}, async () => {
  const topic = await freshTopic()
  await using producer = producerFor()
  const result = await producer.transaction(async (transaction) => {
    void transaction.send({ topic, value: 'a' })
    await transaction.send({ topic, value: 'b' })
    return 42
  })
  assert.equal(result, 42)
  const mine = new Error('mine')
  await assert.rejects(
    producer.transaction(async (transaction) => {
      await transaction.send({ topic, value: 'never' })
      throw mine
    }),
    mine,
  )
  await producer.transaction((transaction) => transaction.send({ topic, value: 'c' }))
  assert.deepEqual(await committed(topic), ['a', 'b', 'c'])
})

test('an empty transaction, many transactions one after the other', { skip }, async () => {
  const topic = await freshTopic()
  await using producer = producerFor()
  await producer.transaction(async () => {})
  for (let n = 0; n < 20; n++) {
    await producer.transaction(async (transaction) => {
      for (let m = 0; m < 3; m++) void transaction.send({ topic, value: `${n}.${m}` })
    })
  }
  const expected = Array.from({ length: 60 }, (_, n) => `${Math.floor(n / 3)}.${n % 3}`)
  assert.deepEqual(await committed(topic), expected)
})

test('offsets are committed with the transaction, and only then', { skip }, async () => {
  const topic = await freshTopic()
  const groupId = freshName('group')
  await using producer = producerFor()
  await producer.initTransactions()
  const committedOffset = async () => {
    const cluster = testCluster(bootstrap)
    const topics = [{ name: topic, partitionIndexes: [0] }]
    try {
      for (;;) {
        const answer = await cluster.ask(
          { type: 'group', key: groupId },
          apis.OffsetFetch,
          { groupId, topics, requireStable: true },
          {
            versions: { min: 7, max: 7 },
          },
        )
        const partition = answer.topics[0]?.partitions[0]
        // UNSTABLE_OFFSET_COMMIT: the markers are on their way.
        if (partition?.errorCode === ErrorCode.NONE) return partition.committedOffset
      }
    } finally {
      cluster.close()
    }
  }
  producer.beginTransaction()
  await producer.sendOffsetsToTransaction(
    [
      [
        { topic, partition: 0 },
        { offset: 5, metadata: 'm' },
      ],
    ],
    { groupId },
  )
  await producer.abortTransaction()
  assert.equal(await committedOffset(), -1)
  await producer.transaction((transaction) =>
    transaction.sendOffsets({
      groupMetadata: () => ({ groupId }),
      assignment: () => [{ topic, partition: 0 }],
      position: async () => 7,
    }),
  )
  assert.equal(await committedOffset(), 7)
})

test('offsets of a member that the group does not know: an abortable error', { skip }, async () => {
  const topic = await freshTopic()
  await using producer = producerFor()
  await producer.initTransactions()
  producer.beginTransaction()
  const group = { groupId: freshName('group'), memberId: 'nobody', generationId: 3 }
  await assert.rejects(producer.sendOffsetsToTransaction([[{ topic, partition: 0 }, { offset: 1 }]], group), {
    abortable: true,
  })
  await assert.rejects(producer.commitTransaction(), { abortable: true })
  await producer.abortTransaction()
  await producer.transaction((transaction) => transaction.send({ topic, value: 'after' }))
  assert.deepEqual(await committed(topic), ['after'])
})

test('a second producer of the transactional id fences the first, whose open transaction is aborted', {
  skip,
}, async () => {
  const topic = await freshTopic()
  const transactionalId = freshName('fenced')
  await using first = producerFor({ 'transactional.id': transactionalId })
  await first.initTransactions()
  first.beginTransaction()
  await first.send({ topic, value: 'never' })
  await using second = producerFor({ 'transactional.id': transactionalId })
  await second.transaction((transaction) => transaction.send({ topic, value: 'second' }))
  await assert.rejects(first.commitTransaction(), { code: 'PRODUCER_FENCED', fatal: true })
  assert.throws(() => first.beginTransaction(), { code: 'PRODUCER_FENCED', fatal: true })
  await assert.rejects(first.send({ topic, value: 'v' }), { code: 'PRODUCER_FENCED' })
  assert.deepEqual(await committed(topic), ['second'])
})

test('calls in the wrong order are ILLEGAL_STATE', { skip }, async () => {
  const topic = await freshTopic()
  await using producer = producerFor()
  assert.throws(() => producer.beginTransaction(), { code: 'ILLEGAL_STATE' })
  await producer.initTransactions()
  await assert.rejects(producer.send({ topic, value: 'v' }), { code: 'ILLEGAL_STATE' })
  await assert.rejects(producer.commitTransaction(), { code: 'ILLEGAL_STATE' })
  producer.beginTransaction()
  assert.throws(() => producer.beginTransaction(), { code: 'ILLEGAL_STATE' })
  await using plain = new KafkaProducer({ 'bootstrap.servers': proxy.bootstrap })
  await assert.rejects(plain.initTransactions(), { code: 'ILLEGAL_STATE' })
})

test('a record that a broker refuses: the commit fails abortably, and the next transaction is whole', {
  skip,
}, async () => {
  const topic = await freshTopic()
  await using producer = producerFor({ 'batch.size': 200, 'max.request.size': 1000 })
  await producer.initTransactions()
  producer.beginTransaction()
  await producer.send({ topic, value: 'first' })
  let isRefusing = true
  proxy.onRequest = ({ api, body }): Fault => {
    if (api !== 'Produce' || !isRefusing) return 'pass'
    isRefusing = false
    const responses = (body as ProduceRequest).topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({
        index,
        errorCode: ErrorCode.INVALID_TIMESTAMP,
        baseOffset: -1,
      })),
    }))
    return { instead: { responses } }
  }
  const sent = Array.from({ length: 50 }, (_, n) => producer.send({ topic, value: `x${n}` }))
  const settled = Promise.allSettled(sent)
  await assert.rejects(producer.commitTransaction(), { code: 'INVALID_TIMESTAMP', abortable: true })
  proxy.onRequest = () => 'pass'
  await assert.rejects(producer.send({ topic, value: 'v' }), { abortable: true })
  await producer.abortTransaction()
  await settled
  await producer.transaction(async (transaction) => {
    for (const value of ['a', 'b', 'c']) void transaction.send({ topic, value })
  })
  assert.deepEqual(await committed(topic), ['a', 'b', 'c'])
})

test('a record that is not acknowledged in time: abort, a new epoch, and on', { skip }, async () => {
  const topic = await freshTopic()
  await using producer = producerFor({ 'delivery.timeout.ms': 700, 'request.timeout.ms': 300, 'linger.ms': 0 })
  await producer.transaction((transaction) => transaction.send({ topic, value: 'a' }))
  proxy.onRequest = ({ api }) => (api === 'Produce' ? 'silence' : 'pass')
  await assert.rejects(
    producer.transaction((transaction) => transaction.send({ topic, value: 'lost?' })),
    { code: 'TIMEOUT' },
  )
  proxy.onRequest = () => 'pass'
  await producer.transaction(async (transaction) => {
    for (const value of ['b', 'c']) void transaction.send({ topic, value })
  })
  assert.deepEqual(await committed(topic), ['a', 'b', 'c'])
})

test('the coordinator is away, moves, is busy, and breaks connections: the transactions are whole', {
  skip,
}, async () => {
  const topic = await freshTopic(3)
  await using producer = producerFor({ 'request.timeout.ms': 1000 })
  let asked = 0
  const coordinatorApis = new Set([
    'InitProducerId',
    'AddPartitionsToTxn',
    'AddOffsetsToTxn',
    'TxnOffsetCommit',
    'EndTxn',
  ])
  proxy.onRequest = ({ api }): Fault => {
    if (api === 'Produce') return asked++ % 6 === 3 ? 'reset-after' : 'pass'
    if (!coordinatorApis.has(api)) return 'pass'
    const faults: readonly Fault[] = ['pass', 'reset', 'pass', 'reset-after', 'pass']
    if (api === 'EndTxn' && asked % 4 === 1) {
      asked++
      return { instead: { errorCode: asked % 8 === 2 ? ErrorCode.NOT_COORDINATOR : ErrorCode.CONCURRENT_TRANSACTIONS } }
    }
    return faults[asked++ % faults.length] ?? 'pass'
  }
  const expected: string[] = []
  for (let n = 0; n < 12; n++) {
    await producer.transaction(async (transaction) => {
      for (const partition of [0, 1, 2]) void transaction.send({ topic, partition, value: String(n) })
    })
    expected.push(String(n))
  }
  proxy.onRequest = () => 'pass'
  for (const partition of [0, 1, 2]) assert.deepEqual(await committed(topic, partition), expected)
})

test('with transactions of version 2, partitions and groups join by being written to', { skip }, async () => {
  const topic = await freshTopic()
  const cluster = testCluster(bootstrap)
  await cluster.metadata.update()
  const [node] = cluster.snapshot.nodes.keys()
  const { versions } = await cluster.connection(node ?? -1)
  const isVersion2 = versions.finalizedFeature('transaction.version') >= 2
  cluster.close()
  const asked = new Map<string, number>()
  const epochs: number[] = []
  proxy.onRequest = ({ api, version, body }): Fault => {
    asked.set(api, version)
    if (api === 'EndTxn') epochs.push((body as EndTxnRequest).producerEpoch)
    return 'pass'
  }
  await using producer = producerFor()
  for (let round = 0; round < 3; round++) {
    await producer.transaction(async (transaction) => {
      void transaction.send({ topic, value: 'v' })
      await producer.sendOffsetsToTransaction([[{ topic, partition: 0 }, { offset: 1 }]], {
        groupId: freshName('group'),
      })
    })
  }
  proxy.onRequest = () => 'pass'
  const [first = -1] = epochs
  assert.deepEqual(epochs, isVersion2 ? [first, first + 1, first + 2] : [first, first, first])
  assert.equal(asked.has('AddPartitionsToTxn'), !isVersion2)
  assert.equal(asked.has('AddOffsetsToTxn'), !isVersion2)
  assert.equal((asked.get('EndTxn') ?? 0) >= 5, isVersion2)
  assert.equal((asked.get('Produce') ?? 0) >= 12, isVersion2)
})

test('close aborts what is open', { skip }, async () => {
  const topic = await freshTopic()
  const producer = producerFor()
  await producer.initTransactions()
  producer.beginTransaction()
  await producer.send({ topic, value: 'never' })
  await producer.close()
  await using next = producerFor()
  await next.transaction((transaction) => transaction.send({ topic, value: 'next' }))
  assert.deepEqual(await committed(topic), ['next'])
})
