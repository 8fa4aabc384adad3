/** Which broker keys give a topic its defaults (Kafka: ServerTopicConfigSynonyms). */
import type { topicConfigs } from './keys/topic.js'

type TopicConfigName = keyof typeof topicConfigs

/** The broker key that gives a topic config its default. The others have a default of their own. */
export const topicSynonyms: Readonly<Partial<Record<TopicConfigName, string>>> = {
  'cleanup.policy': 'log.cleanup.policy',
  'compression.gzip.level': 'compression.gzip.level',
  'compression.lz4.level': 'compression.lz4.level',
  'compression.type': 'compression.type',
  'compression.zstd.level': 'compression.zstd.level',
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'flush.messages': 'log.flush.interval.messages',
  'flush.ms': 'log.flush.interval.ms',
  'index.interval.bytes': 'log.index.interval.bytes',
  'local.retention.bytes': 'log.local.retention.bytes',
  'local.retention.ms': 'log.local.retention.ms',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'max.message.bytes': 'message.max.bytes',
  'message.downconversion.enable': 'log.message.downconversion.enable',
  'message.format.version': 'log.message.format.version',
  'message.timestamp.after.max.ms': 'log.message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms': 'log.message.timestamp.before.max.ms',
  'message.timestamp.difference.max.ms': 'log.message.timestamp.difference.max.ms',
  'message.timestamp.type': 'log.message.timestamp.type',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'min.insync.replicas': 'min.insync.replicas',
  preallocate: 'log.preallocate',
  'retention.bytes': 'log.retention.bytes',
  'retention.ms': 'log.retention.ms',
  'segment.bytes': 'log.segment.bytes',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'segment.jitter.ms': 'log.roll.jitter.ms',
  'segment.ms': 'log.roll.ms',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
}

/** Broker keys in other units that stand in when the key in milliseconds is not set, in order (Kafka's LogConfig). */
export const coarserSynonyms: Readonly<Record<string, readonly { readonly name: string; readonly ms: number }[]>> = {
  'log.retention.ms': [
    { name: 'log.retention.minutes', ms: 60_000 },
    { name: 'log.retention.hours', ms: 3_600_000 },
  ],
  'log.roll.ms': [{ name: 'log.roll.hours', ms: 3_600_000 }],
  'log.roll.jitter.ms': [{ name: 'log.roll.jitter.hours', ms: 3_600_000 }],
  'log.flush.interval.ms': [{ name: 'log.flush.scheduler.interval.ms', ms: 1 }],
}
