/**
 * Kafka partitions on disk. {@link LogManager} has the partitions of a broker, {@link PartitionLog} is one of them.
 */

export type { RecordError } from '@millrace/protocol'
export { type BatchChecker, type BatchCheckerOptions, WorkerBatchChecker } from './checking/batch-checker.js'
export { type EpochEndOffset, type EpochEntry, UNDEFINED_EPOCH_END } from './core/leader-epochs.js'
export { type CompressionLevels, DEFAULT_LOG_CONFIG, type LogConfig, UNLIMITED } from './core/log-config.js'
export { decodeProducerSnapshot } from './core/producer-snapshot.js'
export type { AbortedTransaction } from './core/transaction-index.js'
export { discard } from './discard.js'
export {
  type DirectoryEntry,
  type Disk,
  type DiskFile,
  type DiskSpace,
  type FileStat,
  hasCode,
  isDiskFailure,
  isOutOfSpace,
} from './disk/disk.js'
export { NodeDisk, type NodeDiskOptions } from './disk/node-disk.js'
export { openFilesLimit } from './disk/open-files-limit.js'
export { InFlight } from './in-flight.js'
export { type DirectoryLock, lockDirectory } from './manager/directory-lock.js'
export { LogDirectoryError, type LogDirectoryErrorCode } from './manager/log-directory-error.js'
export { LogManager } from './manager/log-manager.js'
export type {
  FoundPartition,
  LogDirectoryDescription,
  LogDirectoryFailure,
  LogManagerIntervals,
  LogManagerOptions,
} from './manager/log-manager-options.js'
export { type MetaProperties, readMetaProperties } from './manager/meta-properties.js'
export { NodeProcessTable, type ProcessIdentity, type ProcessTable } from './manager/process-table.js'
export { nodeEnvironment, systemClock, systemScheduler } from './node-environment.js'
export type { AppendResult } from './partition/log-appender.js'
export { LogAppendError, LogError } from './partition/log-error.js'
export type { TimestampAndOffset } from './partition/log-reader.js'
export { PartitionLog } from './partition/partition-log.js'
export type {
  FlushableLog,
  LogRecovery,
  LogRepair,
  LogTruncation,
  PartitionLogOptions,
  ProducerDescription,
  ReadLimit,
  ReadOptions,
  ReadResult,
} from './partition/partition-log-types.js'
export type { AppendInput } from './partition/prepare-append.js'
export type { DamageReason } from './partition/segment-recovery.js'
export {
  type Clock,
  type LogEnvironment,
  type LogReporter,
  monotonicMs,
  type ScheduledTask,
  type Scheduler,
} from './ports.js'
