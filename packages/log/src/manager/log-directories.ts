import { LogDirectory } from './log-directory.js'
import { LogDirectoryError } from './log-directory-error.js'
import type { LogDirectoryDescription, LogManagerOptions } from './log-manager-options.js'
import { NodeProcessTable } from './process-table.js'

/**
 * The log directories of one broker: those that are used, and those whose disk failed at the start. It never looks at
 * a partition.
 */
export class LogDirectories {
  readonly #options: LogManagerOptions
  readonly #online: LogDirectory[] = []
  readonly #offline = new Map<string, unknown>()

  constructor(options: LogManagerOptions) {
    this.#options = options
  }

  /** Those that are used. */
  get online(): readonly LogDirectory[] {
    return this.#online
  }

  /** Were all closed cleanly the last time? */
  get cleanShutdown(): boolean {
    return this.#online.every((directory) => directory.cleanShutdown)
  }

  /** Where a new partition goes: the one that has the fewest; `undefined` if none can be used. */
  get emptiest(): LogDirectory | undefined {
    return this.#online.toSorted((a, b) => a.logs.size - b.logs.size)[0]
  }

  /** Takes them one after the other. When it rejects, those that were taken before are {@link LogDirectories.online}. */
  async open(): Promise<void> {
    for (const path of this.#options.directories) await this.#open(path)
  }

  /** All of them, with what is in them. */
  async describe(): Promise<LogDirectoryDescription[]> {
    const descriptions: LogDirectoryDescription[] = []
    for (const { path, logs } of this.#online) {
      const space = await this.#options.environment.disk.space(path)
      descriptions.push({ path, error: undefined, ...space, logs: [...logs] })
    }
    for (const [path, error] of this.#offline) {
      descriptions.push({ path, error, totalBytes: -1, freeBytes: -1, logs: [] })
    }
    return descriptions
  }

  async #open(path: string): Promise<void> {
    const { environment, brokerId, clusterId } = this.#options
    const processes = this.#options.processes ?? new NodeProcessTable()
    try {
      this.#online.push(await LogDirectory.open({ environment, path, processes, brokerId, clusterId }))
    } catch (error) {
      if (error instanceof LogDirectoryError) throw error
      this.#offline.set(path, error)
      environment.reporter.warn(`The log directory ${path} cannot be used: ${String(error)}`)
      if (this.#offline.size < this.#options.directories.length) return
      throw new LogDirectoryError('ALL_OFFLINE', 'No log directory can be used', { directory: path, cause: error })
    }
  }
}
