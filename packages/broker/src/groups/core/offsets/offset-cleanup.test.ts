/** Why offsets and groups go away: retention, OffsetDelete, DeleteGroups, deleted topics. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorName, GROUP, GroupDriver, subscriptionOf } from '../../../testing/group-driver.js'

const DAY_MS = 86_400_000
const RETENTION_MS = 7 * DAY_MS

function cleanUp(driver: GroupDriver): void {
  driver.run(() => driver.shard.cleanUp(driver.shard.groupIds(), driver.nowMs))
}

/** Keeps the members of a group alive while time passes. */
function pass(driver: GroupDriver, memberIds: readonly string[], generationId: number, ms: number): void {
  driver.nowMs += ms
  for (const memberId of memberIds) assert.equal(driver.heartbeat(memberId, generationId), 'NONE')
}

test('expiry: a group with members keeps offsets of what it reads, and loses those of what it no longer reads', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(1)
  const member = { memberId: memberIds[0] ?? '', generationId: 1 }
  driver.commit(1, { ...member, topic: 'orders' })
  driver.commit(1, { ...member, topic: 'payments' })
  pass(driver, memberIds, 1, RETENTION_MS - 1)
  cleanUp(driver)
  assert.equal(driver.offsets().length, 2)
  pass(driver, memberIds, 1, 1)
  cleanUp(driver)
  assert.deepEqual(driver.offsets(), ['orders-0: 1'])
  assert.equal(driver.group.state, 'Stable')
})

test('expiry: nothing goes while the group rebalances', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(2)
  driver.commit(1, { memberId: memberIds[0] ?? '', generationId: 1, topic: 'payments' })
  pass(driver, memberIds, 1, RETENTION_MS)
  driver.join({ memberId: memberIds[0] ?? '' })
  cleanUp(driver)
  assert.deepEqual(driver.offsets(), ['payments-0: 1'])
})

test('expiry: of an empty group from the time it became empty, and then the group goes too', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(1)
  driver.commit(1, { memberId: memberIds[0] ?? '', generationId: 1 })
  pass(driver, memberIds, 1, RETENTION_MS)
  driver.leave({ memberId: memberIds[0] ?? '' })
  driver.advance(RETENTION_MS - 1)
  cleanUp(driver)
  assert.deepEqual(driver.offsets(), ['orders-0: 1'])
  // The time is durable: a new coordinator does not start to count again.
  const reloaded = driver.reload()
  reloaded.advance(1)
  cleanUp(reloaded)
  assert.deepEqual(reloaded.offsets(), [])
  assert.equal(reloaded.shard.group(GROUP), undefined)
  assert.equal(reloaded.reload().shard.group(GROUP), undefined)
})

test('expiry: of a simple consumer from each commit', () => {
  const driver = new GroupDriver()
  driver.commit(1, { partition: 0 })
  driver.advance(DAY_MS)
  driver.commit(1, { partition: 1 })
  driver.advance(RETENTION_MS - DAY_MS)
  cleanUp(driver)
  assert.deepEqual(driver.offsets(), ['orders-1: 1'])
  driver.advance(DAY_MS)
  cleanUp(driver)
  assert.equal(driver.shard.group(GROUP), undefined)
})

test('expiry: an old commit brings its own retention time, also over a reload', () => {
  const driver = new GroupDriver()
  driver.commit(1, { retentionTimeMs: 60_000, apiVersion: 4 })
  for (const current of [driver, driver.reload()]) {
    current.advance(59_999)
    cleanUp(current)
    assert.equal(current.offsets().length, 1)
    current.advance(1)
    cleanUp(current)
    assert.deepEqual(current.offsets(), [])
  }
})

test('expiry: a subscription that cannot be read keeps everything', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(1, { protocols: [{ name: 'range', metadata: Buffer.from('??') }] })
  driver.commit(1, { memberId: memberIds[0] ?? '', generationId: 1, topic: 'payments' })
  pass(driver, memberIds, 1, 2 * RETENTION_MS)
  cleanUp(driver)
  assert.equal(driver.offsets().length, 1)
})

test('expiry: a pending transaction keeps the offset and its group', () => {
  const driver = new GroupDriver()
  driver.commit(1)
  const value = { offset: 2, leaderEpoch: -1, metadata: '', commitTimestamp: driver.nowMs, expireTimestamp: -1 }
  const pending = { kind: 'offset-commit', group: GROUP, topic: 'orders', partition: 0, value } as const
  driver.shard.replay(pending, { offset: 10, producerId: 100, producerEpoch: 0 })
  driver.advance(RETENTION_MS)
  cleanUp(driver)
  assert.deepEqual(driver.offsets(), ['orders-0: 1'])
  driver.shard.replayEndTransaction(100, 'ABORT')
  cleanUp(driver)
  assert.equal(driver.shard.group(GROUP), undefined)
})

test('expiry: an empty group without offsets goes, unless a member is about to join', () => {
  const driver = new GroupDriver()
  const { memberId } = driver.join().reply
  cleanUp(driver)
  assert.notEqual(driver.shard.group(GROUP), undefined)
  driver.leave({ memberId })
  cleanUp(driver)
  assert.equal(driver.shard.group(GROUP), undefined)
})

