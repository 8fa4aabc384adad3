import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { BrokerConfig } from '../../config/broker-config.js'
import { type Logger, systemScheduler } from '../../ports.js'
import type { ClusterStore } from './cluster-store.js'
import { InProcessStore } from './in-process-store.js'
import { ThreadedStore, type ThreadedStoreOptions } from './threaded-store.js'
import { zooKeeperTls } from './zookeeper-tls.js'

export interface OpenClusterStoreOptions {
  readonly config: BrokerConfig
  /** Absolute. */
  readonly logDirs: readonly string[]
  readonly logger: Logger
  readonly halt: (reason: string) => void
}

/** `zookeeper.connect`, or else a server of the broker's own: on `zookeeper.embedded.port`, or without a port. */
export async function openClusterStore(options: OpenClusterStoreOptions): Promise<ClusterStore> {
  const { config, logDirs, logger, halt } = options
  const sessionTimeoutMs = config.get('zookeeper.session.timeout.ms')
  const connect = config.get('zookeeper.connect')
  const tls = connect === null ? undefined : await zooKeeperTls(config)
  const threaded: ThreadedStoreOptions = {
    sessionTimeoutMs,
    connectTimeoutMs: config.get('zookeeper.connection.timeout.ms') ?? sessionTimeoutMs,
    ...(tls === undefined ? {} : { tls }),
    logger,
    onFailure: (error) => halt(`The ZooKeeper thread has ended: ${error.message}`),
  }
  if (connect !== null && connect !== '') return ThreadedStore.over(connect, threaded)
  const directory = storeDirectory(config, logDirs)
  const port = config.get('zookeeper.embedded.port')
  if (port === -1) return await InProcessStore.open({ directory, sessionTimeoutMs, scheduler: systemScheduler, logger })
  return await ThreadedStore.embedded({ directory, host: config.get('zookeeper.embedded.host'), port }, threaded)
}

/**
 * Beside the first log directory, not in it: an Apache broker would take it for a partition. One that is there beside
 * another log directory counts more, so that the order of `log.dirs` does not matter.
 */
function storeDirectory(config: BrokerConfig, logDirs: readonly string[]): string {
  const configured = config.get('millrace.store.dir')
  if (configured !== null) return resolve(configured)
  const candidates = logDirs.map((dir) => `${dir}-zookeeper`)
  return candidates.find((dir) => existsSync(dir)) ?? (candidates[0] as string)
}
