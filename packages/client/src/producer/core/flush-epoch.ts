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

/** The epoch that records join now, and those before it that are not done. */
export class FlushEpochs {
  #current = new FlushEpoch()
  #outstanding: FlushEpoch[] = []
  #flushes = 0

  get current(): FlushEpoch {
    return this.#current
  }

  /** Somebody waits for what `flush` found. */
  get isFlushing(): boolean {
    return this.#flushes > 0
  }

  /** Begins a new epoch; calls `done` when all before it are done. */
  flush(done: () => void): void {
    this.#outstanding = [...this.#outstanding, this.#current].filter((epoch) => epoch.outstanding > 0)
    this.#current = new FlushEpoch()
    let waiting = this.#outstanding.length
    if (waiting === 0) {
      done()
      return
    }
    this.#flushes++
    for (const epoch of this.#outstanding) {
      epoch.whenDone(() => {
        waiting--
        if (waiting > 0) return
        this.#flushes--
        done()
      })
    }
  }
}
