import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codecFor } from '../compression/codecs.js'
import { ErrorCode, type ErrorName } from '../errors.js'
import { readNamedBytes } from '../testing/test-data.js'
import { type BatchOptions, buildBatch, type RecordInput } from './batch-builder.js'
import { BATCH_OVERHEAD, batchAttributes, LOG_OVERHEAD, setProducerState } from './batch-header.js'
import { buildEndTransactionMarker } from './control-records.js'
import { type BatchValidation, type InvalidBatch, validateBatch } from './validate-batch.js'

const NOW = 1_700_000_000_000
const value = Buffer.from('v')
const key = Buffer.from('k')
const records: RecordInput[] = [
  { key, value, timestamp: NOW },
  { key, value, timestamp: NOW + 7 },
  { key, value, timestamp: NOW - 5 },
]
const javaBatch = readNamedBytes('java-batches.txt')

function reject(
  validation: BatchValidation,
  error: ErrorName,
  message: RegExp,
  recordErrors: InvalidBatch['recordErrors'] = [],
): void {
  assert.equal(validation.kind, 'invalid')
  if (validation.kind !== 'invalid') return
  assert.equal(validation.error, error)
  assert(ErrorCode[validation.error] > 0)
  assert.match(validation.message, message)
  assert.deepEqual(validation.recordErrors, recordErrors)
}

/** A batch with some bytes changed and the checksum made right again. */
function patched(patch: (batch: Buffer) => void, input = records, options: BatchOptions = {}): Buffer {
  const batch = Buffer.from(buildBatch(input, options))
  patch(batch)
  return withChecksum(batch)
}

function withChecksum(batch: Buffer): Buffer {
  const producer = { producerId: batch.readInt32BE(47), producerEpoch: -1, baseSequence: batch.readInt32BE(53) }
  if (producer.producerId === -1) setProducerState(batch, 0, producer)
  else setProducerState(batch, 0, { ...producer, producerEpoch: 0 })
  return batch
}

/** A batch of one uncompressed record of those bytes, or of several. */
function withRecordBytes(...recordBytes: number[][]): Buffer {
  const header = buildBatch(recordBytes.map(() => ({ timestamp: NOW }))).subarray(0, BATCH_OVERHEAD)
  const batch = Buffer.concat([header, Buffer.from(recordBytes.flat())])
  batch.writeInt32BE(batch.length - LOG_OVERHEAD, 8)
  return withChecksum(batch)
}

test('valid: size, count, largest timestamp and where it is', () => {
  const batch = buildBatch(records)
  assert.deepEqual(validateBatch(batch, { nowMs: NOW }), {
    kind: 'valid',
    sizeInBytes: batch.length,
    recordCount: 3,
    maxTimestamp: NOW + 7,
    offsetOfMaxTimestamp: 1,
  })
  const untimed = validateBatch(buildBatch([{}, {}]), { nowMs: NOW })
  assert.equal(untimed.kind === 'valid' && untimed.maxTimestamp, -1)
})

test('valid: the largest timestamp is that of the records, whatever the header says', () => {
  const batch = patched((bytes) => bytes.writeBigInt64BE(99n, 35))
  const validation = validateBatch(batch, { nowMs: NOW })
  assert.equal(validation.kind === 'valid' && validation.maxTimestamp, NOW + 7)
})

test('valid: compressed, the header stands for the records; with `deep` they are read', () => {
  const batch = patched((bytes) => bytes.writeBigInt64BE(BigInt(NOW + 50), 35), records, { compression: 'gzip' })
  const shallow = validateBatch(batch, { nowMs: NOW })
  assert.equal(shallow.kind === 'valid' && shallow.maxTimestamp, NOW + 50)
  assert.equal(shallow.kind === 'valid' && shallow.offsetOfMaxTimestamp, 2)
  const deep = validateBatch(batch, { nowMs: NOW, deep: true })
  assert.equal(deep.kind === 'valid' && deep.maxTimestamp, NOW + 7)
  assert.equal(deep.kind === 'valid' && deep.offsetOfMaxTimestamp, 1)
})

test('valid: every batch that a Java producer builds', () => {
  const names = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((type) => `few-${type}`)
  for (const name of [...names, 'idempotent', 'transactional', 'no-timestamps', 'many-lz4']) {
    assert.equal(validateBatch(javaBatch(name), { nowMs: NOW, deep: true }).kind, 'valid', name)
  }
})

