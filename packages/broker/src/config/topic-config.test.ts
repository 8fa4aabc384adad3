import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.js'
import { logConfigOf, topicConfigMistake, topicConfigValues } from './topic-config.js'

function brokerWith(properties: Record<string, string> = {}): BrokerConfig {
  return new BrokerConfig(new Map(Object.entries(properties)))
}

function logConfig(overrides: Record<string, string>, properties: Record<string, string> = {}) {
  const broker = brokerWith(properties)
  return logConfigOf(topicConfigValues(new Map(Object.entries(overrides)), broker), broker)
}

const unlimited = 2 ** 63

for (const [overrides, mistake] of [
  [{}, undefined],
  [{ 'retention.ms': '-1', 'cleanup.policy': 'compact,delete' }, undefined],
  [{ 'retention.ms': '9223372036854775807' }, undefined],
  [{ 'leader.replication.throttled.replicas': '*' }, undefined],
  [{ 'leader.replication.throttled.replicas': '0:1,1:2' }, undefined],
  [{ 'message.format.version': '2.8-IV1' }, undefined],
  [{ 'log.retention.ms': '1' }, 'Unknown topic config name: log.retention.ms'],
  [{ constructor: '1' }, 'Unknown topic config name: constructor'],
  [{ 'retention.ms': null }, 'Null value not supported for topic configs: retention.ms'],
  [{ 'retention.ms': '-2' }, 'Invalid value -2 for configuration retention.ms: Value must be at least -1'],
  [{ 'retention.ms': 'long' }, 'Invalid value long for configuration retention.ms: Not a number of type LONG'],
  [{ 'segment.bytes': '13' }, 'Invalid value 13 for configuration segment.bytes: Value must be at least 14'],
  [
    { 'cleanup.policy': 'keep' },
    'Invalid value keep for configuration cleanup.policy: String must be one of: compact, delete',
  ],
  [
    { 'min.cleanable.dirty.ratio': '1.5' },
    'Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more than 1',
  ],
  [
    { 'remote.storage.enable': 'true' },
    'Invalid value true for configuration remote.storage.enable: Tiered storage is not supported.',
  ],
  [
    { 'leader.replication.throttled.replicas': 'all' },
    'Invalid value all for configuration leader.replication.throttled.replicas: must be * or a list of partition:broker',
  ],
  [
    { 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' },
    'min.compaction.lag.ms (10) must not be larger than max.compaction.lag.ms (5)',
  ],
] as const) {
  test(`topic configs ${JSON.stringify(overrides)}: ${mistake ?? 'right'}`, () => {
    assert.equal(topicConfigMistake(new Map(Object.entries(overrides))), mistake)
  })
}

test("a topic's compaction lags must go together with those of the broker", () => {
  const broker = brokerWith({ 'log.cleaner.max.compaction.lag.ms': '5' })
  const overrides = new Map([['min.compaction.lag.ms', '10']])
  assert.equal(topicConfigMistake(overrides), undefined)
  assert.match(topicConfigMistake(overrides, broker) ?? '', /must not be larger than max\.compaction\.lag\.ms \(5\)/)
})

test("a topic's own configs come before the broker's", () => {
  const properties = { 'log.segment.bytes': '1000', 'log.roll.hours': '1', 'message.max.bytes': '500' }
  const { segmentBytes, segmentMs, maxMessageBytes } = logConfig({ 'segment.bytes': '2000' }, properties)
  assert.deepEqual([segmentBytes, segmentMs, maxMessageBytes], [2000, 3_600_000, 500])
})

test('log.flush.scheduler.interval.ms stands in for log.flush.interval.ms', () => {
  assert.equal(logConfig({}, { 'log.flush.scheduler.interval.ms': '7' }).flushMs, 7)
  assert.equal(logConfig({}, { 'log.flush.scheduler.interval.ms': '7', 'log.flush.interval.ms': '3' }).flushMs, 3)
})

for (const [overrides, before, after] of [
  [{}, unlimited, unlimited],
  [{ 'message.timestamp.difference.max.ms': '1000' }, 1000, 1000],
  [{ 'message.timestamp.difference.max.ms': '1000', 'message.timestamp.before.max.ms': '5' }, 5, 1000],
  [{ 'message.timestamp.difference.max.ms': '1000', 'message.timestamp.after.max.ms': '5' }, 1000, 5],
] as const) {
  test(`bounds on timestamps with ${JSON.stringify(overrides)} are ${before} before and ${after} after (KIP-937)`, () => {
    const config = logConfig(overrides)
    assert.deepEqual([config.messageTimestampBeforeMaxMs, config.messageTimestampAfterMaxMs], [before, after])
  })
}
