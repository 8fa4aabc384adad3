/**
 * What a coordinator's state machine asks its runtime to do, as plain data.
 *
 * A handler of a shard reads its state and returns a Decision. The runtime carries it out in this order: timers,
 * then records (encoded into one batch, replayed into the live state at once), then, when the high watermark has
 * passed them, the replies. See Kafka's CoordinatorResult and CoordinatorRuntime.
 */
import type { TransactionResult } from '@millrace/protocol'

/** Names one client request that waits for an answer. Unique within one runtime. */
export type ReplyToken = number

/** An answer to a request that was parked by an earlier Decision. */
export interface DeferredReply {
  readonly to: ReplyToken
  readonly value: unknown
}

export type TimerCommand<Timer> =
  /** Replaces the timer of the same key, if there is one. */
  | { readonly kind: 'arm'; readonly key: string; readonly deadlineMs: number; readonly timer: Timer }
  | { readonly kind: 'cancel'; readonly key: string }

export interface Decision<Record, Reply, Timer> {
  /** Appended as one atomic batch (unless `atomic` is false), replayed at once, visible to readers after commit. */
  readonly records: readonly Record[]
  /** The answer to this request; left out when the request is parked until another Decision answers its token. */
  readonly reply?: Reply
  /**
   * True when `reply` tells nothing that the loss of an append could make untrue, and need not wait for those under way:
   * a heartbeat while the disk stalls. Only without records. Default false.
   */
  readonly repliesAtOnce?: boolean
  /** Answers to requests parked earlier. Released together with `reply`. */
  readonly replies?: readonly DeferredReply[]
  readonly timers?: readonly TimerCommand<Timer>[]
  /** False when the records are independent of each other and may be split over several batches. Default true. */
  readonly atomic?: boolean
  /** Lines for the operator's log, in order. */
  readonly notes?: readonly string[]
}

/** Where a replayed record lies in the log, and the transaction it belongs to. */
export interface RecordPosition {
  readonly offset: number
  /** −1 outside of transactions. */
  readonly producerId: number
  readonly producerEpoch: number
}

/** What a handler may use besides the state and its input: the time, and how to name its own request. */
export interface Turn {
  readonly nowMs: number
  /** Token of the request that is being handled; keep it to park the request. */
  readonly token: ReplyToken
}

/**
 * State machine over one partition of a coordinator's topic. Synchronous and pure: time comes in, decisions go out.
 * Only `replay` and `replayEndTransaction` change durable state.
 */
export interface CoordinatorShard<Record, Timer> {
  replay(record: Record, position: RecordPosition): void
  replayEndTransaction(producerId: number, result: TransactionResult): void
  /** The whole log has been replayed: the timers of what was found. */
  onLoaded(nowMs: number): Decision<Record, never, Timer>
  onTimer(timer: Timer, nowMs: number): Decision<Record, never, Timer>
  /**
   * The records of a decision were refused before they were appended, and its replies failed. Brings transient state
   * back in line with the durable state; what it answers to parked requests is up to it.
   */
  onRejected(records: readonly Record[], code: number, nowMs: number): Decision<Record, never, Timer>
}

export interface EncodedRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

export interface RecordSerde<Record> {
  encode(record: Record): EncodedRecord
  /**
   * Undefined for a record type that this version does not know: it is skipped, and stays in the log.
   * @throws when a record of a known type is malformed: the partition cannot be loaded.
   */
  decode(key: Buffer, value: Buffer | null): Record | undefined
}
