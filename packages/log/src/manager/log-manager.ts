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
 * A directory whose disk fails while it is used goes offline with all that is in it, until the next start; the others go on.
 *
 * It never decides which partitions the broker should have, nor which offsets are committed, nor what becomes of a broker
 * that has no directory left. Source: Kafka's LogManager.
 */
import { directoryName } from '../core/file-names.js'
import type { PartitionLog } from '../partition/partition-log.js'
import type { LogEnvironment } from '../ports.js'
import { IndexCache } from '../segment/index-cache.js'
import { FlushLoop } from './flush-loop.js'
import { forEachOf } from './for-each-of.js'
import { LogDirectories } from './log-directories.js'
import type { LogDirectory } from './log-directory.js'
import { LogDirectoryError } from './log-directory-error.js'
import {
  DEFAULT_INTERVALS,
  type FoundPartition,
  type LogDirectoryDescription,
  type LogManagerIntervals,
  type LogManagerOptions,
} from './log-manager-options.js'
import { OpenLogs } from './open-logs.js'
import { RepeatedTasks } from './repeated-tasks.js'

/** A log is closed with several syncs, one after the other: as many logs as keep the disk busy all the time. */
const CLOSED_AT_ONCE = 32

/** Until then, a disk that was full and is full again has no reserve. */
const RESERVE_CHECK_INTERVAL_MS = 10_000

/** See above. */
export class LogManager {
  readonly #options: LogManagerOptions
  readonly #environment: LogEnvironment
  readonly #concurrency: number
  readonly #flushLoop: FlushLoop
  readonly #directories: LogDirectories
  readonly #logs: OpenLogs
  readonly #opening = new Map<string, Promise<PartitionLog>>()
  readonly #intervals: Required<LogManagerIntervals>
  readonly #tasks: RepeatedTasks
  #closed = false

