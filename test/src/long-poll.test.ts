/** Fetches that wait: what wakes them, what they come back with, and what becomes of those that nobody waits for. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { apis, ErrorCode } from '@millrace/protocol'
import { fetchFrom, fetchRequest } from './support/fetching.js'
import type { RawClient } from './support/raw-client.js'
import { append, batchOf, valuesIn } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { createTopic, deleteTopic } from './support/topics.js'

const broker = sharedBroker()
const longMs = 60_000
/** Far below the time that the fetches would wait, far above what a busy machine needs. */
const soonMs = 10_000

async function twoClients(t: TestContext, partitions = 1) {
  const reader = await broker.connect(t)
  const writer = await broker.connect(t)
  return { reader, writer, ...(await createTopic(writer, {}, { partitions })) }
}

/** A fetch of several partitions from their start. */
function poll(reader: RawClient, topic: string, partitions: readonly number[], minBytes = 1, partitionMaxBytes = 1e6) {
  return reader.call(apis.Fetch, 12, {
    maxWaitMs: longMs,
    minBytes,
    topics: [{ topic, partitions: partitions.map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes })) }],
    forgottenTopicsData: [],
  })
}

/** The broker has read what was sent before on other connections, as far as one can tell from outside. */
async function roundTrips(client: RawClient): Promise<void> {
  for (let trip = 0; trip < 5; trip++) await client.call(apis.ApiVersions, 0, {})
}

async function isAnswered(answer: Promise<unknown>): Promise<boolean> {
  return await Promise.race([answer.then(() => true), delay(50).then(() => false)])
}

test('an append wakes a waiting fetch at once', async (t) => {
  const { reader, writer, topic } = await twoClients(t)
  const begun = Date.now()
  const answer = poll(reader, topic, [0])
  await roundTrips(writer)
  assert.equal(await isAnswered(answer), false)
  await append(writer, topic, ['woken'])
  const { responses } = await answer
  assert.deepEqual(valuesIn(responses[0]?.partitions[0]?.records ?? null), ['woken'])
  assert.ok(Date.now() - begun < soonMs)
})

test('a fetch over several partitions waits until their bytes together are enough', async (t) => {
  const { reader, writer, topic } = await twoClients(t, 3)
  const one = batchOf(['a']).length
  const answer = poll(reader, topic, [0, 1, 2], 3 * one)
  await append(writer, topic, ['a'], 0)
  await append(writer, topic, ['b'], 1)
  assert.equal(await isAnswered(answer), false)
  await append(writer, topic, ['c'], 2)
  const { responses } = await answer
  assert.deepEqual(
    responses[0]?.partitions.map(({ records }) => valuesIn(records)),
    [['a'], ['b'], ['c']],
  )
})

test('a partition counts no more than what the fetch takes of it', async (t) => {
  const { reader, writer, topic } = await twoClients(t, 2)
  const one = batchOf(['a']).length
  const answer = poll(reader, topic, [0, 1], 2 * one, one)
  for (let round = 0; round < 5; round++) await append(writer, topic, ['a'], 0)
  assert.equal(await isAnswered(answer), false)
  await append(writer, topic, ['b'], 1)
  const { responses } = await answer
  assert.deepEqual(
    responses[0]?.partitions.map(({ records }) => valuesIn(records)),
    [['a'], ['b']],
  )
})

test('min_bytes counts no more than max_bytes', async (t) => {
  const { reader, writer, topic } = await twoClients(t)
  await append(writer, topic, ['a'])
  const begun = Date.now()
  const { records } = await fetchFrom(reader, topic, 0, {
    request: { maxWaitMs: longMs, minBytes: 1_000_000, maxBytes: 50 },
  })
  assert.deepEqual(valuesIn(records), ['a'])
  assert.ok(Date.now() - begun < soonMs)
})

test('with too little, a fetch comes back when its time is up, with what there is', async (t) => {
  const { reader, writer, topic } = await twoClients(t)
  const begun = performance.now()
  const empty = await fetchFrom(reader, topic, 0, { request: { maxWaitMs: 150 } })
  assert.ok(performance.now() - begun >= 145)
  assert.deepEqual([empty.errorCode, empty.records?.length], [ErrorCode.NONE, 0])
  await append(writer, topic, ['a'])
  const some = await fetchFrom(reader, topic, 0, { request: { maxWaitMs: 100, minBytes: 100_000 } })
  assert.deepEqual(valuesIn(some.records), ['a'])
})

