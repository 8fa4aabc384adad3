/**
 * The cluster store of a broker that coordinates with nobody: a ZooKeeper server in this process, its data in a folder of
 * its own, and no socket.
 */
import { type DirectoryLock, lockDirectory, NodeDisk, NodeProcessTable } from '@millrace/log'
import { connectLocal, NodeStoreDirectory, type ZooKeeper, ZooKeeperServer } from '@millrace/zookeeper'
import type { Logger } from '../ports.js'

export interface EmbeddedStoreOptions {
  readonly directory: string
  readonly sessionTimeoutMs: number
  readonly logger: Logger
  /** The disk of the store failed: nothing can be coordinated any more. */
  readonly onFailure: (error: unknown) => void
}

export class EmbeddedStore {
  readonly #server: ZooKeeperServer
  readonly #lock: DirectoryLock
  readonly #sessionTimeoutMs: number

  private constructor(server: ZooKeeperServer, lock: DirectoryLock, sessionTimeoutMs: number) {
    this.#server = server
    this.#lock = lock
    this.#sessionTimeoutMs = sessionTimeoutMs
  }

  /** Rejects with a LogDirectoryError of code LOCKED when another broker has the folder. */
  static async open({ directory, sessionTimeoutMs, logger, onFailure }: EmbeddedStoreOptions): Promise<EmbeddedStore> {
    const folder = await NodeStoreDirectory.open(directory)
    const lock = await lockDirectory(new NodeDisk(), directory, new NodeProcessTable())
    try {
      const server = await ZooKeeperServer.start({ directory: folder, onFailure })
      // Nobody else can reach this server: who held these sessions is gone.
      server.expireAllSessions()
      logger.debug('Cluster store opened', { directory, lastZxid: server.status().lastZxid })
      return new EmbeddedStore(server, lock, sessionTimeoutMs)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** A new session. */
  async connect(): Promise<ZooKeeper> {
    return await connectLocal(this.#server, { sessionTimeoutMs: this.#sessionTimeoutMs })
  }

  async close(): Promise<void> {
    await this.#server.close()
    await this.#lock.release()
  }
}
