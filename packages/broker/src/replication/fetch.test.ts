import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { buildBatch, ErrorCode, ZERO_UUID } from '@millrace/protocol'
import { FetchMemory } from '../memory/fetch-memory.js'
import { ManualTime } from '../testing/manual-time.js'
import { MemoryLogger } from '../testing/memory-logger.js'
import { openPartition, partitionState } from '../testing/partition-fixture.js'
import type { FetchPartition } from './core/fetch-session.js'
import { type FetchParams, fetchRecords } from './fetch.js'
import type { CommitListener, Partition } from './partition.js'

const waiting: FetchParams = { maxWaitMs: 1000, minBytes: 1, maxBytes: 1_000_000, isolation: 'readUncommitted' }

/** A partition that is led here, and how many listen to it. */
async function leader(t: TestContext, leaderEpoch = 0) {
  const partition = await openPartition(t)
  await partition.makeLeader(partitionState({ leaderEpoch }))
  const listeners = new Set<CommitListener>()
  const onCommit = partition.onCommit.bind(partition)
  partition.onCommit = (listener) => {
    const stop = onCommit(listener)
    listeners.add(listener)
    return () => {
      stop()
      listeners.delete(listener)
    }
  }
  return { partition, listeners }
}

function asked(fetchOffset: number, more: Partial<FetchPartition> = {}): FetchPartition {
  return {
    topic: 'topic',
    topicId: ZERO_UUID,
    partition: 0,
    fetchOffset,
    maxBytes: 1_000_000,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    ...more,
  }
}

/** A fetch on a clock that stands still. */
function begin(partition: Partition, request: FetchPartition, params: FetchParams = waiting) {
  const time = new ManualTime()
  const logger = new MemoryLogger()
  const abandoned = new Set<() => void>()
  const memory = new FetchMemory(1_000_000)
  const answer = fetchRecords([{ request, partition }], params, {
    lease: memory.lease(),
    scheduler: time,
    logger,
    onAbandoned: (listener) => {
      abandoned.add(listener)
      return () => abandoned.delete(listener)
    },
  })
  return { answer, time, abandoned, logger, memory }
}

async function append(partition: Partition): Promise<number> {
  const records = buildBatch([{ value: Buffer.from('v') }])
  await partition.append({ records, origin: 'client', nowMs: 0 })
  return records.length
}

test('a fetch that is over leaves nothing behind, however it ended', async (t) => {
  const { partition, listeners } = await leader(t)
  const ways: Readonly<Record<string, (fetch: ReturnType<typeof begin>) => unknown>> = {
    abandoned: ({ abandoned }) => [...abandoned][0]?.(),
    'out of time': ({ time }) => time.advance(1000),
    supplied: () => append(partition),
    refused: () => partition.makeFollower(partitionState({ leader: 1, leaderEpoch: 1 })),
  }
  for (const [way, end] of Object.entries(ways)) {
    const fetch = begin(partition, asked(partition.log.logEndOffset))
    while (fetch.time.taskCount === 0) await fetch.time.advance(0)
    assert.equal(listeners.size, 1, way)
    await end(fetch)
    await fetch.answer
    assert.deepEqual([listeners.size, fetch.time.taskCount, fetch.abandoned.size], [0, 0, 0], way)
  }
})

test('what is appended while the partitions are read counts for the fetch', async (t) => {
  const { partition } = await leader(t)
  const bytes = await append(partition)
  const fetch = begin(partition, asked(0), { ...waiting, minBytes: 2 * bytes })
  // The read has begun, and has its end.
  await append(partition)
  const [result] = await fetch.answer
  assert.equal(result?.records.length, 2 * bytes)
})

test('a reader whose last epoch ended before its offset is told where, at once', async (t) => {
  const { partition } = await leader(t)
  await append(partition)
  await append(partition)
  await partition.makeLeader(partitionState({ leaderEpoch: 4 }))
  await append(partition)
  const [diverged] = await begin(partition, asked(3, { lastFetchedEpoch: 0 })).answer
  assert.deepEqual(diverged?.divergingEpoch, { epoch: 0, endOffset: 2 })
  assert.equal(diverged?.records.length, 0)
  const [between] = await begin(partition, asked(3, { lastFetchedEpoch: 2 })).answer
  assert.deepEqual(between?.divergingEpoch, { epoch: 0, endOffset: 2 })
  const [fits] = await begin(partition, asked(2, { lastFetchedEpoch: 0 })).answer
  assert.equal(fits?.divergingEpoch, undefined)
  assert.ok((fits?.records.length ?? 0) > 0)
  const [fenced] = await begin(partition, asked(2, { currentLeaderEpoch: 3 })).answer
  assert.equal(fenced?.errorCode, ErrorCode.FENCED_LEADER_EPOCH)
})

test('a log that cannot be read is an error of its partition', async (t) => {
  const { partition } = await leader(t)
  await append(partition)
  partition.log.read = () => Promise.reject(new Error('the disk is gone'))
  const { answer, logger } = begin(partition, asked(0))
  assert.equal((await answer)[0]?.errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
  assert.deepEqual(logger.lines, ['error Cannot read a log'])
})

test('a replica that is stopped while it is read says so', async (t) => {
  const { partition } = await leader(t)
  await append(partition)
  partition.log.read = () => {
    partition.stop()
    return Promise.reject(new Error('closed'))
  }
  const { answer, logger } = begin(partition, asked(0))
  assert.equal((await answer)[0]?.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER)
  assert.deepEqual(logger.lines, [])
})
