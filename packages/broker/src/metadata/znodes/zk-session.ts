/**
 * A ZooKeeper that outlives its sessions (`kafka.zookeeper.ZooKeeperClient`).
 *
 * - Requests that fail with CONNECTIONLOSS are made again until they are answered: their outcome was unknown, so each
 *   write says itself how it tells "done by my first try" from "refused".
 * - Handlers are registered by path. A read sets a watch only where one is registered, and every handler reads again, and
 *   so re-arms its one-shot watch, when it runs.
 * - When the session expires: every state handler's `beforeInitializingSession` is awaited, then a new session is opened,
 *   then `afterInitializingSession` is awaited. Requests of the old session fail with SESSIONEXPIRED.
 *
 * It owns the session and the handlers, and knows no znode.
 */
import { InFlight } from '@millrace/log'
import {
  isZooKeeperError,
  type MultiOp,
  type MultiResult,
  type Stat,
  type WatchedEvent,
  type Watcher,
  type ZooKeeper,
  type ZooKeeperError,
} from '@millrace/zookeeper'
import type { Logger, Scheduler } from '../../ports.js'

/** Hears of a node itself. Set by reads of the node or its existence. */
export interface ZnodeChangeHandler {
  onCreated?(): void
  onDeleted?(): void
  onDataChanged?(): void
}

/** Hears of the list of a node's children. */
export type ZnodeChildChangeHandler = () => void

/** Hears of the end and the beginning of sessions. */
export interface SessionStateHandler {
  /** The session is over: nothing of it may be used any more. The next one is opened when this is settled. */
  beforeInitializingSession(): Promise<void>
  /** A new session is there. */
  afterInitializingSession(): Promise<void>
}

export interface ZkSessionOptions {
  /** Opens a session, below the chroot. Called again after each expiry until it succeeds. */
  readonly connect: () => Promise<ZooKeeper>
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** Pause between tries to open a new session; default 1000. */
  readonly reconnectPauseMs?: number
}

/**
 * As many as share one sync of the store without holding the loop for more than some milliseconds, however many partitions
 * an event is about.
 */
const MAX_IN_FLIGHT = 100

export class ZkSession {
  readonly #options: ZkSessionOptions
  #zooKeeper: ZooKeeper
  readonly #nodeHandlers = new Map<string, { readonly handler: ZnodeChangeHandler; readonly watcher: Watcher }>()
  readonly #childHandlers = new Map<string, { readonly watcher: Watcher }>()
  readonly #stateHandlers = new Set<SessionStateHandler>()
  readonly #inFlight = new InFlight(MAX_IN_FLIGHT)
  #reinitializing: Promise<void> | undefined
  #cancelPause: (() => void) | undefined
  #closed = false

  /** Errors: those of `connect`. */
  static async open(options: ZkSessionOptions): Promise<ZkSession> {
    return new ZkSession(options, await options.connect())
  }

  private constructor(options: ZkSessionOptions, zooKeeper: ZooKeeper) {
    this.#options = options
    this.#zooKeeper = zooKeeper
    this.#listen(zooKeeper)
  }

  get sessionId(): bigint {
    return this.#zooKeeper.sessionId
  }

