import {
  BATCH_OVERHEAD,
  batchAttributes,
  batchBaseOffset,
  batchLastOffset,
  batchProducerEpoch,
  batchProducerId,
  buildBatch,
  controlRecordType,
  isControl,
  isTransactional,
  listBatches,
  openBatch,
  type RecordCursor,
  recordSizeUpperBound,
} from '@millrace/protocol'
import type { CoordinatorShard, EncodedRecord, RecordPosition, RecordSerde } from './decision.js'

/** The batch that holds these records, stamped with one time. */
export function encodeBatch(records: readonly EncodedRecord[], timestampMs: number): Buffer {
  return buildBatch(records.map(({ key, value }) => ({ key, value, timestamp: timestampMs })))
}

/** Bytes of a batch of these records at most. */
export function maxBatchBytes(records: readonly EncodedRecord[]): number {
  return records.reduce((sum, record) => sum + recordSizeUpperBound(record), BATCH_OVERHEAD)
}

export interface Replayed {
  /** Where to go on reading. */
  readonly nextOffset: number
  /** Records of this batch so far. */
  readonly recordCount: number
  readonly isBatchEnd: boolean
}

/**
 * Replays the batches of a buffer in slices: the generator yields after each batch, and every few hundred records of a
 * large one, so that the caller may let others run. Records before `fromOffset` are passed over.
 * @throws when a batch is corrupt or a record of a known type is malformed
 */
export function* replayBatches<Record, Timer>(
  buffer: Buffer,
  fromOffset: number,
  shard: CoordinatorShard<Record, Timer>,
  serde: RecordSerde<Record>,
): Generator<Replayed> {
  const { positions, rest } = listBatches(buffer)
  if (rest === 'corrupt' || positions.length === 0) throw new Error(`no record batch can be read at ${fromOffset}`)
  for (const at of positions) {
    const lastOffset = batchLastOffset(buffer, at)
    if (lastOffset < fromOffset) continue
    const attributes = batchAttributes(buffer, at)
    const producer = {
      // An idempotent producer's records count at once; only a transaction's wait for its end.
      producerId: isTransactional(attributes) ? batchProducerId(buffer, at) : -1,
      producerEpoch: batchProducerEpoch(buffer, at),
    }
    const cursor = openBatch(buffer, at)
    if (isControl(attributes)) {
      replayMarkers(cursor, producer.producerId, shard)
    } else {
      while (cursor.next()) {
        if (cursor.offset < fromOffset) continue
        replayRecord(cursor, producer, shard, serde)
        if (cursor.recordsRead % RECORDS_IN_A_SLICE === 0) {
          yield { nextOffset: batchBaseOffset(buffer, at), recordCount: cursor.recordsRead, isBatchEnd: false }
        }
      }
    }
    yield { nextOffset: lastOffset + 1, recordCount: cursor.recordsRead, isBatchEnd: true }
  }
}

const RECORDS_IN_A_SLICE = 256

function replayRecord<Record, Timer>(
  cursor: RecordCursor,
  producer: Omit<RecordPosition, 'offset'>,
  shard: CoordinatorShard<Record, Timer>,
  serde: RecordSerde<Record>,
): void {
  const key = cursor.key()
  // Without a key there is no telling what it is about; Kafka writes none of these.
  const record = key === null ? undefined : serde.decode(key, cursor.value())
  if (record !== undefined) shard.replay(record, { ...producer, offset: cursor.offset })
}

function replayMarkers<Record, Timer>(
  cursor: RecordCursor,
  producerId: number,
  shard: CoordinatorShard<Record, Timer>,
): void {
  while (cursor.next()) {
    const type = controlRecordType(cursor.key())
    if (type === 'COMMIT' || type === 'ABORT') shard.replayEndTransaction(producerId, type)
  }
}
