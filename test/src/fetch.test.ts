/** Fetch on the wire: which batches come back, and which error where none can. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { apis, batchLeaderEpoch, buildBatch, ErrorCode, listBatches, ZERO_UUID } from '@millrace/protocol'
import { fetchFrom, fetchRequest } from './support/fetching.js'
import { append, batchOf, produce, recordsIn, valuesIn } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { createTopic, deleteTopic } from './support/topics.js'

const broker = sharedBroker()

async function freshTopic(t: TestContext, configs: Readonly<Record<string, string>> = {}, partitions = 1) {
  const client = await broker.connect(t)
  return { client, ...(await createTopic(client, configs, { partitions })) }
}

/** Batches of about 1,100 bytes with one record each. */
const large = (name: string) => name.padEnd(1000, '.')
const batchBytes = batchOf([large('a')]).length

function trimmed(records: Buffer | null): string[] {
  return valuesIn(records).map((value) => value.replace(/\.+$/, ''))
}

test('a partition gives whole batches from the one that holds the offset on', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a', 'b', 'c'])
  await append(client, topic, ['d', 'e'])
  const inside = await fetchFrom(client, topic, 1)
  assert.deepEqual(valuesIn(inside.records), ['a', 'b', 'c', 'd', 'e'])
  assert.deepEqual(
    recordsIn(inside.records).map(({ offset }) => offset),
    [0, 1, 2, 3, 4],
  )
  assert.deepEqual(valuesIn((await fetchFrom(client, topic, 3)).records), ['d', 'e'])
  assert.deepEqual(valuesIn((await fetchFrom(client, topic, 4)).records), ['d', 'e'])
  assert.equal(batchLeaderEpoch(inside.records as Buffer, 0), 0)
})

test('the offset behind the last record is empty, not an error; further on and before the start is out of range', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a', 'b', 'c'])
  const end = await fetchFrom(client, topic, 3)
  assert.deepEqual([end.errorCode, end.highWatermark, end.logStartOffset, end.records?.length], [0, 3, 0, 0])
  assert.equal((await fetchFrom(client, topic, 4)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
  assert.equal((await fetchFrom(client, topic, -1)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
  await client.call(apis.DeleteRecords, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 2 }] }],
    timeoutMs: 1000,
  })
  assert.equal((await fetchFrom(client, topic, 1)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
  const rest = await fetchFrom(client, topic, 2)
  assert.equal(rest.logStartOffset, 2)
  assert.deepEqual(valuesIn(rest.records), ['a', 'b', 'c'], 'the batch that holds offset 2')
})

test('the first batch comes even if it is larger than every limit, and only that one', async (t) => {
  const { client, topic } = await freshTopic(t, {}, 2)
  for (const name of ['a', 'b']) await append(client, topic, [large(name)])
  await append(client, topic, ['x'], 1)
  const limits = [
    { request: { maxBytes: 10 }, partitionMaxBytes: 1_000_000 },
    { request: {}, partitionMaxBytes: 10 },
    { request: { maxBytes: 0 }, partitionMaxBytes: 0 },
  ]
  for (const limit of limits) assert.deepEqual(trimmed((await fetchFrom(client, topic, 0, limit)).records), ['a'])
  const { responses } = await client.call(apis.Fetch, 12, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 10,
    topics: [
      {
        topic,
        partitions: [0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 10 })),
      },
    ],
    forgottenTopicsData: [],
  })
  assert.deepEqual(
    responses[0]?.partitions.map(({ records }) => trimmed(records)),
    [['a'], []],
  )
})

test('a partition gives as many whole batches as fit in its limit', async (t) => {
  const { client, topic } = await freshTopic(t)
  for (const name of ['a', 'b', 'c', 'd']) await append(client, topic, [large(name)])
  for (const [bytes, expected] of [
    [batchBytes, ['a']],
    [2 * batchBytes - 1, ['a']],
    [2 * batchBytes, ['a', 'b']],
    [3 * batchBytes + 5, ['a', 'b', 'c']],
  ] as const) {
    const { records } = await fetchFrom(client, topic, 0, { partitionMaxBytes: bytes })
    const { positions } = listBatches(records as Buffer)
    assert.deepEqual(trimmed(records).slice(0, positions.length), expected, `${bytes} bytes`)
  }
})

test('the limit of the whole answer is used up in the order of the request', async (t) => {
  const { client, topic } = await freshTopic(t, {}, 3)
  for (const partition of [0, 1, 2]) {
    for (const name of ['a', 'b']) await append(client, topic, [large(name + partition)], partition)
  }
  const ask = async (order: readonly number[], maxBytes: number) => {
    const { responses } = await client.call(apis.Fetch, 12, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes,
      topics: [
        {
          topic,
          partitions: order.map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 })),
        },
      ],
      forgottenTopicsData: [],
    })
    return responses[0]?.partitions.map(({ partitionIndex, records }) => [partitionIndex, trimmed(records)])
  }
  assert.deepEqual(await ask([2, 0, 1], 3 * batchBytes), [
    [2, ['a2', 'b2']],
    [0, ['a0']],
    [1, []],
  ])
  assert.deepEqual(await ask([1, 0], 100 * batchBytes), [
    [1, ['a1', 'b1']],
    [0, ['a0', 'b0']],
  ])
})

