/**
 * One partition on disk: what Kafka calls a UnifiedLog.
 *
 * It puts the parts together (appender, reader, flusher, loader) and owns the four offsets
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
import { batchBaseOffset, batchLastOffset, batchSizeInBytes, NO_TIMESTAMP, ZERO_UUID } from '@millrace/protocol'
import { formatPartitionMetadata, PARTITION_METADATA, parsePartitionMetadata } from '../core/checkpoints.js'
import { markedDirectoryName, parseDirectoryName } from '../core/file-names.js'
import type { EpochEndOffset } from '../core/leader-epochs.js'
import type { LogConfig } from '../core/log-config.js'
import { lastSequenceOf } from '../core/producer-entry.js'
import { encodeProducerSnapshot } from '../core/producer-snapshot.js'
import type { AbortedTransaction } from '../core/transaction-index.js'
import { makeDirectory, readFileIfExists, removeTree, replaceFile } from '../disk/whole-files.js'
import { uniqueId } from '../ports.js'
import { IndexCache } from '../segment/index-cache.js'
import { EpochCheckpoint } from './epoch-checkpoint.js'
import { type AppendResult, LogAppender } from './log-appender.js'
import { LogAppendError, LogError } from './log-error.js'
import { LogFlusher } from './log-flusher.js'
import { type LoadedLog, loadLog } from './log-loader.js'
import {
  abortedTransactions,
  findByTimestamp,
  findMaxTimestamp,
  readBatches,
  type TimestampAndOffset,
} from './log-reader.js'
import type { LogState } from './log-state.js'
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
import { RecentBatches } from './recent-batches.js'
import { SegmentRemoval } from './segment-removal.js'

const INDEX_CACHE_BYTES = 8 * 1024 * 1024
const NO_BATCHES = Buffer.alloc(0)

/** See above. */
export class PartitionLog implements FlushableLog {
  readonly topic: string
  readonly partition: number
  readonly recovery: LogRecovery
  readonly #state: LogState
  readonly #appender: LogAppender
  readonly #flusher: LogFlusher
  readonly #epochCheckpoint: EpochCheckpoint
  readonly #removal: SegmentRemoval
  readonly #trimmer: LogTrimmer
  readonly #appendListeners = new Set<() => void>()
  readonly #highWatermarkListeners = new Set<() => void>()
  #topicId: string
  /** What appends wait for: a truncation, or the end. */
  #exclusive: Promise<void> | undefined
  #closed = false
  #deletion: Promise<void> | undefined

