/** ListOffsets, OffsetForLeaderEpoch and DeleteRecords on the wire. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { apis, ErrorCode } from '@millrace/protocol'
import { fetchFrom } from './support/fetching.js'
import type { RawClient } from './support/raw-client.js'
import { append, batchOfRecords, produce, valuesIn } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { createTopic } from './support/topics.js'

const broker = sharedBroker()
const newest = 11

async function freshTopic(t: TestContext, configs: Readonly<Record<string, string>> = {}) {
  const client = await broker.connect(t)
  return { client, ...(await createTopic(client, configs)) }
}

interface Asked {
  readonly version?: number
  readonly partition?: number
  readonly isolationLevel?: number
  readonly currentLeaderEpoch?: number
}

async function offsetAt(client: RawClient, topic: string, timestamp: number, asked: Asked = {}) {
  const { version = newest, partition = 0, isolationLevel = 0, currentLeaderEpoch = -1 } = asked
  const answer = await client.call(apis.ListOffsets, version, {
    replicaId: -1,
    ...(version >= 2 ? { isolationLevel } : {}),
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp, currentLeaderEpoch }] }],
  })
  const found = answer.topics[0]?.partitions[0]
  assert.ok(found)
  return found
}

async function deleteRecords(client: RawClient, topic: string, offset: number, partition = 0) {
  const answer = await client.call(apis.DeleteRecords, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }],
    timeoutMs: 1000,
  })
  const deleted = answer.topics[0]?.partitions[0]
  return [deleted?.errorCode, deleted?.lowWatermark]
}

/** Records with these timestamps, one batch. */
function stamped(timestamps: readonly number[], compression: 'none' | 'gzip' = 'none'): Buffer {
  return batchOfRecords(
    timestamps.map((timestamp) => ({ timestamp, value: Buffer.from(`${timestamp}`) })),
    { compression },
  )
}

test('earliest and latest, in every version and isolation level', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a', 'b', 'c'])
  await deleteRecords(client, topic, 1)
  for (let version = 1; version <= newest; version++) {
    for (const isolationLevel of version >= 2 ? [0, 1] : [0]) {
      const asked = { version, isolationLevel }
      const epoch = version >= 4 ? 0 : -1
      const earliest = await offsetAt(client, topic, -2, asked)
      assert.deepEqual({ ...earliest }, { ...earliest, errorCode: 0, offset: 1, timestamp: -1, leaderEpoch: epoch })
      const latest = await offsetAt(client, topic, -1, asked)
      assert.deepEqual({ ...latest }, { ...latest, errorCode: 0, offset: 3, timestamp: -1, leaderEpoch: epoch })
    }
  }
})

test('an empty partition has both its ends at 0, and nothing at any time', async (t) => {
  const { client, topic } = await freshTopic(t)
  assert.equal((await offsetAt(client, topic, -2)).offset, 0)
  assert.equal((await offsetAt(client, topic, -1)).offset, 0)
  for (const timestamp of [0, Date.now(), -3]) {
    const { errorCode, offset, timestamp: at } = await offsetAt(client, topic, timestamp)
    assert.deepEqual([errorCode, offset, at], [ErrorCode.NONE, -1, -1])
  }
})

test('special timestamps are refused below the version that brought them', async (t) => {
  const { client, topic } = await freshTopic(t)
  await produce(client, topic, stamped([10, 30, 20]))
  const expected: [timestamp: number, since: number, offset: number][] = [
    [-3, 7, 1],
    [-4, 8, 0],
    [-5, 9, -1],
    [-6, 11, -1],
  ]
  for (const [timestamp, since, offset] of expected) {
    for (let version = 1; version <= newest; version++) {
      const found = await offsetAt(client, topic, timestamp, { version })
      const wanted = version < since ? [ErrorCode.UNSUPPORTED_VERSION, -1] : [ErrorCode.NONE, offset]
      assert.deepEqual([found.errorCode, found.offset], wanted, `${timestamp} in version ${version}`)
    }
  }
  assert.equal((await offsetAt(client, topic, -7)).errorCode, ErrorCode.UNSUPPORTED_VERSION)
})

test('a time is found by record, inside batches too, compressed or not', async (t) => {
  for (const compression of ['none', 'gzip'] as const) {
    const { client, topic } = await freshTopic(t)
    await produce(client, topic, stamped([100, 300, 200], compression))
    await produce(client, topic, stamped([400, 600, 500], compression))
    const table: [timestamp: number, offset: number, found: number][] = [
      [0, 0, 100],
      [100, 0, 100],
      [101, 1, 300],
      [300, 1, 300],
      [301, 3, 400],
      [401, 4, 600],
      [600, 4, 600],
      [601, -1, -1],
    ]
    for (const [timestamp, offset, at] of table) {
      const found = await offsetAt(client, topic, timestamp)
      assert.deepEqual([found.errorCode, found.offset, found.timestamp], [0, offset, at], `${compression} ${timestamp}`)
    }
    const largest = await offsetAt(client, topic, -3)
    assert.deepEqual([largest.offset, largest.timestamp], [4, 600])
  }
})

