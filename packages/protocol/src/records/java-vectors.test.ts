import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectError } from '../compression/codec.contract.js'
import { readNamedBytes } from '../testing/test-data.js'
import { type BatchOptions, buildBatch, type RecordInput } from './batch-builder.js'
import { batchLastOffset, batchRecordCount, isCrcValid } from './batch-header.js'
import { listBatches } from './batch-list.js'
import { buildEndTransactionMarker } from './control-records.js'
import { type KafkaRecord, readRecords } from './record-reader.js'

const batch = readNamedBytes('java-batches.txt')
const T = 1_700_000_000_000

/** The records of most vectors, as Java was told to write them. */
const few: RecordInput[] = [
  { timestamp: T, key: Buffer.from('k0'), value: Buffer.from('v0') },
  {
    timestamp: T + 5,
    key: null,
    value: Buffer.from('v1'),
    headers: [
      { key: 'h1', value: Buffer.from('x') },
      { key: 'h-null', value: null },
      { key: 'schlüssel', value: Buffer.alloc(0) },
    ],
  },
  { timestamp: T - 3, key: Buffer.from('k2'), value: null },
  { timestamp: T + 5_000_000_000, key: Buffer.alloc(0), value: Buffer.alloc(0) },
  { timestamp: T + 64, key: Buffer.from('k4'), value: Buffer.from('x'.repeat(100)) },
]
const many: RecordInput[] = Array.from({ length: 400 }, (_, i) => ({
  timestamp: T + i,
  key: Buffer.from(`key-${i}`),
  value: Buffer.from(`value-${i}-`.repeat(20)),
}))

function expected(records: readonly RecordInput[], baseOffset = 0): KafkaRecord[] {
  return records.map(({ offset, timestamp = -1, key = null, value = null, headers = [] }, i) => ({
    offset: offset ?? baseOffset + i,
    timestamp,
    key,
    value,
    headers,
  }))
}

const types = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

for (const compression of types) {
  test(`Java's batch with compression ${compression}: the reader gives every field of every record`, () => {
    assert.deepEqual([...readRecords(batch(`few-${compression}`))], expected(few))
    if (compression !== 'none') assert.deepEqual([...readRecords(batch(`many-${compression}`))], expected(many))
  })

  test(`compression ${compression}: what the builder builds reads as what Java built`, () => {
    const built = buildBatch(many, { compression })
    assert.equal(isCrcValid(built, 0), true)
    assert.deepEqual([...readRecords(built)], expected(many))
  })
}

test("Java's lz4 with a high level reads too", () => {
  assert.deepEqual([...readRecords(batch('many-lz4-high'))], expected(many))
})

const uncompressed: [string, RecordInput[], BatchOptions][] = [
  ['few-none', few, {}],
  ['offset', few, { baseOffset: 1234567890123, leaderEpoch: 7 }],
  ['idempotent', few, { producerId: 5_000_000_000, producerEpoch: 3, baseSequence: 2147483646 }],
  ['transactional', few, { producerId: 4000, producerEpoch: 3, baseSequence: 17, transactional: true }],
  ['log-append-time', few, { logAppendTime: T + 99 }],
  ['no-timestamps', [{ key: Buffer.from('k'), value: Buffer.from('v') }, {}], {}],
  ['delete-horizon', few, { baseOffset: 40, leaderEpoch: 2, deleteHorizonMs: T + 1000 }],
  [
    'gaps',
    [
      { ...few[0], offset: 102 },
      { ...few[1], offset: 170 },
      { ...few[2], offset: 100_000 },
    ],
    { baseOffset: 100 },
  ],
]

for (const [name, records, options] of uncompressed) {
  test(`Java's batch "${name}": the builder writes the same bytes, the reader reads them`, () => {
    assert.equal(buildBatch(records, options).toString('hex'), batch(name).toString('hex'))
    const read = expected(records, options.baseOffset)
    const { logAppendTime } = options
    const stamped = logAppendTime === undefined ? read : read.map((r) => ({ ...r, timestamp: logAppendTime }))
    assert.deepEqual([...readRecords(batch(name))], stamped)
  })
}

test('transaction markers: the same bytes as Java writes', () => {
  const marker = { producerId: 4000, producerEpoch: 3, coordinatorEpoch: 21, timestamp: T, leaderEpoch: 9 }
  const commit = buildEndTransactionMarker({ ...marker, result: 'COMMIT', baseOffset: 55 })
  const abort = buildEndTransactionMarker({ ...marker, result: 'ABORT', baseOffset: 56 })
  assert.equal(commit.toString('hex'), batch('commit').toString('hex'))
  assert.equal(abort.toString('hex'), batch('abort').toString('hex'))
})

test('a batch that compaction emptied: no records, but it keeps its last offset', () => {
  assert.equal(batchRecordCount(batch('empty'), 0), 0)
  assert.equal(batchLastOffset(batch('empty'), 0), 14)
  assert.deepEqual([...readRecords(batch('empty'))], [])
})

test('messages of formats 0 and 1 are listed like batches, and reading them says what they are', () => {
  for (const name of ['magic-0', 'magic-0-gzip', 'magic-1', 'magic-1-gzip']) {
    const buffer = Buffer.concat([batch(name), batch('few-none')])
    assert.deepEqual(listBatches(buffer).positions, [0, batch(name).length])
    expectError('UNSUPPORTED_FOR_MESSAGE_FORMAT', () => [...readRecords(buffer)])
    assert.equal([...readRecords(buffer, batch(name).length)].length, 5)
  }
})
