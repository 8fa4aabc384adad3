import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import { test } from 'node:test'
import { fuzzRecordBatches } from './record-batch.fuzz.js'

const { MILLRACE_FUZZ_SEED, MILLRACE_FUZZ_ITERATIONS } = env
const seed = Number(MILLRACE_FUZZ_SEED ?? randomInt(2 ** 31))
const iterations = Number(MILLRACE_FUZZ_ITERATIONS ?? 20_000)

test(`damaged batches give typed errors only, and what is validated can be read (${iterations} of them)`, (context) => {
  context.diagnostic(`MILLRACE_FUZZ_SEED=${seed}`)
  const { read, refused } = fuzzRecordBatches({ seed, iterations })
  context.diagnostic(`${read} read, ${refused} refused`)
  assert(read > iterations / 50 && refused > iterations / 50)
})

test('the fuzz finds a reader that fails with an error of its own, and names the seed', () => {
  const read = (batch: Buffer) => batch.readInt8(batch.length) === 0
  assert.throws(() => fuzzRecordBatches({ seed: 7, iterations: 100, read }), /^Error: seed 7, iteration 0, batch /)
})
