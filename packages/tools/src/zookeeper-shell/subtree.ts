/** Walks of a tree of nodes, over several requests: not one moment of it. */
import { isZooKeeperError, type ZooKeeper } from '@millrace/zookeeper'
import type { CommandContext } from './command.js'
import { childOf } from './znode-path.js'

export interface SubtreeVisit {
  readonly path: string
  /** Watches the first node's data, and the children of all. */
  readonly watch: boolean
  readonly visit: (path: string) => Promise<void> | void
}

/**
 * Calls `visit` with a node, then with all its children, then below each of these (`ZKUtil.visitSubTreeDFS`). A node that is
 * deleted meanwhile is passed over. Errors: those of reading the first node, and of listing any.
 */
export async function visitSubtree(
  { zooKeeper, watches }: Pick<CommandContext, 'zooKeeper' | 'watches'>,
  { path, watch, visit }: SubtreeVisit,
): Promise<void> {
  const watcher = watch ? watches.watcher : undefined
  await zooKeeper.getData(path, watcher)
  if (watch) watches.add(path, 'data')
  await visit(path)
  // Depth first, without recursion: trees may be deep.
  const pending = [path]
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    const children = await childrenOf(parent)
    for (const child of children) await visit(child)
    pending.push(...children.toReversed())
  }

  async function childrenOf(parent: string): Promise<readonly string[]> {
    try {
      const { children } = await zooKeeper.getChildren(parent, watcher)
      if (watch) watches.add(parent, 'child')
      return children.toSorted().map((name) => childOf(parent, name))
    } catch (error) {
      if (isZooKeeperError(error, 'NONODE')) return []
      throw error
    }
  }
}

/** A node and all below it, parents before children (`ZKUtil.listSubTreeBFS`). */
export async function listSubtree(zooKeeper: ZooKeeper, path: string): Promise<readonly string[]> {
  const tree = [path]
  for (const parent of tree) {
    const { children } = await zooKeeper.getChildren(parent)
    for (const name of children) tree.push(childOf(parent, name))
  }
  return tree
}
