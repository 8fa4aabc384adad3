import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Slab } from './slab.js'

const kib = 1024

test('the lowest place that is large enough is used, so that little is touched', () => {
  const slab = new Slab(100 * kib)
  const first = slab.take(10_000) as Buffer
  const second = slab.take(20_000) as Buffer
  assert.deepEqual([first.length, first.byteOffset], [10_000, 0])
  assert.deepEqual([second.length, second.byteOffset], [20_000, 12 * kib])
  slab.give(first)
  assert.equal(slab.take(12_289)?.byteOffset, 32 * kib, 'it does not fit below')
  assert.equal(slab.take(5)?.byteOffset, 0)
  assert.equal(slab.reachedBytes, 48 * kib)
  assert.equal(slab.take(60 * kib), undefined)
})

test('a buffer that is given back twice is a mistake', () => {
  const slab = new Slab(100 * kib)
  const buffer = slab.take(5000) as Buffer
  slab.give(buffer)
  assert.throws(() => slab.give(buffer), assert.AssertionError)
})

test('buffers never overlap, and when all are given back the slab is whole again', () => {
  const step = fc.record({ takes: fc.boolean(), bytes: fc.integer({ min: 1, max: 60 * kib }), pick: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const slab = new Slab(256 * kib)
      const held: { readonly buffer: Buffer; readonly mark: number }[] = []
      for (const [mark, { takes, bytes, pick }] of steps.entries()) {
        if (takes) {
          const buffer = slab.take(bytes)
          if (buffer !== undefined) held.push({ buffer: buffer.fill(mark), mark })
        } else if (held.length > 0) slab.give(held.splice(pick % held.length, 1)[0]?.buffer as Buffer)
        for (const { buffer, mark: own } of held) assert.ok(buffer.every((byte) => byte === own))
      }
      for (const { buffer } of held) slab.give(buffer)
      assert.equal(slab.usedBytes, 0)
      assert.equal(slab.take(256 * kib)?.length, 256 * kib)
    }),
    { numRuns: 50 },
  )
})