  private constructor(options: PartitionLogOptions, indexCache: IndexCache, loaded: LoadedLog, topicId: string) {
    const { environment, directory } = options
    const named = parseDirectoryName(basename(directory))
    assert(named !== undefined, `${directory} is not the directory of a partition`)
    this.topic = named.topic
    this.partition = named.partition
    this.#topicId = topicId
    this.recovery = { recoveredSegments: loaded.recoveredSegments, truncation: loaded.truncation }
    const highWatermark = options.highWatermark ?? loaded.logStartOffset
    this.#state = {
      environment,
      indexCache,
      directory,
      config: options.config,
      segments: loaded.segments,
      recent: new RecentBatches(),
      epochs: loaded.epochs,
      producers: loaded.producers,
      snapshots: loaded.snapshots,
      logStartOffset: loaded.logStartOffset,
      logEndOffset: loaded.logEndOffset,
      highWatermark: Math.min(Math.max(highWatermark, loaded.logStartOffset), loaded.logEndOffset),
      recoveryPoint: loaded.recoveryPoint,
    }
    this.#state.producers.onHighWatermark(this.#state.highWatermark)
    this.#epochCheckpoint = new EpochCheckpoint(this.#state)
    this.#removal = new SegmentRemoval(environment, this.#state)
    this.#flusher = new LogFlusher(this.#state, () => options.onDirty?.(this))
    this.#appender = new LogAppender({
      state: this.#state,
      flusher: this.#flusher,
      epochCheckpoint: this.#epochCheckpoint,
      onAppended: () => {
        for (const listener of this.#appendListeners) listener()
      },
    })
    this.#trimmer = new LogTrimmer({
      state: this.#state,
      appender: this.#appender,
      flusher: this.#flusher,
      epochCheckpoint: this.#epochCheckpoint,
      removal: this.#removal,
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
    const isNew = await makeDirectory(disk, directory)
    const topicId = await openTopicId(options)
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
    if (isNew) await disk.syncDirectory(directory)
    const log = new PartitionLog(options, indexCache, loaded, topicId)
    await log.#epochCheckpoint.write()
    if (loaded.recoveredSegments > 0) log.#flusher.recovered()
    return log
  }

  /** The topic's id, or {@link ZERO_UUID} if none is known. */
  get topicId(): string {
    return this.#topicId
  }

  /**
   * Says which topic the partition belongs to, where the directory does not: one that was written before Kafka 2.8. Rejects with
   * INCONSISTENT_TOPIC_ID if it belongs to another one.
   */
  async assignTopicId(topicId: string): Promise<void> {
    if (this.#topicId === topicId) return
    if (this.#topicId !== ZERO_UUID) throw inconsistentTopicId(this.#state.directory, this.#topicId, topicId)
    const path = `${this.#state.directory}/${PARTITION_METADATA}`
    await replaceFile(this.#state.environment.disk, path, formatPartitionMetadata(topicId))
    this.#topicId = topicId
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
    const unstable = this.#state.producers.firstUnstableOffset ?? Number.POSITIVE_INFINITY
    return Math.max(this.#state.logStartOffset, Math.min(unstable, this.#state.highWatermark))
  }

  /** Everything below is on disk. */
  get recoveryPoint(): number {
    return this.#state.recoveryPoint
  }

  /** Bytes of all segments. */
  get size(): number {
    return this.#state.segments.sizeInBytes
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
  async append(input: AppendInput): Promise<AppendResult> {
    while (this.#exclusive !== undefined) await this.#exclusive
    if (this.#closed) throw new LogAppendError('KAFKA_STORAGE_ERROR', `${this.#state.directory} is closed`)
    return await this.#appender.append(input)
  }

  /**
   * Reads whole batches from the one that has the offset on. At the limit and beyond: none, up to the log's end.
   * Rejects with OFFSET_OUT_OF_RANGE if the offset is below the log's start or above its end.
   */
  async read(offset: number, options: ReadOptions): Promise<ReadResult> {
    const { logStartOffset, logEndOffset, highWatermark, segments, recent } = this.#state
    const { lastStableOffset } = this
    if (offset < logStartOffset || offset > logEndOffset) {
      throw new LogError(
        'OFFSET_OUT_OF_RANGE',
        `Offset ${offset} is not in the log, ${logStartOffset} to ${logEndOffset}`,
      )
    }
    const endOffset = { logEnd: logEndOffset, highWatermark, lastStable: lastStableOffset }[options.upTo]
    const records =
      offset >= endOffset
        ? NO_BATCHES
        : (recent.read(offset, { maxBytes: options.maxBytes, endOffset }) ??
          (await readBatches(segments, { ...options, offset, endOffset })))
    const nextOffset = records.length === 0 ? offset : lastOffsetOf(records) + 1
    if (nextOffset >= logEndOffset) recent.readerAtEnd()
    let aborted: readonly AbortedTransaction[] | undefined
    if (options.upTo === 'lastStable') {
      aborted = await abortedTransactions(segments, { fromOffset: offset, endOffset: nextOffset })
    }
    return {
      records,
      startOffset: records.length === 0 ? offset : batchBaseOffset(records, 0),
      nextOffset,
      logStartOffset,
      logEndOffset,
      highWatermark,
      lastStableOffset,
      abortedTransactions: aborted,
    }
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

  /** A leader begins to write. Resolves when that is durable. */
  async assignEpochStart(epoch: number, startOffset: number): Promise<void> {
    this.#state.epochs.assign(epoch, startOffset)
    await this.#epochCheckpoint.write()
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
    while (this.#exclusive !== undefined) await this.#exclusive
    if (this.#closed) return 0
    return await this.#trimmer.applyRetention(nowMs, () => this.#exclusive === undefined && !this.#closed)
  }

  /** Ends the active segment, unless it is empty. */
  async roll(): Promise<void> {
    while (this.#exclusive !== undefined) await this.#exclusive
    if (!this.#closed) await this.#appender.roll()
  }

  /** Cuts the log so that nothing at `offset` or above is left. */
  async truncateTo(offset: number): Promise<void> {
    await this.#exclusively(() => this.#trimmer.truncateTo(offset))
  }

  /** Removes everything; the log goes on, empty, at `offset`. */
  async truncateFullyAndStartAt(offset: number): Promise<void> {
    await this.#exclusively(() => this.#trimmer.startOver(offset))
  }

  /** Makes what is written durable. */
  async flush(): Promise<void> {
    if (this.#closed) return
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
    if (this.#closed) return
    this.#closed = true
    this.#state.recent.clear()
    await this.#exclusively(async () => {
      try {
        if (options.clean ?? true) await this.#settle()
      } finally {
        this.#removal.cancel()
        await Promise.all(this.#state.segments.all.map((segment) => segment.close()))
      }
    })
  }

  /**
   * Deletes the partition: its directory is renamed when this resolves, and removed after `file.delete.delay.ms` when
   * no read is under way.
   */
  async delete(): Promise<void> {
    await this.#retire()
    const { environment, config, directory } = this.#state
    environment.scheduler.schedule(config.fileDeleteDelayMs, () => {
      this.removeFiles().catch((error: unknown) => {
        environment.reporter.warn(`Removing ${directory}: ${String(error)}; the next start tries again`)
      })
    })
  }

  /** After {@link PartitionLog.delete}: removes the files now. */
  async removeFiles(): Promise<void> {
    this.#deletion ??= (async () => {
      await Promise.all(this.#state.segments.all.map((segment) => segment.close()))
      await removeTree(this.#state.environment.disk, this.#state.directory)
    })()
    await this.#deletion
  }

  async #retire(): Promise<void> {
    this.#closed = true
    await this.#exclusively(async () => {
      const state = this.#state
      const { disk, random } = state.environment
      this.#removal.cancel()
      const parent = dirname(state.directory)
      await this.#flusher.idle()
      const directory = `${parent}/${markedDirectoryName(this, 'delete', uniqueId(random))}`
      await disk.rename(state.directory, directory)
      state.directory = directory
      for (const segment of state.segments.all) segment.moveTo(directory)
      state.snapshots.moveTo(directory)
      await disk.syncDirectory(parent)
    })
  }

  /** Makes the log such that the next start has nothing to do. */
  async #settle(): Promise<void> {
    const state = this.#state
    const { failure } = this.#flusher
    if (failure !== undefined) {
      throw new LogError('KAFKA_STORAGE_ERROR', `${state.directory}: a sync has failed before`, { cause: failure })
    }
    state.segments.active.seal()
    await state.snapshots.write(state.logEndOffset, encodeProducerSnapshot(state.producers.entries()))
    this.#flusher.namesChanged()
    await this.#flusher.flush(state.logEndOffset)
    await state.segments.active.persistIndexes({ sync: true })
    await this.#epochCheckpoint.write()
  }

  /** Waits for what is under way, and lets nothing begin meanwhile. */
  async #exclusively(action: () => Promise<void>): Promise<void> {
    while (this.#exclusive !== undefined) await this.#exclusive
    const run = this.#appender.idle().then(action)
    // Others wait for the end, whatever it is.
    const ended = run.then(
      () => undefined,
      () => undefined,
    )
    this.#exclusive = ended
    void ended.then(() => {
      if (this.#exclusive === ended) this.#exclusive = undefined
    })
    await run
  }
}

/** What `partition.metadata` says, which is written if it is missing. */
async function openTopicId(options: PartitionLogOptions): Promise<string> {
  const { environment, directory, topicId } = options
  const path = `${directory}/${PARTITION_METADATA}`
  const content = await readFileIfExists(environment.disk, path)
  if (content === undefined) {
    if (topicId === undefined) return ZERO_UUID
    await replaceFile(environment.disk, path, formatPartitionMetadata(topicId))
    return topicId
  }
  const found = parsePartitionMetadata(content.toString('utf8'))
  if (topicId !== undefined && found !== topicId) {
    throw inconsistentTopicId(directory, found, topicId)
  }
  return found
}

function inconsistentTopicId(directory: string, found: string, expected: string): LogError {
  return new LogError('INCONSISTENT_TOPIC_ID', `${directory} belongs to the topic with id ${found}, not ${expected}`)
}

function lastOffsetOf(records: Buffer): number {
  let lastOffset = 0
  for (let at = 0; at < records.length; at += batchSizeInBytes(records, at)) lastOffset = batchLastOffset(records, at)
  return lastOffset
}
