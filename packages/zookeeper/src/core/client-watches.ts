/**
 * What a client waits for: the functions to call, by path and kind (`ZKWatchManager`). They outlive connections, so after
 * a reconnect `rearmRequest` tells the server all of them. Paths are the server's, with chroot.
 */
import type { AddWatchMode, WatchEventType } from './data-types.js'
import type { SetWatchesRequest } from './requests.js'

/** `exist`: set by `exists` on a node that was not there. */
export type ClientWatchKind = 'data' | 'exist' | 'child' | AddWatchMode

const ONE_SHOT_KINDS: Readonly<Record<WatchEventType, readonly ('data' | 'exist' | 'child')[]>> = {
  NodeCreated: ['data', 'exist'],
  NodeDataChanged: ['data', 'exist'],
  NodeDeleted: ['data', 'exist', 'child'],
  NodeChildrenChanged: ['child'],
}

const KINDS = ['data', 'exist', 'child', 'persistent', 'persistent-recursive'] as const

export class ClientWatches<W> {
  readonly #tables: Readonly<Record<ClientWatchKind, Map<string, Set<W>>>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
    persistent: new Map(),
    'persistent-recursive': new Map(),
  }

  get isEmpty(): boolean {
    return KINDS.every((kind) => this.#tables[kind].size === 0)
  }

  add(kind: ClientWatchKind, path: string, watcher: W): void {
    const table = this.#tables[kind]
    const watchers = table.get(path)
    if (watchers === undefined) table.set(path, new Set([watcher]))
    else watchers.add(watcher)
  }

  /** Removes the watcher of every kind; `left` tells whether others still watch the path. Undefined: it had none. */
  remove(path: string, watcher: W): { readonly left: boolean } | undefined {
    let found = false
    let left = false
    for (const kind of KINDS) {
      const watchers = this.#tables[kind].get(path)
      if (watchers === undefined) continue
      found = watchers.delete(watcher) || found
      if (watchers.size === 0) this.#tables[kind].delete(path)
      else left = true
    }
    return found ? { left } : undefined
  }

  /** The functions to call for a notification; one-shot ones are used up. Each function once. */
  take(type: WatchEventType, path: string): readonly W[] {
    const taken = new Set<W>()
    for (const kind of ONE_SHOT_KINDS[type]) {
      for (const watcher of this.#tables[kind].get(path) ?? []) taken.add(watcher)
      this.#tables[kind].delete(path)
    }
    for (const watcher of this.#tables.persistent.get(path) ?? []) taken.add(watcher)
    if (type !== 'NodeChildrenChanged') {
      for (const [root, watchers] of this.#tables['persistent-recursive']) {
        if (path !== root && !path.startsWith(root === '/' ? root : `${root}/`)) continue
        for (const watcher of watchers) taken.add(watcher)
      }
    }
    return [...taken]
  }

  /** `lastZxidSeen`: of the last reply or notification. */
  rearmRequest(lastZxidSeen: bigint): SetWatchesRequest {
    const paths = (kind: ClientWatchKind) => [...this.#tables[kind].keys()]
    return {
      kind: 'setWatches',
      relativeZxid: lastZxidSeen,
      data: paths('data'),
      exist: paths('exist'),
      child: paths('child'),
      persistent: paths('persistent'),
      persistentRecursive: paths('persistent-recursive'),
    }
  }

  clear(): void {
    for (const kind of KINDS) this.#tables[kind].clear()
  }
}
