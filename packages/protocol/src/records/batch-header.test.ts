import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../hash/crc32c.js'
import { readNamedBytes } from '../testing/test-data.js'
import * as header from './batch-header.js'
import { readRecords } from './record-reader.js'

const batch = readNamedBytes('java-batches.txt')
const T = 1_700_000_000_000

test('batch header: every field of a Java batch, at any position of a buffer', () => {
  const at = 7
  const buffer = Buffer.concat([Buffer.alloc(at), batch('idempotent'), Buffer.alloc(3)])
  assert.equal(header.batchSizeInBytes(buffer, at), batch('idempotent').length)
  assert.equal(header.batchBaseOffset(buffer, at), 0)
  assert.equal(header.batchLeaderEpoch(buffer, at), -1)
  assert.equal(header.batchMagic(buffer, at), 2)
  assert.equal(header.batchCrc(buffer, at), crc32c(buffer, at + 21, buffer.length - 3))
  assert.equal(header.batchAttributes(buffer, at), 0)
  assert.equal(header.batchLastOffsetDelta(buffer, at), 4)
  assert.equal(header.batchLastOffset(buffer, at), 4)
  assert.equal(header.batchBaseTimestamp(buffer, at), T)
  assert.equal(header.batchMaxTimestamp(buffer, at), T + 5_000_000_000)
  assert.equal(header.batchProducerId(buffer, at), 5_000_000_000)
  assert.equal(header.batchProducerEpoch(buffer, at), 3)
  assert.equal(header.batchBaseSequence(buffer, at), 2147483646)
  assert.equal(header.batchRecordCount(buffer, at), 5)
  assert.equal(header.isCrcValid(buffer, at), true)
  assert.equal(header.batchBaseOffset(batch('offset'), 0), 1234567890123)
  assert.equal(header.batchLastOffset(batch('offset'), 0), 1234567890127)
  assert.equal(header.batchLeaderEpoch(batch('offset'), 0), 7)
})

test('batch header: the attribute bits of Java batches', () => {
  const attributes = (name: string) => header.batchAttributes(batch(name), 0)
  for (const type of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    assert.equal(header.compressionOf(attributes(`few-${type}`)), type)
    assert.equal(header.attributesOf({ compression: type }), attributes(`few-${type}`))
  }
  assert.equal(header.findCompression(5), undefined)
  assert.throws(() => header.compressionOf(7), RangeError)
  assert.equal(header.timestampTypeOf(attributes('few-none')), 'CreateTime')
  assert.equal(header.timestampTypeOf(attributes('log-append-time')), 'LogAppendTime')
  assert.equal(header.isTransactional(attributes('transactional')), true)
  assert.equal(header.isTransactional(attributes('idempotent')), false)
  assert.equal(header.isControl(attributes('commit')), true)
  assert.equal(header.isControl(attributes('transactional')), false)
  assert.equal(header.batchDeleteHorizonMs(batch('delete-horizon'), 0), T + 1000)
  assert.equal(header.batchDeleteHorizonMs(batch('offset'), 0), undefined)
})

test('base offset and leader epoch lie outside the checksum, so that a leader sets them for free', () => {
  const buffer = Buffer.from(batch('few-lz4'))
  for (const offset of [1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    header.setBaseOffset(buffer, 0, offset)
    assert.equal(header.batchBaseOffset(buffer, 0), offset)
    assert.equal(buffer.readBigInt64BE(0), BigInt(offset))
  }
  header.setLeaderEpoch(buffer, 0, 2 ** 31 - 1)
  assert.equal(header.batchLeaderEpoch(buffer, 0), 2 ** 31 - 1)
  assert.equal(header.isCrcValid(buffer, 0), true)
  assert(buffer.subarray(16).equals(batch('few-lz4').subarray(16)))
})

test('LogAppendTime: type bit, largest timestamp and checksum are rewritten, every record reads as that time', () => {
  const buffer = Buffer.from(batch('few-none'))
  header.setLogAppendTime(buffer, 0, T + 99)
  assert(buffer.equals(batch('log-append-time')), 'as Java writes it')
  assert.deepEqual(
    [...readRecords(buffer)].map((record) => record.timestamp),
    Array(5).fill(T + 99),
  )
  header.setCreateTime(buffer, 0, T + 5_000_000_000)
  assert(buffer.equals(batch('few-none')), 'and back')
})

test('setCreateTime leaves a batch that is right untouched, even with a wrong checksum', () => {
  const buffer = Buffer.from(batch('few-none'))
  buffer[20] = buffer[20]! ^ 1
  header.setCreateTime(buffer, 0, T + 5_000_000_000)
  assert.equal(header.isCrcValid(buffer, 0), false)
  header.setCreateTime(buffer, 0, T)
  assert.equal(header.isCrcValid(buffer, 0), true)
  assert.equal(header.batchMaxTimestamp(buffer, 0), T)
})

test('setProducerState: a batch gets producer and sequence when it is sent', () => {
  const buffer = Buffer.from(batch('few-none'))
  header.setProducerState(buffer, 0, { producerId: 5_000_000_000, producerEpoch: 3, baseSequence: 2147483646 })
  assert(buffer.equals(batch('idempotent')))
})

test('int64: −1, and what is no safe integer', () => {
  const buffer = Buffer.alloc(8, 0xff)
  assert.equal(header.readInt64(buffer, 0), -1)
  buffer.writeBigInt64BE(2n ** 63n - 1n, 0)
  assert.equal(Number.isSafeInteger(header.readInt64(buffer, 0)), false)
  for (const value of [-1, -(2 ** 40) - 5, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]) {
    header.writeInt64(buffer, 0, value)
    assert.equal(buffer.readBigInt64BE(0), BigInt(value))
    assert.equal(header.readInt64(buffer, 0), value)
  }
})
