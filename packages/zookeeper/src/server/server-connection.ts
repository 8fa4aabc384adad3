import type { Identity, WatchEventType } from '../core/data-types.js'
import type { Reply, Request } from '../core/requests.js'
import type { Connection, ConnectionSink, ConnectRequest, ReplyHandler } from './endpoint.js'

/** What a connection asks its server to do. */
interface Server {
  /** Everybody may do everything. */
  readonly skipAcl: boolean
  readonly submit: (connection: ServerConnection, request: Request, onReply: ReplyHandler) => void
  readonly drop: (connection: ServerConnection) => void
}

/** One connection, seen by the server: who it is, and whether it still hears anything. */
export class ServerConnection implements Connection {
  readonly sessionId: bigint
  readonly address: string
  readonly heartbeat: 'implicit' | 'explicit'
  readonly #sink: ConnectionSink
  readonly #server: Server
  readonly #identities: Identity[]
  #state: 'open' | 'dropped' | 'closed' = 'open'

  constructor(sessionId: bigint, request: ConnectRequest, sink: ConnectionSink, server: Server) {
    this.sessionId = sessionId
    this.address = request.address
    this.heartbeat = request.heartbeat
    this.#sink = sink
    this.#server = server
    this.#identities = [{ scheme: 'ip', id: request.address }]
    if (server.skipAcl) this.#identities.push({ scheme: 'super', id: '' })
  }

  get identities(): readonly Identity[] {
    return this.#identities
  }

  addIdentity(identity: Identity): void {
    const known = this.#identities.some(({ scheme, id }) => scheme === identity.scheme && id === identity.id)
    if (!known) this.#identities.push(identity)
  }

  submit(request: Request, onReply: ReplyHandler): void {
    if (this.#state === 'open') this.#server.submit(this, request, onReply)
  }

  drop(): void {
    if (this.#state !== 'open') return
    this.#state = 'dropped'
    this.#server.drop(this)
  }

  connected(session: { readonly sessionId: bigint; readonly password: Buffer; readonly timeoutMs: number }): void {
    if (this.#state === 'open') this.#sink.onConnected(session)
  }

  notify(event: { readonly type: WatchEventType; readonly path: string }, zxid: bigint): void {
    if (this.#state === 'open') this.#sink.onNotification(event, zxid)
  }

  reply(reply: Reply, zxid: bigint, onReply: ReplyHandler): void {
    if (this.#state === 'open') onReply(reply, zxid)
  }

  /** The server closes the connection and says why. */
  close(reason: 'expired' | 'lost'): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#sink.onClosed(reason)
  }

  /** The client ended its session and was answered: it hears nothing more. */
  release(): void {
    this.#state = 'closed'
  }
}
