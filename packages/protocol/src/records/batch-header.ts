/**
 * The header of a record batch (message format 2), read and patched in place.
 *
 * Everything here works on a buffer and the position at which a batch starts, allocates nothing, and checks nothing:
 * callers know that {@link BATCH_OVERHEAD} bytes are there (or, for size and magic, {@link MAGIC_END} bytes).
 * Whether the fields make sense is decided in validate-batch.ts.
 *
 *     0 base offset     int64       23 last offset delta  int32      51 producer epoch int16
 *     8 length          int32       27 base timestamp     int64      53 base sequence  int32
 *    12 leader epoch    int32       35 max timestamp      int64      57 record count   int32
 *    16 magic           int8        43 producer id        int64      61 records
 *    17 crc             uint32
 *    21 attributes      int16
 *
 * The checksum covers everything from the attributes to the end, so that base offset and leader epoch can be set by
 * the leader without computing it again. Source: Kafka's DefaultRecordBatch, KIP-98.
 */
import { crc32c } from '../hash/crc32c.js'

/** How the timestamp of a topic's records comes about. */
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/** The codecs that a batch can name. */
export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Bytes before the part that the length field counts: base offset and length. */
export const LOG_OVERHEAD = 12
/** Bytes of a batch without records. */
export const BATCH_OVERHEAD = 61
/** Bytes that must be there to read a batch's size and magic. All formats have the magic at the same place. */
export const MAGIC_END = 17
/** The message format of record batches. 0 and 1 are the formats from before Kafka 0.11. */
export const MAGIC_V2 = 2

/** Timestamp of a record without one. */
export const NO_TIMESTAMP = -1
/** Producer id of a batch that is not idempotent. */
export const NO_PRODUCER_ID = -1
/** Producer epoch of a batch that is not idempotent. */
export const NO_PRODUCER_EPOCH = -1
/** Sequence number of a batch that is not idempotent, and of control batches. */
export const NO_SEQUENCE = -1
/** Leader epoch of a batch that no leader has written. */
export const NO_LEADER_EPOCH = -1

const LENGTH = 8
const LEADER_EPOCH = 12
const MAGIC = 16
const CRC = 17
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23
const BASE_TIMESTAMP = 27
const MAX_TIMESTAMP = 35
const PRODUCER_ID = 43
const PRODUCER_EPOCH = 51
const BASE_SEQUENCE = 53
const RECORD_COUNT = 57

const COMPRESSION_MASK = 0x07
const LOG_APPEND_TIME_FLAG = 0x08
const TRANSACTIONAL_FLAG = 0x10
const CONTROL_FLAG = 0x20
const DELETE_HORIZON_FLAG = 0x40

const COMPRESSION_TYPES: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const TWO_TO_32 = 0x1_0000_0000

/** An int64 as a number, rounded where it is not a safe integer. */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_TO_32 + buffer.readUInt32BE(at + 4)
}

/** Writes a safe integer as an int64. */
export function writeInt64(buffer: Buffer, at: number, value: number): void {
  buffer.writeInt32BE(Math.floor(value / TWO_TO_32), at)
  buffer.writeUInt32BE(value >>> 0, at + 4)
}

/** Offset of the batch's first record (after compaction: of the first that there once was). */
export function batchBaseOffset(buffer: Buffer, at: number): number {
  return readInt64(buffer, at)
}

/** Bytes of the whole batch: the length field and the {@link LOG_OVERHEAD} that it does not count. */
export function batchSizeInBytes(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + LENGTH) + LOG_OVERHEAD
}

/** Epoch of the leader that appended the batch, or −1. */
export function batchLeaderEpoch(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + LEADER_EPOCH)
}

/** The message format: 2 for a batch, 0 or 1 for an old message, whose other fields lie elsewhere. */
export function batchMagic(buffer: Buffer, at: number): number {
  return buffer.readInt8(at + MAGIC)
}

/** The checksum as stored, unsigned. */
export function batchCrc(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at + CRC)
}

