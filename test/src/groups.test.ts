/** Classic consumer groups on the wire: members that join, sync, restart and leave, and the offsets they commit. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  apis,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  ErrorCode,
  encodeVersioned,
  type RequestInputOf,
} from '@millrace/protocol'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { RawClient } from './support/raw-client.js'
import { sharedBroker } from './support/shared-broker.js'
import { brokerOn, temporaryBroker } from './support/temporary-broker.js'
import { createTopic, deleteTopic, uniqueName } from './support/topics.js'

const broker = sharedBroker()

type JoinInput = RequestInputOf<typeof apis.JoinGroup>

/** Asks for the coordinator until it has loaded the group. */
async function coordinator(client: RawClient, groupId: string): Promise<void> {
  await eventually(async () => {
    const { coordinators } = await client.call(apis.FindCoordinator, 4, { keyType: 0, coordinatorKeys: [groupId] })
    assert.equal(coordinators[0]?.errorCode, ErrorCode.NONE)
    const { groups } = await client.call(apis.DescribeGroups, 5, { groups: [groupId] })
    assert.equal(groups[0]?.errorCode, ErrorCode.NONE)
  })
}

async function freshGroup(t: TestContext, count: number) {
  const groupId = uniqueName('group')
  const clients = await Promise.all(Array.from({ length: count }, () => broker.connect(t)))
  await coordinator(clients[0] as RawClient, groupId)
  return { groupId, clients: clients as [RawClient, ...RawClient[]] }
}

function joining(groupId: string, more: Partial<JoinInput> = {}): JoinInput {
  const metadata = encodeVersioned(consumerProtocolSubscription, 1, { topics: ['topic'], ownedPartitions: [] })
  return {
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata }],
    ...more,
  }
}

/** Joins with the member id that the coordinator gives out. */
async function join(client: RawClient, request: JoinInput) {
  const first = await client.call(apis.JoinGroup, 9, request)
  if (first.errorCode !== ErrorCode.MEMBER_ID_REQUIRED) return first
  assert.notEqual(first.memberId, '')
  return await client.call(apis.JoinGroup, 9, { ...request, memberId: first.memberId })
}

interface Membership {
  readonly groupId: string
  readonly memberId: string
  readonly generationId: number
  readonly groupInstanceId?: string | null
}

/** Hands in the assignments (the leader) or nothing, and gives the member's own. */
async function sync(client: RawClient, member: Membership, assignments: Readonly<Record<string, string>> = {}) {
  const answer = await client.call(apis.SyncGroup, 5, {
    ...member,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) })),
  })
  return [answer.errorCode, answer.assignment.toString()]
}

async function heartbeat(client: RawClient, member: Membership): Promise<number> {
  return (await client.call(apis.Heartbeat, 4, member)).errorCode
}

test('two members go through a rebalance: the leader alone hears of both, each gets its own assignment', async (t) => {
  const { groupId, clients } = await freshGroup(t, 2)
  const [one, two] = clients as [RawClient, RawClient]
  const alone = await join(one, joining(groupId))
  assert.deepEqual([alone.generationId, alone.leader, alone.members.length], [1, alone.memberId, 1])
  const leader = { groupId, memberId: alone.memberId, generationId: 1 }
  assert.deepEqual(await sync(one, leader, { [leader.memberId]: 'all' }), [0, 'all'])
  assert.equal(await heartbeat(one, leader), ErrorCode.NONE)

  const second = join(two, joining(groupId))
  await eventually(async () => assert.equal(await heartbeat(one, leader), ErrorCode.REBALANCE_IN_PROGRESS))
  const rejoined = await join(one, joining(groupId, { memberId: leader.memberId }))
  const joined = await second
  assert.deepEqual([rejoined.generationId, joined.generationId], [2, 2])
  assert.deepEqual([rejoined.members.length, joined.members.length], [2, 0])
  assert.equal(joined.leader, rejoined.memberId)

  const follower = { groupId, memberId: joined.memberId, generationId: 2 }
  const waiting = sync(two, follower)
  assert.equal((await sync(one, leader, {}))[0], ErrorCode.ILLEGAL_GENERATION)
  const handedIn = { [leader.memberId]: 'mine', [follower.memberId]: 'yours' }
  assert.deepEqual(await sync(one, { ...leader, generationId: 2 }, handedIn), [0, 'mine'])
  assert.deepEqual(await waiting, [0, 'yours'])
  assert.equal(await heartbeat(two, follower), ErrorCode.NONE)
  assert.equal(await heartbeat(two, { ...follower, memberId: 'nobody' }), ErrorCode.UNKNOWN_MEMBER_ID)

  const { groups } = await one.call(apis.DescribeGroups, 5, { groups: [groupId], includeAuthorizedOperations: true })
  assert.deepEqual(
    [groups[0]?.groupState, groups[0]?.protocolType, groups[0]?.protocolData, groups[0]?.members.length],
    ['Stable', 'consumer', 'range', 2],
  )
  assert.match(groups[0]?.members[0]?.clientHost ?? '', /^\/127\.0\.0\.1$/)
  assert.equal(groups[0]?.authorizedOperations, (1 << 3) | (1 << 6) | (1 << 8))
})

