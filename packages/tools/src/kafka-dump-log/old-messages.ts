/**
 * Messages of the formats 0 and 1, from before Kafka 0.11: shown, as far as they can be read.
 *
 *     offset int64 | size int32 | crc int32 | magic int8 | attributes int8 | timestamp int64 (format 1)
 *     key length int32, key | value length int32, value        (-1: null)
 *
 * The value of a compressed message holds messages. In format 1 their offsets begin with 0, and the outer one has the last
 * one's. Source: Kafka's LegacyRecord, AbstractLegacyRecordBatch.
 */
import { crc32 } from 'node:zlib'
import { type CompressionType, codecFor, readInt64 } from '@millrace/protocol'
import type { MessageFact } from './facts.js'

const CRC_AT = 12
const MAGIC_AT = 16
const ATTRIBUTES_AT = 17
const LOG_OVERHEAD = 12

const TYPES: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4']

export interface OldMessage {
  readonly offset: number
  readonly timestampType: string
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly checksum: { readonly crc: number; readonly isValid: boolean }
}

/** Of the message that `bytes` are. */
export function messageFact(bytes: Buffer, position: number): MessageFact {
  return {
    kind: 'message',
    lastOffset: readInt64(bytes, 0),
    position,
    timestampType: timestampTypeOf(bytes),
    maxTimestamp: timestampOf(bytes),
    sizeInBytes: bytes.length,
    magic: bytes.readInt8(MAGIC_AT),
    compression: compressionOf(bytes),
    ...checksumOf(bytes),
  }
}

function checksumOf(bytes: Buffer): OldMessage['checksum'] {
  const crc = bytes.readUInt32BE(CRC_AT)
  return { crc, isValid: crc32(bytes.subarray(MAGIC_AT)) === crc }
}

/** It, or those within it. Errors: RangeError for lengths that cannot be; those of the codec. */
export function messagesIn(bytes: Buffer): readonly OldMessage[] {
  const outer = messageOf(bytes)
  const compression = compressionOf(bytes)
  if (compression === 'none' || outer.value === null) return [outer]
  const inner = codecFor(compression).decompress(outer.value, 2 ** 31 - 1)
  const messages: OldMessage[] = []
  for (let at = 0; at < inner.length; ) {
    const end = at + LOG_OVERHEAD + inner.readInt32BE(at + 8)
    messages.push(messageOf(inner.subarray(at, end)))
    at = end
  }
  if (bytes.readInt8(MAGIC_AT) === 0) return messages
  const shift = outer.offset - (messages.at(-1)?.offset ?? 0)
  const isLogAppendTime = outer.timestampType === 'LogAppendTime'
  return messages.map((message) => ({
    ...message,
    offset: message.offset + shift,
    timestampType: outer.timestampType,
    timestamp: isLogAppendTime ? outer.timestamp : message.timestamp,
  }))
}

function messageOf(bytes: Buffer): OldMessage {
  const keyAt = bytes.readInt8(MAGIC_AT) === 0 ? ATTRIBUTES_AT + 1 : ATTRIBUTES_AT + 9
  const keySize = bytes.readInt32BE(keyAt)
  const valueAt = keyAt + 4 + Math.max(0, keySize)
  return {
    offset: readInt64(bytes, 0),
    timestampType: timestampTypeOf(bytes),
    timestamp: timestampOf(bytes),
    key: sized(bytes, keyAt + 4, keySize),
    value: sized(bytes, valueAt + 4, bytes.readInt32BE(valueAt)),
    checksum: checksumOf(bytes),
  }
}

function sized(bytes: Buffer, at: number, size: number): Buffer | null {
  return size < 0 ? null : bytes.subarray(at, at + size)
}

function compressionOf(bytes: Buffer): CompressionType {
  const number = bytes.readInt8(ATTRIBUTES_AT) & 0x07
  const type = TYPES[number]
  if (type === undefined) throw new RangeError(`Unknown compression type id: ${number}`)
  return type
}

function timestampTypeOf(bytes: Buffer): string {
  if (bytes.readInt8(MAGIC_AT) === 0) return 'NoTimestampType'
  return (bytes.readInt8(ATTRIBUTES_AT) & 0x08) === 0 ? 'CreateTime' : 'LogAppendTime'
}

function timestampOf(bytes: Buffer): number {
  return bytes.readInt8(MAGIC_AT) === 0 ? -1 : readInt64(bytes, ATTRIBUTES_AT + 1)
}
