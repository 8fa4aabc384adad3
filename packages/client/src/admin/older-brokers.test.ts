/** What older brokers cannot do, or do in another way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnencodableMessageError } from '@millrace/protocol'
import { kafkaErrorOf } from '../errors.js'
import { type AdminFixtureOptions, adminFixture } from '../testing/admin-fixture.js'
import { TopicPartitionMap } from '../topic-partition.js'
import type { Outcome } from './admin-result.js'
import { describeConfigs, incrementalAlterConfigs, listConfigResources } from './configs.js'
import { describeCluster } from './describe-cluster.js'
import { describeTopics } from './describe-topics.js'
import { removeMembersFromConsumerGroup } from './group-members.js'
import { listGroupOffsets } from './group-offsets.js'
import { describeConsumerGroups } from './groups.js'
import { listGroups } from './list-groups.js'
import { listOffsets } from './partition-offsets.js'
import { electLeaders } from './reassignments.js'
import { createTopics, deleteTopics } from './topics.js'

const codes = (outcomes: Map<unknown, Outcome<unknown>>) =>
  [...outcomes.values()].map((one) => ('error' in one ? one.error.code : 'ok'))
const unsupported = { code: 'UNSUPPORTED_VERSION' }
const NODE = { nodeId: 7, host: 'h', port: 1, rack: null }

/** The coordinator of all groups is 7, and so is the leader of all partitions. */
function broker(versions: Record<string, number>, answer: NonNullable<AdminFixtureOptions['answer']>) {
  return adminFixture({
    versions: { FindCoordinator: 3, ...versions },
    answer: (asked) => {
      if (asked.api === 'FindCoordinator') return { nodeId: 7, errorCode: 0, errorMessage: null }
      return answer(asked)
    },
  })
}

test('a field that a version lacks is UNSUPPORTED_VERSION; a value of the wrong kind is not', () => {
  const lacks = new UnencodableMessageError('ListGroupsRequest v3', 'field-not-in-version', 'statesFilter')
  assert.equal(kafkaErrorOf(lacks).code, 'UNSUPPORTED_VERSION')
  assert.equal(kafkaErrorOf(new UnencodableMessageError('x', 'wrong-type', 'y')).code, 'INVALID_ARGUMENT')
})

test('createTopics before Kafka 2.4: topics with both numbers are created, the others refused', async () => {
  const { driver, asked } = broker({ CreateTopics: 3 }, ({ body }) => ({
    throttleTimeMs: 0,
    topics: (body as { topics: { name: string }[] }).topics.map(({ name }) => ({
      name,
      topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
      errorCode: 0,
      errorMessage: null,
      topicConfigErrorCode: 0,
      numPartitions: -1,
      replicationFactor: -1,
      configs: [],
    })),
  }))
  const topics = [{ name: 'a' }, { name: 'b', numPartitions: 1, replicationFactor: 1 }, { name: 'c', numPartitions: 1 }]
  const outcomes = await createTopics(driver, topics, {}).settled()
  assert.deepEqual(codes(outcomes), ['UNSUPPORTED_VERSION', 'ok', 'UNSUPPORTED_VERSION'])
  const nothingTold = { topicId: undefined, numPartitions: undefined, replicationFactor: undefined, config: undefined }
  assert.deepEqual(outcomes.get('b'), { value: nothingTold })
  assert.equal(asked.length, 1)
})

test('topics by id before Kafka 2.8 are refused', async () => {
  const { driver } = broker({ DeleteTopics: 5, Metadata: 9 }, () => assert.fail())
  await assert.rejects(deleteTopics(driver, { topicIds: ['x'] }, {}), unsupported)
  await assert.rejects(describeTopics(driver, { topicIds: ['x'] }, {}), unsupported)
})

test('listOffsets: an offset that the leader does not know is refused, the others are told', async () => {
  const { driver } = broker({ ListOffsets: 6 }, ({ api, body }) => {
    if (api === 'Metadata') {
      const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, leaderId: 7, errorCode: 0 }))
      return { topics: [{ name: 't', errorCode: 0, partitions }] }
    }
    const [topic] = (body as { topics: { partitions: { partitionIndex: number }[] }[] }).topics
    const answered = { errorCode: 0, offset: 5, timestamp: -1, leaderEpoch: -1 }
    return { topics: [{ name: 't', partitions: topic?.partitions.map((one) => ({ ...one, ...answered })) }] }
  })
  const specs = new TopicPartitionMap<'max-timestamp' | 'latest'>([
    [{ topic: 't', partition: 0 }, 'max-timestamp'],
    [{ topic: 't', partition: 1 }, 'latest'],
  ])
  assert.deepEqual(codes(await listOffsets(driver, specs, {}).settled()), ['UNSUPPORTED_VERSION', 'ok'])
})

