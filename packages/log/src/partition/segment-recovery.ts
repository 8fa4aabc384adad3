/**
 * Checks one segment that a crash may have damaged, batch by batch, and builds anew what is known of its content:
 * indexes, producer state, leader epochs. The first bad batch and what follows it in the file is cut off.
 *
 * Which segments are suspect, and what becomes of those behind a cut, is the loader's business.
 */
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerId,
  isCrcValid,
} from '@millrace/protocol'
import type { LeaderEpochs } from '../core/leader-epochs.js'
import { canBeRelative } from '../core/offset-index.js'
import type { ProducerState } from '../core/producer-state.js'
import type { LogReporter } from '../ports.js'
import type { LogSegment } from '../segment/log-segment.js'
import { LogError } from './log-error.js'
import { producerBatchAt } from './producer-batch.js'

/** What is built from the batches, as it was before the segment. */
export interface RecoveredState {
  readonly producers: ProducerState
  readonly epochs: LeaderEpochs
  readonly reporter: LogReporter
}

/** What a check has found. */
export interface RecoveredSegment {
  /** Behind the last good batch. */
  readonly nextOffset: number
  /** 0 if nothing is damaged. */
  readonly bytesCut: number
}

/** See above. Rejects with UNSUPPORTED_FOR_MESSAGE_FORMAT, and cuts nothing, at messages from before Kafka 0.11. */
export async function recoverSegment(segment: LogSegment, state: RecoveredState): Promise<RecoveredSegment> {
  const { producers, epochs, reporter } = state
  segment.resetIndexes()
  let nextOffset = segment.baseOffset
  const end = await segment.scan({ start: 0, bodies: true }, (chunk, at) => {
    if (!isGood(chunk, at, nextOffset) || !canBeRelative(segment.baseOffset, batchLastOffset(chunk, at))) return 'stop'
    nextOffset = batchLastOffset(chunk, at) + 1
    segment.reindex(chunk, at)
    const epoch = batchLeaderEpoch(chunk, at)
    if (epoch >= 0 && epoch > (epochs.latestEpoch ?? -1)) {
      epochs.assign(epoch, batchBaseOffset(chunk, at))
    }
    const batch = producerBatchAt(chunk, at)
    if (batch === undefined) return 'continue'
    const decision = producers.append(batch, 'replication')
    if (decision.kind === 'appended' && decision.aborted !== undefined) segment.planAborted(decision.aborted)
    return 'continue'
  })
  if (end.reason === 'old-format') {
    throw new LogError(
      'UNSUPPORTED_FOR_MESSAGE_FORMAT',
      `${segment.path} has messages in the format from before Kafka 0.11 at byte ${end.position}, which is not read`,
    )
  }
  const bytesCut = segment.sizeInBytes - end.position
  if (bytesCut > 0) {
    reporter.warn(
      `${segment.path}: damaged at byte ${end.position} (${end.reason}); ${bytesCut} bytes are cut, the log goes on at offset ${nextOffset}`,
    )
    await segment.cutTo(end.position)
  }
  segment.seal()
  return { nextOffset, bytesCut }
}

/** Is the batch whole and in its place? */
function isGood(chunk: Buffer, at: number, nextOffset: number): boolean {
  return (
    isCrcValid(chunk, at) &&
    batchBaseOffset(chunk, at) >= nextOffset &&
    batchLastOffset(chunk, at) >= batchBaseOffset(chunk, at) &&
    Number.isSafeInteger(batchLastOffset(chunk, at)) &&
    Number.isSafeInteger(batchMaxTimestamp(chunk, at)) &&
    Number.isSafeInteger(batchProducerId(chunk, at))
  )
}