test('a fetch whose time is up comes back though appends never cease', async (t) => {
  const { reader, writer, topic } = await twoClients(t)
  let isOver = false
  const appending = (async () => {
    while (!isOver) await append(writer, topic, ['a'])
  })()
  const begun = Date.now()
  await fetchFrom(reader, topic, 0, { request: { maxWaitMs: 300, minBytes: 500_000_000 }, partitionMaxBytes: 1000 })
  isOver = true
  await appending
  assert.ok(Date.now() - begun < soonMs)
})

test('a fetch with min_bytes 0 or max_wait 0 does not wait', async (t) => {
  const { reader, topic } = await twoClients(t)
  const begun = Date.now()
  await fetchFrom(reader, topic, 0, { request: { maxWaitMs: longMs, minBytes: 0 } })
  await fetchFrom(reader, topic, 0, { request: { maxWaitMs: 0, minBytes: 100 } })
  await reader.call(apis.Fetch, 12, { maxWaitMs: longMs, minBytes: 1, topics: [], forgottenTopicsData: [] })
  assert.ok(Date.now() - begun < soonMs)
})

test('an error of one partition ends the wait for all', async (t) => {
  const { reader, topic } = await twoClients(t, 2)
  const begun = Date.now()
  const { responses } = await reader.call(apis.Fetch, 12, {
    ...fetchRequest(topic, 0),
    maxWaitMs: longMs,
    topics: [
      {
        topic,
        partitions: [
          { partition: 0, fetchOffset: 0, partitionMaxBytes: 100 },
          { partition: 1, fetchOffset: 99, partitionMaxBytes: 100 },
        ],
      },
    ],
  })
  assert.equal(responses[0]?.partitions[1]?.errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
  assert.ok(Date.now() - begun < soonMs)
})

test('a topic that does not exist does not end the wait for those that do, and alone does not wait', async (t) => {
  const { reader, writer, topic } = await twoClients(t)
  const missing = { topic: 'no-such-topic', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }] }
  const both = fetchRequest(topic, 0, { request: { maxWaitMs: longMs } })
  const answer = reader.call(apis.Fetch, 12, { ...both, topics: [...both.topics, missing] })
  assert.equal(await isAnswered(answer), false)
  await append(writer, topic, ['a'])
  const { responses } = await answer
  assert.equal(responses.find((one) => one.topic === missing.topic)?.partitions[0]?.errorCode, 3)
  const begun = Date.now()
  await reader.call(apis.Fetch, 12, { ...both, topics: [missing] })
  assert.ok(Date.now() - begun < soonMs)
})

test('deleting the topic ends the wait with an error that makes clients ask for metadata', async (t) => {
  const { reader, writer, topic } = await twoClients(t)
  const begun = Date.now()
  const answer = fetchFrom(reader, topic, 0, { request: { maxWaitMs: longMs }, currentLeaderEpoch: 0 })
  await roundTrips(writer)
  await deleteTopic(writer, topic)
  const { errorCode } = await answer
  assert.ok(
    [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION].some((code) => code === errorCode),
    `${errorCode}`,
  )
  assert.ok(Date.now() - begun < soonMs)
})

test('DeleteRecords ends the wait of a fetch that has lost its offset', async (t) => {
  const { reader, writer, topic } = await twoClients(t)
  await append(writer, topic, ['a', 'b'])
  const answer = fetchFrom(reader, topic, 1, { request: { maxWaitMs: longMs, minBytes: 100_000 } })
  await roundTrips(writer)
  const deleted = await writer.call(apis.DeleteRecords, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: -1 }] }],
    timeoutMs: 1000,
  })
  assert.equal(deleted.topics[0]?.partitions[0]?.lowWatermark, 2)
  assert.equal((await answer).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
})

test('a fetch that waits holds up its own connection alone', async (t) => {
  const { reader, writer, topic } = await twoClients(t)
  const answer = poll(reader, topic, [0])
  const next = reader.call(apis.ApiVersions, 0, {})
  assert.equal(await isAnswered(next), false, 'one request of a connection at a time')
  await append(writer, topic, ['a'])
  await answer
  await next
})

test('clients that go away during their fetches leave a broker that serves the next ones as fast', async (t) => {
  const { writer, topic } = await twoClients(t)
  for (let round = 0; round < 5; round++) {
    const readers = await Promise.all(Array.from({ length: 40 }, () => broker.connect(t)))
    for (const reader of readers)
      reader.request(
        apis.Fetch,
        12,
        fetchRequest(topic, 0, { request: { maxWaitMs: 2 ** 31 - 1, minBytes: 2 ** 31 - 1 } }),
      )
    await roundTrips(writer)
    for (const reader of readers) reader.close()
  }
  assert.equal(await append(writer, topic, ['a']), 0)
  assert.deepEqual(valuesIn((await fetchFrom(writer, topic, 0)).records), ['a'])
})
