/** @platformatic/kafka's admin client: one test for each of its methods, and a list that keeps it so. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Admin } from '@platformatic/kafka'
import { eventually } from './support/eventually.js'
import {
  platformatic,
  platformaticAdmin,
  platformaticConsumer,
  platformaticProducer,
  platformaticTopic,
  sendValues,
} from './support/platformatic.js'
import { sharedBroker } from './support/shared-broker.js'
import { uniqueName } from './support/topics.js'

const shared = sharedBroker()

interface Fixture {
  readonly t: TestContext
  readonly admin: Admin
}

const tested = new Set<string>()

function testMethod(method: keyof Admin & string, what: string, run: (fixture: Fixture) => Promise<void>): void {
  tested.add(method)
  test(`${method}: ${what}`, (t) => run({ t, admin: platformaticAdmin(t, shared.bootstrap) }))
}

async function filledTopic({ t }: Fixture, partitions = 1): Promise<string> {
  const topic = await platformaticTopic(t, shared.bootstrap, partitions)
  await sendValues(platformaticProducer(t, shared.bootstrap), topic, ['a', 'b', 'c'])
  return topic
}

/** A group with one member, which stays as long as the test. */
async function liveGroup({ t }: Fixture, topic: string): Promise<string> {
  const groupId = uniqueName('group')
  const consumer = platformaticConsumer(t, shared.bootstrap, { groupId })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
  stream.on('data', () => {})
  return groupId
}

/** A group that has committed, and has no members. */
async function emptyGroup(f: Fixture, topic: string, offset = 1n): Promise<string> {
  const groupId = uniqueName('group')
  const topics = [{ name: topic, partitionOffsets: [{ partition: 0, offset }] }]
  await f.admin.alterConsumerGroupOffsets({ groupId, topics })
  return groupId
}

/** The client wraps what the broker says, more than once. */
function saying(id: string) {
  return (error: unknown) => {
    assert.deepEqual(idsOf(error), [id])
    return true
  }
}

function idsOf(error: unknown): readonly string[] {
  const { errors, apiId, cause } = error as { errors?: readonly unknown[]; apiId?: string; cause?: unknown }
  if (apiId !== undefined) return [apiId]
  const inner = errors ?? (cause === undefined ? [] : [cause])
  if (inner.length === 0) throw error
  return [...new Set(inner.flatMap(idsOf))]
}

testMethod('createTopics', 'with configs and assignments; refused if it exists', async ({ admin }) => {
  const topic = uniqueName('created')
  const configs = [{ name: 'retention.ms', value: '1000000' }]
  const [created] = await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1, configs })
  assert.deepEqual([created?.name, created?.partitions, created?.replicas], [topic, 2, 1])
  assert.match(created?.id ?? '', /^[\da-f-]{36}$/)
  const assigned = uniqueName('assigned')
  const assignments = [0, 1].map((partition) => ({ partition, brokers: [0] }))
  await admin.createTopics({ topics: [assigned], partitions: -1, replicas: -1, assignments })
  assert.equal((await admin.metadata({ topics: [assigned] })).topics.get(assigned)?.partitionsCount, 2)
  await assert.rejects(admin.createTopics({ topics: [topic] }), saying('TOPIC_ALREADY_EXISTS'))
})

testMethod('listTopics', 'with and without the internal ones', async (f) => {
  const topic = await filledTopic(f)
  await liveGroup(f, topic)
  assert.ok((await f.admin.listTopics()).includes(topic))
  assert.ok(!(await f.admin.listTopics()).includes('__consumer_offsets'))
  assert.ok((await f.admin.listTopics({ includeInternals: true })).includes('__consumer_offsets'))
})

testMethod('deleteTopics', 'they are gone; an unknown one is an error', async ({ t, admin }) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  await admin.deleteTopics({ topics: [topic] })
  await eventually(async () => assert.ok(!(await admin.listTopics()).includes(topic)))
  await assert.rejects(admin.deleteTopics({ topics: [topic] }), saying('UNKNOWN_TOPIC_OR_PARTITION'))
})

testMethod('createPartitions', 'a topic grows, and does not shrink', async ({ t, admin }) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  await admin.createPartitions({ topics: [{ name: topic, count: 9 }], validateOnly: true })
  const assignments = [{ brokerIds: [0] }, { brokerIds: [0] }]
  await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments }] })
  await eventually(async () => {
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true })
    assert.equal(topics.get(topic)?.partitionsCount, 3)
  })
  const fewer = admin.createPartitions({ topics: [{ name: topic, count: 1 }] })
  await assert.rejects(fewer, saying('INVALID_PARTITIONS'))
})

testMethod('listGroups', 'by state', async (f) => {
  const topic = await filledTopic(f)
  const [empty, live] = [await emptyGroup(f, topic), await liveGroup(f, topic)]
  await eventually(async () => {
    const stable = await f.admin.listGroups({ states: ['STABLE'] })
    assert.ok(stable.has(live) && !stable.has(empty))
    assert.ok((await f.admin.listGroups({ states: ['EMPTY'] })).has(empty))
    const all = await f.admin.listGroups()
    assert.ok(all.has(live) && all.has(empty))
  })
})

