import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterOptions } from './cluster-options.js'
import { commonConfigs } from './common-configs.js'
import { type ConfigInput, int, list, oneOf } from './config-table.js'
import { parseJaas } from './jaas.js'
import { ConfigError, parseConfig } from './parse-config.js'

const parse = (given: ConfigInput<typeof commonConfigs>) => parseConfig(commonConfigs, given)
const base = { 'bootstrap.servers': 'a:9092' } as const

test('values may be text, as a file or the environment has them; what is not given has its default', () => {
  const values = parse({ 'bootstrap.servers': 'a:1, b:2', 'request.timeout.ms': '500', 'client.id': 'x' })
  assert.deepEqual(values['bootstrap.servers'], ['a:1', 'b:2'])
  assert.deepEqual([values['request.timeout.ms'], values['client.id'], values['retry.backoff.ms']], [500, 'x', 100])
  const table = { many: list(['p', 'q'], ''), one: oneOf(['x', 'y'], 'x', ''), size: int(1, '', { min: 0, max: 5 }) }
  assert.deepEqual(parseConfig(table, {}), { many: ['p', 'q'], one: 'x', size: 1 })
})

test('all mistakes are told at once, an unknown key with the one that was meant', () => {
  const wrong = {
    ...base,
    'request.timout.ms': 1,
    'request.timeout.ms': '1s',
    'metadata.max.age.ms': -1,
    'security.protocol': 'TLS',
    nonsense: true,
  }
  assert.throws(
    () => parse(wrong as never),
    (error) => {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(error.mistakes, [
        'request.timout.ms is not known: did you mean request.timeout.ms?',
        'nonsense is not known',
        'security.protocol=TLS: must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL',
        'request.timeout.ms=1s: must be a whole number',
        'metadata.max.age.ms=-1: must be at least 0',
      ])
      return true
    },
  )
})

test('a wrong key, and a value of another kind, do not compile', () => {
  // @ts-expect-error
  assert.throws(() => parse({ ...base, 'request.timout.ms': 1 }))
  // @ts-expect-error
  assert.throws(() => parse({ ...base, 'security.protocol': 'TLS' }))
  // @ts-expect-error
  assert.throws(() => parse({ ...base, 'request.timeout.ms': 'soon' }))
})

const cluster = (given: ConfigInput<typeof commonConfigs>, options = {}) => clusterOptions(parse(given), options, true)

test('brokers by name, address and listener', () => {
  const { bootstrapServers } = cluster({ 'bootstrap.servers': ['a:1', '[::1]:2', 'SSL://b:3'] })
  assert.deepEqual(bootstrapServers, [
    { host: 'a', port: 1 },
    { host: '::1', port: 2 },
    { host: 'b', port: 3 },
  ])
  for (const text of ['', 'a', 'a:b', 'a:0', 'a:65536']) {
    assert.throws(() => cluster({ 'bootstrap.servers': text }), ConfigError, text)
  }
})

test('the protocol says whether there is TLS and SASL; SASL needs a mechanism and credentials', async () => {
  assert.equal(cluster(base).tls, undefined)
  assert.equal(cluster({ ...base, 'security.protocol': 'SSL' }, { tls: { servername: 'x' } }).tls?.servername, 'x')
  const sasl = { ...base, 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-256' } as const
  assert.throws(() => cluster(sasl), /credentials or sasl.jaas.config/)
  // @ts-expect-error
  assert.throws(() => cluster({ ...sasl, 'sasl.mechanism': 'GSSAPI' }), /must be one of PLAIN, SCRAM/)
  assert.throws(() => cluster({ ...base, 'security.protocol': 'SASL_SSL' }), /needs sasl.mechanism/)
  const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="se\\"cret";'
  assert.equal((await cluster({ ...sasl, 'sasl.jaas.config': jaas }).sasl?.())?.mechanism, 'SCRAM-SHA-256')
  let asked = 0
  const credentials = () => ({ username: `u${++asked}`, password: 'p' })
  const options = cluster({ ...sasl, 'sasl.mechanism': 'PLAIN' }, { credentials })
  await options.sasl?.()
  assert.equal((await (await options.sasl?.())?.initial())?.toString(), '\0u2\0p')
})

test('a delegation token signs in by SCRAM, and not by PLAIN', async () => {
  const sasl = { ...base, 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512' } as const
  const token = { username: 'id', password: 'hmac', isToken: true }
  const jaas = 'X required username="id" password="hmac" tokenauth="true";'
  const ways = [cluster({ ...sasl, 'sasl.jaas.config': jaas }), cluster(sasl, { credentials: token })]
  for (const { sasl: signIn } of ways) {
    assert.match(String(await (await signIn?.())?.initial()), /^n,,n=id,r=[^,]+,tokenauth=true$/)
  }
  const plain = { ...sasl, 'sasl.mechanism': 'PLAIN' } as const
  assert.throws(() => cluster({ ...plain, 'sasl.jaas.config': jaas }), /needs sasl.mechanism SCRAM/)
  assert.throws(() => cluster(plain, { credentials: token }), /needs sasl.mechanism SCRAM/)
  await assert.rejects(async () => await cluster(plain, { credentials: () => token }).sasl?.(), /needs sasl.mechanism/)
})

test('credentials in Java’s notation', () => {
  const quoted = parseJaas('X required username="a b" password="p\\"q\\\\";')
  assert.deepEqual(quoted, { username: 'a b', password: 'p"q\\', isToken: false })
  const bare = parseJaas('X required\n  username=alice\n  password=x;')
  assert.deepEqual(bare, { username: 'alice', password: 'x', isToken: false })
  assert.equal(parseJaas('X required useKeyTab=true;'), undefined)
})
