/**
 * The tree of znodes.
 *
 * It owns the nodes, their counters and who owns which ephemeral node. It only ever applies changes that were decided
 * before (see write-decision.ts); it refuses nothing, fires no watches and knows no sessions beyond their ids.
 *
 * A node is an immutable record that every change replaces. So an undo puts the old record back, and a snapshot is a list
 * of the records of one moment, written out while the tree goes on.
 */
import assert from 'node:assert'
import { type Acl, OPEN_ACL_UNSAFE, READ_ACL_UNSAFE, type Stat } from './data-types.js'
import { childPath, nodeName, parentPath } from './path.js'
import { CONTAINER_OWNER, type CreateChange, isSessionOwner, ttlMsOf } from './txn.js'

export interface Znode {
  readonly data: Buffer | null
  readonly acl: readonly Acl[]
  readonly czxid: bigint
  readonly mzxid: bigint
  readonly pzxid: bigint
  readonly ctime: number
  readonly mtime: number
  readonly version: number
  readonly aversion: number
  /** Children ever created, sequential or not: the number of the next sequential one. int32, wraps. */
  readonly childrenCreated: number
  readonly ephemeralOwner: bigint
}

/** Puts one record back as it was before a change. */
type Undo = () => void

const NO_CHILDREN: ReadonlySet<string> = new Set()

/** Version after `version`: −1 means "any" in requests, so no node ever has it. */
export function nextVersion(version: number): number {
  const next = (version + 1) | 0
  return next === -1 ? 0 : next
}

export class DataTree {
  readonly #nodes = new Map<string, Znode>()
  readonly #children = new Map<string, Set<string>>()
  readonly #ephemerals = new Map<bigint, Set<string>>()
  /** Containers and TTL nodes, the only candidates of `reapable`. */
  readonly #reapCandidates = new Set<string>()

  /** A fresh tree: the root, `/zookeeper`, `/zookeeper/quota` and `/zookeeper/config`. */
  static fresh(): DataTree {
    const tree = new DataTree()
    const system: Znode = {
      data: Buffer.alloc(0),
      acl: OPEN_ACL_UNSAFE,
      czxid: 0n,
      mzxid: 0n,
      pzxid: 0n,
      ctime: 0,
      mtime: 0,
      version: 0,
      aversion: 0,
      childrenCreated: 0,
      ephemeralOwner: 0n,
    }
    tree.restore('/', system)
    tree.restore('/zookeeper', system)
    tree.restore('/zookeeper/quota', system)
    // ZooKeeper sets this ACL with "any" as its version, and that stays.
    tree.restore('/zookeeper/config', { ...system, acl: READ_ACL_UNSAFE, aversion: -1 })
    return tree
  }

  get nodeCount(): number {
    return this.#nodes.size
  }

