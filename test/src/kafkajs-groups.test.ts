/** kafkajs's consumer groups: several members, assignors, a member that crashes, resumption. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import kafkajs, { type Consumer, type ConsumerConfig, type Kafka } from 'kafkajs'
import { eventually } from './support/eventually.js'
import { adminOf, consume, consumerOf, kafkajsOf, producerOf, topicOf, valuesOf } from './support/kafkajs.js'
import { sharedBroker } from './support/shared-broker.js'
import { uniqueName } from './support/topics.js'

const { AssignerProtocol, PartitionAssigners } = kafkajs
const shared = sharedBroker({ 'group.min.session.timeout.ms': '500' })

/** The members of one group, and what each was given last. */
class Group {
  readonly groupId = uniqueName('group')
  readonly assigned = new Map<string, readonly number[]>()
  readonly #t: TestContext
  readonly #topic: string

  constructor(t: TestContext, topic: string) {
    this.#t = t
    this.#topic = topic
  }

  async start(kafka: Kafka, name: string, options: Partial<ConsumerConfig> = {}): Promise<Consumer> {
    const { groupId } = this
    const consumer = await consumerOf(this.#t, kafka, { groupId, heartbeatInterval: 50, ...options })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.assigned.set(name, payload.memberAssignment[this.#topic] ?? [])
    })
    await consumer.subscribe({ topics: [this.#topic] })
    await consumer.run({ eachMessage: () => Promise.resolve() })
    return consumer
  }

  /** Waits until the members have as many partitions as `shares` says, each partition once. */
  async settled(shares: Readonly<Record<string, number>>): Promise<void> {
    await eventually(() => {
      const counts = Object.keys(shares).map((name) => [name, this.assigned.get(name)?.length])
      assert.deepEqual(Object.fromEntries(counts), shares)
      const all = Object.keys(shares).flatMap((name) => this.assigned.get(name) ?? [])
      assert.equal(new Set(all).size, all.length)
    })
  }
}

test('three members share six partitions, and those who stay take over', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const group = new Group(t, await topicOf(kafka, { numPartitions: 6 }))
  const first = await group.start(kafka, 'first')
  await group.settled({ first: 6 })
  const second = await group.start(kafka, 'second')
  await group.settled({ first: 3, second: 3 })
  await group.start(kafka, 'third')
  await group.settled({ first: 2, second: 2, third: 2 })
  await first.disconnect()
  await group.settled({ second: 3, third: 3 })
  await second.disconnect()
  await group.settled({ third: 6 })
})

test('a member that vanishes without a word loses its partitions after its session timeout', async (t) => {
  const sockets: Socket[] = []
  let hasVanished = false
  const kafka = kafkajsOf(shared.bootstrap)
  const vanishing = kafkajsOf(shared.bootstrap, {
    retry: { retries: 0 },
    requestTimeout: 1000,
    socketFactory: ({ host, port, onConnect }) => {
      if (hasVanished) throw new Error('no way back')
      const socket = connect(port, host, onConnect)
      sockets.push(socket)
      return socket
    },
  })
  const group = new Group(t, await topicOf(kafka, { numPartitions: 4 }))
  await group.start(kafka, 'stays', { sessionTimeout: 1000 })
  await group.start(vanishing, 'vanishes', {
    sessionTimeout: 1000,
    retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
  })
  await group.settled({ stays: 2, vanishes: 2 })
  hasVanished = true
  for (const socket of sockets) socket.destroy()
  await group.settled({ stays: 4 })
})

test('a consumer goes on where its group stopped', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await topicOf(kafka)
  const groupId = uniqueName('group')
  const producer = await producerOf(t, kafka)
  await producer.send({ topic, messages: [{ value: 'a' }, { value: 'b' }] })
  await consume(t, kafka, topic, 2, { groupId })
  const admin = await adminOf(t, kafka)
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
  assert.equal(committed?.partitions[0]?.offset, '2')
  await producer.send({ topic, messages: [{ value: 'c' }] })
  assert.deepEqual(valuesOf(await consume(t, kafka, topic, 1, { groupId })), ['c'])
})

test('a member that brings another topic makes the group rebalance, and everybody is told', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const group = new Group(t, await topicOf(kafka, { numPartitions: 2 }))
  const first = await group.start(kafka, 'first')
  await group.settled({ first: 2 })
  const told: string[] = []
  first.on(first.events.REBALANCING, ({ payload }) => told.push(payload.groupId))
  await group.start(kafka, 'second')
  await group.settled({ first: 1, second: 1 })
  assert.ok(told.includes(group.groupId))
})

test('new partitions of a topic are found and assigned', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await topicOf(kafka)
  const group = new Group(t, topic)
  await group.start(kafka, 'only', { metadataMaxAge: 100 })
  await group.settled({ only: 1 })
  const admin = await adminOf(t, kafka)
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
  await group.settled({ only: 3 })
})

test('the group takes an assignor that all members know, the first choice of the most', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap)
  const topic = await topicOf(kafka, { numPartitions: 2 })
  const group = new Group(t, topic)
  const toOne: kafkajs.PartitionAssigner = () => ({
    name: 'ToOne',
    version: 0,
    assign: ({ members }) =>
      Promise.resolve(
        members.map(({ memberId }, index) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 0,
            assignment: index === 0 ? { [topic]: [0, 1] } : {},
            userData: Buffer.from('said by the leader'),
          }),
        })),
      ),
    protocol: ({ topics }) => ({
      name: 'ToOne',
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    }),
  })
  const both = [toOne, PartitionAssigners.roundRobin]
  await group.start(kafka, 'first', { partitionAssigners: both })
  await group.start(kafka, 'second', { partitionAssigners: both })
  await eventually(() => {
    const shares = [group.assigned.get('first')?.length, group.assigned.get('second')?.length]
    assert.deepEqual(shares.toSorted(), [0, 2])
  })
  const admin = await adminOf(t, kafka)
  assert.equal((await admin.describeGroups([group.groupId])).groups[0]?.protocol, 'ToOne')
  await group.start(kafka, 'third')
  await eventually(async () => {
    const [described] = (await admin.describeGroups([group.groupId])).groups
    assert.deepEqual([described?.state, described?.protocol], ['Stable', 'RoundRobinAssigner'])
    assert.equal(described?.members.length, 3)
  })
})

test('a session timeout outside of the bounds of the broker is refused', async (t) => {
  const kafka = kafkajsOf(shared.bootstrap, { retry: { retries: 0 } })
  const topic = await topicOf(kafka)
  const consumer = await consumerOf(t, kafka, {
    sessionTimeout: 100,
    heartbeatInterval: 50,
    retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
  })
  const crashed = new Promise<Error>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error))
  })
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({ eachMessage: () => Promise.resolve() }).catch(() => {})
  const error = (await crashed) as Error & { type?: string; cause?: { type?: string } }
  assert.equal(error.type ?? error.cause?.type, 'INVALID_SESSION_TIMEOUT')
})
