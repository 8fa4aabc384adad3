/**
 * Finds batches in a segment: by its indexes, which are not trusted blindly. What an index says is compared with the
 * batches that it names; where it does not fit, the indexes are damaged, and rebuilt from the log.
 *
 * The indexes of an active segment, or of one that is sealed but not saved, were made with its batches: they are not
 * doubted, and never rebuilt, as batches that are still being written are in them.
 */
import { BATCH_OVERHEAD, batchBaseOffset, batchLastOffset, batchMaxTimestamp, NO_TIMESTAMP } from '@millrace/protocol'
import type { TimestampOffset } from '../core/time-index.js'
import type { DiskFile } from '../disk/disk.js'
import { type BatchVisitor, looksLikeBatch, type ScanEnd } from './batch-scan.js'
import type { SegmentIndexes } from './segment-indexes.js'

/** A segment, as a search sees it. */
export interface SearchableSegment {
  readonly baseOffset: number
  readonly sizeInBytes: number
  /** Are its indexes in memory alone? */
  readonly hasUnsavedIndexes: boolean
  file(): Promise<DiskFile>
  indexes(): Promise<SegmentIndexes>
  rebuildIndexes(): Promise<SegmentIndexes>
  scan(
    range: { readonly start: number; readonly bodies: boolean; readonly end?: number },
    visit: BatchVisitor,
  ): Promise<ScanEnd>
}

/** The end of a segment, as a walk over its last batches finds it. */
export interface SegmentTail {
  /** The offset behind the last batch. */
  readonly nextOffset: number
  /** Does everything look like batches? */
  readonly isWhole: boolean
}

/** How far behind its last entry a time index is checked. */
const TIME_CHECK_BYTES = 1024 * 1024

/** Where to begin to look for an offset: where the offset index says, if a batch begins there that fits. */
export async function startFor(segment: SearchableSegment, offset: number): Promise<number> {
  const start = (await segment.indexes()).offset.lookup(offset)
  if (start === 0 || segment.hasUnsavedIndexes) return start
  const header = Buffer.alloc(BATCH_OVERHEAD)
  const length = await (await segment.file()).read(header, start)
  if (length === BATCH_OVERHEAD && looksLikeBatch(header, 0, { position: start, segment, offset })) return start
  return (await segment.rebuildIndexes()).offset.lookup(offset)
}

/**
 * Where the first batch starts that ends at `offset` or later. `none` if there is none; `damaged` if what lies before the
 * end of the file are no batches.
 */
export async function findBatch(segment: SearchableSegment, offset: number): Promise<number | 'none' | 'damaged'> {
  let found: number | undefined
  const start = await startFor(segment, offset)
  const end = await segment.scan({ start, bodies: false }, (chunk, at, position) => {
    if (batchLastOffset(chunk, at) < offset) return 'continue'
    found = position
    return 'stop'
  })
  return found ?? (end.reason === 'end' ? 'none' : 'damaged')
}

/** The same, or the end of the file if no such batch can be found. */
export async function positionOf(segment: SearchableSegment, offset: number): Promise<number> {
  const found = await findBatch(segment, offset)
  return typeof found === 'number' ? found : segment.sizeInBytes
}

/** The indexes, of which this entry of the time index is to be relied on: the batch that it names has that timestamp. */
export async function indexesWithEntry(
  segment: SearchableSegment,
  entryOf: (indexes: SegmentIndexes) => TimestampOffset,
): Promise<SegmentIndexes> {
  const indexes = await segment.indexes()
  const entry = entryOf(indexes)
  if (segment.hasUnsavedIndexes || entry.timestamp === NO_TIMESTAMP) return indexes
  let found: number | undefined
  await segment.scan({ start: await startFor(segment, entry.offset), bodies: false }, (chunk, at) => {
    if (batchLastOffset(chunk, at) < entry.offset) return 'continue'
    found = batchMaxTimestamp(chunk, at)
    return 'stop'
  })
  return found === entry.timestamp ? await segment.indexes() : await segment.rebuildIndexes()
}

/** The indexes, of which the last entry of the time index is to be relied on: nothing behind it is larger. */
export async function indexesToTheEnd(segment: SearchableSegment): Promise<SegmentIndexes> {
  const indexes = await indexesWithEntry(segment, ({ time }) => time.lastEntry)
  if (segment.hasUnsavedIndexes) return indexes
  const { timestamp, offset } = indexes.time.lastEntry
  const start = await startFor(segment, offset)
  let isLarger = false
  const end = Math.min(start + TIME_CHECK_BYTES, segment.sizeInBytes)
  await segment.scan({ start, bodies: false, end }, (chunk, at) => {
    isLarger = batchMaxTimestamp(chunk, at) > timestamp
    return isLarger ? 'stop' : 'continue'
  })
  return isLarger ? await segment.rebuildIndexes() : indexes
}

/** The end of the segment: reads the file from the last index entry on. */
export async function readTail(segment: SearchableSegment): Promise<SegmentTail> {
  const { offset } = await segment.indexes()
  return await walkToEnd(segment, await startFor(segment, offset.lastOffset), () => undefined)
}

/** Walks from a batch to the end, as far as everything looks like batches with growing offsets. */
export async function walkToEnd(
  segment: Pick<SearchableSegment, 'baseOffset' | 'sizeInBytes' | 'scan'>,
  start: number,
  visit: (chunk: Buffer, at: number) => void,
): Promise<SegmentTail> {
  let nextOffset = segment.baseOffset
  if (segment.sizeInBytes === 0) return { nextOffset, isWhole: true }
  const end = await segment.scan({ start, bodies: false }, (chunk, at, position) => {
    const place = { position, segment, offset: Number.MAX_SAFE_INTEGER }
    if (!looksLikeBatch(chunk, at, place) || batchBaseOffset(chunk, at) < nextOffset) return 'stop'
    nextOffset = batchLastOffset(chunk, at) + 1
    visit(chunk, at)
    return 'continue'
  })
  return { nextOffset, isWhole: end.reason === 'end' && end.position > start }
}
