const POSITIONS_MAX = 16

/** Where batches start that are likely to be read next, by offset: the newest, and those behind the last reads. */
export class RememberedPositions {
  readonly #positions = new Map<number, number>()

  /** A batch with this offset starts there, or will. What was told longest ago is forgotten for it. */
  remember(offset: number, position: number): void {
    this.#positions.delete(offset)
    this.#positions.set(offset, position)
    if (this.#positions.size <= POSITIONS_MAX) return
    for (const oldest of this.#positions.keys()) {
      this.#positions.delete(oldest)
      return
    }
  }

  recall(offset: number): number | undefined {
    return this.#positions.get(offset)
  }

  clear(): void {
    this.#positions.clear()
  }
}
