/**
 * Random trouble for a cluster of three brokers; when it is over, everything must have come right: one controller, every
 * partition led by a live broker, every broker told what ZooKeeper says, every deletion done.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isZooKeeperError } from '@millrace/zookeeper'
import fc from 'fast-check'
import type { KafkaZkClient } from '../metadata/znodes/kafka-zk-client.js'
import { partitionStatePath } from '../metadata/znodes/paths.js'
import { stableAssignment } from '../metadata/znodes/topic-assignment.js'
import { ControllerCluster, type TestBroker } from '../testing/controller-cluster.js'
import { settle } from '../testing/manual-time.js'

const BROKER_IDS = [1, 2, 3]
const TOPICS = ['a', 'b', 'c']

const brokerId = fc.constantFrom(...BROKER_IDS)
const topic = fc.constantFrom(...TOPICS)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('create' as const), topic, first: fc.nat(2), size: fc.nat(2) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), topic }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('grow' as const), topic }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('kill' as const), brokerId }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('start' as const), brokerId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('expire' as const), brokerId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), brokerId }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unreachable' as const), brokerId }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'depose' as const }) },
  // ZooKeeper's disk hangs: everybody waits for answers, and trouble goes on.
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('stall' as const), brokerId, how: fc.constantFrom('expire', 'drop') }),
  },
  // How far things get before the next trouble.
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), turns: fc.nat(40) }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

class Chaos {
  readonly cluster: ControllerCluster
  readonly brokers = new Map<number, TestBroker>()
  /** Somebody who creates and deletes topics. */
  readonly #client: KafkaZkClient
  readonly #leaderEpochs = new Map<string, number>()

  static async start(): Promise<Chaos> {
    const cluster = await ControllerCluster.start()
    return new Chaos(cluster, await cluster.openZk())
  }

  private constructor(cluster: ControllerCluster, client: KafkaZkClient) {
    this.cluster = cluster
    this.#client = client
  }

  async do(step: Step): Promise<void> {
    try {
      await this.#do(step, this.#client)
    } catch (error) {
      // What a broker would answer its client with: the topic is there already, or is not.
      if (!isZooKeeperError(error, 'NODEEXISTS', 'NONODE')) throw error
    }
  }

  async start(id: number): Promise<void> {
    if (!this.brokers.has(id)) this.brokers.set(id, await this.cluster.addBroker(id))
  }

  /** Leader epochs never fall, whoever is the controller. */
  async checkEpochs(): Promise<void> {
    const client = this.#client
    for (const name of await client.topics.getTopics()) {
      const assignment = await client.topics.getAssignment(name)
      for (const partition of assignment?.partitions.keys() ?? []) {
        const path = partitionStatePath(name, partition)
        const czxid = (await client.session.exists(path))?.czxid
        const state = await client.topics.getState({ topic: name, partition })
        if (state === undefined) continue
        const key = `${path}@${czxid}`
        assert(state.leaderEpoch >= (this.#leaderEpochs.get(key) ?? 0), `the leader epoch of ${path} fell`)
        this.#leaderEpochs.set(key, state.leaderEpoch)
      }
    }
  }

  async #do(step: Step, client: KafkaZkClient): Promise<void> {
    const broker = 'brokerId' in step ? this.brokers.get(step.brokerId) : undefined
    switch (step.kind) {
      case 'create': {
        if (await client.topics.isMarkedForDeletion(step.topic)) return
        const replicas = Array.from({ length: step.size + 1 }, (_, index) => ((step.first + index) % 3) + 1)
        const partitions = new Map([0, 1].map((partition) => [partition, stableAssignment(replicas)]))
        await client.topics.create(step.topic, { topicId: this.cluster.newTopicId(), partitions })
        return
      }
      case 'delete':
        if (await client.topics.exists(step.topic)) await client.topics.requestDeletion(step.topic)
        return
      case 'grow': {
        const assignment = await client.topics.getAssignment(step.topic)
        if (assignment === undefined || (await client.topics.isMarkedForDeletion(step.topic))) return
        const partitions = new Map(assignment.partitions)
        partitions.set(partitions.size, stableAssignment(BROKER_IDS))
        await client.topics.setAssignment(step.topic, { ...assignment, partitions })
        return
      }
      case 'kill':
        if (broker === undefined) return
        this.brokers.delete(step.brokerId)
        await this.cluster.kill(broker)
        return
      case 'start':
        return await this.start(step.brokerId)
      case 'expire':
        if (broker !== undefined) this.cluster.server.expireSession(broker.zk.session.sessionId)
        return
      case 'drop':
        if (broker !== undefined) this.cluster.server.dropConnection(broker.zk.session.sessionId)
        await settle()
        this.cluster.ports.advance(100)
        return
      case 'unreachable':
        if (broker !== undefined) broker.applier.isUnreachable = !broker.applier.isUnreachable
        return
      case 'depose':
        await client.session.write(
          (zooKeeper) => zooKeeper.delete('/controller', -1),
          async () => undefined,
        )
        return
      case 'stall': {
        const { directory, server } = this.cluster
        directory.holdSyncs()
        for (let turn = 0; turn < 10; turn++) await settle()
        if (broker !== undefined && step.how === 'expire') server.expireSession(broker.zk.session.sessionId)
        if (broker !== undefined && step.how === 'drop') server.dropConnection(broker.zk.session.sessionId)
        for (let turn = 0; turn < 10; turn++) await settle()
        this.cluster.ports.advance(100)
        directory.releaseSyncs()
        return
      }
      case 'wait':
        for (let turn = 0; turn < step.turns; turn++) await settle()
        return await this.checkEpochs()
      default:
        return step satisfies never
    }
  }

  async stop(): Promise<void> {
    await this.#client.close()
    await this.cluster.stop()
  }

  /** Everybody comes back and can be reached; then it must all come right. */
  async recover(): Promise<void> {
    for (const id of BROKER_IDS) {
      await this.start(id)
      const broker = this.brokers.get(id)
      if (broker !== undefined) broker.applier.isUnreachable = false
    }
    for (let round = 0; round < 3; round++) {
      await this.cluster.time.advance(1100)
      this.cluster.ports.advance(200)
      await this.cluster.idle()
    }
  }

  async checkAllIsWell(): Promise<void> {
    const controller = this.cluster.active()
    const { zk } = controller
    assert.deepEqual(await zk.topics.getDeletionRequests(), [], 'deletions are done')
    for (const name of await zk.topics.getTopics()) {
      const assignment = await zk.topics.getAssignment(name)
      for (const [partition, { replicas }] of assignment?.partitions ?? []) {
        const state = await zk.topics.getState({ topic: name, partition })
        assert(state !== undefined, `${name}-${partition} has a state`)
        assert(this.brokers.has(state.leader), `${name}-${partition} has a live leader`)
        assert(state.isr.includes(state.leader) && replicas.includes(state.leader))
        for (const broker of this.brokers.values()) {
          const told = lastMetadata(broker, name, partition)
          assert.deepEqual(told, versionsOf(state), `broker ${broker.id} knows ${name}-${partition}`)
          if (replicas.includes(broker.id)) {
            assert.equal(lastLeaderEpoch(broker, name, partition), state.leaderEpoch, `replica on broker ${broker.id}`)
          }
        }
      }
    }
  }
}

