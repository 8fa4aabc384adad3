/**
 * The session of a client, which outlives its connections: it finds a new connection when one is lost, and tells that one
 * what the session has to say again.
 *
 *     connecting ──► connected ◄──► disconnected ──► expired
 *                        └──────────────┴──────────► closed
 *
 * It owns the session's identity, the requests under way, the proofs of who the client is, and which paths are watched. It
 * never repeats a request: when the connection drops, those under way fail with CONNECTIONLOSS, because nobody knows
 * whether they were done. Whom to tell of a notification is its client's business. Paths are the server's.
 */
import { ClientWatches, watchSetBy } from '../core/client-watches.js'
import type { Reply, Request } from '../core/requests.js'
import { ZooKeeperError, type ZooKeeperErrorName } from '../errors.js'
import type { Connection, ConnectionSink, Endpoint } from '../server/endpoint.js'
import type { Timers } from '../store/ports.js'
import type { WatchedEvent, ZooKeeperState } from '../zookeeper.js'
import { whenAborted } from './abort.js'
import type { Session } from './session.js'

export interface ClientSessionOptions {
  readonly endpoint: Endpoint
  readonly sessionTimeoutMs: number
  /** How long to look for a server that gives the session; default 0: the first refusal counts. */
  readonly connectTimeoutMs?: number
  /** Comes back to a session instead of opening one. */
  readonly session?: { readonly id: bigint; readonly password: Buffer }
  /** The client's address, for `ip` ACLs; default 127.0.0.1. Over the wire the server sees it. */
  readonly address?: string
  readonly heartbeat: 'implicit' | 'explicit'
  /** Pause before a lost connection is sought again; default 100. */
  readonly reconnectBackoffMs?: number
  readonly timers: Timers
  /** Ends the waiting for the session. */
  readonly signal?: AbortSignal
}

interface Call {
  readonly request: Request
  readonly onReply: (reply: Reply) => void
  readonly reject: (error: ZooKeeperError) => void
}

export class ClientSession implements Session {
  readonly #options: ClientSessionOptions
  /** Each new connection is told all of them. */
  readonly #watches = new ClientWatches<'watched'>()
  readonly #authRequests: Request[] = []
  readonly #listeners = new Set<(state: ZooKeeperState) => void>()
  #onNotification: (event: WatchedEvent) => void = () => {}
  #connection: Connection | undefined
  #state: ZooKeeperState | 'connecting' = 'connecting'
  #sessionId: bigint
  #password: Buffer
  #sessionTimeoutMs: number
  #lastZxidSeen = 0n
  /** Sent, in order, waiting for their replies. */
  readonly #inFlight = new Set<Call>()
  /** Waiting for a connection. */
  readonly #queue = new Set<Call>()
  #cancelReconnect: (() => void) | undefined
  /** Set while the session is sought for the first time. */
  #onOpened: ((error?: ZooKeeperError) => void) | undefined
  /** Set while the session is being closed: a connection that breaks then ends the wait too. */
  #onConnectionEnd: (() => void) | undefined

