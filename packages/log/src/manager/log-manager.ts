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
import { dirname } from 'node:path'
import { directoryName, markedDirectoryName, type PartitionDirectory } from '../core/file-names.js'
import type { LogConfig } from '../core/log-config.js'
import { removeTree } from '../disk/whole-files.js'
import { PartitionLog } from '../partition/partition-log.js'
import { type LogEnvironment, type ScheduledTask, uniqueId } from '../ports.js'
import { IndexCache } from '../segment/index-cache.js'
import { FlushLoop } from './flush-loop.js'
import { forEachOf } from './for-each-of.js'
import { type CheckpointedOffsets, LogDirectory } from './log-directory.js'
import { LogDirectoryError } from './log-directory-error.js'
import { NodeProcessTable, type ProcessTable } from './process-table.js'

/** A partition directory that was found at the start. */
export interface FoundPartition {
  readonly topic: string
  readonly partition: number
  /** `undefined` if the directory does not say. */
  readonly topicId: string | undefined
  /** The partition's directory. */
  readonly path: string
}

/** How often something is done in the background, ms. */
export interface LogManagerIntervals {
  /** `log.retention.check.interval.ms`, default 5 minutes. */
  readonly retentionMs?: number
  /** `log.flush.offset.checkpoint.interval.ms`, default 1 minute. */
  readonly offsetCheckpointMs?: number
  /** `replica.high.watermark.checkpoint.interval.ms`, default 5 s. */
  readonly highWatermarkCheckpointMs?: number
  /** `producer.id.expiration.check.interval.ms`, default 10 minutes. */
  readonly producerExpiryMs?: number
  /** What a power cut may cost, about: logs are synced that long after a write, if the disk can. Default 1 s; 0: never. */
  readonly backgroundFlushMs?: number
}

/** How the partitions of a broker are opened. */
export interface LogManagerOptions {
  readonly environment: LogEnvironment
  /** `log.dirs`, absolute. */
  readonly directories: readonly string[]
  readonly brokerId: number
  readonly clusterId: string
  /** The settings of a topic, known or new. */
  readonly configOf: (topic: string) => LogConfig
  /** Is this partition one that the broker knows? Others are left alone and listed. Default: all are. */
  readonly isKnown?: (partition: FoundPartition) => boolean
  /** Written to the clean-shutdown marker; default −1. */
  readonly brokerEpoch?: () => number
  readonly intervals?: LogManagerIntervals
  /** Partitions opened or closed at once; default 8. */
  readonly concurrency?: number
  /** Memory for the indexes of segments that are not written to; default 64 MiB. */
  readonly indexCacheBytes?: number
  /** Default: those of this machine. */
  readonly processes?: ProcessTable
}

/** A log directory, as DescribeLogDirs tells it. */
export interface LogDirectoryDescription {
  readonly path: string
  /** Why it is not used. */
  readonly error: unknown
  readonly totalBytes: number
  readonly freeBytes: number
  readonly logs: readonly PartitionLog[]
}

const DEFAULT_INTERVALS: Required<LogManagerIntervals> = {
  retentionMs: 300_000,
  offsetCheckpointMs: 60_000,
  highWatermarkCheckpointMs: 5_000,
  producerExpiryMs: 600_000,
  backgroundFlushMs: 1_000,
}

/** The metadata log of a KRaft broker is none of our partitions. */
const KRAFT_METADATA_TOPIC = '__cluster_metadata'

/** See above. */
export class LogManager {
  readonly #options: LogManagerOptions
  readonly #environment: LogEnvironment
  readonly #concurrency: number
  readonly #indexCache: IndexCache
  readonly #flushLoop: FlushLoop
  readonly #directories: LogDirectory[] = []
  readonly #offline = new Map<string, unknown>()
  readonly #unknown = new Map<string, FoundPartition>()
  readonly #logs = new Map<string, { readonly log: PartitionLog; readonly directory: LogDirectory }>()
  readonly #opening = new Map<string, Promise<PartitionLog>>()
  readonly #tasks = new Set<ScheduledTask>()
  readonly #running = new Set<Promise<void>>()
  #closed = false