test('one batch: none, several, cut short, old formats, and no batch at all', () => {
  const batch = buildBatch(records)
  const check = (bytes: Buffer) => validateBatch(bytes, { nowMs: NOW })
  reject(check(Buffer.alloc(0)), 'INVALID_RECORD', /no whole record batch/)
  reject(check(batch.subarray(0, batch.length - 1)), 'INVALID_RECORD', /no whole record batch/)
  reject(check(Buffer.concat([batch, batch, batch])), 'INVALID_RECORD', /3 record batches/)
  reject(check(javaBatch('magic-0')), 'INVALID_RECORD', /message format 0/)
  reject(check(javaBatch('magic-1-gzip')), 'INVALID_RECORD', /message format 1/)
  reject(check(Buffer.alloc(200)), 'CORRUPT_MESSAGE', /not a sequence/)
  reject(check(Buffer.concat([batch, Buffer.alloc(50)])), 'CORRUPT_MESSAGE', /not a sequence/)
})

test('one batch: the beginning of a second one is not counted, and not to be appended', () => {
  const batch = buildBatch(records)
  const validation = validateBatch(Buffer.concat([batch, batch.subarray(0, 40)]), { nowMs: NOW })
  assert.equal(validation.kind === 'valid' && validation.sizeInBytes, batch.length)
})

test('checksum: any changed byte behind it is CORRUPT_MESSAGE', () => {
  const batch = buildBatch(records)
  for (let at = 17; at < batch.length; at++) {
    const damaged = Buffer.from(batch)
    damaged[at] = damaged[at]! ^ 0x40
    const validation = validateBatch(damaged, { nowMs: NOW })
    const isCodec = validation.kind === 'invalid' && validation.error === 'UNSUPPORTED_COMPRESSION_TYPE'
    if (!isCodec) reject(validation, 'CORRUPT_MESSAGE', /checksum/)
  }
})

test('header: what a client must not write', () => {
  const check = (bytes: Buffer, origin: 'client' | 'coordinator' = 'client') =>
    validateBatch(bytes, { nowMs: NOW, origin })
  reject(check(buildBatch(records, { baseOffset: 5 })), 'INVALID_RECORD', /base offset must be 0, not 5/)
  reject(check(patched((b) => b.writeInt32BE(0, 57))), 'INVALID_RECORD', /0 records/)
  reject(check(patched((b) => b.writeInt32BE(-1, 57))), 'INVALID_RECORD', /-1 records/)
  reject(check(patched((b) => b.writeInt32BE(1, 23))), 'INVALID_RECORD', /last offset of 1/)
  reject(check(patched((b) => b.writeInt32BE(-1, 23))), 'INVALID_RECORD', /last offset of -1/)
  const negativeSequence = patched((b) => b.writeInt32BE(-2, 53), records, {
    producerId: 9,
    producerEpoch: 0,
    baseSequence: 0,
  })
  reject(check(negativeSequence), 'INVALID_RECORD', /sequence -2/)
  const marker = { producerId: 9, producerEpoch: 0, coordinatorEpoch: 0, timestamp: NOW, result: 'COMMIT' } as const
  reject(check(buildEndTransactionMarker(marker)), 'INVALID_RECORD', /control records/)
  assert.equal(check(buildEndTransactionMarker(marker), 'coordinator').kind, 'valid')
})

test('max.message.bytes is compared with the whole batch as sent, before its checksum is looked at', () => {
  const plain = buildBatch([{ value: Buffer.alloc(5000) }])
  const compressed = buildBatch([{ value: Buffer.alloc(5000) }], { compression: 'gzip' })
  const check = (bytes: Buffer, maxMessageBytes: number) => validateBatch(bytes, { nowMs: NOW, maxMessageBytes })
  assert.equal(check(plain, plain.length).kind, 'valid')
  reject(check(plain, plain.length - 1), 'MESSAGE_TOO_LARGE', /more than the maximum/)
  assert.equal(check(compressed, 200).kind, 'valid')
  plain[100] = 1
  reject(check(plain, 200), 'MESSAGE_TOO_LARGE', /more than the maximum/)
})

