import { readFile } from 'node:fs/promises'
import type { TlsOptions } from 'node:tls'
import type { KeyStoreConfig, ServerTlsConfig } from '../../config/server-config.js'

/** What `tls.createServer` takes, from the files of the settings. Errors: those of reading them. */
export async function tlsOptions(config: ServerTlsConfig): Promise<TlsOptions> {
  const { keyStore, trustStore, clientAuth, enabledProtocols, cipherSuites } = config
  return {
    ...(await keyOptions(keyStore)),
    ...(trustStore === undefined ? {} : await trustOptions(trustStore)),
    ...(cipherSuites === undefined ? {} : { ciphers: cipherSuites.map(opensslName).join(':') }),
    ...protocolBounds(enabledProtocols),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'need',
  }
}

async function keyOptions(store: KeyStoreConfig): Promise<TlsOptions> {
  const file = await readFile(store.location)
  const passphrase = await passwordOf(store)
  const secret = passphrase === undefined ? {} : { passphrase }
  return store.type === 'PEM' ? { key: file, cert: file, ...secret } : { pfx: file, ...secret }
}

async function trustOptions(store: KeyStoreConfig): Promise<TlsOptions> {
  const file = await readFile(store.location)
  if (store.type === 'PEM') return { ca: file }
  throw new Error(`${store.location}: certificates to trust must be a PEM file`)
}

async function passwordOf({ password, passwordPath }: KeyStoreConfig): Promise<string | undefined> {
  return passwordPath === undefined ? password : (await readFile(passwordPath, 'utf8')).trim()
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is OpenSSL's `ECDHE-RSA-AES128-GCM-SHA256`; names of TLS 1.3 are the same. */
function opensslName(suite: string): string {
  if (!suite.includes('_WITH_')) return suite
  return suite
    .replace(/^TLS_/, '')
    .replace('_WITH_', '_')
    .replace(/AES_(\d+)/, 'AES$1')
    .replaceAll('_', '-')
}

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const

function protocolBounds(enabled: readonly string[] | undefined): TlsOptions {
  const known = VERSIONS.filter((version) => enabled?.includes(version))
  const [minVersion] = known
  const maxVersion = known.at(-1)
  return minVersion === undefined || maxVersion === undefined ? {} : { minVersion, maxVersion }
}
