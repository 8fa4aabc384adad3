/** Requests that were sent, in order, until their answers come; and the one timer that watches how long they take. */
import type { NetPorts } from './ports.js'

export interface PendingRequest {
  readonly correlationId: number
  /** Monotonic. */
  readonly sentMs: number
  readonly deadlineMs: number
  readonly resolve: (response: Buffer) => void
  readonly reject: (error: Error) => void
}

export class RequestQueue {
  readonly #ports: NetPorts
  readonly #onTimeout: () => void
  #pending: PendingRequest[] = []
  #head = 0
  /** When the timer looks, and what stops it. */
  #wakeMs = Number.POSITIVE_INFINITY
  #cancelTimer = () => {}

  /** `onTimeout`: a request was not answered in time. */
  constructor(ports: NetPorts, onTimeout: () => void) {
    this.#ports = ports
    this.#onTimeout = onTimeout
  }

  get length(): number {
    return this.#pending.length - this.#head
  }

  push(request: PendingRequest): void {
    this.#pending.push(request)
    if (request.deadlineMs < this.#wakeMs) this.#wakeAt(request.deadlineMs)
  }

  /** The oldest, which the next response answers. */
  shift(): PendingRequest | undefined {
    const request = this.#pending[this.#head]
    if (request === undefined) return undefined
    this.#head++
    if (this.#head === this.#pending.length) {
      this.#pending = []
      this.#head = 0
    } else if (this.#head > 512) {
      this.#pending = this.#pending.slice(this.#head)
      this.#head = 0
    }
    return request
  }

  /** All of them, the oldest first; nobody is watched any more. */
  drain(): readonly PendingRequest[] {
    const drained = this.#pending.slice(this.#head)
    this.#pending = []
    this.#head = 0
    this.#cancelTimer()
    this.#wakeMs = Number.POSITIVE_INFINITY
    return drained
  }

  #wakeAt(deadlineMs: number): void {
    this.#cancelTimer()
    this.#wakeMs = deadlineMs
    const delayMs = Math.max(1, Math.ceil(deadlineMs - this.#ports.monotonicMs()))
    this.#cancelTimer = this.#ports.timers.schedule(delayMs, () => this.#look())
  }

  /** The timer is not moved with each answer, so it may find nothing to do. */
  #look(): void {
    this.#wakeMs = Number.POSITIVE_INFINITY
    const nowMs = this.#ports.monotonicMs()
    let next = Number.POSITIVE_INFINITY
    for (let index = this.#head; index < this.#pending.length; index++) {
      const { deadlineMs } = this.#pending[index] as PendingRequest
      if (deadlineMs <= nowMs) {
        this.#onTimeout()
        return
      }
      if (deadlineMs < next) next = deadlineMs
    }
    if (next !== Number.POSITIVE_INFINITY) this.#wakeAt(next)
  }
}
