import type { CompressionType, TimestampType } from '@millrace/protocol'

/** Largest value of a `long` setting that fits a JavaScript number: what "unlimited" becomes. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER

/** Levels of the codecs that have one, as `compression.{gzip,lz4,zstd}.level`. */
export interface CompressionLevels {
  readonly gzip?: number
  readonly lz4?: number
  readonly zstd?: number
}

/**
 * The settings of a topic that its logs obey. Names are Kafka's topic configs; times in ms, sizes in bytes.
 * {@link DEFAULT_LOG_CONFIG} has Kafka 3.9's defaults. Source: Kafka's LogConfig.
 */
export interface LogConfig {
  /** `segment.bytes`: a segment that would grow beyond it is rolled. */
  readonly segmentBytes: number
  /** `segment.ms`: a segment whose first batch is older than that is rolled by the next append. */
  readonly segmentMs: number
  /** `segment.jitter.ms`: up to that much is taken from `segmentMs`, so that not all partitions roll at once. */
  readonly segmentJitterMs: number
  /** `segment.index.bytes`: a segment whose index is full is rolled. */
  readonly segmentIndexBytes: number
  /** `index.interval.bytes`: bytes of log per index entry, about. */
  readonly indexIntervalBytes: number
  /** `retention.ms`, −1 for ever. */
  readonly retentionMs: number
  /** `retention.bytes`, of one partition, −1 without limit. */
  readonly retentionBytes: number
  /** `file.delete.delay.ms`: how long the files of removed segments stay. */
  readonly fileDeleteDelayMs: number
  /** `flush.messages`: synced at the latest after so many records. 1: synced before an append is answered. */
  readonly flushMessages: number
  /** `flush.ms`: synced at the latest after that time. */
  readonly flushMs: number
  /** `max.message.bytes`: the largest batch, as it arrives (compressed). */
  readonly maxMessageBytes: number
  readonly cleanupPolicy: readonly ('delete' | 'compact')[]
  readonly messageTimestampType: TimestampType
  /** `message.timestamp.before.max.ms`: how far in the past a record's timestamp may lie. */
  readonly messageTimestampBeforeMaxMs: number
  /** `message.timestamp.after.max.ms`: how far in the future a record's timestamp may lie. */
  readonly messageTimestampAfterMaxMs: number
  /** `compression.type`: `producer` keeps what arrives. */
  readonly compressionType: 'producer' | 'uncompressed' | Exclude<CompressionType, 'none'>
  readonly compressionLevels: CompressionLevels
  /** `producer.id.expiration.ms`, a broker setting: idle producers are forgotten. */
  readonly producerIdExpirationMs: number
}

/** Kafka 3.9's defaults. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 60 * 60 * 1000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  retentionMs: 7 * 24 * 60 * 60 * 1000,
  retentionBytes: -1,
  fileDeleteDelayMs: 60_000,
  flushMessages: UNLIMITED,
  flushMs: UNLIMITED,
  maxMessageBytes: 1024 * 1024 + 12,
  cleanupPolicy: ['delete'],
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: UNLIMITED,
  messageTimestampAfterMaxMs: UNLIMITED,
  compressionType: 'producer',
  compressionLevels: {},
  producerIdExpirationMs: 24 * 60 * 60 * 1000,
}

/** Are records without key refused, because compaction goes by key? */
export function isCompacted(config: LogConfig): boolean {
  return config.cleanupPolicy.includes('compact')
}
