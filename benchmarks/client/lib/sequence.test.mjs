import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { addToChecksum, checksumOf, numberOf, valueMaker } from './sequence.mjs'

test('a value has its size and its number, whatever it is filled with', () => {
  for (const kind of ['filler', 'json']) {
    const makeValue = valueMaker(kind, 100)
    const values = [0, 1, 5000].map(makeValue)
    assert.deepEqual(
      values.map(({ length }) => length),
      [100, 100, 100],
    )
    assert.deepEqual(values.map(numberOf), [0, 1, 5000])
  }
})

test('orders compress as such data does: to a third or a quarter', () => {
  const makeValue = valueMaker('json', 1024)
  const bytes = Buffer.concat(Array.from({ length: 64 }, (_, n) => makeValue(n)))
  const ratio = bytes.length / deflateSync(bytes).length
  assert.ok(ratio > 2.5 && ratio < 5, `${ratio}`)
})

test('the checksum does not depend on the order, and tells a record that is missing or doubled', () => {
  const of = (numbers) => numbers.reduce(addToChecksum, 0)
  assert.equal(of([2, 0, 3, 1]), checksumOf(4))
  assert.notEqual(of([0, 1, 3]), checksumOf(4))
  assert.notEqual(of([0, 1, 2, 2]), checksumOf(4))
})
