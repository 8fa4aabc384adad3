/** `zookeeper.ssl.*`: how the broker speaks TLS with ZooKeeper servers. */
import { readFile } from 'node:fs/promises'
import type { ZooKeeperTlsOptions } from '@millrace/zookeeper'
import { BrokerConfigError } from '../../broker-errors.js'
import type { BrokerConfig } from '../../config/broker-config.js'

/** Undefined: without TLS. Errors: BrokerConfigError with all files that cannot be used. */
export async function zooKeeperTls(config: BrokerConfig): Promise<ZooKeeperTlsOptions | undefined> {
  if (!config.get('zookeeper.ssl.client.enable')) return undefined
  const mistakes: string[] = []
  const file = async (key: 'zookeeper.ssl.keystore.location' | 'zookeeper.ssl.truststore.location') => {
    const path = config.get(key)
    if (path === null) return undefined
    try {
      return await readFile(path)
    } catch (error) {
      mistakes.push(`${key}: ${(error as Error).message}`)
      return undefined
    }
  }
  const keyStore = await file('zookeeper.ssl.keystore.location')
  const trustStore = await file('zookeeper.ssl.truststore.location')
  if (mistakes.length > 0) throw new BrokerConfigError(mistakes)
  const password = config.get('zookeeper.ssl.keystore.password')
  const secret = password === null ? {} : { passphrase: password }
  const isPem = isPemFile(keyStore)
  return {
    ...(keyStore === undefined
      ? {}
      : isPem
        ? { key: keyStore, cert: keyStore, ...secret }
        : { pfx: keyStore, ...secret }),
    ...(trustStore === undefined ? {} : { ca: trustStore }),
    verifyHostName: config.get('zookeeper.ssl.endpoint.identification.algorithm') !== '',
  }
}

function isPemFile(bytes: Buffer | undefined): boolean {
  return bytes?.includes('-----BEGIN ') ?? false
}
