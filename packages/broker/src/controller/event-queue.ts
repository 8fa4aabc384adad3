import type { Logger } from '../ports.js'

/** Something for the controller to do. */
export interface ControllerEvent {
  /** For logs. */
  readonly name: string
  run(): Promise<void>
  /** Called instead of `run` when the event is dropped. */
  preempt?(): void
}

/**
 * The controller's one thread: events run one at a time, in order, and nothing else touches its context.
 */
export class ControllerEventQueue {
  readonly #logger: Logger
  readonly #onError: (event: ControllerEvent, error: unknown) => Promise<void>
  #events: { readonly event: ControllerEvent; readonly settle: () => void }[] = []
  #running: Promise<void> | undefined
  #closed = false

  /** `onError` runs in the failed event's place, before the next one. */
  constructor(logger: Logger, onError: (event: ControllerEvent, error: unknown) => Promise<void>) {
    this.#logger = logger
    this.#onError = onError
  }

  /** Settles when the event has run, failed or been dropped. */
  put(event: ControllerEvent): Promise<void> {
    return new Promise<void>((resolve) => {
      if (this.#closed) {
        event.preempt?.()
        resolve()
        return
      }
      this.#events.push({ event, settle: resolve })
      this.#running ??= this.#runAll()
    })
  }

  /** Drops all that waits, then puts the event. */
  clearAndPut(event: ControllerEvent): Promise<void> {
    this.#drop()
    return this.put(event)
  }

  /** Drops all that waits; settles when the event that runs has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#drop()
    await this.#running
  }

  #drop(): void {
    const dropped = this.#events
    this.#events = []
    for (const { event, settle } of dropped) {
      event.preempt?.()
      settle()
    }
  }

  async #runAll(): Promise<void> {
    // Whoever put the event goes on first, so that it never runs within the caller's own turn.
    await Promise.resolve()
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const { event, settle } = next
      try {
        await event.run()
      } catch (error) {
        await this.#handle(event, error)
      }
      settle()
    }
    this.#running = undefined
  }

  async #handle(event: ControllerEvent, error: unknown): Promise<void> {
    try {
      await this.#onError(event, error)
    } catch (second) {
      this.#logger.error(`Controller event ${event.name} failed twice`, { error: String(second) })
    }
  }
}
