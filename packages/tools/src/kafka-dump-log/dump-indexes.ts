/**
 * The facts of the indexes of a segment: what lies in the files, also where it is wrong (`DumpLogSegments.dumpIndex`,
 * `dumpTimeIndex`, `dumpTxnIndex`). The entries' layout is told in OffsetIndex, TimeIndex and TransactionIndex of the log package.
 */
import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { MAGIC_V2, openBatch, readInt64, readOldMessages } from '@millrace/protocol'
import { ToolError } from '../command-line/tool.js'
import type { Fact } from './facts.js'
import { baseOffsetOf } from './file-name.js'
import type { Findings } from './findings.js'
import { type FoundBatch, LogFile } from './log-file.js'

const OFFSET_ENTRY_BYTES = 8
const TIME_ENTRY_BYTES = 12
const TRANSACTION_ENTRY_BYTES = 34

export interface IndexOptions {
  /** Only what a broker looks at when it starts. */
  readonly isSanityOnly: boolean
  readonly findings: Findings
}

interface OffsetEntry {
  readonly offset: number
  readonly position: number
}

/** Errors: ToolError. */
export function* dumpOffsetIndex(
  path: string,
  { isSanityOnly, findings, maxMessageSize }: IndexOptions & { readonly maxMessageSize: number },
): Generator<Fact, void> {
  const baseOffset = baseOffsetOf(path)
  using log = new LogFile(besideIt(path, '.log'))
  const bytes = contentOf(path)
  const entries = offsetEntries(bytes, baseOffset)
  if (entries.length === 0) {
    yield { kind: 'empty-index', file: path }
    return
  }
  if (isSanityOnly) {
    checkOffsetIndex(path, bytes, entries, baseOffset)
    yield { kind: 'sane-index', file: path }
    return
  }
  for (const [slot, { offset, position }] of entries.entries()) {
    // A broker that died leaves zeros behind the last entry.
    if (offset === baseOffset && slot > 0) return
    const found = firstOf(log.batches(position, position + maxMessageSize))?.lastOffset ?? -1
    if (found !== offset) findings.indexMismatches.add(resolve(path), offset, found)
    yield { kind: 'offset-index-entry', offset, position }
  }
}

/** Errors: ToolError. */
export function* dumpTimeIndex(path: string, { isSanityOnly, findings }: IndexOptions): Generator<Fact, void> {
  const baseOffset = baseOffsetOf(path)
  using log = new LogFile(besideIt(path, '.log'))
  const positions = offsetEntries(contentOf(besideIt(path, '.index')), baseOffset)
  const bytes = contentOf(path)
  const entries = timeEntries(bytes, baseOffset)
  if (isSanityOnly) {
    checkTimeIndex(path, bytes, entries, baseOffset)
    yield { kind: 'sane-index', file: path }
    return
  }
  let previous = -1
  for (const [slot, { timestamp, offset }] of entries.entries()) {
    if (offset === baseOffset && slot > 0) return
    const batch = firstOf(log.batches(positionUpTo(positions, offset)), ({ lastOffset }) => lastOffset >= offset)
    if (batch === undefined || batch.lastOffset !== offset) {
      findings.offsetsNotFound.add(resolve(path), offset, batch?.lastOffset ?? -1)
    } else {
      const largest = largestTimestamp(log, batch)
      if (largest !== timestamp) findings.timestampMismatches.add(resolve(path), timestamp, largest)
      if (previous >= timestamp) findings.timestampsOutOfOrder.add(resolve(path), timestamp, previous)
    }
    yield { kind: 'time-index-entry', timestamp, offset }
    previous = timestamp
  }
}

/** Errors: ToolError. */
export function* dumpTransactionIndex(path: string): Generator<Fact, void> {
  const bytes = contentOf(path)
  for (let at = 0; at + TRANSACTION_ENTRY_BYTES <= bytes.length; at += TRANSACTION_ENTRY_BYTES) {
    const version = bytes.readInt16BE(at)
    if (version !== 0) {
      throw new ToolError(
        `Unexpected aborted transaction version ${version} in transaction index ${resolve(path)}, current version is 0`,
      )
    }
    const [producerId, firstOffset, lastOffset, lastStableOffset] = [2, 10, 18, 26].map((field) =>
      readInt64(bytes, at + field),
    ) as [number, number, number, number]
    yield { kind: 'aborted-transaction', producerId, firstOffset, lastOffset, lastStableOffset }
  }
}