test('compression: zstd only where the version of Produce allows it, unknown numbers never', () => {
  const zstd = buildBatch(records, { compression: 'zstd' })
  assert.equal(validateBatch(zstd, { nowMs: NOW }).kind, 'valid')
  reject(validateBatch(zstd, { nowMs: NOW, zstdAllowed: false }), 'UNSUPPORTED_COMPRESSION_TYPE', /zstd/)
  const unknown = patched((bytes) => bytes.writeInt16BE(5, 21))
  reject(validateBatch(unknown, { nowMs: NOW }), 'UNSUPPORTED_COMPRESSION_TYPE', /number 5/)
})

test('compacted topic: a record without key fails the batch, each one is named', () => {
  const batch = [{ key, value }, { value }, { key: Buffer.alloc(0) }, { key: null }]
  const message = 'A compacted topic does not accept a record without a key'
  const errors = [1, 3].map((batchIndex) => ({ batchIndex, message }))
  for (const compression of ['none', 'lz4'] as const) {
    const bytes = buildBatch(batch, { compression })
    const options = { nowMs: NOW, compacted: true, deep: true }
    reject(validateBatch(bytes, options), 'INVALID_RECORD', /2 records/, errors)
    assert.equal(validateBatch(bytes, { ...options, compacted: false }).kind, 'valid')
  }
})

test('timestamps: outside the bounds is INVALID_TIMESTAMP and named; on them, or none at all, is fine', () => {
  const bounds = { nowMs: NOW, timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 100 }
  const timestamps = [NOW - 1000, NOW + 100, -1, NOW - 1001, NOW + 101]
  const bytes = buildBatch(timestamps.map((timestamp) => ({ timestamp })))
  reject(validateBatch(bytes, bounds), 'INVALID_TIMESTAMP', /2 records/, [
    { batchIndex: 3, message: `The timestamp ${NOW - 1001} is out of range` },
    { batchIndex: 4, message: `The timestamp ${NOW + 101} is out of range` },
  ])
  assert.equal(
    validateBatch(buildBatch(timestamps.slice(0, 3).map((timestamp) => ({ timestamp }))), bounds).kind,
    'valid',
  )
  assert.equal(validateBatch(bytes, { ...bounds, timestampType: 'LogAppendTime' }).kind, 'valid')
})

test('timestamps: a bad one decides the error also beside a missing key', () => {
  const bytes = buildBatch([{ timestamp: NOW }, { key, timestamp: NOW + 101 }])
  const validation = validateBatch(bytes, { nowMs: NOW, compacted: true, timestampAfterMaxMs: 100 })
  assert.equal(validation.kind === 'invalid' && validation.error, 'INVALID_TIMESTAMP')
  assert.deepEqual(validation.kind === 'invalid' && validation.recordErrors.map((e) => e.batchIndex), [0, 1])
})

test('timestamps: compressed, the largest one of the header is checked', () => {
  const bytes = buildBatch([{ timestamp: NOW + 101 }], { compression: 'snappy' })
  const options = { nowMs: NOW, timestampAfterMaxMs: 100 }
  reject(validateBatch(bytes, options), 'INVALID_TIMESTAMP', /out of range/)
  reject(validateBatch(bytes, { ...options, deep: true }), 'INVALID_TIMESTAMP', /One record/, [
    { batchIndex: 0, message: `The timestamp ${NOW + 101} is out of range` },
  ])
})

test('timestamps: an int64 that is no safe integer is INVALID_TIMESTAMP, not a crash', () => {
  for (const compression of ['none', 'gzip'] as const) {
    const bytes = patched(
      (batch) => {
        batch.writeBigInt64BE(2n ** 62n, 27)
        batch.writeBigInt64BE(2n ** 62n, 35)
      },
      records,
      { compression },
    )
    const validation = validateBatch(bytes, { nowMs: NOW })
    assert.equal(validation.kind === 'invalid' && validation.error, 'INVALID_TIMESTAMP')
  }
})

test('LogAppendTime: the time of the append, for the last record; clients must not set the type', () => {
  const options = { nowMs: NOW, timestampType: 'LogAppendTime' } as const
  const validation = validateBatch(buildBatch(records), options)
  assert.equal(validation.kind === 'valid' && validation.maxTimestamp, NOW)
  assert.equal(validation.kind === 'valid' && validation.offsetOfMaxTimestamp, 2)
  const forged = validateBatch(buildBatch(records, { logAppendTime: NOW }), options)
  assert.equal(forged.kind === 'invalid' && forged.error, 'INVALID_TIMESTAMP')
  const untimed = validateBatch(buildBatch(records, { logAppendTime: -1 }), { nowMs: NOW })
  assert.equal(untimed.kind === 'invalid' && untimed.error, 'INVALID_TIMESTAMP')
  const timed = validateBatch(buildBatch(records, { logAppendTime: NOW + 1 }), { nowMs: NOW })
  assert.equal(timed.kind === 'valid' && timed.maxTimestamp, NOW + 1, 'a CreateTime topic takes it, as Kafka does')
})

