const POSITIONS_MAX = 16

/** Where batches start that are likely to be read next, by offset: the newest, and those behind the last reads. */
export class RememberedPositions {
  /** Places that are written in turn, in two arrays of numbers: cheaper than a map where something is told with each append. */
  readonly #offsets: number[] = []
  readonly #positions: number[] = []
  #next = 0

  /** A batch with this offset starts there, or will. The offset that was first told longest ago is forgotten for it. */
  remember(offset: number, position: number): void {
    const known = this.#offsets.indexOf(offset)
    const at = known >= 0 ? known : this.#next
    this.#offsets[at] = offset
    this.#positions[at] = position
    if (known < 0) this.#next = (at + 1) % POSITIONS_MAX
  }

  recall(offset: number): number | undefined {
    const at = this.#offsets.indexOf(offset)
    return at < 0 ? undefined : this.#positions[at]
  }

  clear(): void {
    this.#offsets.length = 0
    this.#positions.length = 0
    this.#next = 0
  }
}
