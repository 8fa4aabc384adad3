import { readFile } from 'node:fs/promises'
import type { ZooKeeperTlsOptions } from './tls-options.js'

/** Kafka's `zookeeper.ssl.*`: stores are PEM, or PKCS12 for the client's own key. */
export interface ZooKeeperTlsFiles {
  readonly keyStoreLocation: string | undefined
  readonly keyStorePassword: string | undefined
  readonly trustStoreLocation: string | undefined
  readonly verifyHostName: boolean
}

/** A file that cannot be used: which of the two, and why. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError'
  readonly store: 'keystore' | 'truststore'

  constructor(store: 'keystore' | 'truststore', message: string) {
    super(message)
    this.store = store
  }
}

/** Errors: TlsFileError. */
export async function readTlsFiles(files: ZooKeeperTlsFiles): Promise<ZooKeeperTlsOptions> {
  const { keyStoreLocation, keyStorePassword, trustStoreLocation, verifyHostName } = files
  const keyStore = await read('keystore', keyStoreLocation)
  const trustStore = await read('truststore', trustStoreLocation)
  if (trustStore !== undefined && !isPem(trustStore)) {
    throw new TlsFileError('truststore', `${trustStoreLocation}: certificates to trust must be a PEM file`)
  }
  return {
    ...(keyStore && (isPem(keyStore) ? { key: keyStore, cert: keyStore } : { pfx: keyStore })),
    ...(keyStorePassword ? { passphrase: keyStorePassword } : {}),
    ...(trustStore && { ca: trustStore }),
    verifyHostName,
  }
}

async function read(store: 'keystore' | 'truststore', location: string | undefined): Promise<Buffer | undefined> {
  if (location === undefined || location === '') return undefined
  try {
    return await readFile(location)
  } catch (error) {
    throw new TlsFileError(store, (error as Error).message)
  }
}

function isPem(file: Buffer): boolean {
  return file.includes('-----BEGIN ')
}
