// @millrace/client as its users get it: packed by `npm pack`, installed alone into an empty folder without scripts and without
// optional packages, loaded in every way that there is. Each program produces, consumes in a group and asks an admin client,
// with every compression, against a broker in a process of its own.
import assert from 'node:assert/strict'
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { brokerForFile } from '../lib/brokers.mjs'
import { npmPackagesOf } from '../lib/npm-packages.mjs'
import { interopDir, rootDir } from '../lib/paths.mjs'
import { mustRun, runProgram } from '../lib/programs.mjs'

const tools = npmPackagesOf('client-package')
const nodes = ['node-20', 'node-22', 'node-24'].map((name) => ({ name, command: join(tools, name, 'bin', 'node') }))
const oldestNode = nodes[0].command
const home = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-packed-')))
after(() => rmSync(home, { recursive: true, force: true }))

const broker = await brokerForFile({ after })
const env = { BOOTSTRAP_SERVERS: broker.bootstrap, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined }
let tarball

before(async () => {
  const manifest = readFileSync(join(rootDir, 'packages/client/package.json'), 'utf8')
  const output = await mustRun('npm', ['pack', '-w', 'packages/client', '--pack-destination', home], {
    cwd: rootDir,
    timeoutMs: 600_000,
  })
  tarball = join(home, output.trim().split('\n').at(-1))
  assert.equal(
    readFileSync(join(rootDir, 'packages/client/package.json'), 'utf8'),
    manifest,
    'npm pack leaves no trace',
  )
  cpSync(join(interopDir, 'client-package', 'programs'), home, { recursive: true })
  await install('--ignore-scripts', '--omit=optional')
})

test('it is installed alone: nothing but itself, and no script', () => {
  assert.deepEqual(
    readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['@millrace'],
  )
  assert.deepEqual(readdirSync(join(home, 'node_modules/@millrace')), ['client'])
  const manifest = JSON.parse(readFileSync(join(home, 'node_modules/@millrace/client/package.json'), 'utf8'))
  assert.equal(manifest.dependencies, undefined)
  assert.equal(manifest.scripts, undefined)
})

test('npm ci takes it too', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-packed-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(home, name), join(folder, name))
  await mustRun('npm', ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'], { cwd: folder })
  assert.equal(
    await run(oldestNode, ['-p', "typeof require('@millrace/client').KafkaProducer"], { cwd: folder }),
    'function',
  )
})

for (const { name, command } of nodes) {
  test(`${name}`, async (t) => {
    t.diagnostic(await run(command, ['--version']))
    await t.test('import', () => roundTrip(command, ['esm.mjs']))
    await t.test('require', () => roundTrip(command, ['commonjs.cjs']))
    await t.test('import and require give the same classes', async () => {
      assert.equal(await run(command, ['one-class.mjs']), 'one class')
    })
    await t.test('a worker thread', () => roundTrip(command, ['worker.mjs']))
    for (const program of ['load-time.cjs', 'load-time.mjs']) t.diagnostic(await loadTime(command, program))
  })
}

test('the examples', async (t) => {
  const examples = readdirSync(join(rootDir, 'examples')).filter((name) => /\.[cm]js$/.test(name))
  cpSync(join(rootDir, 'examples'), join(home, 'examples'), { recursive: true })
  for (const name of examples) {
    await t.test(name, async () => assert.notEqual(await run(oldestNode, [join('examples', name)]), ''))
  }
})

