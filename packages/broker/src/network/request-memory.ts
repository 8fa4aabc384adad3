/**
 * The bytes of requests that are in memory, over all connections, against one bound (Kafka: the memory pool of
 * `queued.max.request.bytes`). Over the bound, connections stop reading until others gave back what they held.
 */
export class RequestMemory {
  readonly #maxBytes: number
  readonly #waiting = new Set<() => void>()
  #usedBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get isFull(): boolean {
    return this.#usedBytes >= this.#maxBytes
  }

  /** Never refused: what has arrived is in memory. */
  take(bytes: number): void {
    this.#usedBytes += bytes
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes
    if (this.#waiting.size === 0 || this.isFull) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resume of waiting) resume()
  }

  /** Calls `resume` once when there is room again. */
  whenRoom(resume: () => void): void {
    this.#waiting.add(resume)
  }

  forget(resume: () => void): void {
    this.#waiting.delete(resume)
  }
}