testMethod('describeGroups', 'its state and what its members have', async (f) => {
  const topic = await filledTopic(f, 2)
  const groupId = await liveGroup(f, topic)
  await eventually(async () => {
    const group = (await f.admin.describeGroups({ groups: [groupId] })).get(groupId)
    assert.equal(group?.state.toUpperCase(), 'STABLE')
    assert.equal(group?.protocolType, 'consumer')
    const [member] = group?.members.values() ?? []
    assert.equal(member?.clientId, 'platformatic-test')
    assert.deepEqual(member?.assignments?.get(topic)?.partitions, [0, 1])
  })
})

testMethod('findCoordinator', 'of several groups', async ({ admin }) => {
  const found = await admin.findCoordinator({ keyType: 0, keys: ['one', 'another'] })
  assert.deepEqual(
    found.map(({ key, nodeId, host, port }) => [key, nodeId, `${host}:${port}`]),
    ['one', 'another'].map((key) => [key, 0, shared.bootstrap]),
  )
})

testMethod('deleteGroups', 'an empty one goes, an unknown one is an error', async (f) => {
  const groupId = await emptyGroup(f, await filledTopic(f))
  await f.admin.deleteGroups({ groups: [groupId] })
  assert.ok(!(await f.admin.listGroups()).has(groupId))
  await assert.rejects(f.admin.deleteGroups({ groups: [groupId] }), saying('GROUP_ID_NOT_FOUND'))
})

testMethod('removeMembersFromConsumerGroup', 'the one that is named, then all that are left', async (f) => {
  const topic = await filledTopic(f)
  const groupId = uniqueName('group')
  const consumer = platformaticConsumer(f.t, shared.bootstrap, { groupId })
  consumer.topics.track(topic)
  const memberId = await consumer.joinGroup()
  const membersOf = async () => (await f.admin.describeGroups({ groups: [groupId] })).get(groupId)?.members
  assert.ok((await membersOf())?.has(memberId))
  await f.admin.removeMembersFromConsumerGroup({ groupId, members: [{ memberId, reason: 'test' }] })
  await eventually(async () => assert.ok(!(await membersOf())?.has(memberId)))
  await f.admin.removeMembersFromConsumerGroup({ groupId })
})

testMethod('describeLogDirs', 'where a partition lies, and how large it is', async (f) => {
  const topic = await filledTopic(f)
  const [dirs] = await f.admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] })
  assert.equal(dirs?.broker, 0)
  const [described] = dirs?.results ?? []
  assert.deepEqual(
    described?.topics.map(({ name, partitions }) => [name, partitions.map(({ partitionIndex }) => partitionIndex)]),
    [[topic, [0]]],
  )
  assert.ok((described?.topics[0]?.partitions[0]?.partitionSize ?? 0n) > 0n)
})

testMethod('alterConsumerGroupOffsets', 'of a group without members', async (f) => {
  const topic = await filledTopic(f)
  const groupId = await emptyGroup(f, topic, 2n)
  const [group] = await f.admin.listConsumerGroupOffsets({ groups: [groupId] })
  assert.equal(group?.topics[0]?.partitions[0]?.committedOffset, 2n)
})

testMethod('listConsumerGroupOffsets', 'of all topics, of some, and stable ones', async (f) => {
  const topic = await filledTopic(f)
  const groupId = await emptyGroup(f, topic)
  for (const group of [groupId, { groupId, topics: [{ name: topic, partitionIndexes: [0] }] }]) {
    const [listed] = await f.admin.listConsumerGroupOffsets({ groups: [group], requireStable: true })
    assert.equal(listed?.groupId, groupId)
    assert.deepEqual(
      listed.topics.map(({ name, partitions }) => [name, partitions.map(({ committedOffset }) => committedOffset)]),
      [[topic, [1n]]],
    )
  }
})

testMethod('deleteConsumerGroupOffsets', 'then there is none', async (f) => {
  const topic = await filledTopic(f)
  const groupId = await emptyGroup(f, topic)
  const topics = [{ name: topic, partitionIndexes: [0] }]
  const deleted = await f.admin.deleteConsumerGroupOffsets({ groupId, topics })
  assert.deepEqual(deleted, topics)
  await eventually(async () => {
    const [group] = await f.admin.listConsumerGroupOffsets({ groups: [groupId] }).catch(() => [])
    assert.equal(group?.topics.length ?? 0, 0)
  })
})

