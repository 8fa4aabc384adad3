import { test } from 'node:test'
import fc from 'fast-check'
import { runHistory, steps } from './partition-log.fuzz.js'

const RUNS = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 150)

test(`partition log: ${RUNS} random histories read as they were written`, async () => {
  await fc.assert(fc.asyncProperty(steps, runHistory), { numRuns: RUNS })
})
