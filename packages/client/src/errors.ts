/** What goes wrong in a client, as data: one class, matched by `code`. */

import { NetworkError } from '@millrace/net'
import { ErrorCode, type ErrorName, errorInfo, UnencodableMessageError } from '@millrace/protocol'

/**
 * What no broker says:
 *
 * - `TIMEOUT`: the call's time is over, or `delivery.timeout.ms` is; a record may have been written or not.
 * - `WAKEUP`: `wakeup()` was called.
 * - `CLOSED`: the client was closed.
 * - `ILLEGAL_STATE`: a call that this state does not allow, such as commitTransaction without beginTransaction.
 * - `INVALID_ARGUMENT`: a call that no state would allow.
 * - `SERIALIZATION_FAILED`, `DESERIALIZATION_FAILED`: a serde threw.
 * - `BUFFER_EXHAUSTED`: no room in `buffer.memory` within `max.block.ms`.
 * - `TRANSACTION_ABORTED`: the record’s transaction was aborted before the record was sent.
 * - `NO_OFFSET_FOR_PARTITION`: there is no committed offset, and `auto.offset.reset` is `none`.
 * - `TLS_FAILED`: no certificate to agree on.
 */
export type ClientErrorCode =
  | 'TIMEOUT'
  | 'WAKEUP'
  | 'CLOSED'
  | 'ILLEGAL_STATE'
  | 'INVALID_ARGUMENT'
  | 'SERIALIZATION_FAILED'
  | 'DESERIALIZATION_FAILED'
  | 'BUFFER_EXHAUSTED'
  | 'TRANSACTION_ABORTED'
  | 'NO_OFFSET_FOR_PARTITION'
  | 'TLS_FAILED'

/** A name of Kafka's error table, or one of the client's own. */
export type KafkaErrorCode = ErrorName | ClientErrorCode

export interface KafkaErrorOptions extends ErrorOptions {
  /** The producer or consumer is of no use any more. Default false. */
  readonly fatal?: boolean
  /** The transaction must be aborted; the producer can go on after that. Default false. */
  readonly abortable?: boolean
  /** Default: what Kafka's table says; false for the client's own codes, true for TIMEOUT. */
  readonly retriable?: boolean
}

/** Match on `code`, never on the message. */
export class KafkaError extends Error {
  override readonly name: string = 'KafkaError'
  readonly code: KafkaErrorCode
  /** The number on the wire; −1 for the client's own codes. */
  readonly errorCode: number
  /** The same call may succeed when it is made again. */
  readonly retriable: boolean
  readonly fatal: boolean
  readonly abortable: boolean

  constructor(code: KafkaErrorCode, message?: string, options: KafkaErrorOptions = {}) {
    const isKafkas = code in ErrorCode
    const info = errorInfo(isKafkas ? (code as ErrorName) : 'UNKNOWN_SERVER_ERROR')
    super(message ?? (isKafkas ? info.message : code), options)
    this.code = code
    this.errorCode = info.code
    this.retriable = options.retriable ?? (isKafkas ? info.retriable : code === 'TIMEOUT')
    this.fatal = options.fatal ?? false
    this.abortable = options.abortable ?? false
  }

  /** For structured logs: an Error's own fields are not enumerable. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, retriable, fatal, abortable } = this
    return { name, code, message, retriable, fatal, abortable }
  }
}

/** The error of a response's error code; undefined for NONE. */
export function errorOf(errorCode: number, message?: string | null): KafkaError | undefined {
  if (errorCode === ErrorCode.NONE) return undefined
  const { name } = errorInfo(errorCode)
  return new KafkaError(name, message ?? undefined)
}

/** Whatever was thrown, as a KafkaError. */
export function kafkaErrorOf(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  if (error instanceof NetworkError) return ofNetworkError(error)
  if (error instanceof UnencodableMessageError) {
    const isTooOld = error.reason === 'field-not-in-version'
    return new KafkaError(isTooOld ? 'UNSUPPORTED_VERSION' : 'INVALID_ARGUMENT', error.message, { cause: error })
  }
  const { code, message } = error as { readonly code?: string; readonly message?: string }
  const known = code !== undefined && code in ErrorCode ? (code as ErrorName) : 'UNKNOWN_SERVER_ERROR'
  return new KafkaError(known, message ?? String(error), { cause: error, retriable: false })
}

function ofNetworkError(error: NetworkError): KafkaError {
  switch (error.code) {
    case 'CONNECT_FAILED':
    case 'DISCONNECTED':
      return new KafkaError('NETWORK_EXCEPTION', error.message, { cause: error })
    case 'REQUEST_TIMED_OUT':
      return new KafkaError('REQUEST_TIMED_OUT', error.message, { cause: error })
    case 'AUTHENTICATION_FAILED':
      return new KafkaError('SASL_AUTHENTICATION_FAILED', error.message, { cause: error, fatal: true })
    case 'TLS_FAILED':
      return new KafkaError('TLS_FAILED', error.message, { cause: error, fatal: true })
    case 'UNSUPPORTED_VERSION':
      return new KafkaError('UNSUPPORTED_VERSION', error.message, { cause: error })
    case 'MALFORMED_RESPONSE':
      return new KafkaError('UNKNOWN_SERVER_ERROR', error.message, { cause: error })
    default:
      return error.code satisfies never
  }
}
