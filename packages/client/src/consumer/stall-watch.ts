/** Notices when the event loop is blocked, which keeps heartbeats from being sent, and says so instead of leaving a mystery. */
import type { ClientPorts, Logger } from '../ports.js'

const CHECKS_PER_SESSION = 10
const CHECK_INTERVAL_MAX_MS = 1000
/** Blocked for this part of the session timeout is worth a warning. */
const WORRYING_PART_OF_SESSION = 0.3

export class StallWatch {
  readonly #ports: ClientPorts
  readonly #logger: Logger
  readonly #intervalMs: number
  readonly #worryingMs: number
  readonly #sessionTimeoutMs: number
  readonly #describe: () => string
  #cancel = () => {}
  #longestMs = 0

  constructor(options: {
    readonly ports: ClientPorts
    readonly logger: Logger
    readonly sessionTimeoutMs: number
    /** What the program works on. */
    readonly describe: () => string
  }) {
    this.#ports = options.ports
    this.#logger = options.logger
    this.#sessionTimeoutMs = options.sessionTimeoutMs
    this.#describe = options.describe
    this.#intervalMs = Math.min(CHECK_INTERVAL_MAX_MS, options.sessionTimeoutMs / CHECKS_PER_SESSION)
    this.#worryingMs = options.sessionTimeoutMs * WORRYING_PART_OF_SESSION
  }

  /** The longest that the loop was blocked, in ms. */
  get longestMs(): number {
    return this.#longestMs
  }

  start(): void {
    this.stop()
    const dueMs = this.#ports.monotonicMs() + this.#intervalMs
    this.#cancel = this.#ports.timers.schedule(this.#intervalMs, () => {
      this.#look(this.#ports.monotonicMs() - dueMs)
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
  }

  #look(lateMs: number): void {
    if (lateMs > this.#longestMs) this.#longestMs = lateMs
    if (lateMs < this.#worryingMs) return
    const blockedMs = Math.round(lateMs)
    this.#logger.warn(
      { blockedMs, sessionTimeoutMs: this.#sessionTimeoutMs },
      `The event loop was blocked for ${blockedMs} ms, so that no heartbeat could be sent (session.timeout.ms is ${this.#sessionTimeoutMs}): ${this.#describe()}. Move such work to a worker thread`,
    )
  }
}
