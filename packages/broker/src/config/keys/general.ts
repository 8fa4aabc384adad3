import { boolean, int, javaClass, string } from '../config-key.js'
import { notServed, notSet } from '../refusals.js'

/** What belongs to the broker as a whole. */
export const generalConfigs = {
  'alter.config.policy.class.name': javaClass(null, { refuse: notSet('Alter-config policies are not supported.') }),
  'auto.create.topics.enable': boolean('true', {
    about: 'Whether a metadata request that allows it creates a topic that does not exist.',
  }),
  'broker.id': int('-1', { about: 'The id of this broker in its cluster. -1 takes one above reserved.broker.max.id.' }),
  'broker.id.generation.enable': boolean('true', {
    about: 'Whether a broker without a broker.id gets one. If not, broker.id must be set.',
  }),
  'broker.rack': string(null, {
    about: 'The rack or zone of this broker, told to clients and used to spread replicas.',
  }),
  'create.topic.policy.class.name': javaClass(null, { refuse: notSet('Create-topic policies are not supported.') }),
  'delete.records.purgatory.purge.interval.requests': int('1', { effect: 'none' }),
  'delete.topic.enable': boolean('true', { about: 'Whether topics can be deleted.' }),
  'fetch.purgatory.purge.interval.requests': int('1000', { effect: 'none' }),
  'process.roles': string('', {
    refuse: notServed((value) => value !== '', 'KRaft is not supported: this broker coordinates through ZooKeeper.'),
  }),
  'producer.purgatory.purge.interval.requests': int('1000', { effect: 'none' }),
  'reserved.broker.max.id': int('1000', {
    min: 0,
    about: 'The largest broker.id that may be set; generated ids lie above it.',
  }),
}
