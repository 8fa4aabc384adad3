/**
 * The sequence numbers of an idempotent producer, by which a broker tells a repeated batch from a new one (KIP-98).
 *
 * It owns the producer id and epoch, and the producer state of each partition's queue: which sequence comes next, which
 * batches are not acknowledged, and what to do when a broker says that the numbers do not fit (KIP-360): send again, or begin
 * anew with a higher epoch, by which the broker knows that the old numbers count no more. A producer that is only idempotent
 * raises its epoch by itself; one with transactions has to ask its coordinator, which is not the business of this class.
 *
 * Before numbers begin anew it must be known that nothing of what they replace is in the log. A broker that was restarted
 * knows only the last batch of each producer: repeat an earlier one, which is written, and it is refused as if out of order.
 * What tells is those behind it. A broker takes a batch if it is the next one, and takes for a repetition only what it has:
 * either way all before it are in the log. So a batch in doubt that is refused is set aside, and those behind it are sent,
 * one after the other: the first that is accepted speaks for those set aside, and if none is, none of them is written.
 *
 * Source: Kafka's TransactionManager and TxnPartitionMap.
 */
import assert from 'node:assert/strict'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '@millrace/protocol'
import type { KafkaError } from '../../errors.js'
import type { PartitionQueue } from './producer-batch.js'
import { addSequence, type ProducerBatch, sequencesBetween } from './producer-batch.js'

const MAX_EPOCH = 0x7fff

/** The part of a broker's answer that says something about sequences. */
export interface SequenceAnswer {
  readonly error: KafkaError
  /** −1: not told. */
  readonly logStartOffset: number
}

export class SequenceTracker {
  readonly isTransactional: boolean
  #producerId = NO_PRODUCER_ID
  #producerEpoch = NO_PRODUCER_EPOCH
  /**
   * Partitions whose batches begin anew with the next epoch, from the one with this ordinal on. Those before it may be in the
   * log already: they are sent again as they were until it is known, or the broker would take them for new ones.
   */
  readonly #toRewrite = new Map<PartitionQueue, number>()
  /** A batch of theirs failed without an answer: whether the sequences before this one were used is not known yet. */
  readonly #unresolved = new Map<PartitionQueue, number>()
  /** All that have a producer state. */
  readonly #queues = new Set<PartitionQueue>()

  constructor(isTransactional: boolean) {
    this.isTransactional = isTransactional
  }

  get producerId(): number {
    return this.#producerId
  }

  get producerEpoch(): number {
    return this.#producerEpoch
  }

  get hasProducerId(): boolean {
    return this.#producerId !== NO_PRODUCER_ID
  }

  setProducer(producerId: number, producerEpoch: number): void {
    this.#producerId = producerId
    this.#producerEpoch = producerEpoch
  }

