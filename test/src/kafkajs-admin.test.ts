/** kafkajs's admin client: one test for each of its methods, and a list that keeps it so. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { eventually } from './support/eventually.js'
import { adminOf, commitOffset, consume, consumerOf, kafkajsOf, producerOf, topicOf } from './support/kafkajs.js'
import { sharedBroker } from './support/shared-broker.js'
import { uniqueName } from './support/topics.js'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ConfigSource } = kafkajs
const { ResourcePatternTypes } = kafkajs
const shared = sharedBroker()

interface Fixture {
  readonly t: TestContext
  readonly kafka: Kafka
  readonly admin: Admin
}

const tested = new Set<string>()

function testMethod(method: keyof Admin | 'events', what: string, run: (fixture: Fixture) => Promise<void>): void {
  tested.add(method)
  test(`${method}: ${what}`, async (t) => {
    const kafka = kafkajsOf(shared.bootstrap, { retry: { retries: 3 } })
    await run({ t, kafka, admin: await adminOf(t, kafka) })
  })
}

async function produce({ t, kafka }: Fixture, topic: string, timestamps: readonly number[]): Promise<void> {
  const producer = await producerOf(t, kafka)
  const messages = timestamps.map((timestamp) => ({ value: `${timestamp}`, partition: 0, timestamp: `${timestamp}` }))
  await producer.send({ topic, messages })
}

/** What kafkajs does not try again it wraps, sometimes. */
function isCausedBy(type: string) {
  return (error: { type?: string; cause?: { type?: string } }) => (error.type ?? error.cause?.type) === type
}

testMethod('connect', 'once more is harmless', async ({ admin }) => {
  await admin.connect()
  await admin.listTopics()
})

testMethod('disconnect', 'nothing is served after it', async ({ kafka }) => {
  const admin = kafka.admin({ retry: { retries: 0 } })
  await admin.connect()
  await admin.disconnect()
  await assert.rejects(admin.listTopics())
})

testMethod('createTopics', 'with configs and assignments; false for what exists; checked only', async ({ admin }) => {
  const topic = uniqueName('created')
  const configEntries = [{ name: 'retention.ms', value: '1000000' }]
  assert.equal(await admin.createTopics({ topics: [{ topic }], validateOnly: true, waitForLeaders: false }), true)
  assert.ok(!(await admin.listTopics()).includes(topic))
  assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries }] }), true)
  assert.equal(await admin.createTopics({ topics: [{ topic }] }), false)

  const assigned = uniqueName('assigned')
  const replicaAssignment = [0, 1, 2].map((partition) => ({ partition, replicas: [0] }))
  assert.equal(await admin.createTopics({ topics: [{ topic: assigned, replicaAssignment }] }), true)
  const { topics } = await admin.fetchTopicMetadata({ topics: [assigned] })
  assert.equal(topics[0]?.partitions.length, 3)
})

testMethod('createTopics', 'wrong ones are refused, each with its own reason', async ({ admin }) => {
  const configEntries = [{ name: 'retention.ms', value: 'soon' }]
  const wrong = [
    { topic: uniqueName('bad-config'), configEntries },
    { topic: uniqueName('many-replicas'), replicationFactor: 3 },
    { topic: 'not a name' },
  ]
  const error = await admin.createTopics({ topics: wrong }).then(
    () => assert.fail('it was made'),
    (reason: { errors: { type: string; topic: string }[] }) => reason,
  )
  assert.deepEqual(
    error.errors.map(({ type }) => type),
    ['INVALID_CONFIG', 'INVALID_REPLICATION_FACTOR', 'INVALID_TOPIC_EXCEPTION'],
  )
})

testMethod('listTopics', 'all of them', async ({ kafka, admin }) => {
  const topics = [await topicOf(kafka), await topicOf(kafka)]
  const listed = await admin.listTopics()
  for (const topic of topics) assert.ok(listed.includes(topic))
})

testMethod('deleteTopics', 'they are gone; an unknown one is an error', async ({ kafka, admin }) => {
  const topic = await topicOf(kafka)
  await admin.deleteTopics({ topics: [topic] })
  await eventually(async () => assert.ok(!(await admin.listTopics()).includes(topic)))
  await assert.rejects(admin.deleteTopics({ topics: [topic] }), isCausedBy('UNKNOWN_TOPIC_OR_PARTITION'))
})

