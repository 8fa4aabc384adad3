import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cluster } from '../cluster/cluster.js'
import { EMPTY_SNAPSHOT, type MetadataSnapshot } from '../cluster/metadata-snapshot.js'
import { KafkaError } from '../errors.js'
import type { ClientPorts } from '../ports.js'
import { Accumulator } from './core/accumulator.js'
import { pendingMetadata } from './deliveries.js'
import { ProducerMetrics } from './producer-metrics.js'
import { RecordIntake, type RecordIntakeOptions } from './record-intake.js'

/** A topic `t`, partition n of which is led by broker n; −1: by none. */
function snapshotOf(leaders: readonly number[]): MetadataSnapshot {
  const partitions = leaders.map((leader, partition) => ({
    partition,
    leader,
    leaderEpoch: 0,
    replicas: [],
    isr: [],
    offlineReplicas: [],
  }))
  const topic = { name: 't', topicId: 'id', isInternal: false, errorCode: 0, partitions }
  const nodes = leaders.filter((id) => id >= 0).map((id) => [id, { id, host: 'h', port: 1, rack: null }] as const)
  return { ...EMPTY_SNAPSHOT, version: 1, nodes: new Map(nodes), topics: new Map([['t', topic]]) }
}

class Fixture {
  readonly accumulator: Accumulator
  readonly intake: RecordIntake
  readonly settled: string[] = []
  readonly placed: (readonly [string, number])[] = []
  snapshot: MetadataSnapshot = EMPTY_SNAPSHOT
  #onUpdate: (snapshot: MetadataSnapshot) => void = () => {}
  #onFailure: (error: KafkaError) => void = () => {}
  #timers: (() => void)[] = []
  nowMs = 0

  constructor(options: Partial<RecordIntakeOptions> = {}, bufferBytes = 1000) {
    const fixture = this
    const metadata = {
      lastError: undefined,
      addInterest: () => () => {},
      onUpdate: (listener: (snapshot: MetadataSnapshot) => void) => {
        this.#onUpdate = listener
        return () => {}
      },
      onFailure: (listener: (error: KafkaError) => void) => {
        this.#onFailure = listener
        return () => {}
      },
      requestUpdate: () => {},
    }
    const cluster = {
      metadata,
      get snapshot() {
        return fixture.snapshot
      },
    }
    const ports = {
      monotonicMs: () => this.nowMs,
      nowMs: () => 0,
      random: () => (this.placed.length * 0.37) % 1,
      timers: {
        schedule: (_delayMs: number, callback: () => void) => {
          this.#timers.push(callback)
          return () => {}
        },
      },
    } satisfies ClientPorts
    this.accumulator = new Accumulator(
      {
        batchBytes: 100,
        compression: 'none',
        compressionLevel: undefined,
        bufferBytes,
        lingerMs: 0,
        isLingerAdaptive: true,
        deliveryTimeoutMs: 1000,
        maxRequestBytes: 1000,
        isOrderGuaranteedByMuting: false,
      },
      undefined,
    )
    this.intake = new RecordIntake({
      cluster: cluster as unknown as Cluster,
      accumulator: this.accumulator,
      ports,
      metrics: new ProducerMetrics(1000, 2),
      maxBlockMs: 100,
      maxIdleMs: 1000,
      batchBytes: 100,
      limits: { maxRequestBytes: 500, bufferBytes: 500 },
      partition: undefined,
      ignoresKeys: false,
      isAdaptive: true,
      availabilityTimeoutMs: 0,
      stuckMs: () => 0,
      onPartition: (queue) => void this.placed.push([queue.topicName, queue.partition]),
      onAppended: () => {},
      onSettled: () => this.intake.onProgress(),
      ...options,
    })
  }

  send(name: string, partition?: number, bytes = 10): void {
    const value = Buffer.alloc(bytes)
    const metadata = pendingMetadata('t', 0, null, value)
    this.intake.accept({
      record: { topic: 't', value, partition },
      key: null,
      value,
      headers: undefined,
      timestamp: 0,
      delivery: { metadata, settle: (error) => void this.settled.push(`${name} ${error?.code ?? metadata.offset}`) },
      isUrgent: false,
    })
  }

  learn(snapshot: MetadataSnapshot): void {
    this.snapshot = snapshot
    this.#onUpdate(snapshot)
  }

