import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type BatchOptions,
  batchSizeInBytes,
  buildBatch,
  buildEndTransactionMarker,
  type CompressionType,
  type RecordInput,
} from '@millrace/protocol'
import { Serdes } from '../../serdes/serdes.js'
import type { RecordDeserializationError } from '../consumer-errors.js'
import type { ConsumerRecord, PartitionRecords } from '../consumer-record.js'
import { type AbortedTransaction, FetchedRecords, type RecordReading } from './fetched-records.js'
import { PartitionState } from './partition-state.js'

const RAW: RecordReading<Buffer, Buffer> = {
  checkCrcs: true,
  isReadCommitted: false,
  keyDeserializer: undefined,
  valueDeserializer: undefined,
  onDeserializationError: () => 'throw',
}

function batch(baseOffset: number, values: readonly (string | RecordInput)[], options: BatchOptions = {}): Buffer {
  const records = values.map((value) => (typeof value === 'string' ? { value: Buffer.from(value) } : value))
  return buildBatch(records, { leaderEpoch: 3, ...options, baseOffset })
}

function fetched<V = Buffer>(
  bytes: Buffer,
  options: {
    readonly reading?: Partial<RecordReading<Buffer, V>>
    readonly aborted?: readonly AbortedTransaction[]
    readonly fetchOffset?: number
  } = {},
) {
  const { fetchOffset = 0, aborted = [], reading } = options
  const state = new PartitionState('topic', 0)
  state.seek(fetchOffset)
  let released = 0
  const memory = {
    release: () => {
      released++
    },
    keep() {},
    letGo() {},
    beside: () => memory,
  }
  const records = new FetchedRecords<Buffer, V>(
    state,
    { records: bytes, fetchOffset, leaderEpoch: -1, abortedTransactions: aborted },
    { ...(RAW as unknown as RecordReading<Buffer, V>), ...reading },
    memory,
  )
  const take = (max = 1000) => {
    const part: PartitionRecords<Buffer, V> = {
      state,
      epoch: state.epoch,
      records: [],
      nextOffset: -1,
      nextLeaderEpoch: -1,
    }
    records.take(max, part)
    return part
  }
  return { state, records, take, released: () => released }
}

const values = (records: readonly ConsumerRecord<Buffer, Buffer>[]) =>
  records.map(({ value }) => value?.toString() ?? null)
const offsets = (records: readonly ConsumerRecord<Buffer, unknown>[]) => records.map(({ offset }) => offset)

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] satisfies CompressionType[]) {
  test(`several batches, some records at a time, ${compression}`, () => {
    const bytes = Buffer.concat([batch(0, ['a', 'b', 'c'], { compression }), batch(3, ['d', 'e'], { compression })])
    const { take, records } = fetched(bytes)
    assert.deepEqual(values(take(2).records), ['a', 'b'])
    const rest = take(2)
    assert.deepEqual(values(rest.records), ['c', 'd'])
    assert.equal(rest.nextOffset, 4)
    assert.deepEqual(values(take(2).records), ['e'])
    assert.equal(records.isDrained, true)
    assert.equal(records.nextOffset, 5)
    assert.equal(records.nextLeaderEpoch, 3)
  })
}

test('records before the position, in a batch that is sent whole, are left out', () => {
  const { take } = fetched(batch(10, ['a', 'b', 'c', 'd']), { fetchOffset: 12 })
  assert.deepEqual(offsets(take().records), [12, 13])
})

test('a last batch that is cut short waits for the next answer', () => {
  const whole = batch(0, ['a'])
  const cut = batch(1, ['b', 'c']).subarray(0, 70)
  const { take, records } = fetched(Buffer.concat([whole, cut]))
  assert.deepEqual(values(take().records), ['a'])
  assert.equal(records.nextOffset, 1)
  assert.equal(records.isDrained, true)
})

