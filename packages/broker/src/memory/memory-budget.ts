/**
 * A bound on bytes in memory that many share, such as the requests of all connections (Kafka: the memory pool of
 * `queued.max.request.bytes`). Who finds no room waits in line; nobody overtakes.
 */
export class MemoryBudget {
  readonly maxBytes: number
  /** Each takes its bytes and goes on if there is room, and says whether. The first came first. */
  readonly #waiting = new Set<() => boolean>()
  #usedBytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Somebody waits for room. */
  get isShort(): boolean {
    return this.#waiting.size > 0
  }

  /** Takes the bytes if there is room and nobody waits. What is larger than the bound gets in alone. */
  take(bytes: number): boolean {
    if (this.#waiting.size > 0 || !this.#hasRoom(bytes)) return false
    this.#usedBytes += bytes
    return true
  }

  /**
   * Waits in line for the bytes: `resume` is called once, when they are taken. Returns how to leave the line; that gives
   * nothing back after `resume`.
   */
  takeLater(bytes: number, resume: () => void): () => void {
    const attempt = () => {
      if (!this.#hasRoom(bytes)) return false
      this.#waiting.delete(attempt)
      this.#usedBytes += bytes
      resume()
      return true
    }
    this.#waiting.add(attempt)
    return () => {
      if (this.#waiting.delete(attempt)) this.#serve()
    }
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes
    this.#serve()
  }

  #hasRoom(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.maxBytes
  }

  #serve(): void {
    for (const attempt of this.#waiting) if (!attempt()) return
  }
}
