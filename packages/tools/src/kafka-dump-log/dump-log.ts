/** The facts of a `.log` file (`DumpLogSegments.dumpLog`). */
import { basename, resolve } from 'node:path'
import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchCrc,
  batchDeleteHorizonMs,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  controlRecordType,
  coordinatorEpochOf,
  findCompression,
  isControl,
  isCrcValid,
  isTransactional,
  MAGIC_V2,
  MalformedMessageError,
  NO_SEQUENCE,
  openBatch,
  RecordBatchError,
  type RecordCursor,
  readOldMessageHeader,
  readOldMessages,
  timestampTypeOf,
} from '@millrace/protocol'
import { ToolError } from '../command-line/tool.js'
import type { RecordDecoder } from '../internal-topics/dump-decoders.js'
import type { BatchFact, Fact, RecordFact } from './facts.js'
import { baseOffsetOf } from './file-name.js'
import type { Findings } from './findings.js'
import { LogFile } from './log-file.js'

const LARGEST_INT32 = 0x7fff_ffff

export interface LogOptions {
  readonly isDeep: boolean
  /** What shows keys and values; undefined: they are not shown. */
  readonly decoder: RecordDecoder | undefined
  /** Undefined: all of the file. */
  readonly maxBytes: number | undefined
  readonly findings: Findings
  /** Told how many bytes of the file are behind the reader. */
  readonly onProgress: (bytes: number) => void
}

/** Errors: ToolError. */
export function* dumpLog(path: string, options: LogOptions): Generator<Fact, void> {
  yield headingOf(path)
  using log = new LogFile(path)
  const end = Math.min(log.size, options.maxBytes ?? log.size)
  const gaps = new OffsetGaps(resolve(path), options.findings)
  let validBytes = 0
  for (const batch of log.batches(0, end)) {
    const bytes = log.bytes(batch)
    try {
      const facts =
        batch.magic >= MAGIC_V2
          ? batchFacts(bytes, batch.position, options)
          : messageFacts(bytes, batch.position, options)
      for (const fact of facts) {
        if (fact.kind === 'record') gaps.follow(fact.offset)
        yield fact
      }
    } catch (error) {
      if (error instanceof RecordBatchError || error instanceof RangeError || error instanceof MalformedMessageError) {
        throw new ToolError(`${path}, position ${batch.position}: ${error.message}`)
      }
      throw error
    }
    validBytes = batch.position + batch.sizeInBytes
    options.onProgress(validBytes)
  }
  if (end > validBytes && options.maxBytes === undefined) {
    yield { kind: 'invalid-bytes', bytes: end - validBytes, name: basename(path) }
  }
}

function headingOf(path: string): Fact {
  const name = basename(path)
  if (!name.endsWith('.checkpoint')) return { kind: 'log', startOffset: baseOffsetOf(path) }
  if (name === 'bootstrap.checkpoint') return { kind: 'bootstrap-snapshot' }
  const [, endOffset, epoch] = /^(\d+)-(\d+)\./.exec(name) ?? []
  if (epoch === undefined) throw new ToolError(`${path}: the name of a snapshot is its offset and epoch`)
  return { kind: 'snapshot', endOffset: Number(endOffset), epoch: Number(epoch) }
}

class OffsetGaps {
  readonly #file: string
  readonly #findings: Findings
  #last = -1

  constructor(file: string, findings: Findings) {
    this.#file = file
    this.#findings = findings
  }

  follow(offset: number): void {
    if (this.#last !== -1 && offset !== this.#last + 1) this.#findings.gaps.add(this.#file, this.#last, offset)
    this.#last = offset
  }
}

function* batchFacts(bytes: Buffer, position: number, { isDeep, decoder }: LogOptions): Generator<Fact, void> {
  const batch = batchFact(bytes, position)
  yield batch
  if (!isDeep) return
  const cursor = openBatch(bytes, 0, { maxDecompressedBytes: LARGEST_INT32 })
  while (cursor.next()) yield recordFact(cursor, batch, decoder)
}

function batchFact(bytes: Buffer, position: number): BatchFact {
  const attributes = batchAttributes(bytes, 0)
  const baseSequence = batchBaseSequence(bytes, 0)
  const compression = findCompression(attributes)
  if (compression === undefined) throw new RangeError(`Unknown compression type id: ${attributes & 0x07}`)
  return {
    kind: 'batch',
    baseOffset: batchBaseOffset(bytes, 0),
    lastOffset: batchLastOffset(bytes, 0),
    count: batchRecordCount(bytes, 0),
    baseSequence,
    lastSequence:
      baseSequence === NO_SEQUENCE ? NO_SEQUENCE : sequenceAfter(baseSequence, batchLastOffsetDelta(bytes, 0)),
    producerId: batchProducerId(bytes, 0),
    producerEpoch: batchProducerEpoch(bytes, 0),
    partitionLeaderEpoch: batchLeaderEpoch(bytes, 0),
    isTransactional: isTransactional(attributes),
    isControl: isControl(attributes),
    deleteHorizonMs: batchDeleteHorizonMs(bytes, 0) ?? null,
    position,
    timestampType: timestampTypeOf(attributes),
    maxTimestamp: batchMaxTimestamp(bytes, 0),
    sizeInBytes: bytes.length,
    magic: bytes.readInt8(16),
    compression,
    crc: batchCrc(bytes, 0),
    isValid: isCrcValid(bytes, 0),
  }
}

/** Sequence numbers wrap from 2³¹−1 to 0. */
function sequenceAfter(sequence: number, by: number): number {
  return (sequence + by) % (LARGEST_INT32 + 1)
}

function recordFact(cursor: RecordCursor, batch: BatchFact, decoder: RecordDecoder | undefined): RecordFact {
  const { offset, keySize, valueSize, timestamp } = cursor
  const { baseSequence, timestampType } = batch
  const record: RecordFact = {
    kind: 'record',
    offset,
    timestampType,
    timestamp,
    keySize,
    valueSize,
    sequence: baseSequence < 0 ? NO_SEQUENCE : sequenceAfter(baseSequence, cursor.offsetDelta),
    headerKeys: cursor.headers().map(({ key }) => key),
  }
  if (batch.isControl) return { ...record, control: controlText(cursor) }
  if (decoder === undefined) return record
  return { ...record, ...decoder({ offset, key: cursor.key(), value: cursor.value() }) }
}

function controlText(cursor: RecordCursor): string {
  const key = cursor.key()
  const type = controlRecordType(key)
  if (type === 'COMMIT' || type === 'ABORT') {
    return `endTxnMarker: ${type} coordinatorEpoch: ${coordinatorEpochOf(cursor.value())}`
  }
  return `controlType: ${type}(${key?.readInt16BE(2)})`
}

function* messageFacts(bytes: Buffer, position: number, { isDeep, decoder }: LogOptions): Generator<Fact, void> {
  const { offset: lastOffset, timestamp: maxTimestamp, isCrcValid: isValid, ...header } = readOldMessageHeader(bytes)
  yield { kind: 'message', ...header, lastOffset, position, maxTimestamp, sizeInBytes: bytes.length, isValid }
  if (!isDeep) return
  for (const message of readOldMessages(bytes, LARGEST_INT32)) {
    const { offset, timestampType, timestamp, key, value, crc, isCrcValid: isRight } = message
    const sizes = { keySize: key?.length ?? -1, valueSize: value?.length ?? -1 }
    const shown = decoder?.({ offset, key, value })
    yield { kind: 'record', offset, timestampType, timestamp, checksum: { crc, isValid: isRight }, ...sizes, ...shown }
  }
}
