/**
 * What a partition knows of the producers that write to it: idempotence and open transactions.
 *
 * It owns the entries of all producers, the transactions that are open, and those that have ended but whose marker
 * is not yet below the high watermark. Together they give the first unstable offset, which readers of committed data do
 * not pass. It decides and remembers; it never touches files or the clock.
 *
 * {@link ProducerState.append} both checks and applies, because the next batch is checked before this one is on disk.
 * If the write then fails, {@link ProducerState.undo} takes it back, the latest first.
 *
 *     unknown ──batch, any sequence──▶ known, epoch e, last 5 batches
 *     known ──batch, next sequence──▶ known        known ──same batch──▶ duplicate: nothing changes
 *     known ──epoch e+n, sequence 0──▶ known, epoch e+n       known ──lower epoch──▶ INVALID_PRODUCER_EPOCH
 *     known ──transactional batch──▶ in transaction ──marker──▶ known
 *
 * Source: Kafka's ProducerStateManager and ProducerAppendInfo, KIP-98, KIP-360.
 */
import assert from 'node:assert/strict'
import type { AppendOrigin, ErrorName } from '@millrace/protocol'
import {
  type BatchMetadata,
  findDuplicate,
  isNextSequence,
  lastSequenceOf,
  type ProducerEntry,
  unknownProducer,
  withBatch,
} from './producer-entry.js'
import type { AbortedTransaction } from './transaction-index.js'

/** How a transaction ended. */
export interface EndTransactionMarker {
  readonly committed: boolean
  readonly coordinatorEpoch: number
}

/** What producer state must know of a batch. Offsets are assigned. */
export interface ProducerBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly transactional: boolean
  /** Of a control batch that ends a transaction. */
  readonly marker?: EndTransactionMarker | undefined
}

/** Takes back what an append did. */
export interface ProducerUndo {
  readonly producerId: number
  readonly entry: ProducerEntry | undefined
  readonly open: readonly OpenTransaction[]
  readonly unreplicated: readonly EndedTransaction[]
}

/** What became of a batch. */
export type ProducerDecision =
  | { readonly kind: 'appended'; readonly undo: ProducerUndo; readonly aborted?: AbortedTransaction }
  | { readonly kind: 'duplicate'; readonly batch: BatchMetadata }
  | { readonly kind: 'refused'; readonly code: ErrorName; readonly message: string }

interface OpenTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

interface EndedTransaction extends OpenTransaction {
  readonly lastOffset: number
}

/** See above. */
export class ProducerState {
  readonly #entries = new Map<number, ProducerEntry>()
  /** By first offset. */
  #open: readonly OpenTransaction[] = []
  /** By first offset. */
  #unreplicated: readonly EndedTransaction[] = []

  constructor(entries: Iterable<ProducerEntry> = []) {
    for (const entry of entries) {
      this.#entries.set(entry.producerId, entry)
      if (entry.currentTxnFirstOffset < 0) continue
      this.#open = inOrder(this.#open, { producerId: entry.producerId, firstOffset: entry.currentTxnFirstOffset })
    }
  }

  get size(): number {
    return this.#entries.size
  }

  /** All producers: what a snapshot holds. */
  entries(): IterableIterator<ProducerEntry> {
    return this.#entries.values()
  }

