/** As a JVM takes them: the end of the terminal, Ctrl-C, and the ordinary request to stop. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** A second Ctrl-C this long after the first means it; `npm` passes on the first one twice. */
const impatientAfterMs = 1000

/** Waits for the signals that ask a server to stop. A request that comes during the start takes effect when it is over. */
export class StopRequest {
  #requestedMs: number | undefined
  #stop: (() => Promise<void>) | undefined

  constructor() {
    for (const signal of stopSignals) process.on(signal, () => this.#onSignal(signal))
  }

  /** The start is over: `stop` is called once, now if that has been asked for. True if it has. */
  async whenAsked(stop: () => Promise<void>): Promise<boolean> {
    this.#stop = stop
    if (this.#requestedMs === undefined) return false
    await stop().catch(failStop)
    return true
  }

  #onSignal(signal: NodeJS.Signals): void {
    if (this.#requestedMs !== undefined) {
      if (signal === 'SIGINT' && Date.now() - this.#requestedMs > impatientAfterMs) process.exit(130)
      return
    }
    this.#requestedMs = Date.now()
    this.#stop?.().catch(failStop)
  }
}

function failStop(error: unknown): void {
  console.error('Shutdown failed:', error)
  process.exit(1)
}