testMethod('describeConfigs', 'of a topic and of the broker, with synonyms and documentation', async ({ t, admin }) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const described = await admin.describeConfigs({
    includeSynonyms: true,
    includeDocumentation: true,
    resources: [
      { resourceType: 2, resourceName: topic, configurationKeys: ['retention.ms'] },
      { resourceType: 4, resourceName: '0', configurationKeys: ['log.retention.ms', 'num.partitions'] },
    ],
  })
  const configs = new Map(described.map(({ resourceName, configs }) => [resourceName, configs]))
  const [retention] = configs.get(topic) ?? []
  assert.deepEqual([retention?.name, retention?.value], ['retention.ms', '604800000'])
  assert.ok((retention?.documentation ?? '').length > 0)
  assert.deepEqual(
    configs
      .get('0')
      ?.map(({ name }) => name)
      .sort(),
    ['log.retention.ms', 'num.partitions'],
  )
})

testMethod('alterConfigs', 'what is not named goes back to its default', async ({ t, admin }) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const alter = (name: string, value: string) =>
    admin.alterConfigs({ resources: [{ resourceType: 2, resourceName: topic, configs: [{ name, value }] }] })
  await alter('segment.ms', '1000000')
  await alter('retention.ms', '2000000')
  const configurationKeys = ['retention.ms', 'segment.ms']
  const [described] = await admin.describeConfigs({
    resources: [{ resourceType: 2, resourceName: topic, configurationKeys }],
  })
  const values = new Map(described?.configs.map(({ name, value }) => [name, value]))
  assert.deepEqual([values.get('retention.ms'), values.get('segment.ms')], ['2000000', '604800000'])
})

testMethod('incrementalAlterConfigs', 'set, append, subtract, delete', async ({ t, admin }) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const cleanupPolicy = async (configOperation: 0 | 1 | 2 | 3, value: string) => {
    const configs = [{ name: 'cleanup.policy', configOperation, value }]
    await admin.incrementalAlterConfigs({ resources: [{ resourceType: 2, resourceName: topic, configs }] })
    const [described] = await admin.describeConfigs({
      resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ['cleanup.policy'] }],
    })
    return described?.configs[0]?.value
  }
  assert.equal(await cleanupPolicy(0, 'compact'), 'compact')
  assert.equal(await cleanupPolicy(2, 'delete'), 'compact,delete')
  assert.equal(await cleanupPolicy(3, 'compact'), 'delete')
  assert.equal(await cleanupPolicy(1, ''), 'delete')
})

testMethod('listOffsets', 'the beginning, the end, the largest timestamp, by time', async (f) => {
  const topic = await platformaticTopic(f.t, shared.bootstrap)
  const producer = platformaticProducer(f.t, shared.bootstrap)
  for (const timestamp of [1000n, 3000n, 2000n]) {
    await producer.send({ messages: [{ topic, key: 'k', value: `${timestamp}`, timestamp }], acks: -1 })
  }
  const offsetAt = async (timestamp: bigint) => {
    const [listed] = await f.admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }],
    })
    return listed?.partitions[0]?.offset
  }
  assert.deepEqual(await Promise.all([-2n, -1n, -3n, 1500n, 9000n].map(offsetAt)), [0n, 3n, 1n, 1n, -1n])
})

testMethod('deleteRecords', 'up to an offset', async (f) => {
  const topic = await filledTopic(f)
  const [deleted] = await f.admin.deleteRecords({
    topics: [{ name: topic, partitions: [{ partition: 0, offset: 2n }] }],
  })
  assert.deepEqual(deleted, { name: topic, partitions: [{ partition: 0, lowWatermark: 2n }] })
})

/** The broker does not know these requests; the client says so, and stays usable. */
const acl = {
  resourceType: 2,
  resourceName: 'topic',
  resourcePatternType: 3,
  principal: 'User:someone',
  host: '*',
  operation: 2,
  permissionType: 3,
} as const
const notAdvertised = {
  createAcls: (admin: Admin) => admin.createAcls({ creations: [acl] }),
  describeAcls: (admin: Admin) => admin.describeAcls({ filter: acl }),
  deleteAcls: (admin: Admin) => admin.deleteAcls({ filters: [acl] }),
  describeClientQuotas: (admin: Admin) =>
    admin.describeClientQuotas({ components: [{ entityType: 'client-id', matchType: 2 }] }),
  alterClientQuotas: (admin: Admin) =>
    admin.alterClientQuotas({
      entries: [
        {
          entities: [{ entityType: 'client-id', entityName: 'x' }],
          ops: [{ key: 'producer_byte_rate', value: 1, remove: false }],
        },
      ],
    }),
}
for (const [method, call] of Object.entries(notAdvertised)) {
  testMethod(method as keyof typeof notAdvertised, 'is not advertised, and the client says so', async ({ admin }) => {
    await assert.rejects(call(admin), (error: { errors?: readonly { code?: string }[] }) => {
      return error.errors?.[0]?.code === 'PLT_KFK_UNSUPPORTED_API'
    })
    await admin.listTopics()
  })
}

test('no method of the installed version is forgotten', () => {
  const methods = Object.getOwnPropertyNames(platformatic.Admin.prototype).filter((name) => name !== 'constructor')
  assert.deepEqual([...tested].sort(), methods.sort())
})
