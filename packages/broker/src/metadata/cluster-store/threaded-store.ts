/**
 * The cluster store that others see too: ZooKeeper servers that run already, or one that this broker starts, on a port, in
 * a thread. Either way the session is in that thread, where a busy loop cannot lose it.
 */
import { mkdir } from 'node:fs/promises'
import { type DirectoryLock, lockDirectory, NodeDisk, NodeProcessTable } from '@millrace/log'
import {
  ensureChroot,
  isZooKeeperError,
  parseServerConfig,
  type ZooKeeper,
  ZooKeeperThread,
  type ZooKeeperTlsOptions,
} from '@millrace/zookeeper'
import type { Logger } from '../../ports.js'
import { type ClusterStore, type KnownSession, ZooKeeperUnreachableError } from './cluster-store.js'

export interface ThreadedStoreOptions {
  readonly sessionTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly tls?: ZooKeeperTlsOptions
  readonly logger: Logger
  /** The thread is gone, by a bug or for want of memory: nothing can be coordinated any more. */
  readonly onFailure: (error: Error) => void
}

export interface EmbeddedServerOptions {
  /** Is locked, so that no other server takes it. */
  readonly directory: string
  readonly host: string
  /** Another one is taken if this one is not free. */
  readonly port: number
}

/** Kafka's clients of ZooKeeper take as much, and large topics need it. */
const JUTE_MAX_BUFFER = 4 * 1024 * 1024

export class ThreadedStore implements ClusterStore {
  readonly connectString: string
  readonly #options: ThreadedStoreOptions
  readonly #thread: ZooKeeperThread
  readonly #lock: DirectoryLock | undefined
  /** The chroot is known to be there. */
  #hasChroot = false

  /** Servers that run already, and are told of by `zookeeper.connect`. */
  static over(connectString: string, options: ThreadedStoreOptions): ThreadedStore {
    return new ThreadedStore(connectString, options, startThread(options), undefined)
  }

  /** A server of this broker's own. Rejects with a LogDirectoryError of code LOCKED when another one has the folder. */
  static async embedded(server: EmbeddedServerOptions, options: ThreadedStoreOptions): Promise<ThreadedStore> {
    const { directory, host, port } = server
    // The thread comes up while the folder is locked.
    const thread = startThread(options)
    let lock: DirectoryLock | undefined
    try {
      await mkdir(directory, { recursive: true })
      lock = await lockDirectory(new NodeDisk(), directory, new NodeProcessTable())
      const settings = parseServerConfig(
        new Map([
          ['dataDir', directory],
          ['clientPort', String(port)],
          ['clientPortAddress', host],
          ['maxClientCnxns', '0'],
          ['jute.maxbuffer', String(JUTE_MAX_BUFFER)],
          ['admin.enableServer', 'false'],
        ]),
      )
      const started = await thread.startServer(settings, { isPortPreferred: true })
      const reached = host === '0.0.0.0' || host === '::' ? 'localhost' : host
      const connectString = `${reached.includes(':') ? `[${reached}]` : reached}:${started.port}`
      return new ThreadedStore(connectString, options, thread, lock)
    } catch (error) {
      await thread.close()
      await lock?.release()
      throw error
    }
  }

  private constructor(
    connectString: string,
    options: ThreadedStoreOptions,
    thread: ZooKeeperThread,
    lock: DirectoryLock | undefined,
  ) {
    this.connectString = connectString
    this.#options = options
    this.#thread = thread
    this.#lock = lock
  }

  async connect(): Promise<ZooKeeper> {
    if (!this.#hasChroot) await ensureChroot(this.connectString, (root) => this.#open(root))
    this.#hasChroot = true
    return await this.#open(this.connectString)
  }

  async endSession(session: KnownSession): Promise<void> {
    try {
      const { sessionTimeoutMs, tls } = this.#options
      const old = await this.#thread.connect({
        connectString: this.connectString,
        sessionTimeoutMs,
        session,
        ...(tls === undefined ? {} : { tls }),
      })
      await old.close()
    } catch (error) {
      // It is over already; or no server can be asked, and then its timeout is waited for.
      if (!isZooKeeperError(error, 'SESSIONEXPIRED', 'CONNECTIONLOSS')) throw error
    }
  }

  async close(): Promise<void> {
    await this.#thread.close()
    await this.#lock?.release()
  }

  async #open(connectString: string): Promise<ZooKeeper> {
    const { sessionTimeoutMs, connectTimeoutMs, tls } = this.#options
    try {
      return await this.#thread.connect({
        connectString,
        sessionTimeoutMs,
        connectTimeoutMs,
        ...(tls === undefined ? {} : { tls }),
      })
    } catch (error) {
      if (!isZooKeeperError(error, 'CONNECTIONLOSS')) throw error
      throw new ZooKeeperUnreachableError(connectString, connectTimeoutMs)
    }
  }
}

function startThread({ logger, onFailure }: ThreadedStoreOptions): ZooKeeperThread {
  return new ZooKeeperThread({ log: (level, message, fields) => logger[level](message, fields), onFailure })
}
