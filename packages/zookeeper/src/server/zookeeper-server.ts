/**
 * A ZooKeeper server of one node, without its sockets: it owns the store with its database, the sessions and their
 * connections, and has requests carried out (request-processor.ts) in the order in which they come.
 *
 * A write is decided, applied and logged at once, in one turn; its reply and its notifications wait in the output gate
 * for the disk. It never speaks a wire protocol and never waits while it holds a request.
 */
import type { Database } from '../core/database.js'
import type { Reply, Request } from '../core/requests.js'
import { negotiatedTimeoutMs, SessionTracker } from '../core/session-tracker.js'
import { systemPorts } from '../store/node-ports.js'
import type { Ports, StoreDirectory } from '../store/ports.js'
import { loadSecret, sessionPassword } from '../store/secret.js'
import { type RecoverySummary, TxnStore } from '../store/txn-store.js'
import type { ConnectionSink, ConnectRequest, Endpoint, ReplyHandler } from './endpoint.js'
import { OutputGate } from './output-gate.js'
import { RequestProcessor } from './request-processor.js'
import { ServerConnection } from './server-connection.js'

export interface ZooKeeperServerOptions {
  /** The folder that the server has for itself. */
  readonly directory: StoreDirectory
  /** Default: the machine's. */
  readonly ports?: Ports
  /** How often sessions are checked; default 3000. */
  readonly tickTimeMs?: number
  /** Bounds of what a client may ask for; default 2 and 20 ticks. */
  readonly minSessionTimeoutMs?: number
  readonly maxSessionTimeoutMs?: number
  /** TTL nodes; default false, as in ZooKeeper. */
  readonly extendedTypesEnabled?: boolean
  /** `user:base64(sha1(user:password))` of the user who may do everything; default nobody. */
  readonly superDigest?: string
  /** Nobody's permissions are checked; default false. */
  readonly skipAcl?: boolean
  /** How often empty containers and outlived TTL nodes are looked for; default 60,000. */
  readonly containerCheckIntervalMs?: number
  /** Transactions between two snapshots; default 100,000. */
  readonly snapshotTxns?: number
  /** Default 3. */
  readonly snapshotsRetained?: number
  /** The disk failed; the server has stopped answering and all connections are lost. */
  readonly onFailure?: (error: unknown) => void
}

/** What `srvr` and `mntr` show, and metrics count. */
export interface ServerStatus {
  readonly lastZxid: bigint
  readonly nodeCount: number
  readonly ephemeralCount: number
  readonly watchCount: number
  readonly sessionCount: number
  readonly connectionCount: number
}

/** Top byte of session ids; ZooKeeper's standalone server uses the same. */
const SERVER_ID = 1

export class ZooKeeperServer implements Endpoint {
  /** What the start found on the disk. */
  readonly recovery: RecoverySummary
  readonly #options: ZooKeeperServerOptions
  readonly #ports: Ports
  readonly #store: TxnStore
  readonly #database: Database
  readonly #gate: OutputGate
  readonly #processor: RequestProcessor
  readonly #secret: Buffer
  readonly #tickTimeMs: number
  readonly #sessions: SessionTracker
  readonly #connections = new Map<bigint, ServerConnection>()
  #lastTickMs: number
  #lastReapMs: number
  #cancelTick: () => void
  #state: 'running' | 'closed' | 'failed' = 'running'

  /** Recovers the folder and starts. Errors: StoreError, and what the directory throws. */
  static async start(options: ZooKeeperServerOptions): Promise<ZooKeeperServer> {
    const { directory, snapshotTxns, snapshotsRetained } = options
    const secret = await loadSecret(directory, (options.ports ?? systemPorts).random)
    // The store calls back only after an append, when the server below exists.
    let server: ZooKeeperServer | undefined
    const store = await TxnStore.open({
      directory,
      ...(snapshotTxns === undefined ? {} : { snapshotTxns }),
      ...(snapshotsRetained === undefined ? {} : { snapshotsRetained }),
      onSynced: (zxid) => {
        if (server !== undefined) server.#gate.synced(zxid)
      },
      onFailure: (error) => {
        if (server !== undefined) server.#fail(error)
      },
    })
    server = new ZooKeeperServer(options, store, secret)
    return server
  }

