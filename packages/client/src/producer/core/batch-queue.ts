/** What waits to be sent to one partition, in order, and what was sent there. */
import assert from 'node:assert/strict'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '@millrace/protocol'

/** What a queue knows of its topic. */
export interface QueueTopic {
  readonly name: string
  /** Estimated share that compression leaves of a batch's bytes; 1 without compression. */
  compressionRatio: number
  refusesLarge: boolean
  /** A batch was compressed to that share. */
  observeCompression(ratio: number): void
}

/** What a queue knows of its batches. */
export interface QueuedBatch {
  /** Where it belongs among the batches of its partition. */
  readonly ordinal: number
  /** No more records are added. */
  readonly isSealed: boolean
  /** Not to be sent for now: those behind it go first. */
  readonly isSetAside: boolean
}

export class BatchQueue<Batch extends QueuedBatch> {
  readonly topic: QueueTopic
  readonly partition: number
  /** To be sent, the first one first; only the last one may be open. */
  readonly batches: Batch[] = []
  /** With a sequence, but not done: in flight or to be sent again. In order of their sequences. */
  readonly unacknowledged: Batch[] = []
  /** The epoch of its leader, as far as it is known; −1: not told. */
  leaderEpoch = -1
  /** Batches on the wire. */
  inFlight = 0
  nextOrdinal = 0
  /** Bytes of the last batch: the next one starts with room for as much, so that its buffer need not grow. */
  expectedBytes = 0

  // The producer state of this partition, which the sequence tracker keeps.
  producerId = NO_PRODUCER_ID
  producerEpoch = NO_PRODUCER_EPOCH
  nextSequence = 0
  /** −1: none was acknowledged since the sequences began. */
  lastAckedSequence = -1
  lastAckedOffset = -1

  constructor(topic: QueueTopic, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get topicName(): string {
    return this.topic.name
  }

  /** The batch that takes records, if there is one. */
  get open(): Batch | undefined {
    const last = this.batches.at(-1)
    return last === undefined || last.isSealed ? undefined : last
  }

  /** The batch to be sent next. */
  get next(): Batch | undefined {
    const first = this.batches[0]
    return first?.isSetAside === true ? this.batches.find((batch) => !batch.isSetAside) : first
  }

  push(batch: Batch): void {
    this.batches.push(batch)
  }

  /** Back to where it belongs: before those that come after it. */
  requeue(batch: Batch): void {
    insertByOrdinal(this.batches, batch)
  }

  /** The next one leaves the queue. */
  take(): Batch {
    const { next } = this
    assert(next !== undefined, 'there is a batch')
    if (next === this.batches[0]) this.batches.shift()
    else this.remove(next)
    return next
  }

  /** From the queue, wherever it is. */
  remove(batch: Batch): boolean {
    return removeFrom(this.batches, batch)
  }

  track(batch: Batch): void {
    insertByOrdinal(this.unacknowledged, batch)
  }

  untrack(batch: Batch): void {
    removeFrom(this.unacknowledged, batch)
  }
}

function insertByOrdinal<Batch extends QueuedBatch>(list: Batch[], batch: Batch): void {
  let at = list.length
  while (at > 0 && (list[at - 1] as Batch).ordinal > batch.ordinal) at--
  list.splice(at, 0, batch)
}

function removeFrom<Batch>(list: Batch[], batch: Batch): boolean {
  const at = list.indexOf(batch)
  if (at >= 0) list.splice(at, 1)
  return at >= 0
}