  failMetadata(error: KafkaError): void {
    this.#onFailure(error)
  }

  passTime(nowMs: number): void {
    this.nowMs = nowMs
    for (const timer of this.#timers.splice(0)) timer()
  }

  partitions(): ReadonlySet<number> {
    return new Set(this.placed.map(([, partition]) => partition))
  }
}

test('records wait for their topic, then keep their order; those that wait too long fail', () => {
  const fixture = new Fixture()
  fixture.send('a', 0)
  fixture.send('b', 7)
  assert.equal(fixture.intake.waiting, 2)
  fixture.learn(snapshotOf([0, 1]))
  fixture.send('c', 0)
  assert.deepEqual(fixture.placed, [
    ['t', 0],
    ['t', 0],
  ])
  fixture.passTime(100)
  assert.deepEqual(fixture.settled, ['b TIMEOUT'])
  assert.equal(fixture.intake.hasWaiting, false)
})

test('records wait for room in their order; those that wait too long are BUFFER_EXHAUSTED', () => {
  const fixture = new Fixture({}, 400)
  fixture.learn(snapshotOf([0]))
  fixture.send('a', 0, 250)
  fixture.send('b', 0, 200)
  fixture.send('c', 0, 10)
  assert.equal(fixture.placed.length, 1, 'a small one does not overtake a large one')
  const [batch] = fixture.accumulator.drain([...fixture.accumulator.active], 0)
  assert(batch)
  fixture.accumulator.complete(batch, 0, -1)
  fixture.intake.onProgress()
  assert.equal(fixture.placed.length, 3)
  fixture.send('d', 0, 300)
  fixture.passTime(100)
  assert.deepEqual(fixture.settled, ['a 0', 'd BUFFER_EXHAUSTED'])
})

test('a topic that cannot be used fails its records at once; so do credentials that no broker takes', () => {
  const fixture = new Fixture()
  fixture.send('a')
  const invalid = { ...snapshotOf([]).topics.get('t'), errorCode: 17, partitions: [] }
  fixture.learn({ ...EMPTY_SNAPSHOT, topics: new Map([['t', invalid as never]]) })
  fixture.send('b')
  fixture.failMetadata(new KafkaError('NETWORK_EXCEPTION'))
  assert.deepEqual(fixture.settled, ['a INVALID_TOPIC_EXCEPTION'])
  fixture.failMetadata(new KafkaError('SASL_AUTHENTICATION_FAILED', 'no', { fatal: true }))
  assert.deepEqual(fixture.settled, ['a INVALID_TOPIC_EXCEPTION', 'b SASL_AUTHENTICATION_FAILED'])
})

test('without keys: partitions without a leader get nothing, nor those whose broker takes nothing for too long', () => {
  const withoutLeader = new Fixture({}, 1e6)
  withoutLeader.learn(snapshotOf([0, -1, 2]))
  for (let n = 0; n < 200; n++) withoutLeader.send('v')
  assert.deepEqual([...withoutLeader.partitions()].sort(), [0, 2])
  const stuck = new Fixture({ availabilityTimeoutMs: 50, stuckMs: (nodeId) => (nodeId === 1 ? 51 : 0) }, 1e6)
  stuck.learn(snapshotOf([0, 1, 2]))
  for (let n = 0; n < 200; n++) stuck.send('v')
  assert.deepEqual([...stuck.partitions()].sort(), [0, 2])
})

test('without keys, adaptive: a partition with a long queue gets less', () => {
  const fixture = new Fixture({}, 1e6)
  fixture.learn(snapshotOf([0, 1]))
  for (let n = 0; n < 100; n++) fixture.send('v', 0, 60)
  fixture.placed.length = 0
  for (let n = 0; n < 100; n++) fixture.send('v')
  const toLong = fixture.placed.filter(([, partition]) => partition === 0).length
  assert(toLong < 20, `${toLong} of 100`)
})

test('a record is too large from the size on that Kafka takes it to have', () => {
  const options = { limits: { maxRequestBytes: 95, bufferBytes: 1000 } }
  const fixture = new Fixture(options)
  fixture.learn(snapshotOf([0]))
  fixture.send('fits', 0, 10)
  fixture.send('one byte more', 0, 11)
  assert.deepEqual(fixture.settled, ['one byte more MESSAGE_TOO_LARGE'])
  assert.equal(fixture.placed.length, 1)
})
