// Groups of the newer protocols: members join by raw requests, the admin client sees them.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { apis } from '../../packages/protocol/dist/index.js'

export async function groupsOfNewKinds({ t, admin, raw, hasCode, target }) {
  if (target !== 'apache-4.x') {
    await assert.rejects(admin.describeShareGroups(['shared']), hasCode('UNSUPPORTED_VERSION'))
    await assert.rejects(admin.listShareGroupOffsets(['shared']), hasCode('UNSUPPORTED_VERSION'))
    await assert.rejects(admin.describeStreamsGroups(['streaming']), hasCode('UNSUPPORTED_VERSION'))
    return
  }
  const topic = 'for-groups'
  await admin.createTopics([{ name: topic, numPartitions: 2, replicationFactor: 1 }])
  while (!(await admin.listTopics()).has(topic)) await new Promise((resolve) => setTimeout(resolve, 50))
  const partitions = [0, 1].map((partition) => ({ topic, partition }))

  await t.test('a consumer group (KIP-848)', async () => {
    const groupId = 'of-consumers'
    const memberId = randomUUID()
    const member = { groupId, memberId, rebalanceTimeoutMs: 30_000, subscribedTopicNames: [topic], topicPartitions: [] }
    let { memberEpoch } = await heartbeat(raw, apis.ConsumerGroupHeartbeat, groupId, { ...member, memberEpoch: 0 })
    // Brokers assign a little later, at a heartbeat.
    let described
    for (let tries = 0; tries < 100 && !described?.members[0].targetAssignment.length; tries++) {
      const beat = { groupId, memberId, memberEpoch }
      memberEpoch = (await heartbeat(raw, apis.ConsumerGroupHeartbeat, groupId, beat)).memberEpoch
      described = (await admin.describeConsumerGroups([groupId])).get(groupId)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.deepEqual([described.type, described.partitionAssignor], ['Consumer', 'uniform'])
    assert.ok(described.groupEpoch > 0)
    assert.deepEqual(described.members[0].targetAssignment, partitions)
    assert.equal(described.members[0].upgraded, true)
    const listed = await admin.listConsumerGroups({ types: ['Consumer'] })
    assert.deepEqual(
      listed.map((group) => [group.groupId, group.type]),
      [[groupId, 'Consumer']],
    )
    await heartbeat(raw, apis.ConsumerGroupHeartbeat, groupId, { groupId, memberId, memberEpoch: -1 })
  })

  await t.test('a share group (KIP-932)', async () => {
    const groupId = 'shared'
    const memberId = randomUUID()
    const joining = { groupId, memberId, memberEpoch: 0, subscribedTopicNames: [topic] }
    await heartbeat(raw, apis.ShareGroupHeartbeat, groupId, joining)
    const described = (await admin.describeShareGroups([groupId])).get(groupId)
    assert.equal(described.members[0].memberId, memberId)
    const listed = await admin.listGroups({ types: ['Share'] })
    assert.deepEqual(
      listed.map((group) => [group.groupId, group.type]),
      [[groupId, 'Share']],
    )
    const refused = await admin.alterShareGroupOffsets(groupId, [[partitions[0], 0]]).settled()
    assert.equal(refused.get(partitions[0]).error.code, 'NON_EMPTY_GROUP')
    await heartbeat(raw, apis.ShareGroupHeartbeat, groupId, { groupId, memberId, memberEpoch: -1 })
    await admin.alterShareGroupOffsets(groupId, [[partitions[0], 0]])
    const offsets = (await admin.listShareGroupOffsets([{ groupId, topicPartitions: partitions }])).get(groupId)
    assert.equal(offsets.get(partitions[0]).offset, 0)
    await admin.deleteShareGroupOffsets(groupId, [topic])
    await admin.deleteShareGroups([groupId])
  })

  await t.test('a group of Kafka Streams (KIP-1071)', async () => {
    const groupId = 'streaming'
    const memberId = randomUUID()
    const subtopology = { subtopologyId: '0', sourceTopics: [topic], sourceTopicRegex: [], stateChangelogTopics: [] }
    const rest = { repartitionSinkTopics: [], repartitionSourceTopics: [], copartitionGroups: [] }
    const joining = {
      groupId,
      memberId,
      memberEpoch: 0,
      endpointInformationEpoch: 0,
      rebalanceTimeoutMs: 30_000,
      topology: { epoch: 0, subtopologies: [{ ...subtopology, ...rest }] },
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      processId: 'process',
      clientTags: [{ key: 'zone', value: 'here' }],
    }
    let { memberEpoch } = await heartbeat(raw, apis.StreamsGroupHeartbeat, groupId, joining)
    let described
    for (let tries = 0; tries < 100 && !described?.members[0].targetAssignment.activeTasks.length; tries++) {
      const beat = { groupId, memberId, memberEpoch, endpointInformationEpoch: 0 }
      memberEpoch = (await heartbeat(raw, apis.StreamsGroupHeartbeat, groupId, beat)).memberEpoch
      described = (await admin.describeStreamsGroups([groupId], { includeAuthorizedOperations: true })).get(groupId)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const [member] = described.members
    assert.deepEqual([member.memberId, member.processId, member.clientTags.get('zone')], [memberId, 'process', 'here'])
    assert.deepEqual(member.targetAssignment.activeTasks, [{ subtopologyId: '0', partitions: [0, 1] }])
    assert.deepEqual(described.subtopologies[0].sourceTopics, [topic])
    assert.ok(described.groupEpoch > 0 && described.authorizedOperations.has('READ'))
    const listed = await admin.listGroups({ types: ['Streams'] })
    assert.deepEqual(
      listed.map((group) => [group.groupId, group.type]),
      [[groupId, 'Streams']],
    )
    await heartbeat(raw, apis.StreamsGroupHeartbeat, groupId, {
      groupId,
      memberId,
      memberEpoch: -1,
      endpointInformationEpoch: 0,
    })
    await admin.alterStreamsGroupOffsets(groupId, [[partitions[0], { offset: 3 }]])
    const offsets = (await admin.listStreamsGroupOffsets([groupId])).get(groupId)
    assert.equal(offsets.get(partitions[0]).offset, 3)
    await admin.deleteStreamsGroupOffsets(groupId, [partitions[0]])
    await admin.deleteStreamsGroups([groupId])
    const gone = await admin.describeStreamsGroups([groupId]).settled()
    assert.equal(gone.get(groupId).error.code, 'GROUP_ID_NOT_FOUND')
  })
}

async function heartbeat(raw, api, groupId, body) {
  const answer = await raw.ask({ type: 'group', key: groupId }, api, body)
  assert.equal(answer.errorCode, 0, answer.errorMessage)
  return answer
}
