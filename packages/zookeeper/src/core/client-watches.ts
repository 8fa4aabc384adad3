/**
 * What a client waits for: the functions to call, by path and kind (`ZKWatchManager`). They outlive connections, so after
 * a reconnect `rearmRequests` tell the server all of them. Paths are the server's, with chroot.
 */
import type { AddWatchMode, WatchEventType } from './data-types.js'
import type { Reply, Request, SetWatchesRequest, WatcherType } from './requests.js'

/** `exist`: set by `exists` on a node that was not there. */
export type ClientWatchKind = 'data' | 'exist' | 'child' | AddWatchMode

const ONE_SHOT_KINDS: Readonly<Record<WatchEventType, readonly ('data' | 'exist' | 'child')[]>> = {
  NodeCreated: ['data', 'exist'],
  NodeDataChanged: ['data', 'exist'],
  NodeDeleted: ['data', 'exist', 'child'],
  NodeChildrenChanged: ['child'],
}

const KINDS_OF_TYPE: Readonly<Record<WatcherType, readonly ClientWatchKind[]>> = {
  children: ['child'],
  data: ['data', 'exist'],
  persistent: ['persistent'],
  'persistent-recursive': ['persistent-recursive'],
  any: ['data', 'exist', 'child', 'persistent', 'persistent-recursive'],
}

/** Paths of one setWatches request, in characters; the rest goes into further ones, so that a server takes each. */
const REARM_CHARACTERS_MAX = 128 * 1024

/** The watch that a reply has set, if it has. */
export function watchSetBy(
  request: Request,
  reply: Reply,
): { readonly kind: ClientWatchKind; readonly path: string } | undefined {
  if ('watch' in request && request.watch) {
    const { path } = request
    if (reply.kind !== 'error') return { kind: request.kind === 'getChildren' ? 'child' : 'data', path }
    return request.kind === 'exists' && reply.error === 'NONODE' ? { kind: 'exist', path } : undefined
  }
  if (request.kind === 'addWatch' && reply.kind !== 'error') return { kind: request.mode, path: request.path }
  return undefined
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

  /** Removes all watchers of a type. */
  removeAll(path: string, type: WatcherType): void {
    for (const kind of KINDS_OF_TYPE[type]) this.#tables[kind].delete(path)
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
  rearmRequests(lastZxidSeen: bigint): readonly SetWatchesRequest[] {
    const requests: SetWatchesRequest[] = []
    let paths = noPaths()
    let characters = 0
    const flush = () => {
      if (characters > 0) requests.push({ kind: 'setWatches', relativeZxid: lastZxidSeen, ...paths })
      paths = noPaths()
      characters = 0
    }
    for (const kind of KINDS) {
      for (const path of this.#tables[kind].keys()) {
        if (characters + path.length > REARM_CHARACTERS_MAX) flush()
        paths[kind === 'persistent-recursive' ? 'persistentRecursive' : kind].push(path)
        characters += path.length
      }
    }
    flush()
    return requests
  }

  clear(): void {
    for (const kind of KINDS) this.#tables[kind].clear()
  }
}

function noPaths(): Record<'data' | 'exist' | 'child' | 'persistent' | 'persistentRecursive', string[]> {
  return { data: [], exist: [], child: [], persistent: [], persistentRecursive: [] }
}
