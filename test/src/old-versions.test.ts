/**
 * What old versions say, not only that they are answered: each version tells all that the newest one tells and its own
 * fields can hold, and the oldest version of each request that is shaped otherwise is spelt out. `interop/versions` asks
 * Apache's brokers the same.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnyApi, apis, decodeResponse, encodeResponse } from '@millrace/protocol'
import { type ClusterFixture, clusterFixture, everyRequest, fixtureTopic } from './support/every-request.js'
import { temporaryBroker } from './support/temporary-broker.js'

const lengthBytes = 4

/** APIs that change nothing, and whose requests and answers have the same shape from the oldest version on. */
const steady = [
  'Heartbeat',
  'SyncGroup',
  'ListGroups',
  'OffsetForLeaderEpoch',
  'DescribeConfigs',
  'DescribeCluster',
  'DescribeProducers',
  'DeleteGroups',
  'ListPartitionReassignments',
]

test('an old version tells all that the newest one tells and its fields can hold', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const f = await clusterFixture(t, bootstrap)
  await writeSomething(f)
  for (const name of steady) {
    const api = (apis as Readonly<Record<string, AnyApi>>)[name]
    assert.ok(api, name)
    const { min, max } = api.versions
    const newest = await ask(f, name, api, max)
    for (let version = min; version < max; version++) {
      const answer = await ask(f, name, api, version)
      assert.deepEqual(answer, inVersion(api, version, newest), `${name} version ${version}`)
    }
  }
})

/** Records and a committed offset, so that there is something to tell. */
async function writeSomething(f: ClusterFixture): Promise<void> {
  for (const [name, version] of [
    ['Produce', 9],
    ['OffsetCommit', 9],
  ] as const) {
    await ask(f, name, apis[name], version)
  }
}

async function ask(f: ClusterFixture, name: string, api: AnyApi, version: number): Promise<unknown> {
  return await f.client.call(api, version, everyRequest[name]?.(f, version) as never)
}

/** What is left of an answer that goes out in a version. */
function inVersion(api: AnyApi, version: number, answer: unknown): unknown {
  const frame = Buffer.concat(encodeResponse(api, version, 1, answer as never))
  return decodeResponse(api, version, frame.subarray(lengthBytes)).body
}

test('Metadata 0: brokers and partitions, no controller, no epochs', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const { client } = await clusterFixture(t, bootstrap)
  const { brokers, topics, clusterId, controllerId } = await client.call(apis.Metadata, 0, {
    topics: [{ name: fixtureTopic }],
  })
  const [host = '', port] = bootstrap.split(':')
  assert.deepEqual(brokers, [{ nodeId: 0, host, port: Number(port), rack: null }])
  assert.deepEqual([clusterId, controllerId], [null, -1])
  const [topic] = topics
  assert.deepEqual([topic?.errorCode, topic?.name, topic?.partitions.length], [0, fixtureTopic, 1])
  const { partitionIndex, leaderId, replicaNodes, isrNodes } = topic?.partitions[0] ?? {}
  assert.deepEqual([partitionIndex, leaderId, replicaNodes, isrNodes], [0, 0, [0], [0]])
})

test('Metadata 0 with an empty list means all topics, from version 1 on none', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const { client } = await clusterFixture(t, bootstrap)
  const names = async (version: number) =>
    (await client.call(apis.Metadata, version, { topics: [] })).topics.map(({ name }) => name)
  assert.ok((await names(0)).includes(fixtureTopic))
  assert.deepEqual(await names(1), [])
})

test('Produce 3 and Fetch 4: offsets, high watermark, the records themselves', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const f = await clusterFixture(t, bootstrap)
  const produced = await f.client.call(apis.Produce, 3, everyRequest['Produce']?.(f, 3) as never)
  const { baseOffset, logAppendTimeMs } = produced.responses[0]?.partitionResponses[0] ?? {}
  assert.deepEqual([baseOffset, logAppendTimeMs], [0, -1])
  const fetched = await f.client.call(apis.Fetch, 4, everyRequest['Fetch']?.(f, 4) as never)
  const { errorCode, highWatermark, lastStableOffset, records } = fetched.responses[0]?.partitions[0] ?? {}
  assert.deepEqual([errorCode, highWatermark, lastStableOffset], [0, 1, 1])
  const newest = await f.client.call(apis.Fetch, 12, everyRequest['Fetch']?.(f, 12) as never)
  assert.deepEqual(records, newest.responses[0]?.partitions[0]?.records)
})

