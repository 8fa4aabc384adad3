// `npm run interop`: foreign programs against our broker, and our log against Apache's. Installs what they need beyond
// Node (Debian packages as root, jars by Maven, Go modules), then runs one suite a folder of interop/.
//   npm run interop                                  all suites but those with bounds that a busy machine breaks
//   npm run interop -- --all                         these too
//   npm run interop -- kcat java-clients             only these
//   npm run interop -- --against apache-3.9          the canary: the same suites against an Apache broker
// KEEP_LOGS=1 keeps the brokers' output and data.

const { parseArgs } = await import('node:util')
const { setup } = await import('./setup.mjs')
const { installPrerequisites } = await import('../interop/lib/prerequisites.mjs')
const { runSuites } = await import('../interop/lib/run-suites.mjs')
const { chooseSuites } = await import('../interop/suites.mjs')

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: { against: { type: 'string' }, all: { type: 'boolean' } },
})
const against = values.against ?? 'millrace'
const suites = chooseSuites(positionals, against, values)
if (typeof suites === 'string') fail(suites)
await setup()
try {
  await installPrerequisites(suites.flatMap(({ needs }) => needs).concat(against === 'millrace' ? [] : ['jars']))
} catch (error) {
  fail(error.message)
}
const { passed, failed } = await runSuites(suites, against)
process.exit(failed > 0 || passed === 0 ? 1 : 0)

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
