/** What the accumulator knows of a topic: its partitions' queues, and how well its records compress. */
import { BatchQueue } from './batch-queue.js'
import type { PartitionQueue, ProducerBatch } from './producer-batch.js'
import { StickyPartition } from './sticky-partition.js'

/** Kafka's: the estimate falls slowly when batches compress better, and rises at once when they do not. */
const IMPROVING_STEP = 0.005
const DETERIORATE_STEP = 0.05

export class TopicState {
  readonly name: string
  readonly queues: PartitionQueue[] = []
  readonly sticky: StickyPartition
  /** Estimated share that compression leaves of a batch's bytes; 1 without compression. */
  compressionRatio = 1
  /** A broker has found a batch too large: none is to be larger than `batch.size` any more. */
  refusesLarge = false
  /** Monotonic: when a record was last sent there. */
  lastUsedMs = 0

  constructor(name: string, stickyBytes: number) {
    this.name = name
    this.sticky = new StickyPartition(stickyBytes)
  }

  get partitionCount(): number {
    return this.queues.length
  }

  /** A topic may get more partitions, never fewer. */
  setPartitionCount(count: number): void {
    for (let partition = this.queues.length; partition < count; partition++) {
      this.queues.push(new BatchQueue<ProducerBatch>(this, partition))
    }
  }

  /** A batch was compressed to that share. */
  observeCompression(ratio: number): void {
    if (ratio > this.compressionRatio) {
      this.compressionRatio = Math.max(this.compressionRatio + DETERIORATE_STEP, ratio)
    } else if (ratio < this.compressionRatio) {
      this.compressionRatio = Math.max(this.compressionRatio - IMPROVING_STEP, ratio)
    }
  }
}
