import type { ErrorName, RecordError } from '@millrace/protocol'

/** The log says no. Match on `code`, a name of Kafka's error table. */
export class LogError extends Error {
  override readonly name: string = 'LogError'
  readonly code: ErrorName

  constructor(code: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The disk of the log is not used any more. */
export function offlineError(directory: string): LogError {
  return new LogError('KAFKA_STORAGE_ERROR', `The disk of ${directory} has failed`)
}

/** An append was refused, and nothing of it is in the log. */
export class LogAppendError extends LogError {
  override readonly name = 'LogAppendError'
  /** The records that are to blame, if single ones are. */
  readonly recordErrors: readonly RecordError[]

  constructor(code: ErrorName, message: string, recordErrors: readonly RecordError[] = [], options?: ErrorOptions) {
    super(code, message, options)
    this.recordErrors = recordErrors
  }
}

/** The log takes no more appends. */
export function closedError(directory: string): LogAppendError {
  return new LogAppendError('KAFKA_STORAGE_ERROR', `${directory} is closed`)
}
