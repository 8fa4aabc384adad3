/**
 * Walks the records of one batch without making an object for each: {@link RecordCursor.next} moves the fields of
 * the one cursor to the next record, and keys, values and headers are made only when they are asked for.
 *
 *     record   length varint | attributes int8 | timestamp delta varlong | offset delta varint
 *              key length varint, key | value length varint, value        (−1: null)
 *              header count varint, of each: key length varint, key, value length varint, value
 *
 * Checks the structure as it goes (lengths, counts, that nothing is left over), not what the records say: offsets
 * and timestamps are judged in validate-batch.ts. Throws only `RecordBatchError`. Source: Kafka's DefaultRecord.
 */
import { codecFor } from '../compression/codecs.js'
import {
  BATCH_OVERHEAD,
  batchAttributes,
  batchBaseOffset,
  batchBaseTimestamp,
  batchMagic,
  batchMaxTimestamp,
  batchRecordCount,
  batchSizeInBytes,
  findCompression,
  MAGIC_END,
  MAGIC_V2,
  timestampTypeOf,
} from './batch-header.js'
import { corrupt, invalid, RecordBatchError } from './record-batch-error.js'
import { VarintReader } from './varint.js'

/** Records of one batch may decompress to this, unless a caller says otherwise: as much as the largest request. */
export const MAX_DECOMPRESSED_BYTES = 100 * 1024 * 1024

/** A record's header: application data, not to be taken for the batch's header. */
export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** How a batch is read. */
export interface ReadOptions {
  /** The most bytes that the records may decompress to; default {@link MAX_DECOMPRESSED_BYTES}. */
  readonly maxDecompressedBytes?: number
}

/** The records of one batch, one at a time. Make it with {@link openBatch}. */
export class RecordCursor {
  /** How many records the batch says it has. */
  readonly recordCount: number
  /** How many records {@link next} has moved to. */
  recordsRead = 0
  /** Offset of the current record. */
  offset = 0
  /** Timestamp of the current record in ms, or −1. May be an unsafe integer. */
  timestamp = 0
  /** Offset of the current record minus the batch's base offset. */
  offsetDelta = 0
  /** Bytes of the current record's key, or −1 if it is null. */
  keySize = 0
  /** Bytes of the current record's value, or −1 if it is null. */
  valueSize = 0
  /** How many headers the current record has. */
  headerCount = 0

  readonly #reader: VarintReader
  /** Where the records end. */
  readonly #end: number
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  readonly #logAppendTime: number | undefined
  #keyAt = 0
  #valueAt = 0
  #headersAt = 0

  /** `bytes[start..end)` are the batch's records, decompressed; `buffer` has the batch's header at `at`. */
  constructor(buffer: Buffer, at: number, bytes: Buffer, start: number, end: number) {
    this.recordCount = batchRecordCount(buffer, at)
    this.#reader = new VarintReader(bytes, start, end)
    this.#end = end
    this.#baseOffset = batchBaseOffset(buffer, at)
    this.#baseTimestamp = batchBaseTimestamp(buffer, at)
    const isLogAppendTime = timestampTypeOf(batchAttributes(buffer, at)) === 'LogAppendTime'
    this.#logAppendTime = isLogAppendTime ? batchMaxTimestamp(buffer, at) : undefined
  }