test('describeCluster before Kafka 2.8 asks by Metadata; fenced brokers it cannot', async () => {
  const { driver } = broker({ DescribeCluster: -1 }, () => ({
    brokers: [NODE],
    clusterId: 'c',
    controllerId: 7,
    clusterAuthorizedOperations: -2147483648,
  }))
  const described = await describeCluster(driver, {})
  assert.deepEqual([described.controller?.id, described.authorizedOperations], [7, undefined])
  await assert.rejects(describeCluster(driver, { includeFencedBrokers: true }), unsupported)
})

test('groups before there were types are all classic', async () => {
  const { driver } = broker({ ListGroups: 3 }, ({ api }) => {
    if (api === 'Metadata') return { brokers: [NODE] }
    return { errorCode: 0, groups: [{ groupId: 'g', protocolType: 'consumer', groupState: '', groupType: '' }] }
  })
  const classic = { groupId: 'g', type: 'Classic', protocolType: 'consumer', state: undefined }
  assert.deepEqual(await listGroups(driver, 'x', { types: ['Classic'] }), [classic])
  assert.deepEqual(await listGroups(driver, 'x', { types: ['Consumer'] }), [])
})

test('consumer groups before KIP-848 are described by the classic API; other protocols are refused', async () => {
  const group = { errorCode: 0, errorMessage: null, groupState: 'Stable', protocolData: 'range', members: [] }
  const { driver } = broker({ ConsumerGroupDescribe: -1 }, () => ({
    groups: [
      { ...group, groupId: 'g', protocolType: 'consumer', authorizedOperations: 8 },
      { ...group, groupId: 'workers', protocolType: 'connect', authorizedOperations: 8 },
    ],
  }))
  const outcomes = await describeConsumerGroups(driver, ['g', 'workers'], {}).settled()
  assert.deepEqual(codes(outcomes), ['ok', 'INVALID_ARGUMENT'])
})

test('offsets of several groups before Kafka 3.0: one request for each', async () => {
  const { driver, asked } = broker({ OffsetFetch: 7 }, ({ body }) => ({
    errorCode: (body as { groupId: string }).groupId === 'bad' ? 30 : 0,
    topics: [],
  }))
  const outcomes = await listGroupOffsets(driver, 'listConsumerGroupOffsets', ['a', 'bad'], {}).settled()
  assert.deepEqual(codes(outcomes), ['ok', 'GROUP_AUTHORIZATION_FAILED'])
  assert.equal(asked.filter(({ api }) => api === 'OffsetFetch').length, 2)
})

test('an offset that its group may not show is an error, not a gap', async () => {
  const partitions = [{ partitionIndex: 0, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 29 }]
  const { driver } = broker({}, () => ({
    groups: [{ groupId: 'g', errorCode: 0, topics: [{ name: 't', partitions }] }],
  }))
  assert.deepEqual(codes(await listGroupOffsets(driver, 'listConsumerGroupOffsets', ['g'], {}).settled()), [
    'TOPIC_AUTHORIZATION_FAILED',
  ])
})

test('members before Kafka 2.4 are taken out one by one, by member id only', async () => {
  const { driver, asked } = broker({ LeaveGroup: 2 }, () => ({ errorCode: 0, members: [] }))
  const members = [{ memberId: 'm' }, { groupInstanceId: 'i' }, { memberId: 'n' }]
  const outcomes = await removeMembersFromConsumerGroup(driver, 'g', { members }).settled()
  assert.deepEqual(codes(outcomes), ['ok', 'UNSUPPORTED_VERSION', 'ok'])
  assert.equal(asked.filter(({ api }) => api === 'LeaveGroup').length, 2)
})

test('settings before Kafka 2.3 are not changed one by one; what is not there says so', async () => {
  const { driver } = broker({ IncrementalAlterConfigs: -1, ElectLeaders: 0, ListConfigResources: 0 }, () => ({
    throttleTimeMs: 0,
    errorCode: 0,
    configResources: [],
  }))
  const resource = { type: 'TOPIC', name: 't' } as const
  await assert.rejects(incrementalAlterConfigs(driver, [{ resource, ops: [] }], {}), (error) => {
    assert.match(String(error), /UNSUPPORTED_VERSION.*alterConfigs/)
    return true
  })
  await assert.rejects(electLeaders(driver, 'UNCLEAN', undefined, {}), unsupported)
  await assert.rejects(listConfigResources(driver, 'x', {}), unsupported)
  assert.deepEqual(await listConfigResources(driver, 'x', { types: ['CLIENT_METRICS'] }), [])
})

test('a broker’s settings are asked of that broker, others of any', async () => {
  const { driver, asked } = broker({}, ({ body }) => ({
    results: (body as { resources: { resourceName: string }[] }).resources.map(({ resourceName }) => ({
      resourceName,
      errorCode: 0,
      errorMessage: null,
      configs: [],
    })),
  }))
  const names = ['1', '2', ''].map((name) => ({ type: 'BROKER', name }) as const)
  await describeConfigs(driver, [...names, { type: 'TOPIC', name: '17' }], {})
  assert.deepEqual(
    asked.map(({ target }) => target),
    [1, 2, 'any'],
  )
})