test('compaction: gaps, a last record that is gone, a batch without records', () => {
  const gaps = buildBatch(
    [
      { value: Buffer.from('a'), offset: 0 },
      { value: Buffer.from('b'), offset: 4 },
    ],
    { baseOffset: 0 },
  )
  // The last offset outlives its record.
  gaps.writeInt32BE(9, 23)
  const empty = emptyBatch(10, 4)
  const { take, records } = fetched(Buffer.concat([gaps, empty, batch(15, ['c'])]), { reading: { checkCrcs: false } })
  assert.deepEqual(offsets(take(2).records), [0, 4])
  assert.equal(records.nextOffset, 10)
  assert.deepEqual(offsets(take().records), [15])
  const { take: takeEmpty } = fetched(empty, { reading: { checkCrcs: false }, fetchOffset: 10 })
  assert.equal(takeEmpty().nextOffset, 15)
})

function emptyBatch(baseOffset: number, lastOffsetDelta: number): Buffer {
  const bytes = Buffer.from(batch(baseOffset, ['x']).subarray(0, 61))
  bytes.writeInt32BE(61 - 12, 8)
  bytes.writeInt32BE(lastOffsetDelta, 23)
  bytes.writeInt32BE(0, 57)
  return bytes
}

test('read_committed: aborted transactions and their markers are left out, others of that producer are not', () => {
  const txn = (producerId: number, base: number, value: string) =>
    batch(base, [value], { producerId, producerEpoch: 0, baseSequence: 0, transactional: true })
  const marker = (producerId: number, base: number, result: 'ABORT' | 'COMMIT') =>
    buildEndTransactionMarker({
      producerId,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      timestamp: 0,
      result,
      baseOffset: base,
    })
  const bytes = Buffer.concat([
    txn(1, 0, 'aborted'),
    txn(2, 1, 'kept'),
    batch(2, ['plain']),
    marker(1, 3, 'ABORT'),
    txn(1, 4, 'kept too'),
    marker(2, 5, 'COMMIT'),
    txn(2, 6, 'aborted as well'),
    marker(1, 7, 'COMMIT'),
    marker(2, 8, 'ABORT'),
  ])
  const aborted = [
    { producerId: 2, firstOffset: 6 },
    { producerId: 1, firstOffset: 0 },
  ]
  const committed = fetched(bytes, { reading: { isReadCommitted: true }, aborted })
  const part = committed.take()
  assert.deepEqual(values(part.records), ['kept', 'plain', 'kept too'])
  assert.equal(part.nextOffset, 9)
  const uncommitted = fetched(bytes).take()
  assert.deepEqual(values(uncommitted.records), ['aborted', 'kept', 'plain', 'kept too', 'aborted as well'])
})

test('a wrong checksum: what comes before is handed out, and the position stays at the batch', () => {
  const bad = batch(2, ['c', 'd'])
  bad.writeUInt8(bad.readUInt8(bad.length - 2) ^ 1, bad.length - 2)
  const bytes = Buffer.concat([batch(0, ['a', 'b']), bad, batch(4, ['e'])])
  const { take } = fetched(bytes)
  const part = take()
  assert.deepEqual(values(part.records), ['a', 'b'])
  assert.equal(part.nextOffset, 2)
  for (let time = 0; time < 2; time++) {
    assert.throws(() => take(), { code: 'CORRUPT_MESSAGE', topic: 'topic', partition: 0, offset: 2, retriable: false })
  }
  assert.equal(fetched(bytes, { reading: { checkCrcs: false } }).take().records.length, 5)
})

test('a value that cannot be read: throw keeps the position, skip goes on, raw hands out bytes', () => {
  const bytes = batch(0, ['1', 'x', '3'])
  const reading = (decision: 'throw' | 'skip' | 'raw') => {
    const errors: RecordDeserializationError[] = []
    const onDeserializationError = (error: RecordDeserializationError) => {
      errors.push(error)
      return decision
    }
    return { errors, reading: { valueDeserializer: Serdes.json<number>(), onDeserializationError } }
  }
  const throwing = reading('throw')
  const stays = fetched<number>(bytes, throwing)
  assert.deepEqual(
    stays.take().records.map(({ value }) => value),
    [1],
  )
  assert.throws(() => stays.take(), {
    code: 'DESERIALIZATION_FAILED',
    topic: 'topic',
    partition: 0,
    offset: 1,
    part: 'value',
    raw: Buffer.from('x'),
  })
  assert.equal(stays.records.nextOffset, 1)
  assert.deepEqual(offsets(fetched<number>(bytes, reading('skip')).take().records), [0, 2])
  const raw = fetched<number>(bytes, reading('raw')).take().records
  assert.deepEqual(
    raw.map(({ value }) => value),
    [1, Buffer.from('x'), 3],
  )
})

