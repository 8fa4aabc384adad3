// Where things lie: the clone, this folder and its cache (not in git, safe to delete).
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const interopDir = join(dirname(fileURLToPath(import.meta.url)), '..')
export const rootDir = join(interopDir, '..')
export const cacheDir = join(interopDir, '.cache')

/** A folder under the cache, created. */
export function cacheFolder(...names) {
  const folder = join(cacheDir, ...names)
  mkdirSync(folder, { recursive: true })
  return folder
}
