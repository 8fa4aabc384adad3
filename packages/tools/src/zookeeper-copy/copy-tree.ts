/**
 * Copies a tree of nodes from one ZooKeeper to another: data and ACLs of everything that outlives its session. Versions and
 * zxids begin anew; nothing that Kafka keeps in its data counts on them. Numbers of sequential nodes go on.
 */
import type { MultiOp, ZooKeeper } from '@millrace/zookeeper'
import { childOf } from '../zookeeper-shell/znode-path.js'

export interface CopyResult {
  readonly copied: number
  /** Of sessions, which are not at the other server. */
  readonly ephemeralsLeft: number
}

/** The other tree has nodes already. */
export class TargetNotEmptyError extends Error {
  override readonly name = 'TargetNotEmptyError'

  constructor(path: string) {
    super(`The target has nodes already: ${path}. Copy into an empty tree, or into a chroot of its own.`)
  }
}

/** ZooKeeper's own. */
const SYSTEM_PATH = '/zookeeper'
const SEQUENTIAL = /\d{10}$/
const OPERATIONS_PER_MULTI = 500

/** Both trees are taken below the chroots of their clients. Nobody may change them meanwhile. Errors: TargetNotEmptyError. */
export async function copyTree(from: ZooKeeper, to: ZooKeeper): Promise<CopyResult> {
  await refuseUnlessEmpty(to)
  await copyNode(from, to, '/', true)
  let copied = 1
  let ephemeralsLeft = 0
  const pending = ['/']
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    const { children, stat } = await from.getChildren(parent)
    // Parents lie deep or wide; one at a time would be a round trip a node.
    const paths = children.map((name) => childOf(parent, name)).filter((path) => path !== SYSTEM_PATH)
    const results = await Promise.all(paths.map((path) => copyNode(from, to, path, false)))
    const kept = paths.filter((_, index) => results[index] === 'copied')
    copied += kept.length
    ephemeralsLeft += paths.length - kept.length
    pending.push(...kept)
    if (kept.some((path) => SEQUENTIAL.test(path))) {
      await advanceSequence(to, parent, (stat.cversion + stat.numChildren) / 2 - kept.length)
    }
  }
  return { copied, ephemeralsLeft }
}

async function refuseUnlessEmpty(to: ZooKeeper): Promise<void> {
  const root = await to.exists('/')
  if (root === null) return
  const { children } = await to.getChildren('/')
  const taken = children.find((name) => `/${name}` !== SYSTEM_PATH)
  if (taken !== undefined) throw new TargetNotEmptyError(`/${taken}`)
}

async function copyNode(
  from: ZooKeeper,
  to: ZooKeeper,
  path: string,
  isThere: boolean,
): Promise<'copied' | 'ephemeral'> {
  const [{ data, stat }, { acl }] = await Promise.all([from.getData(path), from.getAcl(path)])
  if (stat.ephemeralOwner !== 0n) return 'ephemeral'
  if (!isThere) await to.create(path, data, { acl })
  else {
    await to.setData(path, data, -1)
    await to.setAcl(path, acl, -1)
  }
  return 'copied'
}

/** Makes children and deletes them again, because a node counts all that it ever had. */
async function advanceSequence(to: ZooKeeper, parent: string, count: number): Promise<void> {
  const path = childOf(parent, 'millrace-copy')
  for (let left = count; left > 0; left -= OPERATIONS_PER_MULTI) {
    const operations = Array.from({ length: Math.min(left, OPERATIONS_PER_MULTI) }, (): readonly MultiOp[] => [
      { kind: 'create', path, data: null },
      { kind: 'delete', path, version: -1 },
    ])
    await to.multi(operations.flat())
  }
}
