/**
 * One segment of a partition: a .log file with the batches from its base offset on, and its indexes.
 *
 * It knows two sizes. `sizeInBytes` is what is written and may be read; `plannedBytes` counts also the batches that
 * have been given their place but are still being written. What describes the content (indexes, timestamps) goes by the
 * plan; {@link LogSegment.mark} and {@link LogSegment.rewind} take it back when a write fails.
 *
 * The indexes of the active segment are in memory. Those of others are read when needed, and dropped when the
 * {@link IndexCache} says so. It never decides where a batch goes or when a segment ends: its log does.
 */
import assert from 'node:assert/strict'
import { batchLastOffset, batchMaxTimestamp, batchSizeInBytes, NO_TIMESTAMP } from '@millrace/protocol'
import { fileNameFor, LOG_SUFFIX, SEGMENT_SUFFIXES } from '../core/file-names.js'
import type { TimestampOffset } from '../core/time-index.js'
import type { AbortedTransaction, TransactionIndex } from '../core/transaction-index.js'
import type { Disk, DiskFile } from '../disk/disk.js'
import { unlinkIfExists } from '../disk/whole-files.js'
import { type BatchVisitor, type ScanEnd, scanBatches } from './batch-scan.js'
import type { IndexCache } from './index-cache.js'
import { SegmentIndexes } from './segment-indexes.js'

const POSITIONS_REMEMBERED = 16

/** What a segment is made of. */
export interface SegmentOptions {
  readonly disk: Disk
  /** The partition's directory; {@link LogSegment.moveTo} changes it. */
  readonly directory: string
  readonly baseOffset: number
  readonly indexIntervalBytes: number
  /** What jitter takes from `segment.ms`. */
  readonly jitterMs: number
  readonly createdMs: number
  readonly indexCache: IndexCache
}

/** Batches that get their place: one append. */
export interface SegmentAppend {
  readonly sizeInBytes: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** Last offset of the first batch that has the largest timestamp. */
  readonly offsetOfMaxTimestamp: number
}

/** What {@link LogSegment.rewind} goes back to. */
export interface SegmentMark {
  readonly plannedBytes: number
  readonly firstTimestamp: number | undefined
  readonly maxTimestamp: TimestampOffset
  readonly bytesSinceIndexEntry: number
}

/** See above. */
export class LogSegment {
  readonly baseOffset: number
  readonly jitterMs: number
  readonly createdMs: number
  readonly #disk: Disk
  readonly #indexIntervalBytes: number
  readonly #indexCache: IndexCache
  #directory: string
  #file: Promise<DiskFile> | undefined
  #indexes: SegmentIndexes | undefined
  #indexesLoading: Promise<SegmentIndexes> | undefined
  /** Active, or sealed but with indexes that are not yet on disk. */
  #indexesPinned = false

  /** Bytes that are written, and may be read. */
  sizeInBytes = 0
  /** When the file was last written, as far as is known. */
  modifiedMs: number
  #plannedBytes = 0
  #firstTimestamp: number | undefined
  #maxTimestamp: TimestampOffset | undefined
  #bytesSinceIndexEntry = 0
  /** Where batches start that are likely to be read next, by offset: the newest, and those behind the last reads. */
  readonly #positions = new Map<number, number>()
  #readers = 0
  #whenUnread: (() => void) | undefined

  constructor(options: SegmentOptions) {
    this.baseOffset = options.baseOffset
    this.jitterMs = options.jitterMs
    this.createdMs = options.createdMs
    this.modifiedMs = options.createdMs
    this.#disk = options.disk
    this.#directory = options.directory
    this.#indexIntervalBytes = options.indexIntervalBytes
    this.#indexCache = options.indexCache
  }

  /** A segment that is about to be created; {@link LogSegment.create} makes its files. */
  static planned(options: SegmentOptions): LogSegment {
    const segment = new LogSegment(options)
    segment.#indexes = SegmentIndexes.empty(options.baseOffset)
    segment.#indexesPinned = true
    segment.#maxTimestamp = { timestamp: NO_TIMESTAMP, offset: options.baseOffset }
    return segment
  }