test('deleted topic: its offsets go for every group, pending ones too', () => {
  const driver = new GroupDriver()
  driver.commit(1, { topic: 'orders' })
  driver.commit(1, { topic: 'payments' })
  driver.commit(1, { topic: 'orders', groupId: 'other', partition: 3 })
  const { reply } = driver.run(() => driver.shard.forgetTopics(driver.shard.groupIds(), new Set(['orders', 'unknown'])))
  assert.deepEqual(reply, { groupCount: 2, recordCount: 2 })
  assert.deepEqual([driver.offsets(), driver.offsets('other')], [['payments-0: 1'], []])
  assert.deepEqual(driver.reload().offsets(), ['payments-0: 1'])
})

test('work on all groups is done in slices', () => {
  const driver = new GroupDriver()
  const groupIds = Array.from({ length: 30 }, (_, index) => `group-${index}`)
  for (const groupId of groupIds) {
    for (let partition = 0; partition < 99; partition++) driver.commit(1, { groupId, partition })
  }
  const slices: number[] = []
  for (let rest = driver.shard.groupIds(); rest.length > 0; rest = rest.slice(slices.at(-1))) {
    const remaining = rest
    const { reply } = driver.run(() => driver.shard.forgetTopics(remaining, new Set(['orders'])))
    slices.push(reply.groupCount)
  }
  assert.deepEqual(slices, [10, 10, 10])
  for (const groupId of groupIds) assert.deepEqual(driver.offsets(groupId), [])
})

function deleteOffsets(driver: GroupDriver, topic: string, groupId = GROUP) {
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }]
  const { reply } = driver.run(() => driver.shard.deleteOffsets({ groupId, topics }))
  const partitions = reply.topics[0]?.partitions ?? []
  return [reply.errorCode, ...partitions.map(({ errorCode }) => errorCode)].map(errorName)
}

test('OffsetDelete: offsets that are not there are no error', () => {
  const driver = new GroupDriver()
  driver.commit(1)
  const before = driver.log.length
  assert.deepEqual(deleteOffsets(driver, 'orders'), ['NONE', 'NONE', 'NONE'])
  assert.equal(driver.log.length, before + 1)
  assert.deepEqual(driver.offsets(), [])
})

test('OffsetDelete: a consumer group keeps what it is subscribed to', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(1)
  driver.commit(1, { memberId: memberIds[0] ?? '', generationId: 1, topic: 'payments' })
  assert.deepEqual(deleteOffsets(driver, 'orders'), ['NONE', 'GROUP_SUBSCRIBED_TO_TOPIC', 'GROUP_SUBSCRIBED_TO_TOPIC'])
  assert.deepEqual(deleteOffsets(driver, 'payments'), ['NONE', 'NONE', 'NONE'])
  assert.deepEqual(driver.offsets(), [])
})

test('OffsetDelete: unknown groups, and groups with members of another protocol type', () => {
  const driver = new GroupDriver()
  assert.deepEqual(deleteOffsets(driver, 'orders'), ['GROUP_ID_NOT_FOUND'])
  driver.stableGroup(1, { protocolType: 'connect', protocols: [{ name: 'x', metadata: subscriptionOf('orders') }] })
  assert.deepEqual(deleteOffsets(driver, 'orders'), ['NON_EMPTY_GROUP'])
})

test('DeleteGroups: an empty group goes with its offsets; others stay', () => {
  const driver = new GroupDriver()
  driver.stableGroup(1)
  driver.commit(1, { groupId: 'simple' })
  const { reply } = driver.run(() => driver.shard.deleteGroups([GROUP, 'simple', 'unknown', 'simple']))
  assert.deepEqual(
    reply.map(({ groupId, errorCode }) => `${groupId}: ${errorName(errorCode)}`),
    [`${GROUP}: NON_EMPTY_GROUP`, 'simple: NONE', 'unknown: GROUP_ID_NOT_FOUND', 'simple: GROUP_ID_NOT_FOUND'],
  )
  for (const { shard } of [driver, driver.reload()]) {
    assert.equal(shard.group('simple'), undefined)
    assert.equal(shard.offsets.countOf('simple'), 0)
    assert.equal(shard.group(GROUP)?.state, 'Stable')
  }
})

for (const stepMs of [-3_600_000, 3_600_000]) {
  test(`expiry: a wall clock that is put ${stepMs < 0 ? 'back' : 'forth'} by an hour moves it by that hour and no more`, () => {
    const driver = new GroupDriver()
    driver.commit(1, { partition: 0 })
    driver.nowMs += stepMs
    driver.commit(2, { partition: 1 })
    driver.nowMs += RETENTION_MS - Math.max(0, stepMs) - 1
    cleanUp(driver)
    assert.deepEqual(driver.offsets(), ['orders-0: 1', 'orders-1: 2'])
    driver.nowMs += Math.abs(stepMs) + 1
    cleanUp(driver)
    assert.deepEqual(driver.offsets(), [])
  })
}
