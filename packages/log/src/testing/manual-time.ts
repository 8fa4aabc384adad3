import type { Clock, ScheduledTask, Scheduler } from '../ports.js'

/** A clock and timers that move only when told to. */
export class ManualTime implements Clock, Scheduler {
  #nowMs: number
  #steppedMs = 0
  readonly #tasks = new Set<{ readonly atMs: number; readonly task: () => void }>()

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs + this.#steppedMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  /** Somebody sets the wall clock, back or forth. */
  step(ms: number): void {
    this.#steppedMs += ms
  }

  schedule(delayMs: number, task: () => void): ScheduledTask {
    const scheduled = { atMs: this.#nowMs + delayMs, task }
    this.#tasks.add(scheduled)
    return { cancel: () => this.#tasks.delete(scheduled) }
  }

  /** Who wanted to be called is gone. */
  clear(): void {
    this.#tasks.clear()
  }

  /** Moves the clock and runs what is due on the way, in order, letting what it starts settle. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    for (;;) {
      const due = [...this.#tasks].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#tasks.delete(due)
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      due.task()
      await settle()
    }
    this.#nowMs = endMs
    await settle()
  }
}

/** Lets everything happen that needs no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}
