import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import { test } from 'node:test'
import { FuzzFinding, fuzzMessages } from './messages.fuzz.js'

const { MILLRACE_FUZZ_SEED, MILLRACE_FUZZ_ITERATIONS } = env
const seed = Number(MILLRACE_FUZZ_SEED ?? randomInt(2 ** 31))
const iterations = Number(MILLRACE_FUZZ_ITERATIONS ?? 100_000)

test(`damaged messages are read or refused with a typed error (${iterations} of them)`, (context) => {
  context.diagnostic(`MILLRACE_FUZZ_SEED=${seed}`)
  const { accepted, refused } = fuzzMessages({ iterations, seed })
  context.diagnostic(`${accepted} read, ${refused} refused`)
  assert.ok(refused > 0)
})

test('the fuzzer finds a decoder that fails with an error of its own, and names the seed', () => {
  const decode = (_message: unknown, _version: number, bytes: Buffer) => bytes.readInt32BE(bytes.length)
  assert.throws(() => fuzzMessages({ iterations: 100, seed: 7, decode }), {
    name: FuzzFinding.name,
    message: /^seed 7, iteration 0, /,
  })
})
