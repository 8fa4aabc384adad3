/**
 * What keeps a request from being answered.
 *
 * - `CONNECT_FAILED`: there is no connection, and there was none: nothing was sent.
 * - `DISCONNECTED`: the connection broke; whether the request was carried out is not known.
 * - `REQUEST_TIMED_OUT`: no answer came in time; the connection is given up, because answers come in order.
 * - `AUTHENTICATION_FAILED`: the broker refuses these credentials. Trying again does not help.
 * - `TLS_FAILED`: no certificate to agree on. Trying again does not help.
 * - `UNSUPPORTED_VERSION`: broker and client share no version of an API.
 * - `MALFORMED_RESPONSE`: the peer is no Kafka broker, or a broken one.
 */
export type NetworkErrorCode =
  | 'CONNECT_FAILED'
  | 'DISCONNECTED'
  | 'REQUEST_TIMED_OUT'
  | 'AUTHENTICATION_FAILED'
  | 'TLS_FAILED'
  | 'UNSUPPORTED_VERSION'
  | 'MALFORMED_RESPONSE'

/** No answer. Match on `code`. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code: NetworkErrorCode

  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Whether another try may help. */
  get retriable(): boolean {
    return this.code === 'CONNECT_FAILED' || this.code === 'DISCONNECTED' || this.code === 'REQUEST_TIMED_OUT'
  }
}