  private constructor(options: LogManagerOptions) {
    this.#options = options
    this.#environment = options.environment
    this.#concurrency = options.concurrency ?? 8
    this.#indexCache = new IndexCache(options.indexCacheBytes ?? 64 * 1024 * 1024)
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
      for (const path of options.directories) await manager.#openDirectory(path)
      await manager.#openPartitions()
    } catch (error) {
      await manager.#abandon()
      throw error
    }
    manager.#startTasks()
    return manager
  }

  /** Partitions that {@link LogManagerOptions.isKnown} did not know. They are untouched. */
  get unknownPartitions(): readonly FoundPartition[] {
    return [...this.#unknown.values()]
  }

  /** Were all directories closed cleanly the last time? */
  get cleanShutdown(): boolean {
    return this.#directories.every((directory) => directory.cleanShutdown)
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
    const descriptions: LogDirectoryDescription[] = []
    for (const { path, logs } of this.#directories) {
      const space = await this.#environment.disk.space(path)
      descriptions.push({ path, error: undefined, ...space, logs: [...logs] })
    }
    for (const [path, error] of this.#offline) {
      descriptions.push({ path, error, totalBytes: -1, freeBytes: -1, logs: [] })
    }
    return descriptions
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
    for (const task of this.#tasks) task.cancel()
    await Promise.allSettled([...this.#running, ...this.#opening.values()])
    await this.#flushLoop.stop()
    for (const directory of this.#directories) {
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

  async #openDirectory(path: string): Promise<void> {
    const { environment, brokerId, clusterId } = this.#options
    const processes = this.#options.processes ?? new NodeProcessTable()
    try {
      this.#directories.push(await LogDirectory.open({ environment, path, processes, brokerId, clusterId }))
    } catch (error) {
      if (error instanceof LogDirectoryError) throw error
      this.#offline.set(path, error)
      environment.reporter.warn(`The log directory ${path} cannot be used: ${String(error)}`)
      if (this.#offline.size < this.#options.directories.length) return
      throw new LogDirectoryError('ALL_OFFLINE', 'No log directory can be used', { directory: path, cause: error })
    }
  }

  async #openPartitions(): Promise<void> {
    for (const directory of this.#directories) {
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
      this.#unknown.set(directoryName(topic, partition), { topic, partition, topicId, path })
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
      const directory = this.#directories.find(({ path }) => left.path.startsWith(`${path}/`))
      if (directory !== undefined && topicId !== undefined && left.topicId === topicId) {
        return await this.#openLog(directory, left, { topicId, ...directory.checkpointed(topic, partition) })
      }
      await this.#setAside(directory, left)
    }
    const [directory] = this.#directories.toSorted((a, b) => a.logs.size - b.logs.size)
    if (directory === undefined || this.#closed) {
      throw new LogDirectoryError('ALL_OFFLINE', 'No log directory can be used', { directory: '' })
    }
    await directory.clearStaleEntries()
    const log = await this.#openLog(directory, { topic, partition, path: `${directory.path}/${name}` }, { topicId })
    await this.#environment.disk.syncDirectory(directory.path)
    return log
  }

  /** A directory of an older topic of that name is in the way: Kafka calls it stray. */
  async #setAside(directory: LogDirectory | undefined, found: FoundPartition): Promise<void> {
    const target = `${dirname(found.path)}/${markedDirectoryName(found, 'stray', uniqueId(this.#environment.random))}`
    await this.#environment.disk.rename(found.path, target)
    directory?.forget(found.topic, found.partition)
    this.#environment.reporter.warn(
      `${found.path} belongs to another topic of that name (id ${found.topicId ?? 'unknown'}), and is now ${target}`,
    )
  }

  // --- In the background ---

  get #intervals(): Required<LogManagerIntervals> {
    return { ...DEFAULT_INTERVALS, ...this.#options.intervals }
  }

  #startTasks(): void {
    const intervals = this.#intervals
    this.#repeat('retention', intervals.retentionMs, async () => {
      await this.applyRetention()
    })
    this.#repeat('writing offset checkpoints', intervals.offsetCheckpointMs, async () => {
      for (const directory of this.#directories) await directory.writeOffsetCheckpoints()
    })
    this.#repeat('writing high watermarks', intervals.highWatermarkCheckpointMs, async () => {
      for (const directory of this.#directories) await directory.writeHighWatermarks()
    })
    this.#repeat('expiring producers', intervals.producerExpiryMs, () => {
      for (const log of this.all()) log.expireProducers(this.#environment.clock.nowMs())
      return Promise.resolve()
    })
  }

  /** Runs the task again and again, each time so long after the last run has ended. */
  #repeat(name: string, intervalMs: number, task: () => Promise<void>): void {
    const scheduled = this.#environment.scheduler.schedule(intervalMs, () => {
      this.#tasks.delete(scheduled)
      const run = task()
        .catch((error: unknown) => {
          this.#environment.reporter.warn(`${name} failed, and is tried again: ${String(error)}`)
        })
        .finally(() => {
          this.#running.delete(run)
          if (!this.#closed) this.#repeat(name, intervalMs, task)
        })
      this.#running.add(run)
    })
    this.#tasks.add(scheduled)
  }

  /** The start failed: gives back what was taken. */
  async #abandon(): Promise<void> {
    await this.#flushLoop.stop()
    for (const { log } of this.#logs.values()) await log.close({ clean: false }).catch(() => undefined)
    for (const directory of this.#directories) await directory.release().catch(() => undefined)
  }
}
