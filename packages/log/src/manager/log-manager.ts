/**
 * The partitions of one broker, in one or more log directories.
 *
 * It takes the directories at the start, opens what is in them, places new partitions, and does in the background
 * what logs do not do by themselves: retention, flushes, checkpoints, expiry of producers. Closed cleanly, the next start
 * needs no recovery.
 *
 *     start: lock ─ meta.properties ─ marker gone ─ checkpoints ─ partitions opened ─ tasks
 *     close: tasks end ─ logs closed ─ checkpoints ─ marker ─ unlock
 *
 * It never decides which partitions the broker should have, nor which offsets are committed. Source: Kafka's LogManager.
 */
import { directoryName, type PartitionDirectory } from '../core/file-names.js'
import { removeTree } from '../disk/whole-files.js'
import { PartitionLog } from '../partition/partition-log.js'
import type { LogEnvironment } from '../ports.js'
import { IndexCache } from '../segment/index-cache.js'
import { FlushLoop } from './flush-loop.js'
import { forEachOf } from './for-each-of.js'
import { LogDirectories } from './log-directories.js'
import type { CheckpointedOffsets, LogDirectory } from './log-directory.js'
import { LogDirectoryError } from './log-directory-error.js'
import {
  DEFAULT_INTERVALS,
  type FoundPartition,
  type LogDirectoryDescription,
  type LogManagerIntervals,
  type LogManagerOptions,
} from './log-manager-options.js'
import { RepeatedTasks } from './repeated-tasks.js'

/** The metadata log of a KRaft broker is none of our partitions. */
const KRAFT_METADATA_TOPIC = '__cluster_metadata'

/** See above. */
export class LogManager {
  readonly #options: LogManagerOptions
  readonly #environment: LogEnvironment
  readonly #concurrency: number
  readonly #indexCache: IndexCache
  readonly #flushLoop: FlushLoop
  readonly #directories: LogDirectories
  readonly #unknown = new Map<string, { readonly found: FoundPartition; readonly directory: LogDirectory }>()
  readonly #logs = new Map<string, { readonly log: PartitionLog; readonly directory: LogDirectory }>()
  readonly #opening = new Map<string, Promise<PartitionLog>>()
  readonly #intervals: Required<LogManagerIntervals>
  readonly #tasks: RepeatedTasks
  #closed = false

