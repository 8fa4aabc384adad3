/** What the broker is handed from outside, so that a test can run it on a clock and timers of its own. */
import type { ScheduledTask, Scheduler } from '@millrace/log'

export {
  type Clock,
  monotonicMs,
  type ScheduledTask,
  type Scheduler,
  systemClock,
  systemScheduler,
} from '@millrace/log'

export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** Runs `task` again and again, each time `intervalMs` after the last run began. */
export function every(scheduler: Scheduler, intervalMs: () => number, task: () => void): ScheduledTask {
  let current = scheduler.schedule(intervalMs(), run)
  function run() {
    current = scheduler.schedule(intervalMs(), run)
    task()
  }
  return { cancel: () => current.cancel() }
}

/** A signal that aborts after a time, and what calls that off. */
export function deadlineSignal(scheduler: Scheduler, timeoutMs: number): { signal: AbortSignal; cancel: () => void } {
  const controller = new AbortController()
  const task = scheduler.schedule(Math.max(0, timeoutMs), () => controller.abort())
  return { signal: controller.signal, cancel: () => task.cancel() }
}
