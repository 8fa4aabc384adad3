/**
 * A batch of records of one partition, from its first record to its end: acknowledged, failed, or split.
 *
 *     open ──► queued ◄──► in flight ──► done
 *                 └──────────────────────► (expired, aborted)
 *
 * It owns the bytes of its records, who waits for them, and the producer state that it is sent with. It does not know
 * whether it may be sent: that is its queue's and the sequence tracker's business.
 */
import assert from 'node:assert/strict'
import {
  BatchBuilder,
  type CompressionType,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  type RecordHeader,
  readRecords,
  setProducerState,
} from '@millrace/protocol'
import type { KafkaError } from '../../errors.js'
import type { BatchQueue } from './batch-queue.js'
import type { Delivery } from './delivery.js'
import type { FlushEpoch } from './flush-epoch.js'

/** What waits for one partition. */
export type PartitionQueue = BatchQueue<ProducerBatch>

export interface BatchSettings {
  /** `batch.size` */
  readonly batchBytes: number
  readonly compression: CompressionType
  readonly compressionLevel: number | undefined
}

/** Records whose keys, values and headers together take more than this start with a buffer of the batch's full size. */
const INITIAL_BYTES_MIN = 512

export class ProducerBatch {
  readonly queue: PartitionQueue
  readonly epoch: FlushEpoch
  /** Where it belongs among the batches of its partition. */
  readonly ordinal: number
  /** Up to where its parts’ ordinals may reach, if it is split. */
  readonly #ordinalWidth: number
  /** Monotonic. */
  readonly createdMs: number
  readonly #settings: BatchSettings
  readonly #builder: BatchBuilder
  #deliveries: Delivery[] | undefined
  /** Encoded, compressed, with the producer state of `#encodedWith`. */
  #bytes: Buffer | undefined
  #encodedWith = ''
  #wasSent = false
  /** No more records are added. */
  isSealed = false
  isInFlight = false
  isDone = false
  /** It was sent with its present sequence and came back without an acknowledgement: it may be in the log. */
  isInDoubt = false
  /** Not to be sent for now: those behind it are asked about first. */
  isSetAside = false
  /** How often it was sent and came back. */
  attempts = 0
  /** Monotonic: not to be sent again before, unless its partition has a new leader. */
  retryAtMs = 0
  /** The leader's epoch when it was last sent. */
  leaderEpoch = -1
  /** When it was sent for the first time. */
  drainedMs = 0
  producerId = NO_PRODUCER_ID
  producerEpoch = NO_PRODUCER_EPOCH
  baseSequence = NO_SEQUENCE
  isTransactional = false
  /** Its sequence is not the one that it was first sent with. */
  hasSequenceBeenReset = false
  maxRecordBytes = 0