  get ephemeralCount(): number {
    let count = 0
    for (const paths of this.#ephemerals.values()) count += paths.size
    return count
  }

  /** Of paths and data. */
  get approximateDataBytes(): number {
    let bytes = 0
    for (const [path, { data }] of this.#nodes) bytes += path.length + (data?.length ?? 0)
    return bytes
  }

  /** Paths of ephemeral nodes by session. */
  get ephemerals(): ReadonlyMap<bigint, ReadonlySet<string>> {
    return this.#ephemerals
  }

  /** The empty path is another name of the root; only reads know it. */
  node(path: string): Znode | undefined {
    return this.#nodes.get(path === '' ? '/' : path)
  }

  children(path: string): ReadonlySet<string> {
    return this.#children.get(path === '' ? '/' : path) ?? NO_CHILDREN
  }

  /** Paths of the session's ephemeral nodes, oldest first. */
  ephemeralsOf(sessionId: bigint): ReadonlySet<string> {
    return this.#ephemerals.get(sessionId) ?? NO_CHILDREN
  }

  stat(path: string, node: Znode): Stat {
    const numChildren = this.children(path).size
    return {
      czxid: node.czxid,
      mzxid: node.mzxid,
      ctime: node.ctime,
      mtime: node.mtime,
      version: node.version,
      cversion: (node.childrenCreated * 2 - numChildren) | 0,
      aversion: node.aversion,
      // The markers of containers and TTL nodes are not shown.
      ephemeralOwner: isSessionOwner(node.ephemeralOwner) ? node.ephemeralOwner : 0n,
      dataLength: node.data?.length ?? 0,
      numChildren,
      pzxid: node.pzxid,
    }
  }

  create(change: CreateChange, zxid: bigint, timeMs: number): Undo {
    const { path, data, acl, ephemeralOwner } = change
    const parent = parentPath(path)
    assert(parent !== undefined && !this.#nodes.has(path), `${path} cannot be created`)
    const parentNode = this.#mustGet(parent)
    this.#nodes.set(parent, { ...parentNode, childrenCreated: (parentNode.childrenCreated + 1) | 0, pzxid: zxid })
    this.#add(path, {
      data,
      acl,
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: timeMs,
      mtime: timeMs,
      version: 0,
      aversion: 0,
      childrenCreated: 0,
      ephemeralOwner,
    })
    return () => {
      this.#remove(path)
      this.#nodes.set(parent, parentNode)
    }
  }

  delete(path: string, zxid: bigint): Undo {
    const node = this.#mustGet(path)
    const parent = parentPath(path)
    assert(parent !== undefined && this.children(path).size === 0, `${path} cannot be deleted`)
    const parentNode = this.#mustGet(parent)
    this.#remove(path)
    this.#nodes.set(parent, { ...parentNode, pzxid: zxid })
    return () => {
      this.#nodes.set(parent, parentNode)
      this.#add(path, node)
    }
  }

  setData(path: string, data: Buffer | null, version: number, zxid: bigint, timeMs: number): Undo {
    const node = this.#mustGet(path)
    this.#nodes.set(path, { ...node, data, version, mzxid: zxid, mtime: timeMs })
    return () => this.#nodes.set(path, node)
  }

  setAcl(path: string, acl: readonly Acl[], aversion: number): Undo {
    const node = this.#mustGet(path)
    this.#nodes.set(path, { ...node, acl, aversion })
    return () => this.#nodes.set(path, node)
  }

  /** Adds a node as a snapshot has it; parents come first. */
  restore(path: string, node: Znode): void {
    if (path === '/') this.#nodes.set(path, node)
    else this.#add(path, node)
  }

  /** All nodes of this moment, parents before children. Later changes do not show in it. */
  capture(): { readonly paths: readonly string[]; readonly nodes: readonly Znode[] } {
    return { paths: [...this.#nodes.keys()], nodes: [...this.#nodes.values()] }
  }

  /** Container nodes that lost their last child, and TTL nodes whose time is over. */
  reapable(nowMs: number): readonly string[] {
    const paths: string[] = []
    for (const path of this.#reapCandidates) {
      if (this.isReapable(path, nowMs)) paths.push(path)
    }
    return paths
  }

  isReapable(path: string, nowMs: number): boolean {
    const node = this.#nodes.get(path)
    if (node === undefined || this.children(path).size > 0) return false
    if (node.ephemeralOwner === CONTAINER_OWNER) return node.childrenCreated > 0
    const ttlMs = ttlMsOf(node.ephemeralOwner)
    return ttlMs !== undefined && nowMs - node.mtime > ttlMs
  }

  /** Throws if the indexes disagree with the nodes. For tests; walks the whole tree. */
  checkInvariants(): void {
    let childCount = 0
    for (const [parent, names] of this.#children) {
      childCount += names.size
      for (const name of names) assert(this.#nodes.has(childPath(parent, name)), `${parent} lists a missing ${name}`)
    }
    assert.equal(childCount, this.#nodes.size - 1, 'every node but the root is listed by its parent')
    for (const [sessionId, paths] of this.#ephemerals) {
      for (const path of paths) assert.equal(this.#nodes.get(path)?.ephemeralOwner, sessionId)
    }
  }

  #add(path: string, node: Znode): void {
    const parent = parentPath(path)
    assert(parent !== undefined && this.#nodes.has(parent), `${path} has no parent`)
    this.#nodes.set(path, node)
    let siblings = this.#children.get(parent)
    if (siblings === undefined) {
      siblings = new Set()
      this.#children.set(parent, siblings)
    }
    siblings.add(nodeName(path))
    if (isSessionOwner(node.ephemeralOwner)) {
      let paths = this.#ephemerals.get(node.ephemeralOwner)
      if (paths === undefined) {
        paths = new Set()
        this.#ephemerals.set(node.ephemeralOwner, paths)
      }
      paths.add(path)
    } else if (node.ephemeralOwner !== 0n) {
      this.#reapCandidates.add(path)
    }
  }

  #remove(path: string): void {
    const node = this.#mustGet(path)
    const parent = parentPath(path)
    assert(parent !== undefined)
    this.#nodes.delete(path)
    const siblings = this.#children.get(parent)
    siblings?.delete(nodeName(path))
    if (siblings?.size === 0) this.#children.delete(parent)
    const ephemerals = this.#ephemerals.get(node.ephemeralOwner)
    ephemerals?.delete(path)
    if (ephemerals?.size === 0) this.#ephemerals.delete(node.ephemeralOwner)
    this.#reapCandidates.delete(path)
  }

  #mustGet(path: string): Znode {
    const node = this.#nodes.get(path)
    assert(node !== undefined, `${path} does not exist`)
    return node
  }
}
