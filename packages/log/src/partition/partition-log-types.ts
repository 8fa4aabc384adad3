/** What {@link PartitionLog} takes and gives. */
import type { LogConfig } from '../core/log-config.js'
import type { AbortedTransaction } from '../core/transaction-index.js'
import type { LogEnvironment } from '../ports.js'
import type { IndexCache } from '../segment/index-cache.js'
import type { RecentMemory } from './recent-batches.js'
import type { DamageReason } from './segment-recovery.js'

/** A log, as somebody sees it who flushes logs. */
export interface FlushableLog {
  readonly dir: string
  readonly config: { readonly flushMs: number }
  /** Since when there is something to flush, in monotonic ms; `undefined` if there is nothing. */
  readonly dirtySinceMs: number | undefined
  flush(): Promise<void>
}

/** How a partition is opened. */
export interface PartitionLogOptions {
  readonly environment: LogEnvironment
  /** The partition's directory, created if it is missing; its name says topic and partition. */
  readonly directory: string
  readonly config: LogConfig
  /** Written to `partition.metadata` if that is missing, compared with it otherwise. */
  readonly topicId?: string
  /** The directory is there, and `topicId` is what its `partition.metadata` says. Default false: both are looked at. */
  readonly isFound?: boolean
  /** Makes the name of a directory that was created durable. Default: syncs the directory above it. */
  readonly syncName?: () => Promise<void>
  /** Was the log closed cleanly? Default false: everything above the recovery point is checked. */
  readonly cleanShutdown?: boolean
  /** As checkpointed; default 0. */
  readonly recoveryPoint?: number
  /** As checkpointed; default 0. */
  readonly logStartOffset?: number
  /** As checkpointed; default: the log start. */
  readonly highWatermark?: number
  /** Shared with other logs; default: one of its own. */
  readonly indexCache?: IndexCache
  /** Shared with other logs; default: one of its own. */
  readonly recentMemory?: RecentMemory
  /** Called when there is something to flush, after there was nothing. */
  readonly onDirty?: (log: FlushableLog) => void
}

/** What was cut off because it was damaged. */
export interface LogTruncation {
  /** Base offset of the segment that is cut. */
  readonly segment: number
  /** Where in its file the damage begins: the file ends there now. */
  readonly position: number
  /** Where the log ends now. */
  readonly logEndOffset: number
  /** Why; `gap`, `overlap`: the segment is whole, but the next one begins behind its end, or before it. */
  readonly reason: DamageReason | 'gap' | 'overlap'
  /** Bytes of that segment that are gone. */
  readonly bytes: number
  /** Whole segments that followed, and are gone. */
  readonly segments: number
  /** Their bytes. */
  readonly segmentBytes: number
}

/** A file that was damaged, and is made anew from what the others say, or left out. */
export interface LogRepair {
  /** Its name in the partition's directory. */
  readonly file: string
  readonly reason: string
}

/** What a start found. */
export interface LogRecovery {
  /** Segments that were read through, 0 after a clean shutdown of an undamaged log. */
  readonly recoveredSegments: number
  /** What was damaged, and cut off. */
  readonly truncation: LogTruncation | undefined
  readonly repairs: readonly LogRepair[]
}

/** Up to where a read may go: the log's end for replicas, the high watermark or last stable offset for consumers. */
export type ReadLimit = 'logEnd' | 'highWatermark' | 'lastStable'

/** How much is read. */
export interface ReadOptions {
  readonly maxBytes: number
  /** Give the first batch even if it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
  readonly upTo: ReadLimit
  /** Gives the buffers that are read into, of exactly that size; default: new ones. */
  readonly allocate?: (bytes: number) => Buffer
}

/** What a read found, and the offsets of the moment at which it began. */
export interface ReadResult {
  /** Whole batches. The first may begin before the offset that was asked for, if the offset lies inside it. */
  readonly records: Buffer
  /** Base offset of the first batch, or the offset that was asked for if there is none. */
  readonly startOffset: number
  /** Behind the last batch, or the offset that was asked for if there is none. */
  readonly nextOffset: number
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  /** Of a read up to `lastStable`: aborted transactions with records in what was read. */
  readonly abortedTransactions: readonly AbortedTransaction[] | undefined
}

/** A producer that the log knows, as DescribeProducers tells it. */
export interface ProducerDescription {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** −1 if no transaction is open. */
  readonly currentTxnStartOffset: number
}
