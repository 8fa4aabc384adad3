import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ErrorCode,
  findCoordinator,
  heartbeat,
  initProducerId,
  joinGroup,
  listOffsets,
  metadata,
  offsetCommit,
  syncGroup,
} from '@millrace/protocol'
import { BrokerWorld, createTopic, produceTo, type TestBrokerLife } from './testing/broker-fixture.js'

const groupId = 'group'

/** The only member of its group. */
async function takeSeat(broker: TestBrokerLife) {
  await broker.ask(findCoordinator, { keyType: 0, coordinatorKeys: [groupId] })
  const request = {
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  }
  let joined = await broker.ask(joinGroup, { ...request, memberId: '' })
  while (joined.errorCode !== ErrorCode.NONE) {
    joined = await broker.ask(joinGroup, { ...request, memberId: joined.memberId })
  }
  const { memberId, generationId } = joined
  const assignments = [{ memberId, assignment: Buffer.alloc(0) }]
  const named = { groupId, memberId, generationId, protocolType: 'consumer', protocolName: 'range' }
  const { errorCode } = await broker.ask(syncGroup, { ...named, assignments })
  assert.equal(errorCode, ErrorCode.NONE)
  return { groupId, memberId, generationId }
}

/** Tells whether a promise has settled. */
function watch(promise: Promise<unknown>): { readonly isOver: boolean } {
  const watched = { isOver: false }
  const over = () => {
    watched.isOver = true
  }
  promise.then(over, over)
  return watched
}

test('writes of one partition that hang hold up neither other partitions nor members nor anything else', async (t) => {
  const world = await BrokerWorld.create(t)
  const broker = await world.start(1, { 'group.initial.rebalance.delay.ms': '0' })
  await createTopic(broker, 'stalled', 1)
  await createTopic(broker, 'moving', 2)
  const seat = await takeSeat(broker)

  const release = world.disk.stall((path) => path.includes('stalled-0'))
  const hanging = Promise.all([produceTo(broker, 'stalled', 0), produceTo(broker, 'stalled', 0, 'another')])
  const watched = watch(hanging)
  for (let round = 0; round < 20; round++) {
    assert.equal(await produceTo(broker, 'moving', round % 2), ErrorCode.NONE)
    assert.equal((await broker.ask(heartbeat, seat)).errorCode, ErrorCode.NONE)
  }
  assert.equal((await broker.ask(metadata, { topics: null })).topics.length, 3)
  const partitions = [{ partitionIndex: 0, timestamp: -1 }]
  const listed = await broker.ask(listOffsets, { replicaId: -1, topics: [{ name: 'stalled', partitions }] })
  assert.equal(listed.topics[0]?.partitions[0]?.offset, 0, 'nothing of it is committed')
  assert.equal(await createTopic(broker, 'made-meanwhile', 1), ErrorCode.NONE)
  const given = await broker.ask(initProducerId, { transactionalId: null, transactionTimeoutMs: 1000 })
  assert.equal(given.errorCode, ErrorCode.NONE)
  assert.equal(watched.isOver, false)

  release()
  assert.deepEqual(await hanging, [ErrorCode.NONE, ErrorCode.NONE])
})

test('a commit that hangs holds up no heartbeat of its group', async (t) => {
  const world = await BrokerWorld.create(t)
  const broker = await world.start(1, { 'group.initial.rebalance.delay.ms': '0' })
  await createTopic(broker, 'topic', 1)
  const seat = await takeSeat(broker)
  const release = world.disk.stall((path) => path.includes('__consumer_offsets'))
  const { id: topicId = '' } = broker.services.metadata.image.topics.get('topic') ?? {}
  const committing = broker.ask(offsetCommit, {
    groupId,
    memberId: seat.memberId,
    generationIdOrMemberEpoch: seat.generationId,
    topics: [
      { name: 'topic', topicId, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] },
    ],
  })
  const watched = watch(committing)
  for (let round = 0; round < 20; round++) {
    assert.equal((await broker.ask(heartbeat, seat)).errorCode, ErrorCode.NONE)
  }
  assert.equal(watched.isOver, false)
  release()
  assert.equal((await committing).topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE)
})
