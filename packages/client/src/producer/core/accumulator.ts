/**
 * Where records wait to be sent: a queue of batches for each partition, the bytes that they take, and which of them are to be
 * sent now.
 *
 * Pure: it is told the time, which broker leads a partition, and what became of a batch; it sends nothing and waits for
 * nothing. Source: Kafka's RecordAccumulator, with another notion of `linger.ms` (`isLingerAdaptive`).
 */
import assert from 'node:assert/strict'
import type { RecordHeader } from '@millrace/protocol'
import type { KafkaError } from '../../errors.js'
import { BatchBuffers } from './batch-buffers.js'
import type { Delivery } from './delivery.js'
import { type FlushEpoch, FlushEpochs } from './flush-epoch.js'
import type { PartitionQueue } from './producer-batch.js'
import { type BatchSettings, ProducerBatch, recordBytesUpperBound } from './producer-batch.js'
import type { SequenceTracker } from './sequence-tracker.js'

export interface AccumulatorSettings extends BatchSettings {
  /** `buffer.memory` */
  readonly bufferBytes: number
  readonly lingerMs: number
  /** A batch is sent at once when its broker has nothing else to do, and waits for `linger.ms` only while it has. */
  readonly isLingerAdaptive: boolean
  readonly deliveryTimeoutMs: number
  readonly maxRequestBytes: number
  /** Whether at most one batch of a partition is on the wire: max.in.flight.requests.per.connection is 1. */
  readonly isOrderGuaranteedByMuting: boolean
}

const NO_BATCHES: readonly ProducerBatch[] = []
/** A batch may be a bit larger than `batch.size`: estimates are estimates. */
const SLACK_BYTES = 64
/** Batches of a partition that wait or are on the wire, from which on another one grows beyond `batch.size`. */
const WAITING_MIN = 2
/** How many times `batch.size` it may have. */
const GROWTH = 32
/** Of `max.request.size`: a request holds a batch of each partition, and one must not fill it. */
const REQUEST_SHARE_MAX = 1 / 2

export class Accumulator {
  readonly #settings: AccumulatorSettings
  readonly #tracker: SequenceTracker | undefined
  /** Partitions that have something to send. */
  readonly active = new Set<PartitionQueue>()
  /** Not done, in order of creation. */
  readonly #incomplete = new Set<ProducerBatch>()
  readonly #epochs = new FlushEpochs()
  #usedBytes = 0
  readonly #buffers: BatchBuffers
  readonly #grownBytes: number
  /** Whoever waits for memory makes everything ready. */
  isExhausted = false
  isClosing = false