test('a time is not found before the start of the log', async (t) => {
  const { client, topic } = await freshTopic(t)
  await produce(client, topic, stamped([100, 200, 300]))
  await deleteRecords(client, topic, 2)
  const found = await offsetAt(client, topic, 100)
  assert.deepEqual([found.offset, found.timestamp], [2, 300])
})

test('a time is found across segments', async (t) => {
  const { client, topic } = await freshTopic(t, { 'segment.bytes': '1000' })
  for (let batch = 0; batch < 40; batch++) await produce(client, topic, stamped([1000 * batch, 1000 * batch + 500]))
  for (const batch of [0, 1, 17, 39]) {
    assert.equal((await offsetAt(client, topic, 1000 * batch)).offset, 2 * batch)
    assert.equal((await offsetAt(client, topic, 1000 * batch + 1)).offset, 2 * batch + 1)
  }
  assert.equal((await offsetAt(client, topic, -3)).offset, 79)
})

test('ListOffsets: unknown topic and partition, epochs, and a partition asked for twice', async (t) => {
  const { client, topic } = await freshTopic(t)
  assert.equal((await offsetAt(client, 'no-such-topic', -1)).errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal((await offsetAt(client, topic, -1, { partition: 5 })).errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal((await offsetAt(client, topic, -1, { currentLeaderEpoch: 0 })).errorCode, ErrorCode.NONE)
  assert.equal((await offsetAt(client, topic, -1, { currentLeaderEpoch: 5 })).errorCode, ErrorCode.UNKNOWN_LEADER_EPOCH)
  const twice = await client.call(apis.ListOffsets, newest, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [
      {
        name: topic,
        partitions: [
          { partitionIndex: 0, timestamp: -1 },
          { partitionIndex: 0, timestamp: -2 },
        ],
      },
    ],
  })
  assert.deepEqual(
    twice.topics[0]?.partitions.map(({ errorCode }) => errorCode),
    [ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST],
  )
})

test('OffsetForLeaderEpoch: the end of the present epoch, nothing for one to come, fenced by the epoch that is named', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a', 'b'])
  const ask = async (leaderEpoch: number, currentLeaderEpoch: number, partition = 0) => {
    const answers = []
    for (const version of [2, 3, 4]) {
      const { topics } = await client.call(apis.OffsetForLeaderEpoch, version, {
        topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
      })
      const found = topics[0]?.partitions[0]
      answers.push([found?.errorCode, found?.leaderEpoch, found?.endOffset])
    }
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[2], answers[0])
    return answers[0]
  }
  assert.deepEqual(await ask(0, -1), [ErrorCode.NONE, 0, 2])
  assert.deepEqual(await ask(0, 0), [ErrorCode.NONE, 0, 2])
  assert.deepEqual(await ask(1, -1), [ErrorCode.NONE, -1, -1])
  assert.deepEqual(await ask(0, 1), [ErrorCode.UNKNOWN_LEADER_EPOCH, -1, -1])
  assert.deepEqual(await ask(0, -1, 9), [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1])
})

test('DeleteRecords moves the start, possibly into a batch; -1 means everything that is committed', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a', 'b', 'c'])
  assert.deepEqual(await deleteRecords(client, topic, 2), [ErrorCode.NONE, 2])
  assert.deepEqual(await deleteRecords(client, topic, 1), [ErrorCode.NONE, 2], 'it never moves back')
  assert.deepEqual(valuesIn((await fetchFrom(client, topic, 2)).records), ['a', 'b', 'c'])
  assert.deepEqual(await deleteRecords(client, topic, -1), [ErrorCode.NONE, 3])
  assert.equal((await offsetAt(client, topic, -2)).offset, 3)
  assert.equal(await append(client, topic, ['d']), 3)
})

test('DeleteRecords is refused beyond the end, for negative offsets, and where nothing may be deleted', async (t) => {
  const { client, topic } = await freshTopic(t)
  await append(client, topic, ['a', 'b', 'c'])
  assert.deepEqual(await deleteRecords(client, topic, 4), [ErrorCode.OFFSET_OUT_OF_RANGE, -1])
  assert.deepEqual(await deleteRecords(client, topic, -2), [ErrorCode.OFFSET_OUT_OF_RANGE, -1])
  assert.deepEqual(await deleteRecords(client, topic, 1, 4), [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1])
  assert.deepEqual(await deleteRecords(client, 'no-such-topic', 1), [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1])
  const compacted = await createTopic(client, { 'cleanup.policy': 'compact' })
  assert.deepEqual(await deleteRecords(client, compacted.topic, 0), [ErrorCode.POLICY_VIOLATION, -1])
  const both = await createTopic(client, { 'cleanup.policy': 'compact,delete' })
  assert.deepEqual(await deleteRecords(client, both.topic, 0), [ErrorCode.NONE, 0])
})

test('a producer whose records were deleted goes on with its sequence', async (t) => {
  const { client, topic } = await freshTopic(t)
  const batch = (baseSequence: number) =>
    batchOfRecords([{ value: Buffer.from('v') }], { producerId: 77_000, producerEpoch: 0, baseSequence })
  assert.equal((await produce(client, topic, batch(0))).errorCode, ErrorCode.NONE)
  await deleteRecords(client, topic, -1)
  assert.equal((await produce(client, topic, batch(1))).errorCode, ErrorCode.NONE)
})