testMethod('createPartitions', 'a topic grows, and does not shrink', async ({ kafka, admin }) => {
  const topic = await topicOf(kafka)
  await admin.createPartitions({ validateOnly: true, topicPartitions: [{ topic, count: 5 }] })
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3, assignments: [[0], [0]] }] })
  await eventually(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    assert.equal(topics[0]?.partitions.length, 3)
  })
  const smaller = admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
  await assert.rejects(smaller, isCausedBy('INVALID_PARTITIONS'))
})

testMethod('fetchTopicMetadata', 'of one, and of all', async ({ kafka, admin }) => {
  const topic = await topicOf(kafka, { numPartitions: 2 })
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  assert.deepEqual(
    topics.map(({ name, partitions }) => [
      name,
      partitions.map(({ leader, replicas, isr }) => ({ leader, replicas, isr })),
    ]),
    [[topic, Array.from({ length: 2 }, () => ({ leader: 0, replicas: [0], isr: [0] }))]],
  )
  const all = await admin.fetchTopicMetadata()
  assert.ok(all.topics.some(({ name }) => name === topic))
})

testMethod('describeCluster', 'one broker, which is the controller', async ({ admin }) => {
  const { brokers, controller, clusterId } = await admin.describeCluster()
  assert.deepEqual(
    brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]),
    [[0, shared.bootstrap]],
  )
  assert.equal(controller, 0)
  assert.match(clusterId, /^[\w-]{22}$/)
})

testMethod('fetchTopicOffsets', 'the ends of every partition', async (f) => {
  const topic = await topicOf(f.kafka, { numPartitions: 2 })
  await produce(f, topic, [1000, 2000, 3000])
  const offsets = await f.admin.fetchTopicOffsets(topic)
  assert.deepEqual(offsets.map(({ partition, low, high, offset }) => [partition, low, high, offset]).sort(), [
    [0, '0', '3', '3'],
    [1, '0', '0', '0'],
  ])
})

testMethod('fetchTopicOffsetsByTimestamp', 'the first at or after it, and the end without any', async (f) => {
  const topic = await topicOf(f.kafka)
  await produce(f, topic, [1000, 2000, 3000])
  const offsetOf = async (timestamp?: number) =>
    (await f.admin.fetchTopicOffsetsByTimestamp(topic, timestamp))[0]?.offset
  assert.equal(await offsetOf(1500), '1')
  assert.equal(await offsetOf(3000), '2')
  assert.equal(await offsetOf(3001), '3')
  assert.equal(await offsetOf(), '3')
})

// kafkajs waits for five seconds in each of these.
describe('offsets of groups', { concurrency: true }, () => {
  testMethod('setOffsets', 'of a group that has no members, read by fetchOffsets', async ({ kafka, admin }) => {
    const topic = await topicOf(kafka)
    const groupId = uniqueName('group')
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '7' }] })
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
    assert.equal(committed?.partitions[0]?.offset, '7')
  })

  testMethod('fetchOffsets', 'of one topic, of all topics, of none; resolved', async (f) => {
    const { admin, kafka } = f
    const topic = await topicOf(kafka)
    await produce(f, topic, [1000, 2000])
    const groupId = uniqueName('group')
    const [none] = await admin.fetchOffsets({ groupId, topics: [topic] })
    assert.deepEqual(none?.partitions, [{ partition: 0, offset: '-1', metadata: null }])
    const [resolved] = await admin.fetchOffsets({ groupId, topics: [topic], resolveOffsets: true })
    assert.equal(resolved?.partitions[0]?.offset, '2')
    await commitOffset(await shared.connect(f.t), groupId, topic, 1)
    const all = await admin.fetchOffsets({ groupId })
    assert.deepEqual(
      all.map((each) => [each.topic, each.partitions.map(({ offset }) => offset)]),
      [[topic, ['1']]],
    )
  })

  testMethod('resetOffsets', 'to the beginning', async (f) => {
    const topic = await topicOf(f.kafka)
    await produce(f, topic, [1000, 2000])
    const groupId = uniqueName('group')
    await f.admin.resetOffsets({ groupId, topic, earliest: true })
    const [offsets] = await f.admin.fetchOffsets({ groupId, topics: [topic] })
    // Its way of saying "the earliest, whichever that is by then".
    assert.equal(offsets?.partitions[0]?.offset, '-2')
  })
})

