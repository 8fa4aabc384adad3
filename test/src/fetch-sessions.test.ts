/** Incremental fetch sessions on the wire (KIP-227). */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { apis, ErrorCode } from '@millrace/protocol'
import type { RawClient } from './support/raw-client.js'
import { append, valuesIn } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { createTopic, deleteTopic } from './support/topics.js'

const broker = sharedBroker({ 'max.incremental.fetch.session.cache.slots': '1000' })

interface Step {
  readonly sessionId: number
  readonly epoch: number
  /** Fetch offsets by partition. */
  readonly partitions?: Readonly<Record<number, number>>
  readonly forgotten?: readonly number[]
}

/** One fetch; gives the error, the session, and what each partition in the answer has. */
async function step(
  client: RawClient,
  { topic, topicId }: { topic: string; topicId: string },
  { sessionId, epoch, partitions = {}, forgotten = [] }: Step,
  version = 12,
) {
  const asked = Object.entries(partitions).map(([partition, fetchOffset]) => ({
    partition: Number(partition),
    fetchOffset,
    partitionMaxBytes: 1000,
  }))
  const answer = await client.call(apis.Fetch, version, {
    maxWaitMs: 0,
    minBytes: 1,
    sessionId,
    sessionEpoch: epoch,
    topics: asked.length === 0 ? [] : [{ topic, topicId, partitions: asked }],
    forgottenTopicsData: forgotten.length === 0 ? [] : [{ topic, topicId, partitions: [...forgotten] }],
  })
  const told = answer.responses.flatMap((response) =>
    response.partitions.map(({ partitionIndex, errorCode, records }): [number, number, string[]] => [
      partitionIndex,
      errorCode,
      valuesIn(records),
    ]),
  )
  return { error: answer.errorCode, sessionId: answer.sessionId, told }
}

async function session(t: TestContext, partitions: number, version = 12) {
  const client = await broker.connect(t)
  const topic = await createTopic(client, {}, { partitions })
  const offsets = Object.fromEntries(Array.from({ length: partitions }, (_, index) => [index, 0]))
  const first = await step(client, topic, { sessionId: 0, epoch: 0, partitions: offsets }, version)
  assert.equal(first.error, ErrorCode.NONE)
  assert.ok(first.sessionId > 0)
  assert.deepEqual(
    first.told,
    Array.from({ length: partitions }, (_, index) => [index, 0, []]),
  )
  return { client, topic, sessionId: first.sessionId }
}

test('an incremental answer has only the partitions with something new', async (t) => {
  const { client, topic, sessionId } = await session(t, 3)
  assert.deepEqual(await step(client, topic, { sessionId, epoch: 1 }), { error: 0, sessionId, told: [] })
  await append(client, topic.topic, ['a'], 1)
  assert.deepEqual(await step(client, topic, { sessionId, epoch: 2 }), { error: 0, sessionId, told: [[1, 0, ['a']]] })
  await append(client, topic.topic, ['b'], 2)
  const moved = await step(client, topic, { sessionId, epoch: 3, partitions: { 1: 1 } })
  assert.deepEqual(moved.told, [[2, 0, ['b']]])
})

test('forgotten partitions are not read any more, and added ones are', async (t) => {
  const { client, topic, sessionId } = await session(t, 2)
  await append(client, topic.topic, ['a'], 0)
  await append(client, topic.topic, ['b'], 1)
  const without = await step(client, topic, { sessionId, epoch: 1, forgotten: [0] })
  assert.deepEqual(without.told, [[1, 0, ['b']]])
  const again = await step(client, topic, { sessionId, epoch: 2, partitions: { 0: 0, 1: 1 } })
  assert.deepEqual(again.told, [[0, 0, ['a']]])
})

