/**
 * Everything that survives a restart: the tree, the sessions with their timeouts, the last transaction id.
 *
 * `apply` is the only way to change it, live and when the log is replayed.
 */
import assert from 'node:assert'
import { DataTree, type Znode } from './data-tree.js'
import type { Acl, MultiResult, Stat } from './data-types.js'
import { parentPath } from './path.js'
import type { Change, Txn } from './txn.js'

/** A change as watches see it. */
export interface TreeEvent {
  readonly kind: 'created' | 'deleted' | 'dataChanged'
  readonly path: string
  /** Of the node, at the change: whoever may not read it hears nothing. */
  readonly acl: readonly Acl[]
  /** Of its parent, for those who watch the list of children. */
  readonly parentAcl: readonly Acl[]
}

/** What applying one change answers; `setAcl` and the session changes have their own. */
export type ChangeResult =
  | Exclude<MultiResult, { kind: 'check' }>
  | { readonly kind: 'setAcl'; readonly stat: Stat }
  | { readonly kind: 'session' }

export interface Applied {
  /** One per change, in order. */
  readonly results: readonly ChangeResult[]
  readonly events: readonly TreeEvent[]
}

/** The whole database at one moment; later transactions do not show in it. */
export interface DatabaseCapture {
  /** The last transaction that it contains. */
  readonly zxid: bigint
  readonly sessions: readonly (readonly [sessionId: bigint, timeoutMs: number])[]
  readonly paths: readonly string[]
  readonly nodes: readonly Znode[]
}

export class Database {
  readonly tree: DataTree
  readonly #sessions: Map<bigint, number>
  #lastZxid: bigint

  constructor(
    tree: DataTree = DataTree.fresh(),
    sessions: Iterable<readonly [bigint, number]> = [],
    lastZxid: bigint = 0n,
  ) {
    this.tree = tree
    this.#sessions = new Map(sessions)
    this.#lastZxid = lastZxid
  }

  get lastZxid(): bigint {
    return this.#lastZxid
  }

  /** Timeouts in milliseconds by session id. */
  get sessions(): ReadonlyMap<bigint, number> {
    return this.#sessions
  }

  apply(txn: Txn): Applied {
    assert(txn.zxid === this.#lastZxid + 1n, `transaction ${txn.zxid} after ${this.#lastZxid}`)
    this.#lastZxid = txn.zxid
    const results: ChangeResult[] = []
    const events: TreeEvent[] = []
    for (const change of txn.changes) results.push(this.#applyChange(change, txn, events))
    return { results, events }
  }

  capture(): DatabaseCapture {
    return { zxid: this.#lastZxid, sessions: [...this.#sessions], ...this.tree.capture() }
  }

  #applyChange(change: Change, txn: Txn, events: TreeEvent[]): ChangeResult {
    const { tree } = this
    switch (change.kind) {
      case 'create':
        tree.create(change, txn.zxid, txn.timeMs)
        events.push(this.#event('created', change.path))
        return { kind: 'create', path: change.path, stat: this.#stat(change.path) }
      case 'delete':
        events.push(this.#event('deleted', change.path))
        tree.delete(change.path, txn.zxid)
        return { kind: 'delete' }
      case 'setData':
        tree.setData(change.path, change.data, change.version, txn.zxid, txn.timeMs)
        events.push(this.#event('dataChanged', change.path))
        return { kind: 'setData', stat: this.#stat(change.path) }
      case 'setAcl':
        tree.setAcl(change.path, change.acl, change.version)
        return { kind: 'setAcl', stat: this.#stat(change.path) }
      case 'createSession':
        this.#sessions.set(change.sessionId, change.timeoutMs)
        return { kind: 'session' }
      case 'closeSession':
        this.#sessions.delete(change.sessionId)
        for (const path of [...tree.ephemeralsOf(change.sessionId)]) {
          events.push(this.#event('deleted', path))
          tree.delete(path, txn.zxid)
        }
        return { kind: 'session' }
      default:
        return change satisfies never
    }
  }

  /** While the node is there. */
  #event(kind: TreeEvent['kind'], path: string): TreeEvent {
    const parent = parentPath(path)
    const acl = this.tree.node(path)?.acl ?? []
    return { kind, path, acl, parentAcl: (parent === undefined ? undefined : this.tree.node(parent)?.acl) ?? [] }
  }

  #stat(path: string): Stat {
    const node = this.tree.node(path)
    assert(node !== undefined)
    return this.tree.stat(path, node)
  }
}
