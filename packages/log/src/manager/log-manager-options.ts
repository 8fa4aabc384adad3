/** What {@link LogManager} takes and gives. */
import type { LogConfig } from '../core/log-config.js'
import type { PartitionLog } from '../partition/partition-log.js'
import type { LogEnvironment } from '../ports.js'
import type { ProcessTable } from './process-table.js'

/** A partition directory that was found at the start. */
export interface FoundPartition {
  readonly topic: string
  readonly partition: number
  /** `undefined` if the directory does not say. */
  readonly topicId: string | undefined
  /** The partition's directory. */
  readonly path: string
}

/** How often something is done in the background, ms. */
export interface LogManagerIntervals {
  /** `log.retention.check.interval.ms`, default 5 minutes. */
  readonly retentionMs?: number
  /** `log.flush.offset.checkpoint.interval.ms`, default 1 minute. */
  readonly offsetCheckpointMs?: number
  /** `replica.high.watermark.checkpoint.interval.ms`, default 5 s. */
  readonly highWatermarkCheckpointMs?: number
  /** `producer.id.expiration.check.interval.ms`, default 10 minutes. */
  readonly producerExpiryMs?: number
  /** What a power cut may cost, about: logs are synced that long after a write, if the disk can. Default 1 s; 0: never. */
  readonly backgroundFlushMs?: number
}

/** How the partitions of a broker are opened. */
export interface LogManagerOptions {
  readonly environment: LogEnvironment
  /** `log.dirs`, absolute. */
  readonly directories: readonly string[]
  readonly brokerId: number
  readonly clusterId: string
  /** The settings of a topic, known or new. */
  readonly configOf: (topic: string) => LogConfig
  /** Is this partition one that the broker knows? Others are left alone and listed. Default: all are. */
  readonly isKnown?: (partition: FoundPartition) => boolean
  /** Written to the clean-shutdown marker; default −1. */
  readonly brokerEpoch?: () => number
  readonly intervals?: LogManagerIntervals
  /** Partitions opened or closed at once; default 8. */
  readonly concurrency?: number
  /** Memory for the indexes of segments that are not written to; default 64 MiB. */
  readonly indexCacheBytes?: number
  /** Default: those of this machine. */
  readonly processes?: ProcessTable
  /** A log directory has failed while it was used. Its logs answer KAFKA_STORAGE_ERROR to everything from now on. */
  readonly onDirectoryFailure?: (failure: LogDirectoryFailure) => void
}

/** A log directory that went offline. */
export interface LogDirectoryFailure {
  readonly path: string
  readonly error: unknown
  /** What was open in it. */
  readonly logs: readonly PartitionLog[]
  /** How many directories still work. */
  readonly remaining: number
}

/** A log directory, as DescribeLogDirs tells it. */
export interface LogDirectoryDescription {
  readonly path: string
  /** Why it is not used. */
  readonly error: unknown
  readonly totalBytes: number
  readonly freeBytes: number
  readonly logs: readonly PartitionLog[]
}

/** What is taken where {@link LogManagerOptions.intervals} says nothing. */
export const DEFAULT_INTERVALS: Required<LogManagerIntervals> = {
  retentionMs: 300_000,
  offsetCheckpointMs: 60_000,
  highWatermarkCheckpointMs: 5_000,
  producerExpiryMs: 600_000,
  backgroundFlushMs: 1_000,
}