  private constructor(options: ZooKeeperServerOptions, store: TxnStore, secret: Buffer) {
    this.recovery = store.recovery
    this.#options = options
    this.#ports = options.ports ?? systemPorts
    this.#store = store
    this.#database = store.database
    this.#gate = new OutputGate(store.syncedZxid)
    this.#secret = secret
    this.#tickTimeMs = options.tickTimeMs ?? 3000
    const { clock, timers } = this.#ports
    this.#processor = new RequestProcessor({
      store,
      gate: this.#gate,
      clock,
      extendedTypesEnabled: options.extendedTypesEnabled ?? false,
      superDigest: options.superDigest,
    })
    this.#sessions = new SessionTracker(SERVER_ID, clock.nowMs())
    this.#lastTickMs = clock.monotonicMs()
    this.#lastReapMs = this.#lastTickMs
    for (const [sessionId, timeoutMs] of this.#database.sessions) {
      this.#sessions.track(sessionId, timeoutMs, this.#lastTickMs)
    }
    this.#cancelTick = timers.schedule(this.#tickTimeMs, () => this.#tick())
  }

  get lastZxid(): bigint {
    return this.#database.lastZxid
  }

  status(): ServerStatus {
    return {
      lastZxid: this.#database.lastZxid,
      nodeCount: this.#database.tree.nodeCount,
      ephemeralCount: this.#database.tree.ephemeralCount,
      watchCount: this.#processor.watchCount,
      sessionCount: this.#database.sessions.size,
      connectionCount: this.#connections.size,
    }
  }

  /** Wall clock: when each session ends if nothing is heard of it. */
  sessionDeadlines(): ReadonlyMap<bigint, number> {
    const { clock } = this.#ports
    const offsetMs = clock.nowMs() - clock.monotonicMs()
    return new Map(Array.from(this.#sessions.deadlines(), ([id, deadlineMs]) => [id, deadlineMs + offsetMs]))
  }

  /** Walks over all nodes. */
  get approximateDataBytes(): number {
    return this.#database.tree.approximateDataBytes
  }

  ephemerals(): ReadonlyMap<bigint, readonly string[]> {
    return new Map(Array.from(this.#database.tree.ephemerals, ([sessionId, paths]) => [sessionId, [...paths]]))
  }

  watchedPaths(): ReadonlyMap<bigint, readonly string[]> {
    return this.#processor.watchedPaths()
  }

  /** Opens a session, or attaches to the one named. The sink hears which, or that it cannot be. */
  connect(request: ConnectRequest, sink: ConnectionSink): ServerConnection {
    const isNew = request.sessionId === 0n
    const sessionId = isNew ? this.#sessions.newSessionId() : request.sessionId
    const connection = new ServerConnection(sessionId, request, sink, {
      skipAcl: this.#options.skipAcl ?? false,
      submit: (caller, asked, onReply) => this.#submit(caller, asked, onReply),
      drop: (caller) => this.#detach(caller),
    })
    if (this.#state !== 'running' || request.lastZxidSeen > this.#database.lastZxid) {
      this.#close(connection, 'lost')
      return connection
    }
    const password = sessionPassword(this.#secret, sessionId)
    if (!isNew && !(this.#database.sessions.has(sessionId) && password.equals(request.password))) {
      this.#close(connection, 'expired')
      return connection
    }
    const timeoutMs = negotiatedTimeoutMs(
      request.timeoutMs,
      this.#options.minSessionTimeoutMs ?? 2 * this.#tickTimeMs,
      this.#options.maxSessionTimeoutMs ?? 20 * this.#tickTimeMs,
    )
    if (isNew) this.#processor.write([{ kind: 'createSession', sessionId, timeoutMs }])
    const previous = this.#connections.get(sessionId)
    if (previous !== undefined) this.#close(previous, 'lost')
    this.#connections.set(sessionId, connection)
    this.#sessions.track(sessionId, timeoutMs, this.#ports.clock.monotonicMs())
    this.#gate.push(this.#database.lastZxid, () => connection.connected({ sessionId, password, timeoutMs }))
    return connection
  }

  /** Ends a session as if its timeout had passed. Does nothing if there is no such session. */
  expireSession(sessionId: bigint): void {
    if (this.#state === 'running' && this.#database.sessions.has(sessionId)) this.#endSession(sessionId, 'expired')
  }

  /** For a server that only its own process reaches: right after the start, whoever held a session is gone. */
  expireAllSessions(): void {
    for (const sessionId of [...this.#database.sessions.keys()]) this.expireSession(sessionId)
  }

  /** Cuts a session's connection, as a broken network would; the session lives on until its timeout. */
  dropConnection(sessionId: bigint): void {
    const connection = this.#connections.get(sessionId)
    if (connection !== undefined) this.#close(connection, 'lost')
  }

  /** Stops, with everything answered or not on the disk. Sessions outlive it. */
  async close(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'closed'
      this.#cancelTick()
      for (const connection of [...this.#connections.values()]) this.#close(connection, 'lost')
    }
    await this.#store.close()
  }

  #submit(connection: ServerConnection, request: Request, onReply: ReplyHandler): void {
    // The end of a session is told when it is on the disk; what its client asks meanwhile is not done any more.
    if (this.#state !== 'running' || !this.#database.sessions.has(connection.sessionId)) return
    this.#sessions.touch(connection.sessionId, this.#ports.clock.monotonicMs())
    if (request.kind === 'closeSession') {
      this.#endSession(connection.sessionId, 'closed')
      this.#reply(connection, { kind: 'empty' }, onReply)
      this.#gate.push(this.#database.lastZxid, () => connection.release())
      return
    }
    const reply = this.#processor.process(connection, request)
    this.#reply(connection, reply, onReply)
    if (request.kind === 'auth' && reply.kind === 'error') {
      this.#detach(connection)
      this.#gate.push(this.#database.lastZxid, () => connection.close('lost'))
    }
  }

  #reply(connection: ServerConnection, reply: Reply, onReply: ReplyHandler): void {
    const zxid = this.#database.lastZxid
    this.#gate.push(zxid, () => connection.reply(reply, zxid, onReply))
  }

  #endSession(sessionId: bigint, reason: 'expired' | 'closed'): void {
    const connection = this.#connections.get(sessionId)
    this.#sessions.forget(sessionId)
    if (connection !== undefined) this.#detach(connection)
    this.#processor.write([{ kind: 'closeSession', sessionId }])
    if (connection !== undefined && reason === 'expired') this.#close(connection, 'expired')
  }

  /** The connection watches nothing more and is nobody's; what was queued for it before may still be delivered. */
  #detach(connection: ServerConnection): void {
    this.#processor.removeWatcher(connection)
    if (this.#connections.get(connection.sessionId) === connection) this.#connections.delete(connection.sessionId)
  }

  #close(connection: ServerConnection, reason: 'expired' | 'lost'): void {
    this.#detach(connection)
    if (reason === 'expired') this.#gate.push(this.#database.lastZxid, () => connection.close(reason))
    // A lost connection delivers nothing more, so there is nothing to wait for.
    else queueMicrotask(() => connection.close(reason))
  }

  #tick(): void {
    const nowMs = this.#ports.clock.monotonicMs()
    const lateMs = nowMs - this.#lastTickMs - 2 * this.#tickTimeMs
    if (lateMs > 0) this.#sessions.postpone(lateMs)
    this.#lastTickMs = nowMs
    for (const connection of this.#connections.values()) {
      if (connection.heartbeat === 'implicit') this.#sessions.touch(connection.sessionId, nowMs)
    }
    for (const sessionId of this.#sessions.expired(nowMs)) this.#endSession(sessionId, 'expired')
    if (nowMs - this.#lastReapMs >= (this.#options.containerCheckIntervalMs ?? 60_000)) this.#reap(nowMs)
    this.#cancelTick = this.#ports.timers.schedule(this.#tickTimeMs, () => this.#tick())
  }

  #reap(nowMs: number): void {
    this.#lastReapMs = nowMs
    for (const path of this.#database.tree.reapable(this.#ports.clock.nowMs()))
      this.#processor.write([{ kind: 'delete', path }])
  }

  #fail(error: unknown): void {
    if (this.#state !== 'running') return
    this.#state = 'failed'
    this.#cancelTick()
    this.#gate.clear()
    for (const connection of [...this.#connections.values()]) this.#close(connection, 'lost')
    this.#options.onFailure?.(error)
  }
}
