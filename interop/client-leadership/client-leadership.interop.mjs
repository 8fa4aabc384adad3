// @millrace/client on a cluster of three Apache brokers while leaders move: by reassignments and elections that its admin client
// asks for, and because brokers are killed. Records are written and read all the time: each once, in order. And reading
// from the nearest replica (KIP-392), until that is gone.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '../../packages/client/dist/index.js'
import { startBroker, target } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'
import { cleanRestart } from './clean-restart.mjs'

const kind = target === 'millrace' ? 'apache-3.9' : target
const sessionMs = 6000
const properties = {
  'zookeeper.session.timeout.ms': sessionMs,
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.replication.factor': 3,
  'min.insync.replicas': 2,
  'auto.leader.rebalance.enable': false,
  'replica.lag.time.max.ms': 5000,
  'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
  'controlled.shutdown.enable': false,
}

const brokers = new Map()
test.after(async () => {
  for (const broker of [...brokers.values()].reverse()) {
    await broker.kill()
    await broker.dispose()
  }
})
for (const id of [1, 2, 3]) {
  // The first has a ZooKeeper beside it, and is never killed.
  const first = brokers.get(1)
  const settings = first && readFileSync(join(first.home, 'server.properties'), 'utf8')
  const zookeeper = first ? { 'zookeeper.connect': /^zookeeper.connect=(.*)$/m.exec(settings)[1] } : {}
  const own = { ...properties, ...zookeeper, 'broker.id': id, 'broker.rack': `rack-${id}` }
  brokers.set(id, await startBroker({ kind, properties: own, heapMb: 256 }))
}
const bootstrap = [...brokers.values()].map((broker) => broker.bootstrap).join()
const admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
test.after(() => admin.close())

test('records flow, each once and in order, while leaders move and brokers die', async (t) => {
  const topic = 'moving'
  const replicas = { 0: [1, 2, 3], 1: [2, 3, 1], 2: [3, 1, 2] }
  await admin.createTopics([{ name: topic, replicasAssignments: replicas }])
  const flow = new Flow(topic, 3)
  t.after(() => flow.close())
  await t.test('at rest', () => flow.progress())
  await t.test('preferred leaders change, and are elected', async () => {
    await reassign(topic, { 0: [2, 3, 1], 1: [3, 1, 2], 2: [1, 2, 3] })
    await admin.electLeaders('PREFERRED', partitionsOf(topic))
    await untilLed(topic, [2, 3, 1])
    await flow.progress()
  })
  await t.test('replicas go away, leaders among them, and come back', async () => {
    await reassign(topic, { 0: [3, 1], 1: [1, 2], 2: [2, 3] })
    await untilLed(topic, [3, 1, 2])
    await flow.progress()
    await reassign(topic, { 0: [3, 1, 2], 1: [1, 2, 3], 2: [2, 3, 1] })
    await flow.progress()
  })
  for (const id of [2, 3]) {
    await t.test(`broker ${id} is killed, and comes back`, async () => {
      await untilInSync(topic)
      await brokers.get(id).kill()
      await flow.progress()
      await untilGone(id)
      await flow.progress()
      await brokers.get(id).start()
      await untilInSync(topic)
      await admin.electLeaders('PREFERRED', partitionsOf(topic)).settled()
      await untilLed(topic, [3, 1, 2])
      await flow.progress()
    })
  }
  await t.test('all of it is there, once', () => flow.finish())
})

test('a consumer with client.rack reads from the replica in its rack, and from the leader when that dies', async (t) => {
  const topic = 'near'
  await admin.createTopics([{ name: topic, replicasAssignments: { 0: [1, 2, 3] } }])
  const producer = new KafkaProducer({ 'bootstrap.servers': bootstrap, valueSerializer: Serdes.int32 })
  const consumer = new KafkaConsumer({
    'bootstrap.servers': bootstrap,
    'client.rack': 'rack-3',
    'auto.offset.reset': 'earliest',
    valueDeserializer: Serdes.int32,
  })
  t.after(() => Promise.all([producer.close(), consumer.close()]))
  consumer.assign([{ topic, partition: 0 }])
  let written = 0
  let read = 0
  const exchange = async (count) => {
    const values = Array.from({ length: count }, () => ({ topic, value: written++ }))
    await producer.sendAll(values)
    const deadlineMs = performance.now() + 30_000
    while (read < written) {
      assert.ok(performance.now() < deadlineMs, `${read} of ${written} records came`)
      for (const { value } of await consumer.poll({ timeoutMs: 100 })) assert.equal(value, read++)
    }
  }
  const preferred = () =>
    consumer.allMetrics().find(({ name, tags }) => name === 'preferred-read-replica' && tags.topic === topic)?.value
  await untilInSync(topic)
  await exchange(100)
  await until(
    async () => {
      await exchange(10)
      return preferred() === 3
    },
    { what: 'reading from broker 3', timeoutMs: 20_000 },
  )
  const bytesFrom = (id) =>
    consumer.allMetrics().find(({ name, tags }) => name === 'incoming-byte-total' && tags['node-id'] === `node-${id}`)
      ?.value ?? 0
  const [near, far] = [bytesFrom(3), bytesFrom(1)]
  await exchange(2000)
  const [fromNear, fromFar] = [bytesFrom(3) - near, bytesFrom(1) - far]
  assert.ok(
    fromNear > 2000 * 4 && fromNear > 10 * fromFar,
    `${fromNear} bytes from the replica, ${fromFar} from the leader`,
  )
  await brokers.get(3).kill()
  await exchange(100)
  assert.notEqual(preferred(), 3)
  await untilGone(3)
  await exchange(100)
})

