import type { RecordHeader } from '@millrace/protocol'

/** A batch's own, before its first record. */
export const BATCH_OVERHEAD = 61
/** Length 5, attributes 1, timestamp 10, offset 5. */
const RECORD_OVERHEAD = 21

/** Kafka's estimate of a batch that holds this record alone (`estimateBatchSizeUpperBound`), which `max.request.size` limits. */
export function batchBytesUpperBound(
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[] = [],
): number {
  let bytes = BATCH_OVERHEAD + RECORD_OVERHEAD + fieldBytes(key) + fieldBytes(value) + varintBytes(headers.length)
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key)
    bytes += varintBytes(keyBytes) + keyBytes + fieldBytes(header.value)
  }
  return bytes
}

/** Behind its length. */
function fieldBytes(field: Uint8Array | null): number {
  return field === null ? 1 : varintBytes(field.length) + field.length
}

/** Of a length, which is written as a signed number. */
function varintBytes(length: number): number {
  let bytes = 1
  for (let rest = 2 * length; rest >= 128; rest /= 128) bytes++
  return bytes
}
