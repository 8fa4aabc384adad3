import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JuteError, JuteReader, JuteWriter } from './jute.js'

test('values come back as they were written', () => {
  const out = new JuteWriter(1)
  out.byte(200)
  out.int(-5)
  out.long(-(1n << 63n))
  out.boolean(true)
  out.buffer(null)
  out.buffer(Buffer.from([1, 2]))
  out.string('né€')
  out.vector([1, 2, 3], (value) => out.int(value))
  const input = new JuteReader(Buffer.from(out.bytes()))
  assert.equal(input.byte(), 200)
  assert.equal(input.int(), -5)
  assert.equal(input.long(), -(1n << 63n))
  assert.equal(input.boolean(), true)
  assert.equal(input.buffer(), null)
  assert.deepEqual(input.buffer(), Buffer.from([1, 2]))
  assert.equal(input.string(), 'né€')
  assert.deepEqual(
    input.vector(() => input.int()),
    [1, 2, 3],
  )
  assert.equal(input.remaining, 0)
})

test('lengths beyond the end are refused before anything is allocated', () => {
  const lie = Buffer.from('7fffffff00', 'hex')
  assert.throws(() => new JuteReader(lie).buffer(), JuteError)
  assert.throws(() => new JuteReader(lie).string(), JuteError)
  assert.throws(() => new JuteReader(lie).vector(() => 0), JuteError)
  assert.throws(() => new JuteReader(Buffer.alloc(3)).int(), JuteError)
  assert.throws(() => new JuteReader(Buffer.from('ffffffff', 'hex')).string(), JuteError)
})
