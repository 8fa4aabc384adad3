import { boolean, int, list, long, short, string } from '../config-key.js'
import { notServed } from '../refusals.js'

/** Groups and committed offsets. */
export const groupsConfigs = {
  'group.consumer.assignors': list(
    'org.apache.kafka.coordinator.group.assignor.UniformAssignor,org.apache.kafka.coordinator.group.assignor.RangeAssignor',
    { effect: 'none' },
  ),
  'group.consumer.heartbeat.interval.ms': int('5000', { min: 1, effect: 'none' }),
  'group.consumer.max.heartbeat.interval.ms': int('15000', { min: 1, effect: 'none' }),
  'group.consumer.max.session.timeout.ms': int('60000', { min: 1, effect: 'none' }),
  'group.consumer.max.size': int('2147483647', { min: 1, effect: 'none' }),
  'group.consumer.migration.policy': string('disabled', { internal: true, effect: 'none' }),
  'group.consumer.min.heartbeat.interval.ms': int('5000', { min: 1, effect: 'none' }),
  'group.consumer.min.session.timeout.ms': int('45000', { min: 1, effect: 'none' }),
  'group.consumer.session.timeout.ms': int('45000', { min: 1, effect: 'none' }),
  'group.coordinator.append.linger.ms': int('10', { min: 0, effect: 'none' }),
  'group.coordinator.new.enable': boolean('false', { internal: true, effect: 'none' }),
  'group.coordinator.rebalance.protocols': list('classic', {
    oneOf: ['consumer', 'classic', 'share', 'unknown'],
    refuse: notServed(
      (value) => !Array.isArray(value) || value.length === 0 || value.some((protocol) => protocol !== 'classic'),
      'Only the classic group protocol is supported yet, and it cannot be turned off.',
    ),
    about: 'The group protocols that are served: classic.',
  }),
  'group.coordinator.threads': int('1', { min: 1, effect: 'none' }),
  'group.initial.rebalance.delay.ms': int('3000', {
    about: 'How long the first rebalance of an empty group waits for more members; each new one extends it.',
  }),
  'group.max.session.timeout.ms': int('1800000', {
    about: 'The longest session timeout that a member may ask for.',
  }),
  'group.max.size': int('2147483647', { min: 1, about: 'The most members of one group.' }),
  'group.min.session.timeout.ms': int('6000', {
    about: 'The shortest session timeout that a member may ask for.',
  }),
  'group.share.delivery.count.limit': int('5', { min: 2, max: 10, effect: 'none' }),
  'group.share.enable': boolean('false', {
    internal: true,
    effect: 'none',
    refuse: notServed((value) => value === true, 'Share groups are not supported yet.'),
  }),
  'group.share.heartbeat.interval.ms': int('5000', { min: 1, effect: 'none' }),
  'group.share.max.groups': short('10', { min: 1, max: 100, effect: 'none' }),
  'group.share.max.heartbeat.interval.ms': int('15000', { min: 1, effect: 'none' }),
  'group.share.max.record.lock.duration.ms': int('60000', { min: 30000, max: 3600000, effect: 'none' }),
  'group.share.max.session.timeout.ms': int('60000', { min: 1, effect: 'none' }),
  'group.share.max.size': short('200', { min: 10, max: 1000, effect: 'none' }),
  'group.share.min.heartbeat.interval.ms': int('5000', { min: 1, effect: 'none' }),
  'group.share.min.record.lock.duration.ms': int('15000', { min: 1000, max: 30000, effect: 'none' }),
  'group.share.min.session.timeout.ms': int('45000', { min: 1, effect: 'none' }),
  'group.share.partition.max.record.locks': int('200', { min: 100, max: 10000, effect: 'none' }),
  'group.share.record.lock.duration.ms': int('30000', { min: 1000, max: 60000, effect: 'none' }),
  'group.share.session.timeout.ms': int('45000', { min: 1, effect: 'none' }),
  'offset.metadata.max.bytes': int('4096', {
    about: 'The longest text that a client may store with a committed offset.',
  }),
  'offsets.commit.required.acks': short('-1', { min: -1, max: 1, effect: 'none' }),
  'offsets.commit.timeout.ms': int('5000', {
    min: 1,
    about: 'How long a commit may wait until all replicas of the offsets topic have it.',
  }),
  'offsets.load.buffer.size': int('5242880', { min: 1, effect: 'none' }),
  'offsets.retention.check.interval.ms': long('600000', {
    min: 1,
    about: 'How often committed offsets are searched for expired ones.',
  }),
  'offsets.retention.minutes': int('10080', {
    min: 1,
    about: 'How long committed offsets are kept after their group became empty.',
  }),
  'offsets.topic.compression.codec': int('0', {
    min: 0,
    max: 4,
    effect: 'none',
  }),
  'offsets.topic.num.partitions': int('50', {
    min: 1,
    about: 'The partitions of the offsets topic. Must not change once it exists: group ids are hashed over them.',
  }),
  'offsets.topic.replication.factor': short('3', {
    min: 1,
    about: 'The replicas of the offsets topic; fewer while there are fewer brokers.',
  }),
  'offsets.topic.segment.bytes': int('104857600', {
    min: 1,
    about: 'The largest segment file of the offsets topic.',
  }),
}
