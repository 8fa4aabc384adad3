import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig, brokerConfigs } from '../config/broker-config.js'
import { topicConfigs } from '../config/keys/topic.js'
import {
  type DescribedConfig,
  describeBrokerConfigs,
  describeDefaultBrokerConfigs,
  describeTopicConfigs,
  topicConfigDescriber,
} from './described-config.js'

const source = { topic: 1, dynamicBroker: 2, dynamicDefaultBroker: 3, staticBroker: 4, default: 5 }

function brokerWith(properties: Record<string, string> = {}): BrokerConfig {
  return new BrokerConfig(new Map(Object.entries(properties)))
}

function found(configs: readonly DescribedConfig[], name: string): DescribedConfig {
  const config = configs.find((each) => each.name === name)
  assert.ok(config !== undefined, name)
  return config
}

function topicConfig(name: string, overrides: Record<string, string> = {}, broker = brokerWith()) {
  return found(describeTopicConfigs(new Map(Object.entries(overrides)), broker), name)
}

function synonymsOf({ synonyms }: DescribedConfig) {
  return synonyms.map(({ name, value, source: code }) => [name, value, code])
}

test('every topic config is told, none of them read-only, with its documentation', () => {
  const configs = describeTopicConfigs(new Map(), brokerWith())
  assert.deepEqual(
    configs.map(({ name }) => name),
    Object.keys(topicConfigs),
  )
  for (const { readOnly, isSensitive, documentation } of configs) {
    assert.deepEqual([readOnly, isSensitive, documentation === ''], [false, false, false])
  }
})

test('a topic config that nobody set is a default, under the name of the broker key', () => {
  const config = topicConfig('segment.bytes')
  assert.deepEqual([config.value, config.configSource], ['1073741824', source.default])
  assert.deepEqual(synonymsOf(config), [['log.segment.bytes', '1073741824', source.default]])
})

test("a topic config comes from the topic, the broker's dynamic configs, the file, the table, in that order", () => {
  const broker = brokerWith({ 'log.segment.bytes': '400' })
  broker.setDynamic(new Map([['log.segment.bytes', '300']]), new Map([['log.segment.bytes', '200']]))
  const config = topicConfig('segment.bytes', { 'segment.bytes': '100' }, broker)
  assert.deepEqual([config.value, config.configSource], ['100', source.topic])
  assert.deepEqual(synonymsOf(config), [
    ['segment.bytes', '100', source.topic],
    ['log.segment.bytes', '200', source.dynamicBroker],
    ['log.segment.bytes', '300', source.dynamicDefaultBroker],
    ['log.segment.bytes', '400', source.staticBroker],
    ['log.segment.bytes', '1073741824', source.default],
  ])
  assert.equal(topicConfig('segment.bytes', {}, broker).configSource, source.dynamicBroker)
})

test('retention from the hours of the file is told in milliseconds, and as a default, as Kafka does', () => {
  const config = topicConfig('retention.ms', {}, brokerWith({ 'log.retention.hours': '2' }))
  assert.deepEqual([config.value, config.configSource, config.synonyms], ['7200000', source.default, []])
})

test('the coarser keys are synonyms where the key in milliseconds is set', () => {
  const config = topicConfig('retention.ms', {}, brokerWith({ 'log.retention.ms': '1000', 'log.retention.hours': '2' }))
  assert.equal(config.value, '1000')
  assert.deepEqual(synonymsOf(config), [
    ['log.retention.ms', '1000', source.staticBroker],
    ['log.retention.hours', '2', source.staticBroker],
    ['log.retention.hours', '168', source.default],
  ])
})

test('a long is told with every digit', () => {
  assert.equal(topicConfig('flush.messages').value, '9223372036854775807')
  assert.equal(topicConfig('retention.ms', { 'retention.ms': '9007199254740993' }).value, '9007199254740993')
})

test('a topic config without a broker key has its own default, and no synonyms', () => {
  const config = topicConfig('leader.replication.throttled.replicas')
  assert.deepEqual([config.value, config.configSource, config.synonyms], ['', source.default, []])
})

for (const [name, type] of [
  ['preallocate', 1],
  ['compression.type', 2],
  ['segment.bytes', 3],
  ['retention.ms', 5],
  ['min.cleanable.dirty.ratio', 6],
  ['cleanup.policy', 7],
] as const) {
  test(`${name} is of type ${type}`, () => {
    assert.equal(topicConfig(name).configType, type)
  })
}

test('a broker tells every key but the internal ones that are not set', () => {
  const names = describeBrokerConfigs(brokerWith({ 'log.initial.task.delay.ms': '5' })).map(({ name }) => name)
  assert.ok(names.includes('log.initial.task.delay.ms'))
  assert.ok(!names.includes('group.share.enable'))
  assert.ok(names.length < Object.keys(brokerConfigs).length)
})

test('a broker key that cannot be changed is read-only', () => {
  const configs = describeBrokerConfigs(brokerWith())
  assert.equal(found(configs, 'log.dirs').readOnly, true)
  assert.equal(found(configs, 'log.retention.ms').readOnly, false)
})

test('a broker key without a value is told as null', () => {
  const config = found(describeBrokerConfigs(brokerWith()), 'log.dirs')
  assert.deepEqual([config.value, config.configSource, config.synonyms], [null, source.default, []])
})

test('a broker key that is set in the file is told with its source', () => {
  const config = found(describeBrokerConfigs(brokerWith({ 'num.partitions': '3' })), 'num.partitions')
  assert.deepEqual([config.value, config.configSource], ['3', source.staticBroker])
  assert.deepEqual(synonymsOf(config), [
    ['num.partitions', '3', source.staticBroker],
    ['num.partitions', '1', source.default],
  ])
})

test('a password is never told', () => {
  const config = found(describeBrokerConfigs(brokerWith({ 'ssl.key.password': 'secret' })), 'ssl.key.password')
  assert.deepEqual([config.value, config.isSensitive, config.configType], [null, true, 9])
  assert.deepEqual(synonymsOf(config), [['ssl.key.password', null, source.staticBroker]])
})

test('the default of all brokers is what was set there, and no more', () => {
  const configs = describeDefaultBrokerConfigs(new Map([['log.retention.ms', '5']]))
  assert.deepEqual(
    configs.map(({ name, value, configSource, readOnly }) => [name, value, configSource, readOnly]),
    [['log.retention.ms', '5', source.dynamicDefaultBroker, false]],
  )
})

test('a key that is not known is sensitive: nobody can tell what it holds', () => {
  const [config] = describeDefaultBrokerConfigs(new Map([['some.plugin.secret', 'x']]))
  assert.deepEqual([config?.value, config?.isSensitive, config?.configType], [null, true, 0])
})

test('topics that set nothing of their own share one description', () => {
  const describeTopic = topicConfigDescriber(brokerWith())
  const plain = describeTopic(new Map())
  assert.equal(describeTopic(new Map()), plain)
  const own = describeTopic(new Map([['retention.ms', '1']]))
  assert.equal(found(own, 'retention.ms').value, '1')
  assert.equal(found(own, 'segment.bytes'), found(plain, 'segment.bytes'))
  assert.notEqual(found(plain, 'retention.ms').value, '1')
})
