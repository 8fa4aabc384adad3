import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decrementSequence, incrementSequence } from './producer-entry.js'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.js'
import { type ProducerBatch, ProducerState } from './producer-state.js'

const LARGEST = 0x7fff_ffff

function batch(fields: Partial<ProducerBatch> & { readonly count?: number } = {}): ProducerBatch {
  const { count = 1, baseOffset = 0, baseSequence = 0, ...rest } = fields
  return {
    producerId: 1,
    producerEpoch: 0,
    baseSequence,
    lastSequence: incrementSequence(baseSequence, count - 1),
    baseOffset,
    lastOffset: baseOffset + count - 1,
    maxTimestamp: 1000,
    transactional: false,
    marker: undefined,
    ...rest,
  }
}

/** What a client's batch meets: appended, duplicate of which offset, or an error. */
function offer(state: ProducerState, offered: ProducerBatch): string {
  const decision = state.append(offered, 'client')
  if (decision.kind === 'refused') return decision.code
  return decision.kind === 'duplicate'
    ? `duplicate of ${decision.batch.lastOffset - decision.batch.offsetDelta}`
    : 'appended'
}

test('sequence rules, as a table', () => {
  const cases: [name: string, offered: Partial<ProducerBatch>, expected: string][] = [
    ['the next sequence', { baseSequence: 3 }, 'appended'],
    ['a gap', { baseSequence: 4 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['an overlap that is no duplicate', { baseSequence: 1 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['a new epoch from 0', { producerEpoch: 6, baseSequence: 0 }, 'appended'],
    ['a new epoch from elsewhere', { producerEpoch: 6, baseSequence: 3 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['a lower epoch', { producerEpoch: 4, baseSequence: 3 }, 'INVALID_PRODUCER_EPOCH'],
    ['another producer, unknown', { producerId: 2, baseSequence: 77 }, 'appended'],
  ]
  for (const [name, offered, expected] of cases) {
    const state = new ProducerState()
    assert.equal(offer(state, batch({ producerEpoch: 5, count: 3 })), 'appended')
    assert.equal(offer(state, batch({ producerEpoch: 5, baseOffset: 3, ...offered })), expected, name)
  }
})

test('sequences wrap from 2^31-1 to 0, between batches and inside one', () => {
  const state = new ProducerState()
  assert.equal(offer(state, batch({ baseSequence: LARGEST - 1, count: 2 })), 'appended')
  assert.equal(offer(state, batch({ baseSequence: 0, baseOffset: 2, count: 5 })), 'appended')
  const other = new ProducerState()
  const wrapping = batch({ baseSequence: LARGEST - 1, count: 4 })
  assert.equal(wrapping.lastSequence, 1)
  assert.equal(offer(other, wrapping), 'appended')
  assert.equal(offer(other, wrapping), 'duplicate of 0')
  assert.equal(offer(other, batch({ baseSequence: 2, baseOffset: 4 })), 'appended')
  fc.assert(
    fc.property(fc.nat(LARGEST), fc.nat(LARGEST), (sequence, by) => {
      assert.equal(decrementSequence(incrementSequence(sequence, by), by), sequence)
    }),
  )
})

test('each of the last five batches is a duplicate with its own offset, the sixth is out of order', () => {
  const state = new ProducerState()
  for (let sequence = 0; sequence < 6; sequence += 1) {
    assert.equal(offer(state, batch({ baseSequence: sequence, baseOffset: 10 + sequence })), 'appended')
  }
  for (let sequence = 1; sequence < 6; sequence += 1) {
    assert.equal(offer(state, batch({ baseSequence: sequence, baseOffset: 99 })), `duplicate of ${10 + sequence}`)
  }
  assert.equal(offer(state, batch({ baseSequence: 0, baseOffset: 99 })), 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  assert.equal(offer(state, batch({ baseSequence: 5, count: 2 })), 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'another length')
  assert.equal(state.entry(1)?.batches.length, 5)
})

test('only clients are checked for sequences and duplicates', () => {
  const state = new ProducerState()
  state.append(batch({ baseSequence: 0 }), 'client')
  assert.equal(
    state.append(batch({ baseSequence: -1, lastSequence: -1, baseOffset: 1 }), 'coordinator').kind,
    'appended',
  )
  assert.equal(state.append(batch({ baseSequence: 9, baseOffset: 2 }), 'replication').kind, 'appended')
  assert.equal(state.append(batch({ producerEpoch: 4, baseOffset: 3 }), 'replication').kind, 'appended')
  const old = state.append(batch({ producerEpoch: 3, baseOffset: 4 }), 'coordinator')
  assert.equal(old.kind === 'refused' && old.code, 'INVALID_PRODUCER_EPOCH')
})

test('transactions: the stable offset, fenced coordinators, and writes outside', () => {
  const state = new ProducerState()
  const transactional = (producerId: number, baseOffset: number) =>
    batch({ producerId, baseOffset, transactional: true, baseSequence: baseOffset })
  const end = (producerId: number, baseOffset: number, coordinatorEpoch: number, committed = true) =>
    state.append(
      batch({ producerId, baseOffset, baseSequence: -1, marker: { committed, coordinatorEpoch } }),
      'coordinator',
    )
  assert.equal(state.firstUnstableOffset, undefined)
  state.append(transactional(1, 0), 'replication')
  state.append(transactional(2, 1), 'replication')
  state.append(transactional(1, 2), 'replication')
  assert.equal(state.firstUnstableOffset, 0)
  assert.equal(offer(state, batch({ producerId: 1, baseSequence: 3, baseOffset: 3 })), 'INVALID_TXN_STATE')

  const aborted = end(1, 3, 7, false)
  assert.deepEqual(aborted.kind === 'appended' && aborted.aborted, {
    producerId: 1,
    firstOffset: 0,
    lastOffset: 3,
    lastStableOffset: 1,
  })
  assert.equal(state.firstUnstableOffset, 0, 'not before the marker is replicated')
  state.onHighWatermark(3)
  assert.equal(state.firstUnstableOffset, 0)
  state.onHighWatermark(4)
  assert.equal(state.firstUnstableOffset, 1)
  const fenced = end(1, 4, 6)
  assert.equal(fenced.kind === 'refused' && fenced.code, 'TRANSACTION_COORDINATOR_FENCED')
  assert.equal(end(2, 4, 1).kind, 'appended')
  state.onHighWatermark(5)
  assert.equal(state.firstUnstableOffset, undefined)
  assert.equal(end(3, 5, 1).kind, 'appended', 'a marker without records')
})

test('undo takes back appends and ended transactions, the latest first', () => {
  const state = new ProducerState()
  state.append(batch({ transactional: true }), 'client')
  const before = [...state.entries()]
  const one = state.append(batch({ baseSequence: 1, baseOffset: 1, transactional: true }), 'client')
  const two = state.append(
    batch({ baseSequence: -1, baseOffset: 2, marker: { committed: false, coordinatorEpoch: 0 } }),
    'coordinator',
  )
  const three = state.append(batch({ producerId: 5, baseOffset: 3, transactional: true }), 'client')
  for (const decision of [three, two, one]) if (decision.kind === 'appended') state.undo(decision.undo)
  assert.deepEqual([...state.entries()], before)
  assert.equal(state.firstUnstableOffset, 0)
})

test('expiry spares producers with an open transaction', () => {
  const state = new ProducerState()
  state.append(batch({ maxTimestamp: 0 }), 'client')
  state.append(batch({ producerId: 2, baseOffset: 1, maxTimestamp: 0, transactional: true }), 'client')
  assert.equal(state.removeExpired(999, 1000), 0)
  assert.equal(state.removeExpired(1000, 1000), 1)
  assert.deepEqual(
    Array.from(state.entries(), (entry) => entry.producerId),
    [2],
  )
})

test('snapshot: what is written is read, and any damaged byte is noticed', () => {
  const entry = fc.record({
    producerId: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    producerEpoch: fc.nat(0x7fff),
    coordinatorEpoch: fc.integer({ min: -1, max: LARGEST }),
    lastTimestamp: fc.integer({ min: -1, max: 2 ** 50 }),
    currentTxnFirstOffset: fc.integer({ min: -1, max: 2 ** 50 }),
    batches: fc
      .record({ lastSequence: fc.nat(LARGEST), lastOffset: fc.nat(2 ** 30), offsetDelta: fc.nat(1000) })
      .map((last) => [last]),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 4 }), fc.nat(), (made, at) => {
      const entries = made.map((made) => ({
        ...made,
        batches: made.batches.map((last) => ({ ...last, timestamp: made.lastTimestamp })),
      }))
      const bytes = encodeProducerSnapshot(entries)
      assert.deepEqual(decodeProducerSnapshot(bytes), entries)
      const position = at % bytes.length
      bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position)
      assert.equal(decodeProducerSnapshot(bytes), undefined)
      assert.equal(decodeProducerSnapshot(bytes.subarray(0, position)), undefined)
    }),
  )
})

test('snapshot: Kafka 3.9 layout', () => {
  const state = new ProducerState()
  state.append(batch({ producerId: 4, producerEpoch: 2, baseSequence: 7, baseOffset: 100, count: 3 }), 'replication')
  assert.equal(
    encodeProducerSnapshot(state.entries())
      .toString('hex')
      .replace(/^(.{4})(.{8})/, '$1 crc '),
    '0001 crc 00000001' + // version, count
      '0000000000000004' + // producer id
      '0002' + // epoch
      '00000009' + // last sequence
      '0000000000000066' + // last offset
      '00000002' + // offset delta
      '00000000000003e8' + // timestamp
      'ffffffff' + // coordinator epoch
      'ffffffffffffffff', // open transaction
  )
})
