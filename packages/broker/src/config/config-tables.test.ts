import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BrokerConfigName, brokerConfigs } from './broker-config.js'
import { type ConfigKey, type ConfigTable, parseConfig } from './config-key.js'
import { groupsConfigs } from './keys/groups.js'
import { logConfigs } from './keys/log.js'
import { topicConfigs } from './keys/topic.js'
import { coarserSynonyms, topicSynonyms } from './topic-synonyms.js'

const broker: ConfigTable = brokerConfigs
const topic: ConfigTable = topicConfigs

test('every default is a right value of its own key', () => {
  for (const [name, key] of [...Object.entries(broker), ...Object.entries(topic)]) {
    if (key.defaultText === null) continue
    assert.ok('value' in parseConfig(key, key.defaultText), `${name}=${key.defaultText}`)
  }
})

test('every key of the log, of groups and of topics that has an effect says what it does, in a sentence or two', () => {
  for (const [name, key] of Object.entries<ConfigKey>({ ...logConfigs, ...groupsConfigs, ...topicConfigs })) {
    if (key.effect === 'none' || key.internal === true) continue
    assert.match(key.about ?? '', /^.{10,140}\.$/, name)
  }
  for (const [name, { about }] of Object.entries<ConfigKey>(topicConfigs)) assert.ok(about !== undefined, name)
})

test('a topic config and the broker key that gives its default agree in type and default', () => {
  for (const [name, brokerKey] of Object.entries(topicSynonyms)) {
    const [own, inherited] = [topic[name], broker[brokerKey]]
    assert.equal(inherited?.kind, own?.kind, `${name} and ${brokerKey}`)
    if (inherited?.defaultText !== null) assert.equal(inherited?.defaultText, own?.defaultText, name)
  }
})

test('a broker key that stands in for another in a coarser unit comes to the same default', () => {
  for (const [name, coarser] of Object.entries(coarserSynonyms)) {
    const topicName = Object.entries(topicSynonyms).find(([, brokerKey]) => brokerKey === name)?.[0] ?? ''
    const inUnits = coarser.flatMap(({ name: key, ms }) => {
      const text = broker[key]?.defaultText ?? null
      return text === null ? [] : [String(BigInt(text) * BigInt(ms))]
    })
    assert.deepEqual(inUnits, [topic[topicName]?.defaultText], name)
  }
})

