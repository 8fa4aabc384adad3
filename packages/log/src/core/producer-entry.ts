import { NO_PRODUCER_EPOCH, NO_SEQUENCE, NO_TIMESTAMP } from '@millrace/protocol'

/** How many batches of a producer are remembered: as many as one may have in flight. */
export const BATCHES_REMEMBERED = 5

const LARGEST_SEQUENCE = 0x7fff_ffff

/** A batch that a producer appended. */
export interface BatchMetadata {
  readonly lastSequence: number
  readonly lastOffset: number
  /** Last offset minus first, and so last sequence minus first. */
  readonly offsetDelta: number
  readonly timestamp: number
}

/** What is known of one producer in one partition. Never changed: an append makes a new one. */
export interface ProducerEntry {
  readonly producerId: number
  /** −1 as long as nothing is known. */
  readonly producerEpoch: number
  /** Epoch of the transaction coordinator that last ended a transaction, or −1. */
  readonly coordinatorEpoch: number
  readonly lastTimestamp: number
  /** First offset of the open transaction, or −1. */
  readonly currentTxnFirstOffset: number
  /** The last batches of this epoch, oldest first, at most {@link BATCHES_REMEMBERED}. */
  readonly batches: readonly BatchMetadata[]
}

/** What is known of a producer that never wrote, or whose state has expired. */
export function unknownProducer(producerId: number): ProducerEntry {
  return {
    producerId,
    producerEpoch: NO_PRODUCER_EPOCH,
    coordinatorEpoch: -1,
    lastTimestamp: NO_TIMESTAMP,
    currentTxnFirstOffset: -1,
    batches: [],
  }
}

/** The last sequence number written in this epoch, or −1. */
export function lastSequenceOf(entry: ProducerEntry): number {
  return entry.batches.at(-1)?.lastSequence ?? NO_SEQUENCE
}

/** The batch among the remembered ones that has exactly this epoch and these sequence numbers. */
export function findDuplicate(
  entry: ProducerEntry,
  batch: { readonly producerEpoch: number; readonly baseSequence: number; readonly lastSequence: number },
): BatchMetadata | undefined {
  if (entry.producerEpoch !== batch.producerEpoch) return undefined
  return entry.batches.find(
    (known) => known.lastSequence === batch.lastSequence && baseSequenceOf(known) === batch.baseSequence,
  )
}

/** The entry after one more batch. */
export function withBatch(entry: ProducerEntry, producerEpoch: number, batch: BatchMetadata): ProducerEntry {
  const known = entry.producerEpoch === producerEpoch ? entry.batches : []
  // Field by field: a spread is a call into the engine, and this happens for each batch.
  return {
    producerId: entry.producerId,
    producerEpoch,
    coordinatorEpoch: entry.coordinatorEpoch,
    lastTimestamp: batch.timestamp,
    currentTxnFirstOffset: entry.currentTxnFirstOffset,
    batches: [...known.slice(-(BATCHES_REMEMBERED - 1)), batch],
  }
}

/** Are all batches remembered that a producer might send again: as many as it may have in flight, or all of this epoch? */
export function isWindowComplete({ batches }: ProducerEntry): boolean {
  const first = batches[0]
  if (first === undefined || batches.length >= BATCHES_REMEMBERED) return true
  return baseSequenceOf(first) === 0
}

/**
 * The entry with batches of its epoch that came before those that are remembered, oldest first: as many as there is room for,
 * and only those whose sequence numbers lead up to them without a gap.
 */
export function withEarlierBatches(entry: ProducerEntry, earlier: readonly BatchMetadata[]): ProducerEntry {
  const batches = [...entry.batches]
  for (const batch of earlier.toReversed()) {
    const first = batches[0]
    if (first === undefined || batches.length >= BATCHES_REMEMBERED) break
    if (!isNextSequence(batch.lastSequence, baseSequenceOf(first)) || batch.lastOffset >= first.lastOffset) break
    batches.unshift(batch)
  }
  return { ...entry, batches }
}

function baseSequenceOf({ lastSequence, offsetDelta }: BatchMetadata): number {
  return decrementSequence(lastSequence, offsetDelta)
}

/** Sequence numbers wrap from 2³¹−1 to 0. */
export function incrementSequence(sequence: number, by: number): number {
  return sequence > LARGEST_SEQUENCE - by ? by - (LARGEST_SEQUENCE - sequence) - 1 : sequence + by
}

/** The inverse of {@link incrementSequence}. */
export function decrementSequence(sequence: number, by: number): number {
  return sequence < by ? LARGEST_SEQUENCE - (by - sequence) + 1 : sequence - by
}

/** Does `next` follow `last`? */
export function isNextSequence(last: number, next: number): boolean {
  return next === last + 1 || (next === 0 && last === LARGEST_SEQUENCE)
}
