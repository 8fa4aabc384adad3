/** Waits that end: by their time, or by their caller's signal. */
import { KafkaError } from './errors.js'
import { holdProcess } from './keep-alive.js'
import type { CallOptions, ClientPorts } from './ports.js'

/** The bounds of one call, shared by all that it waits for. */
export class Deadline {
  readonly deadlineMs: number
  readonly signal: AbortSignal | undefined
  readonly #ports: ClientPorts
  readonly #what: string

  /** `what` the call is, for the message of its TIMEOUT. */
  constructor(ports: ClientPorts, what: string, timeoutMs: number, signal?: AbortSignal) {
    this.#ports = ports
    this.#what = what
    this.deadlineMs = ports.monotonicMs() + timeoutMs
    this.signal = signal
  }

  static of(ports: ClientPorts, what: string, options: CallOptions, defaultTimeoutMs: number): Deadline {
    options.signal?.throwIfAborted()
    return new Deadline(ports, what, options.timeoutMs ?? defaultTimeoutMs, options.signal)
  }

  get remainingMs(): number {
    return Math.max(0, this.deadlineMs - this.#ports.monotonicMs())
  }

  get isOver(): boolean {
    return this.remainingMs === 0
  }

  /** Errors: TIMEOUT, the signal's reason. */
  check(cause?: unknown): void {
    this.signal?.throwIfAborted()
    if (this.isOver) throw this.timeout(cause)
  }

  timeout(cause?: unknown): KafkaError {
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    return new KafkaError('TIMEOUT', `${this.#what} took too long${why}`, { cause })
  }

  /** Waits for `promise` as long as there is time. What it does goes on when the wait has ended. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    this.signal?.throwIfAborted()
    let stop = () => {}
    const letGo = holdProcess()
    const ended = new Promise<never>((_, reject) => {
      const cancel = this.#ports.timers.schedule(this.remainingMs, () => reject(this.timeout()))
      const abort = () => reject(this.signal?.reason)
      this.signal?.addEventListener('abort', abort, { once: true })
      stop = () => {
        cancel()
        this.signal?.removeEventListener('abort', abort)
      }
    })
    try {
      return await Promise.race([promise, ended])
    } finally {
      letGo()
      stop()
    }
  }

  /** Sleeps, but not beyond the deadline. Errors: the signal's reason. */
  async sleep(delayMs: number): Promise<void> {
    await sleep(this.#ports, Math.min(delayMs, this.remainingMs), this.signal)
  }
}

/** Errors: the signal's reason. */
export function sleep(ports: Pick<ClientPorts, 'timers'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = ports.timers.schedule(delayMs, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}
