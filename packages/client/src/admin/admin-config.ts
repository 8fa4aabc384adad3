/** From what a program gives to what the admin client works with. */
import { Cluster } from '../cluster/cluster.js'
import { adminConfigs } from '../config/admin-configs.js'
import { COMMON_OPTION_KEYS, type CommonOptions, clusterOptions } from '../config/cluster-options.js'
import type { ConfigInput } from '../config/config-table.js'
import { parseConfig } from '../config/parse-config.js'
import type { ClientPorts } from '../ports.js'
import { AdminMetrics } from './admin-metrics.js'
import { CallsInFlight } from './calls-in-flight.js'
import { AdminDriver } from './driver.js'

/** Kafka's keys, dotted, with Kafka's defaults; and what only JavaScript has, never dotted. */
export interface AdminConfig extends ConfigInput<typeof adminConfigs>, CommonOptions {}

export interface AdminParts {
  readonly clientId: string
  readonly cluster: Cluster
  readonly driver: AdminDriver
}

/** Those that name themselves, as Java's do. */
let adminCount = 0

/** Errors: ConfigError with every mistake. */
export function adminParts(config: AdminConfig): AdminParts {
  const given: AdminConfig & { readonly ports?: ClientPorts } = config
  const values = parseConfig(adminConfigs, config, COMMON_OPTION_KEYS)
  const options = clusterOptions(values, given, false)
  const clientId = options.clientId === '' ? `adminclient-${++adminCount}` : options.clientId
  const windowMs = values['metrics.sample.window.ms']
  const sampleCount = values['metrics.num.samples']
  const cluster = new Cluster({ ...options, clientId, metricsWindows: { windowMs, sampleCount } })
  const driver = new AdminDriver(cluster, {
    ...options,
    defaultApiTimeoutMs: values['default.api.timeout.ms'],
    retries: values.retries,
    metrics: new AdminMetrics(options.ports.monotonicMs, windowMs, sampleCount),
    callsInFlight: new CallsInFlight(),
  })
  return { clientId, cluster, driver }
}
