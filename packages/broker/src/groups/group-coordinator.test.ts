/** The coordinator as handlers use it: routing, error codes by request and version, elections, work on all groups. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildBatch, javaStringHash, kafkaAbs } from '@millrace/protocol'
import { defaultGroupConfig, errorName, subscriptionOf } from '../testing/group-driver.js'
import { ManualTime, settle } from '../testing/manual-time.js'
import { MemoryCoordinatorLog } from '../testing/memory-coordinator-log.js'
import { MemoryLogger } from '../testing/memory-logger.js'
import type { JoinGroupInput } from './core/group-messages.js'
import { GroupCoordinator, type GroupCoordinatorConfig } from './group-coordinator.js'

const PARTITIONS = 4
const V9 = { apiVersion: 9, clientId: 'app', clientHost: '/127.0.0.1' }

function createCoordinator(config: Partial<GroupCoordinatorConfig> = {}) {
  const time = new ManualTime()
  const logs = Array.from({ length: PARTITIONS }, () => new MemoryCoordinatorLog())
  let members = 0
  const options = {
    config: {
      ...defaultGroupConfig,
      offsetsTopicPartitions: PARTITIONS,
      offsetsCommitTimeoutMs: 5_000,
      offsetsRetentionCheckIntervalMs: 600_000,
      ...config,
    },
    clock: time,
    scheduler: time,
    logger: new MemoryLogger(),
    newMemberIdSuffix: () => `${members++}`,
    openLog: (partition: number) => {
      const log = logs[partition]
      assert(log !== undefined)
      return log
    },
  }
  const coordinator = new GroupCoordinator(options)
  const logOf = (groupId: string) => options.openLog(coordinator.partitionFor(groupId))
  return { coordinator, time, logs, logOf, options }
}

/** A coordinator that leads all partitions. */
async function electedCoordinator(config: Partial<GroupCoordinatorConfig> = {}) {
  const all = createCoordinator(config)
  for (let partition = 0; partition < PARTITIONS; partition++) all.coordinator.onElection(partition, 1)
  await settle()
  return all
}

function joinRequest(groupId: string, overrides: Partial<JoinGroupInput> = {}): JoinGroupInput {
  return {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscriptionOf('orders') }],
    ...overrides,
  }
}

function commitRequest(groupId: string, offset: number) {
  return {
    groupId,
    topics: [
      {
        name: 'orders',
        partitions: [{ partitionIndex: 0, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: '' }],
      },
    ],
  }
}

type Coordinator = ReturnType<typeof createCoordinator>['coordinator']

async function commit(coordinator: Coordinator, groupId: string, offset: number): Promise<string> {
  const { topics } = await coordinator.commitOffsets(V9, commitRequest(groupId, offset))
  return errorName(topics[0]?.partitions[0]?.errorCode ?? 0)
}

async function fetched(coordinator: Coordinator, groupId: string): Promise<number[]> {
  const { topics } = await coordinator.fetchOffsets({ groupId, topics: null }, true)
  return topics.flatMap(({ partitions }) => partitions.map(({ committedOffset }) => committedOffset))
}

/** Two members of a stable group, by promises as clients see them. */
async function stableGroup({ coordinator, time }: ReturnType<typeof createCoordinator>, groupId: string) {
  const context = { ...V9, apiVersion: 3 }
  const joins = [0, 1].map(() => coordinator.joinGroup(context, joinRequest(groupId)))
  await time.advance(6_000)
  const [leader, follower] = await Promise.all(joins)
  assert(leader !== undefined && follower !== undefined)
  const identity = { groupId, generationId: leader.generationId }
  const waiting = coordinator.syncGroup({ ...identity, memberId: follower.memberId, assignments: [] })
  const assignments = [leader, follower].map(({ memberId }) => ({ memberId, assignment: Buffer.from(memberId) }))
  await coordinator.syncGroup({ ...identity, memberId: leader.memberId, assignments })
  const { assignment } = await waiting
  assert.equal(assignment.toString(), follower.memberId)
  return { leader: leader.memberId, follower: follower.memberId, generationId: leader.generationId }
}

