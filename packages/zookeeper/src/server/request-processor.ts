/**
 * Carries out requests on the database, one at a time in the order in which they come: decides and applies writes, reads,
 * sets watches, and queues the notifications of what a write has changed.
 *
 * It owns the watches and is the only one that writes. It knows connections as watchers with identities; which of them
 * are open, whose session lives, and when a reply is delivered, is its server's business.
 */
import assert from 'node:assert'
import { isAllowed } from '../core/acl.js'
import { Perms } from '../core/data-types.js'
import type { Applied, Database } from '../core/database.js'
import { answerRead } from '../core/read-answer.js'
import {
  errorReply,
  type ReadRequest,
  type Reply,
  type Request,
  type WatchRequest,
  type WriteRequest,
} from '../core/requests.js'
import type { Change } from '../core/txn.js'
import { WatchManager, type WatchNotice } from '../core/watch-manager.js'
import { decideWrite } from '../core/write-decision.js'
import type { Clock } from '../store/ports.js'
import type { TxnStore } from '../store/txn-store.js'
import { authenticate } from './auth-providers.js'
import type { OutputGate } from './output-gate.js'
import type { ServerConnection } from './server-connection.js'
import { writeReply } from './write-reply.js'

export interface RequestProcessorOptions {
  readonly store: TxnStore
  readonly gate: OutputGate
  readonly clock: Clock
  readonly extendedTypesEnabled: boolean
  readonly superDigest: string | undefined
}

/** Ending a session is the server's. */
export type ProcessedRequest = Exclude<Request, { kind: 'closeSession' }>

export class RequestProcessor {
  readonly #options: RequestProcessorOptions
  readonly #database: Database
  readonly #watches = new WatchManager<ServerConnection>()

  constructor(options: RequestProcessorOptions) {
    this.#options = options
    this.#database = options.store.database
  }

  get watchCount(): number {
    return this.#watches.count
  }

  /** Paths by session, as the admin commands show them. */
  watchedPaths(): ReadonlyMap<bigint, readonly string[]> {
    const byWatcher = this.#watches.pathsByWatcher()
    return new Map(Array.from(byWatcher, ([connection, paths]) => [connection.sessionId, paths]))
  }

  /** The reply of a write comes after the notifications that this call has queued. */
  process(connection: ServerConnection, request: ProcessedRequest): Reply {
    switch (request.kind) {
      case 'create':
      case 'delete':
      case 'setData':
      case 'check':
      case 'setAcl':
      case 'multi':
      case 'refused':
        return this.#decideAndWrite(connection, request)
      case 'addWatch':
      case 'checkWatches':
      case 'removeWatches':
      case 'setWatches':
        return this.#watch(connection, request)
      case 'auth': {
        const { superDigest } = this.#options
        const identity = authenticate(request.scheme, request.auth, connection.address, superDigest)
        if (identity === undefined) return errorReply('AUTHFAILED')
        connection.addIdentity(identity)
        return { kind: 'empty' }
      }
      case 'ping':
        return { kind: 'empty' }
      default:
        return this.#read(connection, request)
    }
  }

  /** Applies and logs one transaction, and queues its notifications. */
  write(changes: readonly Change[]): Applied {
    const { store, clock } = this.#options
    const txn = { zxid: this.#database.lastZxid + 1n, timeMs: clock.nowMs(), changes }
    const applied = this.#database.apply(txn)
    store.append(txn)
    for (const event of applied.events) this.#notify(this.#watches.fire(event))
    return applied
  }

  /** The connection watches nothing more. */
  removeWatcher(connection: ServerConnection): void {
    this.#watches.removeWatcher(connection)
  }

  #decideAndWrite(connection: ServerConnection, request: WriteRequest): Reply {
    const { tree, lastZxid } = this.#database
    const { clock, extendedTypesEnabled } = this.#options
    const decision = decideWrite(
      tree,
      request,
      {
        sessionId: connection.sessionId,
        identities: connection.identities,
        zxid: lastZxid + 1n,
        nowMs: clock.nowMs(),
      },
      { extendedTypesEnabled },
    )
    if (decision.kind === 'refused') {
      this.write([])
      const { error, results } = decision
      return results === undefined ? errorReply(error) : { kind: 'error', error, results }
    }
    assert(request.kind !== 'refused', 'it was never accepted')
    return writeReply(request, this.write(decision.changes), tree)
  }

  #read(connection: ServerConnection, request: ReadRequest): Reply {
    const reply = answerRead(this.#database.tree, request, connection)
    if (!('watch' in request) || !request.watch) return reply
    const watched = reply.kind !== 'error' || (request.kind === 'exists' && reply.error === 'NONODE')
    if (!watched) return reply
    if (request.kind === 'getChildren') this.#watches.watchChildren(request.path, connection)
    else this.#watches.watchData(request.path, connection)
    return reply
  }

  #watch(connection: ServerConnection, request: WatchRequest): Reply {
    switch (request.kind) {
      case 'addWatch':
        this.#watches.addWatch(request.path, request.mode, connection)
        return { kind: 'empty' }
      case 'checkWatches':
        return this.#watches.has(request.path, connection, request.watcherType)
          ? { kind: 'empty' }
          : errorReply('NOWATCHER')
      case 'removeWatches':
        return this.#watches.remove(request.path, connection, request.watcherType)
          ? { kind: 'empty' }
          : errorReply('NOWATCHER')
      case 'setWatches': {
        const { tree } = this.#database
        this.#notify(this.#watches.setWatches(request, connection, (path) => tree.node(path)))
        return { kind: 'empty' }
      }
      default:
        return request satisfies never
    }
  }

  #notify(notices: readonly WatchNotice<ServerConnection>[]): void {
    const zxid = this.#database.lastZxid
    for (const { watcher, type, path, acl } of notices) {
      if (!isAllowed(acl, Perms.READ, watcher.identities)) continue
      this.#options.gate.push(zxid, () => watcher.notify({ type, path }, zxid))
    }
  }
}
