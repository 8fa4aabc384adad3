/** Names in Kafka's error table of what can be wrong with a batch that is being read. */
export type RecordBatchErrorCode =
  | 'CORRUPT_MESSAGE'
  | 'INVALID_RECORD'
  | 'MESSAGE_TOO_LARGE'
  | 'UNSUPPORTED_FOR_MESSAGE_FORMAT'
  | 'UNSUPPORTED_COMPRESSION_TYPE'

/**
 * A batch cannot be read. Match on `code`:
 *
 * - `CORRUPT_MESSAGE`: sizes, checksum or compressed data are broken;
 * - `INVALID_RECORD`: the batch is intact, the records in it do not follow the format;
 * - `MESSAGE_TOO_LARGE`: the records decompress to more than the caller allows;
 * - `UNSUPPORTED_FOR_MESSAGE_FORMAT`: a message format from before Kafka 0.11;
 * - `UNSUPPORTED_COMPRESSION_TYPE`: a codec number that Kafka has not given out.
 */
export class RecordBatchError extends Error {
  override readonly name = 'RecordBatchError'
  readonly code: RecordBatchErrorCode

  constructor(code: RecordBatchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The error for broken bytes. */
export function corrupt(message: string, cause?: unknown): RecordBatchError {
  return new RecordBatchError('CORRUPT_MESSAGE', message, cause === undefined ? undefined : { cause })
}

/** The error for output beyond the caller's limit. */
export function tooLarge(maxOutputBytes: number): RecordBatchError {
  return new RecordBatchError('MESSAGE_TOO_LARGE', `The records decompress to more than ${maxOutputBytes} bytes`)
}

/** The error for records that do not follow the format. */
export function invalid(message: string): RecordBatchError {
  return new RecordBatchError('INVALID_RECORD', message)
}
