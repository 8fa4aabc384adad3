/**
 * - `LOCKED`: another process uses the directory, see `pid`;
 * - `INCONSISTENT_CLUSTER_ID`, `INCONSISTENT_BROKER_ID`: it belongs to another cluster or broker;
 * - `MALFORMED_META_PROPERTIES`: `meta.properties` cannot be read;
 * - `DUPLICATE_PARTITION`: a partition is in two directories;
 * - `ALL_OFFLINE`: no directory can be used;
 * - `CLOSED`: the log manager has been closed.
 */
export type LogDirectoryErrorCode =
  | 'LOCKED'
  | 'INCONSISTENT_CLUSTER_ID'
  | 'INCONSISTENT_BROKER_ID'
  | 'MALFORMED_META_PROPERTIES'
  | 'DUPLICATE_PARTITION'
  | 'ALL_OFFLINE'
  | 'CLOSED'

/** A log directory must not, or cannot, be used. Match on `code`. The message is for the operator. */
export class LogDirectoryError extends Error {
  override readonly name = 'LogDirectoryError'
  readonly code: LogDirectoryErrorCode
  readonly directory: string
  /** Of LOCKED: who has the directory, 0 if that is not known. */
  readonly pid: number | undefined

  constructor(
    code: LogDirectoryErrorCode,
    message: string,
    details: { readonly directory: string; readonly pid?: number; readonly cause?: unknown },
  ) {
    super(message, { cause: details.cause })
    this.code = code
    this.directory = details.directory
    this.pid = details.pid
  }
}
