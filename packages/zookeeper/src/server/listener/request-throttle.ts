/** Bounds the requests of all connections that wait for their answers: over it, nobody is read from (`RequestThrottler`). */
export class RequestThrottle {
  readonly #max: number
  readonly #waiting = new Set<() => void>()
  #outstanding = 0

  constructor(max: number) {
    this.#max = max
  }

  get outstanding(): number {
    return this.#outstanding
  }

  get isOver(): boolean {
    return this.#outstanding > this.#max
  }

  taken(): void {
    this.#outstanding++
  }

  /** So many were answered, or will never be. */
  released(count: number): void {
    this.#outstanding -= count
    if (this.isOver || this.#waiting.size === 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resume of waiting) resume()
  }

  /** Calls `resume` once, when it is under the bound again. */
  whenUnder(resume: () => void): void {
    this.#waiting.add(resume)
  }

  forget(resume: () => void): void {
    this.#waiting.delete(resume)
  }
}