  /** Settles once the session is there. Errors: CONNECTIONLOSS, SESSIONEXPIRED, the signal's reason. */
  static async open(options: ClientSessionOptions): Promise<ClientSession> {
    const { signal, connectTimeoutMs = 0, timers } = options
    signal?.throwIfAborted()
    const session = new ClientSession(options)
    let cancelDeadline = () => {}
    const stopListening = whenAborted(signal, () => session.#onOpened?.())
    try {
      await new Promise<void>((resolve, reject) => {
        session.#onOpened = (error) => (error === undefined ? resolve() : reject(error))
        if (connectTimeoutMs > 0) {
          cancelDeadline = timers.schedule(connectTimeoutMs, () => session.#refuse())
        }
        session.#connect()
      })
      signal?.throwIfAborted()
    } catch (error) {
      session.#end('closed')
      throw error
    } finally {
      session.#onOpened = undefined
      cancelDeadline()
      stopListening()
    }
    return session
  }

  private constructor(options: ClientSessionOptions) {
    this.#options = options
    this.#sessionTimeoutMs = options.sessionTimeoutMs
    this.#sessionId = options.session?.id ?? 0n
    this.#password = options.session?.password ?? Buffer.alloc(16)
  }

  get id(): bigint {
    return this.#sessionId
  }

  get password(): Buffer {
    return this.#password
  }

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

  onNotification(listener: (event: WatchedEvent) => void): void {
    this.#onNotification = listener
  }

  send(request: Request, onReply?: (reply: Reply) => void, signal?: AbortSignal): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      signal?.throwIfAborted()
      let stopListening = () => {}
      const call: Call = {
        request,
        onReply: (reply) => {
          stopListening()
          onReply?.(reply)
          resolve(reply)
        },
        reject: (error) => {
          stopListening()
          reject(error)
        },
      }
      if (this.#state === 'expired') return reject(new ZooKeeperError('SESSIONEXPIRED'))
      if (this.#state === 'closed') return reject(new ZooKeeperError('CONNECTIONLOSS'))
      // What was sent stays in the order of replies: a watch that it sets is set.
      stopListening = whenAborted(signal, (reason) => {
        this.#queue.delete(call)
        reject(reason)
      })
      if (request.kind === 'auth') this.#authRequests.push(request)
      if (this.#state === 'connected' && this.#connection !== undefined) this.#submit(this.#connection, call)
      // A new connection is told of all proofs before anything else.
      else this.#queue.add(call)
    })
  }

  async close(): Promise<void> {
    if (this.#state === 'expired' || this.#state === 'closed') return
    const connection = this.#state === 'connected' ? this.#connection : undefined
    if (connection !== undefined) this.#connection = undefined
    this.#end('closed')
    if (connection === undefined) return
    await new Promise<void>((resolve) => {
      this.#onConnectionEnd = resolve
      connection.submit({ kind: 'closeSession' }, () => resolve())
    })
    connection.drop()
  }

  /** The session is over: everything that waits fails. */
  #end(state: 'expired' | 'closed'): void {
    if (this.#state === 'expired' || this.#state === 'closed') return
    this.#cancelReconnect?.()
    this.#connection?.drop()
    this.#connection = undefined
    this.#watches.clear()
    this.#setState(state)
    const code = state === 'expired' ? 'SESSIONEXPIRED' : 'CONNECTIONLOSS'
    this.#failInFlight(code)
    for (const call of takeAll(this.#queue)) call.reject(new ZooKeeperError(code))
  }

  #refuse(): void {
    this.#onOpened?.(new ZooKeeperError('CONNECTIONLOSS'))
  }

  #submit(connection: Connection, call: Call): void {
    this.#inFlight.add(call)
    const { request } = call
    connection.submit(request, (reply, zxid) => {
      this.#inFlight.delete(call)
      this.#saw(zxid)
      const set = watchSetBy(request, reply)
      if (set !== undefined) this.#watches.add(set.kind, set.path, 'watched')
      if (request.kind === 'removeWatches' && reply.kind !== 'error') {
        this.#watches.removeAll(request.path, request.watcherType)
      }
      call.onReply(reply)
      // A proof that fails ends the session, as the server ends the connection.
      if (request.kind === 'auth' && reply.kind === 'error') this.#end('closed')
    })
  }

  #saw(zxid: bigint): void {
    if (zxid > this.#lastZxidSeen) this.#lastZxidSeen = zxid
  }

  #connect(): void {
    let current = true
    const sink: ConnectionSink = {
      onConnected: (session) => {
        if (current) this.#attached(session)
      },
      onNotification: (event, zxid) => {
        this.#saw(zxid)
        if (current) this.#notified(event)
      },
      onClosed: (reason) => {
        current = false
        this.#lost(reason)
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
    const queue = takeAll(this.#queue)
    const queuedProofs = new Set(queue.map(({ request }) => request))
    for (const auth of this.#authRequests) {
      if (!queuedProofs.has(auth)) connection.submit(auth, () => {})
    }
    for (const call of queue) {
      if (call.request.kind === 'auth') this.#submit(connection, call)
    }
    for (const request of this.#watches.rearmRequests(this.#lastZxidSeen)) connection.submit(request, () => {})
    this.#setState('connected')
    for (const call of queue) {
      if (call.request.kind !== 'auth') this.#submit(connection, call)
    }
    this.#onOpened?.()
  }

  #notified(event: WatchedEvent): void {
    if (this.#state === 'closed' || this.#state === 'expired') return
    this.#watches.take(event.type, event.path)
    this.#onNotification(event)
  }

  #lost(reason: 'expired' | 'lost'): void {
    this.#onConnectionEnd?.()
    if (this.#state === 'closed' || this.#state === 'expired') return
    this.#connection = undefined
    if (reason === 'expired') {
      this.#onOpened?.(new ZooKeeperError('SESSIONEXPIRED'))
      this.#end('expired')
      return
    }
    const { timers, reconnectBackoffMs = 100, connectTimeoutMs = 0 } = this.#options
    if (this.#state === 'connecting' && connectTimeoutMs === 0) {
      this.#refuse()
      return
    }
    if (this.#state !== 'connecting') this.#setState('disconnected')
    this.#failInFlight('CONNECTIONLOSS')
    this.#cancelReconnect = timers.schedule(reconnectBackoffMs, () => this.#connect())
  }

  #failInFlight(code: ZooKeeperErrorName): void {
    for (const call of takeAll(this.#inFlight)) call.reject(new ZooKeeperError(code))
  }

  #setState(state: ZooKeeperState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }
}

function takeAll<T>(from: Set<T>): readonly T[] {
  const all = [...from]
  from.clear()
  return all
}
