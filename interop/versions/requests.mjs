// What is asked, in every version that has it: for each API a list of requests that call for different answers. Each is
// a function of what the broker has told so far (state.mjs) and of the version, and gives the body, or undefined in a
// version that cannot ask so.
import { subscription } from './state.mjs'

const topic = 'topic'
const group = 'group'
const unknownId = 'bWlsbHJhY2UtaW50ZXJvcA'

const since = (first, request) => (state, version) => (version >= first ? request(state, version) : undefined)

const offsets = [0, 1, 4, 99]
const times = [-1, -2, 0, 1_700_000_002_000, 1_700_000_002_500, 1_800_000_000_000]
const configKeys = ['retention.ms', 'cleanup.policy', 'segment.bytes', 'min.insync.replicas', 'compression.type']

/** In the order in which they are sent. Each answer is compared with Apache's. */
export const requests = {
  Metadata: [
    () => ({ topics: [{ name: topic }] }),
    // No topic of that name, and none is to be made: before version 4 there was no choice.
    since(8, () => ({ topics: [{ name: topic }], includeTopicAuthorizedOperations: true })),
    since(4, () => ({ topics: [{ name: 'nowhere' }], allowAutoTopicCreation: false })),
    since(4, () => ({ topics: [{ name: 'not/valid' }], allowAutoTopicCreation: false })),
    since(1, () => ({ topics: [] })),
    since(12, ({ topicId }) => ({ topics: [{ name: null, topicId }] })),
    since(12, () => ({ topics: [{ name: null, topicId: unknownId }] })),
  ],
  DescribeCluster: [
    () => ({ includeClusterAuthorizedOperations: false }),
    () => ({ includeClusterAuthorizedOperations: true }),
    since(1, () => ({ includeClusterAuthorizedOperations: false, endpointType: 2 })),
  ],
  DescribeTopicPartitions: [
    () => ({ topics: [{ name: topic }] }),
    () => ({ topics: [{ name: topic }], responsePartitionLimit: 1 }),
    () => ({ topics: [{ name: 'nowhere' }] }),
  ],
  Produce: [
    ({ topicId, batch }) => produce(topicId, 0, batch()),
    ({ topicId, batch }) => produce(topicId, 9, batch()),
    ({ topicId, batch }) => ({ ...produce(topicId, 0, batch()), acks: 7 }),
    ({ topicId, corrupt }) => produce(topicId, 0, corrupt()),
    ({ topicId, late }) => produce(topicId, 1, late()),
  ],
  ListOffsets: [
    ...times.map((timestamp) => () => listOffsets(0, timestamp)),
    since(7, () => listOffsets(0, -3)),
    since(8, () => listOffsets(0, -4)),
    since(9, () => listOffsets(0, -5)),
    () => listOffsets(9, -1),
    since(4, () => listOffsets(0, -1, 5)),
  ],
  Fetch: [
    ...offsets.map((offset) => (state) => fetch(state.topicId, 0, offset)),
    ({ topicId }) => fetch(topicId, 9, 0),
    ({ topicId }) => ({ ...fetch(topicId, 0, 0), isolationLevel: 1 }),
    since(9, ({ topicId }) => fetch(topicId, 0, 0, { currentLeaderEpoch: 5 })),
    since(12, ({ topicId }) => fetch(topicId, 0, 4, { lastFetchedEpoch: 5 })),
    since(13, () => fetch(unknownId, 0, 0)),
    since(7, ({ topicId }) => ({ ...fetch(topicId, 0, 0), sessionId: 77, sessionEpoch: 5 })),
  ],
  OffsetForLeaderEpoch: [-1, 0, 5].flatMap((leaderEpoch) =>
    [-1, 5].map((currentLeaderEpoch) => () => ({
      replicaId: -1,
      topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }],
    })),
  ),
  DeleteRecords: [() => deleteRecords(0, 1), () => deleteRecords(0, 1_000_000), () => deleteRecords(9, 0)],
  InitProducerId: [() => ({ transactionalId: null, transactionTimeoutMs: 1000 })],
  DescribeProducers: [
    () => ({ topics: [{ name: topic, partitionIndexes: [1, 9] }] }),
    () => ({ topics: [{ name: 'nowhere', partitionIndexes: [0] }] }),
  ],
  FindCoordinator: [(_, version) => (version < 4 ? { key: group } : { coordinatorKeys: [group, 'other'] })],
  JoinGroup: [
    (_, version) => join(`joining-${version}`, ''),
    since(5, (_, version) => ({ ...join(`static-${version}`, ''), groupInstanceId: 'instance' })),
    () => join(group, 'nobody'),
    () => ({ ...join('', ''), groupId: '' }),
    () => ({ ...join('hasty', ''), sessionTimeoutMs: 1 }),
    () => ({ ...join(group, ''), protocols: [] }),
  ],
  SyncGroup: [
    ({ memberId, generationId }) => ({ groupId: group, memberId, generationId, ...kinds, assignments: [] }),
    ({ generationId }) => ({ groupId: group, memberId: 'nobody', generationId, ...kinds, assignments: [] }),
    ({ memberId }) => ({ groupId: group, memberId, generationId: 99, ...kinds, assignments: [] }),
  ],
  Heartbeat: [
    ({ memberId, generationId }) => ({ groupId: group, memberId, generationId }),
    ({ generationId }) => ({ groupId: group, memberId: 'nobody', generationId }),
    ({ memberId }) => ({ groupId: group, memberId, generationId: 99 }),
    () => ({ groupId: 'no-such-group', memberId: 'nobody', generationId: 1 }),
  ],
  OffsetCommit: [
    (state) => commit(state, 0, 3),
    (state) => commit(state, 1, 4, 'note'),
    (state) => ({ ...commit(state, 0, 3), generationIdOrMemberEpoch: 99 }),
    (state) => ({ ...commit(state, 0, 3), memberId: 'nobody' }),
    (state) => commit(state, 0, 3, 'x'.repeat(5000)),
    (state, version) => (version < 10 ? commit(state, 0, 3, '', 'nowhere') : undefined),
  ],
  OffsetFetch: [
    (state, version) =>
      fetchOffsets(version, group, [{ name: topic, topicId: state.topicId, partitionIndexes: [0, 1, 9] }]),
    (state, version) =>
      fetchOffsets(version, 'no-such-group', [{ name: topic, topicId: state.topicId, partitionIndexes: [0] }]),
    since(2, (_, version) => fetchOffsets(version, group, null)),
    since(8, twoGroups),
    since(10, () => ({ groups: [{ groupId: group, topics: [{ topicId: unknownId, partitionIndexes: [0] }] }] })),
  ],
  OffsetDelete: [
    () => ({ groupId: group, topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] }),
    () => ({ groupId: 'no-such-group', topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] }),
    () => ({ groupId: group, topics: [{ name: 'nowhere', partitions: [{ partitionIndex: 0 }] }] }),
  ],
  DescribeGroups: [
    () => ({ groups: [group] }),
    () => ({ groups: ['no-such-group'] }),
    since(3, () => ({ groups: [group], includeAuthorizedOperations: true })),
  ],
  ListGroups: [
    () => ({}),
    since(4, () => ({ statesFilter: ['Empty'] })),
    since(4, () => ({ statesFilter: ['stable'] })),
    since(5, () => ({ typesFilter: ['consumer'] })),
    since(5, () => ({ typesFilter: ['Classic'], statesFilter: ['Stable'] })),
  ],
  LeaveGroup: [
    (_, version) =>
      version < 3 ? { groupId: group, memberId: 'nobody' } : { groupId: group, members: [{ memberId: 'nobody' }] },
    since(3, () => ({ groupId: group, members: [{ memberId: '', groupInstanceId: 'nobody' }] })),
    (_, version) =>
      version < 3
        ? { groupId: 'no-such-group', memberId: 'x' }
        : { groupId: 'no-such-group', members: [{ memberId: 'x' }] },
  ],
  DeleteGroups: [() => ({ groupsNames: ['no-such-group', group] })],
  CreateTopics: [
    (_, version) => createTopic(`created-${version}`),
    () => createTopic(topic),
    () => createTopic('not/valid'),
    () => createTopic('wide', { replicationFactor: 3 }),
    () => createTopic('none', { numPartitions: 0 }),
    () => createTopic('config', { configs: [{ name: 'retention.ms', value: 'soon' }] }),
    () => createTopic('config', { configs: [{ name: 'no.such.config', value: '1' }] }),
    (_, version) => createTopic(`assigned-${version}`, assigned([0])),
    (_, version) => createTopic(`astray-${version}`, assigned([7])),
    since(4, (_, version) => createTopic(`defaults-${version}`, { numPartitions: -1, replicationFactor: -1 })),
    (_, version) => ({ ...createTopic(`tried-${version}`), validateOnly: true }),
  ],
  CreatePartitions: [
    (_, version) => grow(`created-${version + 2}`, 3),
    (_, version) => grow(`created-${version + 2}`, 1),
    () => grow('nowhere', 3),
    (_, version) => ({ ...grow(`created-${version + 2}`, 5), validateOnly: true }),
    (_, version) => grow(`created-${version + 2}`, 4, [{ brokerIds: [7] }]),
  ],
  DescribeConfigs: [
    () => describeConfigs({ resourceType: 2, resourceName: topic, configurationKeys: configKeys }),
    () => ({
      ...describeConfigs({ resourceType: 2, resourceName: topic, configurationKeys: configKeys }),
      includeSynonyms: true,
    }),
    () => describeConfigs({ resourceType: 2, resourceName: 'nowhere', configurationKeys: configKeys }),
    () =>
      describeConfigs({
        resourceType: 4,
        resourceName: '0',
        configurationKeys: ['offsets.topic.num.partitions', 'log.retention.hours'],
      }),
    () => describeConfigs({ resourceType: 4, resourceName: '9', configurationKeys: [] }),
    () => describeConfigs({ resourceType: 8, resourceName: '0', configurationKeys: ['kafka.no.such.Logger'] }),
  ],
  IncrementalAlterConfigs: [
    () => alter(2, topic, { name: 'retention.ms', configOperation: 0, value: '6000000' }),
    () => alter(2, topic, { name: 'retention.ms', configOperation: 0, value: 'soon' }),
    () => alter(2, topic, { name: 'retention.ms', configOperation: 1, value: null }),
    () => alter(2, topic, { name: 'cleanup.policy', configOperation: 2, value: 'compact' }),
    () => alter(2, topic, { name: 'cleanup.policy', configOperation: 3, value: 'compact' }),
    () => alter(2, topic, { name: 'segment.bytes', configOperation: 2, value: '1' }),
    () => alter(2, 'nowhere', { name: 'retention.ms', configOperation: 0, value: '1' }),
    () => alter(4, '9', { name: 'log.retention.ms', configOperation: 0, value: '1' }),
    () => alter(4, '0', { name: 'broker.id', configOperation: 0, value: '1' }),
  ],
  AlterConfigs: [
    () => alter(2, topic, { name: 'retention.ms', value: '5000000' }),
    () => alter(2, topic, { name: 'retention.ms', value: 'soon' }),
    () => alter(2, 'nowhere', { name: 'retention.ms', value: '1' }),
  ],
  DescribeLogDirs: [
    () => ({ topics: [{ topic, partitions: [0, 1] }] }),
    () => ({ topics: [{ topic: 'nowhere', partitions: [0] }] }),
  ],
  ListPartitionReassignments: [() => ({ topics: null }), () => ({ topics: [{ name: topic, partitionIndexes: [0] }] })],
  DeleteTopics: [
    (_, version) => deleteTopic(version, `assigned-${version + 1}`),
    (_, version) => deleteTopic(version, 'nowhere'),
    since(6, () => ({ topics: [{ name: null, topicId: unknownId }], timeoutMs: 5000 })),
  ],
}

