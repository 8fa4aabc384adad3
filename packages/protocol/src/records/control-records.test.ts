import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectError } from '../compression/codec.contract.js'
import { batchAttributes, batchBaseSequence, isControl, isTransactional } from './batch-header.js'
import { buildEndTransactionMarker, controlRecordType, coordinatorEpochOf } from './control-records.js'
import { readRecords } from './record-reader.js'

test('a transaction marker reads back, and is a transactional control batch without sequence', () => {
  for (const result of ['COMMIT', 'ABORT'] as const) {
    const batch = buildEndTransactionMarker({
      result,
      producerId: 1,
      producerEpoch: 2,
      coordinatorEpoch: 3,
      timestamp: 4,
    })
    const [record] = readRecords(batch)
    assert.equal(controlRecordType(record?.key ?? null), result)
    assert.equal(coordinatorEpochOf(record?.value ?? null), 3)
    assert.equal(isControl(batchAttributes(batch, 0)), true)
    assert.equal(isTransactional(batchAttributes(batch, 0)), true)
    assert.equal(batchBaseSequence(batch, 0), -1)
  }
})

test('control records of later versions and types are tolerated, broken ones are INVALID_RECORD', () => {
  assert.equal(controlRecordType(Buffer.from([0, 0, 0, 2])), 'LEADER_CHANGE')
  assert.equal(controlRecordType(Buffer.from([0, 9, 0, 1, 7])), 'COMMIT')
  assert.equal(controlRecordType(Buffer.from([0, 0, 0, 99])), 'UNKNOWN')
  assert.equal(controlRecordType(Buffer.from([0, 0, 0xff, 0xff])), 'UNKNOWN')
  expectError('INVALID_RECORD', () => controlRecordType(null))
  expectError('INVALID_RECORD', () => controlRecordType(Buffer.from([0, 0, 0])))
  expectError('INVALID_RECORD', () => controlRecordType(Buffer.from([0xff, 0xff, 0, 1])))
  expectError('INVALID_RECORD', () => coordinatorEpochOf(null))
  expectError('INVALID_RECORD', () => coordinatorEpochOf(Buffer.alloc(5)))
})
