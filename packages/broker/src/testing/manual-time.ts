import type { Clock, ScheduledTask, Scheduler } from '../ports.js'

interface Task {
  readonly atMs: number
  readonly sequence: number
  readonly run: () => void
}

/** A clock that stands still, and tasks that run when a test moves it. */
export class ManualTime implements Clock, Scheduler {
  #nowMs: number
  #steppedMs = 0
  #sequence = 0
  readonly #tasks = new Set<Task>()

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

  get taskCount(): number {
    return this.#tasks.size
  }

  schedule(delayMs: number, run: () => void): ScheduledTask {
    const task = { atMs: this.#nowMs + delayMs, sequence: this.#sequence++, run }
    this.#tasks.add(task)
    return { cancel: () => this.#tasks.delete(task) }
  }

  /** Runs what is due on the way, in order of time, and lets promises settle after each task. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await settle()
    for (let task = this.#next(endMs); task !== undefined; task = this.#next(endMs)) {
      this.#tasks.delete(task)
      this.#nowMs = Math.max(this.#nowMs, task.atMs)
      task.run()
      await settle()
    }
    this.#nowMs = endMs
  }

  /** Moves the clock without running anything, as a busy event loop does. */
  pass(ms: number): void {
    this.#nowMs += ms
  }

  #next(endMs: number): Task | undefined {
    let next: Task | undefined
    for (const task of this.#tasks) {
      const isEarlier = next === undefined || task.atMs < next.atMs
      if (task.atMs <= endMs && (isEarlier || (task.atMs === next?.atMs && task.sequence < next.sequence))) next = task
    }
    return next
  }
}

/** Resolves when all promises that can settle have done so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