testMethod('describeConfigs', 'of a topic and of the broker, with synonyms, and by name', async ({ kafka, admin }) => {
  const topic = await topicOf(kafka, { configEntries: [{ name: 'retention.ms', value: '1000000' }] })
  const { resources } = await admin.describeConfigs({
    includeSynonyms: true,
    resources: [
      { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms', 'cleanup.policy'] },
      { type: ConfigResourceTypes.BROKER, name: '0' },
    ],
  })
  const [ofTopic, ofBroker] = resources
  assert.deepEqual(ofTopic?.configEntries.map(({ configName }) => configName).sort(), [
    'cleanup.policy',
    'retention.ms',
  ])
  const retention = ofTopic?.configEntries.find(({ configName }) => configName === 'retention.ms')
  assert.equal(retention?.configValue, '1000000')
  assert.equal(retention?.configSource, ConfigSource.TOPIC_CONFIG)
  assert.equal(retention?.configSynonyms[0]?.configName, 'retention.ms')
  assert.ok(ofBroker?.configEntries.some(({ configName }) => configName === 'log.dirs'))
})

testMethod('alterConfigs', 'what is not named goes back to its default', async ({ kafka, admin }) => {
  const topic = await topicOf(kafka, { configEntries: [{ name: 'segment.ms', value: '1000000' }] })
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
  const configEntries = [{ name: 'retention.ms', value: '2000000' }]
  const configuredValue = async (name: string) => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] })
    return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue
  }
  await admin.alterConfigs({ validateOnly: true, resources: [{ ...resource, configEntries }] })
  assert.notEqual(await configuredValue('retention.ms'), '2000000')
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] })
  assert.equal(await configuredValue('retention.ms'), '2000000')
  assert.equal(await configuredValue('segment.ms'), '604800000')
})

testMethod('listGroups', 'those with members and those with offsets', async ({ t, kafka, admin }) => {
  const topic = await topicOf(kafka)
  const groupId = uniqueName('group')
  await commitOffset(await shared.connect(t), groupId, topic, 0)
  const consumer = await consumerOf(t, kafka, { groupId: `${groupId}-live` })
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({ eachMessage: () => Promise.resolve() })
  await eventually(async () => {
    const { groups } = await admin.listGroups()
    assert.ok(groups.some((group) => group.groupId === groupId))
    assert.ok(groups.some((group) => group.groupId === `${groupId}-live` && group.protocolType === 'consumer'))
  })
})

testMethod('describeGroups', 'its state and its members; an unknown one is Dead', async ({ t, kafka, admin }) => {
  const topic = await topicOf(kafka, { numPartitions: 2 })
  const groupId = uniqueName('group')
  const consumer = await consumerOf(t, kafka, { groupId })
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({ eachMessage: () => Promise.resolve() })
  await eventually(async () => {
    const { groups } = await admin.describeGroups([groupId, 'nobody'])
    assert.deepEqual(
      groups.map(({ state, protocolType, protocol }) => [state, protocolType, protocol]),
      [
        ['Stable', 'consumer', 'RoundRobinAssigner'],
        ['Dead', '', ''],
      ],
    )
    const [member] = groups[0]?.members ?? []
    assert.equal(member?.clientId, 'kafkajs-test')
    const assignment = kafkajs.AssignerProtocol.MemberAssignment.decode(member?.memberAssignment ?? Buffer.alloc(0))
    assert.deepEqual(assignment?.assignment, { [topic]: [0, 1] })
  })
})

