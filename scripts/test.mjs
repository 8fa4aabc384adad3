// What `npm test` runs: everything that needs only Node. Lint (format, layering, cycles, file length), then all tests.
//   npm test            all
//   npm test -- --unit     only the tests of packages/
//   npm test -- PATTERN    only the test files whose path contains PATTERN, no lint
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { root, setup } from './setup.mjs'

await setup()
const args = process.argv.slice(3)
const unitOnly = args.includes('--unit')
const pattern = args.find((arg) => !arg.startsWith('--'))
if (!pattern && !unitOnly) check('lint', 'node_modules/@biomejs/biome/bin/biome', ['ci', '--error-on-warnings', '.'])
if (!pattern && !unitOnly) check('layers', 'scripts/check-layers.mjs', [])

const files = testFiles().filter((file) => !pattern || file.includes(pattern))
const tookMs = new Map()
let passed = 0
let failed = 0
const events = run({ files, concurrency: availableParallelism() })
for (const type of ['test:pass', 'test:fail']) {
  events.on(type, ({ file, nesting, details, skip, todo }) => {
    if (nesting > 0) return
    tookMs.set(file, (tookMs.get(file) ?? 0) + (details?.duration_ms ?? 0))
    if (details?.type === 'suite') return
    if (type === 'test:fail' && todo === undefined) failed++
    else if (skip === undefined) passed++
  })
}
events.on('end', () => {
  console.log('\nThe ten slowest files:')
  const slowest = [...tookMs]
    .filter(([file]) => file)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 10)
  for (const [file, ms] of slowest) console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${relative(root, file)}`)
  console.log(`\n${passed} passed, ${failed} failed`)
})
events.compose(new spec()).pipe(process.stdout)
process.on('exit', () => {
  if (failed > 0 || passed === 0) process.exitCode = 1
})

function testFiles() {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'dist'))
  if (!unitOnly) folders.push(join(root, 'test', 'dist'), join(root, 'benchmarks'))
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((entry) => join(folder, entry)))
    .filter((file) => /\.test\.m?js$/.test(file) && existsSync(sourceOf(file)))
    .sort()
}

/** A compiled test whose source is gone is left over from an earlier build. */
function sourceOf(file) {
  return file.replace(`${join('/', 'dist', '/')}`, `${join('/', 'src', '/')}`).replace(/\.js$/, '.ts')
}

function check(name, script, scriptArgs) {
  const { status } = spawnSync(process.execPath, [join(root, script), ...scriptArgs], { cwd: root, stdio: 'inherit' })
  if (status === 0) return
  console.error(`${name} failed.`)
  process.exit(1)
}
