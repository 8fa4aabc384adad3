import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrokerConfig } from './broker-config.js'
import { logDirsOf } from './consistency.js'
import { parseBrokerConfig } from './parse-broker-config.js'
import { topicConfigValues, topicDefault } from './topic-config.js'

function parse(properties: Record<string, string>) {
  return parseBrokerConfig(new Map(Object.entries(properties)))
}

function configOf(properties: Record<string, string> = {}): BrokerConfig {
  const parsed = parse(properties)
  assert.ok('config' in parsed, JSON.stringify(parsed))
  return parsed.config
}

function mistakesOf(properties: Record<string, string>): readonly string[] {
  const parsed = parse(properties)
  return 'mistakes' in parsed ? parsed.mistakes : []
}

test('no properties at all make a config', () => {
  const parsed = parse({})
  assert.ok('config' in parsed)
  assert.deepEqual(parsed.warnings, [])
  assert.equal(parsed.config.get('listeners'), 'PLAINTEXT://:9092')
})

test('all mistakes are told at once, those of single keys and those of several together', () => {
  assert.deepEqual(
    mistakesOf({
      'broker.id': 'zero',
      'num.partitions': '0',
      'log.cleanup.policy': 'shred',
      listeners: 'SSL://:9093',
      'log.retention.ms': '0',
      'zookeeper.connect': 'zk1:x',
    }),
    [
      'broker.id=zero: Not a number of type INT',
      'num.partitions=0: Value must be at least 1',
      'log.cleanup.policy=shred: String must be one of: compact, delete',
      'zookeeper.connect=zk1:x: zk1:x is not host:port',
      'listeners asks for SSL on SSL, which is not supported yet: only PLAINTEXT listeners are',
      'log.retention.ms=0: must be more than 0, or -1 for no limit',
    ],
  )
})

test('unknown keys are told in one warning, each with the key that was probably meant, and do not stop the broker', () => {
  const parsed = parse({
    'log.segment.ms': '1',
    'retention.ms': '1',
    port: '9092',
    'num.partition': '3',
    'my.own.setting': 'x',
  })
  assert.ok('config' in parsed)
  assert.deepEqual(parsed.warnings, [
    'Unknown configuration keys, which have no effect: log.segment.ms (did you mean log.roll.ms?), ' +
      'retention.ms (did you mean log.retention.ms?), port (did you mean listeners?), ' +
      'num.partition (did you mean num.partitions?), my.own.setting',
  ])
})

test('keys that only a JVM reads, and keys of one listener, are taken without a word', () => {
  const parsed = parse({ 'num.io.threads': '16', 'metric.reporters': 'a.b.C', 'listener.name.plaintext.x': '1' })
  assert.ok('config' in parsed)
  assert.deepEqual(parsed.warnings, [])
})

const refusals: readonly [Record<string, string>, RegExp][] = [
  [{ 'zookeeper.connect': '/chroot' }, /^zookeeper\.connect=\/chroot: .*names no server/],
  [{ 'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer' }, /Authorization is not supported yet/],
  [{ listeners: 'SASL_PLAINTEXT://:9092' }, /^listeners asks for SASL_PLAINTEXT .*not supported yet/],
  [
    { listeners: 'CLIENT://:9092', 'listener.security.protocol.map': 'CLIENT:SSL' },
    /^listeners asks for SSL on CLIENT, which is not supported yet/,
  ],
  [{ 'security.inter.broker.protocol': 'SSL' }, /^security\.inter\.broker\.protocol=SSL: Only PLAINTEXT/],
  [{ 'process.roles': 'broker,controller' }, /KRaft is not supported/],
  [{ 'remote.log.storage.system.enable': 'true' }, /Tiered storage is not supported/],
  [{ 'group.coordinator.rebalance.protocols': 'classic,consumer' }, /Only the classic group protocol/],
  [{ 'group.coordinator.rebalance.protocols': 'classic,share' }, /Only the classic group protocol/],
  [{ 'group.coordinator.rebalance.protocols': '' }, /cannot be turned off/],
  [{ 'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector' }, /nearest replica/],
  [{ 'offsets.topic.compression.codec': '5' }, /Value must be no more than 4/],
  [{ 'inter.broker.protocol.version': 'latest' }, /must be a version of Kafka/],
  [{ 'log.message.format.version': '3' }, /must be a version of Kafka/],
  [{ 'max.connections.per.ip.overrides': '127.0.0.1' }, /must be a list of address:count/],
]

