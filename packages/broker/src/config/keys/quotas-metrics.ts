import { boolean, int, javaClass, list, long, string, withoutEffect } from '../config-key.js'

/** Quotas and metrics reporters: taken, without effect here. */
export const quotasMetricsConfigs = withoutEffect({
  'alter.log.dirs.replication.quota.window.num': int('11', { min: 1 }),
  'alter.log.dirs.replication.quota.window.size.seconds': int('1', { min: 1 }),
  'auto.include.jmx.reporter': boolean('true'),
  'client.quota.callback.class': javaClass(null),
  'controller.quota.window.num': int('11', { min: 1 }),
  'controller.quota.window.size.seconds': int('1', { min: 1 }),
  'kafka.metrics.polling.interval.secs': int('10', { min: 1 }),
  'kafka.metrics.reporters': list(''),
  'metric.reporters': list('', { update: 'clusterWide' }),
  'metrics.num.samples': int('2', { min: 1 }),
  'metrics.recording.level': string('INFO'),
  'metrics.sample.window.ms': long('30000', { min: 1 }),
  'quota.window.num': int('11', { min: 1 }),
  'quota.window.size.seconds': int('1', { min: 1 }),
  'replication.quota.window.num': int('11', { min: 1 }),
  'replication.quota.window.size.seconds': int('1', { min: 1 }),
  'telemetry.max.bytes': int('1048576', { min: 1 }),
})