/** Kafka 3.9's. The differences that are meant (log directory, derived values) lie outside the table of keys. */
const defaults: Partial<Record<BrokerConfigName, string | null>> = {
  listeners: 'PLAINTEXT://:9092',
  'advertised.listeners': null,
  'log.dir': '/tmp/kafka-logs',
  'log.dirs': null,
  'num.partitions': '1',
  'default.replication.factor': '1',
  'min.insync.replicas': '1',
  'auto.create.topics.enable': 'true',
  'delete.topic.enable': 'true',
  'unclean.leader.election.enable': 'false',
  'message.max.bytes': '1048588',
  'log.segment.bytes': '1073741824',
  'log.roll.hours': '168',
  'log.roll.jitter.hours': '0',
  'log.retention.hours': '168',
  'log.retention.bytes': '-1',
  'log.retention.check.interval.ms': '300000',
  'log.cleanup.policy': 'delete',
  'log.cleaner.delete.retention.ms': '86400000',
  'log.cleaner.min.compaction.lag.ms': '0',
  'log.cleaner.max.compaction.lag.ms': '9223372036854775807',
  'log.cleaner.min.cleanable.ratio': '0.5',
  'log.cleaner.threads': '1',
  'log.cleaner.backoff.ms': '15000',
  'log.cleaner.dedupe.buffer.size': '134217728',
  'log.cleaner.enable': 'true',
  'log.segment.delete.delay.ms': '60000',
  'log.index.interval.bytes': '4096',
  'log.index.size.max.bytes': '10485760',
  'log.flush.interval.messages': '9223372036854775807',
  'log.flush.interval.ms': null,
  'log.flush.scheduler.interval.ms': '9223372036854775807',
  'log.flush.offset.checkpoint.interval.ms': '60000',
  'num.recovery.threads.per.data.dir': '1',
  'compression.type': 'producer',
  'compression.gzip.level': '-1',
  'compression.lz4.level': '9',
  'compression.zstd.level': '3',
  'log.message.timestamp.type': 'CreateTime',
  'log.message.timestamp.before.max.ms': '9223372036854775807',
  'log.message.timestamp.after.max.ms': '9223372036854775807',
  'log.preallocate': 'false',
  'log.local.retention.ms': '-2',
  'log.local.retention.bytes': '-2',
  'fetch.max.bytes': '57671680',
  'max.incremental.fetch.session.cache.slots': '1000',
  'socket.request.max.bytes': '104857600',
  'socket.send.buffer.bytes': '102400',
  'socket.receive.buffer.bytes': '102400',
  'socket.listen.backlog.size': '50',
  'num.network.threads': '3',
  'num.io.threads': '8',
  'queued.max.requests': '500',
  'connections.max.idle.ms': '600000',
  'max.connections': '2147483647',
  'max.connections.per.ip': '2147483647',
  'connection.failed.authentication.delay.ms': '100',
  'request.timeout.ms': '30000',
  'replica.lag.time.max.ms': '30000',
  'replica.fetch.max.bytes': '1048576',
  'replica.fetch.min.bytes': '1',
  'replica.fetch.wait.max.ms': '500',
  'num.replica.fetchers': '1',
  'replica.high.watermark.checkpoint.interval.ms': '5000',
  'auto.leader.rebalance.enable': 'true',
  'leader.imbalance.check.interval.seconds': '300',
  'leader.imbalance.per.broker.percentage': '10',
  'offsets.topic.num.partitions': '50',
  'offsets.topic.replication.factor': '3',
  'offsets.topic.segment.bytes': '104857600',
  'offsets.retention.minutes': '10080',
  'offsets.retention.check.interval.ms': '600000',
  'offset.metadata.max.bytes': '4096',
  'offsets.commit.timeout.ms': '5000',
  'group.initial.rebalance.delay.ms': '3000',
  'group.min.session.timeout.ms': '6000',
  'group.max.session.timeout.ms': '1800000',
  'group.max.size': '2147483647',
  'group.coordinator.rebalance.protocols': 'classic',
  'group.consumer.session.timeout.ms': '45000',
  'group.consumer.heartbeat.interval.ms': '5000',
  'transaction.state.log.num.partitions': '50',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'transaction.max.timeout.ms': '900000',
  'transactional.id.expiration.ms': '604800000',
  'producer.id.expiration.ms': '86400000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '10000',
  'transaction.partition.verification.enable': 'true',
  'quota.window.num': '11',
  'quota.window.size.seconds': '1',
  'sasl.enabled.mechanisms': 'GSSAPI',
  'connections.max.reauth.ms': '0',
  'sasl.server.max.receive.size': '524288',
  'authorizer.class.name': '',
  'delegation.token.max.lifetime.ms': '604800000',
  'delegation.token.expiry.time.ms': '86400000',
  'zookeeper.session.timeout.ms': '18000',
  'broker.id': '-1',
  'reserved.broker.max.id': '1000',
}

test('defaults are those of Kafka 3.9', () => {
  const ours = Object.fromEntries(Object.keys(defaults).map((name) => [name, broker[name]?.defaultText]))
  assert.deepEqual(ours, defaults)
})

for (const name of [
  'log.preallocate',
  'num.recovery.threads.per.data.dir',
  'log.cleaner.threads',
  'log.cleaner.min.cleanable.ratio',
  'log.message.downconversion.enable',
  'log.message.format.version',
  'offsets.load.buffer.size',
  'group.consumer.session.timeout.ms',
  'group.share.max.size',
  'group.coordinator.threads',
  'transaction.max.timeout.ms',
  'num.io.threads',
  'inter.broker.protocol.version',
] as const) {
  test(`${name} is taken and has no effect`, () => {
    assert.equal(broker[name]?.effect, 'none')
  })
}
