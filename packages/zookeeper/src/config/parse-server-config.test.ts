import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseServerConfig } from './parse-server-config.js'
import { type ServerConfig, ServerConfigError } from './server-config.js'

const enough = { dataDir: '/data', clientPort: '2181' }
const secure = { secureClientPort: '2281', 'ssl.keyStore.location': '/tls/server.p12', 'ssl.clientAuth': 'none' }
const withTls = { ...enough, secureClientPort: '2281', 'ssl.keyStore.location': '/tls/server.p12' }

function parse(entries: Readonly<Record<string, string>> = {}): ServerConfig {
  return parseServerConfig(new Map(Object.entries({ ...enough, ...entries })))
}

function mistakes(entries: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseServerConfig(new Map(Object.entries(entries)))
  } catch (error) {
    assert.ok(error instanceof ServerConfigError)
    assert.equal(error.code, 'INVALID_CONFIG')
    return error.mistakes
  }
  return []
}

test("config: ZooKeeper's defaults", () => {
  assert.deepEqual(parse(), {
    dataDir: '/data',
    dataLogDir: '/data',
    clientPort: 2181,
    clientPortAddress: undefined,
    secureClientPort: undefined,
    secureClientPortAddress: undefined,
    tls: undefined,
    clientPortListenBacklog: -1,
    tickTimeMs: 3000,
    minSessionTimeoutMs: 6000,
    maxSessionTimeoutMs: 60_000,
    maxClientCnxns: 60,
    maxCnxns: 0,
    globalOutstandingLimit: 1000,
    juteMaxBufferBytes: 1_048_575,
    snapCount: 100_000,
    snapRetainCount: 3,
    forceSync: true,
    extendedTypesEnabled: false,
    containerCheckIntervalMs: 60_000,
    superDigest: undefined,
    skipAcl: false,
    fourLetterWords: ['srvr'],
    admin: { isEnabled: true, port: 8080, address: '0.0.0.0', commandUrl: '/commands', idleTimeoutMs: 30_000 },
    warnings: [],
  })
})

test("config: the keys of Kafka's zookeeper.properties", () => {
  const config = parse({ dataDir: '/tmp/zookeeper', maxClientCnxns: '0', 'admin.enableServer': 'false' })
  assert.deepEqual([config.dataDir, config.maxClientCnxns, config.admin.isEnabled], ['/tmp/zookeeper', 0, false])
  assert.deepEqual(config.warnings, [])
})

const superDigest = 'super:D/InIHSb7yEEbrWz8b9l71RjZJU='

const settings: readonly (readonly [string, string, Partial<ServerConfig>])[] = [
  ['dataLogDir', '/log', { dataLogDir: '/log' }],
  ['clientPort', '0', { clientPort: 0 }],
  ['clientPortAddress', '127.0.0.1', { clientPortAddress: '127.0.0.1' }],
  ['clientPortListenBacklog', '128', { clientPortListenBacklog: 128 }],
  ['tickTime', ' 2000 ', { tickTimeMs: 2000, minSessionTimeoutMs: 4000, maxSessionTimeoutMs: 40_000 }],
  ['minSessionTimeout', '1000', { minSessionTimeoutMs: 1000 }],
  ['minSessionTimeout', '-1', { minSessionTimeoutMs: 6000 }],
  ['maxSessionTimeout', '90000', { maxSessionTimeoutMs: 90_000 }],
  ['maxClientCnxns', '-1', { maxClientCnxns: 0 }],
  ['maxCnxns', '500', { maxCnxns: 500 }],
  ['globalOutstandingLimit', '50', { globalOutstandingLimit: 50 }],
  ['jute.maxbuffer', '4194304', { juteMaxBufferBytes: 4_194_304 }],
  ['snapCount', '10', { snapCount: 10 }],
  ['preAllocSize', '1024', { warnings: [] }],
  ['autopurge.snapRetainCount', '5', { snapRetainCount: 5 }],
  ['autopurge.purgeInterval', '24', { snapRetainCount: 3, warnings: [] }],
  ['forceSync', 'yes', { forceSync: true }],
  ['extendedTypesEnabled', 'true', { extendedTypesEnabled: true }],
  ['znode.container.checkIntervalMs', '500', { containerCheckIntervalMs: 500 }],
  ['DigestAuthenticationProvider.superDigest', superDigest, { superDigest }],
  ['4lw.commands.whitelist', 'ruok, stat', { fourLetterWords: ['srvr', 'ruok', 'stat'] }],
  ['4lw.commands.whitelist', '*', { fourLetterWords: ['srvr', '*'] }],
  ['readonlymode.enabled', 'true', { fourLetterWords: ['srvr', 'isro'] }],
  ['maxCnxns', '', { maxCnxns: 0 }],
]

