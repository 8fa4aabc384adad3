/**
 * The cluster store of a broker that coordinates with nobody and shows nobody its znodes: a ZooKeeper server on this
 * thread, its data in a folder of its own, and no socket.
 *
 * When its disk fails, for instance because it is full, the server stops, and is started again until that succeeds. What
 * it had answered is there then, and so are its sessions: clients find it again by themselves, and what they asked
 * meanwhile is done late.
 */
import { type DirectoryLock, lockDirectory, NodeDisk, NodeProcessTable } from '@millrace/log'
import {
  connectLocal,
  type Endpoint,
  NodeStoreDirectory,
  type StoreDirectory,
  type ZooKeeper,
  ZooKeeperServer,
} from '@millrace/zookeeper'
import type { Logger, ScheduledTask, Scheduler } from '../../ports.js'
import type { ClusterStore } from './cluster-store.js'

export interface InProcessStoreOptions {
  /** Is locked, so that no other broker takes it. */
  readonly directory: string
  /** What is written there goes through this; default: the file system. */
  readonly folder?: StoreDirectory
  readonly sessionTimeoutMs: number
  readonly scheduler: Scheduler
  readonly logger: Logger
}

/** Pause before a server that failed is started again. */
const RESTART_PAUSE_MS = 1000
/** A server that has not failed for so long after its start works. It can be read, and so started, while its disk is full. */
const WORKS_AFTER_MS = 5000
/** An outage is told of when it begins, then at every so many tries to end it, and when it is over. */
const TRIES_BETWEEN_REPORTS = 60

export class InProcessStore implements ClusterStore {
  readonly connectString = undefined
  readonly #options: InProcessStoreOptions
  readonly #folder: StoreDirectory
  readonly #lock: DirectoryLock
  #server: ZooKeeperServer | undefined
  #restart: ScheduledTask | undefined
  #starting: Promise<void> | undefined
  /** Tries to end the outage that there is; 0 while the store works. */
  #tries = 0
  #proving: ScheduledTask | undefined
  #isClosed = false

  private constructor(options: InProcessStoreOptions, folder: StoreDirectory, lock: DirectoryLock) {
    this.#options = options
    this.#folder = folder
    this.#lock = lock
  }

  /** Rejects with a LogDirectoryError of code LOCKED when another broker has the folder. */
  static async open(options: InProcessStoreOptions): Promise<InProcessStore> {
    const { directory } = options
    const files = await NodeStoreDirectory.open(directory)
    const lock = await lockDirectory(new NodeDisk(), directory, new NodeProcessTable())
    const store = new InProcessStore(options, options.folder ?? files, lock)
    try {
      const server = await store.#start()
      // Nobody else can reach this server: who held these sessions is gone.
      server.expireAllSessions()
      return store
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** A new session. */
  async connect(): Promise<ZooKeeper> {
    const endpoint: Endpoint = {
      connect: (request, sink) => {
        if (this.#server === undefined) throw new Error('the store is open')
        return this.#server.connect(request, sink)
      },
    }
    const { sessionTimeoutMs } = this.#options
    return await connectLocal(endpoint, { sessionTimeoutMs })
  }

  /** Nobody else could hold one, and those of this broker's earlier lives ended at the start. */
  async endSession(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true
    this.#restart?.cancel()
    this.#proving?.cancel()
    await this.#starting
    await this.#server?.close()
    await this.#lock.release()
  }

  async #start(): Promise<ZooKeeperServer> {
    const server = await ZooKeeperServer.start({
      directory: this.#folder,
      onFailure: (error) => this.#onFailure(error),
    })
    this.#server = server
    return server
  }

  #onFailure(error: unknown): void {
    this.#proving?.cancel()
    const { logger } = this.#options
    if (this.#tries === 0) {
      const reason = String(error)
      logger.error('The store of cluster metadata failed, and is started again until it works', { reason })
    } else if (this.#tries % TRIES_BETWEEN_REPORTS === 0) {
      logger.error('The store of cluster metadata still fails', { tries: this.#tries, reason: String(error) })
    }
    this.#tries += 1
    if (this.#isClosed) return
    this.#restart = this.#options.scheduler.schedule(RESTART_PAUSE_MS, () => {
      this.#starting = this.#tryAgain()
    })
  }

  async #tryAgain(): Promise<void> {
    try {
      await this.#server?.close().catch(() => undefined)
      await this.#start()
    } catch (error) {
      this.#onFailure(error)
      return
    }
    const { scheduler, logger } = this.#options
    this.#proving = scheduler.schedule(WORKS_AFTER_MS, () => {
      logger.info('The store of cluster metadata works again', { tries: this.#tries })
      this.#tries = 0
    })
  }
}