function besideIt(path: string, suffix: string): string {
  const [name = ''] = basename(path).split('.')
  return join(dirname(path), name + suffix)
}

/** Errors: ToolError. */
export function contentOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ToolError(`Cannot read ${path}: ${(error as Error).message}`)
  }
}

function offsetEntries(bytes: Buffer, baseOffset: number): readonly OffsetEntry[] {
  return Array.from({ length: Math.floor(bytes.length / OFFSET_ENTRY_BYTES) }, (_, slot) => ({
    offset: baseOffset + bytes.readInt32BE(slot * OFFSET_ENTRY_BYTES),
    position: bytes.readInt32BE(slot * OFFSET_ENTRY_BYTES + 4),
  }))
}

function timeEntries(bytes: Buffer, baseOffset: number): readonly { timestamp: number; offset: number }[] {
  return Array.from({ length: Math.floor(bytes.length / TIME_ENTRY_BYTES) }, (_, slot) => ({
    timestamp: readInt64(bytes, slot * TIME_ENTRY_BYTES),
    offset: baseOffset + bytes.readInt32BE(slot * TIME_ENTRY_BYTES + 8),
  }))
}

/** The position of the last entry that is not above the offset, or 0. */
function positionUpTo(entries: readonly OffsetEntry[], offset: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = entries[middle]
    // Zeros at the end count as larger than all.
    if (entry !== undefined && entry.offset <= offset && (middle === 0 || entry.position > 0)) low = middle + 1
    else high = middle
  }
  return entries[low - 1]?.position ?? 0
}

function checkOffsetIndex(path: string, bytes: Buffer, entries: readonly OffsetEntry[], baseOffset: number): void {
  const lastOffset = entries.at(-1)?.offset ?? baseOffset
  if (lastOffset < baseOffset) {
    throw new ToolError(
      `Corrupt index found, index file ${resolve(path)} has non-zero size but the last offset is ${lastOffset} which is less than the base offset ${baseOffset}`,
    )
  }
  checkSize(`Index file ${resolve(path)}`, bytes, OFFSET_ENTRY_BYTES)
}

function checkTimeIndex(
  path: string,
  bytes: Buffer,
  entries: readonly { readonly timestamp: number; readonly offset: number }[],
  baseOffset: number,
): void {
  const first = entries[0]
  const last = entries.at(-1)
  if (first !== undefined && last !== undefined) {
    const beginning = `Corrupt time index found, time index file (${resolve(path)}) has non-zero size but the last`
    if (last.timestamp < first.timestamp) {
      throw new ToolError(
        `${beginning} timestamp is ${last.timestamp} which is less than the first timestamp ${first.timestamp}`,
      )
    }
    if (last.offset < baseOffset) {
      throw new ToolError(`${beginning} offset is ${last.offset} which is less than the first offset ${baseOffset}`)
    }
  }
  checkSize(`Time index file ${resolve(path)}`, bytes, TIME_ENTRY_BYTES)
}

function checkSize(file: string, bytes: Buffer, entryBytes: number): void {
  if (bytes.length % entryBytes === 0) return
  throw new ToolError(
    `${file} is corrupt, found ${bytes.length} bytes which is neither positive nor a multiple of ${entryBytes}`,
  )
}

function firstOf(batches: Iterable<FoundBatch>, matches: (batch: FoundBatch) => boolean = () => true) {
  for (const batch of batches) if (matches(batch)) return batch
  return undefined
}

function largestTimestamp(log: LogFile, batch: FoundBatch): number {
  const bytes = log.bytes(batch)
  if (batch.magic < MAGIC_V2)
    return Math.max(-1, ...readOldMessages(bytes, 0x7fff_ffff).map(({ timestamp }) => timestamp))
  const cursor = openBatch(bytes, 0, { maxDecompressedBytes: 0x7fff_ffff })
  let largest = -1
  while (cursor.next()) largest = Math.max(largest, cursor.timestamp)
  return largest
}
