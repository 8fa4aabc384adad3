/**
 * One segment of a partition: a .log file with the batches from its base offset on, and its indexes.
 *
 * It knows two sizes. `sizeInBytes` is what is written and may be read; `plannedBytes` counts also the batches that
 * have been given their place but are still being written. What describes the content (indexes, timestamps) goes by the
 * {@link SegmentPlan}; {@link LogSegment.mark} and {@link LogSegment.rewind} take it back when a write fails.
 *
 * The indexes of the active segment are in memory. Those of others are read or rebuilt here when {@link HeldIndexes} lacks
 * them, and dropped when the {@link IndexCache} says so. It never decides where a batch goes or when a segment ends: its
 * log does.
 */
import assert from 'node:assert/strict'
import { batchLastOffset, batchMaxTimestamp, batchSizeInBytes } from '@millrace/protocol'
import type { TimestampOffset } from '../core/time-index.js'
import type { AbortedTransaction, TransactionIndex } from '../core/transaction-index.js'
import type { Disk, DiskFile } from '../disk/disk.js'
import { type BatchVisitor, readableBytes, type ScanEnd, scanBatches } from './batch-scan.js'
import { HeldIndexes } from './held-indexes.js'
import type { IndexCache } from './index-cache.js'
import { RememberedPositions } from './remembered-positions.js'
import { SegmentFile } from './segment-file.js'
import { SegmentIndexes } from './segment-indexes.js'
import { type SegmentAppend, type SegmentMark, SegmentPlan } from './segment-plan.js'
import { indexesToTheEnd, positionOf, type SearchableSegment, type SegmentTail, walkToEnd } from './segment-search.js'

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

/** As much as a walk reads at once. */
const SMALL_SEGMENT_BYTES = 64 * 1024

/** See above. */
export class LogSegment {
  readonly baseOffset: number
  readonly jitterMs: number
  readonly createdMs: number
  /** Kept by those who append and read; forgotten when the file is cut. */
  readonly positions = new RememberedPositions()
  readonly #disk: Disk
  readonly #held: HeldIndexes
  readonly #plan: SegmentPlan
  readonly #file: SegmentFile

  /** Bytes that are written, and may be read. */
  sizeInBytes = 0
  /** When the file was last written, as far as is known. */
  modifiedMs: number

  constructor(options: SegmentOptions) {
    this.baseOffset = options.baseOffset
    this.jitterMs = options.jitterMs
    this.createdMs = options.createdMs
    this.modifiedMs = options.createdMs
    this.#disk = options.disk
    this.#file = new SegmentFile(options.disk, options.directory, options.baseOffset)
    this.#held = new HeldIndexes(options.indexCache, () => this.#loadIndexes())
    this.#plan = new SegmentPlan(options.indexIntervalBytes)
  }

  /** A segment that is about to be created; {@link LogSegment.create} makes its files. */
  static planned(options: SegmentOptions): LogSegment {
    const segment = new LogSegment(options)
    segment.resetIndexes()
    return segment
  }

  /** A segment that is on disk. */
  static existing(
    options: SegmentOptions,
    file: { readonly sizeInBytes: number; readonly modifiedMs: number },
  ): LogSegment {
    const segment = new LogSegment(options)
    segment.sizeInBytes = file.sizeInBytes
    segment.#plan.sizeInBytes = file.sizeInBytes
    segment.modifiedMs = file.modifiedMs
    return segment
  }

  get path(): string {
    return this.#file.path
  }

  get plannedBytes(): number {
    return this.#plan.sizeInBytes
  }

  /** Largest timestamp of the first batch, −1 if it has none, `undefined` without batch. For active segments. */
  get firstTimestamp(): number | undefined {
    return this.#plan.firstTimestamp
  }

  /** Is it active, or sealed with indexes that are in memory alone? */
  get hasUnsavedIndexes(): boolean {
    return this.#held.isPinned
  }

