/** The admin client against a broker: the one at MILLRACE_TEST_BOOTSTRAP, else ours in this process. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Cluster } from '../cluster/cluster.js'
import { KafkaError } from '../errors.js'
import { appendRecords, joinAlone, rawCluster } from '../testing/raw-requests.js'
import { freshName, testBroker } from '../testing/temporary-broker.js'
import { type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { KafkaAggregateError, type Outcome } from './admin-result.js'
import { KafkaAdminClient } from './kafka-admin-client.js'

const ends: (() => Promise<void>)[] = []
let bootstrap = ''
let admin: KafkaAdminClient
let raw: Cluster

before(async () => {
  ;({ bootstrap } = await testBroker({ after: (end) => ends.push(end as () => Promise<void>) }))
  admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  raw = rawCluster(bootstrap)
})
after(async () => {
  raw.close()
  await admin.close()
  for (const end of ends) await end()
})

/** What came after Kafka 2.5 is UNSUPPORTED_VERSION there. */
const isOld = process.env['MILLRACE_TEST_KAFKA'] === '2.5'
const isOurs = process.env['MILLRACE_TEST_BOOTSTRAP'] === undefined
const code = (outcome: Outcome<unknown> | undefined) =>
  outcome !== undefined && 'error' in outcome ? outcome.error.code : undefined
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const hasCode = (expected: string) => (error: unknown) => error instanceof KafkaError && error.code === expected

