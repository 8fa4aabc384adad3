/**
 * Builds a record batch (message format 2): {@link buildBatch} at once, {@link BatchBuilder} record by record.
 *
 * Records are encoded straight into one growing buffer, behind the room that the header will need, and compressed
 * when the batch is built. What is built is what Kafka's MemoryRecordsBuilder builds, byte for byte when it is not
 * compressed. A builder never looks at a clock: a record without a timestamp has none.
 */
import assert from 'node:assert/strict'
import { codecFor } from '../compression/codecs.js'
import {
  attributesOf,
  BATCH_OVERHEAD,
  type CompressionType,
  NO_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  writeBatchHeader,
} from './batch-header.js'
import type { RecordHeader } from './record-cursor.js'
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.js'

/** A record to be written. What is left out is null, empty, or no timestamp. */
export interface RecordInput {
  readonly key?: Buffer | null
  readonly value?: Buffer | null
  readonly headers?: readonly RecordHeader[]
  /** In ms; default −1, which is none. */
  readonly timestamp?: number
  /** Default: the one after the record before. Larger ones leave a gap. */
  readonly offset?: number
}

/** Everything about a batch but its records. */
export interface BatchOptions {
  /** Default 0, which is what producers send. */
  readonly baseOffset?: number
  /** Default `none`. */
  readonly compression?: CompressionType
  /** The codec's level; default its own. */
  readonly compressionLevel?: number
  /** Makes it a LogAppendTime batch of that time, ms. */
  readonly logAppendTime?: number
  /** Default −1: not idempotent. */
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  /** Default −1. */
  readonly leaderEpoch?: number
  /** The time at which tombstones and markers may go, ms (KIP-534). It takes the place of the base timestamp. */
  readonly deleteHorizonMs?: number
}

/** A record's bytes at most, without key, value and headers: length 5, attributes 1, timestamp 10, offset 5. */
const RECORD_OVERHEAD_MAX = 21
const INITIAL_BYTES = 1024
const NO_RECORD_HEADERS: readonly RecordHeader[] = []

/** A batch of those records. */
export function buildBatch(records: readonly RecordInput[], options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder(options)
  for (const record of records) builder.append(record)
  return builder.build()
}

/** The most bytes that a record can add to a batch, not compressed. */
export function recordSizeUpperBound(record: RecordInput): number {
  return RECORD_OVERHEAD_MAX + sizeOfContent(record)
}

/** One batch in the making. */
export class BatchBuilder {
  readonly #options: BatchOptions
  #producer: Pick<BatchOptions, 'producerId' | 'producerEpoch' | 'baseSequence' | 'transactional'>
  readonly #baseOffset: number
  #buffer: Buffer
  #end = BATCH_OVERHEAD
  #recordCount = 0
  #lastOffset: number
  #baseTimestamp: number
  #maxTimestamp = NO_TIMESTAMP

  /**
   * `initial` is what is allocated at first, in bytes, or a buffer that is used in its place, whatever is in it. It doubles
   * when it is full.
   */
  constructor(options: BatchOptions = {}, initial: number | Buffer = INITIAL_BYTES) {
    const { producerId = NO_PRODUCER_ID, producerEpoch = NO_PRODUCER_EPOCH, baseSequence = NO_SEQUENCE } = options
    assert(options.transactional !== true || producerId >= 0, 'a transactional batch has a producer id')
    assert(producerId < 0 || producerEpoch >= 0, 'an idempotent batch has a producer epoch')
    assert(producerId < 0 || baseSequence >= 0 || options.control === true, 'an idempotent batch has a sequence')
    this.#options = options
    this.#producer = options
    this.#baseOffset = options.baseOffset ?? 0
    this.#lastOffset = this.#baseOffset - 1
    this.#baseTimestamp = options.deleteHorizonMs ?? NO_TIMESTAMP
    this.#buffer =
      typeof initial === 'number' ? Buffer.allocUnsafe(Math.max(initial, BATCH_OVERHEAD)) : roomForHeader(initial)
  }

