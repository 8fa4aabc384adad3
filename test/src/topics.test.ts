/** Creating, growing and deleting topics on the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis, ErrorCode, type RequestInputOf, ZERO_UUID } from '@millrace/protocol'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { fetchFrom } from './support/fetching.js'
import { RawClient } from './support/raw-client.js'
import { append } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { temporaryBroker } from './support/temporary-broker.js'
import { createTopic, deleteTopic, uniqueName } from './support/topics.js'

const broker = sharedBroker({ 'num.partitions': '2' })

type CreateInput = RequestInputOf<typeof apis.CreateTopics>
type NewTopic = CreateInput['topics'][number]

function newTopic(name: string, more: Partial<NewTopic> = {}): NewTopic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...more }
}

async function create(client: RawClient, topics: readonly NewTopic[], more: Partial<CreateInput> = {}) {
  const answer = await client.call(apis.CreateTopics, 7, { topics: [...topics], timeoutMs: 10_000, ...more })
  return answer.topics
}

async function partitionsOf(client: RawClient, name: string): Promise<readonly number[] | undefined> {
  const { topics } = await client.call(apis.Metadata, 9, { topics: [{ name }], allowAutoTopicCreation: false })
  if (topics[0]?.errorCode !== ErrorCode.NONE) return undefined
  return topics[0].partitions.map(({ partitionIndex }) => partitionIndex)
}

const manual = (...partitions: (readonly [index: number, ...brokers: number[]])[]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: partitions.map(([partitionIndex, ...brokerIds]) => ({ partitionIndex, brokerIds })),
})

test('a topic without numbers gets those of the broker, and the answer tells them with the configs', async (t) => {
  const client = await broker.connect(t)
  const name = uniqueName('defaults')
  const configs = [{ name: 'retention.ms', value: '12345' }]
  const [created] = await create(client, [newTopic(name, { numPartitions: -1, replicationFactor: -1, configs })])
  assert.deepEqual([created?.errorCode, created?.numPartitions, created?.replicationFactor], [ErrorCode.NONE, 2, 1])
  const retention = created?.configs?.find((config) => config.name === 'retention.ms')
  assert.deepEqual([retention?.value, retention?.configSource], ['12345', 1])
  assert.deepEqual(await partitionsOf(client, name), [0, 1])
})

test('topics that cannot be are refused, each with its error, and those beside them are made', async (t) => {
  const client = await broker.connect(t)
  const { topic: existing } = await createTopic(client)
  const base = uniqueName('v')
  const wrong: [topic: NewTopic, error: number][] = [
    [newTopic(''), ErrorCode.INVALID_TOPIC_EXCEPTION],
    [newTopic('.'), ErrorCode.INVALID_TOPIC_EXCEPTION],
    [newTopic('a/b'), ErrorCode.INVALID_TOPIC_EXCEPTION],
    [newTopic('x'.repeat(250)), ErrorCode.INVALID_TOPIC_EXCEPTION],
    [newTopic(existing), ErrorCode.TOPIC_ALREADY_EXISTS],
    [newTopic(`${base}-1`, { numPartitions: 0 }), ErrorCode.INVALID_PARTITIONS],
    [newTopic(`${base}-2`, { numPartitions: -2 }), ErrorCode.INVALID_PARTITIONS],
    [newTopic(`${base}-3`, { replicationFactor: 0 }), ErrorCode.INVALID_REPLICATION_FACTOR],
    [newTopic(`${base}-4`, { replicationFactor: 2 }), ErrorCode.INVALID_REPLICATION_FACTOR],
    [newTopic(`${base}-5`, { ...manual([0, 0]), numPartitions: 1 }), ErrorCode.INVALID_REQUEST],
    [newTopic(`${base}-6`, manual([0, 0], [2, 0])), ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    [newTopic(`${base}-7`, manual([0, 5])), ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    [newTopic(`${base}-8`, manual([0, 0, 0])), ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    [newTopic(`${base}-9`, manual([0])), ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    [newTopic(`${base}-a`, { configs: [{ name: 'retention.ms', value: 'long' }] }), ErrorCode.INVALID_CONFIG],
    [newTopic(`${base}-b`, { configs: [{ name: 'no.such.config', value: '1' }] }), ErrorCode.INVALID_CONFIG],
    [newTopic(`${base}-c`, { configs: [{ name: 'segment.bytes', value: '1' }] }), ErrorCode.INVALID_CONFIG],
  ]
  const answers = await create(client, [...wrong.map(([topic]) => topic), newTopic(`${base}-right`)])
  for (const [{ name }, error] of wrong) {
    const answer = answers.find((one) => one.name === name)
    assert.equal(answer?.errorCode, error, name)
    assert.ok(answer?.errorMessage, name)
    if (name !== existing) assert.equal(await partitionsOf(client, name), undefined)
  }
  assert.equal(answers.find(({ name }) => name === `${base}-right`)?.errorCode, ErrorCode.NONE)
})

test('names that differ only in dots and underscores do not go together, also not in one request', async (t) => {
  const client = await broker.connect(t)
  const base = uniqueName('c')
  await createTopic(client, {}, { name: `${base}.x` })
  const [late] = await create(client, [newTopic(`${base}_x`)])
  assert.equal(late?.errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION)
  const both = await create(client, [newTopic(`${base}.y`), newTopic(`${base}_y`)])
  assert.deepEqual(both.map(({ errorCode }) => errorCode).sort(), [ErrorCode.NONE, ErrorCode.INVALID_TOPIC_EXCEPTION])
})

test('a name that stands twice in a request is refused, and nothing is made of it', async (t) => {
  const client = await broker.connect(t)
  const name = uniqueName('twice')
  const answers = await create(client, [newTopic(name), newTopic(name)])
  assert.deepEqual(
    answers.map((answer) => [answer.name, answer.errorCode]),
    [[name, ErrorCode.INVALID_REQUEST]],
  )
  assert.equal(await partitionsOf(client, name), undefined)
})

test('the same topic created from two connections at once exists for one of them', async (t) => {
  const clients = [await broker.connect(t), await broker.connect(t)]
  const name = uniqueName('race')
  const withRetention = (value: string) => newTopic(name, { configs: [{ name: 'retention.ms', value }] })
  const answers = await Promise.all(clients.map((client, index) => create(client, [withRetention(`${index}`)])))
  assert.deepEqual(answers.map(([answer]) => answer?.errorCode).sort(), [
    ErrorCode.NONE,
    ErrorCode.TOPIC_ALREADY_EXISTS,
  ])
  const winner = answers.findIndex(([answer]) => answer?.errorCode === ErrorCode.NONE)
  const { results } = await (clients[0] as RawClient).call(apis.DescribeConfigs, 4, {
    resources: [{ resourceType: 2, resourceName: name, configurationKeys: ['retention.ms'] }],
  })
  assert.equal(results[0]?.configs[0]?.value, `${winner}`, 'with the configs of that one')
})

test('validate only tells what would be, and makes nothing', async (t) => {
  const client = await broker.connect(t)
  const name = uniqueName('only')
  const [right, wrong] = await create(client, [newTopic(name, { numPartitions: 4 }), newTopic('a b')], {
    validateOnly: true,
  })
  assert.deepEqual([right?.errorCode, right?.numPartitions], [ErrorCode.NONE, 4])
  assert.equal(wrong?.errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION)
  assert.equal(await partitionsOf(client, name), undefined)
})

test('a manual assignment counts', async (t) => {
  const client = await broker.connect(t)
  const name = uniqueName('manual')
  const [created] = await create(client, [newTopic(name, manual([0, 0], [1, 0], [2, 0]))])
  assert.deepEqual([created?.errorCode, created?.numPartitions], [ErrorCode.NONE, 3])
  assert.deepEqual(await partitionsOf(client, name), [0, 1, 2])
})

test('a topic whose time is up before it is ready comes nevertheless', async (t) => {
  const client = await broker.connect(t)
  const name = uniqueName('late')
  const [created] = await create(client, [newTopic(name, { numPartitions: 5 })], { timeoutMs: 0 })
  assert.ok(created?.errorCode === ErrorCode.REQUEST_TIMED_OUT || created?.errorCode === ErrorCode.NONE)
  await eventually(async () => assert.equal((await partitionsOf(client, name))?.length, 5))
})

async function grow(
  client: RawClient,
  topics: RequestInputOf<typeof apis.CreatePartitions>['topics'],
  validateOnly = false,
) {
  const answer = await client.call(apis.CreatePartitions, 3, { topics, timeoutMs: 10_000, validateOnly })
  return answer.results.map(({ errorCode }) => errorCode)
}

test('CreatePartitions adds partitions that can be written to at once', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  await append(client, topic, ['a'])
  assert.deepEqual(await grow(client, [{ name: topic, count: 3, assignments: null }], true), [ErrorCode.NONE])
  assert.deepEqual(await partitionsOf(client, topic), [0], 'validate only')
  assert.deepEqual(await grow(client, [{ name: topic, count: 3, assignments: null }]), [ErrorCode.NONE])
  assert.deepEqual(await partitionsOf(client, topic), [0, 1, 2])
  assert.equal(await append(client, topic, ['b'], 2), 0)
  assert.equal((await fetchFrom(client, topic, 0)).highWatermark, 1)
})

test('CreatePartitions refuses what is no growth', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client, {}, { partitions: 2 })
  const added = (...brokers: number[][]) => brokers.map((brokerIds) => ({ brokerIds }))
  assert.deepEqual(await grow(client, [{ name: topic, count: 2, assignments: null }]), [ErrorCode.INVALID_PARTITIONS])
  assert.deepEqual(await grow(client, [{ name: topic, count: 1, assignments: null }]), [ErrorCode.INVALID_PARTITIONS])
  assert.deepEqual(await grow(client, [{ name: 'no-such-topic', count: 2, assignments: null }]), [
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ])
  assert.deepEqual(await grow(client, [{ name: topic, count: 4, assignments: added([0]) }]), [
    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
  ])
  assert.deepEqual(await grow(client, [{ name: topic, count: 3, assignments: added([8]) }]), [
    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
  ])
  const twice = { name: topic, count: 3, assignments: null }
  assert.deepEqual(await grow(client, [twice, twice]), [ErrorCode.INVALID_REQUEST])
  assert.deepEqual(await partitionsOf(client, topic), [0, 1])
  assert.deepEqual(await grow(client, [{ name: topic, count: 3, assignments: added([0]) }]), [ErrorCode.NONE])
})

test('CreatePartitions from several connections at once: the topic never shrinks', async (t) => {
  const clients = await Promise.all(Array.from({ length: 5 }, () => broker.connect(t)))
  const [client] = clients as [RawClient]
  const { topic } = await createTopic(client)
  const counts = [6, 3, 5, 2, 4]
  const errors = await Promise.all(
    clients.map((each, index) => grow(each, [{ name: topic, count: counts[index] as number, assignments: null }])),
  )
  for (const [error] of errors) assert.ok(error === ErrorCode.NONE || error === ErrorCode.INVALID_PARTITIONS)
  assert.deepEqual(await partitionsOf(client, topic), [0, 1, 2, 3, 4, 5])
  for (const index of [0, 5]) assert.equal(await append(client, topic, ['a'], index), 0)
})

async function remove(client: RawClient, topics: readonly { name: string | null; topicId: string }[]) {
  const answer = await client.call(apis.DeleteTopics, 6, { topics: [...topics], timeoutMs: 10_000 })
  return answer.responses.map(({ name, topicId, errorCode }) => ({ name, topicId, errorCode }))
}

test('DeleteTopics by name and by id; both at once, twice, and unknown ones are refused', async (t) => {
  const client = await broker.connect(t)
  const [one, two, three] = [await createTopic(client), await createTopic(client), await createTopic(client)]
  const unknownId = 'AAAAAAAAAAAAAAAAAAAA_w'
  const answers = await remove(client, [
    { name: one.topic, topicId: ZERO_UUID },
    { name: null, topicId: two.topicId },
    { name: three.topic, topicId: three.topicId },
    { name: 'no-such-topic', topicId: ZERO_UUID },
    { name: null, topicId: unknownId },
  ])
  const errorOf = (topic: { name?: string; id?: string }) =>
    answers.find(({ name, topicId }) => name === topic.name || topicId === topic.id)?.errorCode
  assert.equal(errorOf({ name: one.topic }), ErrorCode.NONE)
  assert.equal(errorOf({ id: two.topicId }), ErrorCode.NONE)
  assert.equal(errorOf({ name: three.topic }), ErrorCode.INVALID_REQUEST)
  assert.equal(errorOf({ name: 'no-such-topic' }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(errorOf({ id: unknownId }), ErrorCode.UNKNOWN_TOPIC_ID)
  assert.equal(await partitionsOf(client, one.topic), undefined)
  assert.equal(await partitionsOf(client, two.topic), undefined)
  const twice = await remove(client, [
    { name: three.topic, topicId: ZERO_UUID },
    { name: null, topicId: three.topicId },
  ])
  assert.ok(twice.every(({ errorCode }) => errorCode === ErrorCode.INVALID_REQUEST))
  assert.deepEqual(await partitionsOf(client, three.topic), [0])
})

test('where deletion is disabled it is refused, before version 3 with another error', async (t) => {
  const { bootstrap } = await temporaryBroker(t, { 'delete.topic.enable': 'false' })
  const client = await RawClient.connect(bootstrap)
  defer(t, () => client.close())
  const { topic } = await createTopic(client)
  for (let version = 1; version <= 6; version++) {
    const request = {
      topicNames: [topic],
      topics: version < 6 ? [] : [{ name: topic, topicId: ZERO_UUID }],
      timeoutMs: 1000,
    }
    const { responses } = await client.call(apis.DeleteTopics, version, request)
    const error = version < 3 ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED
    assert.equal(responses[0]?.errorCode, error)
  }
  assert.deepEqual(await partitionsOf(client, topic), [0])
})

test('a topic can be deleted and made anew at once, many times: another id, empty, with its own configs', async (t) => {
  const client = await broker.connect(t)
  const name = uniqueName('anew')
  const ids = new Set<string>()
  for (let round = 0; round < 10; round++) {
    const { topicId } = await createTopic(client, { 'retention.ms': `${1000 + round}` }, { name, partitions: 2 })
    ids.add(topicId)
    assert.equal(await append(client, name, ['a', 'b']), 0)
    const { results } = await client.call(apis.DescribeConfigs, 4, {
      resources: [{ resourceType: 2, resourceName: name, configurationKeys: ['retention.ms'] }],
    })
    assert.equal(results[0]?.configs[0]?.value, `${1000 + round}`)
    await deleteTopic(client, name)
  }
  assert.equal(ids.size, 10)
})

async function committedOffset(client: RawClient, groupId: string, topic: string) {
  const answer = await client.call(apis.OffsetFetch, 8, {
    groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }],
  })
  const partition = answer.groups[0]?.topics[0]?.partitions[0]
  return [answer.groups[0]?.errorCode, partition?.errorCode, partition?.committedOffset]
}

test('the committed offsets of a deleted topic are gone, also when it is made anew', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const { topic: kept } = await createTopic(client)
  const groupId = uniqueName('group')
  const commit = (name: string) =>
    client.call(apis.OffsetCommit, 8, {
      groupId,
      memberId: '',
      topics: [{ name, partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }] }],
    })
  await client.call(apis.FindCoordinator, 3, { key: groupId, keyType: 0 })
  await eventually(async () => {
    for (const name of [topic, kept]) {
      assert.equal((await commit(name)).topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE)
    }
  })
  assert.deepEqual(await committedOffset(client, groupId, topic), [0, 0, 5])
  await deleteTopic(client, topic)
  await createTopic(client, {}, { name: topic })
  await eventually(async () => assert.deepEqual(await committedOffset(client, groupId, topic), [0, 0, -1]))
  assert.deepEqual(await committedOffset(client, groupId, kept), [0, 0, 5])
})