/** The attribute bits, for {@link compressionOf} and its siblings. */
export function batchAttributes(buffer: Buffer, at: number): number {
  return buffer.readInt16BE(at + ATTRIBUTES)
}

/** Last offset minus base offset; survives compaction of the last record. */
export function batchLastOffsetDelta(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + LAST_OFFSET_DELTA)
}

/** Offset of the batch's last record. The next batch starts at a larger one. */
export function batchLastOffset(buffer: Buffer, at: number): number {
  return batchBaseOffset(buffer, at) + batchLastOffsetDelta(buffer, at)
}

/** What record timestamps are relative to, in ms; with {@link hasDeleteHorizon} the horizon. May be unsafe. */
export function batchBaseTimestamp(buffer: Buffer, at: number): number {
  return readInt64(buffer, at + BASE_TIMESTAMP)
}

/** The largest timestamp of the batch, in ms, or −1. May be an unsafe integer. */
export function batchMaxTimestamp(buffer: Buffer, at: number): number {
  return readInt64(buffer, at + MAX_TIMESTAMP)
}

/** The producer id, or −1. May be an unsafe integer. */
export function batchProducerId(buffer: Buffer, at: number): number {
  return readInt64(buffer, at + PRODUCER_ID)
}

/** The producer epoch, or −1. */
export function batchProducerEpoch(buffer: Buffer, at: number): number {
  return buffer.readInt16BE(at + PRODUCER_EPOCH)
}

/** Sequence number of the first record, or −1. */
export function batchBaseSequence(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + BASE_SEQUENCE)
}

/** How many records the batch says it holds. 0 in a batch that compaction emptied. */
export function batchRecordCount(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + RECORD_COUNT)
}

/** Is the batch part of a transaction? */
export function isTransactional(attributes: number): boolean {
  return (attributes & TRANSACTIONAL_FLAG) !== 0
}

/** Does the batch hold control records, such as the end of a transaction, which applications never see? */
export function isControl(attributes: number): boolean {
  return (attributes & CONTROL_FLAG) !== 0
}

/** Does the base timestamp hold the time at which tombstones and markers may go (KIP-534)? */
export function hasDeleteHorizon(attributes: number): boolean {
  return (attributes & DELETE_HORIZON_FLAG) !== 0
}

/** The time at which tombstones and markers of the batch may go, or `undefined` if it holds no such time (KIP-534). */
export function batchDeleteHorizonMs(buffer: Buffer, at: number): number | undefined {
  return hasDeleteHorizon(batchAttributes(buffer, at)) ? batchBaseTimestamp(buffer, at) : undefined
}

/** With LogAppendTime, every record reads as having the batch's largest timestamp. */
export function timestampTypeOf(attributes: number): TimestampType {
  return (attributes & LOG_APPEND_TIME_FLAG) === 0 ? 'CreateTime' : 'LogAppendTime'
}

/** The codec, or `undefined` for the numbers 5 to 7, which no Kafka has used. */
export function findCompression(attributes: number): CompressionType | undefined {
  return COMPRESSION_TYPES[attributes & COMPRESSION_MASK]
}

/** The codec of a batch that has been validated. Throws a RangeError for the numbers 5 to 7. */
export function compressionOf(attributes: number): CompressionType {
  const compression = findCompression(attributes)
  if (compression === undefined) throw new RangeError(`Unknown compression type ${attributes & COMPRESSION_MASK}`)
  return compression
}

/** The attribute bits for a batch. */
export function attributesOf(options: {
  readonly compression?: CompressionType
  readonly timestampType?: TimestampType
  readonly transactional?: boolean
  readonly control?: boolean
  readonly deleteHorizon?: boolean
}): number {
  return (
    COMPRESSION_TYPES.indexOf(options.compression ?? 'none') |
    (options.timestampType === 'LogAppendTime' ? LOG_APPEND_TIME_FLAG : 0) |
    (options.transactional === true ? TRANSACTIONAL_FLAG : 0) |
    (options.control === true ? CONTROL_FLAG : 0) |
    (options.deleteHorizon === true ? DELETE_HORIZON_FLAG : 0)
  )
}

