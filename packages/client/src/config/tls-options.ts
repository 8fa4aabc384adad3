/** From Java’s `ssl.*` settings to options of `tls.connect`. */
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { ConnectionOptions, SecureVersion } from 'node:tls'
import type { ConfigValues } from './config-table.js'
import type { sslConfigs } from './ssl-configs.js'

type SslValues = ConfigValues<typeof sslConfigs>

const VERSIONS: readonly string[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] satisfies SecureVersion[]

/**
 * What is `given` as options of `tls.connect` counts before `ssl.*`. Certificates and keys are read here, once, for all
 * connections. What is wrong with them is added to `mistakes`.
 */
export function tlsOptions(
  values: SslValues,
  given: ConnectionOptions | undefined,
  mistakes: string[],
): ConnectionOptions {
  const options: ConnectionOptions = {
    ...versions(values, mistakes),
    ...trusted(values, mistakes),
    ...identity(values, mistakes),
    ...(values['ssl.endpoint.identification.algorithm'] === '' ? { checkServerIdentity: () => undefined } : {}),
    ...given,
  }
  if (options.secureContext !== undefined || mistakes.length > 0) return options
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  try {
    return { ...options, secureContext: createSecureContext(options) }
  } catch (error) {
    mistakes.push(`certificate or key cannot be used: ${messageOf(error)}`)
    return options
  }
}

function versions(values: SslValues, mistakes: string[]): ConnectionOptions {
  const names = values['ssl.enabled.protocols']
  const enabled = VERSIONS.filter((version) => names.includes(version)) as SecureVersion[]
  const stranger = names.find((name) => !VERSIONS.includes(name))
  const [minVersion, maxVersion] = [enabled[0], enabled.at(-1)]
  if (stranger !== undefined || minVersion === undefined || maxVersion === undefined) {
    mistakes.push(`ssl.enabled.protocols=${names.join()}: must be some of ${VERSIONS.join(', ')}`)
    return {}
  }
  return { minVersion, maxVersion }
}

function trusted(values: SslValues, mistakes: string[]): ConnectionOptions {
  const text = values['ssl.truststore.certificates']
  if (text !== undefined) return { ca: inLines(text) }
  const store = read('ssl.truststore.location', values, mistakes)
  if (store === undefined) return {}
  if (store.type === 'PEM') return { ca: store.bytes }
  mistakes.push(
    `ssl.truststore.location=${store.file}: a trust store in ${store.type} cannot be read; put its certificates ` +
      `into a file in PEM: keytool -list -rfc -keystore ${store.file} > ${withoutEnding(store.file)}.pem`,
  )
  return {}
}

function identity(values: SslValues, mistakes: string[]): ConnectionOptions {
  const passphrase = values['ssl.key.password']
  const withPassphrase = passphrase === undefined ? {} : { passphrase }
  const [chain, key] = [values['ssl.keystore.certificate.chain'], values['ssl.keystore.key']]
  if (chain !== undefined || key !== undefined) {
    if (chain !== undefined && key !== undefined) return { cert: inLines(chain), key: inLines(key), ...withPassphrase }
    mistakes.push('ssl.keystore.certificate.chain and ssl.keystore.key need each other')
    return {}
  }
  const store = read('ssl.keystore.location', values, mistakes)
  if (store === undefined) return {}
  if (store.type === 'PEM') return { cert: store.bytes, key: store.bytes, ...withPassphrase }
  if (store.type === 'PKCS12') return { pfx: store.bytes, passphrase: values['ssl.keystore.password'] ?? '' }
  mistakes.push(
    `ssl.keystore.location=${store.file}: a key store in ${store.type} cannot be read; make one in PKCS12 of it: ` +
      `keytool -importkeystore -srckeystore ${store.file} -destkeystore ${withoutEnding(store.file)}.p12 -deststoretype PKCS12`,
  )
  return {}
}

interface Store {
  readonly file: string
  readonly bytes: Buffer
  readonly type: 'PEM' | 'PKCS12' | 'JKS'
}

/** What the file holds decides, as in Java, whose stores of type JKS are in PKCS12 these days. */
function read(
  key: 'ssl.truststore.location' | 'ssl.keystore.location',
  values: SslValues,
  mistakes: string[],
): Store | undefined {
  const file = values[key]
  if (file === undefined) return undefined
  try {
    const bytes = readFileSync(file)
    if (bytes.includes('-----BEGIN ')) return { file, bytes, type: 'PEM' }
    return { file, bytes, type: DER_SEQUENCE === bytes[0] ? 'PKCS12' : 'JKS' }
  } catch (error) {
    mistakes.push(`${key}=${file}: ${messageOf(error)}`)
    return undefined
  }
}

const DER_SEQUENCE = 0x30

/** Java takes PEM in one line too, as the environment or a file of properties may have it. */
function inLines(pem: string): string {
  return pem.replace(
    /(-----BEGIN [^-]+-----)\s*([^-]+?)\s*(-----END [^-]+-----)/g,
    (block, head: string, body: string, foot: string) =>
      body.includes(':') ? block : [head, ...(body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []), foot, ''].join('\n'),
  )
}

function withoutEnding(file: string): string {
  return file.slice(0, file.length - extname(file).length)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
