import { boolean, double, int, long, string, withoutEffect } from '../config-key.js'
import { notServed } from '../refusals.js'

/** Tiered storage: not served. */
export const remoteStorageConfigs = withoutEffect({
  'log.local.retention.bytes': long('-2', { min: -2, update: 'clusterWide' }),
  'log.local.retention.ms': long('-2', { min: -2, update: 'clusterWide' }),
  'remote.fetch.max.wait.ms': int('500', { min: 1, update: 'clusterWide' }),
  'remote.log.index.file.cache.total.size.bytes': long('1073741824', { min: 1, update: 'clusterWide' }),
  'remote.log.manager.copier.thread.pool.size': int('-1'),
  'remote.log.manager.copy.max.bytes.per.second': long('9223372036854775807', { min: 1, update: 'clusterWide' }),
  'remote.log.manager.copy.quota.window.num': int('11', { min: 1 }),
  'remote.log.manager.copy.quota.window.size.seconds': int('1', { min: 1 }),
  'remote.log.manager.expiration.thread.pool.size': int('-1'),
  'remote.log.manager.fetch.max.bytes.per.second': long('9223372036854775807', { min: 1, update: 'clusterWide' }),
  'remote.log.manager.fetch.quota.window.num': int('11', { min: 1 }),
  'remote.log.manager.fetch.quota.window.size.seconds': int('1', { min: 1 }),
  'remote.log.manager.task.interval.ms': long('30000', { min: 1 }),
  'remote.log.manager.task.retry.backoff.max.ms': long('30000', { min: 1, internal: true }),
  'remote.log.manager.task.retry.backoff.ms': long('500', { min: 1, internal: true }),
  'remote.log.manager.task.retry.jitter': double('0.2', { min: 0, max: 0.5, internal: true }),
  'remote.log.manager.thread.pool.size': int('10', { min: 1 }),
  'remote.log.metadata.custom.metadata.max.bytes': int('128', { min: 0 }),
  'remote.log.metadata.manager.class.name': string(
    'org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager',
  ),
  'remote.log.metadata.manager.class.path': string(null),
  'remote.log.metadata.manager.impl.prefix': string('rlmm.config.'),
  'remote.log.metadata.manager.listener.name': string(null),
  'remote.log.reader.max.pending.tasks': int('100', { min: 1 }),
  'remote.log.reader.threads': int('10', { min: 1 }),
  'remote.log.storage.manager.class.name': string(null),
  'remote.log.storage.manager.class.path': string(null),
  'remote.log.storage.manager.impl.prefix': string('rsm.config.'),
  'remote.log.storage.system.enable': boolean('false', {
    refuse: notServed((value) => value === true, 'Tiered storage is not supported.'),
  }),
})
