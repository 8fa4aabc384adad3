import {
  BATCH_OVERHEAD,
  batchAttributes,
  batchRecordCount,
  type CompressionType,
  findCompression,
} from '@millrace/protocol'
import type { LogConfig } from '../core/log-config.js'
import { type AppendInput, isOpened } from '../partition/prepare-append.js'
import { targetCompression } from '../partition/recompress.js'

/** So much is decompressed or compressed on the event loop, in well under a millisecond; more goes to a worker. */
const LOOP_MAX_BYTES = 1024
/** Codecs that make at most some thousand bytes of one. zstd makes megabytes of a few. */
const BOUNDED_CODECS: ReadonlySet<CompressionType> = new Set(['none', 'gzip', 'snappy', 'lz4'])

/** So much is walked over, and its checksum computed, on the event loop, in a few milliseconds at most; more in a worker. */
const WALK_MAX_RECORDS = 32 * 1024
const WALK_MAX_BYTES = 8 * 1024 * 1024
/** No record is smaller. */
const RECORD_MIN_BYTES = 7

/**
 * Is it too much for the event loop to check a batch, and to decompress or compress it where that must be, before it can be
 * appended? It may be anything: its header is not checked yet.
 */
export function isHeavy(input: AppendInput, config: LogConfig): boolean {
  const { records, origin } = input
  if (origin === 'replication' || input.isChecked === true || records.length <= BATCH_OVERHEAD) return false
  const codec = findCompression(batchAttributes(records, 0))
  if (codec === undefined) return false
  if (records.length > WALK_MAX_BYTES) return true
  const isWalked = codec === 'none' || isOpened(input, config)
  if (isWalked && hasManyRecords(records)) return true
  const isConverted = (codec !== 'none' && isWalked) || targetCompression(records, config) !== undefined
  return isConverted && (records.length > LOOP_MAX_BYTES || !BOUNDED_CODECS.has(codec))
}

function hasManyRecords(records: Buffer): boolean {
  return records.length > WALK_MAX_RECORDS * RECORD_MIN_BYTES && batchRecordCount(records, 0) > WALK_MAX_RECORDS
}
