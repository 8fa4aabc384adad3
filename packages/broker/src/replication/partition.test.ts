import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { buildBatch } from '@millrace/protocol'
import { ManualTime } from '../testing/manual-time.js'
import { MemoryLogger } from '../testing/memory-logger.js'
import { openPartition, partitionState } from '../testing/partition-fixture.js'
import type { Partition } from './partition.js'
import { produceTo } from './produce.js'

const three = { replicas: [0, 1, 2] }

function ports() {
  const time = new ManualTime()
  return { time, ports: { clock: time, scheduler: time, logger: new MemoryLogger() } }
}

function produceWith(partition: Partition, acks: number, { ports: handed } = ports()) {
  const params = { acks, timeoutMs: 1000, deepValidation: false, zstdAllowed: true }
  return produceTo(partition, buildBatch([{ value: Buffer.from('v') }]), params, handed)
}

async function leaderOf(t: TestContext, minInSync: () => number, isr: readonly number[]): Promise<Partition> {
  const partition = await openPartition(t, minInSync)
  await partition.makeLeader(partitionState({ ...three, isr }))
  return partition
}

test('too few replicas in sync: acks -1 is refused before anything is written, acks 1 is taken and not committed', async (t) => {
  let minInSync = 2
  const partition = await leaderOf(t, () => minInSync, [0])
  assert.equal((await produceWith(partition, -1)).error, 'NOT_ENOUGH_REPLICAS')
  assert.equal(partition.log.logEndOffset, 0)
  assert.deepEqual(await produceWith(partition, 1), {
    error: 'NONE',
    errorMessage: null,
    recordErrors: [],
    baseOffset: 0,
    logAppendTimeMs: -1,
    logStartOffset: 0,
  })
  assert.equal(partition.log.highWatermark, 0)
  minInSync = 1
  await produceWith(partition, 1)
  assert.equal(partition.log.highWatermark, 2)
})

test('a topic cannot ask for more replicas in sync than it has', async (t) => {
  const partition = await openPartition(t, () => 2)
  await partition.makeLeader(partitionState())
  assert.equal((await produceWith(partition, -1)).error, 'NONE')
})

test('acks -1 waits for the replicas until its time is up', async (t) => {
  const partition = await leaderOf(t, () => 1, [0, 1])
  const handed = ports()
  const answer = produceWith(partition, -1, handed)
  while (partition.log.logEndOffset === 0) await handed.time.advance(0)
  await handed.time.advance(1000)
  assert.equal((await answer).error, 'REQUEST_TIMED_OUT')
  assert.equal(handed.time.taskCount, 0)
})

test('acks -1 is told when leadership goes while it waits', async (t) => {
  const partition = await leaderOf(t, () => 1, [0, 1])
  const handed = ports()
  const answer = produceWith(partition, -1, handed)
  while (partition.log.logEndOffset === 0) await handed.time.advance(0)
  partition.makeFollower(partitionState({ ...three, leader: 1, leaderEpoch: 1 }))
  assert.equal((await answer).error, 'NOT_LEADER_OR_FOLLOWER')
  assert.equal(handed.time.taskCount, 0)
})

test('which leader epochs a request may name, as a table', async (t) => {
  const partition = await leaderOf(t, () => 1, [0])
  assert.equal(partition.leaderMistake(-1), undefined)
  await partition.makeLeader(partitionState({ leaderEpoch: 5 }))
  assert.equal(partition.leaderMistake(4), 'FENCED_LEADER_EPOCH')
  assert.equal(partition.leaderMistake(5), undefined)
  assert.equal(partition.leaderMistake(6), 'UNKNOWN_LEADER_EPOCH')
  partition.makeFollower(partitionState({ leader: 1, leaderEpoch: 6 }))
  assert.equal(partition.leaderMistake(6), 'NOT_LEADER_OR_FOLLOWER')
  partition.stop()
  assert.equal(partition.leaderMistake(6), 'NOT_LEADER_OR_FOLLOWER', 'a replica that is not here any more')
})

test('each election is an epoch that begins at the log end', async (t) => {
  const partition = await leaderOf(t, () => 1, [0])
  await produceWith(partition, 1)
  await partition.makeLeader(partitionState({ leaderEpoch: 3 }))
  await produceWith(partition, 1)
  const { log } = partition
  assert.deepEqual(log.endOffsetForEpoch(0), { epoch: 0, endOffset: 1 })
  assert.deepEqual(log.endOffsetForEpoch(2), { epoch: 0, endOffset: 1 })
  assert.deepEqual(log.endOffsetForEpoch(3), { epoch: 3, endOffset: 2 })
})

test('what is appended while a new epoch is being recorded belongs to the new epoch', async (t) => {
  const partition = await leaderOf(t, () => 1, [0])
  await produceWith(partition, 1)
  const elected = partition.makeLeader(partitionState({ leaderEpoch: 3 }))
  await produceWith(partition, 1)
  await elected
  const { log } = partition
  assert.equal(log.latestEpoch, 3)
  assert.deepEqual(log.endOffsetForEpoch(0), { epoch: 0, endOffset: 1 })
  assert.deepEqual(log.endOffsetForEpoch(3), { epoch: 3, endOffset: 2 })
})

test('a partition whose epoch cannot be recorded does not lead, until it is told again', async (t) => {
  const partition = await leaderOf(t, () => 1, [0])
  const { log } = partition
  const state = partitionState({ leaderEpoch: 3 })
  t.mock.method(log, 'assignEpochStart', () => Promise.reject(new Error('no space left')), { times: 1 })
  await assert.rejects(partition.makeLeader(state), /no space left/)
  assert.equal(partition.leaderMistake(-1), 'NOT_LEADER_OR_FOLLOWER')
  assert.equal(partition.leaderEpoch, -1)
  await partition.makeLeader(state)
  assert.equal((await produceWith(partition, 1)).error, 'NONE')
})