test('a record: duplicate headers, null header values, tombstone, null key, JSON', () => {
  const headers = [
    { key: 'h', value: Buffer.from('1') },
    { key: 'h', value: null },
    { key: 'i', value: Buffer.alloc(0) },
  ]
  const bytes = batch(7, [{ key: null, value: null, headers, timestamp: 5 }])
  const [record] = fetched(bytes, { fetchOffset: 7 }).take().records
  assert.ok(record)
  assert.equal(record.key, null)
  assert.equal(record.value, null)
  assert.equal(record.serializedKeySize, -1)
  assert.deepEqual(record.headers.getAll('h'), [Buffer.from('1'), null])
  assert.equal(record.headers.getString('i'), '')
  assert.equal(record.leaderEpoch, 3)
  assert.deepEqual(JSON.parse(JSON.stringify(record)), {
    topic: 'topic',
    partition: 0,
    offset: 7,
    timestamp: 5,
    timestampType: 'CreateTime',
    leaderEpoch: 3,
    key: null,
    value: null,
    headers: [
      ['h', '1'],
      ['h', null],
      ['i', ''],
    ],
  })
})

test('memory is released once, and a jump of the position makes it stale', () => {
  const { state, records, released } = fetched(batch(0, ['a']))
  state.bufferedBytes = records.bytes.length
  assert.equal(records.isStale, false)
  records.release()
  records.release()
  assert.equal(released(), 1)
  assert.equal(state.bufferedBytes, 0)
  state.seek(5)
  assert.equal(records.isStale, true)
  assert.ok(batchSizeInBytes(records.bytes, 0) > 0)
})

test('messages of the formats before batches, as Kafka 2.5 wrote them: alone, within another one, from the middle on', () => {
  const compressed = Buffer.from(
    '0000000000000009000000627bb29072010100000000000003eaffffffff0000004c1f8b08000000000000ff63608003a98dcbde94314239cc2f800453b621882c33840a822425de8b2bf3c155bdfc0f04603546502126901a51855659b89a5760938c412a014842430f6e000000',
    'hex',
  )
  const alone = Buffer.from(
    '00000000000000070000001ab1a6ec76010000000000000003e8000000026b31000000027631000000000000000800000018ef17230e010000000000000003e9ffffffff0000000276320000000000000009000000181520851d010000000000000003ea000000026b33ffffffff',
    'hex',
  )
  const shown = (records: readonly ConsumerRecord<Buffer, Buffer>[]) =>
    records.map(({ offset, timestamp, rawKey, rawValue }) => [
      offset,
      timestamp,
      rawKey && String(rawKey),
      rawValue && String(rawValue),
    ])
  const all = [
    [7, 1000, 'k1', 'v1'],
    [8, 1001, null, 'v2'],
    [9, 1002, 'k3', null],
  ]
  for (const bytes of [compressed, alone]) {
    assert.deepEqual(shown(fetched(bytes, { fetchOffset: 7 }).take().records), all)
    const middle = fetched(Buffer.concat([bytes, batch(10, ['new'])]), { fetchOffset: 8 }).take()
    assert.deepEqual(shown(middle.records).slice(0, 2), all.slice(1))
    assert.deepEqual([middle.records[2]?.offset, middle.nextOffset, middle.nextLeaderEpoch], [10, 11, 3])
    const damaged = Buffer.from(bytes)
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 0xff
    assert.throws(() => fetched(damaged, { fetchOffset: 9 }).take(), { code: 'CORRUPT_MESSAGE' })
  }
})
