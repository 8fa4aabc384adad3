import type { LogEnvironment, ScheduledTask } from '../ports.js'

/** Work in the background that comes again and again. It knows when to do it, never what it is. */
export class RepeatedTasks {
  readonly #environment: Pick<LogEnvironment, 'scheduler' | 'reporter'>
  readonly #scheduled = new Set<ScheduledTask>()
  readonly #running = new Set<Promise<void>>()
  #stopped = false

  constructor(environment: Pick<LogEnvironment, 'scheduler' | 'reporter'>) {
    this.#environment = environment
  }

  /** Runs the task again and again, each time so long after the last run has ended. A run that fails is reported. */
  repeat(name: string, intervalMs: number, task: () => Promise<void>): void {
    const scheduled = this.#environment.scheduler.schedule(intervalMs, () => {
      this.#scheduled.delete(scheduled)
      const run = task()
        .catch((error: unknown) => {
          this.#environment.reporter.warn(`${name} failed, and is tried again: ${String(error)}`)
        })
        .finally(() => {
          this.#running.delete(run)
          if (!this.#stopped) this.repeat(name, intervalMs, task)
        })
      this.#running.add(run)
    })
    this.#scheduled.add(scheduled)
  }

  /** Begins no more runs, and waits for those under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const task of this.#scheduled) task.cancel()
    await Promise.allSettled(this.#running)
  }
}
