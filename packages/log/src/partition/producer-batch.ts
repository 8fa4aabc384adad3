import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchLastOffset,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  controlRecordType,
  coordinatorEpochOf,
  isControl,
  isTransactional,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  openBatch,
} from '@millrace/protocol'
import { incrementSequence } from '../core/producer-entry.js'
import type { EndTransactionMarker, ProducerBatch } from '../core/producer-state.js'

/** What producer state must know of a batch whose offsets are set; `undefined` if it concerns no producer. */
export function producerBatchAt(buffer: Buffer, at: number): ProducerBatch | undefined {
  const producerId = batchProducerId(buffer, at)
  if (producerId === NO_PRODUCER_ID) return undefined
  const attributes = batchAttributes(buffer, at)
  const isControlBatch = isControl(attributes)
  const marker = isControlBatch ? markerAt(buffer, at) : undefined
  // A control batch that compaction has emptied says that nothing is left of the transaction.
  if (isControlBatch && marker === undefined) return undefined
  const baseSequence = batchBaseSequence(buffer, at)
  return {
    producerId,
    producerEpoch: batchProducerEpoch(buffer, at),
    baseSequence,
    lastSequence:
      baseSequence === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(baseSequence, batchLastOffsetDelta(buffer, at)),
    baseOffset: batchBaseOffset(buffer, at),
    lastOffset: batchLastOffset(buffer, at),
    maxTimestamp: batchMaxTimestamp(buffer, at),
    transactional: isTransactional(attributes),
    marker,
  }
}

function markerAt(buffer: Buffer, at: number): EndTransactionMarker | undefined {
  if (batchRecordCount(buffer, at) === 0) return undefined
  const cursor = openBatch(buffer, at)
  if (!cursor.next()) return undefined
  const type = controlRecordType(cursor.key())
  if (type !== 'ABORT' && type !== 'COMMIT') return undefined
  return { committed: type === 'COMMIT', coordinatorEpoch: coordinatorEpochOf(cursor.value()) }
}