  /** The present session, with what proves that it is one's own. */
  get identity(): { readonly id: bigint; readonly password: Buffer } {
    return { id: this.#zooKeeper.sessionId, password: this.#zooKeeper.sessionPassword }
  }

  get isConnected(): boolean {
    return this.#zooKeeper.state === 'connected'
  }

  registerStateHandler(handler: SessionStateHandler): void {
    this.#stateHandlers.add(handler)
  }

  unregisterStateHandler(handler: SessionStateHandler): void {
    this.#stateHandlers.delete(handler)
  }

  registerNodeHandler(path: string, handler: ZnodeChangeHandler): void {
    const watcher = (event: WatchedEvent) => {
      // A handler that was taken away meanwhile hears nothing more.
      if (this.#nodeHandlers.get(path)?.handler !== handler) return
      if (event.type === 'NodeCreated') handler.onCreated?.()
      else if (event.type === 'NodeDeleted') handler.onDeleted?.()
      else if (event.type === 'NodeDataChanged') handler.onDataChanged?.()
    }
    this.#nodeHandlers.set(path, { handler, watcher })
  }

  unregisterNodeHandler(path: string): void {
    this.#nodeHandlers.delete(path)
  }

  registerChildHandler(path: string, handler: ZnodeChildChangeHandler): void {
    const watcher = (event: WatchedEvent) => {
      if (this.#childHandlers.get(path)?.watcher === watcher && event.type === 'NodeChildrenChanged') handler()
    }
    this.#childHandlers.set(path, { watcher })
  }

  unregisterChildHandler(path: string): void {
    this.#childHandlers.delete(path)
  }

  async exists(path: string): Promise<Stat | null> {
    return await this.#retry((zooKeeper) => zooKeeper.exists(path, this.#nodeHandlers.get(path)?.watcher))
  }

  /** Undefined if there is no such node; then no watch is set. */
  async getData(path: string): Promise<{ readonly data: Buffer | null; readonly stat: Stat } | undefined> {
    return await this.#orUndefined(
      this.#retry((zooKeeper) => zooKeeper.getData(path, this.#nodeHandlers.get(path)?.watcher)),
    )
  }

  /** Undefined if there is no such node; then no watch is set. */
  async getChildren(path: string): Promise<readonly string[] | undefined> {
    const answer = await this.#orUndefined(
      this.#retry((zooKeeper) => zooKeeper.getChildren(path, this.#childHandlers.get(path)?.watcher)),
    )
    return answer?.children
  }

  /**
   * Does a write until its outcome is known. `isDone` is asked after a repeated try was refused: does the node show that
   * an earlier try had gone through? Answers its result, or undefined to let the refusal stand.
   */
  async write<T>(
    attempt: (zooKeeper: ZooKeeper) => Promise<T>,
    isDone: (error: ZooKeeperError) => Promise<T | undefined>,
  ): Promise<T> {
    let repeated = false
    for (;;) {
      const zooKeeper = this.#zooKeeper
      try {
        return await this.#inFlight.run(() => attempt(zooKeeper))
      } catch (error) {
        if (!isZooKeeperError(error)) throw error
        if (this.#isRetriable(error, zooKeeper)) {
          repeated = true
          continue
        }
        const done = repeated ? await isDone(error) : undefined
        if (done === undefined) throw error
        return done
      }
    }
  }

  /** A multi that is not repeated safely by itself: see `write`. */
  async multi(
    operations: readonly MultiOp[],
    isDone: (error: ZooKeeperError) => Promise<readonly MultiResult[] | undefined>,
  ): Promise<readonly MultiResult[]> {
    return await this.write((zooKeeper) => zooKeeper.multi(operations), isDone)
  }

  /** Ends the session. Requests under way fail. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelPause?.()
    await this.#zooKeeper.close()
    await this.#reinitializing
  }

  async #retry<T>(attempt: (zooKeeper: ZooKeeper) => Promise<T>): Promise<T> {
    return await this.write(attempt, async () => undefined)
  }

  /** While the client is disconnected it keeps the next try itself, so there is no pause here. */
  #isRetriable(error: ZooKeeperError, zooKeeper: ZooKeeper): boolean {
    return error.code === 'CONNECTIONLOSS' && !this.#closed && zooKeeper.state !== 'closed'
  }

  async #orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer
    } catch (error) {
      if (isZooKeeperError(error, 'NONODE')) return undefined
      throw error
    }
  }

  #listen(zooKeeper: ZooKeeper): void {
    zooKeeper.onStateChange((state) => {
      this.#options.logger.info(`ZooKeeper session ${zooKeeper.sessionId.toString(16)} is ${state}`)
      if (state === 'expired' && !this.#closed) this.#reinitializing = this.#reinitialize()
    })
  }

  async #reinitialize(): Promise<void> {
    for (const handler of [...this.#stateHandlers]) await this.#guarded(handler.beforeInitializingSession())
    for (;;) {
      if (this.#closed) return
      try {
        this.#zooKeeper = await this.#options.connect()
        break
      } catch (error) {
        this.#options.logger.error('No new ZooKeeper session yet', { error: String(error) })
        await this.#pause()
      }
    }
    if (this.#closed) return await this.#zooKeeper.close()
    this.#listen(this.#zooKeeper)
    for (const handler of [...this.#stateHandlers]) await this.#guarded(handler.afterInitializingSession())
  }

  /** One handler's failure must not keep the others from hearing of the session. */
  async #guarded(handled: Promise<void>): Promise<void> {
    try {
      await handled
    } catch (error) {
      this.#options.logger.error('A handler of the session failed', { error: String(error) })
    }
  }

  async #pause(): Promise<void> {
    const { scheduler, reconnectPauseMs = 1000 } = this.#options
    await new Promise<void>((resolve) => {
      const task = scheduler.schedule(reconnectPauseMs, resolve)
      this.#cancelPause = () => {
        task.cancel()
        resolve()
      }
    })
    this.#cancelPause = undefined
  }
}
