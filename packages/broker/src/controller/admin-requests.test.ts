/** What old tools ask for below `/admin`. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { encodePartitionState } from '../metadata/znodes/partition-state.js'
import {
  PREFERRED_REPLICA_ELECTION_PATH,
  partitionStatePath,
  REASSIGN_PARTITIONS_PATH,
  topicPath,
} from '../metadata/znodes/paths.js'
import { ControllerCluster, type TestBroker } from '../testing/controller-cluster.js'

let cluster: ControllerCluster
beforeEach(async () => {
  cluster = await ControllerCluster.start()
})
afterEach(async () => {
  await cluster.stop()
})

async function ask(path: string, request: string): Promise<void> {
  const connection = await cluster.connect()
  await connection.create(path, Buffer.from(request))
  await connection.close()
  await cluster.idle()
}

async function stateOf({ zk }: TestBroker) {
  const state = await zk.topics.getState({ topic: 't', partition: 0 })
  return [state?.leader, state?.isr.join(), state?.leaderEpoch, state?.zkVersion]
}

const elect = (topic: string, partition: number) => JSON.stringify({ version: 1, partitions: [{ topic, partition }] })
const reassign = (topic: string, partition: number, replicas: readonly number[]) =>
  JSON.stringify({ version: 1, partitions: [{ topic, partition, replicas }] })

test('a preferred leader is elected, time and again; the request goes', async () => {
  const one = await cluster.addBroker(1)
  const two = await cluster.addBroker(2)
  await cluster.createTopic(one, 't', [[2, 1]])
  for (const epoch of [2, 4]) {
    // The other one led for a while.
    const connection = await cluster.connect()
    const led = { leader: 1, isr: [1, 2], leaderEpoch: epoch - 1, leaderRecoveryState: 0, controllerEpoch: 1 }
    await connection.setData(partitionStatePath('t', 0), encodePartitionState(led), -1)
    await connection.create('/isr_change_notification/isr_change_', Buffer.from(elect('t', 0)), {
      mode: 'persistent-sequential',
    })
    await connection.close()
    await cluster.idle()
    await ask(PREFERRED_REPLICA_ELECTION_PATH, elect('t', 0))
    assert.deepEqual(await stateOf(one), [2, '1,2', epoch, epoch])
    assert.equal(await one.zk.session.exists(PREFERRED_REPLICA_ELECTION_PATH), null)
    assert.ok(two.applier.taken().includes(`leaderAndIsr t-0 leader 2 isr 1,2 epoch ${epoch}`))
  }
})

test('a preferred leader that leads stays as it is; unknown partitions and nonsense are dropped', async () => {
  const one = await cluster.addBroker(1)
  await cluster.createTopic(one, 't', [[1]])
  for (const request of [elect('t', 0), elect('t', 7), elect('nowhere', 0), 'nonsense', '{"version":1}']) {
    await ask(PREFERRED_REPLICA_ELECTION_PATH, request)
    assert.equal(await one.zk.session.exists(PREFERRED_REPLICA_ELECTION_PATH), null, request)
  }
  assert.deepEqual(await stateOf(one), [1, '1', 0, 0])
})

test('a reassignment to the same brokers: a new leader epoch, the assignment in its order, and the request goes', async () => {
  const one = await cluster.addBroker(1)
  await cluster.addBroker(2)
  await cluster.createTopic(one, 't', [[1, 2], [2]])
  one.applier.taken()
  await ask(REASSIGN_PARTITIONS_PATH, reassign('t', 0, [2, 1]))
  assert.deepEqual((await one.zk.topics.getAssignment('t'))?.partitions.get(0)?.replicas, [2, 1])
  assert.deepEqual((await one.zk.topics.getAssignment('t'))?.partitions.get(1)?.replicas, [2])
  assert.equal((await one.zk.session.exists(topicPath('t')))?.version, 1)
  assert.deepEqual(await stateOf(one), [1, '1,2', 1, 1], 'the leader is in the target and stays')
  assert.equal(await one.zk.session.exists(REASSIGN_PARTITIONS_PATH), null)
  assert.ok(one.applier.taken().includes('leaderAndIsr t-0 leader 1 isr 1,2 epoch 1'))
  await ask(REASSIGN_PARTITIONS_PATH, reassign('t', 0, [2, 1]))
  assert.equal((await one.zk.session.exists(topicPath('t')))?.version, 2)
})

test('a reassignment that cannot be: nothing changes, and the request goes', async () => {
  const one = await cluster.addBroker(1)
  await cluster.createTopic(one, 't', [[1]])
  const refused = [reassign('t', 0, [2]), reassign('t', 0, [1, 1]), reassign('t', 0, []), reassign('t', 5, [1]), '[]']
  for (const request of refused) {
    await ask(REASSIGN_PARTITIONS_PATH, request)
    assert.equal(await one.zk.session.exists(REASSIGN_PARTITIONS_PATH), null, request)
  }
  assert.deepEqual(await stateOf(one), [1, '1', 0, 0])
  assert.equal((await one.zk.session.exists(topicPath('t')))?.version, 0)
})

test('requests that were made while there was no controller are found by the next, nonsense too', async () => {
  const connection = await cluster.connect()
  const one = await cluster.addBroker(1)
  await cluster.createTopic(one, 't', [[1]])
  await cluster.kill(one)
  await connection.create(PREFERRED_REPLICA_ELECTION_PATH, Buffer.from('{'))
  await connection.create(REASSIGN_PARTITIONS_PATH, Buffer.from(reassign('t', 0, [1])))
  const again = await cluster.addBroker(1)
  assert.equal(again.controller.isActive, true)
  assert.deepEqual((await connection.getChildren('/admin')).children, ['delete_topics'])
  assert.equal((await connection.exists(topicPath('t')))?.version, 1)
  await connection.close()
})
