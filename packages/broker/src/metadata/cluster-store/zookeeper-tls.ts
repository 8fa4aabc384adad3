/** `zookeeper.ssl.*`: how the broker speaks TLS with ZooKeeper servers. */
import { readTlsFiles, TlsFileError, type ZooKeeperTlsOptions } from '@millrace/zookeeper'
import { BrokerConfigError } from '../../broker-errors.js'
import type { BrokerConfig } from '../../config/broker-config.js'

/** Undefined: without TLS. Errors: BrokerConfigError for a file that cannot be used. */
export async function zooKeeperTls(config: BrokerConfig): Promise<ZooKeeperTlsOptions | undefined> {
  if (!config.get('zookeeper.ssl.client.enable')) return undefined
  try {
    return await readTlsFiles({
      keyStoreLocation: config.get('zookeeper.ssl.keystore.location') ?? undefined,
      keyStorePassword: config.get('zookeeper.ssl.keystore.password') ?? undefined,
      trustStoreLocation: config.get('zookeeper.ssl.truststore.location') ?? undefined,
      verifyHostName: config.get('zookeeper.ssl.endpoint.identification.algorithm') !== '',
    })
  } catch (error) {
    if (!(error instanceof TlsFileError)) throw error
    throw new BrokerConfigError([`zookeeper.ssl.${error.store}.location: ${error.message}`])
  }
}
