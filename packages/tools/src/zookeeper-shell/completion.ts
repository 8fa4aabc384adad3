import type { ZooKeeper } from '@millrace/zookeeper'
import { commandNames } from './commands.js'
import { childOf } from './znode-path.js'

/** A server that takes longer than this completes nothing. */
const patienceMs = 2_000

/**
 * What the last word of `line` may become, sorted, and that word: names of commands for the first, paths for those that begin with
 * a slash. Without a session no path is known. Never fails.
 */
export async function completeLine(
  line: string,
  zooKeeper: ZooKeeper | undefined,
): Promise<readonly [readonly string[], string]> {
  const word = /\S*$/.exec(line)?.[0] ?? ''
  if (word.startsWith('/')) return [zooKeeper === undefined ? [] : await completePath(word, zooKeeper), word]
  if (line.trim() !== word) return [[], word]
  return [commandNames.filter((name) => name.startsWith(word)).map((name) => `${name} `), word]
}

async function completePath(word: string, zooKeeper: ZooKeeper): Promise<readonly string[]> {
  const slash = word.lastIndexOf('/')
  const parent = slash === 0 ? '/' : word.slice(0, slash)
  try {
    const { children } = await zooKeeper.withSignal(AbortSignal.timeout(patienceMs)).getChildren(parent)
    return children
      .map((name) => childOf(parent, name))
      .filter((path) => path.startsWith(word))
      .toSorted()
  } catch {
    // No such node, no right to see it, no connection: nothing to offer.
    return []
  }
}