  /** All sequences begin anew: the coordinator gave a new epoch. */
  reset(): void {
    for (const queue of this.#queues) forget(queue)
    this.#queues.clear()
    this.#unresolved.clear()
    this.#toRewrite.clear()
  }

  /** Whether the first batch of a queue may be sent, as far as sequences are concerned. */
  maySend(batch: ProducerBatch): boolean {
    const { queue } = batch
    // What is on the wire lands before sequences begin anew: what it was sent with must not change.
    if (!this.hasProducerId) return false
    const rewrittenFrom = this.#toRewrite.get(queue)
    const next = firstInQuestion(queue)
    if (rewrittenFrom !== undefined) return batch === next && isUndecided(batch, rewrittenFrom)
    if (!batch.hasSequence) {
      if (isAsideAny(queue)) return false
      // Batches of another epoch must be done before those of the new one are sent, or the broker could mix them up.
      if (next !== undefined && this.#isStale(queue)) return false
      // A broker takes any sequence from a producer that is new to it: the first batch must land before another follows,
      // or that one could be written before it.
      if (next !== undefined && queue.lastAckedSequence === -1 && !this.isTransactional) return false
      return !this.#unresolved.has(queue)
    }
    // It is sent again: one after the other, the first one first.
    return next === undefined || next === batch
  }

  /** The batch is about to be sent: gives it its sequence, unless it has one. */
  assign(batch: ProducerBatch): void {
    if (batch.hasSequence) return
    const { queue } = batch
    if (this.#isStale(queue) && queue.unacknowledged.length === 0) this.#beginAnew(queue)
    this.#queues.add(queue)
    batch.setProducerState(this.#producerId, this.#producerEpoch, queue.nextSequence, this.isTransactional)
    queue.nextSequence = addSequence(queue.nextSequence, batch.recordCount)
    queue.track(batch)
  }

  /** Those set aside that are in the log, because one behind them is. */
  writtenBefore(batch: ProducerBatch): readonly ProducerBatch[] {
    const { ordinal, producerEpoch, producerId, queue } = batch
    if (!isAsideAny(queue)) return NO_BATCHES
    return queue.unacknowledged.filter(
      (earlier) =>
        earlier.isSetAside &&
        earlier.ordinal < ordinal &&
        earlier.producerId === producerId &&
        earlier.producerEpoch === producerEpoch,
    )
  }

  /** Whether a batch that is refused as out of order is in the log, because one behind it was acknowledged. */
  isWritten(batch: ProducerBatch): boolean {
    const { producerEpoch, producerId } = batch.queue
    if (this.isTransactional || !batch.isInDoubt) return false
    return batch.producerId === producerId && batch.producerEpoch === producerEpoch && this.#isCovered(batch)
  }

  onAcknowledged(batch: ProducerBatch, baseOffset: number): void {
    const { queue } = batch
    if (batch.producerId === queue.producerId && batch.producerEpoch === queue.producerEpoch) {
      if (!this.#isCovered(batch)) queue.lastAckedSequence = batch.lastSequence
    }
    if (baseOffset >= 0) queue.lastAckedOffset = Math.max(queue.lastAckedOffset, baseOffset + batch.recordCount - 1)
    queue.untrack(batch)
    this.#endAsking(queue)
  }

  /** The batch is split into these, which have its sequences. */
  onSplit(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    batch.queue.untrack(batch)
    for (const part of parts) {
      part.isInDoubt = batch.isInDoubt
      batch.queue.track(part)
    }
  }

  /**
   * The batch has failed. `wasRefused`: a broker said so, so that its sequences were not used, and others must take their
   * place. Otherwise nobody knows.
   */
  onFailed(batch: ProducerBatch, error: KafkaError, wasRefused: boolean): void {
    const { queue } = batch
    queue.untrack(batch)
    if (!batch.hasSequence) return
    if (error.code === 'UNKNOWN_PRODUCER_ID') {
      forget(queue)
      this.#queues.delete(queue)
      this.#unresolved.delete(queue)
    } else if (error.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && !this.isTransactional) this.#rewrite(queue)
    else if (wasRefused) {
      if (this.isTransactional) this.#closeGap(batch)
      else this.#rewrite(queue, batch.ordinal)
    } else if (batch.wasSent) this.#markUnresolved(batch)
    this.#endAsking(queue)
  }

  /** Whether a batch that was answered so may be sent again; what that needs is prepared. */
  maySendAgain(batch: ProducerBatch, { error, logStartOffset }: SequenceAnswer): boolean {
    const { queue } = batch
    if (error.code === 'UNKNOWN_PRODUCER_ID') {
      // Nothing is said about the log: a broker that lost its state for a moment.
      if (logStartOffset === -1 || batch.hasSequenceBeenReset) return true
      // What we wrote was deleted, and our state with it: nothing is lost, and we begin anew (KIP-360).
      if (queue.lastAckedOffset < logStartOffset) {
        if (this.isTransactional) this.#beginAnew(queue)
        else this.#rewrite(queue)
        return true
      }
      if (!this.isTransactional) {
        this.#rewrite(queue)
        return true
      }
      return false
    }
    if (error.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER') {
      if (this.#setAside(batch)) return true
      const isUnresolved = this.#unresolved.has(queue)
      // One before it failed and is sent again: it only has to wait for that.
      const isNext = batch.baseSequence === addSequence(queue.lastAckedSequence, 1)
      if (!isUnresolved && (batch.hasSequenceBeenReset || !isNext)) return true
      if (!this.isTransactional) {
        if (!isUnresolved || this.#unresolved.get(queue) === batch.baseSequence) this.#rewrite(queue)
        return true
      }
      return false
    }
    if (error.retriable) batch.isInDoubt = true
    return error.retriable
  }

  /**
   * Looks at partitions whose last sequences may or may not have been used, once nothing of theirs is under way. Returns true
   * if a transaction must be aborted because of one: it is not known what it holds.
   */
  resolve(): boolean {
    let mustAbort = false
    for (const [queue] of this.#unresolved) {
      if (queue.unacknowledged.length > 0) continue
      this.#unresolved.delete(queue)
      if (queue.nextSequence === addSequence(queue.lastAckedSequence, 1)) continue
      if (this.isTransactional) mustAbort = true
      else this.#rewrite(queue)
    }
    return mustAbort
  }

  /** Begins a new epoch if one is needed. Afterwards there may be no producer id: a new one must be asked for. */
  bumpEpochIfNeeded(): boolean {
    if (this.isTransactional || this.#toRewrite.size === 0 || !this.hasProducerId) return false
    for (const [queue, from] of this.#toRewrite) {
      if (queue.inFlight > 0 || queue.unacknowledged.some((batch) => isUndecided(batch, from))) return false
    }
    if (this.#producerEpoch === MAX_EPOCH) this.setProducer(NO_PRODUCER_ID, NO_PRODUCER_EPOCH)
    else this.#producerEpoch++
    for (const queue of this.#toRewrite.keys()) {
      if (this.hasProducerId) this.#beginAnew(queue)
      this.#unresolved.delete(queue)
    }
    // Without a producer id they wait until there is one, and begin anew then.
    if (this.hasProducerId) this.#toRewrite.clear()
    return true
  }

  /** A producer id came: what waited for it begins anew. */
  rewriteWaiting(): void {
    for (const queue of this.#toRewrite.keys()) this.#beginAnew(queue)
    this.#toRewrite.clear()
  }

  get hasUnresolved(): boolean {
    return this.#unresolved.size > 0
  }

  /** Without an ordinal: all that are not acknowledged. */
  #rewrite(queue: PartitionQueue, fromOrdinal = 0): void {
    const from = Math.min(fromOrdinal, this.#toRewrite.get(queue) ?? fromOrdinal)
    this.#toRewrite.set(queue, from)
    for (const batch of queue.unacknowledged) if (batch.ordinal >= from) batch.isSetAside = false
  }

  /** Whether sequences as high as the batch's were acknowledged. */
  #isCovered({ lastSequence, queue }: ProducerBatch): boolean {
    return queue.lastAckedSequence !== -1 && sequencesBetween(lastSequence, queue.lastAckedSequence) < HALF_OF_SEQUENCES
  }

  /** A batch was refused as out of order. Returns whether those behind it are to say what that means. */
  #setAside(batch: ProducerBatch): boolean {
    const { queue } = batch
    if (this.isTransactional || batch !== firstInQuestion(queue)) return false
    if (!batch.isInDoubt && !isAsideAny(queue)) return false
    batch.isSetAside = true
    this.#endAsking(queue)
    return true
  }

  /** When nobody is left to be asked about those set aside, none of them is in the log: they begin anew. */
  #endAsking(queue: PartitionQueue): void {
    if (!isAsideAny(queue)) return
    const next = firstInQuestion(queue)
    const rewrittenFrom = this.#toRewrite.get(queue)
    if (next !== undefined && (rewrittenFrom === undefined || isUndecided(next, rewrittenFrom))) return
    this.#rewrite(queue)
  }

  #isStale(queue: PartitionQueue): boolean {
    return queue.producerId !== this.#producerId || queue.producerEpoch !== this.#producerEpoch
  }

  /** The queue's batches get sequences from 0 on, of the present epoch. */
  #beginAnew(queue: PartitionQueue): void {
    let sequence = 0
    for (const batch of queue.unacknowledged) {
      batch.setProducerState(this.#producerId, this.#producerEpoch, sequence, this.isTransactional)
      sequence = addSequence(sequence, batch.recordCount)
    }
    queue.producerId = this.#producerId
    queue.producerEpoch = this.#producerEpoch
    queue.nextSequence = sequence
    queue.lastAckedSequence = -1
    this.#queues.add(queue)
  }

  /** Later sequences move down by what the failed batch had. */
  #closeGap(failed: ProducerBatch): void {
    const { queue, recordCount } = failed
    if (failed.producerId !== queue.producerId || failed.producerEpoch !== queue.producerEpoch) return
    queue.nextSequence -= recordCount
    assert(queue.nextSequence >= 0, 'sequences do not become negative')
    for (const batch of queue.unacknowledged) {
      if (batch.ordinal < failed.ordinal) continue
      batch.setProducerState(batch.producerId, batch.producerEpoch, batch.baseSequence - recordCount, true)
    }
  }

  #markUnresolved(batch: ProducerBatch): void {
    const next = addSequence(batch.lastSequence, 1)
    this.#unresolved.set(batch.queue, Math.max(this.#unresolved.get(batch.queue) ?? 0, next))
  }
}

/** They go round: what is further ahead than that is behind. */
const HALF_OF_SEQUENCES = 2 ** 30

const NO_BATCHES: readonly ProducerBatch[] = []

/** The first of its batches that is neither acknowledged nor set aside. */
function firstInQuestion(queue: PartitionQueue): ProducerBatch | undefined {
  const first = queue.unacknowledged[0]
  return first?.isSetAside === true ? queue.unacknowledged.find((batch) => !batch.isSetAside) : first
}

/** Batches are set aside from the first one on. */
function isAsideAny(queue: PartitionQueue): boolean {
  return queue.unacknowledged[0]?.isSetAside === true
}

/** Whether a batch before the one with this ordinal was sent, or is part of one that was, so that it may be in the log. */
function isUndecided(batch: ProducerBatch, ordinal: number): boolean {
  return batch.ordinal < ordinal && batch.hasSequence
}

function forget(queue: PartitionQueue): void {
  queue.producerId = NO_PRODUCER_ID
  queue.producerEpoch = NO_PRODUCER_EPOCH
  queue.nextSequence = 0
  queue.lastAckedSequence = -1
}
