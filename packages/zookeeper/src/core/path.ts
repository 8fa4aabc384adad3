/**
 * Rules of znode paths (`PathUtils.validatePath`). Paths are absolute, `/` alone names the root.
 */

// Control characters, surrogates, private use and the specials block: nothing that a shell could not show.
const FORBIDDEN = /[\p{Cc}\p{Cs}\ue000-\uf8ff\ufff0-\uffff\u{10000}-\u{10ffff}]/u

/** True if `path` may name a node. */
export function isValidPath(path: string): boolean {
  if (path === '/') return true
  if (!path.startsWith('/') || path.endsWith('/') || FORBIDDEN.test(path)) return false
  for (const part of path.slice(1).split('/')) {
    if (part === '' || part === '.' || part === '..') return false
  }
  return true
}

/** The parent of `path`, or undefined where ZooKeeper answers BADARGUMENTS before looking at anything else. */
export function parentPath(path: string): string | undefined {
  const lastSlash = path.lastIndexOf('/')
  if (lastSlash === -1 || path.includes('\0')) return undefined
  return lastSlash === 0 ? '/' : path.slice(0, lastSlash)
}

/** The last part of a valid path; empty for the root. */
export function nodeName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The path of a child. */
export function childPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`
}

/** `path` and all its parents up to the root, nearest first. */
export function* pathAndParents(path: string): Generator<string> {
  yield path
  while (path !== '/') {
    const parent = parentPath(path)
    if (parent === undefined) return
    yield parent
    path = parent
  }
}

/** The ten digits that a sequential node gets; the counter is an int32 and wraps as Java's does. */
export function sequentialSuffix(childrenCreated: number): string {
  const number = childrenCreated | 0
  return number < 0 ? `-${String(-number).padStart(9, '0')}` : String(number).padStart(10, '0')
}
