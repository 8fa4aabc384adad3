import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode } from '@millrace/protocol'
import { GroupDriver } from '../../../testing/group-driver.js'
import type { OffsetCommitRecord } from '../group-records.js'
import { fetchOffsets } from './offset-fetch.js'
import { OffsetStore } from './offset-store.js'

const GROUP = 'g'

function commitOf(partition: number, offset: number | null): OffsetCommitRecord {
  const value =
    offset === null ? null : { offset, leaderEpoch: 3, metadata: 'm', commitTimestamp: 1, expireTimestamp: -1 }
  return { kind: 'offset-commit', group: GROUP, topic: 't', partition, value }
}

/** A store that replays one record after the other. */
function storeOf(...steps: readonly (readonly [OffsetCommitRecord, number])[]): OffsetStore {
  const store = new OffsetStore()
  steps.forEach(([record, producerId], offset) => {
    store.replay(record, { offset, producerId, producerEpoch: 0 })
  })
  return store
}

const asText = (store: OffsetStore, requireStable: boolean, partitionIndexes: readonly number[] | null) =>
  fetchOffsets(
    store,
    { groupId: GROUP, topics: partitionIndexes === null ? null : [{ name: 't', partitionIndexes }] },
    requireStable,
  ).topics.flatMap(({ partitions }) =>
    partitions.map(({ committedOffset, errorCode }) => (errorCode === 0 ? committedOffset : `error ${errorCode}`)),
  )

test('fetch: what was committed, and -1 with empty metadata for what was not', () => {
  const store = storeOf([commitOf(0, 7), -1])
  const fetched = fetchOffsets(store, { groupId: GROUP, topics: [{ name: 't', partitionIndexes: [0, 1] }] }, false)
  const missing = { partitionIndex: 1, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 }
  const found = { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: 3, metadata: 'm', errorCode: 0 }
  assert.deepEqual(fetched, { groupId: GROUP, errorCode: 0, topics: [{ name: 't', partitions: [found, missing] }] })
})

test('fetch: null asks for all topics, an empty list for none', () => {
  const store = storeOf([commitOf(0, 7), -1], [commitOf(2, 8), -1])
  assert.deepEqual(asText(store, false, null), [7, 8])
  assert.deepEqual(fetchOffsets(store, { groupId: GROUP, topics: [] }, false).topics, [])
  assert.deepEqual(fetchOffsets(store, { groupId: 'other', topics: null }, true).topics, [])
})

test('fetch: offsets of an open transaction are not seen, and unstable for who asks for stable ones', () => {
  const store = storeOf([commitOf(0, 7), -1], [commitOf(0, 9), 100], [commitOf(1, 5), 100])
  assert.deepEqual(asText(store, false, [0, 1]), [7, -1])
  const unstable = `error ${ErrorCode.UNSTABLE_OFFSET_COMMIT}`
  assert.deepEqual(asText(store, true, [0, 1, 2]), [unstable, unstable, -1])
  assert.deepEqual(asText(store, true, null), [unstable])
})

test('transaction: committed offsets come into force, aborted ones are forgotten', () => {
  for (const [result, expected] of [
    ['COMMIT', [9, 5]],
    ['ABORT', [7, -1]],
  ] as const) {
    const store = storeOf([commitOf(0, 7), -1], [commitOf(0, 9), 100], [commitOf(1, 5), 100])
    store.replayEndTransaction(100, result)
    assert.deepEqual(asText(store, true, [0, 1]), expected)
    assert.equal(store.hasOpenTransaction(GROUP), false)
  }
})

test('transaction: of two commits the later in the log counts, whenever the transaction ends', () => {
  const store = storeOf([commitOf(0, 9), 100], [commitOf(0, 12), -1])
  store.replayEndTransaction(100, 'COMMIT')
  assert.deepEqual(asText(store, true, [0]), [12])
})

test('transaction: a tombstone takes pending offsets too, and the end of another transaction changes nothing', () => {
  const store = storeOf([commitOf(0, 9), 100], [commitOf(0, null), -1])
  store.replayEndTransaction(200, 'COMMIT')
  assert.equal(store.hasOpenTransaction(GROUP), true)
  store.replayEndTransaction(100, 'COMMIT')
  assert.deepEqual(asText(store, true, [0]), [-1])
  assert.equal(store.hasOpenTransaction(GROUP), false)
})

test('transaction: several producers may have pending offsets for one partition', () => {
  const store = storeOf([commitOf(0, 1), 100], [commitOf(0, 2), 200])
  store.replayEndTransaction(200, 'COMMIT')
  assert.deepEqual(asText(store, false, [0]), [2])
  assert.deepEqual(asText(store, true, [0]), [`error ${ErrorCode.UNSTABLE_OFFSET_COMMIT}`])
  store.replayEndTransaction(100, 'COMMIT')
  assert.deepEqual(asText(store, true, [0]), [2])
})

test('fetch of a group whose members rebalance is answered', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(2)
  driver.commit(3, { memberId: memberIds[0] ?? '', generationId: 1 })
  driver.join({ memberId: memberIds[0] ?? '' })
  assert.equal(driver.group.state, 'PreparingRebalance')
  assert.deepEqual(driver.offsets(), ['orders-0: 3'])
})