  /** A segment that is on disk. */
  static existing(
    options: SegmentOptions,
    file: { readonly sizeInBytes: number; readonly modifiedMs: number },
  ): LogSegment {
    const segment = new LogSegment(options)
    segment.sizeInBytes = file.sizeInBytes
    segment.#plannedBytes = file.sizeInBytes
    segment.modifiedMs = file.modifiedMs
    return segment
  }

  get path(): string {
    return `${this.#directory}/${fileNameFor(this.baseOffset, LOG_SUFFIX)}`
  }

  get plannedBytes(): number {
    return this.#plannedBytes
  }

  /** Largest timestamp of the first batch, −1 if it has none, `undefined` without batch. For active segments. */
  get firstTimestamp(): number | undefined {
    return this.#firstTimestamp
  }

  /** Is it active, or sealed with indexes that are in memory alone? */
  get hasUnsavedIndexes(): boolean {
    return this.#indexesPinned
  }

  /** Creates the empty files, replacing what may be left of an earlier attempt. */
  async create(): Promise<void> {
    const file = await this.file({ create: true })
    await file.truncate(0)
    await this.#loadedIndexes.persist(this.#disk, this.#directory, { sync: false })
  }

  /** Removes the files of a segment that nobody reads. */
  async removeFiles(): Promise<void> {
    await this.close()
    for (const suffix of SEGMENT_SUFFIXES) {
      await unlinkIfExists(this.#disk, `${this.#directory}/${fileNameFor(this.baseOffset, suffix)}`)
    }
  }

  /** The .log file, opened when it is first needed. */
  file(options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    if (this.#file === undefined) {
      this.#file = this.#disk.open(this.path, options)
      this.#file.catch(() => {
        this.#file = undefined
      })
    }
    return this.#file
  }

  /** The indexes, read or rebuilt when they are not in memory. */
  async indexes(): Promise<SegmentIndexes> {
    if (this.#indexesLoading === undefined && this.#indexes !== undefined) {
      if (!this.#indexesPinned) this.#indexCache.touch(this)
      return this.#indexes
    }
    this.#indexesLoading ??= this.#loadIndexes().finally(() => {
      this.#indexesLoading = undefined
    })
    return await this.#indexesLoading
  }

  /** Reads what the active segment must know at once, to decide about the next append without waiting. */
  async activate(): Promise<void> {
    await this.indexes()
    this.#indexesPinned = true
    this.#indexCache.forget(this)
    if (this.#maxTimestamp === undefined) this.#maxTimestamp = this.#loadedIndexes.time.lastEntry
    if (this.#firstTimestamp !== undefined || this.sizeInBytes === 0) return
    await this.scan({ start: 0, bodies: false }, (chunk, at) => {
      this.#firstTimestamp = batchMaxTimestamp(chunk, at)
      return 'stop'
    })
  }

  /** Is there no room in an index? Only of the active segment. */
  indexFull(maxBytes: number): boolean {
    return this.#loadedIndexes.isFull(maxBytes)
  }

  /** Gives batches their place at the end, and indexes them. Only of the active segment. */
  plan(append: SegmentAppend): void {
    assert(this.#indexesPinned && this.#maxTimestamp !== undefined, 'only the active segment takes batches')
    const position = this.#plannedBytes
    if (position === 0) this.#firstTimestamp = append.maxTimestamp
    if (append.maxTimestamp > this.#maxTimestamp.timestamp) {
      this.#maxTimestamp = { timestamp: append.maxTimestamp, offset: append.offsetOfMaxTimestamp }
    }
    if (this.#bytesSinceIndexEntry > this.#indexIntervalBytes) {
      this.#loadedIndexes.offset.append(append.lastOffset, position)
      this.#loadedIndexes.time.maybeAppend(this.#maxTimestamp.timestamp, this.#maxTimestamp.offset)
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += append.sizeInBytes
    this.#plannedBytes += append.sizeInBytes
  }

  planAborted(transaction: AbortedTransaction): void {
    this.#loadedIndexes.transactions.append(transaction)
  }

  /** What to go back to if the next batches cannot be written. */
  mark(): SegmentMark {
    assert(this.#maxTimestamp !== undefined, 'only the active segment is marked')
    return {
      plannedBytes: this.#plannedBytes,
      firstTimestamp: this.#firstTimestamp,
      maxTimestamp: this.#maxTimestamp,
      bytesSinceIndexEntry: this.#bytesSinceIndexEntry,
    }
  }

  /** Takes back all batches since the mark; the first of them has this offset. The file is the caller's business. */
  rewind(mark: SegmentMark, offset: number): void {
    this.#plannedBytes = mark.plannedBytes
    this.#firstTimestamp = mark.firstTimestamp
    this.#maxTimestamp = mark.maxTimestamp
    this.#bytesSinceIndexEntry = mark.bytesSinceIndexEntry
    this.#loadedIndexes.truncateTo(offset)
  }

  /** No more batches will come: closes the time index with the largest timestamp. */
  seal(): void {
    assert(this.#maxTimestamp !== undefined, 'only the active segment is sealed')
    this.#loadedIndexes.time.maybeAppend(this.#maxTimestamp.timestamp, this.#maxTimestamp.offset)
  }

  /** Makes the segment durable. A sealed one with its indexes, which then may leave memory. */
  async flush(options: { readonly sealed: boolean }): Promise<void> {
    await (await this.file()).datasync()
    if (!options.sealed) return
    await (await this.indexes()).persist(this.#disk, this.#directory, { sync: true })
    this.#indexesPinned = false
    this.#indexCache.touch(this)
  }

  /** Writes the indexes as they are, for the next start. */
  async persistIndexes(options: { readonly sync: boolean }): Promise<void> {
    if (this.#indexes !== undefined) await this.#indexes.persist(this.#disk, this.#directory, options)
  }

  /** Called by the cache. */
  dropIndexes(): void {
    if (!this.#indexesPinned) this.#indexes = undefined
  }

  /** Memory that the indexes take. */
  get indexBytes(): number {
    return this.#indexes?.sizeInBytes ?? 0
  }

  /** Walks over the batches that are written, see {@link scanBatches}. */
  async scan(range: { readonly start: number; readonly bodies: boolean }, visit: BatchVisitor): Promise<ScanEnd> {
    return await scanBatches(await this.file(), { ...range, end: this.sizeInBytes }, visit)
  }

  /** The largest timestamp, and the last offset of the first batch that has it. Timestamp −1 if there is none. */
  async maxTimestamp(): Promise<TimestampOffset> {
    this.#maxTimestamp ??= (await this.indexes()).time.lastEntry
    return this.#maxTimestamp
  }

  /** The largest timestamp, or when the file was written if its records have none. */
  async largestTimestamp(): Promise<number> {
    const { timestamp } = await this.maxTimestamp()
    return timestamp >= 0 ? timestamp : this.modifiedMs
  }

  /** The offset behind the last batch. Reads the file from the last index entry on. */
  async readNextOffset(): Promise<number> {
    const { offset } = await this.indexes()
    let nextOffset = this.baseOffset
    await this.scan({ start: offset.lookup(offset.lastOffset), bodies: false }, (chunk, at) => {
      nextOffset = batchLastOffset(chunk, at) + 1
      return 'continue'
    })
    return nextOffset
  }

  /** Where the first batch starts that ends at `offset` or later; `undefined` if there is none. */
  async positionOf(offset: number): Promise<number | undefined> {
    const start = (await this.indexes()).offset.lookup(offset)
    let found: number | undefined
    await this.scan({ start, bodies: false }, (chunk, at, position) => {
      if (batchLastOffset(chunk, at) < offset) return 'continue'
      found = position
      return 'stop'
    })
    return found
  }

  /** A batch with this offset starts there, or will. */
  rememberPosition(offset: number, position: number): void {
    this.#positions.delete(offset)
    this.#positions.set(offset, position)
    if (this.#positions.size <= POSITIONS_REMEMBERED) return
    for (const oldest of this.#positions.keys()) {
      this.#positions.delete(oldest)
      return
    }
  }

  /** What {@link LogSegment.rememberPosition} was told, if it is not forgotten. */
  recallPosition(offset: number): number | undefined {
    return this.#positions.get(offset)
  }

  /** Cuts the segment so that nothing at `offset` or above is left, and makes it active. */
  async truncateTo(offset: number): Promise<void> {
    const position = (await this.positionOf(offset)) ?? this.sizeInBytes
    const indexes = await this.indexes()
    indexes.truncateTo(offset)
    await this.cutTo(position)
    this.#bytesSinceIndexEntry = 0
    if (position === 0) this.#firstTimestamp = undefined
    let max = indexes.time.lastEntry
    await this.scan({ start: indexes.offset.lookup(max.offset), bodies: false }, (chunk, at) => {
      const timestamp = batchMaxTimestamp(chunk, at)
      if (timestamp > max.timestamp) max = { timestamp, offset: batchLastOffset(chunk, at) }
      return 'continue'
    })
    this.#maxTimestamp = max
    await this.activate()
  }

  /** Cuts the file at a position where a batch starts. */
  async cutTo(position: number): Promise<void> {
    await (await this.file()).truncate(position)
    this.sizeInBytes = position
    this.#plannedBytes = position
    this.#positions.clear()
  }

  /** Begins the indexes anew, to be filled by {@link LogSegment.reindex}. */
  resetIndexes(transactions?: TransactionIndex): void {
    this.#indexes = SegmentIndexes.empty(this.baseOffset, transactions)
    this.#indexesPinned = true
    this.#maxTimestamp = { timestamp: NO_TIMESTAMP, offset: this.baseOffset }
    this.#firstTimestamp = undefined
    this.#bytesSinceIndexEntry = 0
    this.#plannedBytes = 0
  }

  /** Indexes a batch that is in the file, in the order of the file. */
  reindex(chunk: Buffer, at: number): void {
    const lastOffset = batchLastOffset(chunk, at)
    this.plan({
      sizeInBytes: batchSizeInBytes(chunk, at),
      lastOffset,
      maxTimestamp: batchMaxTimestamp(chunk, at),
      offsetOfMaxTimestamp: lastOffset,
    })
  }

  /** The directory was renamed. */
  moveTo(directory: string): void {
    this.#directory = directory
  }

  /** Keeps the files as long as the reader is at work. */
  async reading<Result>(reader: () => Promise<Result>): Promise<Result> {
    this.#readers += 1
    try {
      return await reader()
    } finally {
      this.#readers -= 1
      if (this.#readers === 0) this.#whenUnread?.()
    }
  }

  /** Closes the file once nobody reads it. Its indexes leave memory unwritten. */
  async close(): Promise<void> {
    if (this.#readers > 0) {
      await new Promise<void>((resolve) => {
        this.#whenUnread = resolve
      })
    }
    this.#indexesPinned = false
    this.#indexCache.forget(this)
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) await (await file).close()
  }

  get #loadedIndexes(): SegmentIndexes {
    assert(this.#indexes !== undefined, 'indexes of the active segment are in memory')
    return this.#indexes
  }

  async #loadIndexes(): Promise<SegmentIndexes> {
    const loaded = await SegmentIndexes.load(this.#disk, this.#directory, this.baseOffset)
    if (loaded !== undefined && loaded.offset.lastPosition < Math.max(this.sizeInBytes, 1)) {
      this.#indexes = loaded
      this.#indexCache.touch(this)
      return loaded
    }
    // Aborted transactions cannot be told from one segment alone; the loader has made sure that theirs is whole.
    this.resetIndexes(await SegmentIndexes.loadTransactions(this.#disk, this.#directory, this.baseOffset))
    await this.scan({ start: 0, bodies: false }, (chunk, at) => {
      this.reindex(chunk, at)
      return 'continue'
    })
    this.seal()
    this.#plannedBytes = this.sizeInBytes
    await this.persistIndexes({ sync: false })
    this.#indexesPinned = false
    this.#indexCache.touch(this)
    return this.#loadedIndexes
  }
}
