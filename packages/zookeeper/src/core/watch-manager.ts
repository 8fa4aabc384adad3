/**
 * Who watches what on a server: one-shot watches on data (also of nodes that do not exist yet) and on children, and
 * persistent ones on a node or a subtree (ZooKeeper 3.6). A watcher `W` is a connection; it gets one notification per
 * change and path, however many of its watches the change meets.
 *
 * It owns the watch tables. It delivers nothing: `fire` returns who is to be told what, in order.
 */

import type { Acl, AddWatchMode, WatchEventType } from './data-types.js'
import type { TreeEvent } from './database.js'
import { parentPath, pathAndParents } from './path.js'
import type { SetWatchesRequest, WatcherType } from './requests.js'

export interface WatchNotice<W> {
  readonly watcher: W
  readonly type: WatchEventType
  readonly path: string
  /** Told only to those who may read a node with this ACL; empty: to everyone. */
  readonly acl: readonly Acl[]
}

/** What `setWatches` must know of a node. */
export interface WatchedNode {
  readonly mzxid: bigint
  readonly pzxid: bigint
}

export class WatchManager<W> {
  readonly #data = new WatchTable<W>()
  readonly #child = new WatchTable<W>()
  readonly #persistent = new WatchTable<W>()
  readonly #recursive = new WatchTable<W>()

  /** A persistent watch is one of data and one of children, as ZooKeeper counts it. */
  get count(): number {
    return this.#data.count + this.#child.count + 2 * this.#persistent.count + this.#recursive.count
  }

  watchData(path: string, watcher: W): void {
    this.#data.add(path, watcher)
  }

  watchChildren(path: string, watcher: W): void {
    this.#child.add(path, watcher)
  }