for (const [key, value, expected] of settings) {
  test(`config: ${key}=${value}`, () => {
    const config = parse({ [key]: value })
    assert.deepEqual({ ...config, ...expected }, config)
    assert.deepEqual(config.warnings, [])
  })
}

test('config: the admin server', () => {
  const config = parse({
    'admin.serverPort': '8081',
    'admin.serverAddress': '127.0.0.1',
    'admin.commandURL': '/admin',
    'admin.idleTimeout': '1000',
  })
  const expected = { isEnabled: true, port: 8081, address: '127.0.0.1', commandUrl: '/admin', idleTimeoutMs: 1000 }
  assert.deepEqual(config.admin, expected)
})

test('config: TLS with PKCS12 stores', () => {
  const { tls, secureClientPort } = parse({
    ...withTls,
    'ssl.keyStore.password': 'secret',
    'ssl.trustStore.location': '/tls/clients',
    'ssl.trustStore.type': 'pkcs12',
    'ssl.trustStore.passwordPath': '/tls/password',
    'ssl.enabledProtocols': 'TLSv1.2,TLSv1.3',
    'ssl.clientAuth': 'want',
  })
  assert.equal(secureClientPort, 2281)
  assert.deepEqual(tls, {
    keyStore: { location: '/tls/server.p12', type: 'PKCS12', password: 'secret', passwordPath: undefined },
    trustStore: { location: '/tls/clients', type: 'PKCS12', password: undefined, passwordPath: '/tls/password' },
    clientAuth: 'want',
    enabledProtocols: ['TLSv1.2', 'TLSv1.3'],
    cipherSuites: undefined,
  })
})

test('config: TLS alone, with a PEM store and no certificates of clients', () => {
  const { clientPort, tls } = parseServerConfig(
    new Map(
      Object.entries({
        dataDir: '/data',
        secureClientPort: '2281',
        'ssl.keyStore.location': '/tls/server.pem',
        'ssl.clientAuth': 'none',
      }),
    ),
  )
  assert.equal(clientPort, undefined)
  assert.deepEqual([tls?.keyStore.type, tls?.trustStore, tls?.clientAuth], ['PEM', undefined, 'none'])
})

test('config: settings of TLS do not matter without a port for it', () => {
  const config = parse({ 'ssl.keyStore.location': '/tls/old.jks', 'ssl.clientAuth': 'perhaps' })
  assert.deepEqual([config.tls, config.warnings], [undefined, []])
})

const wrong: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['no dataDir', { clientPort: '2181' }, /^dataDir is not set/],
  ['no port', { dataDir: '/data' }, /^clientPort is not set/],
  [
    'an address without a port',
    { dataDir: '/data', ...secure, clientPortAddress: 'localhost' },
    /^clientPortAddress is set, but clientPort is not/,
  ],
  ['an address without a secure port', { ...enough, secureClientPortAddress: 'localhost' }, /^secureClientPortAddress/],
  ['no number', { ...enough, clientPort: 'http' }, /^clientPort must be a whole number from 0 to 65535, not 'http'/],
  ['a port too large', { ...enough, clientPort: '65536' }, /^clientPort must be/],
  ['a fraction', { ...enough, tickTime: '2.5' }, /^tickTime must be/],
  ['no tick', { ...enough, tickTime: '0' }, /^tickTime must be a whole number from 1/],
  ['timeouts crossed', { ...enough, minSessionTimeout: '90000' }, /^minSessionTimeout \(90000\) must not be larger/],
  ['no boolean', { ...enough, extendedTypesEnabled: '1' }, /^extendedTypesEnabled must be true or false, not '1'/],
  ['no yes', { ...enough, forceSync: 'maybe' }, /^forceSync must be yes or no/],
  ['a plain super password', { ...enough, 'DigestAuthenticationProvider.superDigest': 'super:secret' }, /base64/],
  ['a command URL', { ...enough, 'admin.commandURL': 'commands' }, /^admin\.commandURL must begin with \//],
  [
    'TLS without a key',
    { ...enough, secureClientPort: '1', 'ssl.clientAuth': 'none' },
    /needs ssl\.keyStore\.location/,
  ],
  ['TLS without trust', withTls, /^ssl\.clientAuth=need needs ssl\.trustStore\.location/],
  [
    'JKS by name',
    { ...withTls, 'ssl.keyStore.location': '/tls/a.jks', 'ssl.clientAuth': 'none' },
    /JKS store, which Node\.js cannot read.* keytool -importkeystore -srckeystore \/tls\/a\.jks/,
  ],
  ['JKS by type', { ...withTls, 'ssl.keyStore.type': 'JKS', 'ssl.clientAuth': 'none' }, /a JKS store/],
  [
    'a store of unknown type',
    { ...withTls, 'ssl.keyStore.location': '/tls/store', 'ssl.clientAuth': 'none' },
    /^ssl\.keyStore\.type is not set/,
  ],
  ['a wrong type', { ...withTls, 'ssl.keyStore.type': 'DER', 'ssl.clientAuth': 'none' }, /not 'DER'/],
  [
    'a wrong clientAuth',
    { ...withTls, 'ssl.clientAuth': 'always', 'ssl.trustStore.location': 'a.pem' },
    /none, want, need/,
  ],
  ['an ensemble', { ...enough, 'server.1': 'zk1:2888:3888' }, /^server\.1=zk1:2888:3888 .*Apache ZooKeeper/],
  ['a group', { ...enough, 'group.1': '1:2' }, /Apache ZooKeeper/],
  ['a dynamic ensemble', { ...enough, dynamicConfigFile: '/zoo.dynamic' }, /Apache ZooKeeper/],
  ['an observer', { ...enough, peerType: 'observer' }, /Apache ZooKeeper/],
  ['SASL', { ...enough, 'authProvider.1': 'org.example.SASLAuthenticationProvider' }, /world, auth, digest and ip/],
  ['forced authentication', { ...enough, 'enforce.auth.enabled': 'true' }, /ACLs/],
  ['other digests', { ...enough, 'DigestAuthenticationProvider.digestAlg': 'SHA-256' }, /SHA1/],
  ['revocation', { ...enough, 'ssl.crl': 'true' }, /revoked/],
  ['quotas', { ...enough, enforceQuota: 'true' }, /quotas/],
  ['HTTPS for the admin server', { ...enough, 'admin.forceHttps': 'true' }, /no TLS/],
]