  private constructor(options: LogManagerOptions) {
    this.#options = options
    this.#environment = options.environment
    this.#concurrency = options.concurrency ?? 8
    this.#intervals = { ...DEFAULT_INTERVALS, ...options.intervals }
    this.#directories = new LogDirectories(options, (directory, error) => this.#onFailure(directory, error))
    this.#tasks = new RepeatedTasks(options.environment)
    this.#flushLoop = new FlushLoop({
      ...options.environment,
      targetMs: this.#intervals.backgroundFlushMs,
    })
    this.#logs = new OpenLogs({
      options,
      directories: this.#directories,
      indexCache: new IndexCache(options.indexCacheBytes ?? 64 * 1024 * 1024),
      concurrency: this.#concurrency,
      onDirty: (dirty) => this.#flushLoop.add(dirty),
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
      await manager.#logs.openAll()
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
    return this.#logs.unknown
  }

  /** Were all directories closed cleanly the last time? */
  get cleanShutdown(): boolean {
    return this.#directories.cleanShutdown
  }

  /** How many log directories have failed. */
  get offlineDirectoryCount(): number {
    return this.#directories.offlinePaths.length
  }

  /** From a write to the end of its sync, ms, of the last background flush. */
  get flushLagMs(): number {
    return this.#flushLoop.lagMs
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(topic, partition)
  }

  /** All open partitions. */
  all(): IterableIterator<PartitionLog> {
    return this.#logs.all()
  }

  /**
   * Opens a partition, or makes it in the directory that has the fewest. Rejects with INCONSISTENT_TOPIC_ID if it is
   * open, and belongs to another topic of that name; with KAFKA_STORAGE_ERROR if it may lie in a directory that is offline.
   *
   * @param options.isNew Was it never there before? Default true.
   */
  async getOrCreate(
    topic: string,
    partition: number,
    topicId?: string,
    options: { readonly isNew?: boolean } = {},
  ): Promise<PartitionLog> {
    const key = directoryName(topic, partition)
    const known = this.get(topic, partition)
    if (known !== undefined) {
      if (topicId !== undefined) await known.assignTopicId(topicId)
      return known
    }
    let opening = this.#opening.get(key)
    if (opening === undefined) {
      opening = this.#create(topic, partition, { topicId, isNew: options.isNew ?? true }).finally(() =>
        this.#opening.delete(key),
      )
      this.#opening.set(key, opening)
    }
    return await opening
  }

  /** Deletes a partition; see {@link PartitionLog.delete}. No error if there is none. */
  async delete(topic: string, partition: number): Promise<void> {
    await this.#opening.get(directoryName(topic, partition))?.catch(() => undefined)
    const log = this.#logs.remove(topic, partition)
    if (log === undefined) return
    this.#flushLoop.remove(log)
    await log.delete()
  }

  /** The settings of a topic have changed. */
  updateConfig(topic: string): void {
    for (const log of this.all()) {
      if (log.topic === topic) log.updateConfig(this.#options.configOf(topic))
    }
  }

  /** The settings of any topic may have changed. */
  updateConfigs(): void {
    for (const log of this.all()) log.updateConfig(this.#options.configOf(log.topic))
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
    for (const directory of this.#directories.online) await this.#closeDirectory(directory, clean)
    await this.#directories.release()
  }

  async #closeDirectory(directory: LogDirectory, clean: boolean): Promise<void> {
    const { reporter } = this.#environment
    try {
      await directory.prepareToClose()
      const closed = forEachOf([...directory.logs], CLOSED_AT_ONCE, (log) => log.close({ clean }))
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

  async #create(
    topic: string,
    partition: number,
    options: { readonly topicId: string | undefined; readonly isNew: boolean },
  ): Promise<PartitionLog> {
    if (this.#closed) throw new LogDirectoryError('CLOSED', 'The log directories are closed', { directory: '' })
    return await this.#logs.create(topic, partition, options)
  }

  /** Everything in the directory goes offline; the owner of the logs is told which. */
  #onFailure(directory: LogDirectory, error: unknown): void {
    const { reporter } = this.#environment
    const logs = this.#logs.removeIn(directory)
    for (const log of logs) {
      this.#flushLoop.remove(log)
      log.goOffline().catch((second: unknown) => reporter.warn(`${log.dir}: ${String(second)}`))
    }
    if (this.#closed) return
    const remaining = this.#directories.online.length
    this.#options.onDirectoryFailure?.({ path: directory.path, error, logs, remaining })
  }

  #reportRecovery(): void {
    const recovered = [...this.all()].filter((log) => log.recovery.recoveredSegments > 0)
    if (recovered.length === 0) return
    this.#environment.reporter.info(`Recovered ${recovered.length} partitions: they had not been closed cleanly`)
  }

  #startTasks(): void {
    const intervals = this.#intervals
    const inEach = (action: (directory: LogDirectory) => Promise<void>) => () =>
      forEachOf(this.#directories.online, this.#directories.online.length, action)
    this.#tasks.repeat('retention', intervals.retentionMs, async () => {
      await this.applyRetention()
    })
    this.#tasks.repeat(
      'writing offset checkpoints',
      intervals.offsetCheckpointMs,
      inEach((directory) => directory.writeOffsetCheckpoints()),
    )
    this.#tasks.repeat(
      'writing high watermarks',
      intervals.highWatermarkCheckpointMs,
      inEach((directory) => directory.writeHighWatermarks()),
    )
    this.#tasks.repeat(
      'keeping space in reserve',
      RESERVE_CHECK_INTERVAL_MS,
      inEach((directory) => directory.keepReserve()),
    )
    this.#tasks.repeat('expiring producers', intervals.producerExpiryMs, () => {
      for (const log of this.all()) log.expireProducers(this.#environment.clock.nowMs())
      return Promise.resolve()
    })
  }

  /** The start failed: gives back what was taken. */
  async #abandon(): Promise<void> {
    this.#closed = true
    await this.#flushLoop.stop()
    for (const log of this.all()) await log.close({ clean: false }).catch(() => undefined)
    await this.#directories.release().catch(() => undefined)
  }
}
