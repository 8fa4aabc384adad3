/**
 * The cluster store of a broker that coordinates with nobody and shows nobody its znodes: a ZooKeeper server on this
 * thread, its data in a folder of its own, and no socket. When its disk fails it is started again until that succeeds:
 * clients find it again by themselves, and what they asked meanwhile is done late.
 */
import { type DirectoryLock, lockDirectory, NodeDisk, NodeProcessTable } from '@millrace/log'
import {
  connectLocal,
  NodeStoreDirectory,
  Restarting,
  type StoreDirectory,
  type ZooKeeper,
  ZooKeeperServer,
} from '@millrace/zookeeper'
import type { Logger, Scheduler } from '../../ports.js'
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

export class InProcessStore implements ClusterStore {
  readonly connectString = undefined
  readonly #sessionTimeoutMs: number
  readonly #restarting: Restarting<ZooKeeperServer>
  readonly #lock: DirectoryLock

  /** Rejects with a LogDirectoryError of code LOCKED when another broker has the folder. */
  static async open(options: InProcessStoreOptions): Promise<InProcessStore> {
    const { directory, scheduler, logger } = options
    const files = await NodeStoreDirectory.open(directory)
    const lock = await lockDirectory(new NodeDisk(), directory, new NodeProcessTable())
    try {
      const restarting = await Restarting.start({
        start: (onFailure) => ZooKeeperServer.start({ directory: options.folder ?? files, onFailure }),
        timers: {
          schedule(delayMs, callback) {
            const task = scheduler.schedule(delayMs, callback)
            return () => task.cancel()
          },
        },
        log: (level, message, fields) => logger[level](message, fields),
      })
      // Nobody else can reach this server: who held these sessions is gone.
      restarting.server.expireAllSessions()
      return new InProcessStore(options, restarting, lock)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  private constructor(
    { sessionTimeoutMs }: InProcessStoreOptions,
    restarting: Restarting<ZooKeeperServer>,
    lock: DirectoryLock,
  ) {
    this.#sessionTimeoutMs = sessionTimeoutMs
    this.#restarting = restarting
    this.#lock = lock
  }

  /** A new session. */
  async connect(): Promise<ZooKeeper> {
    const endpoint = {
      connect: (...args: Parameters<ZooKeeperServer['connect']>) => this.#restarting.server.connect(...args),
    }
    return await connectLocal(endpoint, { sessionTimeoutMs: this.#sessionTimeoutMs })
  }

  /** Nobody else could hold one, and those of this broker's earlier lives ended at the start. */
  async endSession(): Promise<void> {}

  async close(): Promise<void> {
    await this.#restarting.close()
    await this.#lock.release()
  }
}
