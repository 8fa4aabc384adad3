/** Kafka's file for `-zk-tls-config-file`: the `zookeeper.ssl.*` properties of a broker, as options of a client. */
import { readFile } from 'node:fs/promises'
import { parseProperties } from '@millrace/protocol'
import { readTlsFiles, TlsFileError, type ZooKeeperTlsOptions } from '@millrace/zookeeper'
import { CommandError } from './command-error.js'

/** Undefined: the file does not ask for TLS. Errors: those of reading the file; a CommandError for a store that cannot be used. */
export async function readTlsConfigFile(file: string): Promise<ZooKeeperTlsOptions | undefined> {
  const properties = parseProperties(await readFile(file, 'utf8'))
  const property = (name: string) => properties.get(`zookeeper.ssl.${name}`)?.trim()
  if (property('client.enable') !== 'true') return undefined
  try {
    return await readTlsFiles({
      keyStoreLocation: property('keystore.location'),
      keyStorePassword: property('keystore.password'),
      trustStoreLocation: property('truststore.location'),
      // Only an empty value turns it off, as for a broker.
      verifyHostName: property('endpoint.identification.algorithm') !== '',
    })
  } catch (error) {
    throw error instanceof TlsFileError ? new CommandError(error.message) : error
  }
}
