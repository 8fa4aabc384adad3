/** What only newer brokers have: groups of Kafka Streams, resources of client metrics. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminFixture } from '../testing/admin-fixture.js'
import { listConfigResources } from './configs.js'
import { describeStreamsGroups } from './streams-groups.js'

const COORDINATOR = { key: 'app', nodeId: 7, host: 'h', port: 1, errorCode: 0, errorMessage: null }
const TASKS = { subtopologyId: '0', partitions: [0, 1] }
const NO_TASKS = { activeTasks: [], standbyTasks: [], warmupTasks: [] }

const member = {
  memberId: 'm',
  memberEpoch: 3,
  instanceId: null,
  rackId: 'r',
  clientId: 'c',
  clientHost: '/127.0.0.1',
  topologyEpoch: 0,
  processId: 'p',
  userEndpoint: { host: 'h', port: 80 },
  clientTags: [{ key: 'zone', value: 'z' }],
  taskOffsets: [{ subtopologyId: '0', partition: 0, offset: 5 }],
  taskEndOffsets: [{ subtopologyId: '0', partition: 0, offset: 9 }],
  assignment: { ...NO_TASKS, activeTasks: [TASKS] },
  targetAssignment: NO_TASKS,
  isClassic: false,
}

const topology = {
  epoch: 2,
  subtopologies: [
    {
      subtopologyId: '0',
      sourceTopics: ['in'],
      repartitionSinkTopics: ['app-re'],
      stateChangelogTopics: [
        { name: 'app-log', partitions: 0, replicationFactor: 1, topicConfigs: [{ key: 'k', value: 'v' }] },
      ],
      repartitionSourceTopics: [],
    },
  ],
}

const described = (group: object) => ({
  errorCode: 0,
  errorMessage: null,
  groupId: 'app',
  groupState: 'NotReady',
  groupEpoch: 4,
  assignmentEpoch: 3,
  topology,
  members: [member],
  authorizedOperations: -2147483648,
  ...group,
})

/** The group's coordinator says this. */
const saying = (group: object) =>
  adminFixture({
    answer: ({ api }) => (api === 'FindCoordinator' ? { coordinators: [COORDINATOR] } : { groups: [described(group)] }),
  })

test('describeStreamsGroups: topology, members and their tasks, by the coordinator', async () => {
  const { driver, asked } = saying({})
  const group = (await describeStreamsGroups(driver, ['app'], {})).get('app') ?? assert.fail()
  assert.deepEqual(
    asked.map(({ target, api }) => [target, api]),
    [
      ['any', 'FindCoordinator'],
      [7, 'StreamsGroupDescribe'],
    ],
  )
  assert.deepEqual(
    [group.state, group.groupEpoch, group.targetAssignmentEpoch, group.topologyEpoch],
    ['NotReady', 4, 3, 2],
  )
  const [subtopology] = group.subtopologies
  assert.deepEqual(subtopology?.sourceTopics, ['in'])
  assert.deepEqual(subtopology?.stateChangelogTopics.get('app-log'), {
    partitions: 0,
    replicationFactor: 1,
    topicConfigs: new Map([['k', 'v']]),
  })
  const [one] = group.members
  assert.deepEqual([one?.groupInstanceId, one?.rackId, one?.clientTags.get('zone')], [undefined, 'r', 'z'])
  assert.deepEqual(one?.assignment.activeTasks, [TASKS])
  assert.deepEqual(one?.userEndpoint, { host: 'h', port: 80 })
  assert.equal(group.authorizedOperations, undefined)
})

test('describeStreamsGroups: a group without a topology, and one that is not there', async () => {
  const { driver } = saying({ topology: null, members: [] })
  const group = (await describeStreamsGroups(driver, ['app'], {})).get('app')
  assert.deepEqual([group?.topologyEpoch, group?.subtopologies], [undefined, []])
  const gone = saying({ errorCode: 69, errorMessage: 'no group' })
  const outcome = (await describeStreamsGroups(gone.driver, ['app'], {}).settled()).get('app')
  assert.equal(outcome !== undefined && 'error' in outcome ? outcome.error.code : undefined, 'GROUP_ID_NOT_FOUND')
})

test('listConfigResources: CLIENT_METRICS needs no type on brokers before 4.1, others are refused there', async () => {
  const answer = () => ({ errorCode: 0, configResources: [{ resourceName: 'm', resourceType: 16 }] })
  const types = ['CLIENT_METRICS'] as const
  const older = adminFixture({ versions: { ListConfigResources: 0 }, answer })
  assert.deepEqual(await listConfigResources(older.driver, 'listClientMetricsResources', { types }), [
    { type: 'CLIENT_METRICS', name: 'm' },
  ])
  assert.deepEqual(older.asked[0]?.body, {})
  await assert.rejects(listConfigResources(older.driver, 'listConfigResources', {}), { code: 'UNSUPPORTED_VERSION' })
  const newer = adminFixture({ answer })
  await listConfigResources(newer.driver, 'listClientMetricsResources', { types })
  assert.deepEqual(newer.asked[0]?.body, { resourceTypes: [16] })
})