for (const [what, entries, sentence] of wrong) {
  test(`config: refused: ${what}`, () => {
    const found = mistakes(entries)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', sentence)
  })
}

test('config: all mistakes are told at once', () => {
  const found = mistakes({
    tickTime: 'x',
    maxCnxns: 'y',
    'server.1': 'a:1:2',
    'server.2': 'b:1:2',
    secureClientPort: '1',
  })
  assert.deepEqual(
    found.map((mistake) => mistake.split(/[ =]/)[0]),
    ['dataDir', 'secureClientPort', 'ssl.clientAuth', 'tickTime', 'maxCnxns', 'server.1', 'server.2'],
  )
})

test('config: what an ensemble and its threads are tuned by is taken without a word', () => {
  const config = parse({
    initLimit: '10',
    syncLimit: '5',
    leaderServes: 'yes',
    peerType: 'participant',
    electionAlg: '3',
    'nio.numSelectorThreads': '4',
    'enforce.auth.enabled': 'false',
    'DigestAuthenticationProvider.digestAlg': 'SHA1',
    'ssl.quorum.keyStore.location': '/tls/quorum.jks',
  })
  assert.deepEqual(config.warnings, [])
})

const warned: readonly (readonly [string, string, RegExp])[] = [
  ['dataDir', 'data', /^dataDir=data is taken from the working directory/],
  ['autopurge.snapRetainCount', '1', /3 are kept/],
  ['forceSync', 'no', /can be lost/],
  ['skipACL', 'yes', /permissions/],
  ['metricsProvider.className', 'org.example.Prometheus', /mntr/],
  ['zookeeper.skipACL', 'yes', /^zookeeper\.skipACL=yes has no effect/],
  ['datadir', '/other', /^Unknown configuration keys: datadir \(is it dataDir\?\)$/],
]

for (const [key, value, warning] of warned) {
  test(`config: warned of: ${key}=${value}`, () => {
    const { warnings } = parse({ [key]: value })
    assert.equal(warnings.length, 1, warnings.join('\n'))
    assert.match(warnings[0] ?? '', warning)
  })
}

test('config: unknown keys are one warning, and no mistake', () => {
  const { warnings } = parse({ 'no.such.key': '1', other: '2' })
  assert.deepEqual(warnings, ['Unknown configuration keys: no.such.key, other'])
})

test('config: forceSync=no and skipACL=yes are heard', () => {
  const config = parse({ forceSync: 'no', skipACL: 'yes' })
  assert.deepEqual([config.forceSync, config.skipAcl], [false, true])
})

test('config: ./ says that the working directory is meant', () => {
  assert.deepEqual(parse({ dataDir: './data' }).warnings, [])
})
