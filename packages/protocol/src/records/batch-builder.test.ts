import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { expectError } from '../compression/codec.contract.js'
import { BatchBuilder, buildBatch, type RecordInput, recordSizeUpperBound } from './batch-builder.js'
import { BATCH_OVERHEAD, batchMaxTimestamp, batchRecordCount, batchSizeInBytes, isCrcValid } from './batch-header.js'
import { openBatch } from './record-cursor.js'
import { readRecords } from './record-reader.js'
import { validateBatch } from './validate-batch.js'

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)))
const records: fc.Arbitrary<RecordInput[]> = fc.array(
  fc.record({
    key: bytes,
    value: bytes,
    timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 })),
    headers: fc.array(fc.record({ key: fc.string({ unit: 'binary' }), value: bytes }, { noNullPrototype: true }), {
      maxLength: 3,
    }),
  }),
  { minLength: 1, maxLength: 40 },
)

test('builder and reader: any records come back, with any codec, and the broker accepts them', () => {
  const compression = fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd' as const)
  fc.assert(
    fc.property(records, compression, fc.integer({ min: 61, max: 5000 }), (input, codec, initialBytes) => {
      const builder = new BatchBuilder({ compression: codec }, initialBytes)
      for (const record of input) {
        const bytesBefore = builder.uncompressedBytes
        builder.append(record)
        assert(builder.uncompressedBytes <= bytesBefore + recordSizeUpperBound(record))
      }
      const batch = builder.build()
      assert.equal(batchSizeInBytes(batch, 0), batch.length)
      assert.equal(isCrcValid(batch, 0), true)
      assert.deepEqual(
        [...readRecords(batch)],
        input.map((record, offset) => ({ ...record, offset })),
      )
      const result = validateBatch(batch, { nowMs: 0, deep: true })
      assert.equal(result.kind, 'valid')
      assert.equal(result.kind === 'valid' && result.maxTimestamp, batchMaxTimestamp(batch, 0))
    }),
  )
})

test('builder: a record has room while the estimate says so, the first one always', () => {
  const builder = new BatchBuilder()
  const record = { value: Buffer.alloc(100) }
  assert.equal(builder.hasRoomFor(record, 10), true)
  while (builder.hasRoomFor(record, 1000)) builder.append(record)
  assert.equal(builder.recordCount, 8)
  assert(builder.build().length <= 1000)
  assert.equal(builder.hasRoomFor(record, 1000, 0.5), true)
  assert(builder.estimatedBytes(0.5) < builder.estimatedBytes())
})

test('builder: refuses what Kafka would refuse to write', () => {
  assert.throws(() => new BatchBuilder({ transactional: true }), /producer id/)
  assert.throws(() => new BatchBuilder({ producerId: 1, baseSequence: 0 }), /producer epoch/)
  assert.throws(() => new BatchBuilder({ producerId: 1, producerEpoch: 0 }), /sequence/)
  const builder = new BatchBuilder({ baseOffset: 10 })
  builder.append({ offset: 12 })
  assert.throws(() => builder.append({ offset: 12 }), /offsets increase/)
  assert.throws(() => builder.append({ offset: 12 + 2 ** 32 }), /int32/)
  assert.throws(() => builder.append({ timestamp: 2 ** 60 }), /safe integer/)
})

test('builder: a batch without records is a header', () => {
  const batch = buildBatch([], { compression: 'gzip' })
  assert.equal(batch.length, 61)
  assert.equal(batchRecordCount(batch, 0), 0)
  assert.deepEqual([...readRecords(batch)], [])
})

test('reader: keys and values are views of the buffer', () => {
  const batch = buildBatch([
    { key: Buffer.from('k'), value: Buffer.from('v'), headers: [{ key: 'h', value: Buffer.from('w') }] },
  ])
  const [record] = readRecords(batch)
  for (const view of [record?.key, record?.value, record?.headers[0]?.value]) {
    assert.equal(view?.buffer, batch.buffer)
    assert.equal(view?.length, 1)
  }
})

test('reader: records that decompress to more than the caller allows are MESSAGE_TOO_LARGE', () => {
  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const batch = buildBatch([{ value: Buffer.alloc(1_000_000) }], { compression })
    expectError('MESSAGE_TOO_LARGE', () => [...readRecords(batch, 0, { maxDecompressedBytes: 999_999 })])
    assert.equal([...readRecords(batch)][0]?.value?.length, 1_000_000)
  }
})

test('cursor: finds a timestamp inside a compressed batch without making records', () => {
  const input = Array.from({ length: 100 }, (_, i) => ({ timestamp: 1000 + i * 10, value: Buffer.from('v') }))
  const cursor = openBatch(buildBatch(input, { compression: 'zstd', baseOffset: 500 }), 0)
  while (cursor.next() && cursor.timestamp < 1234);
  assert.equal(cursor.offset, 524)
  assert.equal(cursor.timestamp, 1240)
  assert.equal(cursor.recordsRead, 25)
})

test('appendParts builds what append builds, also into a buffer that was used before', () => {
  const headers = [{ key: 'h', value: null }]
  const records = [
    { key: Buffer.from('k'), value: Buffer.from('value'), headers, timestamp: 1000 },
    { key: null, value: null, timestamp: 990 },
    { key: Buffer.alloc(0), value: Buffer.alloc(300, 1), timestamp: 2_000_000_000_000 },
  ]
  const producer = { producerId: 7, producerEpoch: 2, baseSequence: 5, transactional: true }
  const expected = buildBatch(records, producer)
  let buffer: Buffer = Buffer.alloc(100, 0xff)
  for (let round = 0; round < 3; round++) {
    const builder = new BatchBuilder({}, buffer)
    let bytes = BATCH_OVERHEAD
    for (const { key, value, headers: own, timestamp } of records)
      bytes += builder.appendParts(key, value, own, timestamp)
    builder.setProducerState(producer)
    assert.equal(bytes, builder.uncompressedBytes)
    assert.deepEqual(builder.build(), expected)
    buffer = builder.takeBuffer()
    assert(buffer.length >= bytes)
  }
})
