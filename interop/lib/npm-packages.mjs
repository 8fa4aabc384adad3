// Packages from npm that a suite needs and the project does not: pinned by the lockfile in the suite's folder, installed
// into the cache. Their install scripts run, so native code is compiled there, against the headers that Node was
// installed with; where those are missing, node-gyp fetches them.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cacheFolder, interopDir } from './paths.mjs'
import { mustRun } from './programs.mjs'

/** Where the packages of a suite lie once they are installed. */
export function npmPackagesOf(suite) {
  return join(cacheFolder(suite), 'node_modules')
}

/**
 * Installs the packages of a suite, unless they are there; another lockfile or another Node means: again. `from`: the folder
 * that pins them, if it is not the suite's. `env` is added to what the install scripts find.
 */
export async function installNpmPackages(suite, { from = join(interopDir, suite), env: added = {} } = {}) {
  const folder = cacheFolder(suite)
  const sources = ['package.json', 'package-lock.json'].map((name) => join(from, name))
  const stamp = join(folder, '.installed')
  const wanted = [process.version, ...sources.map((file) => readFileSync(file, 'utf8'))].join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.log(`Packages of ${suite} from npm; what is native in them is compiled, which takes minutes ...`)
  for (const file of sources) copyFileSync(file, join(folder, basename(file)))
  const env = { npm_config_ignore_scripts: 'false', ...headersOfNode(), ...added }
  await mustRun('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, env, timeoutMs: 1_800_000 })
  writeFileSync(stamp, wanted)
}

function headersOfNode() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {}
}