  /** A watcher has one persistent mode per path: the last one asked for. */
  addWatch(path: string, mode: AddWatchMode, watcher: W): void {
    const [table, other] =
      mode === 'persistent' ? [this.#persistent, this.#recursive] : [this.#recursive, this.#persistent]
    other.delete(path, watcher)
    table.add(path, watcher)
  }

  has(path: string, watcher: W, type: WatcherType): boolean {
    return this.#tablesOf(type).some((table) => table.has(path, watcher))
  }

  /** Returns false if there was none (NOWATCHER). */
  remove(path: string, watcher: W, type: WatcherType): boolean {
    let removed = false
    for (const table of this.#tablesOf(type)) removed = table.delete(path, watcher) || removed
    return removed
  }

  /** Paths by watcher: data, existence and persistent watches. */
  pathsByWatcher(): ReadonlyMap<W, readonly string[]> {
    const all = new Map<W, string[]>()
    for (const table of [this.#data, this.#persistent, this.#recursive]) {
      for (const [watcher, paths] of table.pathsByWatcher()) {
        const known = all.get(watcher)
        if (known === undefined) all.set(watcher, [...paths])
        else known.push(...paths)
      }
    }
    return all
  }

  /** The connection is gone. */
  removeWatcher(watcher: W): void {
    for (const table of this.#tablesOf('any')) table.deleteWatcher(watcher)
  }

  /** Uses up the one-shot watches that a change meets, and says who is to be told. */
  fire(event: TreeEvent): readonly WatchNotice<W>[] {
    const { path, acl } = event
    switch (event.kind) {
      case 'dataChanged':
        return this.#notices({ type: 'NodeDataChanged', path, acl }, this.#data.take(path))
      case 'created':
        return [
          ...this.#notices({ type: 'NodeCreated', path, acl }, this.#data.take(path)),
          ...this.#childrenChanged(event),
        ]
      case 'deleted': {
        const watchers = [...this.#data.take(path), ...this.#child.take(path)]
        return [...this.#notices({ type: 'NodeDeleted', path, acl }, watchers), ...this.#childrenChanged(event)]
      }
      default:
        return event.kind satisfies never
    }
  }

  /**
   * Re-arms a reconnected client's watches. What changed since `relativeZxid` is returned as notices instead; the rest
   * watches on. Follows `DataTree.setWatches`.
   */
  setWatches(
    request: SetWatchesRequest,
    watcher: W,
    nodeOf: (path: string) => WatchedNode | undefined,
  ): readonly WatchNotice<W>[] {
    const notices: WatchNotice<W>[] = []
    const rearm = (paths: readonly string[], table: WatchTable<W>, missed: (path: string) => WatchEventType | null) => {
      for (const path of paths) {
        const type = missed(path)
        if (type === null) table.add(path, watcher)
        else notices.push({ watcher, type, path, acl: [] })
      }
    }
    const since = request.relativeZxid
    rearm(request.data, this.#data, (path) => {
      const node = nodeOf(path)
      if (node === undefined) return 'NodeDeleted'
      return node.mzxid > since ? 'NodeDataChanged' : null
    })
    rearm(request.exist, this.#data, (path) => (nodeOf(path) === undefined ? null : 'NodeCreated'))
    rearm(request.child, this.#child, (path) => {
      const node = nodeOf(path)
      if (node === undefined) return 'NodeDeleted'
      return node.pzxid > since ? 'NodeChildrenChanged' : null
    })
    for (const path of request.persistent) this.addWatch(path, 'persistent', watcher)
    for (const path of request.persistentRecursive) this.addWatch(path, 'persistent-recursive', watcher)
    return notices
  }

  #childrenChanged({ path, parentAcl }: TreeEvent): readonly WatchNotice<W>[] {
    const parent = parentPath(path)
    if (parent === undefined || path === '/') return []
    const change = { type: 'NodeChildrenChanged', path: parent, acl: parentAcl } as const
    return this.#notices(change, this.#child.take(parent))
  }

  #notices(change: Omit<WatchNotice<W>, 'watcher'>, oneShot: Iterable<W>): readonly WatchNotice<W>[] {
    const { type, path } = change
    const watchers = new Set(oneShot)
    for (const watcher of this.#persistent.at(path)) watchers.add(watcher)
    // Recursive watches tell of the children themselves instead.
    if (type !== 'NodeChildrenChanged' && this.#recursive.count > 0) {
      for (const ancestor of pathAndParents(path)) {
        for (const watcher of this.#recursive.at(ancestor)) watchers.add(watcher)
      }
    }
    return Array.from(watchers, (watcher) => ({ watcher, ...change }))
  }

  #tablesOf(type: WatcherType): readonly WatchTable<W>[] {
    switch (type) {
      case 'children':
        return [this.#child]
      case 'data':
        return [this.#data]
      case 'persistent':
        return [this.#persistent]
      case 'persistent-recursive':
        return [this.#recursive]
      case 'any':
        return [this.#data, this.#child, this.#persistent, this.#recursive]
      default:
        return type satisfies never
    }
  }
}

/** Watchers by path, and paths by watcher, so that a lost connection costs only its own watches. */
class WatchTable<W> {
  readonly #watchers = new Map<string, Set<W>>()
  readonly #paths = new Map<W, Set<string>>()
  #count = 0

  get count(): number {
    return this.#count
  }

  at(path: string): Iterable<W> {
    return this.#watchers.get(path) ?? []
  }

  pathsByWatcher(): ReadonlyMap<W, ReadonlySet<string>> {
    return this.#paths
  }

  has(path: string, watcher: W): boolean {
    return this.#watchers.get(path)?.has(watcher) ?? false
  }

  add(path: string, watcher: W): void {
    if (this.has(path, watcher)) return
    this.#count++
    addTo(this.#watchers, path, watcher)
    addTo(this.#paths, watcher, path)
  }

  /** Removes and returns all watchers of a path. */
  take(path: string): readonly W[] {
    const watchers = this.#watchers.get(path)
    if (watchers === undefined) return []
    const taken = [...watchers]
    for (const watcher of taken) this.delete(path, watcher)
    return taken
  }

  delete(path: string, watcher: W): boolean {
    if (!this.has(path, watcher)) return false
    this.#count--
    removeFrom(this.#watchers, path, watcher)
    removeFrom(this.#paths, watcher, path)
    return true
  }

  deleteWatcher(watcher: W): void {
    for (const path of [...(this.#paths.get(watcher) ?? [])]) this.delete(path, watcher)
  }
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, new Set([value]))
  else values.add(value)
}

function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key)
  values?.delete(value)
  if (values?.size === 0) map.delete(key)
}
