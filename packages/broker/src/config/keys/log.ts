import { boolean, double, int, list, long, string } from '../config-key.js'
import { notAKafkaVersion } from '../refusals.js'

/** The log on disk: segments, retention, flush, cleaning, message format. */
export const logConfigs = {
  'compression.gzip.level': int('-1', {
    min: -1,
    max: 9,
    update: 'clusterWide',
    about: 'The level of gzip where the broker compresses. -1: the one of the library.',
  }),
  'compression.lz4.level': int('9', {
    min: 1,
    max: 17,
    update: 'clusterWide',
    about: 'The level of lz4 where the broker compresses.',
  }),
  'compression.type': string('producer', {
    oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    update: 'clusterWide',
    about: 'How batches are compressed on disk. producer keeps each as it arrives; any other one recompresses.',
  }),
  'compression.zstd.level': int('3', {
    min: -131072,
    max: 22,
    update: 'clusterWide',
    about: 'The level of zstd where the broker compresses.',
  }),
  'log.cleaner.backoff.ms': long('15000', { min: 0, update: 'clusterWide', effect: 'none' }),
  'log.cleaner.dedupe.buffer.size': long('134217728', { update: 'clusterWide', effect: 'none' }),
  'log.cleaner.delete.retention.ms': long('86400000', { min: 0, update: 'clusterWide', effect: 'none' }),
  'log.cleaner.enable': boolean('true', { effect: 'none' }),
  'log.cleaner.io.buffer.load.factor': double('0.9', { update: 'clusterWide', effect: 'none' }),
  'log.cleaner.io.buffer.size': int('524288', { min: 0, update: 'clusterWide', effect: 'none' }),
  'log.cleaner.io.max.bytes.per.second': double('1.7976931348623157E308', { update: 'clusterWide', effect: 'none' }),
  'log.cleaner.max.compaction.lag.ms': long('9223372036854775807', { min: 1, update: 'clusterWide', effect: 'none' }),
  'log.cleaner.min.cleanable.ratio': double('0.5', { min: 0, max: 1, update: 'clusterWide', effect: 'none' }),
  'log.cleaner.min.compaction.lag.ms': long('0', { min: 0, update: 'clusterWide', effect: 'none' }),
  'log.cleaner.threads': int('1', { min: 0, update: 'clusterWide', effect: 'none' }),
  'log.cleanup.policy': list('delete', {
    oneOf: ['compact', 'delete'],
    update: 'clusterWide',
    about:
      'What happens to old data: delete removes segments by age and size. compact is stored, but nothing is cleaned.',
  }),
  'log.dir': string('/tmp/kafka-logs', { about: 'The log directory when log.dirs is not set.' }),
  'log.dirs': string(null, {
    about: 'The directories that hold the partitions, comma-separated.',
  }),
  'log.flush.interval.messages': long('9223372036854775807', {
    min: 1,
    update: 'clusterWide',
    about: 'A partition is synced to disk at the latest after so many records. 1: before each produce is answered.',
  }),
  'log.flush.interval.ms': long(null, {
    update: 'clusterWide',
    about: 'A partition is synced to disk at the latest after this time. Unset: log.flush.scheduler.interval.ms.',
  }),
  'log.flush.offset.checkpoint.interval.ms': int('60000', {
    min: 0,
    about: 'How often recovery points, where the check after a crash begins, and log start offsets are written.',
  }),
  'log.flush.scheduler.interval.ms': long('9223372036854775807', {
    about: 'Stands in for log.flush.interval.ms where that is not set.',
  }),
  'log.flush.start.offset.checkpoint.interval.ms': int('60000', {
    min: 0,
    effect: 'none',
  }),
  'log.index.interval.bytes': int('4096', {
    min: 0,
    update: 'clusterWide',
    about: 'About so many bytes of log get one entry in the offset index.',
  }),
  'log.index.size.max.bytes': int('10485760', {
    min: 4,
    update: 'clusterWide',
    about: 'The largest index of a segment; a segment whose index is full is rolled.',
  }),
  'log.initial.task.delay.ms': long('30000', { min: 0, internal: true, effect: 'none' }),
  'log.message.downconversion.enable': boolean('true', { update: 'clusterWide', effect: 'none' }),
  'log.message.format.version': string('3.0-IV1', { refuse: notAKafkaVersion, effect: 'none' }),
  'log.message.timestamp.after.max.ms': long('9223372036854775807', {
    min: 0,
    update: 'clusterWide',
    about: "How far ahead of the broker's clock a record's timestamp may lie.",
  }),
  'log.message.timestamp.before.max.ms': long('9223372036854775807', {
    min: 0,
    update: 'clusterWide',
    about: "How far behind the broker's clock a record's timestamp may lie.",
  }),
  'log.message.timestamp.difference.max.ms': long('9223372036854775807', {
    min: 0,
    update: 'clusterWide',
    about: 'The old name of both bounds on timestamps: counts for the one that is left at its default.',
  }),
  'log.message.timestamp.type': string('CreateTime', {
    oneOf: ['CreateTime', 'LogAppendTime'],
    update: 'clusterWide',
    about: "Whether a record keeps its producer's timestamp or gets the time of its append.",
  }),
  'log.preallocate': boolean('false', { update: 'clusterWide', effect: 'none' }),
  'log.retention.bytes': long('-1', {
    update: 'clusterWide',
    about: 'The size of one partition beyond which its oldest segments are deleted. -1: no limit.',
  }),
  'log.retention.check.interval.ms': long('300000', {
    min: 1,
    about: 'How often logs are searched for segments to delete.',
  }),
  'log.retention.hours': int('168', {
    about: 'log.retention.ms in hours, where neither that nor the minutes are set.',
  }),
  'log.retention.minutes': int(null, { about: 'log.retention.ms in minutes, where that is not set.' }),
  'log.retention.ms': long(null, {
    update: 'clusterWide',
    about: 'How long records are kept, by the largest timestamp of their segment. -1: for ever.',
  }),
  'log.roll.hours': int('168', { min: 1, about: 'log.roll.ms in hours, where that is not set.' }),
  'log.roll.jitter.hours': int('0', { min: 0, about: 'log.roll.jitter.ms in hours, where that is not set.' }),
  'log.roll.jitter.ms': long(null, {
    update: 'clusterWide',
    about: 'At most so much is taken off log.roll.ms, at random, so that not all segments roll at once.',
  }),
  'log.roll.ms': long(null, {
    update: 'clusterWide',
    about: 'The age at which a segment is rolled though it is not full.',
  }),
  'log.segment.bytes': int('1073741824', { min: 14, update: 'clusterWide', about: 'The largest segment file.' }),
  'log.segment.delete.delay.ms': long('60000', {
    min: 0,
    update: 'clusterWide',
    about: 'How long the files of a removed segment stay on disk.',
  }),
  'message.max.bytes': int('1048588', {
    min: 0,
    update: 'clusterWide',
    about: 'The largest record batch that is taken, compressed as it arrives.',
  }),
  'num.partitions': int('1', { min: 1, about: 'The partitions of a topic that is created without a number.' }),
  'num.recovery.threads.per.data.dir': int('1', { min: 1, update: 'clusterWide', effect: 'none' }),
}
