/**
 * A whole server: the folder, the tree with its sessions, the ports with the wire protocol, and what operators ask of it.
 * What `zookeeper-server-start` runs in a process of its own, and a broker in a thread.
 */
import type { ServerConfig } from '../../config/server-config.js'
import type { StoreDirectory } from '../../store/ports.js'
import { AdminServer } from '../admin/admin-server.js'
import { FourLetterWords } from '../admin/four-letter-words.js'
import { ServerStats } from '../admin/server-stats.js'
import { RequestThrottle } from '../listener/request-throttle.js'
import { ZooKeeperListener, type ZooKeeperListenerOptions } from '../listener/zookeeper-listener.js'
import { ZooKeeperServer } from '../zookeeper-server.js'
import { openServerDirectory } from './server-directory.js'
import { StandaloneView } from './standalone-view.js'
import { tlsOptions } from './tls-options.js'

export type ServerLog = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void

export interface StandaloneServerOptions {
  readonly log: ServerLog
  /** The disk failed: nobody is answered any more. Only a new start helps, once the disk works. */
  readonly onFailure: (error: unknown) => void
  /** Default: the folders of the settings. */
  readonly directory?: StoreDirectory
}

export class StandaloneServer {
  readonly view: StandaloneView
  readonly #config: ServerConfig
  readonly #options: StandaloneServerOptions
  readonly #stats = new ServerStats()
  readonly #server: ZooKeeperServer
  readonly #listeners: ZooKeeperListener[] = []
  #admin: AdminServer | undefined
  #isServing = true

  /** Errors: those of the ports (EADDRINUSE …), StoreError, and what the folders throw. */
  static async start(config: ServerConfig, options: StandaloneServerOptions): Promise<StandaloneServer> {
    const directory = options.directory ?? (await openServerDirectory(config))
    // Set before anything can fail.
    let standalone: StandaloneServer | undefined
    const server = await ZooKeeperServer.start({
      directory,
      tickTimeMs: config.tickTimeMs,
      minSessionTimeoutMs: config.minSessionTimeoutMs,
      maxSessionTimeoutMs: config.maxSessionTimeoutMs,
      extendedTypesEnabled: config.extendedTypesEnabled,
      skipAcl: config.skipAcl,
      containerCheckIntervalMs: config.containerCheckIntervalMs,
      snapshotTxns: config.snapCount,
      snapshotsRetained: config.snapRetainCount,
      ...(config.superDigest === undefined ? {} : { superDigest: config.superDigest }),
      onFailure: (error) => standalone?.fail(error),
    })
    standalone = new StandaloneServer(config, options, server)
    try {
      await standalone.#listen()
      if (config.admin.isEnabled) standalone.#admin = await AdminServer.start(config.admin, standalone.view)
    } catch (error) {
      await standalone.close()
      throw error
    }
    return standalone
  }

  private constructor(config: ServerConfig, options: StandaloneServerOptions, server: ZooKeeperServer) {
    this.#config = config
    this.#options = options
    this.#server = server
    this.view = new StandaloneView({
      config,
      stats: this.#stats,
      server: () => (this.#isServing ? this.#server : undefined),
      listeners: () => this.#listeners,
    })
    const { txnsReplayed, bytesCut } = server.recovery
    options.log('info', 'The tree is recovered', {
      zxid: `0x${server.lastZxid.toString(16)}`,
      txnsReplayed,
      ...(bytesCut === 0 ? {} : { bytesCut }),
    })
  }

  /** Undefined without a port that speaks plainly. */
  get port(): number | undefined {
    return this.#listeners.find(({ isSecure }) => !isSecure)?.port
  }

  /** Undefined without a port that speaks TLS. */
  get securePort(): number | undefined {
    return this.#listeners.find(({ isSecure }) => isSecure)?.port
  }

  /** Of the admin server; undefined without one. */
  get adminPort(): number | undefined {
    return this.#admin?.port
  }

  /** Takes no more connections and ends when all that was answered is on the disk. Sessions outlive it. */
  async close(): Promise<void> {
    this.#isServing = false
    // The server first: what it has answered is still delivered.
    await this.#server.close()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
    await this.#admin?.close()
  }

  /** For `onFailure`. */
  fail(error: unknown): void {
    this.#isServing = false
    this.#options.onFailure(error)
  }

  async #listen(): Promise<void> {
    const { clientPort, clientPortAddress, secureClientPort, secureClientPortAddress, tls } = this.#config
    const words = new FourLetterWords(this.view, this.#config.fourLetterWords)
    const { log } = this.#options
    const common: Omit<ZooKeeperListenerOptions, 'host' | 'port'> = {
      endpoint: this.#server,
      stats: this.#stats,
      throttle: new RequestThrottle(this.#config.globalOutstandingLimit),
      maxFrameBytes: this.#config.juteMaxBufferBytes,
      maxPerAddress: this.#config.maxClientCnxns,
      maxInAll: this.#config.maxCnxns,
      backlog: this.#config.clientPortListenBacklog,
      answerWord: (word) => words.answer(word),
      log: (message, fields) => log('warn', message, fields),
      nowMs: () => Date.now(),
    }
    if (clientPort !== undefined) {
      this.#listeners.push(await ZooKeeperListener.open({ ...common, host: clientPortAddress, port: clientPort }))
    }
    if (secureClientPort !== undefined && tls !== undefined) {
      const address = { host: secureClientPortAddress, port: secureClientPort }
      this.#listeners.push(await ZooKeeperListener.open({ ...common, ...address, tls: await tlsOptions(tls) }))
    }
  }
}