  get recordCount(): number {
    return this.#recordCount
  }

  /** Bytes of the batch so far, not compressed. */
  get uncompressedBytes(): number {
    return this.#end
  }

  /** Bytes of the batch so far, if the records compress to `compressionRatio` of their size. */
  estimatedBytes(compressionRatio = 1): number {
    return BATCH_OVERHEAD + Math.ceil((this.#end - BATCH_OVERHEAD) * compressionRatio)
  }

  /** Would the batch stay within `maxBytes` with that record? The first record always has room. */
  hasRoomFor(record: RecordInput, maxBytes: number, compressionRatio = 1): boolean {
    if (this.#recordCount === 0) return true
    return this.estimatedBytes(compressionRatio) + recordSizeUpperBound(record) * compressionRatio <= maxBytes
  }

  /** Adds a record; its bytes are copied. */
  append(record: RecordInput): void {
    const offset = record.offset ?? this.#lastOffset + 1
    const timestamp = record.timestamp ?? NO_TIMESTAMP
    const offsetDelta = offset - this.#baseOffset
    assert(offset > this.#lastOffset && offsetDelta <= 0x7fff_ffff, 'offsets increase, within an int32')
    assert(Number.isSafeInteger(timestamp), 'a timestamp is a safe integer')
    if (this.#recordCount === 0 && this.#options.deleteHorizonMs === undefined) this.#baseTimestamp = timestamp

    const timestampDelta = timestamp - this.#baseTimestamp
    const bodySize = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta) + sizeOfContent(record)
    const end = this.#end + sizeOfVarint(bodySize) + bodySize
    this.#reserve(end)
    let at = writeVarint(this.#buffer, this.#end, bodySize)
    this.#buffer[at++] = 0
    at = writeVarlong(this.#buffer, at, timestampDelta)
    at = writeVarint(this.#buffer, at, offsetDelta)
    at = writeContent(this.#buffer, at, record)
    assert.equal(at, end)

    this.#end = end
    this.#lastOffset = offset
    this.#recordCount++
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
  }

  /** The same for a record without gaps before it, without an object for it. Returns the bytes that it took. */
  appendParts(
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly RecordHeader[] | undefined,
    timestamp: number,
  ): number {
    const offsetDelta = this.#lastOffset + 1 - this.#baseOffset
    if (this.#recordCount === 0 && this.#options.deleteHorizonMs === undefined) this.#baseTimestamp = timestamp
    const timestampDelta = timestamp - this.#baseTimestamp
    const keyLength = key === null ? 0 : key.length
    const valueLength = value === null ? 0 : value.length
    const bodySize =
      1 +
      sizeOfVarlong(timestampDelta) +
      sizeOfVarint(offsetDelta) +
      (key === null ? 1 : sizeOfVarint(keyLength) + keyLength) +
      (value === null ? 1 : sizeOfVarint(valueLength) + valueLength) +
      (headers === undefined || headers.length === 0 ? 1 : sizeOfHeaders(headers))
    const start = this.#end
    const end = start + sizeOfVarint(bodySize) + bodySize
    this.#reserve(end)
    const buffer = this.#buffer
    let at = writeVarint(buffer, start, bodySize)
    buffer[at++] = 0
    at = writeVarlong(buffer, at, timestampDelta)
    at = writeVarint(buffer, at, offsetDelta)
    at = writeBytes(buffer, at, key)
    at = writeBytes(buffer, at, value)
    if (headers === undefined || headers.length === 0) buffer[at++] = 0
    else at = writeHeaders(buffer, at, headers)
    this.#end = end
    this.#lastOffset++
    this.#recordCount++
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    return end - start
  }

  /** By whom it is written, if that is known only now. */
  setProducerState(
    producer: Required<Pick<BatchOptions, 'producerId' | 'producerEpoch' | 'baseSequence' | 'transactional'>>,
  ): void {
    assert(producer.producerId >= 0 && producer.producerEpoch >= 0 && producer.baseSequence >= 0)
    this.#producer = producer
  }

  /** Its buffer, for another one. Only when the batch that was built is of no use any more. */
  takeBuffer(): Buffer {
    return this.#buffer
  }

  /**
   * The batch. Without compression it is the builder's own buffer: do not append after that. Also a batch without
   * records is built, of the header alone.
   */
  build(): Buffer {
    const batch = this.#compress()
    const options = this.#options
    const producer = this.#producer
    writeBatchHeader(batch, 0, {
      baseOffset: this.#baseOffset,
      sizeInBytes: batch.length,
      leaderEpoch: options.leaderEpoch ?? NO_LEADER_EPOCH,
      attributes: attributesOf({
        compression: options.compression ?? 'none',
        timestampType: options.logAppendTime === undefined ? 'CreateTime' : 'LogAppendTime',
        transactional: producer.transactional ?? false,
        control: options.control ?? false,
        deleteHorizon: options.deleteHorizonMs !== undefined,
      }),
      lastOffsetDelta: Math.max(this.#lastOffset - this.#baseOffset, 0),
      baseTimestamp: this.#baseTimestamp,
      maxTimestamp: options.logAppendTime ?? this.#maxTimestamp,
      producerId: producer.producerId ?? NO_PRODUCER_ID,
      producerEpoch: producer.producerEpoch ?? NO_PRODUCER_EPOCH,
      baseSequence: producer.baseSequence ?? NO_SEQUENCE,
      recordCount: this.#recordCount,
    })
    return batch
  }

  /** Room for the header, and the records as they will be sent. */
  #compress(): Buffer {
    const { compression = 'none', compressionLevel } = this.#options
    const batch = this.#buffer.subarray(0, this.#end)
    if (compression === 'none' || this.#recordCount === 0) return batch
    const compressed = codecFor(compression).compress(batch.subarray(BATCH_OVERHEAD), compressionLevel)
    return Buffer.concat([batch.subarray(0, BATCH_OVERHEAD), compressed])
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(bytes, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}

function roomForHeader(buffer: Buffer): Buffer {
  assert(buffer.length >= BATCH_OVERHEAD)
  return buffer
}

function sizeOfContent(record: RecordInput): number {
  return sizeOfBytes(record.key) + sizeOfBytes(record.value) + sizeOfHeaders(record.headers ?? NO_RECORD_HEADERS)
}

function sizeOfHeaders(headers: readonly RecordHeader[]): number {
  let size = sizeOfVarint(headers.length)
  for (const header of headers) {
    const keySize = Buffer.byteLength(header.key)
    size += sizeOfVarint(keySize) + keySize + sizeOfBytes(header.value)
  }
  return size
}

function writeContent(buffer: Buffer, start: number, record: RecordInput): number {
  const at = writeBytes(buffer, writeBytes(buffer, start, record.key), record.value)
  return writeHeaders(buffer, at, record.headers ?? NO_RECORD_HEADERS)
}

function writeHeaders(buffer: Buffer, start: number, headers: readonly RecordHeader[]): number {
  let at = writeVarint(buffer, start, headers.length)
  for (const header of headers) {
    at = writeVarint(buffer, at, Buffer.byteLength(header.key))
    at += buffer.write(header.key, at, 'utf8')
    at = writeBytes(buffer, at, header.value)
  }
  return at
}

function sizeOfBytes(bytes: Buffer | null | undefined): number {
  return bytes == null ? 1 : sizeOfVarint(bytes.length) + bytes.length
}

function writeBytes(buffer: Buffer, at: number, bytes: Buffer | null | undefined): number {
  if (bytes == null) return writeVarint(buffer, at, -1)
  const dataAt = writeVarint(buffer, at, bytes.length)
  return dataAt + bytes.copy(buffer, dataAt)
}
