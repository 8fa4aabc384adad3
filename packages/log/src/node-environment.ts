import { NodeDisk, type NodeDiskOptions } from './disk/node-disk.js'
import type { Clock, LogEnvironment, LogReporter, Scheduler } from './ports.js'

const SILENT: LogReporter = { info: () => undefined, warn: () => undefined }

/** The clocks of this machine. */
export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }

/** The longest delay that Node's timers take. */
const TIMER_MAX_MS = 2 ** 31 - 1

/** Node's timers, for delays of any length. They do not keep the process alive. */
export const systemScheduler: Scheduler = {
  schedule(delayMs, task) {
    let timer: NodeJS.Timeout
    const wait = (leftMs: number): void => {
      const isLast = leftMs <= TIMER_MAX_MS
      timer = setTimeout(isLast ? task : () => wait(leftMs - TIMER_MAX_MS), Math.min(leftMs, TIMER_MAX_MS)).unref()
    }
    wait(delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}

/**
 * The real thing: this machine's file system, clock and timers. Timers do not keep the process alive.
 *
 * @param options.reporter Where warnings go; nowhere by default.
 */
export function nodeEnvironment(options: NodeDiskOptions & { readonly reporter?: LogReporter } = {}): LogEnvironment {
  return {
    disk: new NodeDisk(options),
    clock: systemClock,
    scheduler: systemScheduler,
    random: Math.random,
    reporter: options.reporter ?? SILENT,
  }
}
