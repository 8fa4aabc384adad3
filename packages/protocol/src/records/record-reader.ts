import { openBatch, type ReadOptions, type RecordHeader } from './record-cursor.js'

/** One record, as an application sees it. Key, value and header values are views of the batch. */
export interface KafkaRecord {
  readonly offset: number
  /** In ms, or −1. May be an unsafe integer. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

/**
 * The records of the batch at `at`, decompressed if need be. The whole batch must be in the buffer; its checksum is
 * not verified. Throws a `RecordBatchError`, at the first step or at the record that is broken.
 *
 * Where an object per record is too much, walk with `openBatch` instead.
 */
export function* readRecords(buffer: Buffer, at = 0, options: ReadOptions = {}): Generator<KafkaRecord, void> {
  const cursor = openBatch(buffer, at, options)
  while (cursor.next()) {
    yield {
      offset: cursor.offset,
      timestamp: cursor.timestamp,
      key: cursor.key(),
      value: cursor.value(),
      headers: cursor.headers(),
    }
  }
}