  entry(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId)
  }

  /** The first offset that readers of committed data must not reach yet; `undefined` if there is none. */
  get firstUnstableOffset(): number | undefined {
    const open = this.#open[0]?.firstOffset
    const unreplicated = this.#unreplicated[0]?.firstOffset
    if (open === undefined || unreplicated === undefined) return open ?? unreplicated
    return Math.min(open, unreplicated)
  }

  /** Checks a batch and takes it in, unless it is refused or a duplicate. */
  append(batch: ProducerBatch, origin: AppendOrigin): ProducerDecision {
    const known = this.#entries.get(batch.producerId)
    if (origin === 'client' && known !== undefined) {
      const duplicate = findDuplicate(known, batch)
      if (duplicate !== undefined) return { kind: 'duplicate', batch: duplicate }
    }
    const entry = known ?? unknownProducer(batch.producerId)
    const refusal = refuse(entry, batch, origin)
    if (refusal !== undefined) return refusal

    const undo: ProducerUndo = {
      producerId: batch.producerId,
      entry: known,
      open: this.#open,
      unreplicated: this.#unreplicated,
    }
    if (batch.marker !== undefined) {
      const aborted = this.#endTransaction(entry, batch, batch.marker)
      return aborted === undefined ? { kind: 'appended', undo } : { kind: 'appended', undo, aborted }
    }
    this.#appendData(entry, batch)
    return { kind: 'appended', undo }
  }

  /** Takes back an append. Several are taken back in reverse order. */
  undo(undo: ProducerUndo): void {
    if (undo.entry === undefined) this.#entries.delete(undo.producerId)
    else this.#entries.set(undo.producerId, undo.entry)
    this.#open = undo.open
    this.#unreplicated = undo.unreplicated
  }

  /** Markers below the high watermark are replicated: their transactions are stable. */
  onHighWatermark(highWatermark: number): void {
    if (this.#unreplicated.length === 0) return
    this.#unreplicated = this.#unreplicated.filter((transaction) => transaction.lastOffset >= highWatermark)
  }

  /** Forgets producers that wrote nothing for so long. One with an open transaction stays. Returns how many went. */
  removeExpired(nowMs: number, expirationMs: number): number {
    const before = this.#entries.size
    for (const entry of this.#entries.values()) {
      if (isExpired(entry, nowMs, expirationMs)) this.#entries.delete(entry.producerId)
    }
    return before - this.#entries.size
  }

  #appendData(entry: ProducerEntry, batch: ProducerBatch): void {
    const next = withBatch(entry, batch.producerEpoch, {
      lastSequence: batch.lastSequence,
      lastOffset: batch.lastOffset,
      offsetDelta: batch.lastOffset - batch.baseOffset,
      timestamp: batch.maxTimestamp,
    })
    if (!batch.transactional || entry.currentTxnFirstOffset >= 0) {
      this.#entries.set(batch.producerId, next)
      return
    }
    this.#entries.set(batch.producerId, { ...next, currentTxnFirstOffset: batch.baseOffset })
    this.#open = inOrder(this.#open, { producerId: batch.producerId, firstOffset: batch.baseOffset })
  }

  #endTransaction(
    entry: ProducerEntry,
    batch: ProducerBatch,
    marker: EndTransactionMarker,
  ): AbortedTransaction | undefined {
    this.#entries.set(batch.producerId, {
      ...entry,
      producerEpoch: batch.producerEpoch,
      coordinatorEpoch: marker.coordinatorEpoch,
      lastTimestamp: batch.maxTimestamp,
      currentTxnFirstOffset: -1,
      batches: entry.producerEpoch === batch.producerEpoch ? entry.batches : [],
    })
    const firstOffset = entry.currentTxnFirstOffset
    // A marker for a transaction without records here changes nothing for readers.
    if (firstOffset < 0) return undefined

    this.#open = this.#open.filter((transaction) => transaction.firstOffset !== firstOffset)
    const ended = { producerId: batch.producerId, firstOffset, lastOffset: batch.baseOffset }
    this.#unreplicated = inOrder(this.#unreplicated, ended)
    if (marker.committed) return undefined
    return { ...ended, lastStableOffset: this.#open[0]?.firstOffset ?? batch.baseOffset + 1 }
  }
}

/** Has the producer been silent for so long, outside a transaction? */
export function isExpired(entry: ProducerEntry, nowMs: number, expirationMs: number): boolean {
  return entry.currentTxnFirstOffset < 0 && nowMs - entry.lastTimestamp >= expirationMs
}

function refuse(entry: ProducerEntry, batch: ProducerBatch, origin: AppendOrigin): ProducerDecision | undefined {
  if (origin === 'replication') return undefined
  const producer = `producer ${batch.producerId}`
  if (batch.producerEpoch < entry.producerEpoch) {
    return refused(
      'INVALID_PRODUCER_EPOCH',
      `Epoch ${batch.producerEpoch} of ${producer} is below the last one seen, ${entry.producerEpoch}`,
    )
  }
  if (batch.marker !== undefined) {
    if (entry.coordinatorEpoch <= batch.marker.coordinatorEpoch) return undefined
    return refused(
      'TRANSACTION_COORDINATOR_FENCED',
      `Marker for ${producer} from coordinator epoch ${batch.marker.coordinatorEpoch}, now ${entry.coordinatorEpoch}`,
    )
  }
  if (origin === 'client' && !isInSequence(entry, batch)) {
    return refused(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `Sequence ${batch.baseSequence} (epoch ${batch.producerEpoch}) of ${producer} does not follow ${lastSequenceOf(entry)} (epoch ${entry.producerEpoch})`,
    )
  }
  if (entry.currentTxnFirstOffset >= 0 && !batch.transactional) {
    return refused('INVALID_TXN_STATE', `Batch outside of a transaction from ${producer}, which has one open`)
  }
  return undefined
}

function isInSequence(entry: ProducerEntry, batch: ProducerBatch): boolean {
  // State may have expired, or gone with deleted records: such a producer goes on where it is.
  if (entry.producerEpoch < 0) return true
  if (batch.producerEpoch !== entry.producerEpoch) return batch.baseSequence === 0
  return isNextSequence(lastSequenceOf(entry), batch.baseSequence)
}

function refused(code: ErrorName, message: string): ProducerDecision {
  return { kind: 'refused', code, message }
}

function inOrder<Transaction extends OpenTransaction>(
  transactions: readonly Transaction[],
  added: Transaction,
): readonly Transaction[] {
  const at = transactions.findLastIndex((transaction) => transaction.firstOffset < added.firstOffset) + 1
  assert(transactions[at]?.firstOffset !== added.firstOffset, `two transactions begin at ${added.firstOffset}`)
  return [...transactions.slice(0, at), added, ...transactions.slice(at)]
}
