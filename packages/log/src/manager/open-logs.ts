/**
 * The partitions that are open, each in its log directory: opened at the start, made later, given up when their disk
 * fails.
 *
 * It owns which log lies in which directory. It never closes or deletes one, and does nothing by itself.
 */
import { LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA } from '../core/checkpoints.js'
import { directoryName, type PartitionDirectory } from '../core/file-names.js'
import { isOutOfSpace } from '../disk/disk.js'
import { removeTree } from '../disk/whole-files.js'
import { LogError } from '../partition/log-error.js'
import { PartitionLog } from '../partition/partition-log.js'
import type { FlushableLog } from '../partition/partition-log-types.js'
import { RecentMemory } from '../partition/recent-batches.js'
import type { IndexCache } from '../segment/index-cache.js'
import { forEachOf } from './for-each-of.js'
import type { LogDirectories } from './log-directories.js'
import type { CheckpointedOffsets, LogDirectory } from './log-directory.js'
import { LogDirectoryError } from './log-directory-error.js'
import type { FoundPartition, LogManagerOptions } from './log-manager-options.js'

/** The metadata log of a KRaft broker is none of our partitions. */
const KRAFT_METADATA_TOPIC = '__cluster_metadata'

/** Newest batches in memory, over all logs. */
const RECENT_BYTES = 16 * 1024 * 1024

/** An open partition, and where it is. */
export interface PlacedLog {
  readonly log: PartitionLog
  readonly directory: LogDirectory
}

/** What open logs share. */
export interface OpenLogsParts {
  readonly options: LogManagerOptions
  readonly directories: LogDirectories
  readonly indexCache: IndexCache
  readonly concurrency: number
  readonly onDirty: (log: FlushableLog) => void
}

/** See above. */
export class OpenLogs {
  readonly #parts: OpenLogsParts
  readonly #recentMemory = new RecentMemory(RECENT_BYTES)
  readonly #unknown = new Map<string, { readonly found: FoundPartition; readonly directory: LogDirectory }>()
  readonly #logs = new Map<string, PlacedLog>()

  constructor(parts: OpenLogsParts) {
    this.#parts = parts
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(directoryName(topic, partition))?.log
  }