for (const format of ['esm', 'cjs']) {
  test(`a bundle by esbuild, as ${format}`, async () => {
    const outfile = join(home, 'bundles', `esbuild.${format === 'esm' ? 'mjs' : 'cjs'}`)
    const entry = format === 'esm' ? 'esm.mjs' : 'commonjs.cjs'
    const options = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${outfile}`, '--log-level=warning']
    await run(join(rootDir, 'node_modules/esbuild/bin/esbuild'), [entry, ...options])
    await roundTripElsewhere(outfile)
  })

  test(`a bundle by rollup, as ${format}`, async () => {
    const outfile = join(home, 'bundles', `rollup.${format === 'esm' ? 'mjs' : 'cjs'}`)
    const entry = format === 'esm' ? 'esm.mjs' : 'commonjs.cjs'
    const plugins = ['-p', join(tools, '@rollup/plugin-node-resolve'), '-p', join(tools, '@rollup/plugin-commonjs')]
    const { code, stderr } = await runProgram(
      oldestNode,
      [join(tools, '@rollup/wasm-node/dist/bin/rollup'), entry, '-f', format, '-o', outfile, ...plugins],
      { cwd: home, env },
    )
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stderr, /unresolved/i)
    await roundTripElsewhere(outfile)
  })
}

for (const entry of ['esm.mjs', 'commonjs.cjs']) {
  test(`a bundle by webpack, of ${entry}`, async () => {
    const webpack = createRequire(join(tools, 'webpack'))('webpack')
    const output = { path: join(home, 'bundles'), filename: 'webpack.cjs' }
    const options = { mode: 'production', target: 'node20', context: home, entry: `./${entry}`, output }
    const stats = await promisify(webpack)(options)
    assert.deepEqual([...stats.compilation.errors, ...stats.compilation.warnings], [])
    await roundTripElsewhere(join(output.path, output.filename))
  })
}

test('Bun', () => roundTrip(join(tools, '@oven/bun-linux-x64/bin/bun'), ['esm.mjs']))
test('Bun, with require', () => roundTrip(join(tools, '@oven/bun-linux-x64/bin/bun'), ['commonjs.cjs']))
test('Deno', () => roundTrip(join(tools, '@deno/linux-x64-glibc/deno'), ['run', '--allow-all', 'esm.mjs']))

test('Jest', async () => {
  const jest = [
    join(tools, 'jest/bin/jest.js'),
    '--rootDir',
    home,
    '--testMatch',
    '**/client.test.js',
    '--watchman=false',
  ]
  const { code, stdout, stderr } = await runProgram(oldestNode, jest, { cwd: home, env })
  assert.equal(code, 0, stdout + stderr)
})

test('a program in TypeScript compiles strictly, its declarations too, and its mistakes do not', async (t) => {
  // As its users do, who have the types of Node.
  for (const name of ['@types/node', 'undici-types']) {
    cpSync(join(tools, name), join(home, 'node_modules', name), { recursive: true })
  }
  for (const copy of ['shop.cts', 'shop.ts']) copyFileSync(join(home, 'shop.mts'), join(home, copy))
  const compilers = {
    'TypeScript 5.4': join(tools, 'typescript-5.4'),
    'TypeScript 5.9': join(tools, 'typescript-5.9'),
    'TypeScript 7': join(rootDir, 'node_modules/typescript'),
  }
  for (const [name, folder] of Object.entries(compilers)) {
    await t.test(name, () => run(process.execPath, [join(folder, 'bin/tsc'), '-p', 'tsconfig.json']))
  }
  await t.test('TypeScript 5.9 with modules as of old', () =>
    run(process.execPath, [join(compilers['TypeScript 5.9'], 'bin/tsc'), '-p', 'tsconfig.commonjs.json']),
  )
})

test('the native codecs, where they are installed', async () => {
  await install()
  for (const name of ['snappy', 'lz4-napi', '@node-rs/crc32']) {
    assert.ok(readdirSync(join(home, 'node_modules', name)).length > 0)
  }
  for (const { command } of nodes) {
    await roundTrip(command, ['esm.mjs'])
    await roundTrip(command, ['commonjs.cjs'])
  }
})

async function install(...options) {
  await mustRun('npm', ['install', ...options, '--no-audit', '--no-fund', tarball], { cwd: home, timeoutMs: 300_000 })
}

async function roundTrip(command, args, options) {
  assert.equal(await run(command, args, options), 'read 100 records')
}

/** From a folder where nothing is installed. */
async function roundTripElsewhere(bundle) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bundled-'))
  try {
    const file = join(folder, bundle.endsWith('.mjs') ? 'bundle.mjs' : 'bundle.cjs')
    copyFileSync(bundle, file)
    await roundTrip(oldestNode, [file], { cwd: folder })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the program prints. It must succeed, and warn of nothing. */
async function run(command, args, { cwd = home } = {}) {
  const { code, stdout, stderr } = await runProgram(command, args, { cwd, env })
  assert.equal(code, 0, stdout + stderr)
  assert.equal(stderr, '')
  return stdout.trim()
}

async function loadTime(command, program) {
  const times = []
  for (let round = 0; round < 7; round++) times.push(Number(await run(command, [program])))
  return `${program}: ${times.sort((a, b) => a - b)[3].toFixed(0)} ms to load`
}
