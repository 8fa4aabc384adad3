import { boolean, double, int, list, long, string } from '../config-key.js'
import { notAKafkaVersion, notServed, notThrottledReplicas } from '../refusals.js'

const notTiered = notServed((value) => value === true, 'Tiered storage is not supported.')

/** Topic configs. Their defaults come from the broker keys of `topicSynonyms`. */
export const topicConfigs = {
  'cleanup.policy': list('delete', {
    oneOf: ['compact', 'delete'],
    about:
      'What happens to old data: delete removes segments by age and size. compact demands keys, but nothing is cleaned.',
  }),
  'compression.gzip.level': int('-1', {
    min: -1,
    max: 9,
    about: 'The level of gzip, where compression.type is gzip. -1: the one of the library.',
  }),
  'compression.lz4.level': int('9', { min: 1, max: 17, about: 'The level of lz4, where compression.type is lz4.' }),
  'compression.type': string('producer', {
    oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    about: 'How batches are compressed on disk. producer keeps each as it arrives; any other one recompresses.',
  }),
  'compression.zstd.level': int('3', {
    min: -131072,
    max: 22,
    about: 'The level of zstd, where compression.type is zstd.',
  }),
  'delete.retention.ms': long('86400000', {
    min: 0,
    effect: 'none',
    about: 'How long compaction keeps tombstones. Without effect: nothing is compacted.',
  }),
  'file.delete.delay.ms': long('60000', { min: 0, about: 'How long the files of a removed segment stay on disk.' }),
  'flush.messages': long('9223372036854775807', {
    min: 1,
    about: 'The log is synced to disk at the latest after so many records. 1: before each produce is answered.',
  }),
  'flush.ms': long('9223372036854775807', {
    min: 0,
    about: 'The log is synced to disk at the latest after this time.',
  }),
  'follower.replication.throttled.replicas': list('', {
    refuse: notThrottledReplicas,
    effect: 'none',
    about: 'The replicas whose followers are throttled, partition:broker or *. Without effect: nothing is throttled.',
  }),
  'index.interval.bytes': int('4096', {
    min: 0,
    about: 'About so many bytes of log get one entry in the offset index.',
  }),
  'leader.replication.throttled.replicas': list('', {
    refuse: notThrottledReplicas,
    effect: 'none',
    about: 'The replicas whose leaders are throttled, partition:broker or *. Without effect: nothing is throttled.',
  }),
  'local.retention.bytes': long('-2', {
    min: -2,
    effect: 'none',
    about: 'What tiered storage keeps on local disk. Without effect: all of a log is local.',
  }),
  'local.retention.ms': long('-2', {
    min: -2,
    effect: 'none',
    about: 'How long tiered storage keeps segments on local disk. Without effect: all of a log is local.',
  }),
  'max.compaction.lag.ms': long('9223372036854775807', {
    min: 1,
    effect: 'none',
    about: 'The age at which a record must be compacted. Without effect: nothing is compacted.',
  }),
  'max.message.bytes': int('1048588', {
    min: 0,
    about: 'The largest record batch that is taken, compressed as it arrives.',
  }),
  'message.downconversion.enable': boolean('true', {
    effect: 'none',
    about: 'Whether records are turned into old formats for old clients. Without effect: they never are.',
  }),
  'message.format.version': string('3.0-IV1', {
    refuse: notAKafkaVersion,
    effect: 'none',
    about: 'The format of records on disk. Without effect: it is always the one of Kafka 0.11 and later.',
  }),
  'message.timestamp.after.max.ms': long('9223372036854775807', {
    min: 0,
    about: "How far ahead of the broker's clock a record's timestamp may lie.",
  }),
  'message.timestamp.before.max.ms': long('9223372036854775807', {
    min: 0,
    about: "How far behind the broker's clock a record's timestamp may lie.",
  }),
  'message.timestamp.difference.max.ms': long('9223372036854775807', {
    min: 0,
    about: 'The old name of both bounds on timestamps: counts for the one that is left at its default.',
  }),
  'message.timestamp.type': string('CreateTime', {
    oneOf: ['CreateTime', 'LogAppendTime'],
    about: "Whether a record keeps its producer's timestamp or gets the time of its append.",
  }),
  'min.cleanable.dirty.ratio': double('0.5', {
    min: 0,
    max: 1,
    effect: 'none',
    about: 'How much of a log must be new before it is compacted. Without effect: nothing is compacted.',
  }),
  'min.compaction.lag.ms': long('0', {
    min: 0,
    effect: 'none',
    about: 'The age below which a record is not compacted. Without effect: nothing is compacted.',
  }),
  'min.insync.replicas': int('1', {
    min: 1,
    about: 'With fewer replicas in sync, a produce with acks=all is refused.',
  }),
  preallocate: boolean('false', {
    effect: 'none',
    about: 'Whether a new segment takes its full size on disk at once. Without effect: it never does.',
  }),
  'remote.log.copy.disable': boolean('false', {
    refuse: notTiered,
    effect: 'none',
    about: 'Whether tiered storage stops copying. It is not supported.',
  }),
  'remote.log.delete.on.disable': boolean('false', {
    refuse: notTiered,
    effect: 'none',
    about: 'Whether tiered data is deleted when tiered storage is turned off. It is not supported.',
  }),
  'remote.storage.enable': boolean('false', {
    refuse: notTiered,
    effect: 'none',
    about: 'Whether the topic uses tiered storage. It is not supported.',
  }),
  'retention.bytes': long('-1', {
    about: 'The size of one partition beyond which its oldest segments are deleted. -1: no limit.',
  }),
  'retention.ms': long('604800000', {
    min: -1,
    about: 'How long records are kept, by the largest timestamp of their segment. -1: for ever.',
  }),
  'segment.bytes': int('1073741824', { min: 14, about: 'The largest segment file.' }),
  'segment.index.bytes': int('10485760', {
    min: 4,
    about: 'The largest index of a segment; a segment whose index is full is rolled.',
  }),
  'segment.jitter.ms': long('0', {
    min: 0,
    about: 'At most so much is taken off segment.ms, at random, so that not all segments roll at once.',
  }),
  'segment.ms': long('604800000', { min: 1, about: 'The age at which a segment is rolled though it is not full.' }),
  'unclean.leader.election.enable': boolean('false', {
    about: 'Whether a replica that is not in sync may become leader when no other is left, losing records.',
  }),
}
