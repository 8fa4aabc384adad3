/**
 * Walks over the batches of a .log file without reading it whole.
 *
 * It reads in chunks and hands out batches where they lie in the chunk. It looks at sizes and magic only; whether a
 * batch is right is the visitor's business.
 */
import {
  BATCH_OVERHEAD,
  batchBaseOffset,
  batchLastOffset,
  batchMagic,
  batchSizeInBytes,
  MAGIC_V2,
} from '@millrace/protocol'
import { canBeRelative } from '../core/offset-index.js'
import type { DiskFile } from '../disk/disk.js'

const CHUNK_BYTES = 64 * 1024
const LARGE_CHUNK_BYTES = 1024 * 1024

/** A batch in a chunk: the buffer and the place where it starts, and where it starts in the file. */
export type BatchVisitor = (chunk: Buffer, at: number, position: number) => 'continue' | 'stop'

/** Where a walk ended, and why. */
export interface ScanEnd {
  /** Behind the last batch that was visited with `continue`. */
  readonly position: number
  /**
   * - `end`: all batches were visited;
   * - `stopped`: the visitor said so;
   * - `torn`: what follows is not a whole batch: cut, or a size that cannot be.
   * - `old-format`: what follows is a message of format 0 or 1.
   */
  readonly reason: 'end' | 'stopped' | 'torn' | 'old-format'
}

/** The bytes of a whole file, to be scanned like one. */
export function readableBytes(bytes: Buffer): Pick<DiskFile, 'read'> {
  return { read: (buffer, position) => Promise.resolve(bytes.copy(buffer, 0, Math.min(position, bytes.length))) }
}

/**
 * Visits the batches from `start`, where one begins, up to `end`.
 *
 * @param range.bodies Are whole batches needed, or only headers? Without bodies, large batches are skipped unread.
 */
export async function scanBatches(
  file: Pick<DiskFile, 'read'>,
  range: { readonly start: number; readonly end: number; readonly bodies: boolean },
  visit: BatchVisitor,
): Promise<ScanEnd> {
  let position = range.start
  let chunkBytes = range.bodies ? LARGE_CHUNK_BYTES : CHUNK_BYTES
  let buffer = Buffer.alloc(0)
  while (position < range.end) {
    const wanted = Math.min(chunkBytes, range.end - position)
    if (wanted < BATCH_OVERHEAD) return { position, reason: 'torn' }
    if (buffer.length < wanted) buffer = Buffer.allocUnsafeSlow(wanted)
    const length = await file.read(buffer.subarray(0, wanted), position)
    if (length < BATCH_OVERHEAD) return { position, reason: 'torn' }

    const chunk = buffer.subarray(0, length)
    const chunkStart = position
    let at = 0
    chunkBytes = range.bodies ? LARGE_CHUNK_BYTES : CHUNK_BYTES
    while (at + BATCH_OVERHEAD <= length) {
      const size = batchSizeInBytes(chunk, at)
      const magic = batchMagic(chunk, at)
      if (magic !== MAGIC_V2) return { position, reason: magic === 0 || magic === 1 ? 'old-format' : 'torn' }
      if (size < BATCH_OVERHEAD || chunkStart + at + size > range.end) return { position, reason: 'torn' }
      if (range.bodies && at + size > length) {
        chunkBytes = Math.max(size, chunkBytes)
        break
      }
      if (visit(chunk, at, position) === 'stop') return { position, reason: 'stopped' }
      at += size
      position += size
    }
    // A file that is shorter than it should be gives the same bytes again and again.
    if (at === 0 && length < wanted) return { position, reason: 'torn' }
  }
  return { position, reason: 'end' }
}

/**
 * Can a batch begin here? Sizes and offsets alone are looked at: enough to notice that a position in the middle of a
 * batch was taken for its beginning, or that a header is damaged. The checksum is its reader's business.
 *
 * @param place.offset The batch begins at this offset or before it.
 */
export function looksLikeBatch(
  chunk: Buffer,
  at: number,
  place: {
    readonly position: number
    readonly segment: { readonly baseOffset: number; readonly sizeInBytes: number }
    readonly offset: number
  },
): boolean {
  const { position, segment, offset } = place
  const size = batchSizeInBytes(chunk, at)
  const baseOffset = batchBaseOffset(chunk, at)
  return (
    batchMagic(chunk, at) === MAGIC_V2 &&
    size >= BATCH_OVERHEAD &&
    position + size <= segment.sizeInBytes &&
    baseOffset >= segment.baseOffset &&
    baseOffset <= offset &&
    batchLastOffset(chunk, at) >= baseOffset &&
    canBeRelative(segment.baseOffset, batchLastOffset(chunk, at))
  )
}
