/**
 * The seam between a client and a server: connections that carry requests. `ZooKeeperServer` is one; the wire client's
 * transport is another. Both sides count on: replies come in the order of the requests, and a notification comes before
 * any reply that shows its change.
 */
import type { WatchEventType } from '../core/data-types.js'
import type { Reply, Request } from '../core/requests.js'

export interface ConnectRequest {
  /** 0n asks for a new session. */
  readonly sessionId: bigint
  readonly password: Buffer
  readonly timeoutMs: number
  /** A server that is behind this refuses the connection, without ending the session. */
  readonly lastZxidSeen: bigint
  /** The client's address, for `ip` ACLs. */
  readonly address: string
  /**
   * `implicit`: the client lives in the server's process, so it cannot fall silent alone; the connection itself keeps the
   * session alive. `explicit`: each packet, or a ping, does.
   */
  readonly heartbeat: 'implicit' | 'explicit'
}

/** What a connection tells its owner. Calls come in order, and never from within a call that the owner makes. */
export interface ConnectionSink {
  /** The session is there; requests sent before this were kept. */
  onConnected(session: { readonly sessionId: bigint; readonly password: Buffer; readonly timeoutMs: number }): void
  /** `expired`: the session is over. `lost`: the connection is; the session may live. Last call. */
  onClosed(reason: 'expired' | 'lost'): void
  onNotification(event: { readonly type: WatchEventType; readonly path: string }, zxid: bigint): void
}

export type ReplyHandler = (reply: Reply, zxid: bigint) => void

export interface Connection {
  /** Requests that have no reply when the connection closes get none. */
  submit(request: Request, onReply: ReplyHandler): void
  /** Drops the connection; the session goes on until it expires. `onClosed` is not called. */
  drop(): void
}

export interface Endpoint {
  connect(request: ConnectRequest, sink: ConnectionSink): Connection
}
