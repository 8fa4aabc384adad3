// Runs the suites, two at a time (then those that measure, one at a time), and prints each one's report when it is through.
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { interopDir } from './paths.mjs'

// More would only wait for each other on two cores.
const concurrency = 2
const suiteTimeoutMs = 1_500_000
const reasonLines = 20
const { MILLRACE_SOAK_MINUTES = 0, MILLRACE_CLIENT_SOAK_MINUTES = 0 } = process.env
const soakMinutes = Number(MILLRACE_SOAK_MINUTES) + Number(MILLRACE_CLIENT_SOAK_MINUTES)

/** Runs every suite against `against`; resolves to `{ passed, failed }`, the number of cases. */
export async function runSuites(suites, against) {
  process.env.INTEROP_AGAINST = against
  const waiting = suites.filter(({ alone }) => !alone)
  const results = []
  const worker = async () => {
    for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) results.push(await runSuite(suite))
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  for (const suite of suites.filter(({ alone }) => alone)) results.push(await runSuite(suite))

  console.log(`\nThe suites against ${against}:`)
  for (const { name, seconds, passed, failed } of results) {
    console.log(`  ${seconds.padStart(6)} s  ${name}: ${passed} passed, ${failed} failed`)
  }
  for (const { name, failures } of results) {
    for (const { title, reason } of failures) console.log(`\nfailed in ${name}: ${title}\n${indented(reason)}`)
  }
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  const tally = { passed: total('passed'), failed: total('failed') }
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`)
  return tally
}

async function runSuite({ name }) {
  const startedAt = performance.now()
  const events = run({
    files: [join(interopDir, name, `${name}.interop.mjs`)],
    timeout: suiteTimeoutMs + soakMinutes * 60_000,
  })
  const tally = countCases(events)
  let report = ''
  for await (const text of events.compose(new spec())) report += text
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (tally.passed === 0 && tally.failed === 0) fail(tally, { name: 'the suite', details: {} }) // It shows nothing.
  console.log(`\n== ${name} (${seconds} s)\n${report.trimEnd()}`)
  return { name, seconds, ...tally }
}

/**
 * Counts the cases: tests that have no subtests. A failed parent counts too when none of its subtests failed. What
 * failed is kept, to be told at the very end: the report of a suite may be thousands of lines above it.
 */
function countCases(events) {
  const tally = { passed: 0, failed: 0, failures: [] }
  const levels = [] // for each nesting, how many failed since its parent began; undefined: none reported
  for (const type of ['test:pass', 'test:fail']) {
    events.on(type, (event) => {
      const { nesting, skip } = event
      const below = levels[nesting + 1]
      levels[nesting + 1] = undefined
      levels[nesting] ??= { failed: 0 }
      if (type === 'test:fail') {
        levels[nesting].failed++
        if (!below?.failed) fail(tally, event)
      } else if (below === undefined && skip === undefined) tally.passed++
    })
  }
  return tally
}

function fail(tally, { name, details: { error } }) {
  tally.failed++
  const { cause = error } = error ?? {}
  tally.failures.push({ title: name, reason: String(cause?.message ?? cause ?? 'it has no case') })
}

function indented(text) {
  const lines = text.split('\n').slice(0, reasonLines)
  return lines.map((line) => `  ${line}`.trimEnd()).join('\n')
}