test('partition of a group: Java’s hash, whose smallest value counts as 0', () => {
  const { coordinator } = createCoordinator({ offsetsTopicPartitions: 50 })
  assert.equal(coordinator.partitionFor('my-group'), Math.abs(javaStringHash('my-group')) % 50)
  assert.equal(coordinator.partitionFor('console-consumer-1234') < 50, true)
  // Java: "polygenelubricants".hashCode() == Integer.MIN_VALUE
  assert.equal(javaStringHash('polygenelubricants'), -(2 ** 31))
  assert.equal(coordinator.partitionFor('polygenelubricants'), kafkaAbs(-(2 ** 31)))
})

test('partition of a group: the topic’s own partition count, once it exists, comes before the configured one', () => {
  const { options } = createCoordinator({ offsetsTopicPartitions: 50 })
  let count: number | undefined
  const coordinator = new GroupCoordinator({ ...options, offsetsTopicPartitionCount: () => count })
  const hash = kafkaAbs(javaStringHash('my-group'))
  assert.equal(coordinator.partitionFor('my-group'), hash % 50)
  count = 7
  assert.equal(coordinator.partitionFor('my-group'), hash % 7)
  count = 9
  assert.equal(coordinator.partitionFor('my-group'), hash % 7)
})

test('a group’s life: join, sync, heartbeat, commit, leave', async () => {
  const all = await electedCoordinator()
  const { coordinator } = all
  const { leader, follower, generationId } = await stableGroup(all, 'g')
  const heartbeat = { groupId: 'g', generationId, memberId: follower }
  assert.deepEqual(await coordinator.heartbeat(heartbeat), { errorCode: 0 })
  const member = { generationIdOrMemberEpoch: generationId, memberId: leader }
  const committed = await coordinator.commitOffsets(V9, { ...commitRequest('g', 7), ...member })
  assert.equal(committed.topics[0]?.partitions[0]?.errorCode, 0)
  assert.deepEqual(await fetched(coordinator, 'g'), [7])
  const left = await coordinator.leaveGroup({ groupId: 'g', members: [{ memberId: leader }] })
  assert.deepEqual(left, { errorCode: 0, members: [{ memberId: leader, groupInstanceId: null, errorCode: 0 }] })
  assert.equal(errorName((await coordinator.heartbeat(heartbeat)).errorCode), 'REBALANCE_IN_PROGRESS')
  const [described] = await coordinator.describeGroups(V9, ['g'])
  assert.equal(described?.groupState, 'PreparingRebalance')
})

test('a heartbeat does not wait for a commit that hangs', async () => {
  const all = await electedCoordinator()
  const { follower, generationId } = await stableGroup(all, 'g')
  const log = all.logOf('g')
  log.holdsAppends = true
  const member = { generationIdOrMemberEpoch: generationId, memberId: follower }
  const committing = all.coordinator.commitOffsets(V9, { ...commitRequest('g', 5), ...member })
  const answer = await all.coordinator.heartbeat({ groupId: 'g', generationId, memberId: follower })
  assert.deepEqual(answer, { errorCode: 0 })
  assert.equal(log.pending.length, 1)
  log.pending.shift()?.complete()
  assert.equal((await committing).topics[0]?.partitions[0]?.errorCode, 0)
})

test('session timers run by the scheduler', async () => {
  const all = await electedCoordinator()
  await stableGroup(all, 'g')
  await all.time.advance(10_000)
  const [described] = await all.coordinator.describeGroups(V9, ['g'])
  assert.deepEqual([described?.groupState, described?.members.length], ['Empty', 0])
})

test('failover: another coordinator on the same logs goes on with the group', async () => {
  const all = await electedCoordinator()
  const { follower, generationId } = await stableGroup(all, 'g')
  assert.equal(await commit(all.coordinator, 'simple', 5), 'NONE')
  await all.coordinator.close()
  const next = new GroupCoordinator(all.options)
  for (let partition = 0; partition < PARTITIONS; partition++) next.onElection(partition, 2)
  await settle()
  assert.deepEqual(await next.heartbeat({ groupId: 'g', generationId, memberId: follower }), { errorCode: 0 })
  const synced = await next.syncGroup({ groupId: 'g', generationId, memberId: follower, assignments: [] })
  assert.equal(synced.assignment.toString(), follower)
  assert.deepEqual(await fetched(next, 'simple'), [5])
  await next.close()
})

