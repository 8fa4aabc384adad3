/**
 * Completes what a snapshot knows of the producers: it has the last batch of each, and a producer may have five in flight,
 * which it all sends again when the broker has stopped before it could answer. The others lie in the log before the snapshot.
 *
 * The log is read backwards, headers only, in pieces that grow, and no further than it may matter: not at all where the log was
 * not written lately, and until the windows of the producers that wrote lately are full. So a start with thousands of idle
 * partitions reads nothing. What cannot be found leaves a window as short as it is.
 */
import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchLastOffset,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  isControl,
} from '@millrace/protocol'
import {
  BATCHES_REMEMBERED,
  type BatchMetadata,
  incrementSequence,
  isWindowComplete,
  type ProducerEntry,
  withEarlierBatches,
} from '../core/producer-entry.js'
import { looksLikeBatch } from '../segment/batch-scan.js'
import type { LogSegment } from '../segment/log-segment.js'
import { positionOf } from '../segment/segment-search.js'

/** A log that was written before that has no producer left that waits for an answer. */
const LATELY_MS = 15 * 60 * 1000
/** Nor has one that wrote so long before the others: more than `delivery.timeout.ms` is. */
const WAITING_MAX_MS = 3 * 60 * 1000
/** The first piece; each that follows is twice as long. */
const FIRST_PIECE_BYTES = 64 * 1024
/** So much is read at most. */
const TAIL_MAX_BYTES = 1024 * 1024
/** So much where batches are large. */
const LARGE_BATCHES_TAIL_MAX_BYTES = 8 * TAIL_MAX_BYTES
const LARGE_BATCH_BYTES = 16 * 1024

/** The log before a snapshot. */
export interface TailBefore {
  readonly segments: readonly LogSegment[]
  /** The snapshot is of before this offset. */
  readonly endOffset: number
  readonly nowMs: number
}

/** A part of a segment, between batches. */
interface Piece {
  readonly segment: LogSegment
  readonly start: number
  readonly end: number
}

/** The entries, with the batches that can be found before the last one of each. */
export async function completeWindows(
  entries: readonly ProducerEntry[],
  tail: TailBefore,
): Promise<readonly ProducerEntry[]> {
  const windows = new OpenWindows(entries)
  if (windows.areComplete) return entries
  let pieceBytes = FIRST_PIECE_BYTES
  let bytes = 0
  let batches = 0
  for (let index = tail.segments.length - 1; index >= 0 && !windows.areComplete; index -= 1) {
    const segment = tail.segments[index]
    if (segment === undefined || segment.baseOffset >= tail.endOffset) continue
    if (tail.nowMs - segment.modifiedMs > LATELY_MS) break
    let end = await endBefore(segment, tail.segments[index + 1], tail.endOffset)
    while (end > 0 && !windows.areComplete) {
      const isLong = bytes >= TAIL_MAX_BYTES && bytes < batches * LARGE_BATCH_BYTES
      if (isLong || bytes >= LARGE_BATCHES_TAIL_MAX_BYTES) return windows.entries
      const start = await startOfPiece(segment, end, pieceBytes)
      const visited = await windows.read({ segment, start, end })
      if (visited === undefined) return windows.entries
      batches += visited
      bytes += end - start
      pieceBytes *= 2
      end = start
    }
  }
  return windows.entries
}

/** Where in the file the batches before the snapshot end. */
async function endBefore(segment: LogSegment, next: LogSegment | undefined, endOffset: number): Promise<number> {
  if (next !== undefined && next.baseOffset <= endOffset) return segment.sizeInBytes
  return await positionOf(segment, endOffset)
}

/** A place where a batch begins, about so far before the end. */
async function startOfPiece(segment: LogSegment, end: number, bytes: number): Promise<number> {
  if (end <= bytes) return 0
  const { offset } = await segment.indexes()
  const start = offset.positionAfter(end - bytes)
  if (start !== undefined && start < end) return start
  // Larger batches than that: back to the last one that has an entry.
  return offset.positionBefore(end)
}

/** The windows that are not complete, by producer. */
class OpenWindows {
  readonly #entries: Map<number, ProducerEntry>
  readonly #open = new Set<number>()

  constructor(entries: readonly ProducerEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.producerId, entry]))
    const newest = entries.reduce((latest, { lastTimestamp }) => Math.max(latest, lastTimestamp), 0)
    for (const entry of entries) {
      if (newest - entry.lastTimestamp <= WAITING_MAX_MS && !isWindowComplete(entry)) this.#open.add(entry.producerId)
    }
  }

  get areComplete(): boolean {
    return this.#open.size === 0
  }

  get entries(): readonly ProducerEntry[] {
    return [...this.#entries.values()]
  }

  /** Takes what lies before everything that was read so far. Resolves to the number of batches; `undefined`: damaged. */
  async read({ segment, start, end }: Piece): Promise<number | undefined> {
    const found = new Map<number, BatchMetadata[]>()
    let count = 0
    const scanned = await segment.scan({ start, end, bodies: false }, (chunk, at, position) => {
      if (!looksLikeBatch(chunk, at, { position, segment, offset: Number.MAX_SAFE_INTEGER })) return 'stop'
      count += 1
      this.#visit(found, chunk, at)
      return 'continue'
    })
    if (scanned.reason !== 'end') return undefined
    for (const [producerId, batches] of found) this.#extend(producerId, batches)
    return count
  }

  #visit(found: Map<number, BatchMetadata[]>, chunk: Buffer, at: number): void {
    const producerId = batchProducerId(chunk, at)
    const entry = this.#open.has(producerId) ? this.#entries.get(producerId) : undefined
    if (entry === undefined || isControl(batchAttributes(chunk, at))) return
    const lastOffset = batchLastOffset(chunk, at)
    const isEarlier = lastOffset < (entry.batches[0]?.lastOffset ?? 0)
    if (!isEarlier || batchProducerEpoch(chunk, at) !== entry.producerEpoch) return
    const batch = {
      lastSequence: incrementSequence(batchBaseSequence(chunk, at), batchLastOffsetDelta(chunk, at)),
      lastOffset,
      offsetDelta: lastOffset - batchBaseOffset(chunk, at),
      timestamp: batchMaxTimestamp(chunk, at),
    }
    const batches = found.get(producerId)
    if (batches === undefined) found.set(producerId, [batch])
    else batches.push(batch)
    // No window has room for more.
    if (batches !== undefined && batches.length > BATCHES_REMEMBERED) batches.shift()
  }

  #extend(producerId: number, earlier: readonly BatchMetadata[]): void {
    const entry = this.#entries.get(producerId)
    if (entry === undefined) return
    const extended = withEarlierBatches(entry, earlier)
    this.#entries.set(producerId, extended)
    const isGap = extended.batches.length < entry.batches.length + earlier.length
    if (isGap || isWindowComplete(extended)) this.#open.delete(producerId)
  }
}
