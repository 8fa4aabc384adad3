import { NodeDisk, type NodeDiskOptions } from './disk/node-disk.js'
import type { LogEnvironment, LogReporter } from './ports.js'

const SILENT: LogReporter = { info: () => undefined, warn: () => undefined }

/**
 * The real thing: this machine's file system, clock and timers. Timers do not keep the process alive.
 *
 * @param options.reporter Where warnings go; nowhere by default.
 */
export function nodeEnvironment(options: NodeDiskOptions & { readonly reporter?: LogReporter } = {}): LogEnvironment {
  return {
    disk: new NodeDisk(options),
    clock: { nowMs: () => Date.now() },
    scheduler: {
      schedule(delayMs, task) {
        const timer = setTimeout(task, delayMs)
        timer.unref()
        return { cancel: () => clearTimeout(timer) }
      },
    },
    random: Math.random,
    reporter: options.reporter ?? SILENT,
  }
}
