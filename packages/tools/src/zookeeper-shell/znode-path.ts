/**
 * What is wrong with a path, in the words of ZooKeeper's `PathUtils`, or undefined if it may name a node. Such a path is refused
 * before a server sees it.
 */
export function pathMistake(path: string): string | undefined {
  if (path === '') return 'Path length must be > 0'
  if (!path.startsWith('/')) return 'Path must start with / character'
  if (path === '/') return undefined
  if (path.endsWith('/')) return 'Path must not end with / character'
  const reason = nameMistake(path)
  return reason === undefined ? undefined : `Invalid path string "${path}" caused by ${reason}`
}

/** The path of a child. */
export function childOf(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`
}

/** Control characters, surrogates, private use and specials. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const forbidden = /[\u0001-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/

/** The first mistake from the left; positions are those of the character that makes it one. */
function nameMistake(path: string): string | undefined {
  let start = 1
  for (const name of path.slice(1).split('/')) {
    if (name === '') return `empty node name specified @${start}`
    if (name === '.' || name === '..') return `relative paths not allowed @${start + name.length - 1}`
    for (let at = 0; at < name.length; at++) {
      if (name[at] === '\0') return `null character not allowed @${start + at}`
      if (forbidden.test(name.charAt(at))) return `invalid character @${start + at}`
    }
    start += name.length + 1
  }
  return undefined
}
