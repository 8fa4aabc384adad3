/**
 * The session of a client, which outlives its connections: it finds a new connection when one is lost, and tells that one
 * what the session has to say again.
 *
 *     connecting ──► connected ◄──► disconnected ──► expired
 *                        └──────────────┴──────────► closed
 *
 * It owns the session's identity, the requests under way, the proofs of who the client is, and the watches. It never
 * repeats a request: when the connection drops, those under way fail with CONNECTIONLOSS, because nobody knows whether
 * they were done. What requests and replies mean is its client's business. Paths are the server's; chroot is taken off
 * only those that users see, in errors and events.
 */
import { ClientWatches } from '../core/client-watches.js'
import type { WatchEventType } from '../core/data-types.js'
import type { Reply, Request } from '../core/requests.js'
import { ZooKeeperError, type ZooKeeperErrorName } from '../errors.js'
import type { Connection, ConnectionSink, Endpoint } from '../server/endpoint.js'
import type { Timers } from '../store/ports.js'
import type { Watcher, ZooKeeperState } from '../zookeeper.js'
import type { Chroot } from './chroot.js'

export interface ClientSessionOptions {
  readonly endpoint: Endpoint
  readonly sessionTimeoutMs: number
  /** The client's address, for `ip` ACLs; default 127.0.0.1. */
  readonly address?: string
  readonly heartbeat: 'implicit' | 'explicit'
  /** Pause before a lost connection is sought again; default 100. */
  readonly reconnectBackoffMs?: number
  readonly timers: Timers
}

interface Call {
  readonly request: Request
  /** For the error, without chroot. */
  readonly path: string | undefined
  readonly onReply: (reply: Reply) => void
  readonly reject: (error: ZooKeeperError) => void
}

export class ClientSession {
  /** Those of the session; a new connection is told all of them. */
  readonly watches = new ClientWatches<Watcher>()
  readonly #options: ClientSessionOptions
  readonly #chroot: Chroot
  readonly #authRequests: Request[] = []
  readonly #listeners = new Set<(state: ZooKeeperState) => void>()
  #connection: Connection | undefined
  #state: ZooKeeperState | 'connecting' = 'connecting'
  #sessionId = 0n
  #password = Buffer.alloc(16)
  #sessionTimeoutMs: number
  #lastZxidSeen = 0n
  /** Sent, in order, waiting for their replies. */
  readonly #inFlight = new Set<Call>()
  /** Waiting for a connection. */
  #queue: Call[] = []
  #cancelReconnect: (() => void) | undefined
  /** Set while the session is being closed: a connection that breaks then ends the wait too. */
  #onConnectionEnd: (() => void) | undefined

  /** Settles once the session is there. Errors: CONNECTIONLOSS if the endpoint refuses. */
  static async open(options: ClientSessionOptions, chroot: Chroot): Promise<ClientSession> {
    const session = new ClientSession(options, chroot)
    await new Promise<void>((resolve, reject) => {
      session.#connect(resolve, reject)
    })
    return session
  }

  private constructor(options: ClientSessionOptions, chroot: Chroot) {
    this.#options = options
    this.#chroot = chroot
    this.#sessionTimeoutMs = options.sessionTimeoutMs
  }

  get id(): bigint {
    return this.#sessionId
  }

  /** As asked for, then as the server has granted it. */
  get timeoutMs(): number {
    return this.#sessionTimeoutMs
  }

  get state(): ZooKeeperState {
    return this.#state === 'connecting' ? 'disconnected' : this.#state
  }