test('every version reads the same records', async (t) => {
  const { client, topic, topicId } = await freshTopic(t)
  await append(client, topic, ['a', 'b'])
  for (let version = 4; version <= 18; version++) {
    const { responses, errorCode } = await client.call(apis.Fetch, version, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [{ topic, topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    })
    assert.equal(errorCode, ErrorCode.NONE)
    assert.deepEqual(valuesIn(responses[0]?.partitions[0]?.records ?? null), ['a', 'b'], `version ${version}`)
  }
})

test('a topic of zstd is not given to clients before version 10', async (t) => {
  const { client, topic } = await freshTopic(t, { 'compression.type': 'zstd' })
  await append(client, topic, ['a'])
  const old = await fetchFrom(client, topic, 0, { version: 9 })
  assert.deepEqual([old.errorCode, old.records?.length], [ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, 0])
  assert.deepEqual(valuesIn((await fetchFrom(client, topic, 0, { version: 10 })).records), ['a'])
})

test('unknown topics and partitions are errors of their own, and others beside them are read', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a'])
  const { responses } = await client.call(apis.Fetch, 12, {
    ...fetchRequest(topic, 0),
    topics: [
      { topic: 'no-such-topic', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }] },
      {
        topic,
        partitions: [9, 0].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 })),
      },
    ],
  })
  const [unknown, known] = responses
  assert.equal(unknown?.partitions[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(known?.partitions[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.deepEqual(valuesIn(known?.partitions[1]?.records ?? null), ['a'])
})

test('from version 13 on topics go by id: an unknown one is UNKNOWN_TOPIC_ID, also that of a topic made anew', async (t) => {
  const { client, topic, topicId } = await freshTopic(t)
  await append(client, topic, ['old'])
  const ask = async (id: string) => {
    const { responses } = await client.call(apis.Fetch, 13, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [{ topicId: id, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    })
    return [responses[0]?.topicId, responses[0]?.partitions[0]?.errorCode]
  }
  assert.deepEqual(await ask(topicId), [topicId, ErrorCode.NONE])
  assert.deepEqual(await ask('AAAAAAAAAAAAAAAAAAAA_w'), ['AAAAAAAAAAAAAAAAAAAA_w', ErrorCode.UNKNOWN_TOPIC_ID])
  assert.deepEqual(await ask(ZERO_UUID), [ZERO_UUID, ErrorCode.UNKNOWN_TOPIC_ID])
  await deleteTopic(client, topic)
  assert.deepEqual(await ask(topicId), [topicId, ErrorCode.UNKNOWN_TOPIC_ID])
  const anew = await createTopic(client, {}, { name: topic })
  assert.notEqual(anew.topicId, topicId)
  assert.deepEqual(await ask(topicId), [topicId, ErrorCode.UNKNOWN_TOPIC_ID])
  assert.deepEqual(await ask(anew.topicId), [anew.topicId, ErrorCode.NONE])
  assert.equal((await fetchFrom(client, topic, 0)).highWatermark, 0, 'the new topic is empty')
})

test('a leader epoch that is too low is fenced, one that is too high is unknown, -1 is not looked at', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a'])
  const epoch = (await client.call(apis.Metadata, 9, { topics: [{ name: topic }] })).topics[0]?.partitions[0]
    ?.leaderEpoch
  assert.equal(epoch, 0)
  assert.equal((await fetchFrom(client, topic, 0, { currentLeaderEpoch: 0 })).errorCode, ErrorCode.NONE)
  assert.equal((await fetchFrom(client, topic, 0, { currentLeaderEpoch: -1 })).errorCode, ErrorCode.NONE)
  const ahead = await fetchFrom(client, topic, 0, { currentLeaderEpoch: 1 })
  assert.equal(ahead.errorCode, ErrorCode.UNKNOWN_LEADER_EPOCH)
  assert.equal(ahead.records?.length, 0)
})

test('a last fetched epoch that the log does not know is out of range, one that goes with it is read on', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a', 'b'])
  const same = await fetchFrom(client, topic, 1, { lastFetchedEpoch: 0 })
  assert.equal(same.errorCode, ErrorCode.NONE)
  assert.deepEqual({ ...same.divergingEpoch }, { epoch: -1, endOffset: -1 })
  assert.deepEqual(valuesIn(same.records), ['a', 'b'])
  const beyond = await fetchFrom(client, topic, 2, { lastFetchedEpoch: 7 })
  assert.equal(beyond.errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
})

test('read committed has an empty list of aborted transactions, read uncommitted has none', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a'])
  const committed = await fetchFrom(client, topic, 0, { request: { isolationLevel: 1 } })
  assert.deepEqual(committed.abortedTransactions, [])
  assert.equal(committed.lastStableOffset, 1)
  assert.deepEqual(valuesIn(committed.records), ['a'])
  const uncommitted = await fetchFrom(client, topic, 0)
  assert.equal(uncommitted.abortedTransactions, null)
  const atEnd = await fetchFrom(client, topic, 1, { request: { isolationLevel: 1 } })
  assert.deepEqual(atEnd.abortedTransactions, [])
})

test('records are read across many segments', async (t) => {
  const { client, topic } = await freshTopic(t, { 'segment.bytes': '5000' })
  const names = Array.from({ length: 30 }, (_, index) => `v${index}`)
  for (const name of names) await append(client, topic, [large(name)])
  const read: string[] = []
  while (read.length < names.length) read.push(...trimmed((await fetchFrom(client, topic, read.length)).records))
  assert.deepEqual(read, names)
})

test('a batch is never split, wherever in it the offset lies', async (t) => {
  const { client, topic } = await freshTopic(t)
  const records = buildBatch(Array.from({ length: 1000 }, (_, index) => ({ value: Buffer.from(`${index}`) })))
  assert.equal((await produce(client, topic, records)).errorCode, ErrorCode.NONE)
  const { records: read } = await fetchFrom(client, topic, 999, { partitionMaxBytes: 1 })
  assert.equal(recordsIn(read).length, 1000)
})