test('several leave in one request, each with its own answer, and the group is empty then', async (t) => {
  const { groupId, clients } = await freshGroup(t, 1)
  const [client] = clients
  const joined = await join(client, joining(groupId))
  const left = await client.call(apis.LeaveGroup, 5, {
    groupId,
    members: [
      { memberId: joined.memberId, groupInstanceId: null, reason: 'done' },
      { memberId: 'nobody', groupInstanceId: null },
    ],
  })
  assert.equal(left.errorCode, ErrorCode.NONE)
  assert.deepEqual(
    left.members.map(({ memberId, errorCode }) => [memberId, errorCode]),
    [
      [joined.memberId, ErrorCode.NONE],
      ['nobody', ErrorCode.UNKNOWN_MEMBER_ID],
    ],
  )
  const { groups } = await client.call(apis.DescribeGroups, 5, { groups: [groupId] })
  assert.equal(groups[0]?.groupState, 'Empty')
  const { groups: listed } = await client.call(apis.ListGroups, 5, { statesFilter: ['Empty'], typesFilter: [] })
  assert.ok(listed.some((group) => group.groupId === groupId && group.groupType === 'classic'))
})

test('a static member that restarts keeps its assignment without a rebalance, and its former self is fenced', async (t) => {
  const { groupId, clients } = await freshGroup(t, 2)
  const [before, after] = clients as [RawClient, RawClient]
  const groupInstanceId = 'instance'
  const first = await join(before, joining(groupId, { groupInstanceId }))
  assert.equal(first.errorCode, ErrorCode.NONE)
  const former = { groupId, memberId: first.memberId, generationId: first.generationId, groupInstanceId }
  assert.deepEqual(await sync(before, former, { [former.memberId]: 'all' }), [0, 'all'])
  before.close()

  const second = await join(after, joining(groupId, { groupInstanceId }))
  assert.deepEqual([second.errorCode, second.generationId], [ErrorCode.NONE, first.generationId])
  assert.notEqual(second.memberId, first.memberId)
  const present = { ...former, memberId: second.memberId }
  assert.deepEqual(await sync(after, present), [0, 'all'])
  assert.equal(await heartbeat(after, present), ErrorCode.NONE)
  assert.equal(await heartbeat(after, former), ErrorCode.FENCED_INSTANCE_ID)
  const left = await after.call(apis.LeaveGroup, 5, { groupId, members: [{ memberId: '', groupInstanceId }] })
  assert.equal(left.members[0]?.errorCode, ErrorCode.NONE)
})

test('a member that goes away during a join does not hold up those who stay', async (t) => {
  const { groupId, clients } = await freshGroup(t, 2)
  const [one, two] = clients as [RawClient, RawClient]
  const short = { sessionTimeoutMs: 6000, rebalanceTimeoutMs: 500 }
  const first = await join(one, joining(groupId, short))
  await sync(one, { groupId, memberId: first.memberId, generationId: 1 }, {})
  const joined = join(two, joining(groupId, short))
  one.close()
  assert.equal((await joined).errorCode, ErrorCode.NONE)
})