test('resignation and close: parked requests get NOT_COORDINATOR', async () => {
  const { coordinator } = await electedCoordinator()
  const first = coordinator.joinGroup({ ...V9, apiVersion: 3 }, joinRequest('g'))
  await settle()
  coordinator.onResignation(coordinator.partitionFor('g'), 2)
  assert.equal(errorName((await first).errorCode), 'NOT_COORDINATOR')
  const other = ['a', 'b', 'c', 'd'].find((id) => coordinator.partitionFor(id) !== coordinator.partitionFor('g')) ?? ''
  const second = coordinator.joinGroup({ ...V9, apiVersion: 3 }, joinRequest(other))
  await settle()
  await coordinator.close()
  assert.equal(errorName((await second).errorCode), 'NOT_COORDINATOR')
})

test('requests to a coordinator that does not lead the partition', async () => {
  const { coordinator } = createCoordinator()
  const groupId = 'g'
  const errors = [
    (await coordinator.joinGroup(V9, joinRequest(groupId))).errorCode,
    (await coordinator.syncGroup({ groupId, generationId: 1, memberId: 'm', assignments: [] })).errorCode,
    (await coordinator.heartbeat({ groupId, generationId: 1, memberId: 'm' })).errorCode,
    (await coordinator.leaveGroup({ groupId, members: [{ memberId: 'm' }] })).errorCode,
    (await coordinator.fetchOffsets({ groupId, topics: null }, false)).errorCode,
    (await coordinator.deleteOffsets({ groupId, topics: [] })).errorCode,
    (await coordinator.describeGroups(V9, [groupId]))[0]?.errorCode,
    (await coordinator.deleteGroups([groupId]))[0]?.errorCode,
  ]
  assert.deepEqual(
    errors.map((code) => errorName(code ?? 0)),
    Array(8).fill('NOT_COORDINATOR'),
  )
  assert.equal(await commit(coordinator, groupId, 1), 'NOT_COORDINATOR')
  assert.deepEqual(await coordinator.listGroups({}), { errorCode: 0, groups: [] })
})

test('requests while the groups are loaded: heartbeats are answered blindly, all others are told', async () => {
  const { coordinator, logOf } = createCoordinator()
  const groupId = 'g'
  logOf(groupId).write(buildBatch([{ key: Buffer.from('0063', 'hex') }]))
  logOf(groupId).beforeRead = () => new Promise(() => undefined)
  coordinator.onElection(coordinator.partitionFor(groupId), 1)
  await settle()
  assert.deepEqual(await coordinator.heartbeat({ groupId, generationId: 1, memberId: 'm' }), { errorCode: 0 })
  const loading = 'COORDINATOR_LOAD_IN_PROGRESS'
  assert.equal(errorName((await coordinator.joinGroup(V9, joinRequest(groupId))).errorCode), loading)
  assert.equal(errorName((await coordinator.fetchOffsets({ groupId, topics: null }, false)).errorCode), loading)
  assert.equal(errorName((await coordinator.listGroups({})).errorCode), loading)
  assert.equal(await commit(coordinator, groupId, 1), loading)
})

test('the empty group id: INVALID_GROUP_ID for members, allowed for offsets, describe and delete', async () => {
  const { coordinator } = await electedCoordinator()
  const groupId = ''
  const invalid = [
    (await coordinator.joinGroup(V9, joinRequest(groupId))).errorCode,
    (await coordinator.syncGroup({ groupId, generationId: 1, memberId: 'm', assignments: [] })).errorCode,
    (await coordinator.heartbeat({ groupId, generationId: 1, memberId: 'm' })).errorCode,
    (await coordinator.leaveGroup({ groupId, members: [] })).errorCode,
    (await coordinator.deleteOffsets({ groupId, topics: [] })).errorCode,
  ]
  assert.deepEqual(invalid.map(errorName), Array(5).fill('INVALID_GROUP_ID'))
  assert.equal(await commit(coordinator, groupId, 3), 'NONE')
  assert.deepEqual(await fetched(coordinator, groupId), [3])
  assert.equal((await coordinator.describeGroups(V9, [groupId]))[0]?.groupState, 'Empty')
  assert.deepEqual(await coordinator.deleteGroups([groupId]), [{ groupId, errorCode: 0 }])
})