  /** Creates the empty files, replacing what may be left of an earlier attempt. */
  async create(): Promise<void> {
    const file = await this.file({ create: true })
    await file.truncate(0)
    await this.#held.pinned.persist(this.#disk, this.#file.directory, { sync: false })
  }

  /** Removes the files of a segment that nobody reads. */
  async removeFiles(): Promise<void> {
    await this.close()
    await this.#file.unlink()
  }

  /** The .log file, opened when it is first needed. */
  file(options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    return this.#file.open(options)
  }

  /** The .log file, if it is open already. */
  get openedFile(): DiskFile | undefined {
    return this.#file.opened
  }

  /** The indexes, read or rebuilt when they are not in memory. */
  indexes(): Promise<SegmentIndexes> {
    return this.#held.get()
  }

  /** Reads what the active segment must know at once, to decide about the next append without waiting. */
  async activate(): Promise<void> {
    if (this.sizeInBytes > 0) await indexesToTheEnd(this)
    await this.indexes()
    this.#held.pin()
    this.#plan.maxTimestamp ??= this.#held.pinned.time.lastEntry
    if (this.#plan.firstTimestamp !== undefined || this.sizeInBytes === 0) return
    await this.scan({ start: 0, bodies: false }, (chunk, at) => {
      this.#plan.firstTimestamp = batchMaxTimestamp(chunk, at)
      return 'stop'
    })
  }

  /** Is there no room in an index? Only of the active segment. */
  indexFull(maxBytes: number): boolean {
    return this.#held.pinned.isFull(maxBytes)
  }

  /** Gives batches their place at the end, and indexes them. Only of the active segment. */
  plan(append: SegmentAppend): void {
    assert(this.#held.isPinned, 'only the active segment takes batches')
    this.#plan.add(append, this.#held.pinned)
  }

  planAborted(transaction: AbortedTransaction): void {
    this.#held.pinned.transactions.append(transaction)
  }

  /** What to go back to if the next batches cannot be written. */
  mark(): SegmentMark {
    return this.#plan.mark()
  }

  /** Takes back all batches since the mark; the first of them has this offset. The file is the caller's business. */
  rewind(mark: SegmentMark, offset: number): void {
    this.#plan.rewind(mark)
    this.#held.pinned.truncateTo(offset)
  }

  /** No more batches will come: closes the time index with the largest timestamp. */
  seal(): void {
    this.#plan.seal(this.#held.pinned)
  }

  /** Makes the batches durable. */
  async sync(): Promise<void> {
    await (await this.file()).datasync()
  }

  /** Makes the indexes of a sealed segment durable; they may leave memory then. */
  async saveIndexes(): Promise<void> {
    await (await this.indexes()).persist(this.#disk, this.#file.directory, { sync: true })
    this.#held.unpin()
  }

  /** Writes the indexes as they are, for the next start. */
  async persistIndexes(options: { readonly sync: boolean }): Promise<void> {
    await this.#held.inMemory?.persist(this.#disk, this.#file.directory, options)
  }

  /** Walks over the batches that are written, see {@link scanBatches}. */
  async scan(
    range: { readonly start: number; readonly bodies: boolean; readonly end?: number },
    visit: BatchVisitor,
  ): Promise<ScanEnd> {
    return await scanBatches(await this.file(), { end: this.sizeInBytes, ...range }, visit)
  }

  /** The largest timestamp, and the last offset of the first batch that has it. Timestamp −1 if there is none. */
  async maxTimestamp(): Promise<TimestampOffset> {
    this.#plan.maxTimestamp ??= (await indexesToTheEnd(this)).time.lastEntry
    return this.#plan.maxTimestamp
  }

  /** Makes the indexes anew from the batches. Aborted transactions stay: one segment alone does not tell them. */
  rebuildIndexes(): Promise<SegmentIndexes> {
    return this.#held.reload(() => this.#rebuild())
  }

  /** The largest timestamp, or when the file was written if its records have none. */
  async largestTimestamp(): Promise<number> {
    const { timestamp } = await this.maxTimestamp()
    return timestamp >= 0 ? timestamp : this.modifiedMs
  }

  /**
   * {@link readTail} from the beginning of a segment that is small: its indexes are made on the way, for less than it costs to
   * read them. `undefined` if it is not small.
   */
  async readSmall(transactions: TransactionIndex | undefined): Promise<SegmentTail | undefined> {
    if (this.sizeInBytes > SMALL_SEGMENT_BYTES) return undefined
    this.resetIndexes(transactions)
    const { baseOffset, sizeInBytes } = this
    // Not with a descriptor of its own: a start reads thousands of them, and most are not read again.
    const bytes = sizeInBytes === 0 ? undefined : await this.#disk.readSmallFile(this.path)
    const scan: SearchableSegment['scan'] = async (range, visit) =>
      await scanBatches(
        bytes === undefined ? await this.file() : readableBytes(bytes),
        { end: sizeInBytes, ...range },
        visit,
      )
    const tail = await walkToEnd({ baseOffset, sizeInBytes, scan }, 0, (chunk, at) => this.reindex(chunk, at))
    this.#plan.sizeInBytes = this.sizeInBytes
    return tail
  }

  /** Cuts the segment so that nothing at `offset` or above is left, and makes it active. */
  async truncateTo(offset: number): Promise<void> {
    const position = await positionOf(this, offset)
    const indexes = await this.indexes()
    indexes.truncateTo(offset)
    await this.cutTo(position)
    this.#plan.cut()
    let max = indexes.time.lastEntry
    await this.scan({ start: indexes.offset.lookup(max.offset), bodies: false }, (chunk, at) => {
      const timestamp = batchMaxTimestamp(chunk, at)
      if (timestamp > max.timestamp) max = { timestamp, offset: batchLastOffset(chunk, at) }
      return 'continue'
    })
    this.#plan.maxTimestamp = max
    await this.activate()
  }

  /** Cuts the file at a position where a batch starts. */
  async cutTo(position: number, options: { readonly sync: boolean } = { sync: false }): Promise<void> {
    const file = await this.file()
    await file.truncate(position)
    if (options.sync) await file.datasync()
    this.sizeInBytes = position
    this.#plan.sizeInBytes = position
    this.positions.clear()
  }

  /** Begins the indexes anew, to be filled by {@link LogSegment.reindex}. */
  resetIndexes(transactions?: TransactionIndex): void {
    this.#held.set(SegmentIndexes.empty(this.baseOffset, transactions))
    this.#plan.startOver(this.baseOffset)
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
    this.#file.moveTo(directory)
  }

  /** Keeps the files as long as the reader is at work. */
  reading<Result>(reader: () => Promise<Result>): Promise<Result> {
    return this.#file.reading(reader)
  }

  /** Closes the file once nobody reads it. Its indexes leave memory unwritten. */
  async close(): Promise<void> {
    await this.#file.unread()
    this.#held.abandon()
    await this.#file.close()
  }

  async #loadIndexes(): Promise<SegmentIndexes> {
    const loaded = await SegmentIndexes.load(this.#disk, this.#file.directory, this.baseOffset)
    if (loaded !== undefined && loaded.offset.lastPosition < Math.max(this.sizeInBytes, 1)) {
      this.#held.set(loaded)
      this.#held.unpin()
      return loaded
    }
    return await this.#rebuild()
  }

  async #rebuild(): Promise<SegmentIndexes> {
    // Aborted transactions cannot be told from one segment alone; the loader has made sure that theirs is whole.
    this.resetIndexes(await SegmentIndexes.loadTransactions(this.#disk, this.#file.directory, this.baseOffset))
    // What damage of the log itself hides is not indexed.
    await walkToEnd(this, 0, (chunk, at) => this.reindex(chunk, at))
    this.seal()
    this.#plan.sizeInBytes = this.sizeInBytes
    await this.persistIndexes({ sync: false }).catch(() => undefined)
    const rebuilt = this.#held.pinned
    this.#held.unpin()
    return rebuilt
  }
}
