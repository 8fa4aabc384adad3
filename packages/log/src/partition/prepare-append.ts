/**
 * Makes ready what is to be appended: checks it, gives offsets and leader epoch, and says what the log needs to know.
 *
 * It works in the caller's buffer: base offset, leader epoch and, where the header does not say what the records say or the
 * topic's timestamps are LogAppendTime, largest timestamp and checksum are patched there. It knows nothing of files, segments or other appends. Source: Kafka's UnifiedLog.append and LogValidator.
 */
import {
  type AppendOrigin,
  BATCH_OVERHEAD,
  batchAttributes,
  batchBaseOffset,
  batchBaseTimestamp,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchSizeInBytes,
  type CompressionType,
  isCrcValid,
  isTransactional,
  listBatches,
  MAGIC_V2,
  NO_TIMESTAMP,
  RecordBatchError,
  setBaseOffset,
  setCreateTime,
  setLeaderEpoch,
  setLogAppendTime,
  validateBatch,
} from '@millrace/protocol'
import type { EpochEntry } from '../core/leader-epochs.js'
import { isCompacted, type LogConfig } from '../core/log-config.js'
import type { ProducerBatch } from '../core/producer-state.js'
import { LogAppendError } from './log-error.js'
import { producerBatchAt } from './producer-batch.js'
import { recompress, targetCompression } from './recompress.js'

/** What is to be appended. */
export interface AppendInput {
  /**
   * Batches. From a client and a coordinator exactly one, which gets its offsets here, in this buffer; it must not be
   * used for anything else until the append is done. From replication any number, with the leader's offsets.
   */
  readonly records: Buffer
  readonly origin: AppendOrigin
  /** Epoch of the leader that appends; replicated batches keep theirs. */
  readonly leaderEpoch: number
  readonly nowMs: number
  /** Look at the records of compressed batches too, where the topic does not demand it anyway. Default false. */
  readonly deepValidation?: boolean
  /** zstd may be stored: from Produce version 7 on. Default true. */
  readonly zstdAllowed?: boolean
  /** A {@link BatchChecker} has done all that. Default false. */
  readonly isChecked?: boolean
}

/** Batches that are ready to be written. */
export interface PreparedAppend {
  readonly records: Buffer
  readonly firstOffset: number
  readonly lastOffset: number
  readonly recordCount: number
  readonly maxTimestamp: number
  /** Last offset of the first batch that has it. */
  readonly offsetOfMaxTimestamp: number
  /** −1 unless the topic's timestamps are LogAppendTime. */
  readonly logAppendTimeMs: number
  readonly producerBatches: readonly ProducerBatch[]
  /** Leader epochs that the batches carry, with the offset of the first batch of each. */
  readonly epochs: readonly EpochEntry[]
}

/** Checks and patches. Throws a {@link LogAppendError}, and has not changed the buffer then. */
export function prepareAppend(input: AppendInput, nextOffset: number, config: LogConfig): PreparedAppend {
  if (input.origin === 'replication') return prepareReplicated(input.records, nextOffset)
  const batch = input.isChecked === true ? input.records : checkBatch(input, config)

  setBaseOffset(batch, 0, nextOffset)
  setLeaderEpoch(batch, 0, input.leaderEpoch)
  const isLogAppendTime = config.messageTimestampType === 'LogAppendTime'
  if (isLogAppendTime) setLogAppendTime(batch, 0, input.nowMs)
  const lastOffset = nextOffset + batchLastOffsetDelta(batch, 0)
  const producerBatch = producerBatchAt(batch, 0)
  return {
    records: batch,
    firstOffset: nextOffset,
    lastOffset,
    recordCount: lastOffset - nextOffset + 1,
    maxTimestamp: batchMaxTimestamp(batch, 0),
    offsetOfMaxTimestamp: lastOffset,
    logAppendTimeMs: isLogAppendTime ? input.nowMs : NO_TIMESTAMP,
    producerBatches: producerBatch === undefined ? [] : [producerBatch],
    epochs: [{ epoch: input.leaderEpoch, startOffset: nextOffset }],
  }
}

/**
 * Must the records of a compressed batch be looked at? Where the topic or the configuration says so, and where the header's
 * largest timestamp cannot be theirs: some producers never fill it. The batch may be anything: it is not checked yet.
 */
export function isOpened(input: AppendInput, config: LogConfig): boolean {
  if (isCompacted(config) || input.deepValidation === true) return true
  const { records } = input
  if (config.messageTimestampType === 'LogAppendTime' || records.length < BATCH_OVERHEAD) return false
  const maxTimestamp = batchMaxTimestamp(records, 0)
  return maxTimestamp === NO_TIMESTAMP || maxTimestamp < batchBaseTimestamp(records, 0)
}