/** Brokers of KRaft clusters hear of changes a little later than whoever made them is told. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 5000
  while (!(await isSo())) {
    assert.ok(performance.now() < deadlineMs, String(isSo))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function newTopic(numPartitions = 1, configs: Record<string, string> = {}): Promise<string> {
  const name = freshName('topic')
  await admin.createTopics([{ name, numPartitions, replicationFactor: 1, configs }])
  await until(async () => (await admin.listTopics()).has(name))
  return name
}

test('topics: created with their configs, listed, described by name and by id, extended, deleted', async () => {
  const name = freshName('topic')
  const created = await admin.createTopics([
    { name, numPartitions: 2, replicationFactor: 1, configs: { 'retention.ms': '1234' } },
  ])
  const { topicId, numPartitions, replicationFactor, config } = created.get(name) ?? assert.fail()
  assert.deepEqual([numPartitions, replicationFactor, config?.get('retention.ms')?.value], [2, 1, '1234'])
  assert.equal(config?.get('retention.ms')?.source, 'DYNAMIC_TOPIC_CONFIG')
  await until(async () => (await admin.listTopics()).has(name))
  assert.deepEqual((await admin.listTopics()).get(name), { name, topicId, isInternal: false })

  const described = (await admin.describeTopics([name])).get(name)
  assert.deepEqual(
    described?.partitions.map(({ partition, leader }) => [partition, leader?.id]),
    [
      [0, 0],
      [1, 0],
    ],
  )
  assert.equal(described?.authorizedOperations, undefined)
  const more = (await admin.describeTopics([name], { includeAuthorizedOperations: true })).get(name)
  assert.ok(more?.authorizedOperations?.has('WRITE'))
  if (isOld) {
    await assert.rejects(admin.describeTopics({ topicIds: [UNKNOWN_ID] }), hasCode('UNSUPPORTED_VERSION'))
    await assert.rejects(admin.deleteTopics({ topicIds: [UNKNOWN_ID] }), hasCode('UNSUPPORTED_VERSION'))
  } else {
    const byId = await admin.describeTopics({ topicIds: [topicId ?? '', UNKNOWN_ID] }).settled()
    assert.deepEqual([...byId.values()].map(code), [undefined, 'UNKNOWN_TOPIC_ID'])
    const found = byId.get(topicId ?? '') ?? assert.fail()
    assert.equal('value' in found ? found.value.name : found.error, name)
  }

  await admin.createPartitions([[name, { totalCount: 3 }]])
  await until(async () => (await admin.describeTopics([name])).get(name)?.partitions.length === 3)
  const fewer = await admin.createPartitions(new Map([[name, { totalCount: 1 }]])).settled()
  assert.equal(code(fewer.get(name)), 'INVALID_PARTITIONS')
  const tooMany = admin.createPartitions([[name, { totalCount: 4, newAssignments: [[7]] }]], { validateOnly: true })
  assert.equal(code((await tooMany.settled()).get(name)), 'INVALID_REPLICA_ASSIGNMENT')

  await admin.deleteTopics(topicId === undefined ? [name] : { topicIds: [topicId] })
  const afterwards = async () => code((await admin.describeTopics([name]).settled()).get(name))
  await until(async () => (await afterwards()) === 'UNKNOWN_TOPIC_OR_PARTITION')
  assert.equal(code((await admin.deleteTopics([name]).settled()).get(name)), 'UNKNOWN_TOPIC_OR_PARTITION')
})

test('some topics fail: settled() has each outcome, await rejects with the errors of those', async () => {
  const [taken, fresh, bad] = [await newTopic(), freshName('topic'), '../bad']
  const settled = await admin.createTopics([{ name: taken }, { name: fresh }, { name: bad }]).settled()
  assert.deepEqual(
    [taken, fresh, bad].map((name) => code(settled.get(name))),
    ['TOPIC_ALREADY_EXISTS', undefined, 'INVALID_TOPIC_EXCEPTION'],
  )
  await assert.rejects(admin.createTopics([{ name: taken }, { name: bad }]), (error) => {
    assert.ok(error instanceof KafkaAggregateError)
    assert.equal(error.code, 'TOPIC_ALREADY_EXISTS')
    assert.equal(error.cause, error.errors.get(taken))
    assert.deepEqual([...error.errors.keys()], [taken, bad])
    assert.match(JSON.stringify(error), /INVALID_TOPIC_EXCEPTION/)
    return true
  })
  assert.equal((await admin.createTopics([])).size, 0)
  await assert.rejects(admin.createTopics([{ name: fresh }, { name: fresh }]), hasCode('INVALID_ARGUMENT'))
})

test('topics: validateOnly creates none; replicas by hand', async () => {
  const name = freshName('topic')
  await admin.createTopics([{ name, numPartitions: 1, replicationFactor: 1 }], { validateOnly: true })
  assert.equal((await admin.listTopics()).has(name), false)
  await admin.createTopics([{ name, replicasAssignments: { 0: [0], 1: [0] } }])
  await until(async () => (await admin.listTopics()).has(name))
  assert.equal((await admin.describeTopics([name])).get(name)?.partitions.length, 2)
  const both = admin.createTopics([{ name, numPartitions: 1, replicasAssignments: { 0: [0] } }])
  await assert.rejects(both, hasCode('INVALID_ARGUMENT'))
})

test('topics: described page by page where there are many partitions', async () => {
  const [large, small] = [await newTopic(7), await newTopic(2)]
  const described = await admin
    .describeTopics([large, small, freshName('no')], { partitionSizeLimitPerResponse: 3 })
    .settled()
  const sizes = [large, small].map((name) => {
    const one = described.get(name) ?? assert.fail()
    return 'value' in one ? one.value.partitions.map(({ partition }) => partition) : one.error
  })
  assert.deepEqual(sizes, [
    [0, 1, 2, 3, 4, 5, 6],
    [0, 1],
  ])
  assert.equal(described.size, 3)
})

test('configs: of a topic and a broker, with synonyms and documentation; single ones are changed', async () => {
  const name = await newTopic(1, { 'segment.bytes': '1048576', 'cleanup.policy': 'delete' })
  const configs = await admin.describeConfigs(
    [
      { type: 'TOPIC', name },
      { type: 'BROKER', name: '0' },
    ],
    {
      includeSynonyms: true,
      includeDocumentation: !isOld,
    },
  )
  const segment = configs.get(name)?.get('segment.bytes') ?? assert.fail()
  assert.deepEqual([segment.value, segment.source, segment.isDefault], ['1048576', 'DYNAMIC_TOPIC_CONFIG', false])
  assert.equal(segment.type, isOld ? 'UNKNOWN' : 'INT')
  assert.equal(segment.synonyms.at(-1)?.source, 'DEFAULT_CONFIG')
  if (isOld) {
    const documented = admin.describeConfigs([{ type: 'TOPIC', name }], { includeDocumentation: true })
    await assert.rejects(documented, hasCode('UNSUPPORTED_VERSION'))
  } else assert.ok((segment.documentation ?? '').length > 10)
  assert.equal(configs.get('0')?.get('log.dirs')?.isReadOnly, true)

  const resource = { type: 'TOPIC', name } as const
  await admin.incrementalAlterConfigs([
    {
      resource,
      ops: [
        { name: 'cleanup.policy', op: 'APPEND', value: 'compact' },
        { name: 'segment.bytes', op: 'DELETE' },
        { name: 'retention.ms', op: 'SET', value: '99' },
      ],
    },
  ])
  const now = async () => (await admin.describeConfigs([resource])).get(name)
  await until(async () => (await now())?.get('retention.ms')?.value === '99')
  const changed = await now()
  assert.deepEqual(
    ['cleanup.policy', 'segment.bytes', 'retention.ms'].map((key) => changed?.get(key)?.value),
    ['delete,compact', '1073741824', '99'],
  )
  assert.deepEqual(changed?.get('retention.ms')?.synonyms, [])
  assert.equal(changed?.get('retention.ms')?.documentation, undefined)

  const wrong = [{ resource, ops: [{ name: 'retention.ms', op: 'SET', value: 'soon' }] }] as const
  assert.equal(
    code((await admin.incrementalAlterConfigs(wrong).settled()).get(name)),
    isOld ? 'INVALID_REQUEST' : 'INVALID_CONFIG',
  )
  await assert.rejects(admin.describeConfigs([resource, { type: 'GROUP', name }]), hasCode('INVALID_ARGUMENT'))
  const unknown = await admin.describeConfigs([{ type: 'TOPIC', name: freshName('no') }, resource]).settled()
  assert.deepEqual([...unknown.values()].map(code), ['UNKNOWN_TOPIC_OR_PARTITION', undefined])
})

test('the cluster: brokers, controller, what may be done; features', async () => {
  const { clusterId, controller, nodes, authorizedOperations } = await admin.describeCluster({
    includeAuthorizedOperations: true,
  })
  assert.ok((clusterId ?? '').length > 10)
  assert.equal(controller?.id, 0)
  assert.deepEqual(
    nodes.map(({ host, port }) => `${host}:${port}`),
    [bootstrap],
  )
  assert.ok(authorizedOperations?.has('CREATE'))
  assert.equal((await admin.describeCluster()).authorizedOperations, undefined)
  const { supportedFeatures, finalizedFeatures } = await admin.describeFeatures()
  assert.ok(supportedFeatures instanceof Map && finalizedFeatures instanceof Map)
})

test('offsets of partitions: both ends, a time, the largest timestamp; records are deleted', async () => {
  const topic = await newTopic(2)
  await appendRecords(raw, topic, 0, [1000, 3000, 2000])
  const [zero, one] = [
    { topic, partition: 0 },
    { topic, partition: 1 },
  ]
  const at = async (spec: Parameters<KafkaAdminClient['listOffsets']>[0]) => [
    ...(await admin.listOffsets(spec)).values(),
  ]
  const offsets = await admin.listOffsets([
    [zero, 'latest'],
    [one, 'latest'],
  ])
  assert.equal(offsets.get({ topic, partition: 0 })?.offset, 3)
  assert.equal(offsets.get(one)?.offset, 0)
  assert.deepEqual(
    (await at([[zero, 'earliest']])).map(({ offset, timestamp }) => [offset, timestamp]),
    [[0, -1]],
  )
  assert.deepEqual(
    (await at([[zero, 1500]])).map(({ offset, timestamp }) => [offset, timestamp]),
    [[1, 3000]],
  )
  assert.deepEqual(
    (await at([[zero, new Date(2500)]])).map(({ offset }) => offset),
    [1],
  )
  const largest = await admin
    .listOffsets([
      [zero, 'max-timestamp'],
      [one, 'latest'],
    ])
    .settled()
  if (isOld) assert.deepEqual([...largest.values()].map(code), ['UNSUPPORTED_VERSION', undefined])
  else assert.deepEqual(largest.get(zero), { value: { offset: 1, timestamp: 3000, leaderEpoch: 0 } })
  assert.deepEqual(
    (await at([[zero, 5000]])).map(({ offset }) => offset),
    [-1],
  )

  const deleted = await admin.deleteRecords([[zero, { beforeOffset: 2 }]])
  assert.equal(deleted.get(zero)?.lowWatermark, 2)
  assert.deepEqual(
    (await at([[zero, 'earliest']])).map(({ offset }) => offset),
    [2],
  )
  const beyond = await admin
    .deleteRecords([
      [zero, { beforeOffset: 99 }],
      [one, { beforeOffset: -1 }],
    ])
    .settled()
  assert.deepEqual([code(beyond.get(zero)), code(beyond.get(one))], ['OFFSET_OUT_OF_RANGE', undefined])
})

test('an unknown partition is asked for until the time is over', async () => {
  const unknown = { topic: freshName('no'), partition: 0 }
  const outcome = (await admin.listOffsets([[unknown, 'latest']], { timeoutMs: 1500 }).settled()).get(unknown)
  assert.equal(code(outcome), 'TIMEOUT')
  assert.ok(outcome !== undefined && 'error' in outcome && hasCode('UNKNOWN_TOPIC_OR_PARTITION')(outcome.error.cause))
})

test('groups: listed and described with their assignment, members taken out, deleted', async () => {
  const [topic, groupId, idle] = [await newTopic(), freshName('group'), freshName('group')]
  const { memberId } = await joinAlone(raw, groupId, topic)
  const listed = (await admin.listConsumerGroups()).find((group) => group.groupId === groupId)
  assert.deepEqual(listed, { groupId, type: 'Classic', protocolType: 'consumer', state: isOld ? undefined : 'Stable' })
  const byState = () => admin.listGroups({ states: ['Stable'] })
  if (isOld) await assert.rejects(byState(), hasCode('UNSUPPORTED_VERSION'))
  else assert.ok((await byState()).some((group) => group.groupId === groupId))
  const stable = await admin.listGroups({ types: ['Classic'] })
  assert.ok(stable.some((group) => group.groupId === groupId))
  assert.equal(
    (await admin.listGroups({ types: ['Share'] })).some((group) => group.groupId === groupId),
    false,
  )

  const described = (await admin.describeConsumerGroups([groupId], { includeAuthorizedOperations: true })).get(groupId)
  assert.deepEqual(
    [described?.state, described?.type, described?.partitionAssignor, described?.isSimpleConsumerGroup],
    ['Stable', 'Classic', 'range', false],
  )
  assert.equal(described?.coordinator?.id, 0)
  assert.ok(described?.authorizedOperations?.has('DELETE'))
  assert.deepEqual(
    described?.members.map((member) => [member.memberId, member.clientId, member.assignment]),
    [[memberId, 'raw', [{ topic, partition: 0 }]]],
  )
  const absent = freshName('group')
  const [nobody] = (await admin.describeConsumerGroups([absent]).settled()).values()
  // Until Kafka 4.0 such a group is called dead.
  assert.ok(
    nobody !== undefined && ('error' in nobody ? code(nobody) === 'GROUP_ID_NOT_FOUND' : nobody.value.state === 'Dead'),
  )
  assert.equal((await admin.describeClassicGroups([groupId])).get(groupId)?.protocolType, 'consumer')

  await admin.alterConsumerGroupOffsets(idle, [[{ topic, partition: 0 }, { offset: 1 }]])
  assert.equal((await admin.describeConsumerGroups([idle])).get(idle)?.isSimpleConsumerGroup, true)
  const deleted = await admin.deleteConsumerGroups([groupId, idle]).settled()
  assert.deepEqual([code(deleted.get(groupId)), code(deleted.get(idle))], ['NON_EMPTY_GROUP', undefined])

  const strangers = admin.removeMembersFromConsumerGroup(groupId, { members: [{ memberId: 'nobody' }] })
  assert.equal(code((await strangers.settled()).get('nobody')), 'UNKNOWN_MEMBER_ID')
  assert.deepEqual([...(await admin.removeMembersFromConsumerGroup(groupId, { reason: 'test' })).keys()], [memberId])
  assert.equal((await admin.describeConsumerGroups([groupId])).get(groupId)?.state, 'Empty')
  await admin.deleteConsumerGroups([groupId])
})

test('a static member is taken out by its instance id', async () => {
  const [topic, groupId] = [await newTopic(), freshName('group')]
  await joinAlone(raw, groupId, topic, 'static-1')
  const described = (await admin.describeConsumerGroups([groupId])).get(groupId)
  assert.deepEqual(
    described?.members.map(({ groupInstanceId }) => groupInstanceId),
    ['static-1'],
  )
  await admin.removeMembersFromConsumerGroup(groupId, { members: [{ groupInstanceId: 'static-1' }] })
  assert.deepEqual((await admin.describeConsumerGroups([groupId])).get(groupId)?.members, [])
})

test('offsets of groups: set, listed, forgotten; a group with members keeps its own', async () => {
  const [topic, groupId, other] = [await newTopic(3), freshName('group'), freshName('group')]
  const at = (partition: number): TopicPartition => ({ topic, partition })
  await admin.alterConsumerGroupOffsets(groupId, [
    [at(0), { offset: 5, metadata: 'note' }],
    [at(1), { offset: 7, leaderEpoch: 0 }],
  ])
  const listed = await admin.listConsumerGroupOffsets([groupId, other])
  const offsets = listed.get(groupId) ?? assert.fail()
  assert.ok(offsets instanceof TopicPartitionMap)
  assert.deepEqual(offsets.get(at(0)), { offset: 5, metadata: 'note' })
  assert.deepEqual(offsets.get(at(1)), { offset: 7, leaderEpoch: 0, metadata: '' })
  assert.equal(listed.get(other)?.size, 0)
  const spec = { groupId, topicPartitions: [at(1), at(2)] }
  const some = (await admin.listConsumerGroupOffsets([spec], { requireStable: true })).get(groupId)
  assert.deepEqual([...(some?.keys() ?? [])], [at(1)])

  await admin.deleteConsumerGroupOffsets(groupId, [at(0)])
  assert.deepEqual([...((await admin.listConsumerGroupOffsets([groupId])).get(groupId)?.keys() ?? [])], [at(1)])

  await admin.alterStreamsGroupOffsets(other, [[at(2), { offset: 1 }]])
  assert.equal((await admin.listStreamsGroupOffsets([other])).get(other)?.get(at(2))?.offset, 1)
  await admin.deleteStreamsGroupOffsets(other, [at(2)])
  assert.equal((await admin.listStreamsGroupOffsets([other])).get(other)?.size, 0)
  await admin.alterStreamsGroupOffsets(other, [[at(2), { offset: 1 }]])
  await admin.deleteStreamsGroups([other])
  assert.equal((await admin.listStreamsGroupOffsets([other])).get(other)?.size, 0)

  await joinAlone(raw, groupId, topic)
  const refused = await admin.alterConsumerGroupOffsets(groupId, [[at(0), { offset: 1 }]]).settled()
  assert.equal(code(refused.get(at(0))), 'UNKNOWN_MEMBER_ID')
  const subscribed = await admin.deleteConsumerGroupOffsets(groupId, [at(1)]).settled()
  assert.equal(code(subscribed.get(at(1))), 'GROUP_SUBSCRIBED_TO_TOPIC')
  await admin.removeMembersFromConsumerGroup(groupId)
})

test('log directories: sizes of replicas, where a replica is', async () => {
  const topic = await newTopic()
  await appendRecords(raw, topic, 0, [1, 2, 3])
  const dirs = (await admin.describeLogDirs([0])).get(0) ?? assert.fail()
  const [[path, dir] = assert.fail()] = dirs
  assert.equal(dir.error, undefined)
  assert.ok((dir.replicaInfos.get({ topic, partition: 0 })?.size ?? 0) > 60)
  const [here, nowhere] = [
    { topic, partition: 0, brokerId: 0 },
    { topic, partition: 9, brokerId: 0 },
  ]
  const replicas = await admin.describeReplicaLogDirs([here, nowhere])
  assert.equal(replicas.get(here)?.currentReplicaLogDir, path)
  assert.equal(replicas.get(nowhere)?.currentReplicaLogDir, undefined)
  const stranger = await admin.describeLogDirs([42], { timeoutMs: 300 }).settled()
  assert.equal(code(stranger.get(42)), 'TIMEOUT')
})

test('producers of a partition, and moves of replicas: none', async () => {
  const described = async () => await admin.describeProducers([at])
  const topic = await newTopic()
  const at = { topic, partition: 0 }
  if (isOld) await assert.rejects(described, hasCode('UNSUPPORTED_VERSION'))
  else assert.deepEqual((await described()).get(at), [])
  assert.equal((await admin.listPartitionReassignments()).size, 0)
  assert.equal((await admin.listPartitionReassignments([at])).size, 0)
})

test('what a broker does not serve is UNSUPPORTED_VERSION', { skip: !isOurs }, async () => {
  const calls: (() => Promise<unknown>)[] = [
    () => admin.describeAcls(),
    () =>
      admin.createAcls([
        {
          pattern: { resourceType: 'TOPIC', name: 'a' },
          entry: { principal: 'User:a', operation: 'READ', permissionType: 'ALLOW' },
        },
      ]),
    () => admin.describeClientQuotas({ components: {} }),
    () => admin.alterClientQuotas([{ entity: { user: 'a' }, ops: { producer_byte_rate: 1 } }]),
    () => admin.describeUserScramCredentials(),
    () => admin.alterUserScramCredentials([{ user: 'a', mechanism: 'SCRAM-SHA-256', password: 'p' }]),
    () => admin.describeMetadataQuorum(),
    () => admin.listConfigResources(),
    () => admin.listClientMetricsResources(),
    () => admin.describeShareGroups(['a']),
    () => admin.describeStreamsGroups(['a']),
    () => admin.clientInstanceId(),
  ]
  for (const call of calls) await assert.rejects(call(), hasCode('UNSUPPORTED_VERSION'), String(call))
})

test('settings of a Java client’s file; a wrong key does not compile, and says what was meant', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-admin-'))
  t.after(() => rm(dir, { recursive: true }))
  const file = join(dir, 'admin.properties')
  await writeFile(file, `bootstrap.servers=${bootstrap}\nclient.id=tool\nmetadata.recovery.strategy=none\n`)
  await using fromFile = KafkaAdminClient.fromProperties(file, { 'default.api.timeout.ms': 5000 })
  assert.equal((await fromFile.describeCluster()).nodes.length, 1)
  // @ts-expect-error
  const wrong = () => new KafkaAdminClient({ 'bootstrap.servers': bootstrap, 'default.api.timout.ms': 1 })
  assert.throws(wrong, /did you mean default.api.timeout.ms/)
})

test('signal and time end a call; a closed client takes none; its figures', async () => {
  const silent = new KafkaAdminClient({ 'bootstrap.servers': '127.0.0.1:1', 'default.api.timeout.ms': 300 })
  await assert.rejects(silent.listTopics(), (error) => {
    assert.ok(hasCode('TIMEOUT')(error))
    assert.match(String(error), /ECONNREFUSED|127\.0\.0\.1:1/)
    return true
  })
  const reason = new Error('enough')
  const aborting = new AbortController()
  const listing = silent.describeTopics(['a'], { signal: aborting.signal })
  aborting.abort(reason)
  await assert.rejects(listing.settled(), reason)
  await assert.rejects(silent.listTopics({ signal: AbortSignal.abort(reason) }), reason)
  const hanging = silent.listTopics({ timeoutMs: 60_000 })
  const closing = silent.close({ timeoutMs: 1 })
  await assert.rejects(hanging, hasCode('CLOSED'))
  await closing
  await assert.rejects(silent.listTopics(), hasCode('CLOSED'))

  const metrics = admin.metrics()
  assert.ok((metrics.get('request-total') ?? 0) > 0)
  assert.equal(metrics.get('requests-in-flight'), 0)
  const all = admin.allMetrics()
  assert.ok(all.some(({ name, group }) => name === 'request-total' && group === 'admin-client-metrics'))
  const ofNode = all.find(({ name, tags }) => name === 'request-total' && tags['node-id'] === 'node-0')
  assert.equal(ofNode?.group, 'admin-client-node-metrics')
  assert.match(ofNode?.tags['client-id'] ?? '', /^adminclient-\d+$/)
  assert.ok((ofNode?.value ?? 0) > 0)
})

test('the versions of the calls that a broker knows are told, and those of calls that it does not know', async () => {
  const { nodes } = await admin.describeCluster()
  const brokerId = nodes[0]?.id ?? -1
  const calls = (await admin.describeApiVersions([brokerId])).get(brokerId) ?? []
  assert.deepEqual(
    calls.map(({ key }) => key),
    calls.map(({ key }) => key).sort((a, b) => a - b),
  )
  const metadata = calls.find(({ name }) => name === 'Metadata')
  assert.equal(metadata?.key, 3)
  assert.ok((metadata.broker?.max ?? 0) >= 9 && (metadata.client?.max ?? 0) >= 9)
  const onlyHere = calls.filter(({ broker }) => broker === undefined)
  assert.ok(onlyHere.every(({ client }) => client !== undefined))
  if (isOurs) assert.ok(onlyHere.some(({ name }) => name === 'DescribeQuorum'))
})
