/** Idempotent producers on the wire: sequences, epochs, and what a repeated batch is answered with. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { apis, ErrorCode } from '@millrace/protocol'
import { fetchFrom } from './support/fetching.js'
import type { RawClient } from './support/raw-client.js'
import { batchOf, produce, valuesIn } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { createTopic } from './support/topics.js'

const broker = sharedBroker()
const largest = 2 ** 31 - 1

async function producer(t: TestContext) {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const { producerId, producerEpoch, errorCode } = await client.call(apis.InitProducerId, 4, {
    transactionalId: null,
    transactionTimeoutMs: 1000,
  })
  assert.equal(errorCode, ErrorCode.NONE)
  assert.equal(producerEpoch, 0)
  return { client, topic, producerId }
}

interface Sent {
  readonly client: RawClient
  readonly topic: string
  readonly producerId: number
}

async function send(
  { client, topic, producerId }: Sent,
  baseSequence: number,
  { count = 1, epoch = 0 }: { count?: number; epoch?: number } = {},
) {
  const values = Array.from({ length: count }, (_, index) => `${baseSequence}+${index}`)
  const { errorCode, baseOffset } = await produce(
    client,
    topic,
    batchOf(values, { producerId, producerEpoch: epoch, baseSequence }),
  )
  return [errorCode, baseOffset]
}

test('producer ids are never given twice', async (t) => {
  const ids = new Set<number>()
  for (let round = 0; round < 3; round++) {
    const client = await broker.connect(t)
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        client.call(apis.InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 }),
      ),
    )
    for (const { producerId } of answers) ids.add(producerId)
  }
  assert.equal(ids.size, 150)
})

test('each of the last five batches, sent again, is answered with its first offset and not written', async (t) => {
  const p = await producer(t)
  for (let batch = 0; batch < 6; batch++) assert.deepEqual(await send(p, 3 * batch, { count: 3 }), [0, 3 * batch])
  for (let batch = 5; batch >= 1; batch--) {
    assert.deepEqual(await send(p, 3 * batch, { count: 3 }), [ErrorCode.NONE, 3 * batch], `batch ${batch}`)
  }
  assert.deepEqual(await send(p, 0, { count: 3 }), [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1], 'the sixth last')
  assert.deepEqual(await send(p, 18), [ErrorCode.NONE, 18])
  assert.equal((await fetchFrom(p.client, p.topic, 0)).highWatermark, 19)
})

test('a batch sent twice at once is written once', async (t) => {
  const p = await producer(t)
  const answers = await Promise.all([send(p, 0), send(p, 0), send(p, 0), send(p, 1), send(p, 0)])
  assert.deepEqual(answers, [
    [ErrorCode.NONE, 0],
    [ErrorCode.NONE, 0],
    [ErrorCode.NONE, 0],
    [ErrorCode.NONE, 1],
    [ErrorCode.NONE, 0],
  ])
  assert.deepEqual(valuesIn((await fetchFrom(p.client, p.topic, 0)).records), ['0+0', '1+0'])
})

test('a gap in the sequence is out of order, and what comes in order is taken again', async (t) => {
  const p = await producer(t)
  assert.deepEqual(await send(p, 0), [ErrorCode.NONE, 0])
  assert.deepEqual(await send(p, 2), [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1])
  assert.deepEqual(await send(p, 0, { count: 2 }), [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1], 'an overlap')
  assert.deepEqual(await send(p, 1), [ErrorCode.NONE, 1])
})

test('a producer that the partition does not know may start anywhere', async (t) => {
  const p = await producer(t)
  assert.deepEqual(await send(p, 4711), [ErrorCode.NONE, 0])
  assert.deepEqual(await send(p, 4712), [ErrorCode.NONE, 1])
})

test('the sequence goes on with 0 behind the largest int32, between batches and inside one', async (t) => {
  const p = await producer(t)
  assert.deepEqual(await send(p, largest - 1, { count: 2 }), [ErrorCode.NONE, 0])
  assert.deepEqual(await send(p, 0), [ErrorCode.NONE, 2])
  const inside = await producer(t)
  assert.deepEqual(await send(inside, largest - 1, { count: 4 }), [ErrorCode.NONE, 0])
  assert.deepEqual(await send(inside, largest - 1, { count: 4 }), [ErrorCode.NONE, 0], 'a duplicate')
  assert.deepEqual(await send(inside, 2), [ErrorCode.NONE, 4])
})

test('a new epoch starts at 0, and the one before is fenced with INVALID_PRODUCER_EPOCH', async (t) => {
  const p = await producer(t)
  assert.deepEqual(await send(p, 0, { epoch: 3 }), [ErrorCode.NONE, 0])
  assert.deepEqual(await send(p, 1, { epoch: 4 }), [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1])
  assert.deepEqual(await send(p, 0, { epoch: 4 }), [ErrorCode.NONE, 1])
  assert.deepEqual(await send(p, 1, { epoch: 3 }), [ErrorCode.INVALID_PRODUCER_EPOCH, -1])
  assert.deepEqual(await send(p, 1, { epoch: 4 }), [ErrorCode.NONE, 2])
})

test('a batch of an idempotent producer without a sequence is refused', async (t) => {
  const p = await producer(t)
  const records = batchOf(['a'], { producerId: p.producerId, producerEpoch: 0, baseSequence: 0, control: false })
  records.writeInt32BE(-1, 53)
  const { errorCode } = await produce(p.client, p.topic, records)
  assert.notEqual(errorCode, ErrorCode.NONE)
})

test('partitions count sequences of their own', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client, {}, { partitions: 2 })
  for (const partition of [0, 1]) {
    for (const baseSequence of [0, 1]) {
      const batch = batchOf(['a'], { producerId: 900_001, producerEpoch: 0, baseSequence })
      const answer = await produce(client, topic, batch, { partition })
      assert.deepEqual([answer.errorCode, answer.baseOffset], [ErrorCode.NONE, baseSequence])
    }
  }
})

test('DescribeProducers tells the producers of a partition with their last sequence', async (t) => {
  const p = await producer(t)
  await send(p, 0, { count: 5 })
  const answer = await p.client.call(apis.DescribeProducers, 0, {
    topics: [
      { name: p.topic, partitionIndexes: [0, 9] },
      { name: 'no-such-topic', partitionIndexes: [0] },
    ],
  })
  const [known, unknown] = answer.topics
  assert.deepEqual(
    known?.partitions[0]?.activeProducers.map(({ producerId, producerEpoch, lastSequence, currentTxnStartOffset }) => ({
      producerId,
      producerEpoch,
      lastSequence,
      currentTxnStartOffset,
    })),
    [{ producerId: p.producerId, producerEpoch: 0, lastSequence: 4, currentTxnStartOffset: -1 }],
  )
  assert.equal(known?.partitions[1]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(unknown?.partitions[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
})
