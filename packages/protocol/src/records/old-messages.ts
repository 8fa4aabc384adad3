/**
 * Messages of the formats 0 and 1, from before Kafka 0.11: brokers hand them out as they lie in old segments.
 *
 *     offset int64 | size int32 | crc int32 | magic int8 | attributes int8 | timestamp int64 (format 1)
 *     key length int32, key | value length int32, value        (-1: null)
 *
 * The value of a compressed message holds messages. In format 1 their offsets begin with 0, and the outer one has the last
 * one's. Source: Kafka's LegacyRecord, AbstractLegacyRecordBatch.
 */

import { codecFor } from '../compression/codecs.js'
import { withRightHeaderChecksum } from '../compression/lz4.js'
import { lateZlib } from '../native/late-zlib.js'
import { buildBatch } from './batch-builder.js'
import { type CompressionType, findCompression, NO_TIMESTAMP, readInt64, type TimestampType } from './batch-header.js'
import { corrupt, RecordBatchError } from './record-batch-error.js'
import { MAX_DECOMPRESSED_BYTES } from './record-cursor.js'

const SIZE_AT = 8
const LOG_OVERHEAD = 12
const CRC_AT = 12
const MAGIC_AT = 16
const ATTRIBUTES_AT = 17
const TIMESTAMP_AT = 18
const LOG_APPEND_TIME = 0x08
const LARGEST_INT32 = 0x7fff_ffff

/** A message without its key and value. */
export interface OldMessageHeader {
  /** Of a compressed one: of the last message in it. */
  readonly offset: number
  readonly magic: 0 | 1
  readonly compression: CompressionType
  /** Format 0 has none. */
  readonly timestampType: TimestampType | 'NoTimestampType'
  /** Milliseconds since 1970; −1 in format 0. */
  readonly timestamp: number
  readonly crc: number
  readonly isCrcValid: boolean
}

export interface OldMessage extends OldMessageHeader {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** Of the message that `bytes` are. Errors: RecordBatchError. */
export function readOldMessageHeader(bytes: Buffer): OldMessageHeader {
  const magic = bytes.readInt8(MAGIC_AT) === 0 ? 0 : 1
  if (bytes.length < keyStart(magic) + 8) throw corrupt(`A message of format ${magic} is cut short`)
  const attributes = bytes.readInt8(ATTRIBUTES_AT)
  const compression = findCompression(attributes)
  if (compression === undefined || compression === 'zstd') {
    throw new RecordBatchError('UNSUPPORTED_COMPRESSION_TYPE', `Unknown compression type id: ${attributes & 0x07}`)
  }
  const crc = bytes.readUInt32BE(CRC_AT)
  const isLogAppendTime = (attributes & LOG_APPEND_TIME) !== 0
  return {
    offset: readInt64(bytes, 0),
    magic,
    compression,
    timestampType: magic === 0 ? 'NoTimestampType' : isLogAppendTime ? 'LogAppendTime' : 'CreateTime',
    timestamp: magic === 0 ? NO_TIMESTAMP : readInt64(bytes, TIMESTAMP_AT),
    crc,
    isCrcValid: lateZlib().crc32(bytes.subarray(MAGIC_AT)) === crc,
  }
}

/** The message that `bytes` are, or those within it. Errors: RecordBatchError. */
export function readOldMessages(bytes: Buffer, maxBytes: number = MAX_DECOMPRESSED_BYTES): readonly OldMessage[] {
  const outer = messageOf(bytes)
  if (outer.compression === 'none' || outer.value === null) return [outer]
  const isOldLz4 = outer.magic === 0 && outer.compression === 'lz4'
  const compressed = isOldLz4 ? withRightHeaderChecksum(outer.value) : outer.value
  const inner = codecFor(outer.compression).decompress(compressed, maxBytes)
  const messages: OldMessage[] = []
  for (let at = 0; at < inner.length; ) {
    const end = inner.length - at < LOG_OVERHEAD ? -1 : at + LOG_OVERHEAD + inner.readInt32BE(at + SIZE_AT)
    if (end < at + LOG_OVERHEAD || end > inner.length) throw corrupt('A message within another one is cut short')
    messages.push(messageOf(inner.subarray(at, end)))
    at = end
  }
  if (outer.magic === 0) return messages
  const shift = outer.offset - (messages.at(-1)?.offset ?? 0)
  const { timestampType } = outer
  return messages.map((message) => ({
    ...message,
    offset: message.offset + shift,
    timestampType,
    timestamp: timestampType === 'LogAppendTime' ? outer.timestamp : message.timestamp,
  }))
}

/** The same as a batch of format 2, which has not been in any log: without compression, epoch and producer. Errors: RecordBatchError. */
export function batchOfOldMessages(bytes: Buffer): Buffer {
  const messages = readOldMessages(bytes)
  const [first] = messages
  if (first === undefined) throw corrupt('A compressed message holds none')
  let before = -1
  for (const { offset, timestamp } of messages) {
    if (offset <= before || offset - first.offset > LARGEST_INT32 || !Number.isSafeInteger(timestamp)) {
      throw corrupt('Messages within another one do not follow each other')
    }
    before = offset
  }
  const logAppendTime = first.timestampType === 'LogAppendTime' ? { logAppendTime: first.timestamp } : {}
  return buildBatch(messages, { baseOffset: first.offset, ...logAppendTime })
}

function messageOf(bytes: Buffer): OldMessage {
  if (bytes.length < MAGIC_AT + 1) throw corrupt('A message is cut short')
  const header = readOldMessageHeader(bytes)
  const keyAt = keyStart(header.magic)
  const key = sized(bytes, keyAt)
  const value = sized(bytes, keyAt + 4 + (key?.length ?? 0))
  return { ...header, key, value }
}

function keyStart(magic: number): number {
  return magic === 0 ? TIMESTAMP_AT : TIMESTAMP_AT + 8
}

/** What stands behind its length. */
function sized(bytes: Buffer, at: number): Buffer | null {
  if (at + 4 > bytes.length) throw corrupt('A message is cut short')
  const size = bytes.readInt32BE(at)
  if (size < -1 || at + 4 + size > bytes.length) throw corrupt(`A message cannot have ${size} bytes`)
  return size === -1 ? null : bytes.subarray(at + 4, at + 4 + size)
}
