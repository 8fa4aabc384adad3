/**
 * The reading side of one log: batches by offset, offsets by timestamp.
 *
 * A read is one read of the file, at most: from the index entry before the offset, as much as was asked for. It ends
 * between batches. It sees the segments and limits as they are when it begins; segments that are removed meanwhile keep their
 * files until it is done.
 */
import assert from 'node:assert/strict'
import {
  BATCH_OVERHEAD,
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchSizeInBytes,
  NO_TIMESTAMP,
  openBatch,
  RecordBatchError,
} from '@millrace/protocol'
import type { AbortedTransaction } from '../core/transaction-index.js'
import { looksLikeBatch } from '../segment/batch-scan.js'
import type { LogSegment } from '../segment/log-segment.js'
import type { SegmentList } from '../segment/segment-list.js'
import { findBatch as findBatchStart, indexesWithEntry, startFor } from '../segment/segment-search.js'
import { LogError } from './log-error.js'
import { type LogState, lastStableOffsetOf } from './log-state.js'
import type { ReadOptions, ReadResult } from './partition-log-types.js'

/** An offset that was looked up by time. */
export interface TimestampAndOffset {
  readonly offset: number
  /** The record's timestamp, or −1 where none was looked at. */
  readonly timestamp: number
  /** Epoch of the leader that wrote it, or −1. */
  readonly leaderEpoch: number
}

/** What is to be read. */
interface BatchRangeOptions {
  readonly offset: number
  readonly maxBytes: number
  /** Give the first batch even if it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
  /** Only batches that end below. */
  readonly endOffset: number
  readonly allocate: (bytes: number) => Buffer
}

/** How much may be read in vain to save a second read. */
const SLACK_MAX_BYTES = 64 * 1024

const NO_BATCHES = Buffer.alloc(0)

const allocateNew = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes)

