/** When the application last gave a sign of life, and what it works on: for `max.poll.interval.ms` and its message. */

/** A record that somebody works on. */
interface WorkedOn {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export class Activity {
  readonly #monotonicMs: () => number
  /** Counted rather than timed, because records are many and clocks are slow. */
  #touches = 0
  #seenTouches = 0
  #sinceMs: number
  #isWaiting = true
  /** What the application was last given. */
  current: WorkedOn | undefined
  /** Of a managed runner, which has several handlers at work: the oldest; undefined: none is. */
  oldestHandler: (() => { readonly startMs: number; readonly record: WorkedOn } | undefined) | undefined

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
    this.#sinceMs = monotonicMs()
  }

  /** It asks for records, or has them handled by a runner. */
  waits(isWaiting: boolean): void {
    this.#isWaiting = isWaiting
    this.#sinceMs = this.#monotonicMs()
  }

  touch(): void {
    this.#touches++
  }

  /** Monotonic ms since when nothing was heard; undefined: it waits for records. */
  idleSinceMs(): number | undefined {
    if (this.oldestHandler !== undefined) return this.oldestHandler()?.startMs
    if (this.#isWaiting) return undefined
    if (this.#touches !== this.#seenTouches) {
      this.#seenTouches = this.#touches
      this.#sinceMs = this.#monotonicMs()
    }
    return this.#sinceMs
  }

  /** Monotonic ms of the last sign of life. */
  get lastMs(): number {
    return this.idleSinceMs() ?? this.#monotonicMs()
  }

  /** The record that is worked on; undefined: none. */
  get stuckRecord(): WorkedOn | undefined {
    if (this.oldestHandler !== undefined) return this.oldestHandler()?.record
    return this.#isWaiting ? undefined : this.current
  }

  /** For messages. */
  describe(): string {
    const record = this.stuckRecord
    if (record === undefined) return 'the program has not asked for records'
    return `the program still works on the record of ${record.topic}-${record.partition} at offset ${record.offset}`
  }
}
