// `npm run interop`: foreign programs against our broker, and our log against Apache's. Installs what they need beyond
// Node (Debian packages as root, jars by Maven, Go modules), then runs one suite a folder of interop/.
//   node scripts/interop.mjs                         all suites
//   node scripts/interop.mjs kcat java-clients       only these
//   node scripts/interop.mjs --against apache-3.9    the canary: the same suites against an Apache broker
// KEEP_LOGS=1 keeps the brokers' output and data.
import './node-version.mjs'

const { parseArgs } = await import('node:util')
const { run } = await import('node:test')
const { spec } = await import('node:test/reporters')
const { join } = await import('node:path')
const { setup, root } = await import('./setup.mjs')
const { installPrerequisites } = await import('../interop/lib/prerequisites.mjs')
const { chooseSuites } = await import('../interop/suites.mjs')

const { values, positionals } = parseArgs({ allowPositionals: true, options: { against: { type: 'string' } } })
const against = values.against ?? 'millrace'
const suites = chooseSuites(positionals, against)
if (typeof suites === 'string') {
  console.error(suites)
  process.exit(1)
}
await setup()
try {
  await installPrerequisites(suites.flatMap(({ needs }) => needs).concat(against === 'millrace' ? [] : ['jars']))
} catch (error) {
  console.error(error.message)
  process.exit(1)
}

process.env.INTEROP_AGAINST = against
const tally = { passed: 0, failed: 0 }
const startedAt = new Map()
const tookMs = new Map()
// Two at a time: on two cores the JVMs of more would only wait for each other.
const files = suites.map(({ name }) => join(root, 'interop', name, `${name}.interop.mjs`))
const events = run({ files, concurrency: 2, timeout: 900_000 })
count(events)
events.on('end', () => {
  console.log('\nThe suites:')
  for (const [file, ms] of tookMs) console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${file.split('/').at(-2)}`)
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`)
})
events.compose(new spec()).pipe(process.stdout)
process.on('exit', () => {
  if (tally.failed > 0 || tally.passed === 0) process.exitCode = 1
})

/** Counts the cases: tests that have no subtests. A failed parent counts too when none of its subtests failed. */
function count(stream) {
  const inner = new Map() // file → for each nesting, what its subtests came to
  stream.on('test:start', ({ file }) => startedAt.has(file) || startedAt.set(file, performance.now()))
  for (const type of ['test:pass', 'test:fail']) {
    stream.on(type, ({ file, nesting, skip }) => {
      if (file) tookMs.set(file, performance.now() - (startedAt.get(file) ?? 0))
      const levels = inner.get(file) ?? []
      inner.set(file, levels)
      const below = levels[nesting + 1]
      levels[nesting + 1] = undefined
      const mine = (levels[nesting] ??= { failed: 0 })
      if (type === 'test:fail') {
        mine.failed++
        if (!below?.failed) tally.failed++
      } else if (below === undefined && skip === undefined) tally.passed++
    })
  }
}
