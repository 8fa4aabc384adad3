/**
 * A server that is started again until it works, when its disk has failed: for instance when it was full. What it had
 * answered is there then, and so are its sessions, on the same port.
 */
import type { ServerConfig } from '../../config/server-config.js'
import type { StoreDirectory, Timers } from '../../store/ports.js'
import { type ServerLog, StandaloneServer } from './standalone-server.js'

export interface RestartingServerOptions {
  /** Any free port will do if the one of the settings is taken. */
  readonly isPortPreferred: boolean
  readonly log: ServerLog
  readonly timers: Timers
  /** Default: the folders of the settings. */
  readonly directory?: StoreDirectory
}

/** Pause before a server that failed is started again. */
const RESTART_PAUSE_MS = 1000
/** A server that has not failed for so long after its start works. It can be read, and so started, while its disk is full. */
const WORKS_AFTER_MS = 5000
/** An outage is told of when it begins, then at every so many tries to end it, and when it is over. */
const TRIES_BETWEEN_REPORTS = 60

export class RestartingServer {
  readonly #options: RestartingServerOptions
  #config: ServerConfig
  #server: StandaloneServer | undefined
  #starting: Promise<void> | undefined
  #cancelRestart = () => {}
  #cancelProving = () => {}
  /** Tries to end the outage that there is; 0 while the server works. */
  #tries = 0
  #isClosed = false

  /** Errors of the first start: those of `StandaloneServer.start`. */
  static async start(config: ServerConfig, options: RestartingServerOptions): Promise<RestartingServer> {
    const restarting = new RestartingServer(config, options)
    try {
      await restarting.#start()
    } catch (error) {
      if (!options.isPortPreferred || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      options.log('warn', `Port ${config.clientPort} is taken: the embedded ZooKeeper takes a free one`)
      restarting.#config = { ...config, clientPort: 0 }
      await restarting.#start()
    }
    // A client finds it again where it was.
    const { port, securePort } = restarting
    restarting.#config = { ...restarting.#config, clientPort: port, secureClientPort: securePort }
    return restarting
  }

  private constructor(config: ServerConfig, options: RestartingServerOptions) {
    this.#config = config
    this.#options = options
  }

  get port(): number | undefined {
    return this.#server?.port ?? this.#config.clientPort
  }

  get securePort(): number | undefined {
    return this.#server?.securePort ?? this.#config.secureClientPort
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRestart()
    this.#cancelProving()
    await this.#starting
    await this.#server?.close()
  }

  async #start(): Promise<void> {
    const { log, directory } = this.#options
    this.#server = await StandaloneServer.start(this.#config, {
      log,
      ...(directory === undefined ? {} : { directory }),
      onFailure: (error) => this.#onFailure(error),
    })
  }

  #onFailure(error: unknown): void {
    this.#cancelProving()
    const { log, timers } = this.#options
    const reason = String(error)
    if (this.#tries === 0)
      log('error', 'The store of cluster metadata failed, and is started again until it works', { reason })
    else if (this.#tries % TRIES_BETWEEN_REPORTS === 0) {
      log('error', 'The store of cluster metadata still fails', { tries: this.#tries, reason })
    }
    this.#tries += 1
    if (this.#isClosed) return
    this.#cancelRestart = timers.schedule(RESTART_PAUSE_MS, () => {
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
    const { timers, log } = this.#options
    this.#cancelProving = timers.schedule(WORKS_AFTER_MS, () => {
      log('info', 'The store of cluster metadata works again', { tries: this.#tries })
      this.#tries = 0
    })
  }
}
