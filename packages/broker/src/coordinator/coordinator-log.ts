import type { ErrorName } from '@millrace/protocol'

/**
 * One partition of a coordinator's topic, as its leader sees it. Nobody else appends to it while a coordinator holds
 * it, so that the offsets of what is appended next can be foretold.
 */
export interface CoordinatorLog {
  logStartOffset(): number
  /** Offset of the next record to be appended. */
  logEndOffset(): number
  /** Offset after the last committed record. */
  highWatermark(): number
  /** Largest batch that the log takes, in bytes. */
  maxBatchBytes(): number
  /** NONE, or why an append would be refused now without touching the log (NOT_ENOUGH_REPLICAS …). */
  checkAppend(): ErrorName
  /**
   * Appends one record batch; its base offset is 0, the log sets the real one. Resolves when the batch is in the log,
   * before or after it is committed. Never called again before the last call has settled.
   * @throws ProtocolError with the log's error code, NOT_LEADER_OR_FOLLOWER if this broker no longer leads; any other
   *   failure counts as KAFKA_STORAGE_ERROR
   */
  append(batch: Buffer): Promise<{ readonly lastOffset: number }>
  /** Whole batches from the one that contains `offset` on, up to the log end; at least one while there is one. */
  read(offset: number): Promise<Buffer>
  /** Called with every new high watermark; the returned function ends it. */
  onHighWatermark(listener: (highWatermark: number) => void): () => void
}
