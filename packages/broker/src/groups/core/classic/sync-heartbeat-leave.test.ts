/** SyncGroup, Heartbeat and LeaveGroup in every state of a classic group. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorName, GROUP, GroupDriver } from '../../../testing/group-driver.js'
import type { ClassicGroupState } from './classic-group-state.js'

/** A group in the given state, with a leader and a follower (none in Empty). */
function groupIn(state: ClassicGroupState) {
  const driver = new GroupDriver()
  if (state === 'Empty') {
    driver.join()
    return { driver, leader: 'nobody', follower: 'nobody', generationId: 0 }
  }
  if (state === 'CompletingRebalance') {
    const [leader = '', follower = ''] = [driver.joinWithId(), driver.joinWithId()].map(({ memberId }) => memberId)
    driver.advance(9_000)
    return { driver, leader, follower, generationId: 1 }
  }
  const { memberIds, generationId } = driver.stableGroup(2)
  const [leader = '', follower = ''] = memberIds
  if (state === 'PreparingRebalance') driver.join({ memberId: leader })
  assert.equal(driver.group.state, state)
  return { driver, leader, follower, generationId }
}

const STATES: readonly ClassicGroupState[] = ['Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable']

const HEARTBEATS = {
  Empty: ['UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID'],
  PreparingRebalance: ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'],
  CompletingRebalance: ['NONE', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'],
  Stable: ['NONE', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'],
} as const

for (const state of STATES) {
  test(`heartbeat in ${state}: a member, a member of another generation, a stranger`, () => {
    const { driver, follower, generationId } = groupIn(state)
    assert.deepEqual(
      [
        driver.heartbeat(follower, generationId),
        driver.heartbeat(follower, generationId + 1),
        driver.heartbeat('stranger', generationId),
      ],
      HEARTBEATS[state],
    )
  })
}

for (const state of ['PreparingRebalance', 'CompletingRebalance', 'Stable'] as const) {
  test(`heartbeat in ${state} keeps the session alive`, () => {
    const { driver, follower, generationId } = groupIn(state)
    for (let beat = 0; beat < 4; beat++) {
      driver.heartbeat(follower, generationId)
      driver.advance(9_000)
    }
    assert.notEqual(driver.group.member(follower), undefined)
  })
}

test('heartbeat to a group that does not exist', () => {
  assert.equal(new GroupDriver().heartbeat('x', 1), 'UNKNOWN_MEMBER_ID')
})

const SYNCS = {
  Empty: 'UNKNOWN_MEMBER_ID',
  PreparingRebalance: 'REBALANCE_IN_PROGRESS',
  CompletingRebalance: undefined,
  Stable: 'NONE',
} as const

for (const state of STATES) {
  test(`sync of a follower in ${state}: ${SYNCS[state] ?? 'parked'}`, () => {
    const { driver, follower, generationId } = groupIn(state)
    const asked = driver.sync(follower, generationId)
    if (SYNCS[state] === undefined) assert.equal(asked.isParked, true)
    else assert.equal(errorName(asked.reply.errorCode), SYNCS[state])
  })
}

test('sync: a group that does not exist, another generation, another protocol', () => {
  const { driver, follower } = groupIn('Stable')
  const errorOf = (...args: Parameters<GroupDriver['sync']>) => errorName(driver.sync(...args).reply.errorCode)
  assert.equal(errorOf(follower, 1, { groupId: 'other' }), 'UNKNOWN_MEMBER_ID')
  assert.equal(errorOf('stranger', 1), 'UNKNOWN_MEMBER_ID')
  assert.equal(errorOf(follower, 2), 'ILLEGAL_GENERATION')
  assert.equal(errorOf(follower, 1, { protocolType: 'connect' }), 'INCONSISTENT_GROUP_PROTOCOL')
  assert.equal(errorOf(follower, 1, { protocolName: 'sticky' }), 'INCONSISTENT_GROUP_PROTOCOL')
  assert.equal(errorOf(follower, 1, { protocolType: 'consumer', protocolName: 'range' }), 'NONE')
})

test('sync: followers wait for the leader, and a member without an assignment gets an empty one', () => {
  const { driver, leader, follower } = groupIn('CompletingRebalance')
  const waiting = driver.sync(follower, 1)
  assert.equal(waiting.isParked, true)
  const own = driver.sync(leader, 1, { assignments: [{ memberId: leader, assignment: Buffer.from('mine') }] })
  assert.equal(own.reply.assignment.toString(), 'mine')
  assert.deepEqual([waiting.reply.errorCode, waiting.reply.assignment.length], [0, 0])
  assert.deepEqual([waiting.reply.protocolType, waiting.reply.protocolName], ['consumer', 'range'])
  assert.equal(driver.group.state, 'Stable')
})

test('sync: an assignment to a member that is not in the group is dropped', () => {
  const { driver, leader } = groupIn('CompletingRebalance')
  driver.sync(leader, 1, { assignments: [{ memberId: 'stranger', assignment: Buffer.from('x') }] })
  assert.deepEqual(driver.group.metadata?.members.map(({ memberId }) => memberId).includes('stranger'), false)
})

test('sync: a request that is sent again replaces the parked one, which is answered', () => {
  const { driver, follower } = groupIn('CompletingRebalance')
  const first = driver.sync(follower, 1)
  const again = driver.sync(follower, 1)
  assert.equal(errorName(first.reply.errorCode), 'REBALANCE_IN_PROGRESS')
  assert.equal(again.isParked, true)
})

test('leave: the rest rebalances; the last one leaves an empty group', () => {
  const { driver, leader, follower } = groupIn('Stable')
  assert.deepEqual(driver.leave({ memberId: follower }), ['NONE'])
  assert.equal(driver.group.state, 'PreparingRebalance')
  const asked = driver.join({ memberId: leader })
  assert.equal(asked.reply.generationId, 2)
  assert.deepEqual(driver.leave({ memberId: leader }), ['NONE'])
  assert.equal(driver.group.state, 'Empty')
})

test('leave: several at once, each with its own result', () => {
  const { driver, leader, follower } = groupIn('Stable')
  assert.deepEqual(driver.leave({ memberId: leader }, { memberId: 'stranger' }, { memberId: follower }), [
    'NONE',
    'UNKNOWN_MEMBER_ID',
    'NONE',
  ])
  assert.equal(driver.group.state, 'Empty')
})

test('leave: a pending member gives its id back', () => {
  const { driver, leader, follower } = groupIn('Stable')
  const { memberId } = driver.join().reply
  assert.deepEqual(driver.leave({ memberId }), ['NONE'])
  assert.equal(errorName(driver.join({ memberId }).reply.errorCode), 'UNKNOWN_MEMBER_ID')
  driver.join({ memberId: leader })
  assert.equal(driver.join({ memberId: follower }).reply.generationId, 2)
})

test('leave during a rebalance completes it when nobody else is missing', () => {
  const { driver, leader, follower } = groupIn('Stable')
  const asked = driver.join({ memberId: leader })
  driver.leave({ memberId: follower })
  assert.equal(asked.reply.generationId, 2)
})

test('leave: parked requests of the member are answered', () => {
  const joining = groupIn('PreparingRebalance')
  const join = joining.driver.join({ memberId: joining.leader })
  joining.driver.leave({ memberId: joining.leader })
  assert.equal(errorName(join.reply.errorCode), 'UNKNOWN_MEMBER_ID')

  const syncing = groupIn('CompletingRebalance')
  const sync = syncing.driver.sync(syncing.follower, 1)
  syncing.driver.leave({ memberId: syncing.follower })
  assert.equal(errorName(sync.reply.errorCode), 'UNKNOWN_MEMBER_ID')
})

test('leave of a group that does not exist', () => {
  const driver = new GroupDriver()
  assert.deepEqual(driver.leave({ memberId: 'x', groupInstanceId: 'host' }), ['UNKNOWN_MEMBER_ID'])
  assert.equal(driver.shard.group(GROUP), undefined)
})