  onStateChange(listener: (state: ZooKeeperState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** `onReply` runs at the reply's place in the order of replies and notifications. */
  send(request: Request, onReply?: (reply: Reply) => void): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const call: Call = {
        request,
        path: 'path' in request ? this.#chroot.strip(request.path) : undefined,
        onReply: (reply) => {
          onReply?.(reply)
          resolve(reply)
        },
        reject,
      }
      if (this.#state === 'expired') reject(new ZooKeeperError('SESSIONEXPIRED', call.path))
      else if (this.#state === 'closed') reject(new ZooKeeperError('CONNECTIONLOSS', call.path))
      else if (this.#state === 'connected' && this.#connection !== undefined) this.#submit(this.#connection, call)
      else this.#queue.push(call)
    })
  }

  /** From now on each new connection is told this `auth` request first. */
  remember(authRequest: Request): void {
    this.#authRequests.push(authRequest)
  }

  /** Ends the session on the server, and settles when it has answered or the connection is gone. */
  async close(): Promise<void> {
    if (this.#state === 'expired' || this.#state === 'closed') return
    const connection = this.#state === 'connected' ? this.#connection : undefined
    this.#connection = undefined
    this.end('closed')
    if (connection === undefined) return
    await new Promise<void>((resolve) => {
      this.#onConnectionEnd = resolve
      connection.submit({ kind: 'closeSession' }, () => resolve())
    })
  }

  /** The session is over: everything that waits fails. */
  end(state: 'expired' | 'closed'): void {
    if (this.#state === 'expired' || this.#state === 'closed') return
    this.#cancelReconnect?.()
    this.#connection?.drop()
    this.#connection = undefined
    this.watches.clear()
    this.#setState(state)
    const code = state === 'expired' ? 'SESSIONEXPIRED' : 'CONNECTIONLOSS'
    this.#failInFlight(code)
    const queue = this.#queue
    this.#queue = []
    for (const call of queue) call.reject(new ZooKeeperError(code, call.path))
  }

  #submit(connection: Connection, call: Call): void {
    this.#inFlight.add(call)
    connection.submit(call.request, (reply, zxid) => {
      this.#inFlight.delete(call)
      this.#saw(zxid)
      call.onReply(reply)
    })
  }

  #saw(zxid: bigint): void {
    if (zxid > this.#lastZxidSeen) this.#lastZxidSeen = zxid
  }

  #connect(onFirst?: () => void, onRefused?: (error: ZooKeeperError) => void): void {
    let current = true
    const sink: ConnectionSink = {
      onConnected: (session) => {
        this.#attached(session)
        onFirst?.()
      },
      onNotification: (event, zxid) => {
        this.#saw(zxid)
        if (current) this.#notified(event)
      },
      onClosed: (reason) => {
        current = false
        const isFirst = this.#sessionId === 0n
        if (isFirst) onRefused?.(new ZooKeeperError('CONNECTIONLOSS'))
        else this.#lost(reason)
      },
    }
    const { endpoint, address = '127.0.0.1', heartbeat, sessionTimeoutMs } = this.#options
    this.#connection = endpoint.connect(
      {
        sessionId: this.#sessionId,
        password: this.#password,
        timeoutMs: sessionTimeoutMs,
        lastZxidSeen: this.#lastZxidSeen,
        address,
        heartbeat,
      },
      sink,
    )
  }

  /** On the wire: identities first, then the watches, then what waits. */
  #attached(session: { readonly sessionId: bigint; readonly password: Buffer; readonly timeoutMs: number }): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#sessionId = session.sessionId
    this.#password = Buffer.from(session.password)
    this.#sessionTimeoutMs = session.timeoutMs
    for (const auth of this.#authRequests) connection.submit(auth, () => {})
    if (!this.watches.isEmpty) connection.submit(this.watches.rearmRequest(this.#lastZxidSeen), () => {})
    this.#setState('connected')
    const queue = this.#queue
    this.#queue = []
    for (const call of queue) this.#submit(connection, call)
  }

  #notified({ type, path }: { readonly type: WatchEventType; readonly path: string }): void {
    if (this.#state === 'closed' || this.#state === 'expired') return
    const event = { type, path: this.#chroot.strip(path) }
    for (const watcher of this.watches.take(type, path)) watcher(event)
  }

  #lost(reason: 'expired' | 'lost'): void {
    this.#onConnectionEnd?.()
    if (this.#state === 'closed') return
    this.#connection = undefined
    if (reason === 'expired') {
      this.end('expired')
      return
    }
    this.#setState('disconnected')
    this.#failInFlight('CONNECTIONLOSS')
    const { timers, reconnectBackoffMs = 100 } = this.#options
    this.#cancelReconnect = timers.schedule(reconnectBackoffMs, () => this.#connect())
  }

  #failInFlight(code: ZooKeeperErrorName): void {
    const calls = [...this.#inFlight]
    this.#inFlight.clear()
    for (const call of calls) call.reject(new ZooKeeperError(code, call.path))
  }

  #setState(state: ZooKeeperState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }
}