/**
 * The one valid batch of a client or coordinator, with the codec that the topic wants. The header has the largest timestamp of
 * the records, unless they were not looked at, or it is about to be overwritten. Throws a {@link LogAppendError}, and has not
 * changed the buffer then.
 */
export function checkBatch(input: AppendInput, config: LogConfig): Buffer {
  const validation = validateBatch(input.records, {
    origin: input.origin,
    nowMs: input.nowMs,
    timestampType: config.messageTimestampType,
    timestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
    timestampAfterMaxMs: config.messageTimestampAfterMaxMs,
    maxMessageBytes: config.maxMessageBytes,
    compacted: isCompacted(config),
    zstdAllowed: input.zstdAllowed ?? true,
    deep: isOpened(input, config),
  })
  if (validation.kind === 'invalid') {
    throw new LogAppendError(validation.error, validation.message, validation.recordErrors)
  }
  const batch = input.records.subarray(0, validation.sizeInBytes)
  if (input.origin === 'client' && isTransactional(batchAttributes(batch, 0))) {
    throw new LogAppendError('INVALID_TXN_STATE', 'The batch belongs to no transaction that the coordinator knows')
  }
  const target = targetCompression(batch, config)
  const checked = target === undefined ? batch : converted(batch, target, config)
  if (config.messageTimestampType === 'CreateTime') setCreateTime(checked, 0, validation.maxTimestamp)
  return checked
}

function converted(batch: Buffer, target: CompressionType, config: LogConfig): Buffer {
  const result = convert(batch, target, config)
  if (result.length > config.maxMessageBytes) {
    throw new LogAppendError(
      'MESSAGE_TOO_LARGE',
      `The batch has ${result.length} bytes as ${target}, more than the maximum of ${config.maxMessageBytes}`,
    )
  }
  return result
}

function convert(batch: Buffer, target: CompressionType, config: LogConfig): Buffer {
  try {
    return recompress(batch, target, config)
  } catch (error) {
    if (error instanceof RecordBatchError) throw new LogAppendError(error.code, error.message, [], { cause: error })
    throw error
  }
}

/** Batches that a leader has checked: their bytes must be whole, and their offsets must go on where the log ends. */
function prepareReplicated(records: Buffer, nextOffset: number): PreparedAppend {
  const { positions, end, rest } = listBatches(records)
  if (rest === 'corrupt') throw new LogAppendError('CORRUPT_MESSAGE', 'The records are not a sequence of batches')
  const producerBatches: ProducerBatch[] = []
  const epochs: EpochEntry[] = []
  let expected = nextOffset
  let recordCount = 0
  let maxTimestamp = NO_TIMESTAMP
  let offsetOfMaxTimestamp = -1
  for (const at of positions) {
    checkReplicated(records, at, expected)
    const lastOffset = batchLastOffset(records, at)
    expected = lastOffset + 1
    recordCount += batchLastOffsetDelta(records, at) + 1
    if (batchMaxTimestamp(records, at) > maxTimestamp) {
      maxTimestamp = batchMaxTimestamp(records, at)
      offsetOfMaxTimestamp = lastOffset
    }
    const epoch = batchLeaderEpoch(records, at)
    if (epoch >= 0 && epochs.at(-1)?.epoch !== epoch) {
      epochs.push({ epoch, startOffset: batchBaseOffset(records, at) })
    }
    const producerBatch = producerBatchAt(records, at)
    if (producerBatch !== undefined) producerBatches.push(producerBatch)
  }
  return {
    records: records.subarray(0, end),
    firstOffset: positions[0] === undefined ? nextOffset : batchBaseOffset(records, positions[0]),
    lastOffset: expected - 1,
    recordCount,
    maxTimestamp,
    offsetOfMaxTimestamp,
    logAppendTimeMs: NO_TIMESTAMP,
    producerBatches,
    epochs,
  }
}

function checkReplicated(records: Buffer, at: number, expectedOffset: number): void {
  if (batchMagic(records, at) !== MAGIC_V2) {
    throw new LogAppendError(
      'UNSUPPORTED_FOR_MESSAGE_FORMAT',
      `Message format ${batchMagic(records, at)} is not stored`,
    )
  }
  if (!isCrcValid(records, at)) {
    throw new LogAppendError(
      'CORRUPT_MESSAGE',
      `The checksum of the batch at offset ${batchBaseOffset(records, at)} does not match (${batchSizeInBytes(records, at)} bytes)`,
    )
  }
  if (batchBaseOffset(records, at) < expectedOffset) {
    throw new LogAppendError(
      'UNKNOWN_SERVER_ERROR',
      `A replicated batch begins at offset ${batchBaseOffset(records, at)}, below the next one, ${expectedOffset}`,
    )
  }
}
