// Our client as its users get it: packed by npm, installed into a folder that has nothing of the workspace.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { npmPackagesOf } from '../../../interop/lib/npm-packages.mjs'
import { cacheFolder, rootDir } from '../../../interop/lib/paths.mjs'
import { mustRun } from '../../../interop/lib/programs.mjs'

const suite = 'bench-ours'

/** What `import` loads. */
export const packedModule = join(npmPackagesOf(suite), '@millrace/client/dist/index.mjs')

let packed

/** Packs what is there now, once a run. */
export function packClient() {
  packed ??= pack()
  return packed
}

async function pack() {
  const folder = cacheFolder(suite)
  rmSync(folder, { recursive: true, force: true })
  cacheFolder(suite)
  const target = ['--pack-destination', folder]
  const output = await mustRun('npm', ['pack', '-w', 'packages/client', ...target], {
    cwd: rootDir,
    timeoutMs: 300_000,
  })
  const tarball = join(folder, output.trim().split('\n').at(-1))
  const options = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  await mustRun('npm', ['install', ...options, tarball], { cwd: folder, timeoutMs: 300_000 })
}
