/**
 * Checks one segment that a crash may have damaged, batch by batch, and builds anew what is known of its content:
 * indexes, producer state, leader epochs. The first bad batch and what follows it in the file is cut off.
 *
 * The checksum covers neither a batch's base offset nor its leader epoch. A wrong base offset shows in what follows:
 * offsets never go back, and in a log that is not compacted they never leave a gap.
 *
 * Which segments are suspect, what becomes of those behind a cut, and who is told, is the loader's business.
 */
import { crc32 } from 'node:zlib'
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchProducerId,
  batchSizeInBytes,
  isCrcValid,
  MAGIC_END,
} from '@millrace/protocol'
import type { LeaderEpochs } from '../core/leader-epochs.js'
import { canBeRelative } from '../core/offset-index.js'
import type { ProducerState } from '../core/producer-state.js'
import type { LogSegment } from '../segment/log-segment.js'
import { LogError } from './log-error.js'
import { producerBatchAt } from './producer-batch.js'

/** What is built from the batches, as it was before the segment. */
export interface RecoveredState {
  readonly producers: ProducerState
  readonly epochs: LeaderEpochs
  /** May offsets be missing between batches, because compaction removed them? */
  readonly gapsAllowed: boolean
}

/**
 * Why a batch is not one:
 * - `torn`: the file ends inside it, or its size or format cannot be;
 * - `checksum`: the checksum does not match;
 * - `offset`: its offsets contradict those before or behind it;
 * - `header`: a number in it cannot be.
 */
export type DamageReason = 'torn' | 'checksum' | 'offset' | 'header'

/** What a check has found. */
export interface RecoveredSegment {
  /** Behind the last good batch. */
  readonly nextOffset: number
  /** Where the damage begins in the file; `undefined` if nothing is damaged. */
  readonly damage: { readonly position: number; readonly reason: DamageReason } | undefined
}

/**
 * Checks the segment and fills the state; the file is not changed. Rejects with UNSUPPORTED_FOR_MESSAGE_FORMAT at messages
 * from before Kafka 0.11.
 *
 * @param limit Look no further than here in the file.
 */
export async function checkSegment(
  segment: LogSegment,
  state: RecoveredState,
  limit = segment.sizeInBytes,
): Promise<RecoveredSegment> {
  const { producers, epochs, gapsAllowed } = state
  segment.resetIndexes()
  let nextOffset = segment.baseOffset
  /** The last batch before which offsets are missing: they may be, or its base offset is wrong. */
  let suspect: { readonly position: number; readonly nextOffset: number } | undefined
  let damage: RecoveredSegment['damage']
  const end = await segment.scan({ start: 0, bodies: true, end: limit }, (chunk, at, position) => {
    const reason = damageAt(chunk, at, segment, nextOffset, gapsAllowed)
    if (reason !== undefined) {
      damage = { position, reason }
      // Offsets go back to where they were before the gap: the batch behind the gap is the wrong one.
      const isContradiction = reason === 'offset' && suspect !== undefined
      if (isContradiction && batchBaseOffset(chunk, at) > (suspect?.nextOffset ?? 0)) {
        damage = { position: suspect?.position ?? position, reason }
      }
      return 'stop'
    }
    if (batchBaseOffset(chunk, at) > nextOffset) suspect = { position, nextOffset }
    nextOffset = batchLastOffset(chunk, at) + 1
    segment.reindex(chunk, at)
    const epoch = batchLeaderEpoch(chunk, at)
    if (epoch >= 0 && epoch > (epochs.latestEpoch ?? -1)) epochs.assign(epoch, batchBaseOffset(chunk, at))
    const batch = producerBatchAt(chunk, at)
    if (batch === undefined) return 'continue'
    const decision = producers.append(batch, 'replication')
    if (decision.kind === 'appended' && decision.aborted !== undefined) segment.planAborted(decision.aborted)
    return 'continue'
  })
  if (end.reason === 'old-format' && (await isOldMessage(segment, end.position))) {
    throw new LogError(
      'UNSUPPORTED_FOR_MESSAGE_FORMAT',
      `${segment.path} has messages in the format from before Kafka 0.11 at byte ${end.position}, which is not read`,
    )
  }
  if (end.reason === 'torn' || end.reason === 'old-format') damage = { position: end.position, reason: 'torn' }
  return { nextOffset, damage }
}

/** What is wrong with the batch, if it has its place behind what ends before `nextOffset`. */
function damageAt(
  chunk: Buffer,
  at: number,
  segment: LogSegment,
  nextOffset: number,
  gapsAllowed: boolean,
): DamageReason | undefined {
  if (!isCrcValid(chunk, at)) return 'checksum'
  const baseOffset = batchBaseOffset(chunk, at)
  const lastOffset = batchLastOffset(chunk, at)
  if (!Number.isSafeInteger(baseOffset) || !canBeRelative(segment.baseOffset, lastOffset)) return 'offset'
  if (baseOffset < nextOffset || lastOffset < baseOffset) return 'offset'
  if (baseOffset > nextOffset && !gapsAllowed) return 'offset'
  if (!Number.isSafeInteger(batchMaxTimestamp(chunk, at))) return 'header'
  return Number.isSafeInteger(batchProducerId(chunk, at)) ? undefined : 'header'
}

/** Formats 0 and 1 have a checksum of another kind, over everything from the magic on: a flipped bit is not one of them. */
async function isOldMessage(segment: LogSegment, position: number): Promise<boolean> {
  const header = Buffer.alloc(MAGIC_END)
  const file = await segment.file()
  if ((await file.read(header, position)) < MAGIC_END) return false
  const size = batchSizeInBytes(header, 0)
  if (batchMagic(header, 0) < 0 || size < MAGIC_END || position + size > segment.sizeInBytes) return false
  const message = Buffer.alloc(size)
  if ((await file.read(message, position)) < size) return false
  return crc32(message.subarray(MAGIC_END - 1)) === message.readUInt32BE(MAGIC_END - 5)
}
