/**
 * What a broker checks before it appends a batch that a client has produced.
 *
 * The answer is data, an error with its records or what the log needs to know; nothing is thrown and nothing is
 * changed. Order and error codes are those of Kafka (ProduceRequest, UnifiedLog and LogValidator), with these
 * differences: offset deltas must be 0, 1, 2 … in uncompressed batches too, where Kafka takes any; a timestamp that is
 * not a safe integer is INVALID_TIMESTAMP; and the records of compressed batches are looked at only if the caller
 * says so, else the header stands for them.
 */

import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchLastOffsetDelta,
  batchMagic,
  batchMaxTimestamp,
  batchProducerId,
  batchRecordCount,
  batchSizeInBytes,
  findCompression,
  isControl,
  isCrcValid,
  MAGIC_V2,
  NO_PRODUCER_ID,
  NO_TIMESTAMP,
  type TimestampType,
  timestampTypeOf,
} from './batch-header.js'
import { listBatches } from './batch-list.js'
import { corrupt, invalid, RecordBatchError, type RecordBatchErrorCode } from './record-batch-error.js'
import { MAX_DECOMPRESSED_BYTES, openBatch, type RecordCursor } from './record-cursor.js'

/** Who appends: rules that keep clients from what only brokers may do hold for `client` alone. */
export type AppendOrigin = 'client' | 'coordinator' | 'replication'

/** What a batch is checked against. */
export interface ValidateBatchOptions {
  /** Default `client`. */
  readonly origin?: AppendOrigin
  /** The time of the append, ms. */
  readonly nowMs: number
  /** The topic's `message.timestamp.type`; default `CreateTime`. */
  readonly timestampType?: TimestampType
  /** `message.timestamp.before.max.ms`; default unlimited. */
  readonly timestampBeforeMaxMs?: number
  /** `message.timestamp.after.max.ms`; default unlimited. */
  readonly timestampAfterMaxMs?: number
  /** `max.message.bytes`, compared with the whole batch as it was sent; default unlimited. */
  readonly maxMessageBytes?: number
  /** The topic is compacted, so that every record needs a key; default false. */
  readonly compacted?: boolean
  /** zstd is allowed: from version 7 of Produce on; default true. */
  readonly zstdAllowed?: boolean
  /** Decompress, and check the records of compressed batches too; default false. A compacted topic needs it. */
  readonly deep?: boolean
  /** With `deep`: the most bytes that the records may decompress to; default {@link MAX_DECOMPRESSED_BYTES}. */
  readonly maxDecompressedBytes?: number
}

/** Why a batch is refused: a name of the error table. */
export type BatchRejection = RecordBatchErrorCode | 'INVALID_TIMESTAMP'

/** One record for which a batch is refused. */
export interface RecordError {
  /** Which record of the batch, from 0. */
  readonly batchIndex: number
  readonly message: string
}

/** The batch may be appended. */
export interface ValidBatch {
  readonly kind: 'valid'
  /** Bytes of the batch. The buffer may have the beginning of another after it, which is not to be appended. */
  readonly sizeInBytes: number
  readonly recordCount: number
  /**
   * The largest timestamp of the records, ms, or −1: `nowMs` if the topic's type is LogAppendTime. The header may
   * say something else: `setLogAppendTime` or `setCreateTime` put it right.
   */
  readonly maxTimestamp: number
  /** The first record with that timestamp, counted from the base offset; the last record where they were not read. */
  readonly offsetOfMaxTimestamp: number
}

/** The batch must not be appended. */
export interface InvalidBatch {
  readonly kind: 'invalid'
  readonly error: BatchRejection
  readonly message: string
  /** Each record that is to blame, if single ones are. */
  readonly recordErrors: readonly RecordError[]
}

/** What {@link validateBatch} finds. */
export type BatchValidation = ValidBatch | InvalidBatch