test('partitions that gave records go to the end, so that each gets its turn', async (t) => {
  const client = await broker.connect(t)
  const topic = await createTopic(client, {}, { partitions: 2 })
  for (const partition of [0, 1]) await append(client, topic.topic, ['x'.repeat(600)], partition)
  const ask = async (sessionId: number, sessionEpoch: number) => {
    const answer = await client.call(apis.Fetch, 12, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 500,
      sessionId,
      sessionEpoch,
      topics:
        sessionEpoch > 0
          ? []
          : [
              {
                topic: topic.topic,
                partitions: [0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 })),
              },
            ],
      forgottenTopicsData: [],
    })
    const withRecords = answer.responses.flatMap(({ partitions }) =>
      partitions.filter(({ records }) => (records?.length ?? 0) > 0).map(({ partitionIndex }) => partitionIndex),
    )
    return { sessionId: answer.sessionId, withRecords }
  }
  const first = await ask(0, 0)
  assert.deepEqual(first.withRecords, [0])
  assert.deepEqual((await ask(first.sessionId, 1)).withRecords, [1])
  assert.deepEqual((await ask(first.sessionId, 2)).withRecords, [0])
})

test('an unknown session and an epoch out of step are refused; the session lives on', async (t) => {
  const { client, topic, sessionId } = await session(t, 1)
  const unknown = await step(client, topic, { sessionId: sessionId === 1 ? 2 : 1, epoch: 1 })
  assert.deepEqual(unknown, { error: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, told: [] })
  const outOfStep = await step(client, topic, { sessionId, epoch: 7 })
  assert.deepEqual(outOfStep, { error: ErrorCode.INVALID_FETCH_SESSION_EPOCH, sessionId: 0, told: [] })
  assert.equal((await step(client, topic, { sessionId, epoch: 1 })).error, ErrorCode.NONE)
})

test('epoch -1 ends the session and is answered in full', async (t) => {
  const { client, topic, sessionId } = await session(t, 1)
  const last = await step(client, topic, { sessionId, epoch: -1, partitions: { 0: 0 } })
  assert.deepEqual(last, { error: ErrorCode.NONE, sessionId: 0, told: [[0, 0, []]] })
  assert.equal((await step(client, topic, { sessionId, epoch: 1 })).error, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
})

test('epoch 0 with a session id ends that session and makes another', async (t) => {
  const { client, topic, sessionId } = await session(t, 1)
  const next = await step(client, topic, { sessionId, epoch: 0, partitions: { 0: 0 } })
  assert.notEqual(next.sessionId, sessionId)
  assert.equal((await step(client, topic, { sessionId, epoch: 1 })).error, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
  assert.equal((await step(client, topic, { sessionId: next.sessionId, epoch: 1 })).error, ErrorCode.NONE)
})

test('an error is told again and again until the partition is forgotten', async (t) => {
  const { client, topic, sessionId } = await session(t, 2)
  const wrong = await step(client, topic, { sessionId, epoch: 1, partitions: { 1: 50 } })
  assert.deepEqual(wrong.told, [[1, ErrorCode.OFFSET_OUT_OF_RANGE, []]])
  const still = await step(client, topic, { sessionId, epoch: 2 })
  assert.deepEqual(still.told, [[1, ErrorCode.OFFSET_OUT_OF_RANGE, []]])
  const forgotten = await step(client, topic, { sessionId, epoch: 3, forgotten: [1] })
  assert.deepEqual(forgotten.told, [])
})

test('a session with topic ids: another version of addressing is refused, a deleted topic is told by its id', async (t) => {
  const { client, topic, sessionId } = await session(t, 1, 13)
  const byName = await step(client, topic, { sessionId, epoch: 1, partitions: { 0: 0 } }, 12)
  assert.equal(byName.error, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
  await append(client, topic.topic, ['a'])
  assert.deepEqual((await step(client, topic, { sessionId, epoch: 1 }, 13)).told, [[0, 0, ['a']]])
  await deleteTopic(client, topic.topic)
  assert.deepEqual((await step(client, topic, { sessionId, epoch: 2 }, 13)).told, [[0, ErrorCode.UNKNOWN_TOPIC_ID, []]])
  await createTopic(client, {}, { name: topic.topic })
  assert.deepEqual((await step(client, topic, { sessionId, epoch: 3 }, 13)).told, [[0, ErrorCode.UNKNOWN_TOPIC_ID, []]])
})

test('sessions belong to no connection: another one may go on with it', async (t) => {
  const { topic, sessionId } = await session(t, 1)
  const other = await broker.connect(t)
  await append(other, topic.topic, ['a'])
  assert.deepEqual((await step(other, topic, { sessionId, epoch: 1 })).told, [[0, 0, ['a']]])
})