test('join: a session timeout out of range is refused', async () => {
  const { coordinator } = await electedCoordinator()
  for (const sessionTimeoutMs of [5_999, 1_800_001]) {
    const reply = await coordinator.joinGroup(V9, joinRequest('g', { sessionTimeoutMs, memberId: 'm' }))
    assert.deepEqual([errorName(reply.errorCode), reply.memberId], ['INVALID_SESSION_TIMEOUT', 'm'])
  }
})

test('leave of a group that does not exist: each member gets its error', async () => {
  const { coordinator } = await electedCoordinator()
  const reply = await coordinator.leaveGroup({ groupId: 'none', members: [{ memberId: 'm' }] })
  assert.equal(reply.errorCode, 0)
  assert.equal(errorName(reply.members[0]?.errorCode ?? 0), 'UNKNOWN_MEMBER_ID')
})

test('offset fetch: a log that cannot commit is NOT_COORDINATOR, for clients that know nothing else', async () => {
  const { coordinator, time, logOf } = await electedCoordinator()
  logOf('g').commitsAtOnce = false
  const committing = commit(coordinator, 'g', 1)
  const fetching = coordinator.fetchOffsets({ groupId: 'g', topics: null }, false)
  await time.advance(5_000)
  assert.equal(await committing, 'COORDINATOR_NOT_AVAILABLE')
  assert.equal(errorName((await fetching).errorCode), 'NOT_COORDINATOR')
})

test('describe, delete, list: many groups over all partitions, answers in the order of the question', async () => {
  const { coordinator } = await electedCoordinator()
  const ids = Array.from({ length: 20 }, (_, index) => `group-${index}`)
  for (const id of ids) assert.equal(await commit(coordinator, id, 1), 'NONE')
  const { groups } = await coordinator.listGroups({ statesFilter: ['Empty'] })
  assert.deepEqual(groups.map(({ groupId }) => groupId).sort(), [...ids].sort())
  const described = await coordinator.describeGroups(V9, [...ids, 'none', 'group-3'])
  assert.deepEqual(
    described.map(({ groupId }) => groupId),
    [...ids, 'none', 'group-3'],
  )
  const deleted = await coordinator.deleteGroups([...ids.slice(0, 10), 'none'])
  assert.deepEqual(
    deleted.map(({ errorCode }) => errorName(errorCode)),
    [...Array(10).fill('NONE'), 'GROUP_ID_NOT_FOUND'],
  )
  assert.equal((await coordinator.listGroups({})).groups.length, 10)
})

test('expiry: at every check interval, on all partitions', async () => {
  const { coordinator, time } = await electedCoordinator({ offsetsRetentionMinutes: 15 })
  for (const id of ['a', 'b', 'c', 'd', 'e']) await commit(coordinator, id, 1)
  await time.advance(600_000)
  assert.equal((await coordinator.listGroups({})).groups.length, 5)
  await time.advance(601_000)
  assert.equal((await coordinator.listGroups({})).groups.length, 0)
  await coordinator.close()
  assert.equal(time.taskCount, 0)
})

test('deleted topics: their offsets are gone on all partitions', async () => {
  const { coordinator, time } = await electedCoordinator()
  const ids = Array.from({ length: 300 }, (_, index) => `group-${index}`)
  for (const id of ids) await commit(coordinator, id, 1)
  const done = coordinator.onTopicsDeleted(['orders'])
  await time.advance(100)
  await done
  for (const id of ids) assert.deepEqual(await fetched(coordinator, id), [])
})