test('OffsetCommit 2 and OffsetFetch 1: what is committed is found; a partition without an offset has -1', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const { client, memberId, generationId } = await clusterFixture(t, bootstrap)
  const partitions = [{ partitionIndex: 0, committedOffset: 42, committedMetadata: 'note' }]
  const committed = await client.call(apis.OffsetCommit, 2, {
    groupId: 'group',
    memberId,
    generationIdOrMemberEpoch: generationId,
    topics: [{ name: fixtureTopic, partitions }],
  })
  assert.deepEqual(committed.topics[0]?.partitions, [{ partitionIndex: 0, errorCode: 0 }])
  const { topics } = await client.call(apis.OffsetFetch, 1, {
    groupId: 'group',
    topics: [{ name: fixtureTopic, partitionIndexes: [0, 9] }],
  })
  const found = topics[0]?.partitions.map((each) => [
    each.partitionIndex,
    each.committedOffset,
    each.metadata,
    each.errorCode,
  ])
  assert.deepEqual(found, [
    [0, 42, 'note', 0],
    [9, -1, '', 0],
  ])
})

test('FindCoordinator 0, JoinGroup 0, DescribeGroups 0, LeaveGroup 0: the group protocol of 2015', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const { client } = await clusterFixture(t, bootstrap)
  const coordinator = await client.call(apis.FindCoordinator, 0, { key: 'old' })
  assert.deepEqual([coordinator.errorCode, `${coordinator.host}:${coordinator.port}`], [0, bootstrap])
  const protocols = [{ name: 'range', metadata: Buffer.from('metadata') }]
  const join = { groupId: 'old', sessionTimeoutMs: 30_000, memberId: '', protocolType: 'consumer', protocols }
  const joined = await client.call(apis.JoinGroup, 0, join)
  const { memberId, generationId } = joined
  assert.deepEqual([joined.errorCode, generationId, joined.protocolName, joined.leader], [0, 1, 'range', memberId])
  assert.deepEqual(joined.members, [{ memberId, groupInstanceId: null, metadata: Buffer.from('metadata') }])
  const assignment = Buffer.from('assignment')
  const synced = await client.call(apis.SyncGroup, 0, {
    groupId: 'old',
    memberId,
    generationId,
    assignments: [{ memberId, assignment }],
  })
  assert.deepEqual([synced.errorCode, synced.assignment], [0, assignment])
  const { groups } = await client.call(apis.DescribeGroups, 0, { groups: ['old', 'no-such-group'] })
  assert.deepEqual(
    groups.map((group) => [group.errorCode, group.groupState, group.protocolType, group.protocolData]),
    [
      [0, 'Stable', 'consumer', 'range'],
      [0, 'Dead', '', ''],
    ],
  )
  assert.deepEqual(groups[0]?.members[0]?.memberAssignment, assignment)
  assert.equal((await client.call(apis.LeaveGroup, 0, { groupId: 'old', memberId })).errorCode, 0)
  const after = await client.call(apis.DescribeGroups, 0, { groups: ['old'] })
  assert.deepEqual([after.groups[0]?.groupState, after.groups[0]?.members], ['Empty', []])
})

test('CreateTopics 2, CreatePartitions 0, DeleteTopics 1: results by name', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const { client } = await clusterFixture(t, bootstrap)
  const wanted = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const created = await client.call(apis.CreateTopics, 2, {
    topics: [
      { name: 'made', ...wanted },
      { name: fixtureTopic, ...wanted },
    ],
  })
  assert.deepEqual(
    created.topics.map(({ name, errorCode }) => [name, errorCode]),
    [
      ['made', 0],
      [fixtureTopic, 36],
    ],
  )
  const grown = await client.call(apis.CreatePartitions, 0, {
    topics: [{ name: 'made', count: 3, assignments: null }],
    timeoutMs: 5000,
    validateOnly: false,
  })
  assert.deepEqual(grown.results, [{ name: 'made', errorCode: 0, errorMessage: null }])
  const { topics } = await client.call(apis.Metadata, 0, { topics: [{ name: 'made' }] })
  assert.equal(topics[0]?.partitions.length, 3)
  const deleted = await client.call(apis.DeleteTopics, 1, { topicNames: ['made', 'nowhere'], timeoutMs: 5000 })
  assert.deepEqual(
    deleted.responses.map(({ name, errorCode }) => [name, errorCode]),
    [
      ['made', 0],
      ['nowhere', 3],
    ],
  )
})
