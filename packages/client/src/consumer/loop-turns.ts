/** How often a handler that never waits lets sockets and timers have their turn. */
const TURN_EVERY_MS = 20

/** When the event loop is due to sockets and timers, for whoever works on without waiting. */
export class LoopTurns {
  readonly #monotonicMs: () => number
  #lastMs: number

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
    this.#lastMs = monotonicMs()
  }

  get isDue(): boolean {
    return this.#monotonicMs() - this.#lastMs > TURN_EVERY_MS
  }

  /** They have their turn. */
  async take(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    this.#lastMs = this.#monotonicMs()
  }
}
