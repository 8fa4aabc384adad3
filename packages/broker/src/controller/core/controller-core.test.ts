/** The controller's pure decisions: broker changes, partition states, request batches, deletions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RegisteredBroker } from '../../metadata/znodes/broker-znodes.js'
import { brokerChanges } from './broker-changes.js'
import { ControllerContext } from './controller-context.js'
import { electedState, initialState, stateWithoutReplica } from './partition-changes.js'
import { RequestBatch } from './request-batch.js'
import { planDeletions, planReplicaDeletions, topicsThatMustWait } from './topic-deletion.js'

function broker(id: number, epoch = 100 + id): RegisteredBroker {
  const endpoints = [
    { listener: 'CLIENT', host: `c${id}`, port: 1, securityProtocol: 'PLAINTEXT' },
    { listener: 'INTERNAL', host: `i${id}`, port: 2, securityProtocol: 'SSL' },
  ] as const
  return { epoch, registration: { id, endpoints, rack: null, version: 5, jmxPort: -1 } }
}

/** Topic t with the given replicas; broker ids in `live` live. */
function contextOf(live: readonly number[], ...replicas: readonly (readonly number[])[]) {
  const context = new ControllerContext()
  context.epoch = 7
  for (const id of live) context.liveOrShuttingDownBrokers.set(id, broker(id))
  const topic = context.setTopic('t', 'id-of-t')
  const records = replicas.map((brokerIds, partition) =>
    context.setAssignment(topic, partition, { replicas: brokerIds, addingReplicas: [], removingReplicas: [] }),
  )
  return { context, records, record: records[0] as (typeof records)[number] }
}

const STATE = { leader: 1, leaderEpoch: 4, isr: [1, 2], leaderRecoveryState: 0, controllerEpoch: 3 }
const OPTIONS = { controllerId: 1, interBrokerListener: 'INTERNAL', zeroUuid: 'zero' }

test('brokers that came, went and bounced', () => {
  const known = new Map([1, 2, 3].map((id) => [id, broker(id)] as const))
  const changes = brokerChanges(known, [broker(1), broker(2, 999), broker(4)])
  assert.deepEqual(changes.added, [broker(4)])
  assert.deepEqual(changes.bounced, [broker(2, 999)])
  assert.deepEqual(changes.deadIds, [3])
})

test('the first state: the first live replica leads, all live ones are in the ISR', () => {
  const { context, record } = contextOf([2, 3], [1, 2, 3])
  assert.deepEqual(initialState(context, record), {
    leader: 2,
    isr: [2, 3],
    leaderEpoch: 0,
    leaderRecoveryState: 0,
    controllerEpoch: 7,
  })
  const dead = contextOf([5], [1, 2])
  assert.equal(initialState(dead.context, dead.record), undefined)
})

test('a failed log directory makes a replica offline although its broker lives', () => {
  const { context, record } = contextOf([1, 2], [1, 2])
  assert.deepEqual(context.setReplicaDirs(1, [], [record]), { lost: [{ record, brokerId: 1 }], regained: [] })
  assert.deepEqual(context.setReplicaDirs(1, [], [record]), { lost: [], regained: [] })
  assert.equal(context.isReplicaOnline(1, record), false)
  assert.equal(initialState(context, record)?.leader, 2)
  context.setReplicaDirs(1, [record], [])
  assert.equal(context.isReplicaOnline(1, record), true)
})

test('an election raises the leader epoch and carries the controller epoch; unclean: recovering', () => {
  const { context, record } = contextOf([2, 3], [1, 2, 3])
  const clean = electedState(context, record, STATE, { kind: 'offline', isUncleanAllowed: false })
  assert.deepEqual(clean, {
    state: { leader: 2, isr: [2], leaderEpoch: 5, leaderRecoveryState: 0, controllerEpoch: 7 },
    recipients: [2, 3],
    isUnclean: false,
  })
  const lost = { ...STATE, isr: [1] }
  assert.equal(electedState(context, record, lost, { kind: 'offline', isUncleanAllowed: false }), undefined)
  const unclean = electedState(context, record, lost, { kind: 'offline', isUncleanAllowed: true })
  assert.deepEqual(unclean?.state, {
    leader: 2,
    isr: [2],
    leaderEpoch: 5,
    leaderRecoveryState: 1,
    controllerEpoch: 7,
  })
})

test('controlled shutdown: the leader moves, the one shutting down leaves the ISR and still hears of it', () => {
  const { context, record } = contextOf([1, 2], [1, 2])
  context.shuttingDownBrokerIds.add(1)
  const outcome = electedState(context, record, STATE, { kind: 'controlledShutdown' })
  assert.deepEqual(outcome?.state.isr, [2])
  assert.deepEqual(outcome?.recipients, [1, 2])
})

test('a reassignment elects among the target replicas', () => {
  const { context, record } = contextOf([1, 2, 3], [3, 1, 2])
  record.assignment = { replicas: [3, 1, 2], addingReplicas: [3], removingReplicas: [1, 2] }
  assert.equal(electedState(context, record, STATE, { kind: 'reassign' }), undefined)
  const caughtUp = electedState(context, record, { ...STATE, isr: [1, 2, 3] }, { kind: 'reassign' })
  assert.deepEqual([caughtUp?.state.leader, caughtUp?.recipients], [3, [3]])
})

test('a replica leaves the ISR; the last one stays, without a leader', () => {
  const { context } = contextOf([1, 2], [1, 2])
  assert.deepEqual(stateWithoutReplica(context, STATE, 2), {
    ...STATE,
    isr: [1],
    leaderEpoch: 5,
    controllerEpoch: 7,
  })
  assert.deepEqual(stateWithoutReplica(context, { ...STATE, isr: [1] }, 1)?.isr, [1])
  assert.equal(stateWithoutReplica(context, { ...STATE, isr: [1] }, 1)?.leader, -1)
  assert.equal(stateWithoutReplica(context, STATE, 9), undefined)
})

