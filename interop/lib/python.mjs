// Python packages from PyPI, each pinned, alone in a folder of the cache, and found through PYTHONPATH.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './paths.mjs'
import { mustRun } from './programs.mjs'

/** Fetches `name==version` without what it depends on, unless it is there; resolves to its folder. */
export async function pythonPackages(requirement) {
  const folder = join(cacheFolder('python'), requirement)
  if (!existsSync(folder)) {
    const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--target', folder]
    await mustRun('python3', ['-m', 'pip', 'install', ...options, requirement], { timeoutMs: 300_000 })
  }
  return folder
}
