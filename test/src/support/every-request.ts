/** One request of each API that succeeds in every version, and the topic and group that they speak of. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import {
  type AnyApi,
  apis,
  buildBatch,
  consumerProtocolSubscription,
  ErrorCode,
  encodeVersioned,
  type RequestInputOf,
  ZERO_UUID,
} from '@millrace/protocol'
import { defer } from './defer.js'
import { RawClient } from './raw-client.js'

/** What the requests speak of. */
export interface ClusterFixture {
  readonly client: RawClient
  readonly topicId: string
  readonly memberId: string
  readonly generationId: number
}

export const fixtureTopic = 'topic'
const topic = fixtureTopic
const groupId = 'group'
const records = () => buildBatch([{ timestamp: 1_700_000_000_000, key: Buffer.from('k'), value: Buffer.from('v') }])

/** A topic with an id, and a group with one member. */
export async function clusterFixture(t: TestContext, bootstrap: string): Promise<ClusterFixture> {
  const client = await RawClient.connect(bootstrap)
  defer(t, () => client.close())
  const created = await client.call(apis.CreateTopics, 7, {
    topics: [{ name: topic, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  })
  assert.equal(created.topics[0]?.errorCode, ErrorCode.NONE)
  const topicId = created.topics[0]?.topicId ?? ''
  await client.call(apis.FindCoordinator, 4, { keyType: 0, coordinatorKeys: [groupId] })
  const metadata = encodeVersioned(consumerProtocolSubscription, 1, { topics: [topic], ownedPartitions: [] })
  const join = { groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, protocolType: 'consumer' }
  const protocols = [{ name: 'range', metadata }]
  const first = await eventuallyJoined(client, { ...join, memberId: '', protocols })
  const { memberId, generationId } = first
  await client.call(apis.SyncGroup, 5, {
    groupId,
    generationId,
    memberId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [{ memberId, assignment: Buffer.alloc(0) }],
  })
  return { client, topicId, memberId, generationId }
}

/** The coordinator may still be loading. */
async function eventuallyJoined(client: RawClient, request: RequestInputOf<typeof apis.JoinGroup>) {
  for (;;) {
    const answer = await client.call(apis.JoinGroup, 3, request)
    if (answer.errorCode === ErrorCode.NONE) return answer
    const isLoading =
      answer.errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS || answer.errorCode === ErrorCode.NOT_COORDINATOR
    assert.ok(isLoading, `JoinGroup: ${answer.errorCode}`)
  }
}

/** A request of each API that succeeds in every version. */
export const everyRequest: Readonly<Record<string, (f: ClusterFixture, version: number) => unknown>> = {
  Produce: ({ topicId }) => ({
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: topic, topicId, partitionData: [{ index: 0, records: records() }] }],
  }),
  Fetch: ({ topicId }) => ({
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic, topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
  }),
  ListOffsets: () => ({ replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }),
  Metadata: () => ({ topics: [{ name: topic }] }),
  OffsetCommit: ({ topicId, memberId, generationId }) => ({
    groupId,
    memberId,
    generationIdOrMemberEpoch: generationId,
    topics: [
      { name: topic, topicId, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'note' }] },
    ],
  }),
  OffsetFetch: ({ topicId }, version) =>
    version < 8
      ? { groupId, topics: [{ name: topic, partitionIndexes: [0] }] }
      : { groups: [{ groupId, topics: [{ name: topic, topicId, partitionIndexes: [0] }] }] },
  FindCoordinator: (_, version) => (version < 4 ? { key: groupId } : { coordinatorKeys: [groupId] }),
  JoinGroup: (_, version) => ({
    groupId: `other-group-${version}`,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  }),
  Heartbeat: ({ memberId, generationId }) => ({ groupId, memberId, generationId }),
  LeaveGroup: (_, version) =>
    version < 3 ? { groupId, memberId: 'nobody' } : { groupId, members: [{ memberId: 'nobody' }] },
  SyncGroup: ({ memberId, generationId }) => ({ groupId, memberId, generationId, assignments: [] }),
  DescribeGroups: () => ({ groups: [groupId, 'no-such-group'] }),
  ListGroups: () => ({}),
  ApiVersions: () => ({ clientSoftwareName: 'test', clientSoftwareVersion: '1' }),
  CreateTopics: (_, version) => ({
    topics: [
      {
        name: `created-${version}`,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [{ name: 'retention.ms', value: '1000' }],
      },
    ],
  }),
  DeleteTopics: (_, version) =>
    version < 6
      ? { topicNames: [`created-${version + 1}`], timeoutMs: 5000 }
      : { topics: [{ name: `created-${version + 1}`, topicId: ZERO_UUID }], timeoutMs: 5000 },
  DeleteRecords: () => ({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 0 }] }], timeoutMs: 1000 }),
  InitProducerId: () => ({ transactionalId: null, transactionTimeoutMs: 1000 }),
  OffsetForLeaderEpoch: () => ({
    topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
  }),
  DescribeConfigs: () => ({
    resources: [
      { resourceType: 2, resourceName: topic, configurationKeys: null },
      { resourceType: 4, resourceName: '0', configurationKeys: null },
    ],
    includeSynonyms: true,
  }),
  AlterConfigs: () => ({
    resources: [{ resourceType: 2, resourceName: topic, configs: [{ name: 'retention.ms', value: '5000000' }] }],
    validateOnly: false,
  }),
  DescribeLogDirs: () => ({ topics: null }),
  CreatePartitions: (_, version) => ({
    topics: [{ name: topic, count: 2 + version, assignments: null }],
    timeoutMs: 5000,
    validateOnly: false,
  }),
  DeleteGroups: () => ({ groupsNames: ['no-such-group'] }),
  IncrementalAlterConfigs: () => ({
    resources: [
      {
        resourceType: 2,
        resourceName: topic,
        configs: [{ name: 'retention.ms', configOperation: 0, value: '6000000' }],
      },
    ],
    validateOnly: false,
  }),
  ListPartitionReassignments: () => ({ topics: null }),
  OffsetDelete: () => ({ groupId: 'no-such-group', topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] }),
  DescribeCluster: () => ({ includeClusterAuthorizedOperations: true }),
  DescribeProducers: () => ({ topics: [{ name: topic, partitionIndexes: [0] }] }),
  DescribeTopicPartitions: () => ({ topics: [{ name: topic }] }),
}

/** Error codes other than NONE that the requests above call for. */
export const expectedErrors: Readonly<Record<string, readonly number[]>> = {
  JoinGroup: [ErrorCode.MEMBER_ID_REQUIRED],
  LeaveGroup: [ErrorCode.UNKNOWN_MEMBER_ID],
  DescribeGroups: [ErrorCode.GROUP_ID_NOT_FOUND],
  DeleteGroups: [ErrorCode.GROUP_ID_NOT_FOUND],
  OffsetDelete: [ErrorCode.GROUP_ID_NOT_FOUND],
}

/** What the broker serves: the protocol knows more, for clients of other brokers. */
export function servedApis(): readonly (readonly [name: string, api: AnyApi])[] {
  return Object.entries<AnyApi>(apis).filter(([name]) => name in everyRequest)
}