function lastMetadata(broker: TestBroker, topic: string, partition: number) {
  for (const request of [...broker.applier.updateMetadataRequests].reverse()) {
    const states = request.topicStates.find(({ topicName }) => topicName === topic)?.partitionStates
    const state = states?.find(({ partitionIndex }) => partitionIndex === partition)
    if (state === undefined) continue
    return versionsOf(state)
  }
  return undefined
}

function versionsOf({ leader, leaderEpoch, zkVersion }: { leader: number; leaderEpoch: number; zkVersion: number }) {
  return { leader, leaderEpoch, zkVersion }
}

function lastLeaderEpoch(broker: TestBroker, topic: string, partition: number): number | undefined {
  for (const request of [...broker.applier.leaderAndIsrRequests].reverse()) {
    const states = request.topicStates.find(({ topicName }) => topicName === topic)?.partitionStates
    const state = states?.find(({ partitionIndex }) => partitionIndex === partition)
    if (state !== undefined) return state.leaderEpoch
  }
  return undefined
}

/** The office is left again before those who heard of its taking have read who took it. */
const LEFT_BETWEEN_EVENT_AND_READ: Step[] = [
  { kind: 'start', brokerId: 3 },
  { kind: 'depose' },
  { kind: 'start', brokerId: 1 },
  { kind: 'start', brokerId: 1 },
  { kind: 'create', topic: 'a', first: 0, size: 0 },
  { kind: 'start', brokerId: 1 },
  { kind: 'delete', topic: 'c' },
  { kind: 'depose' },
  { kind: 'delete', topic: 'a' },
  { kind: 'grow', topic: 'a' },
  { kind: 'grow', topic: 'a' },
]

test('whatever happens to three brokers, in the end the cluster is whole and everyone knows it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const chaos = await Chaos.start()
      try {
        await chaos.start(1)
        await chaos.start(2)
        for (const step of steps) await chaos.do(step)
        await chaos.recover()
        await chaos.checkAllIsWell()
      } finally {
        await chaos.stop()
      }
    }),
    { numRuns: 40, examples: [[LEFT_BETWEEN_EVENT_AND_READ]] },
  )
})
