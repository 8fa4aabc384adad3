/**
 * One of the broker's log directories: its lock, `meta.properties`, checkpoints and clean-shutdown marker, and the partitions
 * that lie in it. It reads and writes files; which partitions are opened is the {@link LogManager}'s business.
 *
 * Entries of partitions that are on disk but not open here stay in the checkpoints: whoever knows them will need
 * them. Files that it does not know are left alone.
 */
import {
  CLEAN_SHUTDOWN_MARKER,
  formatCleanShutdownMarker,
  formatOffsetCheckpoint,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  MalformedCheckpointError,
  PARTITION_METADATA,
  type PartitionOffset,
  parseOffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
} from '../core/checkpoints.js'
import { directoryName, markedDirectoryName, type PartitionDirectory, parseDirectoryName } from '../core/file-names.js'
import { isOutOfSpace } from '../disk/disk.js'
import { makeDirectory, readFileIfExists, replaceFile, touchFile, unlinkIfExists } from '../disk/whole-files.js'
import { InFlight } from '../in-flight.js'
import type { PartitionLog } from '../partition/partition-log.js'
import { topicIdIn } from '../partition/topic-identity.js'
import { type LogEnvironment, uniqueId } from '../ports.js'
import { type DirectoryLock, lockDirectory } from './directory-lock.js'
import type { FoundPartition } from './log-manager-options.js'
import { claimDirectory } from './meta-properties.js'
import type { ProcessTable } from './process-table.js'
import { SpaceReserve } from './space-reserve.js'

/** Enough to share the syncs of their names, few enough that others get at the disk. */
const CREATED_AT_ONCE = 256

/** The checkpoints of a directory, by the names of partition directories. */
interface Checkpoint {
  readonly fileName: string
  /** What stands in it for a log; `undefined`: nothing. */
  readonly offsetOf: (log: PartitionLog) => number | undefined
  /** What the file said at the start. */
  read: Map<string, PartitionOffset>
  /** The file's text, once it was written. */
  written?: string
}

/** The offsets that a partition's checkpoints had at the start. */
export interface CheckpointedOffsets {
  readonly recoveryPoint: number
  readonly logStartOffset: number
  readonly highWatermark: number
}