/** Reads a log, see {@link PartitionLog.read}. */
export async function readLog(state: LogState, offset: number, options: ReadOptions): Promise<ReadResult> {
  const { logStartOffset, logEndOffset, highWatermark, segments, recent } = state
  const lastStableOffset = lastStableOffsetOf(state)
  if (offset < logStartOffset || offset > logEndOffset) {
    throw new LogError(
      'OFFSET_OUT_OF_RANGE',
      `Offset ${offset} is not in the log, ${logStartOffset} to ${logEndOffset}`,
    )
  }
  const endOffset = { logEnd: logEndOffset, highWatermark, lastStable: lastStableOffset }[options.upTo]
  const { maxBytes, minOneBatch, allocate = allocateNew } = options
  const records =
    offset >= endOffset
      ? NO_BATCHES
      : (recent.read(offset, { maxBytes, endOffset, allocate }) ??
        (await readBatches(segments, { offset, maxBytes, minOneBatch, endOffset, allocate })))
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

function lastOffsetOf(records: Buffer): number {
  let lastOffset = 0
  for (let at = 0; at < records.length; at += batchSizeInBytes(records, at)) lastOffset = batchLastOffset(records, at)
  return lastOffset
}

/**
 * Whole batches, the first of which has the offset that was asked for or a larger one: from the segment that has the
 * offset, or from the next that has any.
 */
async function readBatches(segments: SegmentList, options: BatchRangeOptions): Promise<Buffer> {
  for (const segment of segments.from(options.offset)) {
    if (segment.baseOffset >= options.endOffset) break
    const records = await segment.reading(() => readSegment(segment, options))
    if (records !== undefined) return records
  }
  return NO_BATCHES
}

/** `undefined` if the segment has nothing at the offset or above. */
async function readSegment(segment: LogSegment, options: BatchRangeOptions): Promise<Buffer | undefined> {
  const end = segment.sizeInBytes
  let position = segment.positions.recall(options.offset)
  let slack = 0
  if (position === undefined) {
    const { offset: index } = await segment.indexes()
    position = index.lookup(options.offset)
    // What lies before the offset reaches to the next index entry, at most.
    slack = Math.min((index.positionAfter(position) ?? end) - position, SLACK_MAX_BYTES)
  }
  if (position >= end) return undefined
  const buffer = await readAt(segment, position, Math.min(end - position, slack + options.maxBytes), options.allocate)
  const start = findBatch(buffer, options.offset, segment, position)
  if (start >= 0) return await cutToBatches(buffer, start, segment, position, options)

  const found = await findBatchStart(segment, options.offset)
  if (found === 'none') return undefined
  if (found === 'damaged') throw damaged(segment)
  if (start === DAMAGED) checkHeader(await readAt(segment, found, BATCH_OVERHEAD, allocateNew), segment, found)
  const fromBatch = await readAt(segment, found, Math.min(end - found, options.maxBytes), options.allocate)
  return await cutToBatches(fromBatch, 0, segment, found, options)
}

/** The whole batches from `start` that fit the limits. The buffer was read from `position` in the file. */
async function cutToBatches(
  buffer: Buffer,
  start: number,
  segment: LogSegment,
  position: number,
  options: BatchRangeOptions,
): Promise<Buffer> {
  const limit = Math.min(buffer.length, start + options.maxBytes)
  let at = start
  let nextOffset = options.offset
  while (at + BATCH_OVERHEAD <= limit) {
    const size = batchSizeInBytes(buffer, at)
    const lastOffset = batchLastOffset(buffer, at)
    if (at + size > limit || lastOffset >= options.endOffset) break
    // Damage that a start did not look for: the batches before it are given, itself is refused.
    if (size < BATCH_OVERHEAD || lastOffset < nextOffset) break
    at += size
    nextOffset = lastOffset + 1
  }
  if (at > start) {
    segment.positions.remember(nextOffset, position + at)
    return buffer.subarray(start, at)
  }
  if (!options.minOneBatch) return NO_BATCHES
  return await firstBatch(segment, position + start, options)
}

/** One batch that is larger than what was to be read. */
async function firstBatch(
  segment: LogSegment,
  position: number,
  { endOffset, allocate }: BatchRangeOptions,
): Promise<Buffer> {
  const header = await readAt(segment, position, BATCH_OVERHEAD, allocateNew)
  if (header.length < BATCH_OVERHEAD) return NO_BATCHES
  checkHeader(header, segment, position)
  if (batchLastOffset(header, 0) >= endOffset) return NO_BATCHES
  const batch = await readAt(segment, position, batchSizeInBytes(header, 0), allocate)
  segment.positions.remember(batchLastOffset(batch, 0) + 1, position + batch.length)
  return batch
}

async function readAt(
  segment: LogSegment,
  position: number,
  length: number,
  allocate: (bytes: number) => Buffer,
): Promise<Buffer> {
  const buffer = allocate(length)
  const file = await segment.file()
  const read = await file.read(buffer, position)
  return buffer.subarray(0, read)
}

const NOT_FOUND = -1
const DAMAGED = -2

/**
 * Where the first whole header of a batch starts that ends at the offset or later; NOT_FOUND if it is not in the buffer,
 * DAMAGED if what is there are no batches: the index, or the log itself, is damaged.
 */
function findBatch(buffer: Buffer, offset: number, segment: LogSegment, position: number): number {
  let at = 0
  while (at + BATCH_OVERHEAD <= buffer.length) {
    if (!looksLikeBatch(buffer, at, { position: position + at, segment, offset: Number.MAX_SAFE_INTEGER }))
      return DAMAGED
    if (batchLastOffset(buffer, at) >= offset) return at
    at += batchSizeInBytes(buffer, at)
  }
  return NOT_FOUND
}

/** Throws CORRUPT_MESSAGE, as Kafka does, if no batch can begin here. */
function checkHeader(header: Buffer, segment: LogSegment, position: number): void {
  const place = { position, segment, offset: Number.MAX_SAFE_INTEGER }
  if (header.length === BATCH_OVERHEAD && looksLikeBatch(header, 0, place)) return
  throw damaged(segment)
}

function damaged(segment: LogSegment, cause?: unknown): LogError {
  return new LogError('CORRUPT_MESSAGE', `${segment.path} is damaged`, { cause })
}

/** Aborted transactions with records in a range of offsets. */
async function abortedTransactions(
  segments: SegmentList,
  range: { readonly fromOffset: number; readonly endOffset: number },
): Promise<AbortedTransaction[]> {
  const found: AbortedTransaction[] = []
  if (range.fromOffset === range.endOffset) return found
  for (const segment of segments.from(range.fromOffset)) {
    const { transactions } = await segment.reading(() => segment.indexes())
    if (transactions.collect(range.fromOffset, range.endOffset, found)) break
  }
  return found
}

/** The first record at or above `startOffset` that has this timestamp or a later one, also inside compressed batches. */
export async function findByTimestamp(
  segments: SegmentList,
  timestamp: number,
  startOffset: number,
): Promise<TimestampAndOffset | undefined> {
  for (const segment of segments.from(startOffset)) {
    const found = await segment.reading(async () => {
      if ((await segment.largestTimestamp()) < timestamp) return undefined
      const { time } = await indexesWithEntry(segment, (indexes) => indexes.time.entryBelow(timestamp))
      const from = Math.max(time.entryBelow(timestamp).offset, startOffset)
      return await findRecord(
        segment,
        await startFor(segment, from),
        (recordTimestamp, offset) => {
          return recordTimestamp >= timestamp && offset >= startOffset
        },
        timestamp,
      )
    })
    if (found !== undefined) return found
  }
  return undefined
}

/** The first record that has the largest timestamp of the log; `undefined` if no record has one. */
export async function findMaxTimestamp(segments: SegmentList): Promise<TimestampAndOffset | undefined> {
  let latest: { segment: LogSegment; timestamp: number; offset: number } | undefined
  for (const segment of segments.all) {
    const max = await segment.reading(() => segment.maxTimestamp())
    if (max.timestamp > (latest?.timestamp ?? NO_TIMESTAMP)) latest = { segment, ...max }
  }
  if (latest === undefined) return undefined
  const { segment, timestamp, offset } = latest
  return await segment.reading(async () => {
    const position = await startFor(segment, offset)
    return await findRecord(segment, position, (recordTimestamp) => recordTimestamp >= timestamp, timestamp)
  })
}

/** The first record that fits, in batches from `position` on whose largest timestamp reaches `timestamp`. */
async function findRecord(
  segment: LogSegment,
  position: number,
  fits: (timestamp: number, offset: number) => boolean,
  timestamp: number,
): Promise<TimestampAndOffset | undefined> {
  let start = position
  while (start < segment.sizeInBytes) {
    let size = 0
    const end = await segment.scan({ start, bodies: false }, (chunk, at) => {
      if (batchMaxTimestamp(chunk, at) < timestamp) return 'continue'
      size = batchSizeInBytes(chunk, at)
      return 'stop'
    })
    if (end.reason !== 'stopped') return undefined
    const batch = await readAt(segment, end.position, size, allocateNew)
    const found = findInBatch(segment, batch, fits)
    if (found !== undefined) return found
    assert(size > 0, 'a batch has a size')
    start = end.position + size
  }
  return undefined
}

function findInBatch(
  segment: LogSegment,
  batch: Buffer,
  fits: (timestamp: number, offset: number) => boolean,
): TimestampAndOffset | undefined {
  try {
    const cursor = openBatch(batch, 0)
    while (cursor.next()) {
      if (!fits(cursor.timestamp, cursor.offset)) continue
      return { offset: cursor.offset, timestamp: cursor.timestamp, leaderEpoch: batchLeaderEpoch(batch, 0) }
    }
    return undefined
  } catch (error) {
    if (error instanceof RecordBatchError) throw damaged(segment, error)
    throw error
  }
}
