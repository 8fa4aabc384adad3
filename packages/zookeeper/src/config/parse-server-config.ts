/** From the entries of `zookeeper.properties` to a `ServerConfig`: ZooKeeper's keys, defaults and rules (`QuorumPeerConfig`). */
import { judgeOtherKeys } from './other-keys.js'
import { PropertyReader } from './property-reader.js'
import {
  type AdminServerConfig,
  type KeyStoreConfig,
  type ServerConfig,
  ServerConfigError,
  type ServerTlsConfig,
} from './server-config.js'

/**
 * Reads and checks all settings. Unknown keys are only a warning.
 *
 * Unlike in ZooKeeper, `clientPort=0` takes any free port, and `jute.maxbuffer` (a Java system property) is a key too.
 *
 * @throws ServerConfigError with every mistake that there is
 */
export function parseServerConfig(properties: ReadonlyMap<string, string>): ServerConfig {
  const reader = new PropertyReader(properties)
  const warnings: string[] = []
  const dataDir = reader.text('dataDir')
  if (dataDir === undefined) reader.mistakes.push('dataDir is not set.')
  const dataLogDir = reader.text('dataLogDir')
  for (const [key, path] of [['dataDir', dataDir] as const, ['dataLogDir', dataLogDir] as const]) {
    if (path !== undefined && !/^[./\\~]|^[A-Za-z]:/.test(path)) {
      warnings.push(`${key}=${path} is taken from the working directory. Write ./${path} to say that it is meant.`)
    }
  }
  const config = {
    dataDir: dataDir ?? '',
    dataLogDir: dataLogDir ?? dataDir ?? '',
    ...readPorts(reader),
    ...readSessions(reader),
    maxClientCnxns: Math.max(0, reader.int('maxClientCnxns', 60, { min: -1 })),
    maxCnxns: Math.max(0, reader.int('maxCnxns', 0, { min: -1 })),
    globalOutstandingLimit: reader.int('globalOutstandingLimit', 1000, { min: 1 }),
    juteMaxBufferBytes: reader.int('jute.maxbuffer', 0xfffff, { min: 1 }),
    snapCount: reader.int('snapCount', 100_000, { min: 2 }),
    snapRetainCount: readSnapRetainCount(reader, warnings),
    forceSync: reader.yesOrNo('forceSync', true),
    extendedTypesEnabled: reader.boolean('extendedTypesEnabled', false),
    containerCheckIntervalMs: reader.int('znode.container.checkIntervalMs', 60_000, { min: 1 }),
    superDigest: readSuperDigest(reader),
    skipAcl: reader.yesOrNo('skipACL', false),
    fourLetterWords: readWhitelist(reader),
    admin: readAdmin(reader),
  }
  if (!config.forceSync) warnings.push('forceSync=no: what was answered can be lost when the machine loses power.')
  if (config.skipAcl) warnings.push("skipACL=yes: nobody's permissions are checked.")
  const others = judgeOtherKeys(reader.others, reader.asked)
  const mistakes = [...reader.mistakes, ...others.mistakes]
  if (mistakes.length > 0) throw new ServerConfigError(mistakes)
  return { ...config, warnings: [...warnings, ...others.warnings] }
}

function readPorts(reader: PropertyReader) {
  const clientPort = reader.port('clientPort', undefined)
  const clientPortAddress = reader.text('clientPortAddress')
  const secureClientPort = reader.port('secureClientPort', undefined)
  const secureClientPortAddress = reader.text('secureClientPortAddress')
  const tls = secureClientPort === undefined ? passOverTls(reader) : readTls(reader)
  if (reader.text('clientPort') === undefined && reader.text('secureClientPort') === undefined) {
    reader.mistakes.push('clientPort is not set, and secureClientPort neither.')
  }
  if (reader.text('clientPort') === undefined && clientPortAddress !== undefined) {
    reader.mistakes.push('clientPortAddress is set, but clientPort is not.')
  }
  if (reader.text('secureClientPort') === undefined && secureClientPortAddress !== undefined) {
    reader.mistakes.push('secureClientPortAddress is set, but secureClientPort is not.')
  }
  const clientPortListenBacklog = reader.int('clientPortListenBacklog', -1, { min: -1 })
  return { clientPort, clientPortAddress, secureClientPort, secureClientPortAddress, tls, clientPortListenBacklog }
}

function readSessions(reader: PropertyReader) {
  const tickTimeMs = reader.int('tickTime', 3000, { min: 1 })
  const minSessionTimeoutMs = orTicks(reader.int('minSessionTimeout', -1, { min: -1 }), 2 * tickTimeMs)
  const maxSessionTimeoutMs = orTicks(reader.int('maxSessionTimeout', -1, { min: -1 }), 20 * tickTimeMs)
  if (minSessionTimeoutMs > maxSessionTimeoutMs) {
    reader.mistakes.push(
      `minSessionTimeout (${minSessionTimeoutMs}) must not be larger than maxSessionTimeout (${maxSessionTimeoutMs}).`,
    )
  }
  return { tickTimeMs, minSessionTimeoutMs, maxSessionTimeoutMs }
}

function orTicks(timeoutMs: number, defaultMs: number): number {
  return timeoutMs === -1 ? defaultMs : timeoutMs
}