  *all(): IterableIterator<PartitionLog> {
    for (const { log } of this.#logs.values()) yield log
  }

  /** Partitions on disk that the broker does not know. */
  get unknown(): readonly FoundPartition[] {
    return Array.from(this.#unknown.values(), ({ found }) => found)
  }

  /** Opens what is in the directories. A directory that fails meanwhile is left out with all that is in it. */
  async openAll(): Promise<void> {
    const { directories, concurrency } = this.#parts
    for (const directory of directories.online) {
      try {
        const found = await directory.partitions()
        directory.keepOnly(new Set(found.map(({ topic, partition }) => directoryName(topic, partition))))
        await forEachOf(found, concurrency, (partition) => this.#openFound(directory, partition))
      } catch (error) {
        if (directories.isOnline(directory)) throw error
      }
    }
    directories.assertAnyOnline()
  }

  /**
   * Makes a partition in the directory that has the fewest; in the next one where that fails. One that is known from
   * before (`isNew` is false) is not made while a directory is offline: it may lie there. Rejects with
   * KAFKA_STORAGE_ERROR then, and with ALL_OFFLINE or the disk's error if no directory takes it.
   */
  async create(
    topic: string,
    partition: number,
    options: { readonly topicId: string | undefined; readonly isNew: boolean },
  ): Promise<PartitionLog> {
    const { directories } = this.#parts
    const { topicId, isNew } = options
    const left = await this.#takeUnknown(topic, partition, topicId)
    if (left !== undefined) return left
    const offline = directories.offlinePaths
    if (!isNew && offline.length > 0) {
      const name = directoryName(topic, partition)
      throw new LogError('KAFKA_STORAGE_ERROR', `${name} may lie in a log directory that is offline: ${offline.join()}`)
    }
    directories.assertAnyOnline()
    let failure: unknown
    for (const directory of directories.emptiestFirst) {
      try {
        return await this.#createIn(directory, topic, partition, topicId)
      } catch (error) {
        if (!isOutOfSpace(error) && directories.isOnline(directory)) throw error
        failure = error
      }
    }
    throw failure
  }

  /** It is no longer among the open ones, and its checkpoints forget it. */
  remove(topic: string, partition: number): PartitionLog | undefined {
    const key = directoryName(topic, partition)
    const placed = this.#logs.get(key)
    if (placed === undefined) return undefined
    this.#logs.delete(key)
    placed.directory.logs.delete(placed.log)
    placed.directory.forget(topic, partition)
    return placed.log
  }

  /** The directory has failed: its logs are no longer among the open ones. Returns them. */
  removeIn(directory: LogDirectory): readonly PartitionLog[] {
    const removed = [...directory.logs]
    directory.logs.clear()
    for (const { topic, partition } of removed) this.#logs.delete(directoryName(topic, partition))
    for (const [name, unknown] of this.#unknown) if (unknown.directory === directory) this.#unknown.delete(name)
    return removed
  }

  async #openFound(directory: LogDirectory, found: PartitionDirectory & { readonly path: string }): Promise<void> {
    const { options, directories } = this.#parts
    if (!directories.isOnline(directory)) return
    if (found.kind === 'delete') {
      await removeTree(directory.environment.disk, found.path)
      return
    }
    if (found.kind !== 'current' || found.topic === KRAFT_METADATA_TOPIC) return
    const { topic, partition, path } = found
    const topicId = await directory.topicIdOf(path)
    const isKnown = options.isKnown?.({ topic, partition, topicId, path }) ?? true
    if (!isKnown) {
      this.#unknown.set(directoryName(topic, partition), { found: { topic, partition, topicId, path }, directory })
      return
    }
    const twin = this.get(topic, partition)
    if (twin !== undefined) {
      const message = `${directoryName(topic, partition)} is in ${twin.dir} and in ${path}`
      throw new LogDirectoryError('DUPLICATE_PARTITION', message, { directory: directory.path })
    }
    await this.#openLog(directory, found, { topicId, isFound: true, ...directory.checkpointed(topic, partition) })
  }

  /** A partition that lay there unknown is now known; or another one of its name is wanted, and it is put aside. */
  async #takeUnknown(topic: string, partition: number, topicId: string | undefined): Promise<PartitionLog | undefined> {
    const name = directoryName(topic, partition)
    const left = this.#unknown.get(name)
    if (left === undefined) return undefined
    const { found, directory } = left
    let log: PartitionLog | undefined
    if (topicId !== undefined && found.topicId === topicId) {
      log = await this.#openLog(directory, found, { topicId, ...directory.checkpointed(topic, partition) })
    } else await directory.setAside(found)
    this.#unknown.delete(name)
    return log
  }

  async #createIn(
    directory: LogDirectory,
    topic: string,
    partition: number,
    topicId: string | undefined,
  ): Promise<PartitionLog> {
    directory.creations += 1
    try {
      return await directory.creating.run(() => this.#make(directory, topic, partition, topicId))
    } finally {
      directory.creations -= 1
    }
  }

  async #make(
    directory: LogDirectory,
    topic: string,
    partition: number,
    topicId: string | undefined,
  ): Promise<PartitionLog> {
    const path = `${directory.path}/${directoryName(topic, partition)}`
    try {
      await directory.clearStaleEntries()
      return await this.#openLog(directory, { topic, partition, path }, { topicId })
    } catch (error) {
      const log = this.remove(topic, partition)
      await log?.close({ clean: false }).catch(() => undefined)
      // What is half made must not be found beside the one that is made elsewhere.
      await this.#removeHalfMade(directory, path).catch(() => undefined)
      throw error
    }
  }

  /** Removes what a creation leaves behind; never a directory in which there is anything else. */
  async #removeHalfMade(directory: LogDirectory, path: string): Promise<void> {
    const { disk } = directory.environment
    for (const { name } of await disk.readdir(path)) {
      const file = `${path}/${name}`
      const isEmptySegment = name.startsWith('0'.repeat(20)) && (await disk.stat(file))?.sizeInBytes === 0
      const isOfCreation = name.startsWith(PARTITION_METADATA) || name.startsWith(LEADER_EPOCH_CHECKPOINT)
      if (isEmptySegment || isOfCreation) await disk.unlink(file)
    }
    await disk.rmdir(path)
  }

  async #openLog(
    directory: LogDirectory,
    found: { readonly topic: string; readonly partition: number; readonly path: string },
    known: { readonly topicId: string | undefined; readonly isFound?: boolean } & Partial<CheckpointedOffsets>,
  ): Promise<PartitionLog> {
    const { topic, partition } = found
    const { topicId, ...offsets } = known
    const { options, directories, indexCache, onDirty } = this.#parts
    const log = await PartitionLog.open({
      environment: directory.environment,
      directory: found.path,
      config: options.configOf(topic),
      cleanShutdown: directory.cleanShutdown,
      syncName: () => directory.syncNames(),
      ...offsets,
      ...(topicId === undefined ? {} : { topicId }),
      indexCache,
      recentMemory: this.#recentMemory,
      onDirty,
    })
    if (!directories.isOnline(directory)) {
      await log.close({ clean: false }).catch(() => undefined)
      throw new LogError('KAFKA_STORAGE_ERROR', `${directory.path} has failed while ${found.path} was opened`)
    }
    directory.logs.add(log)
    this.#logs.set(directoryName(topic, partition), { log, directory })
    return log
  }
}