  /** Moves to the next record; false after the last. Throws a `RecordBatchError` if the bytes do not bear it out. */
  next(): boolean {
    const reader = this.#reader
    if (this.recordsRead === this.recordCount) {
      if (reader.position !== this.#end) throw invalid('There are bytes after the last record')
      return false
    }
    reader.end = this.#end
    const size = reader.readVarint()
    const start = reader.position
    const end = start + size
    if (size < 0 || end > this.#end) throw invalid(`A record of ${size} bytes does not fit into its batch`)
    reader.end = end
    // The attributes have no meaning yet; a later version of the format may give them one.
    reader.position = start + 1
    const timestampDelta = reader.readVarlong()
    this.timestamp = this.#logAppendTime ?? this.#baseTimestamp + timestampDelta
    this.offsetDelta = reader.readVarint()
    this.offset = this.#baseOffset + this.offsetDelta
    this.keySize = reader.readVarint()
    this.#keyAt = reader.position
    if (this.keySize > 0) reader.position += this.keySize
    this.valueSize = reader.readVarint()
    this.#valueAt = reader.position
    if (this.valueSize > 0) reader.position += this.valueSize
    this.headerCount = reader.readVarint()
    this.#headersAt = reader.position
    if (this.headerCount !== 0) this.#skipHeaders()
    if (reader.position !== end) throw invalid('The fields of a record do not add up to its length')
    this.recordsRead++
    return true
  }

  /** The current record's key, a view. */
  key(): Buffer | null {
    return this.#view(this.#keyAt, this.keySize)
  }

  /** The current record's value, a view. */
  value(): Buffer | null {
    return this.#view(this.#valueAt, this.valueSize)
  }

  /** The current record's headers; their values are views. */
  headers(): readonly RecordHeader[] {
    return readHeaders(this.#reader.buffer, this.#headersAt, this.headerCount)
  }

  /** What {@link keyPosition} and its siblings are positions in: all records of the batch, decompressed. */
  get bytes(): Buffer {
    return this.#reader.buffer
  }

  /** Where the current record's key begins. */
  get keyPosition(): number {
    return this.#keyAt
  }

  /** Where the current record's value begins. */
  get valuePosition(): number {
    return this.#valueAt
  }

  /** Where the current record's headers begin, for {@link readHeaders}. */
  get headersPosition(): number {
    return this.#headersAt
  }

  #view(at: number, size: number): Buffer | null {
    return size < 0 ? null : this.#reader.buffer.subarray(at, at + size)
  }

  #skipHeaders(): void {
    const reader = this.#reader
    if (this.headerCount < 0 || this.headerCount > reader.end - reader.position) {
      throw invalid(`A record cannot have ${this.headerCount} headers`)
    }
    for (let i = 0; i < this.headerCount; i++) {
      const keySize = reader.readVarint()
      if (keySize < 0) throw invalid('A header has no key')
      reader.position += keySize
      const valueSize = reader.readVarint()
      if (valueSize > 0) reader.position += valueSize
    }
  }
}

const NO_HEADERS: readonly RecordHeader[] = []

/** `count` headers of a record that a cursor has moved over, so that their lengths are known to be right. Values are views. */
export function readHeaders(bytes: Buffer, at: number, count: number): readonly RecordHeader[] {
  if (count === 0) return NO_HEADERS
  const reader = new VarintReader(bytes, at, bytes.length)
  const headers: RecordHeader[] = []
  for (let i = 0; i < count; i++) {
    const keySize = reader.readVarint()
    const keyAt = reader.position
    reader.position += keySize
    const valueSize = reader.readVarint()
    const valueAt = reader.position
    const value = valueSize < 0 ? null : bytes.subarray(valueAt, valueAt + valueSize)
    headers.push({ key: bytes.toString('utf8', keyAt, keyAt + keySize), value })
    if (valueSize > 0) reader.position += valueSize
  }
  return headers
}

/**
 * A cursor before the first record of the batch at `at`, whose records are decompressed if need be. The whole batch
 * must be in the buffer; its checksum is not verified. Throws a `RecordBatchError`.
 */
export function openBatch(buffer: Buffer, at: number, options: ReadOptions = {}): RecordCursor {
  const end = batchEnd(buffer, at)
  const start = at + BATCH_OVERHEAD
  if (batchRecordCount(buffer, at) < 0) throw invalid(`A batch cannot have ${batchRecordCount(buffer, at)} records`)
  const compression = findCompression(batchAttributes(buffer, at))
  if (compression === undefined) {
    throw new RecordBatchError('UNSUPPORTED_COMPRESSION_TYPE', 'The batch names a codec that does not exist')
  }
  // What compaction has emptied keeps the attributes of a compressed batch, without compressed bytes.
  if (compression === 'none' || start === end) return new RecordCursor(buffer, at, buffer, start, end)
  const maxBytes = options.maxDecompressedBytes ?? MAX_DECOMPRESSED_BYTES
  const bytes = codecFor(compression).decompress(buffer.subarray(start, end), maxBytes)
  return new RecordCursor(buffer, at, bytes, 0, bytes.length)
}

/** Where the batch at `at` ends. Throws a `RecordBatchError` if there is no whole batch of format 2. */
function batchEnd(buffer: Buffer, at: number): number {
  if (buffer.length - at < MAGIC_END) throw corrupt('The batch is cut short')
  const magic = batchMagic(buffer, at)
  if (magic === 0 || magic === 1) {
    throw new RecordBatchError(
      'UNSUPPORTED_FOR_MESSAGE_FORMAT',
      `The messages are in format ${magic}, which was written before Kafka 0.11 and is not read`,
    )
  }
  if (magic !== MAGIC_V2) throw corrupt(`There is no message format ${magic}`)
  const size = batchSizeInBytes(buffer, at)
  if (size < BATCH_OVERHEAD) throw corrupt(`A batch cannot have ${size} bytes`)
  if (size > buffer.length - at) throw corrupt('The batch is cut short')
  return at + size
}