/** Checks the one batch that `records`, a partition's part of a produce request, must hold. */
export function validateBatch(records: Buffer, options: ValidateBatchOptions): BatchValidation {
  try {
    checkFrame(records)
    checkHeader(records, options)
    const compression = findCompression(batchAttributes(records, 0))
    const isWalked = compression === 'none' || options.deep === true
    return isWalked ? checkRecords(records, options) : trustHeader(records, options)
  } catch (error) {
    if (error instanceof RecordBatchError) return reject(error.code, error.message)
    throw error
  }
}

/** Exactly one whole batch, of the current format. The beginning of a second one is ignored, as Kafka does. */
function checkFrame(records: Buffer): void {
  const { positions, rest } = listBatches(records)
  if (rest === 'corrupt') throw corrupt('The records are not a sequence of batches')
  if (positions.length === 0) throw invalid('There is no whole record batch')
  const magic = batchMagic(records, 0)
  if (magic !== MAGIC_V2) throw invalid(`The records are in message format ${magic}, only ${MAGIC_V2} is accepted`)
  if (positions.length > 1) throw invalid(`There are ${positions.length} record batches, only one is accepted`)
}

function checkHeader(records: Buffer, options: ValidateBatchOptions): void {
  const attributes = batchAttributes(records, 0)
  const isFromClient = (options.origin ?? 'client') === 'client'
  const compression = findCompression(attributes)
  if (compression === undefined || (compression === 'zstd' && options.zstdAllowed === false)) {
    const what = compression ?? `number ${attributes & 7}`
    throw new RecordBatchError('UNSUPPORTED_COMPRESSION_TYPE', `Compression ${what} is not accepted here`)
  }
  if (isFromClient && batchBaseOffset(records, 0) !== 0) {
    throw invalid(`The base offset must be 0, not ${batchBaseOffset(records, 0)}`)
  }
  const sizeInBytes = batchSizeInBytes(records, 0)
  const maxMessageBytes = options.maxMessageBytes ?? Number.POSITIVE_INFINITY
  if (sizeInBytes > maxMessageBytes) {
    const message = `The batch has ${sizeInBytes} bytes, more than the maximum of ${maxMessageBytes}`
    throw new RecordBatchError('MESSAGE_TOO_LARGE', message)
  }
  if (!isCrcValid(records, 0)) throw corrupt('The checksum of the batch does not match')
  if (isFromClient) checkClientHeader(records, attributes)
}

function checkClientHeader(records: Buffer, attributes: number): void {
  const recordCount = batchRecordCount(records, 0)
  const lastOffsetDelta = batchLastOffsetDelta(records, 0)
  if (recordCount <= 0) throw invalid(`The batch cannot have ${recordCount} records`)
  if (lastOffsetDelta !== recordCount - 1) {
    throw invalid(`A last offset of ${lastOffsetDelta} does not go with ${recordCount} records`)
  }
  if (isControl(attributes)) throw invalid('Clients must not write control records')
  const producerId = batchProducerId(records, 0)
  if (!Number.isSafeInteger(producerId)) throw invalid('No broker has given out the producer id')
  if (producerId > NO_PRODUCER_ID && batchBaseSequence(records, 0) < 0) {
    throw invalid(`A batch of producer ${producerId} cannot have the sequence ${batchBaseSequence(records, 0)}`)
  }
}

/** Walks the records once. Allocates only for those that are refused. */
function checkRecords(records: Buffer, options: ValidateBatchOptions): BatchValidation {
  const { maxDecompressedBytes = MAX_DECOMPRESSED_BYTES } = options
  const cursor = openBatch(records, 0, { maxDecompressedBytes })
  const rule = timestampRule(records, options)
  const needsKeys = options.compacted === true
  const isFromClient = (options.origin ?? 'client') === 'client'
  let errors: RecordError[] | undefined
  let hasTimestampError = false
  let maxTimestamp = NO_TIMESTAMP
  let offsetOfMaxTimestamp = batchLastOffsetDelta(records, 0)
  for (let index = 0; cursor.next(); index++) {
    if (cursor.offsetDelta !== index && isFromClient) return rejectOffset(cursor, index)
    if (needsKeys && cursor.keySize < 0) {
      errors ??= []
      errors.push({ batchIndex: index, message: 'A compacted topic does not accept a record without a key' })
    } else if (!isAccepted(cursor.timestamp, rule)) {
      errors ??= []
      errors.push({ batchIndex: index, message: `The timestamp ${cursor.timestamp} is out of range` })
      hasTimestampError = true
    } else if (cursor.timestamp > maxTimestamp) {
      maxTimestamp = cursor.timestamp
      offsetOfMaxTimestamp = cursor.offsetDelta
    }
  }
  if (errors !== undefined) {
    const count = errors.length === 1 ? 'One record was' : `${errors.length} records were`
    return reject(hasTimestampError ? 'INVALID_TIMESTAMP' : 'INVALID_RECORD', `${count} refused`, errors)
  }
  return accept(records, options, maxTimestamp, offsetOfMaxTimestamp)
}