const kinds = { protocolType: 'consumer', protocolName: 'range' }

function produce(topicId, index, records) {
  return { acks: -1, timeoutMs: 5000, topicData: [{ name: topic, topicId, partitionData: [{ index, records }] }] }
}

function listOffsets(partitionIndex, timestamp, currentLeaderEpoch = -1) {
  return { replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex, timestamp, currentLeaderEpoch }] }] }
}

function fetch(topicId, partition, fetchOffset, more = {}) {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: 100_000, ...more }]
  return { maxWaitMs: 0, minBytes: 0, sessionEpoch: -1, topics: [{ topic, topicId, partitions }] }
}

function deleteRecords(partitionIndex, offset) {
  return { topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }], timeoutMs: 5000 }
}

function join(groupId, memberId) {
  const protocols = [{ name: 'range', metadata: subscription }]
  return {
    groupId,
    memberId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    protocolType: 'consumer',
    protocols,
  }
}

function commit(
  { topicId, memberId, generationId },
  partitionIndex,
  committedOffset,
  committedMetadata = '',
  name = topic,
) {
  const partitions = [{ partitionIndex, committedOffset, committedMetadata }]
  return { groupId: group, memberId, generationIdOrMemberEpoch: generationId, topics: [{ name, topicId, partitions }] }
}

function fetchOffsets(version, groupId, topics) {
  return version < 8 ? { groupId, topics } : { groups: [{ groupId, topics }] }
}

function twoGroups({ topicId }) {
  const topics = [{ name: topic, topicId, partitionIndexes: [1] }]
  return {
    groups: [
      { groupId: group, topics },
      { groupId: 'no-such-group', topics },
    ],
    requireStable: true,
  }
}

function createTopic(name, more = {}) {
  const configs = [{ name: 'retention.ms', value: '7000000' }]
  return {
    topics: [{ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs, ...more }],
    timeoutMs: 5000,
  }
}

function assigned(brokerIds) {
  return { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds }] }
}

function grow(name, count, assignments = null) {
  return { topics: [{ name, count, assignments }], timeoutMs: 5000, validateOnly: false }
}

function describeConfigs(resource) {
  return { resources: [resource], includeSynonyms: false, includeDocumentation: false }
}

function alter(resourceType, resourceName, config) {
  return { resources: [{ resourceType, resourceName, configs: [config] }], validateOnly: false }
}

function deleteTopic(version, name) {
  return version < 6
    ? { topicNames: [name], timeoutMs: 5000 }
    : { topics: [{ name, topicId: zeroId }], timeoutMs: 5000 }
}

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'
