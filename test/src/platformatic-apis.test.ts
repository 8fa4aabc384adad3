/** The calls below @platformatic/kafka's clients: each API in each version that it exports and the broker advertises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClusterFixture, clusterFixture, servedApis, fixtureTopic as topic } from './support/every-request.js'
import { nodeMajor, platformatic, platformaticAdmin } from './support/platformatic.js'
import { temporaryBroker } from './support/temporary-broker.js'

interface LowLevelApi {
  readonly key: number
  readonly version: number
  async(connection: unknown, ...args: readonly unknown[]): Promise<unknown>
}

const groupId = 'group'
const resource = { resourceType: 2, resourceName: topic }

/** The arguments of a call, by API: the same for every version. */
const argumentsOf: Readonly<Record<string, (f: ClusterFixture, version: number) => readonly unknown[]>> = {
  Produce: () => [
    -1,
    1000,
    [{ topic, partition: 0, key: Buffer.from('k'), value: Buffer.from('v') }],
    { compression: 'none' },
  ],
  Fetch: ({ topicId }, version) => {
    // Before there were topic ids, the client takes the name from the same place.
    const id = version < 13 ? topic : dashed(topicId)
    return [0, 0, 1000, 0, 0, -1, [{ topicId: id, partitions: [fetchedPartition] }], [], '']
  },
  ListOffsets: () => [
    -1,
    0,
    [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1n }] }],
  ],
  Metadata: () => [[topic], false, false],
  OffsetCommit: ({ generationId, memberId }) => [
    groupId,
    generationId,
    memberId,
    null,
    [
      {
        name: topic,
        partitions: [{ partitionIndex: 0, committedOffset: 1n, committedLeaderEpoch: 0, committedMetadata: '' }],
      },
    ],
  ],
  OffsetFetch: () => [
    [{ groupId, memberId: null, memberEpoch: -1, topics: [{ name: topic, partitionIndexes: [0] }] }],
    false,
  ],
  FindCoordinator: () => [0, [groupId]],
  JoinGroup: (_, version) => {
    const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
    return [`other-group-${version}`, 30_000, 30_000, '', null, 'consumer', protocols, null]
  },
  Heartbeat: ({ generationId, memberId }) => [groupId, generationId, memberId, null],
  LeaveGroup: () => [groupId, [{ memberId: 'nobody', groupInstanceId: null, reason: null }]],
  SyncGroup: ({ generationId, memberId }) => [groupId, generationId, memberId, null, 'consumer', 'range', []],
  DescribeGroups: () => [[groupId], false],
  ListGroups: () => [[], []],
  ApiVersions: () => ['test', '1'],
  CreateTopics: (_, version) => [[{ name: `created-${version}`, ...newTopic }], 5000, false],
  DeleteTopics: (_, version) => [[{ name: `created-${version + 1}`, topicId: null }], 5000],
  DeleteRecords: () => [[{ name: topic, partitions: [{ partitionIndex: 0, offset: 0n }] }], 5000],
  InitProducerId: () => [null, 1000, -1n, -1],
  OffsetForLeaderEpoch: () => [
    -1,
    [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
  ],
  DescribeConfigs: () => [[{ ...resource, configurationKeys: null }], true, true],
  AlterConfigs: () => [[{ ...resource, configs: [{ name: 'retention.ms', value: '5000000' }] }], false],
  DescribeLogDirs: () => [[{ name: topic, partitions: [0] }]],
  CreatePartitions: (_, version) => [[{ name: topic, count: 2 + version, assignments: null }], 5000, false],
  DeleteGroups: () => [['no-such-group']],
  IncrementalAlterConfigs: () => [
    [{ ...resource, configs: [{ name: 'retention.ms', configOperation: 0, value: '6000000' }] }],
    false,
  ],
  ListPartitionReassignments: () => [5000, null],
  OffsetDelete: () => ['no-such-group', [{ name: topic, partitions: [{ partitionIndex: 0 }] }]],
  DescribeCluster: () => [true, 1],
  DescribeProducers: () => [[{ name: topic, partitionIndexes: [0] }]],
  DescribeTopicPartitions: () => [[{ name: topic }], 100, undefined],
}

const newTopic = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
const fetchedPartition = {
  partition: 0,
  currentLeaderEpoch: -1,
  fetchOffset: 0n,
  lastFetchedEpoch: -1,
  partitionMaxBytes: 1000,
}

/** What the calls above ask for that is not there; these errors are thrown by the client. */
const expectedErrors: Readonly<Record<string, string>> = {
  JoinGroup: 'MEMBER_ID_REQUIRED',
  LeaveGroup: 'UNKNOWN_MEMBER_ID',
  DeleteGroups: 'GROUP_ID_NOT_FOUND',
  OffsetDelete: 'GROUP_ID_NOT_FOUND',
}

/** What the client gets wrong by itself. */
const clientFaults: Readonly<Record<string, string>> =
  nodeMajor < 24 ? { 'DescribeConfigs 2': '1.x puts fields of version 3 into it' } : {}

test('each API that is exported and served, in each version', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const f = await clusterFixture(t, bootstrap)
  const connections = await platformaticAdmin(t, bootstrap).connectToBrokers()
  const [connection] = connections.values()
  const called = new Set<string>()
  for (const { name, api, exported } of exportedApis()) {
    called.add(name)
    const title = `${name} ${exported.version}`
    await t.test(title, { skip: clientFaults[title] ?? false }, async () => {
      const args = argumentsOf[name]?.(f, exported.version)
      assert.ok(args, `${name} has arguments here`)
      assert.ok(exported.version <= api.versions.max)
      await exported.async(connection, ...args).catch((error: unknown) => {
        const expected = expectedErrors[name]
        assert.ok(
          expected !== undefined && JSON.stringify(idsOf(error)) === JSON.stringify([expected]),
          String(idsOf(error)),
        )
      })
    })
  }
  assert.deepEqual([...called].sort(), Object.keys(argumentsOf).sort())
})

/** The exported APIs that the broker serves in that version, by key and version. */
function exportedApis() {
  const byKey = new Map(servedApis().map(([name, api]) => [api.key, { name, api }]))
  const served = Object.values<unknown>(platformatic as unknown as Record<string, unknown>).flatMap((exported) => {
    const { api: call } = (exported ?? {}) as { api?: LowLevelApi }
    const known = call === undefined ? undefined : byKey.get(call.key)
    if (call === undefined || known === undefined) return []
    const { min, max } = known.api.versions
    return call.version >= min && call.version <= max ? [{ ...known, exported: call }] : []
  })
  return served.toSorted((a, b) => a.exported.key - b.exported.key || a.exported.version - b.exported.version)
}

/** Kafka's names of the errors in what the client throws; what is no protocol error is thrown on. */
function idsOf(error: unknown): readonly string[] {
  const { errors, apiId } = error as { errors?: readonly unknown[]; apiId?: string }
  if (apiId !== undefined) return [apiId]
  if (errors === undefined || errors.length === 0) throw error
  return errors.flatMap(idsOf)
}

/** An id as UUIDs are usually written. */
function dashed(topicId: string): string {
  const hex = Buffer.from(topicId, 'base64url').toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
