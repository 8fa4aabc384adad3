import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectError } from '../compression/codec.contract.js'
import { buildBatch } from './batch-builder.js'
import { batchEndPosition, listBatches } from './batch-list.js'

const one = buildBatch([{ value: Buffer.from('one') }])
const two = buildBatch([{ value: Buffer.from('two, a longer one') }], { baseOffset: 1 })

test('listBatches: positions of batches, from and up to any place', () => {
  const both = Buffer.concat([one, two])
  assert.deepEqual(listBatches(both), { positions: [0, one.length], end: both.length, rest: 'nothing' })
  assert.deepEqual(listBatches(both, one.length), { positions: [one.length], end: both.length, rest: 'nothing' })
  assert.deepEqual(listBatches(both, 0, one.length), { positions: [0], end: one.length, rest: 'nothing' })
  assert.deepEqual(listBatches(Buffer.alloc(0)), { positions: [], end: 0, rest: 'nothing' })
})

test('listBatches: a last batch cut at any byte is truncated, the ones before it stay', () => {
  const both = Buffer.concat([one, two])
  for (let length = one.length + 1; length < both.length; length++) {
    assert.deepEqual(listBatches(both.subarray(0, length)), { positions: [0], end: one.length, rest: 'truncated' })
  }
})

test('listBatches: what cannot be a batch is corrupt', () => {
  const zeros = Buffer.concat([one, Buffer.alloc(100)])
  assert.deepEqual(listBatches(zeros), { positions: [0], end: one.length, rest: 'corrupt' })
  const wrongMagic = Buffer.concat([one, two])
  wrongMagic[one.length + 16] = 3
  assert.equal(listBatches(wrongMagic).rest, 'corrupt')
  const tooSmall = Buffer.concat([one, two])
  tooSmall.writeInt32BE(48, one.length + 8)
  assert.equal(listBatches(tooSmall).rest, 'corrupt')
})

test('batchEndPosition: the next position, −1 if cut short, CORRUPT_MESSAGE if no batch', () => {
  assert.equal(batchEndPosition(one, 0, one.length), one.length)
  assert.equal(batchEndPosition(one, 0, one.length - 1), -1)
  assert.equal(batchEndPosition(one, 0, 11), -1)
  expectError('CORRUPT_MESSAGE', () => batchEndPosition(Buffer.alloc(12), 0, 12))
})
