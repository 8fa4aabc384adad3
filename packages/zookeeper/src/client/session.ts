import type { Reply, Request } from '../core/requests.js'
import type { WatchedEvent, ZooKeeperState } from '../zookeeper.js'

/** What a client sees of its session, which may live in another thread. Paths are the server's, with chroot. */
export interface Session {
  readonly id: bigint
  /** Proves, with the id, that a session is one's own. */
  readonly password: Buffer
  /** As asked for, then as the server has granted it. */
  readonly timeoutMs: number
  readonly state: ZooKeeperState
  /** Returns what stops it. */
  onStateChange(listener: (state: ZooKeeperState) => void): () => void
  /** Hears all notifications, each before any reply that shows its change. */
  onNotification(listener: (event: WatchedEvent) => void): void
  /**
   * `onReply` runs at the reply's place in the order of replies and notifications. Errors: CONNECTIONLOSS,
   * SESSIONEXPIRED, and the reason of `signal`; an error that the server answered is a reply.
   */
  send(request: Request, onReply?: (reply: Reply) => void, signal?: AbortSignal): Promise<Reply>
  /** Ends the session on the server, and settles when it has answered or the connection is gone. */
  close(): Promise<void>
}
