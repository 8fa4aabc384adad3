import { boolean, int, short } from '../config-key.js'

/** Transactions, which are not served yet, and producer ids. */
export const transactionsConfigs = {
  'producer.id.expiration.check.interval.ms': int('600000', {
    min: 1,
    internal: true,
    about: 'How often the producers that a log remembers are searched for expired ones.',
  }),
  'producer.id.expiration.ms': int('86400000', {
    min: 1,
    update: 'clusterWide',
    about: 'How long a log remembers an idle producer, to recognise batches that it sends twice.',
  }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int('10000', { min: 1, effect: 'none' }),
  'transaction.max.timeout.ms': int('900000', { min: 1, effect: 'none' }),
  'transaction.partition.verification.enable': boolean('true', { update: 'clusterWide', effect: 'none' }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int('3600000', { min: 1, effect: 'none' }),
  'transaction.state.log.load.buffer.size': int('5242880', { min: 1, effect: 'none' }),
  'transaction.state.log.min.isr': int('2', { min: 1, effect: 'none' }),
  'transaction.state.log.num.partitions': int('50', { min: 1, effect: 'none' }),
  'transaction.state.log.replication.factor': short('3', { min: 1, effect: 'none' }),
  'transaction.state.log.segment.bytes': int('104857600', { min: 1, effect: 'none' }),
  'transactional.id.expiration.ms': int('604800000', { min: 1, effect: 'none' }),
}
