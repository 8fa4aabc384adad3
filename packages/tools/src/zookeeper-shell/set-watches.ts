/**
 * The watches of one session, so that the shell can tell which ones `removewatches` takes away, as `zkCli` does. It mirrors what
 * the server knows, and decides nothing.
 */
import type { AddWatchMode, WatchedEvent, Watcher } from '@millrace/zookeeper'

/** In the order in which they are told. */
const kinds = ['child', 'data', 'persistent'] as const
type WatchKind = (typeof kinds)[number]

const removedEvents = {
  data: 'DataWatchRemoved',
  child: 'ChildWatchRemoved',
  persistent: 'PersistentWatchRemoved',
} as const
/** An event as `zkCli` shows it: notifications, and what the client itself tells of watches that it removed. */
export type RemovedEventType = (typeof removedEvents)[WatchKind]

export class SetWatches {
  /** Handed to every read that watches and to `addWatch`. */
  readonly watcher: Watcher
  readonly #kindsByPath = new Map<string, Set<WatchKind>>()

  constructor(onEvent: Watcher) {
    this.watcher = (event) => {
      this.#useUp(event)
      onEvent(event)
    }
  }

  add(path: string, kind: 'data' | 'child' | AddWatchMode): void {
    const known = this.#kindsByPath.get(path) ?? new Set()
    known.add(kind === 'data' || kind === 'child' ? kind : 'persistent')
    this.#kindsByPath.set(path, known)
  }

  /** Forgets the watches of a type; returns what is to be told of them. */
  remove(path: string, type: 'children' | 'data' | 'any'): readonly RemovedEventType[] {
    const known = this.#kindsByPath.get(path) ?? new Set()
    const meant = type === 'any' ? kinds : ([type === 'data' ? 'data' : 'child'] as const)
    const removed = meant.filter((kind) => known.delete(kind))
    return removed.map((kind) => removedEvents[kind])
  }

  #useUp({ type, path }: WatchedEvent): void {
    const known = this.#kindsByPath.get(path)
    if (type !== 'NodeChildrenChanged') known?.delete('data')
    if (type === 'NodeChildrenChanged' || type === 'NodeDeleted') known?.delete('child')
    if (known?.size === 0) this.#kindsByPath.delete(path)
  }
}
