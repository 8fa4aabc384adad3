// Makes a clone ready to run: installs the dependencies when the lockfile changed, builds when a source changed.
// Bare Node, no dependencies. Everything in `bin/`, `npm start` and `npm test` goes through `setup()` first and then
// goes on in the same process, so that signals and exit codes are those of the program itself.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive, startTime } from './processes.mjs'
import { withLock } from './setup-lock.mjs'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stateDir = join(root, '.millrace')
const runningDir = join(stateDir, 'running')
const installStamp = join(root, 'node_modules', '.millrace-lockfile')
const buildStamp = join(stateDir, 'build')
/** While the client is packed, its package.json is another one, and this is the workspace's (scripts/pack-client.mjs). */
const keptManifest = join(stateDir, 'pack-client', 'workspace.json')

/** What the programs of `bin/` run: all tools in one file. */
export const bundleFile = join(root, 'packages', 'tools', 'dist', 'bundle', 'tools.js')

/** Installs and builds what is out of date. Returns quickly (some file stats) when nothing is. */
export async function setup({ quiet = false } = {}) {
  const say = quiet ? () => {} : (text) => console.error(text)
  if (isInstalled() && isBuilt()) return
  mkdirSync(stateDir, { recursive: true })
  await withLock(join(stateDir, 'setup.lock'), say, () => {
    if (!isInstalled()) install(say)
    if (!isBuilt()) build(say)
  })
}

/** Marks this process as running from this clone until it exits: a reinstall would pull files from under it. */
export function markRunning(name) {
  mkdirSync(runningDir, { recursive: true })
  const file = join(runningDir, String(process.pid))
  writeFileSync(file, `${name}\n${startTime(process.pid)}`)
  process.on('exit', () => rmSync(file, { force: true }))
}

function isInstalled() {
  return existsSync(installStamp) && readFileSync(installStamp, 'utf8') === lockfileDigest()
}

function lockfileDigest() {
  return digest(readFileSync(join(root, 'package-lock.json')))
}

function install(say) {
  const running = runningPrograms()
  if (running.length > 0 && existsSync(join(root, 'node_modules'))) {
    fail(
      `The dependencies have changed, but ${running.join(' and ')} still run${running.length > 1 ? '' : 's'} from this folder: stop it first.`,
    )
  }
  say('Installing dependencies (npm ci) ...')
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'ci',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ])
  writeFileSync(installStamp, lockfileDigest())
}

function runningPrograms() {
  if (!existsSync(runningDir)) return []
  const alive = []
  for (const pid of readdirSync(runningDir)) {
    const [name, started] = readFileSync(join(runningDir, pid), 'utf8').split('\n')
    if (Number(pid) !== process.pid && isAlive(Number(pid), started)) alive.push(`${name} (pid ${pid})`)
    else rmSync(join(runningDir, pid), { force: true })
  }
  return alive
}

function isBuilt() {
  return existsSync(bundleFile) && existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === sourceDigest()
}

function build(say) {
  const before = sourceDigest()
  // What a build leaves that fails is not what the stamp says.
  rmSync(buildStamp, { force: true })
  say('Building ...')
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'])
  run(process.execPath, [join(root, 'scripts', 'bundle.mjs')])
  writeFileSync(buildStamp, before)
}

/** Names, sizes and times of all that the build reads, and whether each package has been built. */
function sourceDigest() {
  // Each start does this: paths are put together by hand, which takes a tenth of the time of node:path.
  const lines = [describe(`${root}/tsconfig.json`), describe(`${root}/tsconfig.base.json`)]
  for (const folder of projectFolders()) {
    const project = `${root}/${folder}`
    lines.push(`${folder} ${existsSync(`${project}/dist`)}`)
    for (const file of readdirSync(project)) if (file.endsWith('.json')) lines.push(describe(`${project}/${file}`))
    if (existsSync(`${project}/src`)) describeSources(`${project}/src`, lines)
  }
  return digest(lines.join('\n'))
}

function describeSources(folder, lines) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) describeSources(path, lines)
    else if (entry.name.endsWith('.ts')) lines.push(describe(path))
  }
}

function projectFolders() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name))
  return [...packages, 'test'].filter((folder) => existsSync(join(root, folder, 'tsconfig.json')))
}

function describe(path) {
  const kept = path === `${root}/packages/client/package.json` && statSync(keptManifest, { throwIfNoEntry: false })
  const { size, mtimeMs } = kept || statSync(path)
  return `${path} ${size} ${mtimeMs}`
}

function digest(data) {
  return createHash('sha256').update(data).digest('hex')
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (error) fail(`Cannot run ${command}: ${error.message}`)
  if (status !== 0) fail(`${command} ${args.join(' ')} failed.`)
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
