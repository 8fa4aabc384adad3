import type { ClientPorts } from '../ports.js'
import type { Deadline } from '../waiting.js'

/** Something has changed since somebody looked: whoever waits for that goes on, and whoever begins to wait does not. */
export class ChangeLatch {
  readonly #ports: Pick<ClientPorts, 'timers'>
  #hasChanged = false
  #wake: (() => void) | undefined

  constructor(ports: Pick<ClientPorts, 'timers'>) {
    this.#ports = ports
  }

  /** Everything is looked at now. */
  reset(): void {
    this.#hasChanged = false
  }

  set(): void {
    this.#hasChanged = true
    this.#wake?.()
  }

  /** Resolves when something has changed since `reset`, when the time is over, or the signal aborts. For one at a time. */
  async wait({ signal, remainingMs }: Deadline): Promise<void> {
    if (this.#hasChanged || signal?.aborted) return
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#wake = undefined
        cancel()
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const cancel = this.#ports.timers.schedule(remainingMs, done)
      this.#wake = done
      signal?.addEventListener('abort', done, { once: true })
    })
  }
}