for (const [properties, refusal] of refusals) {
  test(`${JSON.stringify(properties)} is refused with a sentence`, () => {
    const mistakes = mistakesOf(properties)
    assert.equal(mistakes.length, 1, mistakes.join('\n'))
    assert.match(mistakes[0] ?? '', refusal)
  })
}

const accepted: readonly Record<string, string>[] = [
  { 'inter.broker.protocol.version': '3.9-IV0', 'log.message.format.version': '0.11.0-IV2' },
  { 'inter.broker.protocol.version': '2.8.1' },
  { 'inter.broker.protocol.version': '0.10.2' },
  { 'offsets.topic.compression.codec': '4' },
  { 'offsets.topic.compression.codec': '0' },
  { 'broker.id': '1000' },
  { 'broker.id': '5000', 'broker.id.generation.enable': 'false' },
  { 'broker.id': '3', 'node.id': '3' },
  { 'log.retention.ms': '-1' },
  { 'max.connections.per.ip': '0', 'max.connections.per.ip.overrides': '127.0.0.1:10' },
  { 'advertised.listeners': 'PLAINTEXT://kafka.example.com:9092' },
]

for (const properties of accepted) {
  test(`${JSON.stringify(properties)} is taken`, () => {
    assert.deepEqual(mistakesOf(properties), [])
  })
}

const inconsistent: readonly [Record<string, string>, string][] = [
  [{ 'broker.id': '1001' }, 'broker.id=1001: must not be over reserved.broker.max.id (1000)'],
  [{ 'broker.id': '-2' }, 'broker.id=-2: must be 0 or more, or -1 to have one generated'],
  [{ 'broker.id.generation.enable': 'false' }, 'broker.id must be set when broker.id.generation.enable is false'],
  [{ 'broker.id': '1', 'node.id': '2' }, 'node.id=2: must be the same as broker.id (1)'],
  [{ 'log.dirs': ' , ' }, 'log.dirs must name at least one directory'],
  [{ 'log.retention.hours': '0' }, 'log.retention.hours=0: must be more than 0, or -1 for no limit'],
  [{ 'log.roll.ms': '0' }, 'log.roll.ms=0: Value must be at least 1'],
  [{ 'log.roll.jitter.ms': '-1' }, 'log.roll.jitter.ms=-1: Value must be at least 0'],
  [{ 'log.flush.interval.ms': '-1' }, 'log.flush.interval.ms=-1: Value must be at least 0'],
  [
    { 'group.min.session.timeout.ms': '10', 'group.max.session.timeout.ms': '5' },
    'group.min.session.timeout.ms=10: must not be over group.max.session.timeout.ms (5)',
  ],
  [
    { 'log.cleaner.min.compaction.lag.ms': '10', 'log.cleaner.max.compaction.lag.ms': '5' },
    'log.cleaner.min.compaction.lag.ms=10: must not be over log.cleaner.max.compaction.lag.ms (5)',
  ],
  [
    { 'queued.max.request.bytes': '1000' },
    'queued.max.request.bytes=1000: must not be under socket.request.max.bytes (104857600)',
  ],
  [
    { 'max.connections.per.ip': '0' },
    'max.connections.per.ip=0: must not be 0 while max.connections.per.ip.overrides is empty',
  ],
  [{ 'inter.broker.listener.name': 'INSIDE' }, 'inter.broker.listener.name=INSIDE is not in listeners'],
  [{ listeners: 'nonsense' }, 'listeners: nonsense is not of the form NAME://host:port'],
  [{ 'advertised.listeners': 'nonsense' }, 'advertised.listeners: nonsense is not of the form NAME://host:port'],
  [
    { 'advertised.listeners': 'PLAINTEXT://0.0.0.0:9092' },
    'advertised.listeners must name an address that clients can reach for PLAINTEXT, not 0.0.0.0',
  ],
]

for (const [properties, mistake] of inconsistent) {
  test(`${JSON.stringify(properties)} is refused: ${mistake}`, () => {
    assert.deepEqual(mistakesOf(properties), [mistake])
  })
}