test('a broker that is restarted forgets all batches but the last: those that were not answered are written once', (t) =>
  cleanRestart(t, kind))

/** A producer that never rests, and a consumer of a group that demands every record once, in order. */
class Flow {
  #topic
  #sent
  #seen
  #producer = new KafkaProducer({ 'bootstrap.servers': bootstrap, 'linger.ms': 5, valueSerializer: Serdes.int32 })
  #consumer
  #isWriting = true
  #failure
  #writing
  #reading

  constructor(topic, partitions) {
    this.#topic = topic
    this.#sent = Array.from({ length: partitions }, () => 0)
    this.#seen = this.#sent.map(() => 0)
    this.#consumer = new KafkaConsumer({
      'bootstrap.servers': bootstrap,
      'group.id': `of-${topic}`,
      'auto.offset.reset': 'earliest',
      valueDeserializer: Serdes.int32,
    })
    this.#consumer.subscribe(topic)
    const note = (error) => {
      this.#failure ??= error
    }
    this.#writing = this.#write().catch(note)
    this.#reading = this.#read().catch(note)
  }

  /** Some hundred records that are sent from now on come through each partition. */
  async progress() {
    const wanted = this.#sent.map((count) => count + 200)
    await until(() => this.#failure !== undefined || this.#seen.every((count, n) => count >= wanted[n]), {
      what: 'records in all partitions',
      timeoutMs: 60_000,
    }).catch((error) => {
      throw new Error(`${error.message}: ${this.#seen} of ${this.#sent}`)
    })
    if (this.#failure !== undefined) throw this.#failure
  }

  async finish() {
    this.#isWriting = false
    await this.#writing
    await this.#producer.flush()
    await until(() => this.#failure !== undefined || this.#seen.every((count, n) => count === this.#sent[n]), {
      what: 'the last records',
    })
    if (this.#failure !== undefined) throw this.#failure
    const ends = await this.#consumer.endOffsets(partitionsOf(this.#topic))
    // Neither more nor fewer than were sent.
    assert.deepEqual(
      [...ends].map(([, offset]) => offset),
      this.#sent,
    )
  }

  async close() {
    this.#isWriting = false
    await Promise.all([this.#producer.close({ timeoutMs: 5000 }), this.#consumer.close({ timeoutMs: 5000 })])
    await Promise.all([this.#writing, this.#reading])
  }

  async #write() {
    const sends = new Set()
    while (this.#isWriting) {
      for (let partition = 0; partition < this.#sent.length; partition++) {
        const value = this.#sent[partition]++
        const sending = this.#producer.send({ topic: this.#topic, partition, value }).then(({ offset }) => {
          assert.equal(offset, value)
          sends.delete(sending)
        })
        sending.catch((error) => {
          this.#failure ??= error
        })
        sends.add(sending)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Promise.all(sends)
  }

  async #read() {
    for await (const { partition, value, offset } of this.#consumer) {
      assert.equal(value, this.#seen[partition], `partition ${partition}, offset ${offset}`)
      this.#seen[partition]++
    }
  }
}

function partitionsOf(topic) {
  return [0, 1, 2].map((partition) => ({ topic, partition }))
}

async function reassign(topic, replicas) {
  await admin.alterPartitionReassignments(
    Object.entries(replicas).map(([partition, ids]) => [{ topic, partition: Number(partition) }, ids]),
  )
  await until(async () => (await admin.listPartitionReassignments()).size === 0, {
    what: 'the end of the reassignment',
  })
}

async function describe(topic) {
  return (await admin.describeTopics([topic])).get(topic)
}

async function untilLed(topic, leaders) {
  await until(async () => (await describe(topic)).partitions.every(({ leader }, n) => leader?.id === leaders[n]), {
    what: `${leaders} to lead`,
  })
}

async function untilInSync(topic) {
  await until(
    async () => (await describe(topic)).partitions.every(({ isr, replicas }) => isr.length === replicas.length),
    {
      what: 'all replicas in sync',
    },
  )
}

/** Until then ZooKeeper knows its session, and it could not start again. */
async function untilGone(id) {
  await until(async () => !(await admin.describeCluster()).nodes.some((node) => node.id === id), {
    what: `the end of broker ${id}`,
    timeoutMs: 30_000,
  })
}