/** A purge never leaves fewer than this (`PurgeTxnLog`). */
const MIN_SNAP_RETAIN_COUNT = 3

function readSnapRetainCount(reader: PropertyReader, warnings: string[]): number {
  const asked = reader.int('autopurge.snapRetainCount', MIN_SNAP_RETAIN_COUNT)
  if (asked < MIN_SNAP_RETAIN_COUNT) {
    warnings.push(`autopurge.snapRetainCount=${asked} is too few: ${MIN_SNAP_RETAIN_COUNT} are kept.`)
  }
  // When is not asked for: purging goes with each snapshot.
  reader.int('autopurge.purgeInterval', 0, { min: -1 })
  return Math.max(asked, MIN_SNAP_RETAIN_COUNT)
}

function readSuperDigest(reader: PropertyReader): string | undefined {
  const key = 'DigestAuthenticationProvider.superDigest'
  const digest = reader.text(key)
  // 20 bytes of SHA-1 are 27 characters of base64 and one that fills up.
  if (digest !== undefined && !/^[^:]+:[A-Za-z0-9+/]{27}=$/.test(digest)) {
    reader.mistakes.push(`${key} must be user:base64(sha1(user:password)).`)
  }
  return digest
}

function readWhitelist(reader: PropertyReader): readonly string[] {
  const listed = reader.list('4lw.commands.whitelist') ?? []
  // A client that may be served by a read-only server asks with this word.
  const isReadOnlyMode = reader.text('readonlymode.enabled')?.toLowerCase() === 'true'
  return [...new Set(['srvr', ...listed, ...(isReadOnlyMode ? ['isro'] : [])])]
}

function readAdmin(reader: PropertyReader): AdminServerConfig {
  const commandUrl = reader.text('admin.commandURL') ?? '/commands'
  if (!/^\/./.test(commandUrl)) reader.mistakes.push(`admin.commandURL must begin with /, unlike '${commandUrl}'.`)
  return {
    isEnabled: reader.boolean('admin.enableServer', true),
    port: reader.port('admin.serverPort', 8080),
    address: reader.text('admin.serverAddress') ?? '0.0.0.0',
    commandUrl,
    idleTimeoutMs: reader.int('admin.idleTimeout', 30_000, { min: 1 }),
  }
}

function readTls(reader: PropertyReader): ServerTlsConfig | undefined {
  const isKeyStoreSet = reader.text('ssl.keyStore.location') !== undefined
  if (!isKeyStoreSet) reader.mistakes.push('secureClientPort needs ssl.keyStore.location.')
  const keyStore = readKeyStore(reader, 'ssl.keyStore')
  const trustStore = readKeyStore(reader, 'ssl.trustStore')
  const clientAuth = reader.choice('ssl.clientAuth', ['none', 'want', 'need']) ?? 'need'
  if (clientAuth !== 'none' && reader.text('ssl.trustStore.location') === undefined) {
    reader.mistakes.push(`ssl.clientAuth=${clientAuth} needs ssl.trustStore.location. Or set ssl.clientAuth=none.`)
  }
  const enabledProtocols = reader.list('ssl.enabledProtocols')
  const cipherSuites = reader.list('ssl.ciphersuites')
  return keyStore && { keyStore, trustStore, clientAuth, enabledProtocols, cipherSuites }
}

/** Without a port for it nothing of this matters, as in ZooKeeper. */
function passOverTls(reader: PropertyReader): undefined {
  for (const store of ['ssl.keyStore', 'ssl.trustStore']) {
    for (const key of ['location', 'type', 'password', 'passwordPath']) reader.text(`${store}.${key}`)
  }
  for (const key of ['ssl.clientAuth', 'ssl.enabledProtocols', 'ssl.ciphersuites']) reader.text(key)
}

const typesByExtension: Readonly<Record<string, string>> = {
  jks: 'JKS',
  pem: 'PEM',
  p12: 'PKCS12',
  bcfks: 'BCFKS',
}

function readKeyStore(reader: PropertyReader, prefix: 'ssl.keyStore' | 'ssl.trustStore'): KeyStoreConfig | undefined {
  const location = reader.text(`${prefix}.location`)
  const named = reader.text(`${prefix}.type`)?.toUpperCase()
  const password = reader.text(`${prefix}.password`)
  const passwordPath = reader.text(`${prefix}.passwordPath`)
  if (location === undefined) return undefined
  const type = named ?? typesByExtension[/\.([^./\\]*)$/.exec(location)?.[1]?.toLowerCase() ?? '']
  if (type === 'PEM' || type === 'PKCS12') return { location, type, password, passwordPath }
  reader.mistakes.push(keyStoreMistake(prefix, location, type))
  return undefined
}

function keyStoreMistake(prefix: string, location: string, type: string | undefined): string {
  if (type === undefined) return `${prefix}.type is not set, and the name of ${location} does not tell: PEM or PKCS12.`
  if (type !== 'JKS' && type !== 'BCFKS') return `${prefix}.type must be PEM or PKCS12, not '${type}'.`
  const convert = `keytool -importkeystore -srckeystore ${location} -destkeystore store.p12 -deststoretype PKCS12`
  return `${prefix}.location=${location} is a ${type} store, which Node.js cannot read. Make it PKCS12: ${convert}`
}