/** Sets the base offset. The checksum stays right. */
export function setBaseOffset(buffer: Buffer, at: number, offset: number): void {
  writeInt64(buffer, at, offset)
}

/** Sets the leader epoch. The checksum stays right. */
export function setLeaderEpoch(buffer: Buffer, at: number, epoch: number): void {
  buffer.writeInt32BE(epoch, at + LEADER_EPOCH)
}

/** Makes it a LogAppendTime batch of that time: rewrites the largest timestamp, the attributes and the checksum. */
export function setLogAppendTime(buffer: Buffer, at: number, timestampMs: number): void {
  writeInt64(buffer, at + MAX_TIMESTAMP, timestampMs)
  buffer.writeInt16BE(batchAttributes(buffer, at) | LOG_APPEND_TIME_FLAG, at + ATTRIBUTES)
  writeCrc(buffer, at)
}

/** Makes it a CreateTime batch with that largest timestamp. Rewrites and computes the checksum only if it was not. */
export function setCreateTime(buffer: Buffer, at: number, maxTimestampMs: number): void {
  const attributes = batchAttributes(buffer, at)
  if (timestampTypeOf(attributes) === 'CreateTime' && batchMaxTimestamp(buffer, at) === maxTimestampMs) return
  writeInt64(buffer, at + MAX_TIMESTAMP, maxTimestampMs)
  buffer.writeInt16BE(attributes & ~LOG_APPEND_TIME_FLAG, at + ATTRIBUTES)
  writeCrc(buffer, at)
}

/** Sets producer id, epoch and first sequence, and the checksum. */
export function setProducerState(
  buffer: Buffer,
  at: number,
  producer: { readonly producerId: number; readonly producerEpoch: number; readonly baseSequence: number },
): void {
  writeInt64(buffer, at + PRODUCER_ID, producer.producerId)
  buffer.writeInt16BE(producer.producerEpoch, at + PRODUCER_EPOCH)
  buffer.writeInt32BE(producer.baseSequence, at + BASE_SEQUENCE)
  writeCrc(buffer, at)
}

/** Is the checksum that of the bytes? The whole batch must be in the buffer. */
export function isCrcValid(buffer: Buffer, at: number): boolean {
  return batchCrc(buffer, at) === computeCrc(buffer, at)
}

/** What {@link writeBatchHeader} writes. */
export interface BatchHeader {
  readonly baseOffset: number
  readonly sizeInBytes: number
  readonly leaderEpoch: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/** Writes a whole header. The records must be in place after it: the checksum is computed last. */
export function writeBatchHeader(buffer: Buffer, at: number, header: BatchHeader): void {
  writeInt64(buffer, at, header.baseOffset)
  buffer.writeInt32BE(header.sizeInBytes - LOG_OVERHEAD, at + LENGTH)
  buffer.writeInt32BE(header.leaderEpoch, at + LEADER_EPOCH)
  buffer.writeInt8(MAGIC_V2, at + MAGIC)
  buffer.writeInt16BE(header.attributes, at + ATTRIBUTES)
  buffer.writeInt32BE(header.lastOffsetDelta, at + LAST_OFFSET_DELTA)
  writeInt64(buffer, at + BASE_TIMESTAMP, header.baseTimestamp)
  writeInt64(buffer, at + MAX_TIMESTAMP, header.maxTimestamp)
  writeInt64(buffer, at + PRODUCER_ID, header.producerId)
  buffer.writeInt16BE(header.producerEpoch, at + PRODUCER_EPOCH)
  buffer.writeInt32BE(header.baseSequence, at + BASE_SEQUENCE)
  buffer.writeInt32BE(header.recordCount, at + RECORD_COUNT)
  writeCrc(buffer, at)
}

function computeCrc(buffer: Buffer, at: number): number {
  return crc32c(buffer, at + ATTRIBUTES, at + batchSizeInBytes(buffer, at))
}

function writeCrc(buffer: Buffer, at: number): void {
  buffer.writeUInt32BE(computeCrc(buffer, at), at + CRC)
}
