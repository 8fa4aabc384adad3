/**
 * Kafka's file for `-zk-tls-config-file`: the `zookeeper.ssl.*` properties of a broker, as options of a client.
 *
 * Stores are PEM, or PKCS12 for the client's own key; Node.js reads no JKS.
 */
import { readFile } from 'node:fs/promises'
import { parseProperties } from '@millrace/broker'
import type { ZooKeeperTlsOptions } from '@millrace/zookeeper'
import { CommandError } from './command-error.js'

/** Undefined: the file does not ask for TLS. Errors: those of reading files; a CommandError for a store of the wrong kind. */
export async function readTlsConfigFile(file: string): Promise<ZooKeeperTlsOptions | undefined> {
  const properties = parseProperties(await readFile(file, 'utf8'))
  const property = (name: string) => properties.get(`zookeeper.ssl.${name}`)?.trim()
  if (property('client.enable') !== 'true') return undefined
  const keyStore = await readStore(property('keystore.location'))
  const trustStore = await readStore(property('truststore.location'))
  if (trustStore !== undefined && !isPem(trustStore)) {
    throw new CommandError(`${property('truststore.location')}: certificates to trust must be a PEM file`)
  }
  const passphrase = property('keystore.password')
  return {
    ...(keyStore && (isPem(keyStore) ? { key: keyStore, cert: keyStore } : { pfx: keyStore })),
    ...(passphrase && { passphrase }),
    ...(trustStore && { ca: trustStore }),
    // Only an empty value turns it off, as for a broker.
    verifyHostName: property('endpoint.identification.algorithm') !== '',
  }
}

async function readStore(location: string | undefined): Promise<Buffer | undefined> {
  return location === undefined || location === '' ? undefined : await readFile(location)
}

function isPem(store: Buffer): boolean {
  return store.includes('-----BEGIN ')
}
