import type { Disk } from './disk/disk.js'

/** The wall clock. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number
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
  info(message: string): void
  warn(message: string): void
}

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
