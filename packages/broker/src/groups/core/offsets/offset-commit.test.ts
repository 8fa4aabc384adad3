import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GroupDriver } from '../../../testing/group-driver.js'
import type { ClassicGroupState } from '../classic/classic-group-state.js'

/** Commits by a member, by one of another generation, by a stranger, by nobody (admin, simple consumer). */
const COMMITS = {
  Empty: ['UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID', 'NONE'],
  PreparingRebalance: ['NONE', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID'],
  CompletingRebalance: ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID'],
  Stable: ['NONE', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID'],
} as const

for (const state of Object.keys(COMMITS) as ClassicGroupState[]) {
  test(`commit in ${state}: a member, another generation, a stranger, nobody`, () => {
    const { driver, memberId, generationId } = groupIn(state)
    assert.deepEqual(
      [
        driver.commit(1, { memberId, generationId }),
        driver.commit(1, { memberId, generationId: generationId + 1 }),
        driver.commit(1, { memberId: 'stranger', generationId }),
        driver.commit(1),
      ],
      COMMITS[state],
    )
  })
}

test('commit to a group that does not exist: without membership it makes a simple group, else an error by version', () => {
  const driver = new GroupDriver()
  assert.equal(driver.commit(1, { memberId: 'x', generationId: 3, apiVersion: 8 }), 'ILLEGAL_GENERATION')
  assert.equal(driver.commit(1, { memberId: 'x', generationId: 3, apiVersion: 9 }), 'GROUP_ID_NOT_FOUND')
  assert.equal(driver.log.length, 0)
  assert.equal(driver.commit(1), 'NONE')
  assert.deepEqual([driver.group.state, driver.group.protocolType], ['Empty', null])
})

test('commit: without a generation, a member id alone is no membership', () => {
  const { driver, memberId } = groupIn('Stable')
  assert.equal(driver.commit(1, { memberId }), 'ILLEGAL_GENERATION')
})

test('commit: a static member is fenced, and unknown instances are told so', () => {
  const driver = new GroupDriver()
  const asked = driver.join({ groupInstanceId: 'a' })
  driver.advance(3_000)
  const { memberId } = asked.reply
  driver.syncAll([memberId], 1)
  assert.equal(driver.commit(1, { memberId, generationId: 1, groupInstanceId: 'a' }), 'NONE')
  assert.equal(driver.commit(1, { memberId: 'old', generationId: 1, groupInstanceId: 'a' }), 'FENCED_INSTANCE_ID')
  assert.equal(driver.commit(1, { memberId, generationId: 1, groupInstanceId: 'b' }), 'UNKNOWN_MEMBER_ID')
})

test('commit: it keeps the session of the member alive', () => {
  const { driver, memberId, generationId } = groupIn('Stable')
  for (let commit = 0; commit < 3; commit++) {
    driver.advance(9_000)
    assert.equal(driver.commit(commit, { memberId, generationId }), 'NONE')
  }
})

test('commit: too much metadata fails its partition only', () => {
  const driver = new GroupDriver({ offsetMetadataMaxBytes: 4 })
  const partition = (partitionIndex: number, committedMetadata: string | null) => ({
    partitionIndex,
    committedOffset: 1,
    committedMetadata,
  })
  const topics = [{ name: 't', partitions: [partition(0, 'ABCDE'), partition(1, 'ABCD'), partition(2, null)] }]
  const context = { apiVersion: 9, clientId: 'c', clientHost: '/127.0.0.1' }
  const { reply } = driver.run((token) =>
    driver.shard.commitOffsets(context, { groupId: 'group-1', topics }, { nowMs: driver.nowMs, token }),
  )
  assert.deepEqual(
    reply.topics[0]?.partitions.map(({ errorCode }) => errorCode),
    [12, 0, 0],
  )
  assert.deepEqual(driver.offsets(), ['t-1: 1', 't-2: 1'])
})

test('commit: offset, epoch, metadata and time are kept, and survive a reload', () => {
  const driver = new GroupDriver()
  driver.commit(42, { metadata: 'note' })
  for (const { shard } of [driver, driver.reload()]) {
    const { recordOffset: _, ...offset } = shard.offsets.get('group-1', 'orders', 0) ?? { recordOffset: 0 }
    assert.deepEqual(offset, {
      committedOffset: 42,
      leaderEpoch: 5,
      metadata: 'note',
      commitTimestampMs: driver.nowMs,
      expireTimestampMs: -1,
    })
  }
})

function groupIn(state: ClassicGroupState) {
  const driver = new GroupDriver()
  if (state === 'Empty') {
    driver.join()
    return { driver, memberId: 'gone', generationId: 0 }
  }
  if (state === 'CompletingRebalance') {
    const { memberId } = driver.joinWithId()
    driver.advance(3_000)
    return { driver, memberId, generationId: 1 }
  }
  const { memberIds, generationId } = driver.stableGroup(2)
  const [memberId = '', other = ''] = memberIds
  if (state === 'PreparingRebalance')
    driver.join({ memberId: other, protocols: [{ name: 'range', metadata: Buffer.alloc(0) }] })
  assert.equal(driver.group.state, state)
  return { driver, memberId, generationId }
}