test('from version 10 on offsets go by topic id; ids that are not known are told so', async (t) => {
  const { groupId, clients } = await freshGroup(t, 1)
  const [client] = clients
  const { topicId, topic } = await createTopic(client, {}, { partitions: 2 })
  const unknown = 'AAAAAAAAAAAAAAAAAAAA_w'
  const committed = await client.call(apis.OffsetCommit, 10, {
    groupId,
    memberId: '',
    topics: [topicId, unknown].map((id) => ({
      topicId: id,
      partitions: [0, 9].map((partitionIndex) => ({ partitionIndex, committedOffset: 7, committedMetadata: 'm' })),
    })),
  })
  assert.deepEqual(
    committed.topics.flatMap(({ topicId: id, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => [id, partitionIndex, errorCode]),
    ),
    [
      [topicId, 0, ErrorCode.NONE],
      [topicId, 9, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      [unknown, 0, ErrorCode.UNKNOWN_TOPIC_ID],
      [unknown, 9, ErrorCode.UNKNOWN_TOPIC_ID],
    ],
  )
  const { groups } = await client.call(apis.OffsetFetch, 10, {
    groups: [{ groupId, topics: [topicId, unknown].map((id) => ({ topicId: id, partitionIndexes: [0, 1] })) }],
  })
  assert.deepEqual(
    groups[0]?.topics.flatMap(({ topicId: id, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset, errorCode }) => [
        id,
        partitionIndex,
        committedOffset,
        errorCode,
      ]),
    ),
    [
      [topicId, 0, 7, ErrorCode.NONE],
      [topicId, 1, -1, ErrorCode.NONE],
      [unknown, 0, -1, ErrorCode.UNKNOWN_TOPIC_ID],
      [unknown, 1, -1, ErrorCode.UNKNOWN_TOPIC_ID],
    ],
  )
  const all = await client.call(apis.OffsetFetch, 10, { groups: [{ groupId, topics: null }] })
  assert.deepEqual(
    all.groups[0]?.topics.map((one) => [one.topicId, one.partitions[0]?.committedOffset]),
    [[topicId, 7]],
  )
  await deleteTopic(client, topic)
  const gone = await client.call(apis.OffsetFetch, 10, {
    groups: [{ groupId, topics: [{ topicId, partitionIndexes: [0] }] }],
  })
  assert.equal(gone.groups[0]?.topics[0]?.partitions[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_ID)
})

test('commits of an old generation or an unknown member are refused, those outside a group while it has members too', async (t) => {
  const { groupId, clients } = await freshGroup(t, 1)
  const [client] = clients
  const { topic } = await createTopic(client)
  const joined = await join(client, joining(groupId))
  const commit = async (memberId: string, generation: number) => {
    const { topics } = await client.call(apis.OffsetCommit, 8, {
      groupId,
      memberId,
      generationIdOrMemberEpoch: generation,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }] }],
    })
    return topics[0]?.partitions[0]?.errorCode
  }
  const { memberId } = joined
  assert.equal(await commit(memberId, 1), ErrorCode.REBALANCE_IN_PROGRESS, 'nothing is assigned yet')
  await sync(client, { groupId, memberId, generationId: 1 }, { [memberId]: 'all' })
  assert.equal(await commit(memberId, 1), ErrorCode.NONE)
  assert.equal(await commit(memberId, 0), ErrorCode.ILLEGAL_GENERATION)
  assert.equal(await commit('nobody', 1), ErrorCode.UNKNOWN_MEMBER_ID)
  assert.equal(await commit('', -1), ErrorCode.UNKNOWN_MEMBER_ID)
})

test('an offset can be committed for longer than time can be counted', async (t) => {
  const { groupId, clients } = await freshGroup(t, 1)
  const [client] = clients
  const { topic } = await createTopic(client)
  for (const retentionTimeMs of [2 ** 63 - 1024, 2 ** 53, 1000, -1]) {
    const { topics } = await client.call(apis.OffsetCommit, 2, {
      groupId,
      memberId: '',
      retentionTimeMs,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }],
    })
    assert.equal(topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE)
  }
})

