import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { expectError } from '../compression/codec.contract.js'
import { sizeOfVarint, sizeOfVarlong, VarintReader, writeVarint, writeVarlong } from './varint.js'

/** The zigzag encoding of an int64, by BigInt. */
function encode(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}

function reader(bytes: Buffer): VarintReader {
  return new VarintReader(bytes, 0, bytes.length)
}

const edges = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 27 - 1, 2 ** 27, -(2 ** 27), 2 ** 31 - 1, -(2 ** 31)]
const wideEdges = [2 ** 31, -(2 ** 31) - 1, 2 ** 34, 2 ** 35, 2 ** 48, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]

test('varint: every int32 is written as Java writes it, and read back', () => {
  const value = fc.oneof(fc.integer(), fc.constantFrom(...edges))
  fc.assert(
    fc.property(value, (int) => {
      const expected = encode(BigInt(int))
      const buffer = Buffer.alloc(10)
      assert.equal(writeVarint(buffer, 0, int), expected.length)
      assert(buffer.subarray(0, expected.length).equals(expected))
      assert.equal(sizeOfVarint(int), expected.length)
      assert.equal(reader(expected).readVarint(), int)
    }),
  )
})

test('varlong: every safe integer is written as Java writes it, and read back', () => {
  const value = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(...edges, ...wideEdges))
  fc.assert(
    fc.property(value, (long) => {
      const expected = encode(BigInt(long))
      const buffer = Buffer.alloc(10)
      assert.equal(writeVarlong(buffer, 0, long), expected.length, `${long}`)
      assert(buffer.subarray(0, expected.length).equals(expected))
      assert.equal(sizeOfVarlong(long), expected.length)
      assert.equal(reader(expected).readVarlong(), long)
    }),
  )
})

test('varlong: an int64 that is no safe integer is read rounded, and so recognised', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (long) => {
      const read = reader(encode(long)).readVarlong()
      assert.equal(read, Number(long))
      assert.equal(Number.isSafeInteger(read), Number.isSafeInteger(Number(long)))
    }),
  )
})

test('varints: cut short or too long is INVALID_RECORD, and nothing is read past the end', () => {
  const endless = Buffer.alloc(11, 0xff)
  expectError('INVALID_RECORD', () => reader(endless).readVarint())
  expectError('INVALID_RECORD', () => reader(endless).readVarlong())
  for (let length = 0; length < 9; length++) {
    expectError('INVALID_RECORD', () => new VarintReader(endless, 0, Math.min(length, 4)).readVarint())
    expectError('INVALID_RECORD', () => new VarintReader(endless, 0, length).readVarlong())
  }
  expectError('INVALID_RECORD', () => new VarintReader(Buffer.from([2]), 5, 1).readVarint())
  assert.equal(reader(Buffer.from([0x84, 0x80, 0x80, 0x80, 0x00])).readVarint(), 2, 'padding is legal')
})
