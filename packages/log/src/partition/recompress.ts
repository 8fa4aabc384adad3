import {
  attributesOf,
  BATCH_OVERHEAD,
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchLastOffsetDelta,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSizeInBytes,
  type CompressionType,
  codecFor,
  compressionOf,
  isControl,
  isTransactional,
  MAX_DECOMPRESSED_BYTES,
  timestampTypeOf,
  writeBatchHeader,
} from '@millrace/protocol'
import type { LogConfig } from '../core/log-config.js'

/** The codec that a topic wants for a batch that came with another; `undefined` if it may stay as it is. */
export function targetCompression(batch: Buffer, config: LogConfig): CompressionType | undefined {
  if (config.compressionType === 'producer') return undefined
  const target = config.compressionType === 'uncompressed' ? 'none' : config.compressionType
  const attributes = batchAttributes(batch, 0)
  const source = compressionOf(attributes)
  // Markers of transactions stay uncompressed, whatever the topic wants.
  if (source === target || (source === 'none' && isControl(attributes))) return undefined
  return target
}

/**
 * The same batch with another codec. Records have the same bytes under every codec, so that only the header and the
 * compression change. Throws a `RecordBatchError` if the batch does not decompress.
 */
export function recompress(batch: Buffer, target: CompressionType, config: LogConfig): Buffer {
  const attributes = batchAttributes(batch, 0)
  const source = compressionOf(attributes)
  let records = batch.subarray(BATCH_OVERHEAD, batchSizeInBytes(batch, 0))
  if (source !== 'none') records = codecFor(source).decompress(records, MAX_DECOMPRESSED_BYTES)
  if (target !== 'none') records = codecFor(target).compress(records, levelOf(target, config))

  const result = Buffer.allocUnsafe(BATCH_OVERHEAD + records.length)
  records.copy(result, BATCH_OVERHEAD)
  writeBatchHeader(result, 0, {
    baseOffset: batchBaseOffset(batch, 0),
    sizeInBytes: result.length,
    leaderEpoch: batchLeaderEpoch(batch, 0),
    attributes: attributesOf({
      compression: target,
      timestampType: timestampTypeOf(attributes),
      transactional: isTransactional(attributes),
      control: isControl(attributes),
    }),
    lastOffsetDelta: batchLastOffsetDelta(batch, 0),
    baseTimestamp: batchBaseTimestamp(batch, 0),
    maxTimestamp: batchMaxTimestamp(batch, 0),
    producerId: batchProducerId(batch, 0),
    producerEpoch: batchProducerEpoch(batch, 0),
    baseSequence: batchBaseSequence(batch, 0),
    recordCount: batchRecordCount(batch, 0),
  })
  return result
}

function levelOf(target: CompressionType, config: LogConfig): number | undefined {
  if (target === 'gzip' || target === 'lz4' || target === 'zstd') return config.compressionLevels[target]
  return undefined
}
