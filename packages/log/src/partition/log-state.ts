import type { LeaderEpochs } from '../core/leader-epochs.js'
import type { LogConfig } from '../core/log-config.js'
import type { ProducerState } from '../core/producer-state.js'
import type { LogEnvironment } from '../ports.js'
import type { IndexCache } from '../segment/index-cache.js'
import type { SegmentList } from '../segment/segment-list.js'
import type { ProducerSnapshots } from './producer-snapshots.js'
import type { RecentBatches } from './recent-batches.js'

/**
 * What the parts of one log share. {@link PartitionLog} makes it and hands it to its appender and flusher; each field
 * says who changes it.
 */
export interface LogState {
  readonly environment: LogEnvironment
  readonly indexCache: IndexCache
  readonly epochs: LeaderEpochs
  readonly snapshots: ProducerSnapshots
  readonly segments: SegmentList
  readonly recent: RecentBatches
  /** Changed by deletion. */
  directory: string
  /** Changed by the owner of the log. */
  config: LogConfig
  /** Replaced by truncation, filled by the appender. */
  producers: ProducerState
  /** Raised by DeleteRecords and retention, lowered by truncation. */
  logStartOffset: number
  /** Raised by the appender when bytes are written, lowered by truncation. */
  logEndOffset: number
  /** Raised by the replica manager, lowered by truncation. */
  highWatermark: number
  /** Everything below is on disk. Raised by the flusher, lowered by truncation. */
  recoveryPoint: number
}

/** Consumers of committed data read below it: it follows from the high watermark and the open transactions. */
export function lastStableOffsetOf(state: LogState): number {
  const unstable = state.producers.firstUnstableOffset ?? Number.POSITIVE_INFINITY
  return Math.max(state.logStartOffset, Math.min(unstable, state.highWatermark))
}
