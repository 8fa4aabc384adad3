/** Whole controllers on one ZooKeeper in memory, with appliers that take note: what is told to whom, in which order. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { ErrorCode } from '@millrace/protocol'
import { encodePartitionState } from '../metadata/znodes/partition-state.js'
import { CONTROLLER_PATH, deleteTopicPath, partitionStatePath, topicPath } from '../metadata/znodes/paths.js'
import { stableAssignment } from '../metadata/znodes/topic-assignment.js'
import { ControllerMovedError, fencedWrite } from '../metadata/znodes/znode-access.js'
import { ControllerCluster } from '../testing/controller-cluster.js'

let cluster: ControllerCluster
beforeEach(async () => {
  cluster = await ControllerCluster.start()
})
afterEach(async () => {
  await cluster.stop()
})

test('one of two controllers is elected; the other follows, and takes over with a higher epoch', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  assert.equal(one.controller.isActive, true)
  assert.equal(one.controller.epoch, 1)
  assert.equal(two.controller.isActive, false)
  assert.equal(two.controller.activeControllerId, 1)
  await cluster.kill(one)
  assert.equal(two.controller.isActive, true)
  assert.equal(two.controller.epoch, 2)
  assert.equal((await two.zk.session.exists(CONTROLLER_PATH))?.version, 0)
})

test('brokers hear of each other before anything else, with their endpoints and epochs', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2, { rack: 'r2' })
  assert.deepEqual(two.applier.taken(), ['updateMetadata brokers 1,2'])
  assert.equal(one.applier.taken().at(-1), 'updateMetadata brokers 1,2')
  const [request] = two.applier.updateMetadataRequests
  assert.deepEqual(request?.liveBrokers[1], {
    id: 2,
    rack: 'r2',
    endpoints: [{ port: 9092, host: 'host2', listener: 'PLAINTEXT', securityProtocol: 0 }],
  })
  assert.equal(request?.brokerEpoch, two.epochs[0])
  assert.equal(request?.controllerId, 1)
  assert.equal(request?.controllerEpoch, 1)
})

test('a new topic: LeaderAndIsr as new to the ISR, then UpdateMetadata to everyone', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  one.applier.taken()
  two.applier.taken()
  const topicId = await cluster.createTopic(two, 't', [[2, 1], [1]])
  const metadata = 'updateMetadata t-0 leader 2 t-1 leader 1 brokers 1,2'
  assert.deepEqual(one.applier.taken(), [
    'leaderAndIsr t-0 leader 2 isr 2,1 epoch 0 new',
    'leaderAndIsr t-1 leader 1 isr 1 epoch 0 new',
    metadata,
  ])
  assert.deepEqual(two.applier.taken(), ['leaderAndIsr t-0 leader 2 isr 2,1 epoch 0 new', metadata])
  const request = two.applier.leaderAndIsrRequests.at(-1)
  assert.equal(request?.topicStates[0]?.topicId, topicId)
  assert.deepEqual(request?.liveLeaders, [{ brokerId: 2, hostName: 'host2', port: 9092 }])
  const state = await one.zk.topics.getState({ topic: 't', partition: 0 })
  assert.deepEqual(state, {
    leader: 2,
    leaderEpoch: 0,
    isr: [2, 1],
    leaderRecoveryState: 0,
    controllerEpoch: 1,
    zkVersion: 0,
  })
})

test('a topic without an id is given one', async () => {
  const one = await cluster.addBroker(1)
  await one.zk.topics.create('old', { topicId: undefined, partitions: new Map([[0, stableAssignment([1])]]) })
  await cluster.idle()
  const topicId = (await one.zk.topics.getAssignment('old'))?.topicId
  assert.notEqual(topicId, undefined)
  assert.equal(one.applier.updateMetadataRequests.at(-1)?.topicStates[0]?.topicId, topicId)
})

test('partitions whose replicas are all dead wait for one', async () => {
  const one = await cluster.addBroker(1)
  await cluster.createTopic(one, 't', [[2]])
  assert.equal(await one.zk.topics.getState({ topic: 't', partition: 0 }), undefined)
  const two = await cluster.addBroker(2)
  assert.deepEqual(two.applier.taken(), [
    'updateMetadata brokers 1,2',
    'leaderAndIsr t-0 leader 2 isr 2 epoch 0 new',
    'updateMetadata t-0 leader 2 brokers 1,2',
  ])
})

test('added partitions get leaders; those there keep theirs', async () => {
  const one = await cluster.addBroker(1)
  const topicId = await cluster.createTopic(one, 't', [[1]])
  one.applier.taken()
  const partitions = new Map([0, 1, 2].map((partition) => [partition, stableAssignment([1])]))
  await one.zk.topics.setAssignment('t', { topicId, partitions })
  await cluster.idle()
  assert.deepEqual(one.applier.taken(), [
    'leaderAndIsr t-1 leader 1 isr 1 epoch 0 new',
    'leaderAndIsr t-2 leader 1 isr 1 epoch 0 new',
    'updateMetadata t-1 leader 1 t-2 leader 1 brokers 1',
  ])
})

test('a dead leader: the next in the ISR leads with a higher epoch, the dead one leaves the ISR', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  await cluster.createTopic(one, 't', [[2, 1]])
  one.applier.taken()
  await cluster.kill(two)
  assert.deepEqual(one.applier.taken(), [
    'leaderAndIsr t-0 leader 1 isr 1 epoch 1',
    'updateMetadata t-0 leader 1 brokers 1',
    'leaderAndIsr t-0 leader 1 isr 1 epoch 1',
    'updateMetadata t-0 leader 1 brokers 1',
  ])
  const state = await one.zk.topics.getState({ topic: 't', partition: 0 })
  assert.deepEqual([state?.leader, state?.isr, state?.leaderEpoch, state?.zkVersion], [1, [1], 1, 1])
})

test('the last ISR member dies: no leader until it is back, or at once if unclean elections are allowed', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  await cluster.createTopic(one, 'safe', [[2]])
  await cluster.createTopic(one, 'dirty', [[2, 1]])
  const shrunk = { leader: 2, leaderEpoch: 3, isr: [2], leaderRecoveryState: 0, controllerEpoch: 1 }
  const connection = await cluster.connect()
  await connection.setData(partitionStatePath('dirty', 0), encodePartitionState(shrunk), 0)
  await one.zk.configs.change('topics', 'dirty', new Map([['unclean.leader.election.enable', 'true']]))
  one.applier.taken()
  await cluster.kill(two)
  const dirty = await one.zk.topics.getState({ topic: 'dirty', partition: 0 })
  assert.deepEqual([dirty?.leader, dirty?.isr, dirty?.leaderRecoveryState], [1, [1], 1])
  const safe = await one.zk.topics.getState({ topic: 'safe', partition: 0 })
  assert.deepEqual([safe?.leader, safe?.isr], [-1, [2]])
  assert.equal(
    one.applier.taken().some((line) => line.startsWith('updateMetadata') && line.includes('safe-0 leader -1')),
    true,
  )
  const back = await cluster.addBroker(2)
  const lines = back.applier.taken()
  assert.equal(lines[0]?.startsWith('updateMetadata'), true)
  assert.equal(lines.includes('leaderAndIsr safe-0 leader 2 isr 2 epoch 2'), true)
  await connection.close()
})

test('a deleted topic: clients forget it, logs are deleted, nodes go; its name can be used again', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  const firstId = await cluster.createTopic(one, 't', [[1, 2]])
  one.applier.taken()
  await two.zk.topics.requestDeletion('t')
  await cluster.idle()
  const log = one.applier.taken()
  assert.equal(log[0], 'updateMetadata t-0 leader -2 brokers 1,2')
  assert.deepEqual(
    log.filter((line) => line.startsWith('stopReplica')),
    ['stopReplica t-0 epoch -2', 'stopReplica t-0 epoch -2 delete'],
  )
  assert.equal(
    log.some((line) => line.startsWith('leaderAndIsr')),
    false,
  )
  assert.equal(await one.zk.topics.exists('t'), false)
  assert.equal(await one.zk.topics.isMarkedForDeletion('t'), false)
  assert.equal(await one.zk.session.exists('/config/topics/t'), null)
  const secondId = await cluster.createTopic(one, 't', [[1, 2]])
  assert.notEqual(secondId, firstId)
  assert.equal(one.applier.taken()[0], 'leaderAndIsr t-0 leader 1 isr 1,2 epoch 0 new')
})

test('a deletion waits for a dead replica, and for one that failed', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  await cluster.createTopic(one, 't', [[1, 2]])
  await cluster.kill(two)
  await one.zk.topics.requestDeletion('t')
  await cluster.idle()
  assert.equal(await one.zk.topics.exists('t'), true)
  assert.equal(one.controller.isTopicQueuedForDeletion('t'), true)
  const back = await cluster.addBroker(2)
  assert.equal(back.applier.taken().includes('stopReplica t-0 epoch -2 delete'), true)
  assert.equal(await one.zk.topics.exists('t'), false)

  await cluster.createTopic(one, 'u', [[1, 2]])
  back.applier.deleteError = ErrorCode.KAFKA_STORAGE_ERROR
  await one.zk.topics.requestDeletion('u')
  await cluster.idle()
  assert.equal(await one.zk.topics.exists('u'), true)
  await cluster.kill(back)
  await cluster.addBroker(2)
  assert.equal(await one.zk.topics.exists('u'), false)
})

test('a deletion that was interrupted goes on under the next controller', async () => {
  const one = await cluster.addBroker(1)
  await cluster.createTopic(one, 't', [[1]])
  one.applier.isUnreachable = true
  await one.zk.topics.requestDeletion('t')
  await cluster.idle()
  await cluster.kill(one)
  const again = await cluster.addBroker(1)
  assert.equal(await again.zk.topics.exists('t'), false)
  assert.equal(await again.zk.topics.isMarkedForDeletion('t'), false)
})

test('delete.topic.enable=false: the request is removed, the topic stays', async () => {
  const one = await cluster.addBroker(1, { isDeleteTopicEnabled: false })
  await cluster.createTopic(one, 't', [[1]])
  await one.zk.topics.requestDeletion('t')
  await cluster.idle()
  assert.equal(await one.zk.topics.exists('t'), true)
  assert.equal(await one.zk.session.exists(deleteTopicPath('t')), null)
})

test('a request to delete a topic that is not there is removed', async () => {
  const one = await cluster.addBroker(1)
  await one.zk.topics.requestDeletion('none')
  await cluster.idle()
  assert.equal(await one.zk.topics.isMarkedForDeletion('none'), false)
})

test('partitions added to a topic that is being deleted are taken back', async () => {
  const one = await cluster.addBroker(1)
  const topicId = await cluster.createTopic(one, 't', [[1]])
  one.applier.isUnreachable = true
  await one.zk.topics.requestDeletion('t')
  await cluster.idle()
  const partitions = new Map([0, 1].map((partition) => [partition, stableAssignment([1])]))
  await one.zk.topics.setAssignment('t', { topicId, partitions })
  await cluster.idle()
  assert.equal((await one.zk.topics.getAssignment('t'))?.partitions.size, 1)
  one.applier.isUnreachable = false
  await cluster.time.advance(100)
  await cluster.idle()
  assert.equal(await one.zk.topics.exists('t'), false)
})

test('restart: a fresh controller reads everything and tells it in order', async () => {
  const before = await cluster.addBroker(1)
  const topicId = await cluster.createTopic(before, 't', [[1], [1]])
  await cluster.kill(before)
  const one = await cluster.addBroker(1)
  assert.equal(one.controller.epoch, 2)
  assert.equal(one.toldAtStart, 4, 'a broker that has started can answer clients')
  assert.deepEqual(one.applier.taken(), [
    'updateMetadata brokers 1',
    'leaderAndIsr t-0 leader 1 isr 1 epoch 0',
    'leaderAndIsr t-1 leader 1 isr 1 epoch 0',
    'updateMetadata t-0 leader 1 t-1 leader 1 brokers 1',
  ])
  assert.equal(one.applier.leaderAndIsrRequests[0]?.topicStates[0]?.topicId, topicId)
  assert.equal(one.applier.leaderAndIsrRequests[0]?.controllerEpoch, 2)
})

test('fencing: after another election a write is refused and the controller resigns', async () => {
  const one = await cluster.addBroker(1)
  await cluster.createTopic(one, 't', [[1]])
  const connection = await cluster.connect()
  // An election that this controller has not heard of yet: its watch on the office has not fired.
  await connection.setData('/controller_epoch', Buffer.from('9'), -1)
  await assert.rejects(
    fencedWrite(one.zk.session, 1, { kind: 'setData', path: topicPath('t'), data: null, version: -1 }),
    ControllerMovedError,
  )
  await one.zk.topics.create('u', { topicId: undefined, partitions: new Map([[0, stableAssignment([1])]]) })
  await cluster.idle()
  assert.equal(one.controller.isActive, false)
  assert.equal((await one.zk.topics.getAssignment('u'))?.topicId, undefined)
  await connection.delete(CONTROLLER_PATH, -1)
  await cluster.idle()
  assert.equal(one.controller.epoch, 10)
  assert.notEqual((await one.zk.topics.getAssignment('u'))?.topicId, undefined)
  await connection.close()
})

test('/controller deleted by hand: a new election with a new epoch', async () => {
  const one = await cluster.addBroker(1)
  const connection = await cluster.connect()
  await connection.delete(CONTROLLER_PATH, -1)
  await cluster.idle()
  assert.equal(one.controller.epoch, 2)
  await connection.close()
})

test('session expiry: resigned, registered again with a higher epoch, elected again', async () => {
  const one = await cluster.addBroker(1)
  await cluster.createTopic(one, 't', [[1]])
  one.applier.taken()
  const before = one.zk.session.sessionId
  cluster.server.expireSession(before)
  await cluster.idle()
  assert.notEqual(one.zk.session.sessionId, before)
  assert.equal(one.controller.isActive, true)
  assert.equal(one.controller.epoch, 2)
  assert.equal(one.epochs.length, 2)
  assert((one.epochs[1] ?? 0) > (one.epochs[0] ?? 0))
  assert.equal(one.applier.updateMetadataRequests.at(-1)?.brokerEpoch, one.epochs[1])
  assert.equal(
    one.applier.taken().some((line) => line.startsWith('leaderAndIsr t-0 leader 1')),
    true,
  )
})

test('session expiry of a follower: it bounces, and is told everything again', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  await cluster.createTopic(one, 't', [[1, 2]])
  two.applier.taken()
  cluster.server.expireSession(two.zk.session.sessionId)
  await cluster.idle()
  assert.equal(one.controller.isActive, true)
  assert.equal(two.controller.activeControllerId, 1)
  const log = two.applier.taken()
  assert.equal(
    log.some((line) => line === 'updateMetadata t-0 leader 1 brokers 1,2'),
    true,
  )
  assert.equal(
    log.some((line) => line.startsWith('leaderAndIsr t-0 leader 1')),
    true,
  )
  assert.equal(two.applier.updateMetadataRequests.at(-1)?.brokerEpoch, two.epochs[1])
})

test('a broker that cannot be reached gets its requests later, in order', async () => {
  const one = await cluster.addBroker(1)
  one.applier.taken()
  one.applier.isUnreachable = true
  await cluster.createTopic(one, 'a', [[1]])
  await cluster.createTopic(one, 'b', [[1]])
  assert.deepEqual(one.applier.taken(), [])
  one.applier.isUnreachable = false
  await cluster.time.advance(100)
  await cluster.idle()
  assert.deepEqual(
    one.applier.taken().filter((line) => line.startsWith('leaderAndIsr')),
    ['leaderAndIsr a-0 leader 1 isr 1 epoch 0 new', 'leaderAndIsr b-0 leader 1 isr 1 epoch 0 new'],
  )
})

test('a lost log directory: the broker is asked, its replicas go offline, others lead', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  await cluster.createTopic(one, 't', [[2, 1]])
  two.applier.leaderAndIsrError = ErrorCode.KAFKA_STORAGE_ERROR
  await two.zk.brokers.propagateLogDirEvent(2)
  await cluster.idle()
  const state = await one.zk.topics.getState({ topic: 't', partition: 0 })
  assert.deepEqual([state?.leader, state?.isr], [1, [1]])
  const metadata = one.applier.updateMetadataRequests.at(-1)?.topicStates[0]?.partitionStates[0]
  assert.deepEqual(metadata?.offlineReplicas, [2])
})

test('a replica whose log cannot be made: its broker is asked again, and it leads when it can', async () => {
  const one = await cluster.addBroker(1)
  one.applier.leaderAndIsrError = ErrorCode.KAFKA_STORAGE_ERROR
  await cluster.createTopic(one, 't', [[1]])
  const leader = async () => (await one.zk.topics.getState({ topic: 't', partition: 0 }))?.leader
  assert.equal(await leader(), -1)
  one.applier.taken()
  await cluster.time.advance(2000)
  await cluster.idle()
  const asked = 'leaderAndIsr t-0 leader -1 isr 1 epoch 1'
  assert.deepEqual(
    one.applier.taken().filter((line) => line.startsWith('leaderAndIsr')),
    [asked],
  )
  one.applier.leaderAndIsrError = ErrorCode.NONE
  await cluster.time.advance(2000)
  await cluster.idle()
  assert.equal(await leader(), 1)
  assert.equal(one.applier.updateMetadataRequests.at(-1)?.topicStates[0]?.partitionStates[0]?.offlineReplicas.length, 0)
  one.applier.taken()
  await cluster.time.advance(60_000)
  await cluster.idle()
  assert.deepEqual(one.applier.taken(), [], 'nobody is asked any more')
})

test('a registration that cannot be read: the term is given back after a pause, not in a spin', async () => {
  const connection = await cluster.connect()
  await connection.create('/brokers', null)
  await connection.create('/brokers/ids', null)
  await connection.create('/brokers/ids/7', Buffer.from('{"version":5}'), { mode: 'ephemeral' })
  const one = await cluster.addBroker(1)
  assert.equal(one.controller.isActive, false)
  await connection.close()
  await cluster.time.advance(1000)
  await cluster.idle()
  assert.equal(one.controller.isActive, true)
  assert.equal(one.controller.epoch, 2)
})

test('changed listeners of a broker are told to everyone', async () => {
  const one = await cluster.addBroker(1)
  const endpoints = [{ listener: 'PLAINTEXT', host: 'moved', port: 1, securityProtocol: 'PLAINTEXT' }] as const
  await one.zk.brokers.updateBroker({ id: 1, rack: null, endpoints }, { version: 5, jmxPort: -1, timestampMs: 2 })
  await cluster.idle()
  assert.equal(one.applier.updateMetadataRequests.at(-1)?.liveBrokers[0]?.endpoints[0]?.host, 'moved')
})
