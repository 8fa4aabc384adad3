/** What goes wrong with one partition or one record, and what `wakeup` makes of a wait. Match on `code`. */
import { KafkaError, type KafkaErrorCode, type KafkaErrorOptions } from '../errors.js'

/** Something about one partition: `OFFSET_OUT_OF_RANGE`, `NO_OFFSET_FOR_PARTITION`, `CORRUPT_MESSAGE`, … Its position has not moved. */
export class PartitionError extends KafkaError {
  override readonly name: string = 'PartitionError'
  readonly topic: string
  readonly partition: number
  /** The position; −1 if there was none. */
  readonly offset: number

  constructor(
    code: KafkaErrorCode,
    at: { readonly topic: string; readonly partition: number; readonly offset: number },
    message: string,
    options: KafkaErrorOptions = {},
  ) {
    super(code, message, options)
    this.topic = at.topic
    this.partition = at.partition
    this.offset = at.offset
  }

  override toJSON(): Record<string, unknown> {
    const { topic, partition, offset } = this
    return { ...super.toJSON(), topic, partition, offset }
  }
}

/** The log was cut behind what this consumer has read (KIP-320), and there is no `auto.offset.reset` that says where to go on. */
export class LogTruncationError extends PartitionError {
  override readonly name = 'LogTruncationError'
  /** The first offset that may be another record now; undefined if the broker does not know. */
  readonly divergentOffset: number | undefined

  constructor(
    at: { readonly topic: string; readonly partition: number; readonly offset: number },
    divergentOffset: number | undefined,
  ) {
    const where = divergentOffset === undefined ? '' : `, first at offset ${divergentOffset}`
    super(
      'OFFSET_OUT_OF_RANGE',
      at,
      `the log of ${at.topic}-${at.partition} has changed before offset ${at.offset}${where}`,
    )
    this.divergentOffset = divergentOffset
  }
}

/** A deserializer threw; its error is the `cause`. The position stays at this record: `seek` behind it to go on without it. */
export class RecordDeserializationError extends PartitionError {
  override readonly name = 'RecordDeserializationError'
  readonly part: 'key' | 'value'
  /** The bytes that could not be read. */
  readonly raw: Uint8Array | null

  constructor(
    at: { readonly topic: string; readonly partition: number; readonly offset: number },
    part: 'key' | 'value',
    raw: Uint8Array | null,
    cause: unknown,
  ) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(
      'DESERIALIZATION_FAILED',
      at,
      `the ${part} of ${at.topic}-${at.partition} at offset ${at.offset} cannot be read: ${why}`,
      { cause },
    )
    this.part = part
    this.raw = raw
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), part: this.part }
  }
}

/** `wakeup()` was called. */
export class WakeupError extends KafkaError {
  override readonly name = 'WakeupError'

  constructor() {
    super('WAKEUP', 'wakeup() was called')
  }
}
