/**
 * The log directories of one broker: those that are used, and those whose disk has failed, at the start or since. A failed
 * one is not used again before the next start (Kafka: LogManager.handleLogDirFailure). It never looks at a partition.
 */
import { BoundedDisk } from '../disk/bounded-disk.js'
import { threadsOfOneDisk } from '../disk/thread-pool.js'
import { WatchedDisk } from '../disk/watched-disk.js'
import { LogDirectory } from './log-directory.js'
import { LogDirectoryError } from './log-directory-error.js'
import type { LogDirectoryDescription, LogManagerOptions } from './log-manager-options.js'
import { NodeProcessTable } from './process-table.js'

/** A directory that was taken has failed. */
export type DirectoryFailureListener = (directory: LogDirectory, error: unknown) => void

/** See above. */
export class LogDirectories {
  readonly #options: LogManagerOptions
  readonly #onFailure: DirectoryFailureListener
  /** Those that were taken, also those that have failed since: their locks must be given back. */
  readonly #taken = new Map<string, LogDirectory>()
  readonly #failures = new Map<string, unknown>()

  constructor(options: LogManagerOptions, onFailure: DirectoryFailureListener) {
    this.#options = options
    this.#onFailure = onFailure
  }

  /** Those that are used. */
  get online(): readonly LogDirectory[] {
    return [...this.#taken.values()].filter(({ path }) => !this.#failures.has(path))
  }

  /** Those that are not, because their disk has failed. */
  get offlinePaths(): readonly string[] {
    return [...this.#failures.keys()]
  }

  /** Were all closed cleanly the last time? */
  get cleanShutdown(): boolean {
    return this.online.every((directory) => directory.cleanShutdown)
  }

  /** Where a new partition goes: the one that has the fewest first. */
  get emptiestFirst(): readonly LogDirectory[] {
    return this.online.toSorted((a, b) => a.logs.size + a.creations - b.logs.size - b.creations)
  }

  isOnline({ path }: LogDirectory): boolean {
    return !this.#failures.has(path)
  }

  /** Takes them one after the other. When it rejects, those that were taken before are {@link LogDirectories.online}. */
  async open(): Promise<void> {
    for (const path of this.#options.directories) await this.#open(path)
    this.assertAnyOnline()
  }

  /** Throws ALL_OFFLINE if none is left. */
  assertAnyOnline(): void {
    if (this.online.length > 0) return
    const [path = '', cause] = [...this.#failures].at(-1) ?? []
    throw new LogDirectoryError('ALL_OFFLINE', `No log directory can be used: ${String(cause)}`, {
      directory: path,
      cause,
    })
  }

  /** All of them, with what is in them. */
  async describe(): Promise<LogDirectoryDescription[]> {
    const descriptions: LogDirectoryDescription[] = []
    for (const directory of this.online) {
      try {
        const space = await directory.environment.disk.space(directory.path)
        descriptions.push({ path: directory.path, error: undefined, ...space, logs: [...directory.logs] })
      } catch (error) {
        descriptions.push(offline(directory.path, error))
      }
    }
    for (const [path, error] of this.#failures) {
      if (!descriptions.some((description) => description.path === path)) descriptions.push(offline(path, error))
    }
    return descriptions
  }

  /** Gives everything back. Locks of failed disks go if they can. */
  async release(): Promise<void> {
    for (const directory of this.#taken.values()) {
      const released = directory.release()
      await (this.isOnline(directory) ? released : released.catch(() => undefined))
    }
  }

  async #open(path: string): Promise<void> {
    const { environment, brokerId, clusterId, directories } = this.#options
    const processes = this.#options.processes ?? new NodeProcessTable()
    const bounded = new BoundedDisk(environment.disk, threadsOfOneDisk(directories.length))
    const disk = new WatchedDisk(bounded, path, (error) => this.#failed(path, error))
    try {
      const own = { ...environment, disk }
      this.#taken.set(path, await LogDirectory.open({ environment: own, path, processes, brokerId, clusterId }))
    } catch (error) {
      if (error instanceof LogDirectoryError) throw error
      this.#failed(path, error)
    }
  }

  #failed(path: string, error: unknown): void {
    if (this.#failures.has(path)) return
    this.#failures.set(path, error)
    this.#options.environment.reporter.warn(`The log directory ${path} has failed, and is not used: ${String(error)}`)
    const directory = this.#taken.get(path)
    if (directory !== undefined) this.#onFailure(directory, error)
  }
}

function offline(path: string, error: unknown): LogDirectoryDescription {
  return { path, error, totalBytes: -1, freeBytes: -1, logs: [] }
}
