/** Who this broker is: its id and its cluster's, from the configuration, the log directories and the cluster store. */
import { type Disk, type MetaProperties, readMetaProperties } from '@millrace/log'
import type { BrokerConfig } from './config/broker-config.js'
import type { KafkaZkClient } from './metadata/znodes/kafka-zk-client.js'

export interface BrokerIdentity {
  readonly brokerId: number
  readonly clusterId: string
}

export interface IdentityOptions {
  readonly config: BrokerConfig
  readonly logDirs: readonly string[]
  readonly disk: Disk
  readonly znodes: KafkaZkClient
  readonly newClusterId: () => string
}

/**
 * What the log directories say counts where the configuration or the store is silent, so that directories of another
 * broker are taken over with their ids. Contradictions are found when the directories are opened.
 */
export async function identify({
  config,
  logDirs,
  disk,
  znodes,
  newClusterId,
}: IdentityOptions): Promise<BrokerIdentity> {
  const found = await Promise.all(logDirs.map((dir) => readIfPossible(disk, dir)))
  const knownClusterId = found.find((properties) => properties?.clusterId !== undefined)?.clusterId
  const knownBrokerId = found.find((properties) => properties?.brokerId !== undefined)?.brokerId
  const clusterId = await znodes.brokers.createOrGetClusterId(knownClusterId ?? newClusterId())
  const configured = config.get('broker.id')
  const brokerId =
    configured >= 0
      ? configured
      : (knownBrokerId ?? (await znodes.brokers.generateBrokerId(config.get('reserved.broker.max.id'))))
  return { brokerId, clusterId }
}

/** A file that cannot be read is reported when the directory is opened. */
async function readIfPossible(disk: Disk, dir: string): Promise<MetaProperties | undefined> {
  try {
    return await readMetaProperties(disk, dir)
  } catch {
    return undefined
  }
}
