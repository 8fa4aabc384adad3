import type { CompressionType } from '../records/batch-header.js'

/** A codec by its name; `none` has none. */
export type CodecType = Exclude<CompressionType, 'none'>

/** `native` is an optional package or the runtime itself, `portable` is JavaScript or WebAssembly. */
export type CodecVariant = 'native' | 'portable'

/** What is compressed: one buffer, or several that count as one. */
export type CodecInput = Buffer | readonly Buffer[]

/**
 * Compresses and decompresses the records of one batch, synchronously: whether that happens in a worker is the
 * caller's decision. A codec keeps no state between calls that a caller could see.
 */
export interface Codec {
  readonly type: CodecType
  readonly variant: CodecVariant

  /**
   * Compresses into the format that Kafka's Java client reads. `level` is Kafka's `compression.<type>.level`;
   * codecs without levels ignore it.
   */
  compress(input: CodecInput, level?: number): Buffer

  /**
   * Decompresses into at most `maxOutputBytes`. Throws a `RecordBatchError`: `MESSAGE_TOO_LARGE` if the output is
   * larger, `CORRUPT_MESSAGE` if the input is not in the codec's format.
   */
  decompress(input: Buffer, maxOutputBytes: number): Buffer
}

/** The input as one buffer, copied only if it comes in several. */
export function gather(input: CodecInput): Buffer {
  if (Buffer.isBuffer(input)) return input
  return input.length === 1 ? input[0]! : Buffer.concat(input)
}
