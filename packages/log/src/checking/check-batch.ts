import { BATCH_OVERHEAD, batchAttributes, type CompressionType, findCompression } from '@millrace/protocol'
import { isCompacted, type LogConfig } from '../core/log-config.js'
import type { AppendInput } from '../partition/prepare-append.js'
import { targetCompression } from '../partition/recompress.js'

/** So much is decompressed or compressed on the event loop, in well under a millisecond; more goes to a worker. */
const LOOP_MAX_BYTES = 1024
/** Codecs that make at most some thousand bytes of one. zstd makes megabytes of a few. */
const BOUNDED_CODECS: ReadonlySet<CompressionType> = new Set(['none', 'gzip', 'snappy', 'lz4'])

/**
 * Does a batch have to be decompressed or compressed before it can be appended, and is that too much for the event loop?
 * It may be anything: its header is not checked yet.
 */
export function isHeavy(input: AppendInput, config: LogConfig): boolean {
  const { records, origin } = input
  if (origin === 'replication' || input.isChecked === true || records.length <= BATCH_OVERHEAD) return false
  const codec = findCompression(batchAttributes(records, 0))
  if (codec === undefined) return false
  const isOpened = codec !== 'none' && (isCompacted(config) || input.deepValidation === true)
  if (!isOpened && targetCompression(records, config) === undefined) return false
  return records.length > LOOP_MAX_BYTES || !BOUNDED_CODECS.has(codec)
}
