import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecords } from '@millrace/protocol'
import { KafkaError } from '../../errors.js'
import { Accumulator, type AccumulatorSettings } from './accumulator.js'
import type { Delivery } from './delivery.js'
import type { PartitionQueue, ProducerBatch } from './producer-batch.js'
import { TopicState } from './topic-state.js'

const SETTINGS: AccumulatorSettings = {
  batchBytes: 300,
  compression: 'none',
  compressionLevel: undefined,
  bufferBytes: 10_000,
  lingerMs: 5,
  isLingerAdaptive: true,
  deliveryTimeoutMs: 1000,
  maxRequestBytes: 100_000,
  isOrderGuaranteedByMuting: false,
}

class Fixture {
  readonly accumulator: Accumulator
  readonly queue: PartitionQueue
  readonly other: PartitionQueue
  sent = 0

  constructor(settings: Partial<AccumulatorSettings> = {}) {
    this.accumulator = new Accumulator({ ...SETTINGS, ...settings }, undefined)
    const topic = new TopicState('t', 300)
    topic.setPartitionCount(2)
    const [queue, other] = topic.queues
    assert(queue && other)
    this.queue = queue
    this.other = other
  }

  send(count: number, nowMs = 0, queue = this.queue, delivery?: Delivery): void {
    for (let n = 0; n < count; n++) {
      const value = Buffer.from(String(this.sent++).padEnd(50))
      this.accumulator.append(queue, null, value, undefined, 0, delivery, nowMs)
    }
  }

  drain(nowMs = 0): ProducerBatch[] {
    return this.accumulator.drain([this.queue, this.other], nowMs)
  }

  isReady(inFlight: number, nowMs = 0): boolean {
    return this.accumulator.isReady(this.queue, inFlight, nowMs)
  }
}

const valuesOf = (batch: ProducerBatch) =>
  [...readRecords(batch.encode())].map(({ value }) => Number(value?.toString()))

test('linger, adaptive: at once while the broker is idle; else when the batch is full or the time is over', () => {
  const fixture = new Fixture()
  fixture.send(1)
  assert.equal(fixture.isReady(0), true)
  assert.equal(fixture.isReady(1), false)
  assert.equal(fixture.isReady(1, 5), true)
  fixture.send(8)
  assert.equal(fixture.isReady(1), true)
})

test('linger, strict: only when the batch is full or the time is over', () => {
  const fixture = new Fixture({ isLingerAdaptive: false })
  fixture.send(1)
  assert.equal(fixture.isReady(0), false)
  assert.equal(fixture.isReady(0, 5), true)
})

test('linger ends for flush, for whoever waits for memory, and for close', () => {
  const flushed = new Fixture({ isLingerAdaptive: false })
  flushed.send(1)
  flushed.accumulator.flush(() => {})
  assert.equal(flushed.isReady(0), true)
  for (const flag of ['isExhausted', 'isClosing'] as const) {
    const fixture = new Fixture({ isLingerAdaptive: false })
    fixture.send(1)
    fixture.accumulator[flag] = true
    assert.equal(fixture.isReady(0), true, flag)
  }
})

test('batches: within batch.size; beyond it only behind others that wait, and not in strict mode', () => {
  for (const isLingerAdaptive of [true, false]) {
    const fixture = new Fixture({ isLingerAdaptive, bufferBytes: 1_000_000 })
    fixture.send(200)
    const sizes = fixture.queue.batches.map((batch) => batch.encode().length)
    assert(sizes.slice(0, 2).every((size) => size <= 300))
    const largest = Math.max(...sizes)
    if (isLingerAdaptive) assert(largest > 9300 && largest <= 9600, `${largest} bytes`)
    else assert(largest <= 300, `${largest} bytes`)
    assert.deepEqual(
      fixture.queue.batches.flatMap(valuesOf),
      Array.from({ length: 200 }, (_, n) => n),
    )
  }
})

test('a batch grows to half of a request at most', () => {
  const fixture = new Fixture({ bufferBytes: 1_000_000, maxRequestBytes: 2000 })
  fixture.send(200)
  const largest = Math.max(...fixture.queue.batches.map((batch) => batch.encode().length))
  assert(largest > 900 && largest <= 1000, `${largest} bytes`)
})

test('growth counts bytes before compression; batch.size what is left of them', () => {
  const fixture = new Fixture({ bufferBytes: 1_000_000, maxRequestBytes: 2000, compression: 'gzip' })
  fixture.queue.topic.compressionRatio = 0.1
  fixture.send(200)
  const largest = Math.max(...fixture.queue.batches.map(({ recordBytes }) => recordBytes))
  assert(largest > 2000 && largest <= 3000, `${largest} bytes`)
  fixture.queue.topic.compressionRatio = 0.5
  fixture.send(200)
  const last = fixture.queue.batches.slice(-5, -1).map(({ recordBytes }) => recordBytes)
  assert(
    last.every((bytes) => bytes > 900 && bytes <= 1000),
    `${last} bytes`,
  )
})

test('drain: one batch of each partition, no more bytes than a request may have, in order', () => {
  const fixture = new Fixture({ maxRequestBytes: 400 })
  fixture.send(10)
  fixture.send(3, 0, fixture.other)
  const [first, second, ...rest] = fixture.drain()
  assert(first !== undefined && second === undefined && rest.length === 0)
  assert.deepEqual(valuesOf(first), [0, 1, 2])
})

