/** JoinGroup on a classic group: every refusal, every state, dynamic members; static ones are in static-members.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorName, GROUP, GroupDriver, type JoinOptions, subscriptionOf } from '../../../testing/group-driver.js'

const range = { name: 'range', metadata: subscriptionOf('orders') }
const roundRobin = { name: 'roundrobin', metadata: subscriptionOf('orders') }

test('join: from v4 on a dynamic member is given an id and has to come back with it', () => {
  const driver = new GroupDriver()
  const first = driver.join({ apiVersion: 4, clientId: 'app' }).reply
  assert.equal(errorName(first.errorCode), 'MEMBER_ID_REQUIRED')
  assert.equal(first.memberId, 'app-0')
  assert.equal(driver.group.state, 'Empty')
  assert.equal(driver.join({ apiVersion: 4, memberId: first.memberId }).isParked, true)
  assert.equal(driver.group.state, 'PreparingRebalance')
})

test('join: below v4, and as a static member, an empty member id is accepted at once', () => {
  for (const options of [{ apiVersion: 3 }, { apiVersion: 9, groupInstanceId: 'host-1' }]) {
    const driver = new GroupDriver()
    const asked = driver.join({ ...options, clientId: 'app' })
    assert.equal(asked.isParked, true)
    driver.advance(3_000)
    const prefix = 'groupInstanceId' in options ? 'host-1' : 'app'
    assert.equal(asked.reply.memberId, `${prefix}-0`)
    assert.equal(asked.reply.generationId, 1)
  }
})

test('join: v0 has no rebalance timeout, the session timeout counts', () => {
  const driver = new GroupDriver()
  driver.join({ apiVersion: 0, sessionTimeoutMs: 20_000, rebalanceTimeoutMs: -1 })
  assert.equal(driver.group.roster.rebalanceTimeoutMs(), 20_000)
})

interface Refusal {
  readonly name: string
  readonly join: JoinOptions
  readonly error: string
  readonly memberId: string
}

const REFUSALS: readonly Refusal[] = [
  { name: 'an unknown member id', join: { memberId: 'x' }, error: 'UNKNOWN_MEMBER_ID', memberId: 'x' },
  {
    name: 'an unknown instance id with a member id',
    join: { memberId: 'x', groupInstanceId: 'host' },
    error: 'UNKNOWN_MEMBER_ID',
    memberId: 'x',
  },
  {
    name: 'another protocol type',
    join: { protocolType: 'connect' },
    error: 'INCONSISTENT_GROUP_PROTOCOL',
    memberId: '',
  },
  {
    name: 'no protocol in common',
    join: { protocols: [roundRobin] },
    error: 'INCONSISTENT_GROUP_PROTOCOL',
    memberId: '',
  },
  { name: 'no protocol at all', join: { protocols: [] }, error: 'INCONSISTENT_GROUP_PROTOCOL', memberId: '' },
]

for (const { name, join, error, memberId } of REFUSALS) {
  test(`join: ${name} is refused by a stable group`, () => {
    const driver = new GroupDriver()
    driver.stableGroup(2)
    const { reply } = driver.join(join)
    assert.deepEqual([errorName(reply.errorCode), reply.memberId], [error, memberId])
    assert.equal(driver.group.state, 'Stable')
  })
}

test('join: a group that does not exist knows no member, and is not made by a join that is refused', () => {
  const driver = new GroupDriver()
  assert.equal(errorName(driver.join({ memberId: 'x' }).reply.errorCode), 'UNKNOWN_MEMBER_ID')
  assert.equal(errorName(driver.join({ protocols: [] }).reply.errorCode), 'INCONSISTENT_GROUP_PROTOCOL')
  assert.equal(errorName(driver.join({ protocolType: '' }).reply.errorCode), 'INCONSISTENT_GROUP_PROTOCOL')
  assert.equal(driver.shard.group(GROUP), undefined)
  assert.equal(driver.log.length, 0)
})

test('join: only the leader learns who the members are', () => {
  const driver = new GroupDriver()
  const joined = [driver.joinWithId(), driver.joinWithId()]
  driver.advance(9_000)
  const replies = joined.map(({ asked }) => asked.reply)
  const [leader, follower] = replies
  assert.equal(leader?.leader, leader?.memberId)
  assert.equal(follower?.leader, leader?.memberId)
  assert.deepEqual(
    leader?.members.map(({ memberId }) => memberId),
    replies.map(({ memberId }) => memberId),
  )
  assert.deepEqual(leader?.members[0]?.metadata, range.metadata)
  assert.deepEqual(follower?.members, [])
  assert.equal(leader?.protocolType, 'consumer')
  assert.equal(leader?.protocolName, 'range')
})

test('join: the protocol that most members prefer is chosen among those that all support', () => {
  const driver = new GroupDriver()
  const sticky = { name: 'sticky', metadata: Buffer.alloc(0) }
  const asked = [
    driver.join({ apiVersion: 3, protocols: [sticky, range, roundRobin] }),
    driver.join({ apiVersion: 3, protocols: [roundRobin, range] }),
    driver.join({ apiVersion: 3, protocols: [roundRobin, range] }),
  ]
  driver.advance(12_000)
  assert.deepEqual(
    asked.map(({ reply }) => reply.protocolName),
    ['roundrobin', 'roundrobin', 'roundrobin'],
  )
})

test('join: with the same metadata again in CompletingRebalance, the generation is told again', () => {
  const driver = new GroupDriver()
  const { memberId } = driver.joinWithId()
  driver.advance(3_000)
  const again = driver.join({ memberId }).reply
  assert.deepEqual([again.errorCode, again.generationId, again.members.length], [0, 1, 1])
  assert.equal(driver.group.state, 'CompletingRebalance')
})

test('join: with other metadata in CompletingRebalance, the rebalance starts over', () => {
  const driver = new GroupDriver()
  const first = driver.joinWithId()
  const second = driver.joinWithId()
  driver.advance(9_000)
  const sync = driver.sync(second.memberId, 1)
  driver.join({ memberId: first.memberId, protocols: [{ ...range, metadata: subscriptionOf('orders', 'payments') }] })
  assert.equal(driver.group.state, 'PreparingRebalance')
  assert.equal(errorName(sync.reply.errorCode), 'REBALANCE_IN_PROGRESS')
})

test('join: in a stable group a follower without news is told the generation, one with news starts a rebalance', () => {
  const driver = new GroupDriver()
  const [, follower = ''] = driver.stableGroup(2).memberIds
  const unchanged = driver.join({ memberId: follower }).reply
  assert.deepEqual([unchanged.errorCode, unchanged.generationId, unchanged.members], [0, 1, []])
  assert.equal(driver.join({ memberId: follower, protocols: [range, roundRobin] }).isParked, true)
  assert.equal(driver.group.state, 'PreparingRebalance')
})

test('join: the leader of a stable group starts a rebalance without news', () => {
  const driver = new GroupDriver()
  const [leader = '', follower = ''] = driver.stableGroup(2).memberIds
  const first = driver.join({ memberId: leader })
  assert.equal(driver.group.state, 'PreparingRebalance')
  const second = driver.join({ memberId: follower })
  assert.deepEqual([first.reply.generationId, second.reply.generationId], [2, 2])
})

test('join: a request that is sent again replaces the parked one, which is answered', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(2)
  const first = driver.join({ memberId: memberIds[0] ?? '' })
  const again = driver.join({ memberId: memberIds[0] ?? '' })
  assert.equal(errorName(first.reply.errorCode), 'REBALANCE_IN_PROGRESS')
  assert.equal(again.isParked, true)
})

test('join: a stable group that is full takes its members back and nobody else', () => {
  const driver = new GroupDriver({ groupMaxSize: 2 })
  const { memberIds } = driver.stableGroup(2)
  const { errorCode, memberId } = driver.join().reply
  assert.deepEqual([errorName(errorCode), memberId], ['GROUP_MAX_SIZE_REACHED', ''])
  assert.equal(driver.join({ memberId: memberIds[1] ?? '' }).reply.errorCode, 0)
})

test('join: during a rebalance, places go to the first who join', () => {
  const driver = new GroupDriver({ groupMaxSize: 2 })
  const pending = Array.from({ length: 3 }, () => driver.join().reply.memberId)
  const asked = pending.map((memberId) => driver.join({ memberId }))
  assert.equal(errorName(asked[2]?.reply.errorCode ?? 0), 'GROUP_MAX_SIZE_REACHED')
  driver.advance(9_000)
  assert.equal(driver.group.size, 2)
})

test('join: a group that is loaded with more members than it may have sheds the last to rejoin', () => {
  const before = new GroupDriver()
  const { memberIds } = before.stableGroup(3)
  const driver = new GroupDriver({ groupMaxSize: 2 }, before.log)
  assert.equal(driver.group.state, 'PreparingRebalance')
  const asked = memberIds.map((memberId) => driver.join({ memberId }))
  assert.equal(errorName(asked[2]?.reply.errorCode ?? 0), 'GROUP_MAX_SIZE_REACHED')
  assert.deepEqual([asked[0]?.reply.generationId, asked[1]?.reply.generationId], [2, 2])
})

test('join: a pending member that never comes back does not hold the rebalance beyond its session', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(1)
  driver.join()
  const leader = driver.join({ memberId: memberIds[0] ?? '' })
  assert.equal(leader.isParked, true)
  driver.advance(10_000)
  assert.equal(leader.reply.generationId, 2)
})

test('join: when the only member leaves during the first rebalance, others may still come', () => {
  const driver = new GroupDriver()
  const { memberId } = driver.joinWithId()
  driver.leave({ memberId })
  assert.deepEqual([driver.group.state, driver.group.size], ['PreparingRebalance', 0])
  const { asked } = driver.joinWithId()
  driver.advance(6_000)
  assert.deepEqual([asked.reply.generationId, asked.reply.members.length], [1, 1])
})

test('join: a new member whose request stays parked for five minutes is given up', () => {
  const driver = new GroupDriver()
  const { memberIds } = driver.stableGroup(1, { rebalanceTimeoutMs: 600_000, sessionTimeoutMs: 600_000 })
  const { asked } = driver.joinWithId({ rebalanceTimeoutMs: 600_000, sessionTimeoutMs: 600_000 })
  driver.advance(299_999)
  assert.equal(asked.isParked, true)
  driver.advance(1)
  assert.equal(errorName(asked.reply.errorCode), 'UNKNOWN_MEMBER_ID')
  assert.deepEqual(
    Array.from(driver.group.members(), ({ memberId }) => memberId),
    memberIds,
  )
})

test('join: the metadata of a member is a copy, not a view of the request', () => {
  const driver = new GroupDriver()
  const metadata = subscriptionOf('orders')
  driver.join({ apiVersion: 3, protocols: [{ name: 'range', metadata }] })
  metadata.fill(0)
  driver.advance(3_000)
  assert.equal(driver.group.isSubscribedToTopic('orders'), true)
  assert.equal(driver.group.isSubscribedToTopic('payments'), false)
})
