/**
 * The client-shaped seam: what a program sees of a ZooKeeper, in process or over the wire.
 *
 * It owns the names and the promises' rules, no behaviour. Node errors are rejected `ZooKeeperError`s; match on `code`.
 */
import type {
  Acl,
  AddWatchMode,
  CreateMode,
  Identity,
  MultiOp,
  MultiResult,
  Stat,
  WatchEventType,
} from './core/data-types.js'
import type { WatcherType } from './core/requests.js'

/**
 * `connected` ⇄ `disconnected` → `expired`; any → `closed`. `expired` and `closed` are final: a new session needs a new
 * client. While `disconnected` the session may still live; the client comes back to it by itself.
 */
export type ZooKeeperState = 'connected' | 'disconnected' | 'expired' | 'closed'

/** A notification. One-shot watches are used up by it; the reader reads, and so watches, again. */
export interface WatchedEvent {
  readonly type: WatchEventType
  /** Relative to the client's chroot. */
  readonly path: string
}

/** Called synchronously when the notification arrives; it must not throw. */
export type Watcher = (event: WatchedEvent) => void

export interface CreateOptions {
  /** Default `persistent`. */
  readonly mode?: CreateMode
  /** Default `OPEN_ACL_UNSAFE`. */
  readonly acl?: readonly Acl[]
  /** For the `ttl` modes alone. */
  readonly ttlMs?: number
}

/**
 * A session with a ZooKeeper.
 *
 * - Requests are carried out in the order of the calls, and their promises settle in that order.
 * - A notification is delivered before the reply of any request that shows its change.
 * - When the connection drops, requests under way fail with `CONNECTIONLOSS`: they may or may not have been done. Calls
 *   made while disconnected wait for the connection. After expiry all fail with `SESSIONEXPIRED`.
 * - `watcher` arguments set one-shot watches, and only if the read succeeds (`exists` also when there is no node). The
 *   same function on the same path counts once.
 * - `version` −1 matches any version.
 */
export interface ZooKeeper {
  readonly sessionId: bigint
  /** Proves, with the id, that the session is one's own. */
  readonly sessionPassword: Buffer
  /** As granted by the server, within its bounds. */
  readonly sessionTimeoutMs: number
  readonly state: ZooKeeperState
  /** Calls `listener` at every change of `state`; returns a function that stops it. */
  onStateChange(listener: (state: ZooKeeperState) => void): () => void

  /** `path` of the answer carries the number of a sequential node. Errors: NODEEXISTS, NONODE (parent), NOAUTH … */
  create(
    path: string,
    data: Buffer | null,
    options?: CreateOptions,
  ): Promise<{ readonly path: string; readonly stat: Stat }>
  /** Null if there is no such node; NOAUTH if it may not be read (ZooKeeper 3.8.4). */
  exists(path: string, watcher?: Watcher): Promise<Stat | null>
  getData(path: string, watcher?: Watcher): Promise<{ readonly data: Buffer | null; readonly stat: Stat }>
  /** Names in no order. */
  getChildren(path: string, watcher?: Watcher): Promise<{ readonly children: readonly string[]; readonly stat: Stat }>
  setData(path: string, data: Buffer | null, version: number): Promise<Stat>
  delete(path: string, version: number): Promise<void>
  getAcl(path: string): Promise<{ readonly acl: readonly Acl[]; readonly stat: Stat }>
  setAcl(path: string, acl: readonly Acl[], version: number): Promise<Stat>
  /** All or nothing. Refused: the rejected ZooKeeperError has the failing operation's code, and `results` per operation. */
  multi(operations: readonly MultiOp[]): Promise<readonly MultiResult[]>
  /** Paths of this session's own ephemeral nodes that begin with `prefix`. */
  getEphemerals(prefix: string): Promise<readonly string[]>
  /** How many nodes lie below `path`, at any depth. */
  getAllChildrenNumber(path: string): Promise<number>
  /** Who this connection is, without secrets: its address and what it proved with `addAuth`. */
  whoAmI(): Promise<readonly Identity[]>
  /** Settles once this client sees all that was committed before the call. */
  sync(path: string): Promise<void>

  /** Sets a watch that stays until removed (ZooKeeper 3.6+). */
  addWatch(path: string, mode: AddWatchMode, watcher: Watcher): Promise<void>
  /** Removes `watcher` of every kind from `path`. NOWATCHER if it has none there. */
  removeWatch(path: string, watcher: Watcher): Promise<void>
  /** Removes all watches of a type from `path`. NOWATCHER if there is none there. */
  removeAllWatches(path: string, type: WatcherType): Promise<void>
  /** Adds an identity to this connection, for instance `digest` with `user:password`. AUTHFAILED ends the session. */
  addAuth(scheme: string, auth: Buffer): Promise<void>

  /** The same client, whose waits end when `signal` is aborted: with its reason, and for what was sent, an unknown outcome. */
  withSignal(signal: AbortSignal): ZooKeeper

  /** Ends the session: its ephemeral nodes go, requests under way fail with CONNECTIONLOSS. May be called twice. */
  close(): Promise<void>
}
