import { commonConfigs } from './common-configs.js'
import { int, list, long } from './config-table.js'

/** Kafka's keys of an admin client (`AdminClientConfig`), with Kafka 4's defaults. */
export const adminConfigs = {
  ...commonConfigs,
  'bootstrap.controllers': list(
    undefined,
    'host:port of controllers of a KRaft cluster, in place of bootstrap.servers: they alone are asked (KIP-919).',
  ),
  retries: int(2_147_483_647, 'How often a request is repeated, within default.api.timeout.ms.', { min: 0 }),
  'connections.max.idle.ms': long(300_000, 'A connection that is not used for so long is closed. -1: never.'),
  'metrics.sample.window.ms': long(30_000, 'The time of one sample that averages and rates are made of.', { min: 1 }),
  'metrics.num.samples': int(2, 'How many samples they are made of.', { min: 1 }),
} as const
