import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorName, GROUP, GroupDriver, subscriptionOf } from '../../../testing/group-driver.js'

/** A Stable group of static members, named by their instance ids. */
function staticGroup(driver: GroupDriver, instanceIds: readonly string[], sessionTimeoutMs = 10_000): string[] {
  const asked = instanceIds.map((groupInstanceId) => driver.join({ groupInstanceId, sessionTimeoutMs }))
  driver.advance(3_000 * (instanceIds.length + 1))
  const memberIds = asked.map(({ reply }) => reply.memberId)
  driver.syncAll(memberIds, 1)
  return memberIds
}

test('static member: a restart in a stable group gets a new id and the old assignment, without a rebalance', () => {
  const driver = new GroupDriver()
  const [, old = ''] = staticGroup(driver, ['a', 'b'])
  const { reply } = driver.join({ groupInstanceId: 'b' })
  assert.deepEqual([reply.errorCode, reply.generationId, reply.skipAssignment], [0, 1, false])
  assert.notEqual(reply.memberId, old)
  assert.equal(driver.group.state, 'Stable')
  assert.equal(driver.sync(reply.memberId, 1, { groupInstanceId: 'b' }).reply.assignment.toString(), old)
})

test('static member: the new member id is written down', () => {
  const driver = new GroupDriver()
  staticGroup(driver, ['a', 'b'])
  const { memberId } = driver.join({ groupInstanceId: 'b' }).reply
  const reloaded = driver.reload()
  assert.equal(reloaded.group.roster.idOfInstance('b'), memberId)
  assert.equal(reloaded.heartbeat(memberId, 1, 'b'), 'NONE')
})

test('static member: the old id is fenced everywhere', () => {
  const driver = new GroupDriver()
  const [, old = ''] = staticGroup(driver, ['a', 'b'])
  driver.join({ groupInstanceId: 'b' })
  assert.equal(driver.heartbeat(old, 1, 'b'), 'FENCED_INSTANCE_ID')
  assert.equal(errorName(driver.sync(old, 1, { groupInstanceId: 'b' }).reply.errorCode), 'FENCED_INSTANCE_ID')
  assert.equal(errorName(driver.join({ memberId: old, groupInstanceId: 'b' }).reply.errorCode), 'FENCED_INSTANCE_ID')
  assert.equal(driver.commit(1, { memberId: old, generationId: 1, groupInstanceId: 'b' }), 'FENCED_INSTANCE_ID')
  assert.deepEqual(driver.leave({ memberId: old, groupInstanceId: 'b' }), ['FENCED_INSTANCE_ID'])
  assert.equal(driver.heartbeat(old, 1), 'UNKNOWN_MEMBER_ID')
})

test('static leader: from v9 on it leads again and skips the assignment; before, it is told of a leader unknown to it', () => {
  for (const apiVersion of [8, 9]) {
    const driver = new GroupDriver()
    const [old = ''] = staticGroup(driver, ['a', 'b'])
    const { reply } = driver.join({ groupInstanceId: 'a', apiVersion })
    assert.equal(driver.group.isLeader(reply.memberId), true)
    if (apiVersion === 9) {
      assert.deepEqual([reply.leader, reply.skipAssignment, reply.members.length], [reply.memberId, true, 2])
    } else {
      assert.deepEqual([reply.leader, reply.skipAssignment, reply.members.length], [old, false, 0])
    }
  }
})

test('static member: a restart that changes the chosen protocol starts a rebalance', () => {
  const driver = new GroupDriver()
  const both = ['range', 'roundrobin'].map((name) => ({ name, metadata: subscriptionOf('orders') }))
  const asked = driver.join({ groupInstanceId: 'a', protocols: both })
  driver.advance(6_000)
  driver.syncAll([asked.reply.memberId], 1)
  const again = driver.join({ groupInstanceId: 'a', protocols: both.slice(1) })
  assert.deepEqual([again.reply.generationId, again.reply.protocolName], [2, 'roundrobin'])
})

test('static member: a restart in CompletingRebalance starts the rebalance over, and fences who waits', () => {
  const driver = new GroupDriver()
  const asked = [driver.join({ groupInstanceId: 'a' }), driver.join({ groupInstanceId: 'b' })]
  driver.advance(9_000)
  const [, second] = asked.map(({ reply }) => reply.memberId)
  const waiting = driver.sync(second ?? '', 1, { groupInstanceId: 'b' })
  const again = driver.join({ groupInstanceId: 'b' })
  assert.equal(errorName(waiting.reply.errorCode), 'FENCED_INSTANCE_ID')
  assert.equal(again.isParked, true)
  assert.equal(driver.group.state, 'PreparingRebalance')
})

test('static member: a restart in PreparingRebalance fences the parked join, and may complete the rebalance', () => {
  const driver = new GroupDriver()
  const [a = '', b = ''] = staticGroup(driver, ['a', 'b'])
  const parked = driver.join({ memberId: a, groupInstanceId: 'a' })
  const restarted = driver.join({ groupInstanceId: 'a' })
  assert.equal(errorName(parked.reply.errorCode), 'FENCED_INSTANCE_ID')
  assert.equal(parked.reply.memberId, a)
  driver.join({ memberId: b, groupInstanceId: 'b' })
  assert.equal(restarted.reply.generationId, 2)
})

test('static member: it stays without rejoining until its session ends', () => {
  const driver = new GroupDriver()
  const [a = ''] = staticGroup(driver, ['a', 'b'], 120_000)
  const asked = driver.join({ memberId: a, groupInstanceId: 'a', sessionTimeoutMs: 120_000 })
  driver.advance(60_000)
  assert.equal(asked.reply.generationId, 2)
  assert.equal(driver.group.size, 2)
  driver.syncAll([a], 2)
  driver.advance(50_000)
  driver.heartbeat(a, 2, 'a')
  driver.advance(20_000)
  assert.equal(driver.group.size, 1)
})

test('static members only, and none rejoins: the rebalance waits for another timeout', () => {
  const driver = new GroupDriver()
  staticGroup(driver, ['a', 'b'], 300_000)
  const { memberId } = driver.join({ sessionTimeoutMs: 300_000 }).reply
  const newcomer = driver.join({ memberId, sessionTimeoutMs: 300_000 })
  driver.leave({ memberId })
  assert.equal(errorName(newcomer.reply.errorCode), 'UNKNOWN_MEMBER_ID')
  driver.advance(60_000)
  assert.equal(driver.group.state, 'PreparingRebalance')
  assert.equal(driver.group.size, 2)
})

test('static member: an administrator removes it by its instance id', () => {
  const driver = new GroupDriver()
  staticGroup(driver, ['a', 'b'])
  assert.deepEqual(
    driver.leave({ memberId: '', groupInstanceId: 'b' }, { memberId: '', groupInstanceId: 'c' }, { memberId: '' }),
    ['NONE', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID'],
  )
  assert.equal(driver.group.roster.idOfInstance('b'), undefined)
  assert.equal(driver.group.state, 'PreparingRebalance')
})

test('static member: one that left may come back as new', () => {
  const driver = new GroupDriver()
  const [a = ''] = staticGroup(driver, ['a'])
  assert.deepEqual(driver.leave({ memberId: a, groupInstanceId: 'a' }), ['NONE'])
  assert.equal(driver.shard.group(GROUP)?.state, 'Empty')
  const asked = driver.join({ groupInstanceId: 'a' })
  driver.advance(3_000)
  assert.equal(asked.reply.generationId, 3)
})