  private constructor(options: LogManagerOptions) {
    this.#options = options
    this.#environment = options.environment
    this.#concurrency = options.concurrency ?? 8
    this.#indexCache = new IndexCache(options.indexCacheBytes ?? 64 * 1024 * 1024)
    this.#intervals = { ...DEFAULT_INTERVALS, ...options.intervals }
    this.#directories = new LogDirectories(options)
    this.#tasks = new RepeatedTasks(options.environment)
    this.#flushLoop = new FlushLoop({
      ...options.environment,
      targetMs: this.#intervals.backgroundFlushMs,
    })
  }

  /**
   * Takes the directories and opens the partitions in them. A directory whose disk fails is left out, and described as
   * offline. Rejects with a {@link LogDirectoryError} when another process has one, when one belongs to another broker or
   * cluster, and when none can be used.
   */
  static async open(options: LogManagerOptions): Promise<LogManager> {
    const manager = new LogManager(options)
    try {
      await manager.#directories.open()
      await manager.#openPartitions()
    } catch (error) {
      await manager.#abandon()
      throw error
    }
    manager.#reportRecovery()
    manager.#startTasks()
    return manager
  }

  /** Partitions that {@link LogManagerOptions.isKnown} did not know. They are untouched. */
  get unknownPartitions(): readonly FoundPartition[] {
    return Array.from(this.#unknown.values(), ({ found }) => found)
  }

  /** Were all directories closed cleanly the last time? */
  get cleanShutdown(): boolean {
    return this.#directories.cleanShutdown
  }

  /** From a write to the end of its sync, ms, of the last background flush. */
  get flushLagMs(): number {
    return this.#flushLoop.lagMs
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(directoryName(topic, partition))?.log
  }

  /** All open partitions. */
  *all(): IterableIterator<PartitionLog> {
    for (const { log } of this.#logs.values()) yield log
  }

  /**
   * Opens a partition, or makes it in the directory that has the fewest. Rejects with INCONSISTENT_TOPIC_ID if it is
   * open, and belongs to another topic of that name.
   */
  async getOrCreate(topic: string, partition: number, topicId?: string): Promise<PartitionLog> {
    const key = directoryName(topic, partition)
    const known = this.#logs.get(key)?.log
    if (known !== undefined) {
      if (topicId !== undefined) await known.assignTopicId(topicId)
      return known
    }
    let opening = this.#opening.get(key)
    if (opening === undefined) {
      opening = this.#create(topic, partition, topicId).finally(() => this.#opening.delete(key))
      this.#opening.set(key, opening)
    }
    return await opening
  }

  /** Deletes a partition; see {@link PartitionLog.delete}. No error if there is none. */
  async delete(topic: string, partition: number): Promise<void> {
    const key = directoryName(topic, partition)
    await this.#opening.get(key)?.catch(() => undefined)
    const found = this.#logs.get(key)
    if (found === undefined) return
    this.#logs.delete(key)
    found.directory.logs.delete(found.log)
    found.directory.forget(topic, partition)
    this.#flushLoop.remove(found.log)
    await found.log.delete()
  }

  /** The settings of a topic have changed. */
  updateConfig(topic: string): void {
    for (const { log } of this.#logs.values()) {
      if (log.topic === topic) log.updateConfig(this.#options.configOf(topic))
    }
  }

  /** The directories with what is in them. */
  async describeDirectories(): Promise<LogDirectoryDescription[]> {
    return await this.#directories.describe()
  }

  /** Applies retention to all partitions now. Resolves to the segments that went. */
  async applyRetention(): Promise<number> {
    let removed = 0
    for (const log of this.all()) {
      try {
        removed += await log.applyRetention(this.#environment.clock.nowMs())
      } catch (error) {
        // It was deleted meanwhile, with the files that retention looked for.
        if (this.get(log.topic, log.partition) !== log) continue
        this.#environment.reporter.warn(`${log.dir}: retention failed: ${String(error)}`)
      }
    }
    return removed
  }

  /** Makes everything durable that is written. */
  async flush(): Promise<void> {
    await forEachOf([...this.all()], this.#concurrency, (log) => log.flush())
  }

  /**
   * Ends the use of the directories. Cleanly, unless told otherwise or a disk fails: then the next start needs no recovery.
   */
  async close(options: { readonly clean?: boolean } = {}): Promise<void> {
    if (this.#closed) return
    const clean = options.clean ?? true
    this.#closed = true
    await Promise.allSettled([this.#tasks.stop(), ...this.#opening.values()])
    await this.#flushLoop.stop()
    for (const directory of this.#directories.online) {
      await this.#closeDirectory(directory, clean)
      await directory.release()
    }
  }

  async #closeDirectory(directory: LogDirectory, clean: boolean): Promise<void> {
    const { reporter } = this.#environment
    try {
      await directory.prepareToClose()
      const closed = forEachOf([...directory.logs], this.#concurrency, (log) => log.close({ clean }))
      if (!clean) {
        await closed
        return
      }
      const isDurable = await closed.then(
        () => true,
        (error: unknown) => {
          reporter.warn(`${directory.path} is not closed cleanly: ${String(error)}`)
          return false
        },
      )
      await directory.writeOffsetCheckpoints()
      await directory.writeHighWatermarks()
      if (isDurable) await directory.markClean(this.#options.brokerEpoch?.() ?? -1)
    } catch (error) {
      reporter.warn(`${directory.path} is not closed cleanly: ${String(error)}`)
    }
  }

  // --- Start ---

  #reportRecovery(): void {
    const recovered = [...this.all()].filter((log) => log.recovery.recoveredSegments > 0)
    if (recovered.length === 0) return
    this.#environment.reporter.info(`Recovered ${recovered.length} partitions: they had not been closed cleanly`)
  }

  async #openPartitions(): Promise<void> {
    for (const directory of this.#directories.online) {
      const found = await directory.partitions()
      directory.keepOnly(new Set(found.map(({ topic, partition }) => directoryName(topic, partition))))
      await forEachOf(found, this.#concurrency, (partition) => this.#openFound(directory, partition))
    }
  }

  async #openFound(directory: LogDirectory, found: PartitionDirectory & { readonly path: string }): Promise<void> {
    if (found.kind === 'delete') {
      await removeTree(this.#environment.disk, found.path)
      return
    }
    if (found.kind !== 'current' || found.topic === KRAFT_METADATA_TOPIC) return
    const { topic, partition, path } = found
    const topicId = await directory.topicIdOf(path)
    const isKnown = this.#options.isKnown?.({ topic, partition, topicId, path }) ?? true
    if (!isKnown) {
      this.#unknown.set(directoryName(topic, partition), { found: { topic, partition, topicId, path }, directory })
      return
    }
    const twin = this.get(topic, partition)
    if (twin !== undefined) {
      const message = `${directoryName(topic, partition)} is in ${twin.dir} and in ${path}`
      throw new LogDirectoryError('DUPLICATE_PARTITION', message, { directory: directory.path })
    }
    await this.#openLog(directory, found, { topicId, ...directory.checkpointed(topic, partition) })
  }

  async #openLog(
    directory: LogDirectory,
    found: { readonly topic: string; readonly partition: number; readonly path: string },
    known: { readonly topicId: string | undefined } & Partial<CheckpointedOffsets>,
  ): Promise<PartitionLog> {
    const { topic, partition } = found
    const { topicId, ...offsets } = known
    const log = await PartitionLog.open({
      environment: this.#environment,
      directory: found.path,
      config: this.#options.configOf(topic),
      cleanShutdown: directory.cleanShutdown,
      ...offsets,
      ...(topicId === undefined ? {} : { topicId }),
      indexCache: this.#indexCache,
      onDirty: (dirty) => this.#flushLoop.add(dirty),
    })
    directory.logs.add(log)
    this.#logs.set(directoryName(topic, partition), { log, directory })
    return log
  }

  // --- New partitions ---

  async #create(topic: string, partition: number, topicId: string | undefined): Promise<PartitionLog> {
    const name = directoryName(topic, partition)
    const left = this.#unknown.get(name)
    if (left !== undefined) {
      this.#unknown.delete(name)
      const { found, directory } = left
      if (topicId !== undefined && found.topicId === topicId) {
        return await this.#openLog(directory, found, { topicId, ...directory.checkpointed(topic, partition) })
      }
      await directory.setAside(found)
    }
    const directory = this.#directories.emptiest
    if (directory === undefined || this.#closed) {
      throw new LogDirectoryError('ALL_OFFLINE', 'No log directory can be used', { directory: '' })
    }
    await directory.clearStaleEntries()
    const log = await this.#openLog(directory, { topic, partition, path: `${directory.path}/${name}` }, { topicId })
    await this.#environment.disk.syncDirectory(directory.path)
    return log
  }

  // --- In the background ---

  #startTasks(): void {
    const intervals = this.#intervals
    this.#tasks.repeat('retention', intervals.retentionMs, async () => {
      await this.applyRetention()
    })
    this.#tasks.repeat('writing offset checkpoints', intervals.offsetCheckpointMs, async () => {
      for (const directory of this.#directories.online) await directory.writeOffsetCheckpoints()
    })
    this.#tasks.repeat('writing high watermarks', intervals.highWatermarkCheckpointMs, async () => {
      for (const directory of this.#directories.online) await directory.writeHighWatermarks()
    })
    this.#tasks.repeat('expiring producers', intervals.producerExpiryMs, () => {
      for (const log of this.all()) log.expireProducers(this.#environment.clock.nowMs())
      return Promise.resolve()
    })
  }

  /** The start failed: gives back what was taken. */
  async #abandon(): Promise<void> {
    await this.#flushLoop.stop()
    for (const { log } of this.#logs.values()) await log.close({ clean: false }).catch(() => undefined)
    for (const directory of this.#directories.online) await directory.release().catch(() => undefined)
  }
}
