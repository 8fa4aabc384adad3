/** Metadata, DescribeCluster, ApiVersions, FindCoordinator and InitProducerId on the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis, ErrorCode, encodeRequest, isUuid, type RequestInputOf, ZERO_UUID } from '@millrace/protocol'
import { defer } from './support/defer.js'
import { RawClient } from './support/raw-client.js'
import { sharedBroker } from './support/shared-broker.js'
import { temporaryBroker } from './support/temporary-broker.js'
import { createTopic, deleteTopic, uniqueName } from './support/topics.js'

const broker = sharedBroker()
const newest = 13
const notAsked = -(2 ** 31)

type MetadataInput = RequestInputOf<typeof apis.Metadata>

function byName(names: readonly string[], more: Partial<MetadataInput> = {}): MetadataInput {
  return { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false, ...more }
}

async function errorsOf(client: RawClient, version: number, request: MetadataInput) {
  const { topics } = await client.call(apis.Metadata, version, request)
  return topics.map(({ name, errorCode }) => [name, errorCode])
}

test('all topics: an empty list in version 0, null from version 1 on, where an empty list means none', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  for (let version = 0; version <= newest; version++) {
    const all = await client.call(apis.Metadata, version, { topics: version === 0 ? [] : null })
    assert.ok(
      all.topics.some(({ name }) => name === topic),
      `version ${version}`,
    )
    assert.equal(all.brokers.length, 1)
    if (version === 0) continue
    const none = await client.call(apis.Metadata, version, { topics: [] })
    assert.equal(none.topics.length, 0)
    assert.equal(none.brokers.length, 1)
  }
})

test('a topic has its id, partitions, leaders and replicas', async (t) => {
  const client = await broker.connect(t)
  const { topic, topicId } = await createTopic(client, {}, { partitions: 3 })
  assert.ok(isUuid(topicId) && topicId !== ZERO_UUID)
  const answer = await client.call(apis.Metadata, newest, byName([topic]))
  const [described] = answer.topics
  assert.deepEqual([described?.errorCode, described?.topicId, described?.isInternal], [ErrorCode.NONE, topicId, false])
  assert.deepEqual(
    described?.partitions.map(({ partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas }) => [
      partitionIndex,
      leaderId,
      leaderEpoch,
      replicaNodes,
      isrNodes,
      offlineReplicas,
    ]),
    [0, 1, 2].map((index) => [index, 0, 0, [0], [0], []]),
  )
  assert.equal(answer.controllerId, 0)
  assert.match(answer.clusterId ?? '', /^[\w-]{22}$/)
})

test('a topic that is missing is created only if both the request and the broker allow it', async (t) => {
  const client = await broker.connect(t)
  const missing = uniqueName('missing')
  assert.deepEqual(await errorsOf(client, 9, byName([missing])), [[missing, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]])
  await client.call(apis.Metadata, 9, { topics: null, allowAutoTopicCreation: true })
  assert.deepEqual(await errorsOf(client, 9, byName([missing])), [[missing, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]])
  const created = await errorsOf(client, 9, byName([missing], { allowAutoTopicCreation: true }))
  assert.deepEqual(created, [[missing, ErrorCode.NONE]])
  // Versions below 4 cannot say that it is not wanted.
  const old = uniqueName('old')
  assert.deepEqual(await errorsOf(client, 3, { topics: [{ name: old }] }), [[old, ErrorCode.NONE]])

  const { bootstrap } = await temporaryBroker(t, { 'auto.create.topics.enable': 'false' })
  const refused = await RawClient.connect(bootstrap)
  defer(t, () => refused.close())
  const asked = byName([missing], { allowAutoTopicCreation: true })
  assert.deepEqual(await errorsOf(refused, 9, asked), [[missing, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]])
})

test('a topic that cannot be created is answered with the reason', async (t) => {
  const client = await broker.connect(t)
  const name = uniqueName('with.dots.and_underscores')
  await createTopic(client, {}, { name })
  const colliding = name.replaceAll('.', '_')
  const asked = byName([colliding, 'not a name', '', '..', 'x'.repeat(250)], { allowAutoTopicCreation: true })
  assert.deepEqual(
    (await errorsOf(client, 9, asked)).map(([, errorCode]) => errorCode),
    Array(5).fill(ErrorCode.INVALID_TOPIC_EXCEPTION),
  )
  const longest = uniqueName('x').padEnd(249, 'x')
  assert.deepEqual(await errorsOf(client, 9, byName([longest], { allowAutoTopicCreation: true })), [[longest, 0]])

  const { bootstrap } = await temporaryBroker(t, { 'default.replication.factor': '3' })
  const other = await RawClient.connect(bootstrap)
  defer(t, () => other.close())
  assert.deepEqual(await errorsOf(other, 9, byName(['three'], { allowAutoTopicCreation: true })), [
    ['three', ErrorCode.INVALID_REPLICATION_FACTOR],
  ])
})

test('a name or id that is asked for twice is answered once', async (t) => {
  const client = await broker.connect(t)
  const { topic, topicId } = await createTopic(client)
  assert.deepEqual(await errorsOf(client, 9, byName([topic, topic])), [[topic, ErrorCode.NONE]])
  const byId = await errorsOf(client, 12, {
    topics: [
      { topicId, name: null },
      { topicId, name: null },
    ],
  })
  assert.deepEqual(byId, [[topic, ErrorCode.NONE]])
})

test('from version 12 on topics can be asked for by id; an unknown one has no name', async (t) => {
  const client = await broker.connect(t)
  const { topic, topicId } = await createTopic(client)
  const unknown = 'AAAAAAAAAAAAAAAAAAAA_w'
  const asked = { topics: [topicId, unknown].map((id) => ({ topicId: id, name: null })) }
  for (const version of [12, 13]) {
    const { topics } = await client.call(apis.Metadata, version, asked)
    assert.deepEqual(
      topics.map(({ name, topicId: id, errorCode }) => [name, id, errorCode]),
      [
        [topic, topicId, ErrorCode.NONE],
        [null, unknown, ErrorCode.UNKNOWN_TOPIC_ID],
      ],
    )
  }
  await deleteTopic(client, topic)
  const gone = await client.call(apis.Metadata, 12, { topics: [{ topicId, name: null }] })
  assert.equal(gone.topics[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_ID)
})

test('ids and null names before version 12 are an invalid request', async (t) => {
  const client = await broker.connect(t)
  const { topic, topicId } = await createTopic(client)
  for (const version of [10, 11]) {
    for (const asked of [
      { topicId, name: topic },
      { topicId: ZERO_UUID, name: null },
    ]) {
      const { topics } = await client.call(apis.Metadata, version, { topics: [asked] })
      assert.deepEqual(
        topics.map(({ name, errorCode }) => [name, errorCode]),
        [[asked.name ?? '', ErrorCode.INVALID_REQUEST]],
      )
    }
  }
})

test('authorized operations are told where they are asked for', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const bits = (field: number | undefined) =>
    Array.from({ length: 31 }, (_, bit) => bit).filter((bit) => (((field ?? 0) >> bit) & 1) === 1)
  const plain = await client.call(apis.Metadata, 10, byName([topic]))
  assert.equal(plain.clusterAuthorizedOperations, notAsked)
  assert.equal(plain.topics[0]?.topicAuthorizedOperations, notAsked)
  const asked = { includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true }
  const told = await client.call(apis.Metadata, 10, byName([topic], asked))
  assert.deepEqual(bits(told.topics[0]?.topicAuthorizedOperations), [3, 4, 5, 6, 7, 8, 10, 11])
  assert.deepEqual(bits(told.clusterAuthorizedOperations), [5, 7, 8, 9, 10, 11, 12])
  const cluster = await client.call(apis.DescribeCluster, 2, { includeClusterAuthorizedOperations: true })
  assert.equal(cluster.clusterAuthorizedOperations, told.clusterAuthorizedOperations)
  const quiet = await client.call(apis.DescribeCluster, 2, { includeClusterAuthorizedOperations: false })
  assert.equal(quiet.clusterAuthorizedOperations, notAsked)
})

test('DescribeCluster tells what Metadata tells, and has no controllers to describe', async (t) => {
  const client = await broker.connect(t)
  const metadata = await client.call(apis.Metadata, newest, { topics: [] })
  for (const version of [0, 1, 2]) {
    const cluster = await client.call(apis.DescribeCluster, version, { includeClusterAuthorizedOperations: false })
    assert.equal(cluster.errorCode, ErrorCode.NONE)
    assert.equal(cluster.clusterId, metadata.clusterId)
    assert.equal(cluster.controllerId, metadata.controllerId)
    assert.deepEqual(
      cluster.brokers.map(({ brokerId, host, port }) => ({ nodeId: brokerId, host, port })),
      metadata.brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port })),
    )
  }
  const controllers = await client.call(apis.DescribeCluster, 1, {
    includeClusterAuthorizedOperations: false,
    endpointType: 2,
  })
  assert.equal(controllers.errorCode, ErrorCode.MISMATCHED_ENDPOINT_TYPE)
})

test('a listener on all interfaces tells each client the address that it came to', async (t) => {
  const { broker: everywhere } = await temporaryBroker(t, { listeners: 'PLAINTEXT://0.0.0.0:0' })
  const port = everywhere.listeners[0]?.port
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    const client = await RawClient.connect(`${host}:${port}`)
    defer(t, () => client.close())
    const { brokers } = await client.call(apis.Metadata, 9, { topics: [] })
    assert.deepEqual(
      brokers.map((one) => [one.host, one.port]),
      [[host, port]],
    )
    const found = await client.call(apis.FindCoordinator, 3, { key: 'group', keyType: 0 })
    assert.deepEqual([found.host, found.port], [host, port])
  }
})

test('each listener has an address of its own, and advertised.listeners counts', async (t) => {
  const { broker: two } = await temporaryBroker(t, {
    listeners: 'INSIDE://127.0.0.1:0,OUTSIDE://127.0.0.1:0',
    'listener.security.protocol.map': 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT',
    'inter.broker.listener.name': 'INSIDE',
    'advertised.listeners': 'INSIDE://inside.example:1111,OUTSIDE://outside.example:2222',
  })
  const told = []
  for (const { port } of two.listeners) {
    const client = await RawClient.connect(`127.0.0.1:${port}`)
    defer(t, () => client.close())
    const { brokers } = await client.call(apis.Metadata, 9, { topics: [] })
    told.push(brokers.map((one) => [one.host, one.port]))
  }
  assert.deepEqual(told, [[['inside.example', 1111]], [['outside.example', 2222]]])
})

test('ApiVersions in an unknown version is answered in version 0 with the range that may be used', async (t) => {
  const client = await broker.connect(t)
  for (const version of [5, 99, 32767]) {
    const [frame] = encodeRequest(
      apis.ApiVersions,
      4,
      { correlationId: 7, clientId: 'c' },
      {
        clientSoftwareName: 'test',
        clientSoftwareVersion: '1',
      },
    )
    frame?.writeInt16BE(version, 6)
    client.send([frame as Buffer])
    const answer = await client.nextFrame()
    // Correlation id, error, and one key with its range: no tagged fields, no throttle time.
    assert.equal(answer.toString('hex'), '00000007' + '0023' + '00000001' + '0012' + '0000' + '0004')
  }
  const { errorCode } = await client.call(apis.ApiVersions, 0, {})
  assert.equal(errorCode, ErrorCode.NONE, 'the connection lives on')
})

test('ApiVersions from version 3 on wants a proper name of the client software', async (t) => {
  const client = await broker.connect(t)
  const wrong = await client.call(apis.ApiVersions, 3, { clientSoftwareName: 'a b', clientSoftwareVersion: '1' })
  assert.equal(wrong.errorCode, ErrorCode.INVALID_REQUEST)
})

test('FindCoordinator: several groups at once, an empty id, and transactions that are not to be had', async (t) => {
  const client = await broker.connect(t)
  const batched = await client.call(apis.FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['a', '', 'b'] })
  assert.deepEqual(
    batched.coordinators.map(({ key, nodeId, errorCode }) => [key, nodeId, errorCode]),
    [
      ['a', 0, ErrorCode.NONE],
      ['', -1, ErrorCode.INVALID_GROUP_ID],
      ['b', 0, ErrorCode.NONE],
    ],
  )
  for (let version = 0; version <= 3; version++) {
    const single = await client.call(apis.FindCoordinator, version, { key: 'a' })
    assert.deepEqual([single.errorCode, single.nodeId], [ErrorCode.NONE, 0])
  }
  const transactional = await client.call(apis.FindCoordinator, 4, { keyType: 1, coordinatorKeys: ['tx'] })
  assert.equal(transactional.coordinators[0]?.errorCode, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  const other = await client.call(apis.FindCoordinator, 4, { keyType: 9, coordinatorKeys: ['a'] })
  assert.equal(other.coordinators[0]?.errorCode, ErrorCode.INVALID_REQUEST)
  const { topics } = await client.call(apis.Metadata, newest, byName(['__consumer_offsets']))
  assert.equal(topics[0]?.isInternal, true)
  assert.equal(topics[0]?.partitions.length, 3)
})

test('InitProducerId: a transactional id fails at once and for good; ids and epochs must come together', async (t) => {
  const client = await broker.connect(t)
  for (let version = 0; version <= 5; version++) {
    const refused = await client.call(apis.InitProducerId, version, {
      transactionalId: 'tx',
      transactionTimeoutMs: 1000,
    })
    assert.equal(refused.errorCode, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    assert.equal(refused.producerId, -1)
  }
  const half = await client.call(apis.InitProducerId, 4, {
    transactionalId: null,
    transactionTimeoutMs: 1000,
    producerId: 5,
    producerEpoch: -1,
  })
  assert.equal(half.errorCode, ErrorCode.INVALID_REQUEST)
  const again = await client.call(apis.InitProducerId, 4, {
    transactionalId: null,
    transactionTimeoutMs: 1000,
    producerId: 5,
    producerEpoch: 3,
  })
  assert.equal(again.errorCode, ErrorCode.NONE)
  assert.equal(again.producerEpoch, 0)
})

test('the topic of transactions is not created by asking for it', async (t) => {
  const client = await broker.connect(t)
  const asked = byName(['__transaction_state'], { allowAutoTopicCreation: true })
  assert.deepEqual(await errorsOf(client, 9, asked), [['__transaction_state', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]])
})
