/**
 * One partition on disk: what Kafka calls a UnifiedLog.
 *
 * It puts the parts together (loader, appender, reader, flusher, trimmer, ending) and has the four offsets
 *
 *     log start ≤ last stable ≤ high watermark ≤ log end
 *
 * The log end is what is written and may be read. The high watermark moves only when the replica manager says so; the
 * last stable offset follows from it and the open transactions.
 *
 * Truncation, closing and deletion wait for writes under way, and appends wait for them. It never decides who may
 * write, who leads or when to clean up: it is told. Source: Kafka's UnifiedLog and LocalLog.
 */
import assert from 'node:assert/strict'
import { basename, dirname } from 'node:path'
import { NO_TIMESTAMP } from '@millrace/protocol'
import { LEADER_EPOCH_CHECKPOINT } from '../core/checkpoints.js'
import { parseDirectoryName } from '../core/file-names.js'
import type { EpochEndOffset } from '../core/leader-epochs.js'
import type { LogConfig } from '../core/log-config.js'
import { lastSequenceOf } from '../core/producer-entry.js'
import { touchFile } from '../disk/whole-files.js'
import { IndexCache } from '../segment/index-cache.js'
import { AppendGate } from './append-gate.js'
import { EpochCheckpoint } from './epoch-checkpoint.js'
import { type AppendResult, LogAppender } from './log-appender.js'
import { LogEnding } from './log-ending.js'
import { LogError, offlineError } from './log-error.js'
import { LogFlusher } from './log-flusher.js'
import { type LoadedLog, loadLog } from './log-loader.js'
import { findByTimestamp, findMaxTimestamp, readLog, type TimestampAndOffset } from './log-reader.js'
import { type LogState, lastStableOffsetOf } from './log-state.js'
import { LogTrimmer } from './log-trimmer.js'
import type {
  FlushableLog,
  LogRecovery,
  PartitionLogOptions,
  ProducerDescription,
  ReadLimit,
  ReadOptions,
  ReadResult,
} from './partition-log-types.js'
import type { AppendInput } from './prepare-append.js'
import { RecentBatches, RecentMemory, RING_BYTES } from './recent-batches.js'
import { SegmentRemoval } from './segment-removal.js'
import { TopicIdentity } from './topic-identity.js'

const INDEX_CACHE_BYTES = 8 * 1024 * 1024

/** See above. */
export class PartitionLog implements FlushableLog {
  readonly topic: string
  readonly partition: number
  readonly recovery: LogRecovery
  readonly #state: LogState
  readonly #flusher: LogFlusher
  readonly #epochCheckpoint: EpochCheckpoint
  readonly #trimmer: LogTrimmer
  readonly #gate: AppendGate
  readonly #appendListeners = new Set<() => void>()
  readonly #highWatermarkListeners = new Set<() => void>()
  readonly #topicIdentity: TopicIdentity
  readonly #ending: LogEnding
  #isOffline = false

