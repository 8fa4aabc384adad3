/**
 * The records between two calls of `flush`: they have been flushed when nothing of them is outstanding. What is counted are
 * batches, and records that have no batch yet.
 */
export class FlushEpoch {
  #outstanding = 0
  #onDone: (() => void)[] = []

  get outstanding(): number {
    return this.#outstanding
  }

  begin(): void {
    this.#outstanding++
  }

  end(): void {
    this.#outstanding--
    if (this.#outstanding > 0) return
    const waiting = this.#onDone
    this.#onDone = []
    for (const done of waiting) done()
  }

  /** Calls `done` when nothing is outstanding. */
  whenDone(done: () => void): void {
    if (this.#outstanding === 0) done()
    else this.#onDone.push(done)
  }
}