  constructor(settings: AccumulatorSettings, tracker: SequenceTracker | undefined) {
    this.#settings = settings
    this.#tracker = tracker
    this.#grownBytes = Math.max(
      settings.batchBytes,
      Math.min(settings.batchBytes * GROWTH, Math.floor(settings.maxRequestBytes * REQUEST_SHARE_MAX)),
    )
    this.#buffers = new BatchBuffers(settings.batchBytes + SLACK_BYTES, this.#grownBytes * 2)
  }

  /** Bytes of records that are not done. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  get availableBytes(): number {
    return Math.max(0, this.#settings.bufferBytes - this.#usedBytes)
  }

  get hasIncomplete(): boolean {
    return this.#incomplete.size > 0
  }

  /** Batches that are not done. */
  get incomplete(): Iterable<ProducerBatch> {
    return this.#incomplete
  }

  /** Counts what is waited for by the next flush. */
  get epoch(): FlushEpoch {
    return this.#epochs.current
  }

  /** A record larger than all of the memory has room when nothing else is there. */
  hasRoomFor(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#settings.bufferBytes
  }

  /** Adds a record to the partition's last batch, or to a new one. Returns the bytes that it took. */
  append(
    queue: PartitionQueue,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly RecordHeader[] | undefined,
    timestamp: number,
    delivery: Delivery | undefined,
    nowMs: number,
    epoch: FlushEpoch = this.#epochs.current,
  ): number {
    let batch = queue.open
    const bytesMax = recordBytesUpperBound(key, value, headers)
    if (batch !== undefined && (batch.epoch !== epoch || !this.#hasRoomFor(queue, batch, bytesMax))) {
      if (batch.epoch === epoch) queue.expectedBytes = batch.recordBytes
      batch.isSealed = true
      batch = undefined
    }
    let bytes = 0
    if (batch === undefined) {
      batch = this.#open(queue, bytesMax, nowMs, epoch)
      bytes = batch.recordBytes
    }
    bytes += batch.append(key, value, headers, timestamp, delivery)
    this.#usedBytes += bytes
    return bytes
  }

  #open(queue: PartitionQueue, bytesMax: number, nowMs: number, epoch: FlushEpoch): ProducerBatch {
    const batch = new ProducerBatch(queue, this.#settings, {
      ordinal: queue.nextOrdinal++,
      createdMs: nowMs,
      epoch,
      initial: this.#initialBuffer(Math.max(bytesMax, queue.expectedBytes) + SLACK_BYTES),
    })
    queue.push(batch)
    this.active.add(queue)
    this.#incomplete.add(batch)
    return batch
  }

  /**
   * A batch that has others before it would only wait: it may as well grow, so that fewer requests carry as much. What it
   * grows by counts before compression, which would block the event loop for too long.
   */
  #hasRoomFor(queue: PartitionQueue, batch: ProducerBatch, bytesMax: number): boolean {
    if (batch.hasRoomFor(bytesMax)) return true
    if (!this.#settings.isLingerAdaptive || queue.topic.refusesLarge) return false
    if (queue.batches.length - 1 + queue.inFlight < WAITING_MIN) return false
    return batch.recordBytes + bytesMax <= this.#grownBytes
  }

  /** A small batch has a small buffer; one that may become full has a full one. */
  #initialBuffer(bytes: number): Buffer | number {
    return bytes < this.#settings.batchBytes / 2 ? bytes : this.#buffers.take()
  }

  /** Whether something of the partition is to be sent now, to a broker with so many requests in flight. */
  isReady(queue: PartitionQueue, inFlight: number, nowMs: number): boolean {
    const batch = queue.next
    if (batch === undefined || !this.#maySend(queue, batch, nowMs)) return false
    const { lingerMs, isLingerAdaptive } = this.#settings
    return (
      queue.batches.length > 1 ||
      batch.isFull ||
      batch.attempts > 0 ||
      (isLingerAdaptive && inFlight === 0) ||
      nowMs - batch.createdMs >= lingerMs ||
      this.#epochs.isFlushing ||
      this.isExhausted ||
      this.isClosing
    )
  }

  /** When a partition that is not ready will be, by time alone; never, if time is not what it waits for. */
  nextReadyMs(queue: PartitionQueue, nowMs: number): number {
    const batch = queue.next
    if (batch === undefined) return Number.POSITIVE_INFINITY
    const lingeredMs = batch.attempts > 0 ? 0 : batch.createdMs + this.#settings.lingerMs
    const readyMs = Math.max(lingeredMs, batch.retryAtMs)
    return readyMs > nowMs ? readyMs : Number.POSITIVE_INFINITY
  }

  /**
   * Takes the next batches for one request to the broker that leads these partitions, one of each at most, as many as the
   * request may have bytes.
   */
  drain(queues: readonly PartitionQueue[], nowMs: number): ProducerBatch[] {
    const drained: ProducerBatch[] = []
    let bytes = 0
    for (const queue of queues) {
      const batch = queue.next
      if (batch === undefined || !this.#maySend(queue, batch, nowMs)) continue
      if (drained.length > 0 && bytes + batch.estimatedBytes > this.#settings.maxRequestBytes) continue
      queue.take()
      queue.expectedBytes = batch.recordBytes
      if (queue.batches.length === 0) this.active.delete(queue)
      this.#tracker?.assign(batch)
      const before = batch.wasSent
      bytes += batch.encode().length
      if (!before) {
        batch.drainedMs = nowMs
        if (this.#settings.compression !== 'none') queue.topic.observeCompression(batch.compressionRatio)
      }
      batch.leaderEpoch = queue.leaderEpoch
      batch.isInFlight = true
      queue.inFlight++
      drained.push(batch)
    }
    return drained
  }

  /** A batch came back without having been written: it is sent again. */
  requeue(batch: ProducerBatch, retryAtMs: number): void {
    this.#landed(batch)
    batch.attempts++
    batch.retryAtMs = retryAtMs
    batch.queue.requeue(batch)
    this.active.add(batch.queue)
  }

  /** The broker takes no batch of this size: smaller ones go in its place. */
  split(batch: ProducerBatch): void {
    this.#landed(batch)
    const { topic } = batch.queue
    topic.compressionRatio = Math.max(1, batch.compressionRatio)
    topic.refusesLarge = true
    const parts = batch.split()
    if (this.#tracker !== undefined && batch.hasSequence) this.#tracker.onSplit(batch, parts)
    this.#replaceIncomplete(batch, parts)
    this.#usedBytes -= batch.recordBytes
    for (const part of parts) {
      batch.queue.requeue(part)
      this.#usedBytes += part.recordBytes
    }
    this.active.add(batch.queue)
  }

  /** `isAnswered`: a broker said so, and has read all of it. */
  complete(batch: ProducerBatch, baseOffset: number, logAppendTimeMs: number, isAnswered = true): void {
    for (const earlier of this.#tracker?.writtenBefore(batch) ?? NO_BATCHES) {
      this.#remove(earlier)
      this.complete(earlier, -1, -1)
    }
    this.#landed(batch)
    const isFirst = !batch.isDone
    this.#done(batch)
    this.#tracker?.onAcknowledged(batch, baseOffset)
    batch.complete(baseOffset, logAppendTimeMs)
    if (isFirst && isAnswered) this.#buffers.recycle(batch)
  }

  /** `wasRefused`: a broker said so, and did not write it. */
  fail(
    batch: ProducerBatch,
    error: KafkaError,
    wasRefused: boolean,
    errorOfRecord?: (index: number) => KafkaError,
  ): void {
    this.#landed(batch)
    if (batch.isDone) return
    this.#remove(batch)
    this.#done(batch)
    this.#tracker?.onFailed(batch, error, wasRefused)
    batch.fail(errorOfRecord ?? (() => error))
  }

  /** Batches whose `delivery.timeout.ms` is over, those on the wire too. */
  expired(nowMs: number): ProducerBatch[] {
    const expired: ProducerBatch[] = []
    for (const batch of this.#incomplete) {
      // In order of creation.
      if (nowMs - batch.createdMs < this.#settings.deliveryTimeoutMs) break
      expired.push(batch)
    }
    return expired
  }

  /** When the next batch expires. */
  get nextExpiryMs(): number {
    for (const batch of this.#incomplete) return batch.createdMs + this.#settings.deliveryTimeoutMs
    return Number.POSITIVE_INFINITY
  }

  /** Calls `done` when all that was accepted before is done; until then, batches do not linger. */
  flush(done: () => void): void {
    this.#epochs.flush(done)
  }

  #maySend(queue: PartitionQueue, batch: ProducerBatch, nowMs: number): boolean {
    if (this.#settings.isOrderGuaranteedByMuting && queue.inFlight > 0) return false
    // A new leader is asked at once: it is not the one that refused.
    const hasNewLeader = batch.attempts > 0 && queue.leaderEpoch > batch.leaderEpoch
    if (nowMs < batch.retryAtMs && !hasNewLeader) return false
    return this.#tracker === undefined || this.#tracker.maySend(batch)
  }

  #landed(batch: ProducerBatch): void {
    if (!batch.isInFlight) return
    batch.isInFlight = false
    batch.queue.inFlight--
  }

  #done(batch: ProducerBatch): void {
    if (!this.#incomplete.delete(batch)) return
    this.#usedBytes -= batch.recordBytes
    assert(this.#usedBytes >= 0)
  }

  /** They expire when it would have, before what was made later. */
  #replaceIncomplete(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    const all = [...this.#incomplete]
    this.#incomplete.clear()
    for (const each of all) {
      if (each !== batch) this.#incomplete.add(each)
      else for (const part of parts) this.#incomplete.add(part)
    }
  }

  #remove(batch: ProducerBatch): void {
    if (batch.queue.remove(batch) && batch.queue.batches.length === 0) this.active.delete(batch.queue)
  }
}