test('one batch of a partition at a time, where max.in.flight is 1', () => {
  const fixture = new Fixture({ isOrderGuaranteedByMuting: true })
  fixture.send(10)
  const [batch] = fixture.drain()
  assert(batch)
  assert.equal(fixture.drain().length, 0)
  fixture.accumulator.requeue(batch, 100)
  assert.equal(fixture.drain(50).length, 0, 'it backs off, and those behind it wait')
  assert.equal(fixture.drain(100)[0], batch)
})

test('a batch that is sent again comes before those behind it, and at once when the leader is new', () => {
  const fixture = new Fixture()
  fixture.queue.leaderEpoch = 3
  fixture.send(12)
  const [first] = fixture.drain()
  const [second] = fixture.drain()
  assert(first && second)
  fixture.accumulator.requeue(second, 100)
  fixture.accumulator.requeue(first, 100)
  assert.equal(fixture.isReady(0, 50), false)
  fixture.queue.leaderEpoch = 4
  assert.deepEqual([fixture.drain(50)[0], fixture.drain(50)[0]], [first, second])
})

test('memory is used until a batch is done; flush tells when all before it are', () => {
  const fixture = new Fixture()
  fixture.send(3)
  assert(fixture.accumulator.usedBytes > 150)
  let flushes = 0
  fixture.accumulator.flush(() => flushes++)
  fixture.send(1)
  const [batch] = fixture.drain()
  assert(batch)
  assert.equal(batch.recordCount, 3, 'what comes after flush is in a batch of its own')
  fixture.accumulator.complete(batch, 7, -1)
  assert.equal(flushes, 1)
  const [last] = fixture.drain()
  assert(last)
  fixture.accumulator.fail(last, new KafkaError('TIMEOUT'), false)
  assert.equal(fixture.accumulator.usedBytes, 0)
  assert.equal(fixture.accumulator.hasIncomplete, false)
})

test('offsets and times of the acknowledgement reach those who wait', () => {
  const fixture = new Fixture()
  const settled: (readonly [number, number, unknown])[] = []
  const deliveries = [0, 1].map((): Delivery => {
    const metadata = {
      topic: 't',
      partition: 0,
      offset: 0,
      timestamp: 5,
      serializedKeySize: -1,
      serializedValueSize: 1,
    }
    return { metadata, settle: (error) => void settled.push([metadata.offset, metadata.timestamp, error]) }
  })
  fixture.send(1, 0, fixture.queue, deliveries[0])
  fixture.send(1)
  fixture.send(1, 0, fixture.queue, deliveries[1])
  const [batch] = fixture.drain()
  assert(batch)
  fixture.accumulator.complete(batch, 100, 42)
  assert.deepEqual(settled, [
    [100, 42, null],
    [102, 42, null],
  ])
})

test('expiry: those whose time is over, on the wire or not', () => {
  const fixture = new Fixture()
  fixture.send(4, 0, fixture.queue)
  fixture.send(1, 500, fixture.other)
  fixture.drain()
  assert.equal(fixture.accumulator.nextExpiryMs, 1000)
  assert.equal(fixture.accumulator.expired(999).length, 0)
  assert.equal(fixture.accumulator.expired(1000).length, 2)
  assert.equal(fixture.accumulator.expired(1500).length, 3)
})

test('buffers of acknowledged batches serve again, with nothing left of what was in them', () => {
  const fixture = new Fixture({ bufferBytes: 1_000_000 })
  const seen: number[] = []
  for (let round = 0; round < 50; round++) {
    fixture.send(20)
    for (let batch = fixture.drain()[0]; batch !== undefined; batch = fixture.drain()[0]) {
      seen.push(...valuesOf(batch))
      fixture.accumulator.complete(batch, 0, -1)
    }
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 1000 }, (_, n) => n),
  )
})

test('where a batch was too large, no other one grows beyond batch.size', () => {
  const fixture = new Fixture()
  fixture.send(100)
  const largest = () => Math.max(...fixture.queue.batches.map(({ recordBytes }) => recordBytes))
  assert.ok(largest() > 600)
  for (let batch = fixture.drain()[0]; batch !== undefined; batch = fixture.drain()[0]) {
    if (batch.recordBytes > 300) fixture.accumulator.split(batch)
    else fixture.accumulator.complete(batch, 0, -1)
  }
  fixture.send(100)
  assert.ok(largest() <= 300)
})

test('a split of a split keeps the order', () => {
  const fixture = new Fixture({ batchBytes: 2000 })
  fixture.send(30)
  const values: number[] = []
  for (let batch = fixture.drain()[0]; batch !== undefined; batch = fixture.drain()[0]) {
    if (batch.recordCount > 3) fixture.accumulator.split(batch)
    else {
      values.push(...valuesOf(batch))
      fixture.accumulator.complete(batch, 0, -1)
    }
  }
  assert.deepEqual(
    values,
    Array.from({ length: 30 }, (_, n) => n),
  )
  assert.equal(fixture.accumulator.usedBytes, 0)
})