/** Takes the header's word for the records. */
function trustHeader(records: Buffer, options: ValidateBatchOptions): BatchValidation {
  const maxTimestamp = batchMaxTimestamp(records, 0)
  if (!isAccepted(maxTimestamp, timestampRule(records, options))) {
    return reject('INVALID_TIMESTAMP', `The timestamp ${maxTimestamp} is out of range`)
  }
  return accept(records, options, maxTimestamp, batchLastOffsetDelta(records, 0))
}

/** Which timestamps are accepted: those from `min` to `max`, and −1, which is none, if `acceptsNone`. */
interface TimestampRule {
  readonly min: number
  readonly max: number
  readonly acceptsNone: boolean
}

const ANY_TIMESTAMP: TimestampRule = {
  min: Number.NEGATIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
  acceptsNone: true,
}
const NO_TIMESTAMP_AT_ALL: TimestampRule = { min: Number.POSITIVE_INFINITY, max: 0, acceptsNone: false }

/**
 * A CreateTime topic accepts what is within its bounds, and none; a LogAppendTime topic accepts any, because they are
 * overwritten. Only brokers may say that a timestamp is of the latter type.
 */
function timestampRule(records: Buffer, options: ValidateBatchOptions): TimestampRule {
  const { nowMs, timestampType = 'CreateTime', origin = 'client' } = options
  const { timestampBeforeMaxMs = Number.POSITIVE_INFINITY, timestampAfterMaxMs = Number.POSITIVE_INFINITY } = options
  if (origin === 'replication') return ANY_TIMESTAMP
  const isForged = timestampTypeOf(batchAttributes(records, 0)) === 'LogAppendTime'
  if (timestampType === 'LogAppendTime') return isForged ? NO_TIMESTAMP_AT_ALL : ANY_TIMESTAMP
  return {
    min: Math.max(nowMs - timestampBeforeMaxMs, Number.MIN_SAFE_INTEGER),
    max: Math.min(nowMs + timestampAfterMaxMs, Number.MAX_SAFE_INTEGER),
    acceptsNone: !isForged,
  }
}

function isAccepted(timestamp: number, rule: TimestampRule): boolean {
  if (timestamp === NO_TIMESTAMP) return rule.acceptsNone
  return timestamp >= rule.min && timestamp <= rule.max
}

function accept(
  records: Buffer,
  options: ValidateBatchOptions,
  maxTimestamp: number,
  offsetOfMaxTimestamp: number,
): ValidBatch {
  const isLogAppendTime = options.timestampType === 'LogAppendTime'
  return {
    kind: 'valid',
    sizeInBytes: batchSizeInBytes(records, 0),
    recordCount: batchRecordCount(records, 0),
    maxTimestamp: isLogAppendTime ? options.nowMs : maxTimestamp,
    offsetOfMaxTimestamp: isLogAppendTime ? batchLastOffsetDelta(records, 0) : offsetOfMaxTimestamp,
  }
}

function rejectOffset(cursor: RecordCursor, index: number): InvalidBatch {
  const message = `The offset delta must be ${index}, not ${cursor.offsetDelta}`
  return reject('INVALID_RECORD', 'The records are not numbered 0, 1, 2 …', [{ batchIndex: index, message }])
}

function reject(error: BatchRejection, message: string, recordErrors: readonly RecordError[] = []): InvalidBatch {
  return { kind: 'invalid', error, message, recordErrors }
}
