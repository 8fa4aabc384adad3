/** The rebalance over time: delays, timeouts, sessions, two-round rebalances, reloads, refused records. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorName, GROUP, GroupDriver, subscriptionOf } from '../../../testing/group-driver.js'

test('initial rebalance: waits for the delay, and generation 1 has whoever came', () => {
  const driver = new GroupDriver()
  const asked = driver.join({ apiVersion: 3 })
  driver.advance(2_999)
  assert.equal(asked.isParked, true)
  driver.advance(1)
  assert.equal(asked.reply.generationId, 1)
})

test('initial rebalance: each new member extends the delay, up to the rebalance timeout', () => {
  const driver = new GroupDriver()
  const options = { apiVersion: 3, rebalanceTimeoutMs: 10_000 }
  const first = driver.join(options)
  for (let elapsedMs = 0; elapsedMs < 10_000; elapsedMs += 1_000) {
    assert.equal(first.isParked, true, `after ${elapsedMs} ms`)
    driver.join(options)
    driver.advance(1_000)
  }
  assert.equal(first.reply.generationId, 1)
  assert.equal(first.reply.members.length, 11)
})

test('initial rebalance: with no delay it completes as soon as its timer runs', () => {
  const driver = new GroupDriver({ groupInitialRebalanceDelayMs: 0 })
  const asked = driver.join({ apiVersion: 3 })
  driver.advance(0)
  assert.equal(asked.reply.generationId, 1)
})

test('rebalance: completes at once when the last member has rejoined', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(3)
  const newcomer = driver.joinWithId()
  const asked = memberIds.map((memberId) => driver.join({ memberId }))
  for (const { reply } of [...asked, newcomer.asked]) assert.equal(reply.generationId, 2)
})

test('rebalance: dynamic members that do not rejoin within the rebalance timeout are dropped', () => {
  const driver = new GroupDriver()
  const [first = '', second = ''] = driver.stableGroup(2, { sessionTimeoutMs: 300_000 }).memberIds
  const asked = driver.join({ memberId: second, protocols: [range(1), range(2)], sessionTimeoutMs: 300_000 })
  driver.advance(59_999)
  assert.equal(asked.isParked, true)
  driver.advance(1)
  assert.equal(asked.reply.generationId, 2)
  assert.equal(asked.reply.leader, second, 'the leader did not rejoin: another one leads')
  assert.equal(driver.heartbeat(first, 1), 'UNKNOWN_MEMBER_ID')
})

test('rebalance: a member whose session ends meanwhile no longer holds it up', () => {
  const driver = new GroupDriver()
  const [first = '', second = ''] = driver.stableGroup(2).memberIds
  driver.advance(5_000)
  const asked = driver.join({ memberId: first })
  driver.heartbeat(second, 1)
  driver.advance(9_999)
  assert.equal(asked.isParked, true)
  driver.advance(1)
  assert.equal(asked.reply.generationId, 2)
})

test('session: a member that misses heartbeats is removed, and the others are told to rejoin', () => {
  const driver = new GroupDriver()
  const [first = '', second = ''] = driver.stableGroup(2).memberIds
  driver.advance(9_000)
  assert.equal(driver.heartbeat(first, 1), 'NONE')
  driver.advance(1_000)
  assert.equal(driver.heartbeat(second, 1), 'UNKNOWN_MEMBER_ID')
  assert.equal(driver.heartbeat(first, 1), 'REBALANCE_IN_PROGRESS')
})

test('session: the last member gone leaves an empty group, which is written down', () => {
  const driver = new GroupDriver()
  driver.stableGroup(1)
  driver.advance(10_000)
  assert.deepEqual([driver.group.state, driver.group.generationId, driver.group.size], ['Empty', 2, 0])
  const { group } = driver.reload()
  assert.deepEqual([group.state, group.generationId, group.protocolType], ['Empty', 2, 'consumer'])
})

test('session: a parked request keeps the member, also beyond its session timeout', () => {
  const driver = new GroupDriver()
  const [first = '', second = ''] = driver.stableGroup(2, { sessionTimeoutMs: 6_000 }).memberIds
  driver.join({ memberId: first, sessionTimeoutMs: 6_000 })
  for (let elapsedMs = 0; elapsedMs < 50_000; elapsedMs += 5_000) {
    assert.equal(driver.heartbeat(second, 1), 'REBALANCE_IN_PROGRESS')
    driver.advance(5_000)
  }
  assert.equal(driver.group.size, 2)
})

test('sync phase: members that never ask for their assignment are removed after the rebalance timeout', () => {
  const driver = new GroupDriver()
  const [leader = '', silent = ''] = [driver.joinWithId(), driver.joinWithId()].map(({ memberId }) => memberId)
  driver.advance(9_000)
  driver.sync(leader, 1, { assignments: [{ memberId: leader, assignment: Buffer.from('all') }] })
  assert.equal(driver.group.state, 'Stable')
  for (let elapsedMs = 0; elapsedMs < 60_000; elapsedMs += 5_000) {
    driver.heartbeat(leader, 1)
    driver.heartbeat(silent, 1)
    driver.advance(5_000)
  }
  assert.equal(driver.heartbeat(silent, 1), 'UNKNOWN_MEMBER_ID')
  assert.equal(driver.heartbeat(leader, 1), 'REBALANCE_IN_PROGRESS')
})

test('sync phase: a leader that never assigns is removed, and the followers rejoin', () => {
  const driver = new GroupDriver()
  const [leader = '', follower = ''] = [driver.joinWithId(), driver.joinWithId()].map(({ memberId }) => memberId)
  driver.advance(9_000)
  const sync = driver.sync(follower, 1)
  for (let elapsedMs = 0; elapsedMs < 60_000; elapsedMs += 5_000) {
    driver.heartbeat(leader, 1)
    driver.advance(5_000)
  }
  assert.equal(errorName(sync.reply.errorCode), 'REBALANCE_IN_PROGRESS')
  assert.equal(driver.heartbeat(leader, 1), 'UNKNOWN_MEMBER_ID')
  assert.equal(driver.join({ memberId: follower }).reply.leader, follower)
})

test('cooperative rebalance: members go through two generations, revoking in between', () => {
  const driver = new GroupDriver()
  const [owner = ''] = driver.stableGroup(1).memberIds
  // First round: the newcomer gets nothing yet, the owner keeps what is left to it.
  const newcomer = driver.joinWithId()
  const rejoined = driver.join({ memberId: owner })
  assert.equal(rejoined.reply.generationId, 2)
  assert.equal(newcomer.asked.reply.generationId, 2)
  const waiting = driver.sync(newcomer.memberId, 2)
  const assignments = (mine: string, theirs: string) => [
    { memberId: owner, assignment: Buffer.from(mine) },
    { memberId: newcomer.memberId, assignment: Buffer.from(theirs) },
  ]
  assert.equal(driver.sync(owner, 2, { assignments: assignments('p0', '') }).reply.assignment.toString(), 'p0')
  assert.equal(waiting.reply.assignment.length, 0)
  // The owner commits what it gives up in the new generation, then asks for the second round.
  assert.equal(driver.commit(10, { memberId: owner, generationId: 2, partition: 1 }), 'NONE')
  const second = driver.join({ memberId: owner, protocols: [range(2)] })
  assert.equal(driver.heartbeat(newcomer.memberId, 2), 'REBALANCE_IN_PROGRESS')
  driver.join({ memberId: newcomer.memberId })
  assert.equal(second.reply.generationId, 3)
  driver.sync(owner, 3, { assignments: assignments('p0', 'p1') })
  assert.equal(driver.sync(newcomer.memberId, 3).reply.assignment.toString(), 'p1')
})

test('reload: a stable group goes on with its generation, and a rebalance in progress is forgotten', () => {
  const driver = new GroupDriver()
  const { memberIds, generationId } = driver.stableGroup(2)
  driver.join({ memberId: memberIds[0] ?? '' })
  const reloaded = driver.reload()
  assert.equal(reloaded.group.state, 'Stable')
  for (const memberId of memberIds) {
    assert.equal(reloaded.heartbeat(memberId, generationId), 'NONE')
    assert.equal(reloaded.sync(memberId, generationId).reply.assignment.toString(), memberId)
  }
})

test('reload: sessions are watched from the start', () => {
  const driver = new GroupDriver()
  driver.stableGroup(2)
  const reloaded = driver.reload()
  reloaded.advance(10_000)
  assert.equal(reloaded.group.state, 'Empty')
})

test('refused record: members that wait for the assignment get the error, and the group rebalances', () => {
  const driver = new GroupDriver()
  const [leader = '', follower = ''] = [driver.joinWithId(), driver.joinWithId()].map(({ memberId }) => memberId)
  driver.advance(9_000)
  driver.sync(follower, 1)
  const decision = driver.shard.syncGroup(
    { groupId: GROUP, memberId: leader, generationId: 1, assignments: [] },
    { nowMs: driver.nowMs, token: 1_000 },
  )
  assert.equal(decision.replies?.length, 2)
  driver.run(() => driver.shard.onRejected(decision.records, -1, driver.nowMs))
  assert.equal(driver.group.state, 'PreparingRebalance')
  assert.deepEqual(
    [driver.heartbeat(leader, 1), driver.heartbeat(follower, 1)],
    ['REBALANCE_IN_PROGRESS', 'REBALANCE_IN_PROGRESS'],
  )
})

test('refused record: a new group that cannot be written down never was', () => {
  const driver = new GroupDriver()
  const context = { apiVersion: 3, clientId: 'c', clientHost: '/127.0.0.1' }
  const request = {
    groupId: GROUP,
    memberId: '',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: [range(1)],
  }
  const turn = { nowMs: driver.nowMs, token: 7, memberIdSuffix: 'x' }
  const decision = driver.shard.joinGroup(context, request, turn)
  const rejected = driver.shard.onRejected(decision.records, 15, driver.nowMs)
  assert.deepEqual(
    rejected.replies?.map(({ to }) => to),
    [7],
  )
  assert.equal(driver.shard.group(GROUP), undefined)
})

function range(topics: number) {
  const names = Array.from({ length: topics }, (_, index) => `topic-${index}`)
  return { name: topics === 1 ? 'other' : 'range', metadata: subscriptionOf(...names) }
}