test('a batch: one request of a kind per live broker, new stays new, metadata to everyone', () => {
  const { context, records } = contextOf([1, 2], [1, 9], [2])
  const [first, second] = records
  assert(first !== undefined && second !== undefined)
  first.leadership = { ...STATE, zkVersion: 6 }
  second.leadership = { ...STATE, leader: 2, zkVersion: 0 }
  const batch = new RequestBatch(context, OPTIONS)
  batch.addLeaderAndIsr([1, 9], first, true)
  batch.addLeaderAndIsr([1], first, false)
  batch.addLeaderAndIsr([1, 2], second, false)
  const requests = batch.take()
  assert.deepEqual([...requests.keys()], [1, 2])
  const toOne = requests.get(1)
  assert.deepEqual(toOne?.leaderAndIsr, {
    controllerId: 1,
    controllerEpoch: 7,
    brokerEpoch: 101,
    liveLeaders: [
      { brokerId: 1, hostName: 'i1', port: 2 },
      { brokerId: 2, hostName: 'i2', port: 2 },
    ],
    topicStates: [
      {
        topicName: 't',
        topicId: 'id-of-t',
        partitionStates: [
          {
            partitionIndex: 0,
            controllerEpoch: 3,
            leader: 1,
            leaderEpoch: 4,
            isr: [1, 2],
            partitionEpoch: 6,
            replicas: [1, 9],
            addingReplicas: [],
            removingReplicas: [],
            isNew: true,
            leaderRecoveryState: 0,
          },
          {
            partitionIndex: 1,
            controllerEpoch: 3,
            leader: 2,
            leaderEpoch: 4,
            isr: [1, 2],
            partitionEpoch: 0,
            replicas: [2],
            addingReplicas: [],
            removingReplicas: [],
            isNew: false,
            leaderRecoveryState: 0,
          },
        ],
      },
    ],
  })
  const metadata = requests.get(2)?.updateMetadata
  assert.equal(metadata?.brokerEpoch, 102)
  assert.deepEqual(metadata?.topicStates[0]?.partitionStates[0]?.offlineReplicas, [9])
  assert.deepEqual(metadata?.liveBrokers[0]?.endpoints[1], {
    host: 'i1',
    port: 2,
    listener: 'INTERNAL',
    securityProtocol: 1,
  })
  assert.equal(requests.get(2)?.stopReplica, undefined)
  assert.equal(batch.take().size, 0)
})

test('a batch: a topic being deleted has leader -2 in metadata and epoch -2 in StopReplica', () => {
  const { context, record } = contextOf([1], [1])
  record.leadership = { ...STATE, zkVersion: 6 }
  const batch = new RequestBatch(context, OPTIONS)
  batch.addStopReplica(1, record, false)
  assert.deepEqual(batch.take().get(1)?.stopReplica?.topicStates[0]?.partitionStates, [
    { partitionIndex: 0, leaderEpoch: 4, deletePartition: false },
  ])
  context.topicsToBeDeleted.add('t')
  batch.addUpdateMetadata([1], [record])
  batch.addStopReplica(1, record, true)
  batch.addStopReplica(1, record, false)
  const requests = batch.take().get(1)
  assert.equal(requests?.updateMetadata?.topicStates[0]?.partitionStates[0]?.leader, -2)
  assert.deepEqual(requests?.stopReplica?.topicStates[0]?.partitionStates, [
    { partitionIndex: 0, leaderEpoch: -2, deletePartition: true },
  ])
})

test('deletions: complete, to be retried, to begin, under way', () => {
  const { context, record } = contextOf([1, 2], [1, 2])
  const set = (one: Parameters<typeof context.setReplicaState>[1], two: typeof one) => {
    context.setReplicaState({ record, brokerId: 1 }, one)
    context.setReplicaState({ record, brokerId: 2 }, two)
  }
  context.topicsToBeDeleted.add('t')
  set('Online', 'Online')
  assert.deepEqual(planDeletions(context), { complete: [], retry: [], begin: ['t'] })
  set('DeletionStarted', 'DeletionSuccessful')
  assert.deepEqual(planDeletions(context), { complete: [], retry: [], begin: [] })
  set('DeletionSuccessful', 'DeletionIneligible')
  context.topicsIneligibleForDeletion.add('t')
  assert.deepEqual(planDeletions(context), { complete: [], retry: ['t'], begin: [] })
  context.topicsIneligibleForDeletion.clear()
  assert.deepEqual(planDeletions(context), { complete: [], retry: ['t'], begin: ['t'] })
  set('DeletionSuccessful', 'DeletionSuccessful')
  assert.deepEqual(planDeletions(context), { complete: ['t'], retry: [], begin: [] })
})

test('deletions: dead replicas make a topic wait, replicas already gone are not told again', () => {
  const { context, record } = contextOf([1, 2], [1, 2, 3])
  context.setReplicaState({ record, brokerId: 2 }, 'DeletionSuccessful')
  assert.deepEqual(planReplicaDeletions(context, ['t']), {
    dead: [{ record, brokerId: 3 }],
    alive: [{ record, brokerId: 1 }],
    ineligibleTopics: ['t'],
  })
  assert.deepEqual(topicsThatMustWait(context), ['t'])
  record.assignment = { replicas: [1, 2], addingReplicas: [2], removingReplicas: [] }
  assert.deepEqual(topicsThatMustWait(context), ['t'])
  record.assignment = { replicas: [1, 2], addingReplicas: [], removingReplicas: [] }
  assert.deepEqual(topicsThatMustWait(context), [])
})
