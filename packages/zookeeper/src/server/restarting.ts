/**
 * Keeps a server running whose disk may fail, for instance because it is full: it is started again until it works. What it
 * had answered is there then, and so are its sessions.
 *
 * It owns the present server and the pauses between tries. What a server is, and how it is started, it is told.
 */
import type { Timers } from '../store/ports.js'

export interface RestartingOptions<Server> {
  /** `onFailure` is called at most once for each server that was started. */
  readonly start: (onFailure: (error: unknown) => void) => Promise<Server>
  readonly timers: Timers
  readonly log: (level: 'info' | 'error', message: string, fields: Record<string, unknown>) => void
}

/** Pause before a server that failed is started again. */
const RESTART_PAUSE_MS = 1000
/** A server that has not failed for so long after its start works. It can be read, and so started, while its disk is full. */
const WORKS_AFTER_MS = 5000
/** An outage is told of when it begins, then at every so many tries to end it, and when it is over. */
const TRIES_BETWEEN_REPORTS = 60

export class Restarting<Server extends { close(): Promise<void> }> {
  readonly #options: RestartingOptions<Server>
  #server: Server | undefined
  #starting: Promise<void> | undefined
  #cancelRestart = () => {}
  #cancelProving = () => {}
  /** Tries to end the outage that there is; 0 while the server works. */
  #tries = 0
  #isClosed = false

  /** Errors: those of the first start. */
  static async start<Server extends { close(): Promise<void> }>(
    options: RestartingOptions<Server>,
  ): Promise<Restarting<Server>> {
    const restarting = new Restarting(options)
    await restarting.#start()
    return restarting
  }

  private constructor(options: RestartingOptions<Server>) {
    this.#options = options
  }

  /** The last one that was started; it may have failed since. */
  get server(): Server {
    if (this.#server === undefined) throw new Error('the first start has succeeded')
    return this.#server
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRestart()
    this.#cancelProving()
    await this.#starting
    await this.#server?.close()
  }

  async #start(): Promise<void> {
    this.#server = await this.#options.start((error) => this.#onFailure(error))
  }

  #onFailure(error: unknown): void {
    this.#cancelProving()
    const { log, timers } = this.#options
    const reason = String(error)
    if (this.#tries === 0) {
      log('error', 'The store of cluster metadata failed, and is started again until it works', { reason })
    } else if (this.#tries % TRIES_BETWEEN_REPORTS === 0) {
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