  private constructor(
    options: PartitionLogOptions,
    indexCache: IndexCache,
    loaded: LoadedLog,
    topicIdentity: TopicIdentity,
  ) {
    const { environment, directory } = options
    const named = parseDirectoryName(basename(directory))
    assert(named !== undefined, `${directory} is not the directory of a partition`)
    this.topic = named.topic
    this.partition = named.partition
    this.#topicIdentity = topicIdentity
    this.recovery = loaded.recovery
    this.#state = newState(options, indexCache, loaded)
    this.#state.producers.onHighWatermark(this.#state.highWatermark)
    this.#epochCheckpoint = new EpochCheckpoint(this.#state)
    const removal = new SegmentRemoval(environment, this.#state)
    this.#flusher = new LogFlusher(this.#state, () => options.onDirty?.(this))
    const appender = new LogAppender({
      state: this.#state,
      flusher: this.#flusher,
      epochCheckpoint: this.#epochCheckpoint,
      onAppended: () => {
        for (const listener of this.#appendListeners) listener()
      },
    })
    this.#gate = new AppendGate(this.#state, appender, environment.batchChecker)
    const parts = { state: this.#state, flusher: this.#flusher, epochCheckpoint: this.#epochCheckpoint, removal }
    this.#ending = new LogEnding(parts)
    this.#trimmer = new LogTrimmer({
      ...parts,
      appender,
      onTruncated: (offset) => this.updateHighWatermark(Math.min(this.highWatermark, offset)),
    })
  }

  /**
   * Opens a partition, creating it if it is not there. Rejects with INCONSISTENT_TOPIC_ID if the directory belongs to
   * another topic of that name, UNSUPPORTED_FOR_MESSAGE_FORMAT if it has messages from before Kafka 0.11.
   */
  static async open(options: PartitionLogOptions): Promise<PartitionLog> {
    const { environment, directory } = options
    const { disk } = environment
    const knownId = options.isFound === true ? options.topicId : undefined
    const isNew = knownId === undefined && (await disk.stat(directory)) === undefined
    if (isNew) await disk.mkdir(directory)
    const topicIdentity =
      knownId === undefined
        ? await TopicIdentity.open(disk, directory, { expected: options.topicId, isNew })
        : TopicIdentity.known(disk, knownId)
    const indexCache = options.indexCache ?? new IndexCache(INDEX_CACHE_BYTES)
    const loaded = await loadLog({
      environment,
      directory,
      config: options.config,
      indexCache,
      cleanShutdown: options.cleanShutdown ?? false,
      recoveryPoint: options.recoveryPoint ?? 0,
      logStartOffset: options.logStartOffset ?? 0,
    })
    if (isNew) {
      // It says nothing yet; Kafka's is there from the beginning too.
      await touchFile(disk, `${directory}/${LEADER_EPOCH_CHECKPOINT}`)
      await disk.syncDirectory(directory)
      await (options.syncName?.() ?? disk.syncDirectory(dirname(directory)))
    }
    const log = new PartitionLog(options, indexCache, loaded, topicIdentity)
    await log.#epochCheckpoint.writeIfSpace()
    if (loaded.recovery.recoveredSegments > 0) log.#flusher.recovered()
    return log
  }

  /** The topic's id, or {@link ZERO_UUID} if none is known. */
  get topicId(): string {
    return this.#topicIdentity.topicId
  }

  /**
   * Says which topic the partition belongs to, where the directory does not: one that was written before Kafka 2.8. Rejects with
   * INCONSISTENT_TOPIC_ID if it belongs to another one.
   */
  async assignTopicId(topicId: string): Promise<void> {
    await this.#topicIdentity.assign(this.#state.directory, topicId)
  }

  /** The partition's directory. */
  get dir(): string {
    return this.#state.directory
  }

  get config(): LogConfig {
    return this.#state.config
  }

  /** The first offset that may be read. */
  get logStartOffset(): number {
    return this.#state.logStartOffset
  }

  /** Where the first segment begins: at the log's start, or before it. */
  get firstSegmentOffset(): number {
    return this.#state.segments.first.baseOffset
  }

  /** Behind the last record that is written. */
  get logEndOffset(): number {
    return this.#state.logEndOffset
  }

  /** Consumers read below it. */
  get highWatermark(): number {
    return this.#state.highWatermark
  }

  /** Consumers of committed data read below it. */
  get lastStableOffset(): number {
    return lastStableOffsetOf(this.#state)
  }

  /** Everything below is on disk. */
  get recoveryPoint(): number {
    return this.#state.recoveryPoint
  }

  /** Bytes of all segments. */
  get size(): number {
    return this.#state.segments.sizeInBytes
  }

  /** Bytes of the newest batches that are kept in memory for readers. */
  get recentBytes(): number {
    return this.#state.recent.bytes
  }

  /** How many segments there are. */
  get segmentCount(): number {
    return this.#state.segments.all.length
  }

  /** Since when there is something that is not on disk, ms; `undefined` if there is nothing. */
  get dirtySinceMs(): number | undefined {
    return this.#flusher.dirtySinceMs
  }

  /** The largest epoch that a leader has written in, or −1. */
  get latestEpoch(): number {
    return this.#state.epochs.latestEpoch ?? -1
  }

  /**
   * Appends batches. They are checked and get their offsets in the order of the calls, before this returns; it
   * resolves when they are written, and synced where `flush.messages` says so. Rejects with a {@link LogAppendError}:
   * nothing of the input is in the log then.
   */
  append(input: AppendInput): Promise<AppendResult> {
    return this.#gate.append(input)
  }

  /**
   * Reads whole batches from the one that has the offset on. At the limit and beyond: none, up to the log's end.
   * Rejects with OFFSET_OUT_OF_RANGE if the offset is below the log's start or above its end.
   */
  read(offset: number, options: ReadOptions): Promise<ReadResult> {
    if (this.#isOffline) return Promise.reject(offlineError(this.#state.directory))
    return readLog(this.#state, offset, options)
  }

  /** The first record with this timestamp or a later one, also inside compressed batches; only below `upToOffset`. */
  async offsetForTimestamp(
    timestampMs: number,
    options: { readonly upToOffset?: number } = {},
  ): Promise<TimestampAndOffset | undefined> {
    const { segments, logStartOffset, logEndOffset } = this.#state
    const found = await findByTimestamp(segments, timestampMs, logStartOffset)
    return found !== undefined && found.offset < (options.upToOffset ?? logEndOffset) ? found : undefined
  }

  /** The first record that has the largest timestamp; only below `upToOffset`. */
  async offsetForMaxTimestamp(options: { readonly upToOffset?: number } = {}): Promise<TimestampAndOffset | undefined> {
    const found = await findMaxTimestamp(this.#state.segments)
    return found !== undefined && found.offset < (options.upToOffset ?? this.#state.logEndOffset) ? found : undefined
  }

  /** The log's start, with the epoch that it was written in. */
  earliestOffset(): TimestampAndOffset {
    const { epochs, logStartOffset } = this.#state
    return { offset: logStartOffset, timestamp: NO_TIMESTAMP, leaderEpoch: epochs.epochOf(logStartOffset) ?? -1 }
  }

  /** A log end, high watermark or last stable offset, with the latest epoch. */
  latestOffset(upTo: ReadLimit = 'logEnd'): TimestampAndOffset {
    const offset = { logEnd: this.logEndOffset, highWatermark: this.highWatermark, lastStable: this.lastStableOffset }
    return { offset: offset[upTo], timestamp: NO_TIMESTAMP, leaderEpoch: this.latestEpoch }
  }

  /** Where a leader epoch ends; −1 and −1 if it is not known. */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.#state.epochs.endOffsetFor(epoch, this.#state.logEndOffset)
  }

  /**
   * A leader begins to write. That is durable before the first batch of the epoch is in the file: an epoch in which nothing
   * is written may be forgotten, and says nothing then that the next one does not say.
   */
  assignEpochStart(epoch: number, startOffset: number): Promise<void> {
    if (this.#isOffline) return Promise.reject(offlineError(this.#state.directory))
    this.#state.epochs.assign(epoch, startOffset)
    return Promise.resolve()
  }

  /** Moves the high watermark, within log start and log end. Returns where it is now. */
  updateHighWatermark(offset: number): number {
    const state = this.#state
    const highWatermark = Math.min(Math.max(offset, state.logStartOffset), state.logEndOffset)
    if (highWatermark === state.highWatermark) return highWatermark
    state.highWatermark = highWatermark
    state.producers.onHighWatermark(highWatermark)
    for (const listener of this.#highWatermarkListeners) listener()
    return highWatermark
  }

  /** Called after each write, when the log end has moved. Returns how to stop it. */
  onAppend(listener: () => void): () => void {
    this.#appendListeners.add(listener)
    return () => this.#appendListeners.delete(listener)
  }

  /** Called when the high watermark has moved. Returns how to stop it. */
  onHighWatermark(listener: () => void): () => void {
    this.#highWatermarkListeners.add(listener)
    return () => this.#highWatermarkListeners.delete(listener)
  }

  /**
   * Lets the log begin at this offset, which may lie inside a batch; does nothing if it already begins later. Segments
   * below go with the next {@link PartitionLog.applyRetention}. Throws OFFSET_OUT_OF_RANGE above the high watermark.
   * Returns the log's start.
   */
  deleteRecordsBefore(offset: number): number {
    const state = this.#state
    if (offset > state.highWatermark) {
      throw new LogError('OFFSET_OUT_OF_RANGE', `Offset ${offset} is above the high watermark ${state.highWatermark}`)
    }
    if (offset > state.logStartOffset) {
      state.logStartOffset = offset
      state.epochs.truncateFromStart(offset)
    }
    return state.logStartOffset
  }

  /** Removes the segments that retention lets go, see {@link LogTrimmer.applyRetention}. Resolves to how many. */
  async applyRetention(nowMs: number): Promise<number> {
    const apply = (): Promise<number> => this.#trimmer.applyRetention(nowMs, () => this.#gate.isFree)
    return (await this.#gate.whenFree(apply)) ?? 0
  }

  /** Ends the active segment, unless it is empty. */
  async roll(): Promise<void> {
    await this.#gate.roll()
  }

  /** Cuts the log so that nothing at `offset` or above is left. */
  async truncateTo(offset: number): Promise<void> {
    await this.#gate.alone(() => this.#trimmer.truncateTo(offset))
  }

  /** Removes everything; the log goes on, empty, at `offset`. */
  async truncateFullyAndStartAt(offset: number): Promise<void> {
    await this.#gate.alone(() => this.#trimmer.startOver(offset))
  }

  /** Makes what is written durable. */
  async flush(): Promise<void> {
    if (this.#gate.isClosed) return
    await this.#flusher.flush(this.#state.logEndOffset)
    if (this.#epochCheckpoint.isDirty) await this.#epochCheckpoint.write()
  }

  /** New settings, from the next append on. */
  updateConfig(config: LogConfig): void {
    this.#state.config = config
  }

  /** The producers that are known. */
  describeProducers(): ProducerDescription[] {
    return Array.from(this.#state.producers.entries(), (entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: lastSequenceOf(entry),
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnStartOffset: entry.currentTxnFirstOffset,
    }))
  }

  /** Forgets producers that have been silent for `producer.id.expiration.ms`. Returns how many. */
  expireProducers(nowMs: number): number {
    return this.#state.producers.removeExpired(nowMs, this.#state.config.producerIdExpirationMs)
  }

  /**
   * Ends the use of the log. Cleanly: everything is made durable, so that the next start needs no recovery if it is
   * told so. Otherwise files are closed as they are. Rejects if not everything is durable: then the next start must not
   * be told that it was clean.
   */
  async close(options: { readonly clean?: boolean } = {}): Promise<void> {
    if (this.#gate.isClosed) return
    this.#gate.close()
    this.#state.recent.clear()
    await this.#gate.alone(() => this.#ending.close({ clean: options.clean ?? true }))
  }

  /** The disk has failed: nothing is read or written any more, and the files are closed as far as that is possible. */
  async goOffline(): Promise<void> {
    this.#isOffline = true
    await this.close({ clean: false }).catch(() => undefined)
  }

  /**
   * Deletes the partition: its directory is renamed when this resolves, and removed after `file.delete.delay.ms` when
   * no read is under way.
   */
  async delete(): Promise<void> {
    this.#gate.close()
    await this.#gate.alone(() => this.#ending.markDeleted(this))
    this.#ending.removeFilesLater()
  }

  /** After {@link PartitionLog.delete}: removes the files now. */
  async removeFiles(): Promise<void> {
    await this.#ending.removeFiles()
  }
}

/** What the parts share, as it was loaded. */
function newState(options: PartitionLogOptions, indexCache: IndexCache, loaded: LoadedLog): LogState {
  const { logStartOffset, logEndOffset } = loaded
  const highWatermark = options.highWatermark ?? logStartOffset
  return {
    environment: options.environment,
    indexCache,
    directory: options.directory,
    config: options.config,
    segments: loaded.segments,
    recent: new RecentBatches(options.recentMemory ?? new RecentMemory(RING_BYTES)),
    epochs: loaded.epochs,
    producers: loaded.producers,
    snapshots: loaded.snapshots,
    logStartOffset,
    logEndOffset,
    highWatermark: Math.min(Math.max(highWatermark, logStartOffset), logEndOffset),
    recoveryPoint: loaded.recoveryPoint,
  }
}