/** See above. */
export class LogDirectory {
  readonly path: string
  /** What everything in it works with: its disk tells when it fails. */
  readonly environment: LogEnvironment
  readonly #lock: DirectoryLock
  readonly #reserve: SpaceReserve
  readonly #recoveryPoints: Checkpoint = {
    fileName: RECOVERY_POINT_CHECKPOINT,
    offsetOf: (log) => log.recoveryPoint,
    read: new Map(),
  }
  readonly #logStarts: Checkpoint = {
    fileName: LOG_START_OFFSET_CHECKPOINT,
    offsetOf: (log) => (log.logStartOffset > log.firstSegmentOffset ? log.logStartOffset : undefined),
    read: new Map(),
  }
  readonly #highWatermarks: Checkpoint = {
    fileName: HIGH_WATERMARK_CHECKPOINT,
    offsetOf: (log) => log.highWatermark,
    read: new Map(),
  }
  /** Was it closed cleanly the last time? */
  readonly cleanShutdown: boolean
  readonly logs = new Set<PartitionLog>()
  /** Partitions that are to be made in it: they count where the next one goes. */
  creations = 0
  /** Those that are being made. */
  readonly creating = new InFlight(CREATED_AT_ONCE)
  /** Do the files have entries of partitions that are gone? */
  #hasStaleEntries = false
  /** Checkpoints are written one after the other: they share the names of their temporary files. */
  #writing: Promise<void> = Promise.resolve()
  #syncing: Promise<void> = Promise.resolve()
  #nextSync: Promise<void> | undefined

  private constructor(
    environment: LogEnvironment,
    path: string,
    parts: { readonly lock: DirectoryLock; readonly reserve: SpaceReserve; readonly cleanShutdown: boolean },
  ) {
    this.environment = environment
    this.path = path
    this.#lock = parts.lock
    this.#reserve = parts.reserve
    this.cleanShutdown = parts.cleanShutdown
  }

  /**
   * Takes a directory, creating it if it is missing. The clean-shutdown marker is gone, durably, when this resolves. Rejects
   * with a {@link LogDirectoryError}, or an error of the disk.
   */
  static async open(options: {
    readonly environment: LogEnvironment
    readonly path: string
    readonly processes: ProcessTable
    readonly brokerId: number
    readonly clusterId: string
  }): Promise<LogDirectory> {
    const { environment, path, brokerId, clusterId } = options
    const { disk, clock } = environment
    await makeDirectory(disk, path)
    const reserve = new SpaceReserve(disk, path)
    const lock = await lockDirectory(disk, path, options.processes)
    try {
      await reserve.releaseIfFull()
      await claimDirectory(disk, path, { brokerId, clusterId, nowMs: clock.nowMs() })
      const cleanShutdown = await unlinkIfExists(disk, `${path}/${CLEAN_SHUTDOWN_MARKER}`)
      if (cleanShutdown) await disk.syncDirectory(path)
      await reserve.keep()
      const directory = new LogDirectory(environment, path, { lock, reserve, cleanShutdown })
      for (const checkpoint of directory.#checkpoints)
        checkpoint.read = await directory.#readOrBegin(checkpoint.fileName)
      return directory
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** The partitions in it, also those that are to be deleted. */
  async partitions(): Promise<(PartitionDirectory & { readonly path: string })[]> {
    const found: (PartitionDirectory & { readonly path: string })[] = []
    for (const entry of await this.environment.disk.readdir(this.path)) {
      const named = entry.isDirectory ? parseDirectoryName(entry.name) : undefined
      if (named !== undefined) found.push({ ...named, path: `${this.path}/${entry.name}` })
    }
    return found.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
  }

  /** The id of the topic that a partition directory belongs to, if it says so. A damaged file says nothing. */
  async topicIdOf(partitionPath: string): Promise<string | undefined> {
    const path = `${partitionPath}/${PARTITION_METADATA}`
    const content = await this.environment.disk.readSmallFile(path)
    const topicId = content === undefined ? undefined : topicIdIn(content)
    if (content !== undefined && topicId === undefined) {
      this.environment.reporter.warn(`${path} is damaged: the cluster will say what the partition is`, { file: path })
    }
    return topicId
  }

  /** What the checkpoints said of a partition when the broker started. */
  checkpointed(topic: string, partition: number): CheckpointedOffsets {
    const key = directoryName(topic, partition)
    return {
      recoveryPoint: this.#recoveryPoints.read.get(key)?.offset ?? 0,
      logStartOffset: this.#logStarts.read.get(key)?.offset ?? 0,
      highWatermark: this.#highWatermarks.read.get(key)?.offset ?? 0,
    }
  }

  /** What the checkpoints say of a partition is no longer true: its directory has gone. */
  forget(topic: string, partition: number): void {
    for (const checkpoint of this.#checkpoints) checkpoint.read.delete(directoryName(topic, partition))
    this.#hasStaleEntries = true
  }

  /** Forgets all partitions whose directories are not there. */
  keepOnly(directoryNames: ReadonlySet<string>): void {
    for (const checkpoint of this.#checkpoints) {
      for (const [name, { topic, partition }] of checkpoint.read) {
        if (!directoryNames.has(name)) this.forget(topic, partition)
      }
    }
  }

  /**
   * To be called before a partition is created: the offsets of an older one of that name must not be taken for its
   * own at the next start.
   */
  async clearStaleEntries(): Promise<void> {
    if (!this.#hasStaleEntries) return
    await this.writeOffsetCheckpoints()
    await this.writeHighWatermarks()
    this.#hasStaleEntries = false
  }

  /** Makes the names of partition directories durable. Who asks while that is under way shares the next time with others. */
  syncNames(): Promise<void> {
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined
      const sync = this.environment.disk.syncDirectory(this.path)
      this.#syncing = sync.catch(() => undefined)
      return sync
    })
    return this.#nextSync
  }

  /** A partition directory of an older topic of that name is in the way: it gets another name. Kafka calls it stray. */
  async setAside(found: FoundPartition): Promise<void> {
    const { disk, random, reporter } = this.environment
    const target = `${this.path}/${markedDirectoryName(found, 'stray', uniqueId(random))}`
    await disk.rename(found.path, target)
    this.forget(found.topic, found.partition)
    reporter.warn(
      `${found.path} belongs to another topic of that name (id ${found.topicId ?? 'unknown'}), and is now ${target}`,
    )
  }

  /** Takes space in reserve again, if it was given up, and there is plenty now. */
  async keepReserve(): Promise<void> {
    await this.#reserve.keep()
  }

  /** Makes sure that there is space for what is written when logs are closed. */
  async prepareToClose(): Promise<void> {
    await this.#reserve.releaseIfFull()
  }

  /** Writes recovery points and log starts. */
  async writeOffsetCheckpoints(): Promise<void> {
    await this.#write(this.#recoveryPoints)
    await this.#write(this.#logStarts)
  }

  /** Writes high watermarks. */
  async writeHighWatermarks(): Promise<void> {
    await this.#write(this.#highWatermarks)
  }

  /** All logs were closed cleanly: says so to the next start. */
  async markClean(brokerEpoch: number): Promise<void> {
    const marker = `${this.path}/${CLEAN_SHUTDOWN_MARKER}`
    await replaceFile(this.environment.disk, marker, formatCleanShutdownMarker(brokerEpoch))
  }

  /** Lets others use the directory. */
  async release(): Promise<void> {
    await this.#lock.release()
  }

  get #checkpoints(): readonly Checkpoint[] {
    return [this.#recoveryPoints, this.#logStarts, this.#highWatermarks]
  }

  /** What a checkpoint says. One that is missing is there from now on, empty, as Kafka's are. */
  async #readOrBegin(fileName: string): Promise<Map<string, PartitionOffset>> {
    const { disk, reporter } = this.environment
    const path = `${this.path}/${fileName}`
    const content = await readFileIfExists(disk, path)
    if (content === undefined) {
      await touchFile(disk, path).catch((error: unknown) => {
        if (!isOutOfSpace(error)) throw error
      })
      return new Map()
    }
    try {
      const entries = parseOffsetCheckpoint(content.toString('utf8'))
      return new Map(entries.map((entry) => [directoryName(entry.topic, entry.partition), entry]))
    } catch (error) {
      if (!(error instanceof MalformedCheckpointError)) throw error
      reporter.warn(`${path} is damaged, and begun anew: ${error.message}`)
      return new Map()
    }
  }

  async #write(checkpoint: Checkpoint): Promise<void> {
    const written = this.#writing.then(() => this.#writeNow(checkpoint))
    this.#writing = written.catch(() => {})
    await written
  }

  async #writeNow(checkpoint: Checkpoint): Promise<void> {
    const entries = new Map(checkpoint.read)
    for (const log of this.logs) {
      const { topic, partition } = log
      const offset = checkpoint.offsetOf(log)
      if (offset === undefined) entries.delete(directoryName(topic, partition))
      else entries.set(directoryName(topic, partition), { topic, partition, offset })
    }
    const content = formatOffsetCheckpoint([...entries.values()])
    if (content === checkpoint.written) return
    await replaceFile(this.environment.disk, `${this.path}/${checkpoint.fileName}`, content)
    checkpoint.written = content
  }
}
