import { boolean, int, long, string } from '../config-key.js'
import { notAKafkaVersion, notSet } from '../refusals.js'

/** Replication, leadership and controlled shutdown. */
export const replicationConfigs = {
  'auto.leader.rebalance.enable': boolean('true', { effect: 'none' }),
  'controlled.shutdown.enable': boolean('true', { effect: 'none' }),
  'controlled.shutdown.max.retries': int('3', { effect: 'none' }),
  'controlled.shutdown.retry.backoff.ms': long('5000', { effect: 'none' }),
  'controller.socket.timeout.ms': int('30000', { effect: 'none' }),
  'default.replication.factor': int('1', { about: 'The replicas of a topic that is created without a number.' }),
  'inter.broker.protocol.version': string('3.9-IV0', { refuse: notAKafkaVersion, effect: 'none' }),
  'leader.imbalance.check.interval.seconds': long('300', { min: 1, effect: 'none' }),
  'leader.imbalance.per.broker.percentage': int('10', { effect: 'none' }),
  'min.insync.replicas': int('1', {
    min: 1,
    update: 'clusterWide',
    about: 'With fewer replicas in sync, a produce with acks=all is refused.',
  }),
  'num.replica.alter.log.dirs.threads': int(null, { effect: 'none' }),
  'num.replica.fetchers': int('1', { update: 'clusterWide', effect: 'none' }),
  'replica.fetch.backoff.ms': int('1000', { min: 0, effect: 'none' }),
  'replica.fetch.max.bytes': int('1048576', { min: 0, effect: 'none' }),
  'replica.fetch.min.bytes': int('1', { effect: 'none' }),
  'replica.fetch.response.max.bytes': int('10485760', { min: 0, effect: 'none' }),
  'replica.fetch.wait.max.ms': int('500', { effect: 'none' }),
  'replica.high.watermark.checkpoint.interval.ms': long('5000', {
    about: 'How often the high watermarks are written to disk.',
  }),
  'replica.lag.time.max.ms': long('30000', { effect: 'none' }),
  'replica.selector.class': string(null, {
    refuse: notSet('Reading from the nearest replica is not supported yet: consumers read from leaders.'),
  }),
  'replica.socket.receive.buffer.bytes': int('65536', { effect: 'none' }),
  'replica.socket.timeout.ms': int('30000', { effect: 'none' }),
  'unclean.leader.election.enable': boolean('false', {
    update: 'clusterWide',
    about: 'Whether a replica that is not in sync may become leader when no other is left, losing records.',
  }),
}