  constructor(
    queue: PartitionQueue,
    settings: BatchSettings,
    options: { ordinal: number; ordinalWidth?: number; createdMs: number; epoch: FlushEpoch; initial: number | Buffer },
  ) {
    this.queue = queue
    this.#settings = settings
    this.ordinal = options.ordinal
    this.#ordinalWidth = options.ordinalWidth ?? 1
    this.createdMs = options.createdMs
    this.epoch = options.epoch
    options.epoch.begin()
    const { compression, compressionLevel } = settings
    this.#builder = new BatchBuilder(
      compressionLevel === undefined ? { compression } : { compression, compressionLevel },
      typeof options.initial === 'number' ? Math.max(INITIAL_BYTES_MIN, options.initial) : options.initial,
    )
  }

  get recordCount(): number {
    return this.#builder.recordCount
  }

  /** Bytes of its records, not compressed: what it takes of `buffer.memory`. */
  get recordBytes(): number {
    return this.#builder.uncompressedBytes
  }

  get hasSequence(): boolean {
    return this.baseSequence !== NO_SEQUENCE
  }

  get lastSequence(): number {
    return addSequence(this.baseSequence, this.recordCount - 1)
  }

  get wasSent(): boolean {
    return this.#wasSent
  }

  /** Bytes that a request with it will have, about: exact once it is encoded. */
  get estimatedBytes(): number {
    return this.#bytes?.length ?? this.#builder.estimatedBytes(this.queue.topic.compressionRatio)
  }

  /** How much compression left of its bytes; 1 without. */
  get compressionRatio(): number {
    return this.#bytes === undefined ? 1 : this.#bytes.length / this.#builder.uncompressedBytes
  }

  /** Within `batch.size`, by what compression has made of the topic's batches before. */
  hasRoomFor(recordBytesMax: number): boolean {
    if (this.recordCount === 0) return true
    const ratio = this.queue.topic.compressionRatio
    return this.#builder.estimatedBytes(ratio) + recordBytesMax * ratio <= this.#settings.batchBytes
  }

  /** Whether it need not wait for more records. */
  get isFull(): boolean {
    return this.isSealed || this.#builder.estimatedBytes(this.queue.topic.compressionRatio) >= this.#settings.batchBytes
  }

  /** Returns how many bytes it grew by. */
  append(
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly RecordHeader[] | undefined,
    timestamp: number,
    delivery: Delivery | undefined,
  ): number {
    assert(!this.isSealed)
    const before = this.#builder.uncompressedBytes
    if (delivery !== undefined) {
      delivery.metadata.offset = this.#builder.recordCount
      this.#deliveries ??= []
      this.#deliveries.push(delivery)
    }
    this.#builder.appendParts(key, value, headers, timestamp)
    const bytes = this.#builder.uncompressedBytes - before
    if (bytes > this.maxRecordBytes) this.maxRecordBytes = bytes
    return bytes
  }

  setProducerState(producerId: number, producerEpoch: number, baseSequence: number, isTransactional: boolean): void {
    if (this.hasSequence) this.hasSequenceBeenReset = true
    this.isInDoubt = false
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.baseSequence = baseSequence
    this.isTransactional = isTransactional
  }

  /** The bytes to send. What was handed out before stays as it was: a socket may still hold it. */
  encode(): Buffer {
    this.isSealed = true
    this.#wasSent = true
    const { producerId, producerEpoch, baseSequence } = this
    const state = `${producerId} ${producerEpoch} ${baseSequence}`
    if (this.#bytes === undefined) {
      if (this.hasSequence) {
        this.#builder.setProducerState({ producerId, producerEpoch, baseSequence, transactional: this.isTransactional })
      }
      this.#bytes = this.#builder.build()
    } else if (this.#encodedWith !== state) {
      const copy = Buffer.from(this.#bytes)
      setProducerState(copy, 0, { producerId, producerEpoch, baseSequence })
      this.#bytes = copy
    }
    this.#encodedWith = state
    return this.#bytes
  }

  /** The buffer of its records, once it was acknowledged: no socket holds it any more. Undefined: one still may. */
  takeBuffer(): Buffer | undefined {
    return this.attempts > 0 || this.hasSequenceBeenReset ? undefined : this.#builder.takeBuffer()
  }

  /** All of its records have been written. `logAppendTimeMs` −1: they keep their timestamps. */
  complete(baseOffset: number, logAppendTimeMs: number): void {
    if (!this.#end()) return
    const deliveries = this.#deliveries
    if (deliveries === undefined) return
    for (const delivery of deliveries) {
      const { metadata } = delivery
      metadata.offset = baseOffset < 0 ? -1 : baseOffset + metadata.offset
      if (logAppendTimeMs >= 0) metadata.timestamp = logAppendTimeMs
      delivery.settle(null)
    }
  }

  /** None of its records counts as written. */
  fail(errorOfRecord: (index: number) => KafkaError): void {
    if (!this.#end()) return
    for (const delivery of this.#deliveries ?? []) {
      const { metadata } = delivery
      const index = metadata.offset
      metadata.offset = -1
      delivery.settle(errorOfRecord(index))
    }
  }

  /**
   * Smaller batches of the same records, because the broker takes none of this size. They keep the sequences that the
   * records have. The batch itself is done, without anybody being told.
   */
  split(): ProducerBatch[] {
    assert(this.recordCount > 1, 'a batch of one record cannot be split')
    const parts: ProducerBatch[] = []
    const deliveries = this.#deliveries ?? []
    const limit = Math.min(this.#settings.batchBytes, Math.ceil(this.recordBytes / 2))
    const step = this.#ordinalWidth / this.recordCount
    let part: ProducerBatch | undefined
    let index = 0
    let nextDelivery = 0
    for (const record of readRecords(this.encode())) {
      const { key, value, headers, timestamp } = record
      const bytesMax = recordBytesUpperBound(key, value, headers)
      if (part === undefined || part.recordBytes + bytesMax > limit) {
        part = new ProducerBatch(this.queue, this.#settings, {
          ordinal: this.ordinal + index * step,
          ordinalWidth: step,
          createdMs: this.createdMs,
          epoch: this.epoch,
          initial: limit,
        })
        if (this.hasSequence) {
          const sequence = addSequence(this.baseSequence, index)
          part.setProducerState(this.producerId, this.producerEpoch, sequence, this.isTransactional)
        }
        parts.push(part)
      }
      const delivery = deliveries[nextDelivery]
      const isWaitedFor = delivery !== undefined && delivery.metadata.offset === index
      part.append(key, value, headers, timestamp, isWaitedFor ? delivery : undefined)
      if (isWaitedFor) nextDelivery++
      index++
    }
    for (const made of parts) made.isSealed = true
    this.#end()
    return parts
  }

  #end(): boolean {
    if (this.isDone) return false
    this.isDone = true
    this.isSealed = true
    this.epoch.end()
    return true
  }
}

const MAX_INT32 = 2 ** 31 - 1

/** Sequences go round: after 2³¹ − 1 comes 0. */
export function addSequence(sequence: number, count: number): number {
  return sequence > MAX_INT32 - count ? count - (MAX_INT32 - sequence) - 1 : sequence + count
}

/** How many steps lead from one sequence to another one. */
export function sequencesBetween(from: number, to: number): number {
  return (to - from) & MAX_INT32
}

/** Length 5, attributes 1, timestamp 10, offset 5, and three lengths of 5. */
const RECORD_OVERHEAD_MAX = 36

/** The most bytes that a record can add to a batch. */
export function recordBytesUpperBound(
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[] | undefined,
): number {
  let bytes = RECORD_OVERHEAD_MAX + (key === null ? 0 : key.length) + (value === null ? 0 : value.length)
  if (headers !== undefined) {
    for (const header of headers) bytes += 10 + Buffer.byteLength(header.key) + (header.value?.length ?? 0)
  }
  return bytes
}