test('offsets of a topic that the group reads cannot be deleted, others can', async (t) => {
  const { groupId, clients } = await freshGroup(t, 1)
  const [client] = clients
  const read = await createTopic(client)
  const other = await createTopic(client)
  const metadata = encodeVersioned(consumerProtocolSubscription, 1, { topics: [read.topic], ownedPartitions: [] })
  const { memberId } = await join(client, joining(groupId, { protocols: [{ name: 'range', metadata }] }))
  const assignment = encodeVersioned(consumerProtocolAssignment, 1, {
    assignedPartitions: [{ topic: read.topic, partitions: [0] }],
  })
  await sync(client, { groupId, memberId, generationId: 1 }, { [memberId]: assignment.toString('latin1') })
  await client.call(apis.OffsetCommit, 8, {
    groupId,
    memberId,
    generationIdOrMemberEpoch: 1,
    topics: [read, other].map(({ topic }) => ({
      name: topic,
      partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }],
    })),
  })
  const deleted = await client.call(apis.OffsetDelete, 0, {
    groupId,
    topics: [read, other].map(({ topic }) => ({ name: topic, partitions: [{ partitionIndex: 0 }] })),
  })
  assert.equal(deleted.errorCode, ErrorCode.NONE)
  assert.deepEqual(
    deleted.topics.map(({ name, partitions }) => [name, partitions[0]?.errorCode]),
    [
      [read.topic, ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC],
      [other.topic, ErrorCode.NONE],
    ],
  )
  const { groups } = await client.call(apis.OffsetFetch, 8, { groups: [{ groupId, topics: null }] })
  assert.deepEqual(
    groups[0]?.topics.map(({ name }) => name),
    [read.topic],
  )
  const { results } = await client.call(apis.DeleteGroups, 2, { groupsNames: [groupId, 'no-such-group'] })
  assert.deepEqual(
    results.map(({ errorCode }) => errorCode),
    [ErrorCode.NON_EMPTY_GROUP, ErrorCode.GROUP_ID_NOT_FOUND],
  )
})

test('a group that nobody knows is Dead, from version 6 on an error too', async (t) => {
  const { clients } = await freshGroup(t, 1)
  for (let version = 0; version <= 6; version++) {
    const { groups } = await clients[0].call(apis.DescribeGroups, version, { groups: ['nobody-knows'] })
    const error = version < 6 ? ErrorCode.NONE : ErrorCode.GROUP_ID_NOT_FOUND
    assert.deepEqual([groups[0]?.errorCode, groups[0]?.groupState], [error, 'Dead'])
  }
})

test('after a restart members go on in their generation, and offsets are there', async (t) => {
  const first = await temporaryBroker(t)
  const client = await RawClient.connect(first.bootstrap)
  const groupId = 'survives'
  await coordinator(client, groupId)
  const { topic } = await createTopic(client)
  const { memberId, generationId } = await join(client, joining(groupId))
  const member = { groupId, memberId, generationId }
  await sync(client, member, { [memberId]: 'all' })
  await client.call(apis.OffsetCommit, 8, {
    groupId,
    memberId,
    generationIdOrMemberEpoch: generationId,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 42, committedMetadata: 'note' }] }],
  })
  client.close()
  await first.broker.close()

  const second = await brokerOn(t, first.dir)
  const again = await RawClient.connect(second.bootstrap)
  defer(t, () => again.close())
  await coordinator(again, groupId)
  assert.equal(await heartbeat(again, member), ErrorCode.NONE)
  assert.deepEqual(await sync(again, member), [0, 'all'])
  const { groups } = await again.call(apis.OffsetFetch, 8, { groups: [{ groupId, topics: null }] })
  const offset = groups[0]?.topics[0]?.partitions[0]
  assert.deepEqual([offset?.committedOffset, offset?.metadata], [42, 'note'])
})