test('records: the walk finds every break of the structure', () => {
  const check = (...recordBytes: number[][]) => validateBatch(withRecordBytes(...recordBytes), { nowMs: NOW })
  // length 6: attributes, timestamp delta, offset delta, key null, value null, no headers
  const good = [12, 0, 0, 0, 1, 1, 0]
  assert.equal(check(good).kind, 'valid')
  assert.equal(check([12, 0xff, 0, 0, 1, 1, 0]).kind, 'valid', 'attributes have no meaning yet')
  assert.equal(check(good, [12, 0, 0, 2, 1, 1, 0]).kind, 'valid')
  const second = check(good, good)
  reject(second, 'INVALID_RECORD', /numbered/, [{ batchIndex: 1, message: 'The offset delta must be 1, not 0' }])
  const broken: [string, number[]][] = [
    ['negative length', [1, 0, 0, 0, 1, 1, 0]],
    ['length past the end', [14, 0, 0, 0, 1, 1, 0]],
    ['length too short', [10, 0, 0, 0, 1, 1, 0]],
    ['no fields', [0]],
    ['key past the end', [12, 0, 0, 0, 100, 1, 0]],
    ['key of 2 GiB', [20, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1, 0]],
    ['value past the end', [12, 0, 0, 0, 1, 100, 0]],
    ['negative header count', [12, 0, 0, 0, 1, 1, 1]],
    ['header count past the end', [14, 0, 0, 0, 1, 1, 100, 0]],
    ['header without key', [16, 0, 0, 0, 1, 1, 2, 1, 1]],
    ['header key past the end', [16, 0, 0, 0, 1, 1, 2, 100, 1]],
    ['header value past the end', [16, 0, 0, 0, 1, 1, 2, 0, 100]],
    ['varint too long', [24, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 1, 1, 0, 0]],
    ['bytes after the last record', [...good, 0]],
  ]
  for (const [name, bytes] of broken) {
    const validation = check(bytes)
    assert.equal(validation.kind === 'invalid' && validation.error, 'INVALID_RECORD', name)
  }
  const oneTooFew = patched((batch) => {
    batch.writeInt32BE(4, 57)
    batch.writeInt32BE(3, 23)
  })
  reject(validateBatch(oneTooFew, { nowMs: NOW }), 'INVALID_RECORD', /cut short/)
})

test('deep: broken compressed data is CORRUPT_MESSAGE, too much of it MESSAGE_TOO_LARGE', () => {
  const batch = buildBatch([{ value: Buffer.alloc(100_000) }], { compression: 'lz4' })
  const options = { nowMs: NOW, deep: true }
  const limited = validateBatch(batch, { ...options, maxDecompressedBytes: 1000 })
  reject(limited, 'MESSAGE_TOO_LARGE', /decompress to more than/)
  const damaged = withChecksum(Buffer.concat([batch.subarray(0, BATCH_OVERHEAD), Buffer.alloc(batch.length - 61)]))
  reject(validateBatch(damaged, options), 'CORRUPT_MESSAGE', /not an LZ4 frame/)
  assert.equal(validateBatch(damaged, { nowMs: NOW }).kind, 'valid', 'the header alone does not show it')
})

test('deep: records of a compressed batch that are not numbered in order are refused too', () => {
  const plain = buildBatch([{ value }, { value }])
  const recordBytes = Buffer.from(plain.subarray(BATCH_OVERHEAD))
  recordBytes[3] = 2
  const compressed = codecFor('gzip').compress(recordBytes)
  const batch = Buffer.concat([plain.subarray(0, BATCH_OVERHEAD), compressed])
  batch.writeInt32BE(batch.length - LOG_OVERHEAD, 8)
  batch.writeInt16BE(batchAttributes(batch, 0) | 1, 21)
  const validation = validateBatch(withChecksum(batch), { nowMs: NOW, deep: true })
  assert.equal(validation.kind === 'invalid' && validation.error, 'INVALID_RECORD')
})