test('a long keeps every digit that was written', () => {
  const config = configOf({ 'log.retention.ms': '9223372036854775807', 'log.retention.bytes': '9007199254740993' })
  assert.equal(config.text('log.retention.ms'), '9223372036854775807')
  assert.equal(config.text('log.retention.bytes'), '9007199254740993')
  assert.equal(topicDefault('retention.bytes', config).text, '9007199254740993')
  assert.equal(config.text('log.flush.interval.messages'), '9223372036854775807')
})

const retention: readonly [Record<string, string>, number, string][] = [
  [{}, 604_800_000, 'log.retention.hours'],
  [{ 'log.retention.hours': '2' }, 7_200_000, 'log.retention.hours'],
  [{ 'log.retention.hours': '2', 'log.retention.minutes': '3' }, 180_000, 'log.retention.minutes'],
  [{ 'log.retention.hours': '2', 'log.retention.minutes': '3', 'log.retention.ms': '5' }, 5, 'log.retention.ms'],
  [{ 'log.retention.hours': '-1' }, -1, 'log.retention.hours'],
  [{ 'log.retention.hours': '2147483647' }, 2147483647 * 3_600_000, 'log.retention.hours'],
  [{ 'log.retention.minutes': '1', 'log.retention.ms': '-1' }, -1, 'log.retention.ms'],
]

for (const [properties, retentionMs, brokerKey] of retention) {
  test(`with ${JSON.stringify(properties)} a topic keeps records for ${retentionMs} ms, by ${brokerKey}`, () => {
    const config = configOf(properties)
    assert.equal(topicConfigValues(new Map(), config)['retention.ms'], retentionMs)
    assert.equal(topicDefault('retention.ms', config).brokerKey, brokerKey)
  })
}

test('values come from this broker, then all brokers, then the file, then the table, and all are told', () => {
  const config = configOf({ 'log.segment.bytes': '1000' })
  assert.deepEqual(config.sources('log.segment.bytes'), [
    { text: '1000', source: 'staticBroker' },
    { text: '1073741824', source: 'default' },
  ])
  config.setDynamic(new Map([['log.segment.bytes', '2000']]), new Map([['log.segment.bytes', '3000']]))
  assert.equal(config.get('log.segment.bytes'), 3000)
  assert.deepEqual(
    config.sources('log.segment.bytes').map(({ text, source }) => `${source} ${text}`),
    ['dynamicBroker 3000', 'dynamicDefaultBroker 2000', 'staticBroker 1000', 'default 1073741824'],
  )
  config.setDynamic(new Map([['log.segment.bytes', '2000']]), new Map())
  assert.equal(config.get('log.segment.bytes'), 2000)
  config.setDynamic(new Map(), new Map())
  assert.equal(config.get('log.segment.bytes'), 1000)
})

test('dynamic configs that are unknown, wrong, read-only or at the wrong level are passed over', () => {
  const config = configOf({})
  config.setDynamic(
    new Map([
      ['log.segment.bytes', 'many'],
      ['log.dirs', '/elsewhere'],
      ['follower.replication.throttled.rate', '1'],
      ['ssl.keystore.location', '/keys'],
      ['log.retention.ms', '5'],
    ]),
    new Map([['ssl.keystore.type', 'PEM']]),
  )
  assert.equal(config.get('log.segment.bytes'), 1073741824)
  assert.equal(config.get('log.dirs'), null)
  assert.equal(config.get('ssl.keystore.location'), null, 'a key of one broker, set for all')
  assert.equal(config.get('ssl.keystore.type'), 'PEM')
  assert.equal(config.get('log.retention.ms'), 5)
})

test('a config with other dynamic configs leaves the one in force as it is', () => {
  const config = configOf({})
  config.setDynamic(new Map([['log.retention.ms', '5']]), new Map())
  const changed = config.withDynamic({ dynamic: new Map([['log.retention.ms', '7']]) })
  assert.equal(changed.get('log.retention.ms'), 7)
  assert.equal(changed.withDynamic({ dynamic: new Map() }).get('log.retention.ms'), 5)
  assert.equal(config.get('log.retention.ms'), 5)
})

test('the log directories are those of log.dirs, else the one of log.dir', () => {
  assert.deepEqual(logDirsOf(configOf({})), ['/tmp/kafka-logs'])
  assert.deepEqual(logDirsOf(configOf({ 'log.dir': '/a' })), ['/a'])
  assert.deepEqual(logDirsOf(configOf({ 'log.dir': '/a', 'log.dirs': '/b , /c' })), ['/b', '/c'])
})
