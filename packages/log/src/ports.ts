import type { BatchChecker } from './checking/batch-checker.js'
import type { Disk } from './disk/disk.js'

/** The wall clock, and one that nobody sets. */
export interface Clock {
  /** Milliseconds since 1970. It may jump, back too. */
  nowMs(): number
  /** Milliseconds since some moment, for durations. Default: those of {@link Clock.nowMs}. See {@link monotonicMs}. */
  monotonicMs?(): number
}

/** The time for whatever is about how long something takes or waits: nobody sets it back or forth. */
export function monotonicMs(clock: Clock): number {
  return clock.monotonicMs?.() ?? clock.nowMs()
}

/** What {@link Scheduler.schedule} hands back. */
export interface ScheduledTask {
  /** The task will not run, if it has not begun. */
  cancel(): void
}

/** Runs something later, once. */
export interface Scheduler {
  schedule(delayMs: number, task: () => void): ScheduledTask
}

/** Where a log says what an operator should know. */
export interface LogReporter {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
}

/** Particulars of a message, for programs. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Everything that a log touches outside itself. All of it is handed in, so that a test runs the same code on a
 * simulated disk with a clock of its own, from a seed.
 */
export interface LogEnvironment {
  readonly disk: Disk
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** A number from 0 (included) to 1 (excluded): roll jitter and the names of deleted directories. */
  readonly random: () => number
  readonly reporter: LogReporter
  /** Checks batches that would hold up the event loop; without one they are checked on it. */
  readonly batchChecker?: BatchChecker
}

/** 32 hexadecimal digits: what Kafka puts into the name of a directory that is to be deleted. */
export function uniqueId(random: () => number): string {
  let id = ''
  while (id.length < 32) {
    id += Math.floor(random() * 0x1_0000)
      .toString(16)
      .padStart(4, '0')
  }
  return id
}
