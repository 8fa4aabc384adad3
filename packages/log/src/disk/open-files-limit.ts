import { readFileSync } from 'node:fs'

/** Where the system does not tell: what Node raises it to where nobody has set one. */
const unknownLimit = 2048

let known: number | undefined

/** How many files this process may have open (`ulimit -n`), sockets among them. Read once. */
export function openFilesLimit(): number {
  known ??= readLimit()
  return known
}

function readLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    if (soft === 'unlimited') return Number.MAX_SAFE_INTEGER
    return Number(soft) > 0 ? Number(soft) : unknownLimit
  } catch {
    return unknownLimit
  }
}
