// A fresh clone: the files that git knows of, as they are in the working tree, built.
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rootDir } from '../lib/paths.mjs'
import { mustRun } from '../lib/programs.mjs'

const kept = { preserveTimestamps: true, verbatimSymlinks: true }

/** Copies this clone to `folder` and builds the copy, which has packages of its own and this clone's dependencies. */
export async function freshClone(folder) {
  const listed = await mustRun('git', ['-C', rootDir, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  for (const file of listed.split('\0')) copy(file, folder)
  // Compiled already, which saves a minute; the build looks at every file all the same.
  for (const name of readdirSync(join(rootDir, 'packages'))) copy(join('packages', name, 'dist'), folder)
  copy(join('test', 'dist'), folder)
  linkDependencies(folder)
  await mustRun(process.execPath, [join(folder, 'scripts', 'run.cjs'), 'build'], { timeoutMs: 300_000 })
}

function copy(path, folder) {
  const from = join(rootDir, path)
  if (path === '' || !existsSync(from)) return
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  cpSync(from, join(folder, path), { ...kept, recursive: true })
}

function linkDependencies(folder) {
  const [from, to] = [join(rootDir, 'node_modules'), join(folder, 'node_modules')]
  const own = '@millrace'
  mkdirSync(to)
  for (const name of readdirSync(from)) if (name !== own) symlinkSync(join(from, name), join(to, name))
  // These are relative: to the packages of the copy.
  cpSync(join(from, own), join(to, own), { ...kept, recursive: true })
}
