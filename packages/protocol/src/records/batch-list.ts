import { BATCH_OVERHEAD, batchMagic, batchSizeInBytes, LOG_OVERHEAD, MAGIC_END, MAGIC_V2 } from './batch-header.js'
import { corrupt } from './record-batch-error.js'

/** Bytes of the smallest messages of the formats before batches, with {@link LOG_OVERHEAD}. */
const MESSAGE_V0_OVERHEAD = LOG_OVERHEAD + 14
const MESSAGE_V1_OVERHEAD = LOG_OVERHEAD + 22

/** Where the batches of a buffer lie. */
export interface BatchList {
  /** Where each whole batch starts. Old messages (magic 0 and 1) are among them: see `batchMagic`. */
  readonly positions: readonly number[]
  /** Where the last whole batch ends. */
  readonly end: number
  /** What follows: nothing; the beginning of a batch; or something that is no batch. */
  readonly rest: 'nothing' | 'truncated' | 'corrupt'
}

/**
 * The position after the batch at `at`, or −1 if `end` comes before it. Only size and magic are looked at. Throws
 * CORRUPT_MESSAGE if they cannot be those of a batch.
 */
export function batchEndPosition(buffer: Buffer, at: number, end: number): number {
  if (end - at < LOG_OVERHEAD) return -1
  const size = batchSizeInBytes(buffer, at)
  if (size < MESSAGE_V0_OVERHEAD) throw corrupt(`A batch cannot have ${size} bytes`)
  if (end - at < MAGIC_END) return -1
  const magic = batchMagic(buffer, at)
  if (magic < 0 || magic > MAGIC_V2) throw corrupt(`There is no message format ${magic}`)
  if (size < minimumSize(magic)) throw corrupt(`A batch of format ${magic} cannot have ${size} bytes`)
  return at + size > end ? -1 : at + size
}

/** The batches in `buffer[start..end)`, one after the other. Tolerates a last one that is cut short. */
export function listBatches(buffer: Buffer, start = 0, end = buffer.length): BatchList {
  const positions: number[] = []
  let at = start
  try {
    while (at < end) {
      const next = batchEndPosition(buffer, at, end)
      if (next < 0) return { positions, end: at, rest: 'truncated' }
      positions.push(at)
      at = next
    }
  } catch {
    return { positions, end: at, rest: 'corrupt' }
  }
  return { positions, end: at, rest: 'nothing' }
}

function minimumSize(magic: number): number {
  if (magic === MAGIC_V2) return BATCH_OVERHEAD
  return magic === 1 ? MESSAGE_V1_OVERHEAD : MESSAGE_V0_OVERHEAD
}