testMethod('deleteGroups', 'an empty one goes, one with members and an unknown one are refused', async (f) => {
  const { t, kafka, admin } = f
  const topic = await topicOf(kafka)
  const groupId = uniqueName('group')
  await produce(f, topic, [1000])
  await consume(t, kafka, topic, 1, { groupId })
  assert.deepEqual(
    (await admin.deleteGroups([groupId])).map(({ errorCode }) => errorCode),
    [0],
  )
  const live = await consumerOf(t, kafka, { groupId })
  await live.subscribe({ topics: [topic] })
  await live.run({ eachMessage: () => Promise.resolve() })
  await eventually(async () => assert.equal((await admin.describeGroups([groupId])).groups[0]?.state, 'Stable'))
  await assert.rejects(admin.deleteGroups([groupId, 'nobody']), (error: { groups: { error: { type: string } }[] }) => {
    assert.deepEqual(
      error.groups.map((group) => group.error.type),
      ['NON_EMPTY_GROUP', 'GROUP_ID_NOT_FOUND'],
    )
    return true
  })
})

testMethod('deleteTopicRecords', 'up to an offset, and up to the end', async (f) => {
  const topic = await topicOf(f.kafka)
  await produce(f, topic, [1000, 2000, 3000])
  const low = async () => (await f.admin.fetchTopicOffsets(topic))[0]?.low
  assert.equal(await low(), '0')
  await f.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
  assert.equal(await low(), '2')
  await f.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] })
  assert.equal(await low(), '3')
})

testMethod('listPartitionReassignments', 'none is under way', async ({ kafka, admin }) => {
  const topic = await topicOf(kafka)
  assert.deepEqual((await admin.listPartitionReassignments({})).topics, [])
  assert.deepEqual((await admin.listPartitionReassignments({ topics: [{ topic, partitions: [0] }] })).topics, [])
})

testMethod('on', 'events of its connection and of its requests', async ({ kafka }) => {
  const admin = kafka.admin()
  const seen: string[] = []
  const apis: string[] = []
  for (const event of [admin.events.CONNECT, admin.events.DISCONNECT] as const) {
    admin.on(event as typeof admin.events.CONNECT, ({ type }) => seen.push(type))
  }
  const forget = admin.on(admin.events.REQUEST, ({ payload }) => apis.push(payload.apiName))
  await admin.connect()
  await admin.listTopics()
  forget()
  await admin.listGroups()
  await admin.disconnect()
  assert.deepEqual(seen, [admin.events.CONNECT, admin.events.DISCONNECT])
  assert.ok(apis.includes('Metadata') && !apis.includes('ListGroups'), apis.join())
})

testMethod('events', 'are named', ({ admin }) => {
  assert.deepEqual(Object.keys(admin.events).sort(), [
    'CONNECT',
    'DISCONNECT',
    'REQUEST',
    'REQUEST_QUEUE_SIZE',
    'REQUEST_TIMEOUT',
  ])
  return Promise.resolve()
})

testMethod('logger', 'is there', ({ admin }) => {
  admin.logger().debug('not printed')
  return Promise.resolve()
})

/** The broker has no authorizer, and knows no request about ACLs: the client says so, and stays connected. */
const acl = {
  resourceType: AclResourceTypes.TOPIC,
  resourceName: 'topic',
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: 'User:someone',
  host: '*',
  operation: AclOperationTypes.ALL,
  permissionType: AclPermissionTypes.ALLOW,
}
const notAdvertised: Readonly<Partial<Record<keyof Admin, (admin: Admin) => Promise<unknown>>>> = {
  createAcls: (admin) => admin.createAcls({ acl: [acl] }),
  describeAcls: (admin) => admin.describeAcls(acl),
  deleteAcls: (admin) => admin.deleteAcls({ filters: [acl] }),
  alterPartitionReassignments: (admin) =>
    admin.alterPartitionReassignments({
      topics: [{ topic: 'topic', partitionAssignment: [{ partition: 0, replicas: [0] }] }],
    }),
}
for (const [method, call] of Object.entries(notAdvertised)) {
  testMethod(method as keyof Admin, 'is not advertised, and the client says so', async ({ admin }) => {
    await assert.rejects(call(admin), { name: 'KafkaJSServerDoesNotSupportApiKey' })
    await admin.listTopics()
  })
}

test('no method of the installed version is forgotten', () => {
  const methods = Object.keys(kafkajsOf('127.0.0.1:9').admin())
  assert.deepEqual([...tested].sort(), methods.sort())
})
