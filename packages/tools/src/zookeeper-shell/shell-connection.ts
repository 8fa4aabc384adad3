/**
 * The session of a shell with a ZooKeeper: opened in the background, waited for by the first command, sought again by the next
 * one if it was refused.
 *
 *     connecting ──► connected ◄──► (disconnected) ──► closed by expiry
 *          │             ├────────► closed by `close` or a new `open`
 *          └─ refused    └────────► auth failed
 *
 * It owns the client and tells what happens to it in `zkCli`'s words. It knows nothing of commands.
 */
import { isZooKeeperError, type WatchEventType, type ZooKeeper, type ZooKeeperState } from '@millrace/zookeeper'
import { type RemovedEventType, SetWatches } from './set-watches.js'

export interface ConnectOptions {
  /** `host1:2181,host2:2181/chroot`. */
  readonly connectString: string
  readonly signal: AbortSignal
}
/** Opens a session. Errors: as `connectZooKeeper`. */
export type Connect = (options: ConnectOptions) => Promise<ZooKeeper>

/** As Java's `ZooKeeper.States`. */
export type ConnectionState = 'CONNECTING' | 'CONNECTED' | 'CLOSED' | 'AUTH_FAILED'
/** As Java's `KeeperState`. */
type EventState = 'SyncConnected' | 'Disconnected' | 'Expired' | 'Closed' | 'AuthFailed'

/** A session and what it watches. */
export interface OpenSession {
  readonly zooKeeper: ZooKeeper
  readonly watches: SetWatches
}

export class ShellConnection {
  readonly #connect: Connect
  readonly #onEvent: (text: string) => void
  #connectString = ''
  #life = new AbortController()
  #opening: Promise<OpenSession> | undefined
  #session: OpenSession | undefined
  #isOver = false
  #isProving = false
  #authFailed = false

  /** `onEvent` gets each event as `zkCli` prints it, without `WATCHER::`. */
  constructor(connect: Connect, onEvent: (text: string) => void) {
    this.#connect = connect
    this.#onEvent = onEvent
  }

  get connectString(): string {
    return this.#connectString
  }

  get state(): ConnectionState {
    if (this.#authFailed) return 'AUTH_FAILED'
    if (!this.isAlive) return 'CLOSED'
    return this.#session?.zooKeeper.state === 'connected' ? 'CONNECTED' : 'CONNECTING'
  }

  /** False once the session has expired or was closed: it takes another `open`. */
  get isAlive(): boolean {
    const state = this.#session?.zooKeeper.state
    return !(this.#isOver || state === 'expired' || state === 'closed')
  }

  /** The session if it is connected at this moment. */
  get connected(): OpenSession | undefined {
    return this.#session?.zooKeeper.state === 'connected' ? this.#session : undefined
  }

  /** Closes the session before, and begins to open one. That it fails is told to whoever waits for it. */
  async open(connectString: string): Promise<void> {
    await this.close()
    this.#connectString = connectString
    this.#life = new AbortController()
    this.#session = undefined
    this.#isOver = false
    this.#authFailed = false
    this.session().catch(() => {})
  }

  /** Settles with the session; one that was refused is sought again. Errors: as `connectZooKeeper`. */
  async session(): Promise<OpenSession> {
    this.#opening ??= this.#openSession()
    return await this.#opening
  }

  /** `addAuth` of the session's client. Errors: AUTHFAILED, which ends the session. */
  async addAuth(zooKeeper: ZooKeeper, scheme: string, auth: Buffer): Promise<void> {
    this.#isProving = true
    try {
      await zooKeeper.addAuth(scheme, auth)
    } catch (error) {
      if (isZooKeeperError(error, 'AUTHFAILED')) this.#authFailed = true
      throw error
    } finally {
      this.#isProving = false
    }
  }

  /** Ends the session, or the wait for one. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#life.abort()
    this.#opening = undefined
    await this.#session?.zooKeeper.close()
  }

  /** An event of the session itself (`path` is null), of a node, or of the watches that were removed from it. */
  tell(event: 'None' | WatchEventType | RemovedEventType, path: string | null, state: EventState = 'SyncConnected') {
    this.#onEvent(`WatchedEvent state:${state} type:${event} path:${path}`)
  }

  async #openSession(): Promise<OpenSession> {
    const { signal } = this.#life
    try {
      const zooKeeper = await this.#connect({ connectString: this.#connectString, signal })
      if (signal.aborted) {
        await zooKeeper.close()
        signal.throwIfAborted()
      }
      const session = { zooKeeper, watches: new SetWatches(({ type, path }) => this.tell(type, path)) }
      this.#session = session
      zooKeeper.onStateChange((state) => this.#stateChanged(state))
      this.tell('None', null)
      return session
    } catch (error) {
      if (!signal.aborted) this.#opening = undefined
      throw error
    }
  }

  #stateChanged(state: ZooKeeperState): void {
    if (state === 'closed') this.tell('None', null, this.#isProving ? 'AuthFailed' : 'Closed')
    else if (state === 'expired') this.tell('None', null, 'Expired')
    else this.tell('None', null, state === 'connected' ? 'SyncConnected' : 'Disconnected')
  }
}
