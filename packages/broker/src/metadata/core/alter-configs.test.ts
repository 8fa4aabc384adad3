import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from '../../config/broker-config.js'
import {
  type AlterOutcome,
  brokerEntity,
  type ConfigChange,
  changeConfigs,
  replaceConfigs,
  topicEntity,
} from './alter-configs.js'

const broker = new BrokerConfig(new Map([['log.cleanup.policy', 'compact']]))
const topic = topicEntity(broker)
const own = brokerEntity(broker, false)
const all = brokerEntity(broker, true)

function change(operation: ConfigChange['operation'], name: string, value: string | null): ConfigChange {
  return { operation, name, value }
}

function configsOf(outcome: AlterOutcome): Record<string, string> {
  assert.ok('configs' in outcome, JSON.stringify(outcome))
  return Object.fromEntries(outcome.configs)
}

function errorOf(outcome: AlterOutcome): string {
  assert.ok('error' in outcome, 'was not refused')
  assert.notEqual(outcome.message, '')
  return outcome.error
}

test('replacing gives the topic these configs and no others', () => {
  const outcome = replaceConfigs(topic, [{ name: 'retention.ms', value: '1' }])
  assert.deepEqual(configsOf(outcome), { 'retention.ms': '1' })
  assert.deepEqual(configsOf(replaceConfigs(topic, [])), {})
})

const present = { 'retention.ms': '1', 'cleanup.policy': 'compact,delete' }

const changes: readonly [string, readonly ConfigChange[], Record<string, string>][] = [
  ['nothing', [], present],
  ['SET of a new config', [change('set', 'segment.ms', '5')], { ...present, 'segment.ms': '5' }],
  ['SET of a present one', [change('set', 'retention.ms', '5')], { ...present, 'retention.ms': '5' }],
  ['DELETE of a present one', [change('delete', 'retention.ms', null)], { 'cleanup.policy': 'compact,delete' }],
  ['DELETE of one that is not set', [change('delete', 'segment.ms', null)], present],
  ['APPEND of what is there', [change('append', 'cleanup.policy', 'delete')], present],
  ['SUBTRACT', [change('subtract', 'cleanup.policy', 'delete')], { ...present, 'cleanup.policy': 'compact' }],
  [
    'SUBTRACT of what is not there',
    [change('subtract', 'follower.replication.throttled.replicas', '1:1')],
    {
      ...present,
      'follower.replication.throttled.replicas': '',
    },
  ],
  [
    'APPEND to a list that is empty by default',
    [change('append', 'leader.replication.throttled.replicas', '0:1, 1:2')],
    { ...present, 'leader.replication.throttled.replicas': '0:1,1:2' },
  ],
]

for (const [what, ops, configs] of changes) {
  test(`changing a topic by ${what}`, () => {
    assert.deepEqual(configsOf(changeConfigs(topic, new Map(Object.entries(present)), ops)), configs)
  })
}

test("APPEND to a list that is not set starts from the key's default, as in Kafka", () => {
  const outcome = changeConfigs(topic, new Map(), [change('append', 'cleanup.policy', 'compact')])
  assert.deepEqual(configsOf(outcome), { 'cleanup.policy': 'delete,compact' })
})

test('the present configs stay as they are', () => {
  const before = new Map(Object.entries(present))
  changeConfigs(topic, before, [change('set', 'retention.ms', '5'), change('delete', 'cleanup.policy', null)])
  assert.deepEqual(Object.fromEntries(before), present)
})

const topicRefusals: readonly [string, readonly ConfigChange[], string][] = [
  ['an unknown config', [change('set', 'no.such.config', '1')], 'INVALID_CONFIG'],
  ['a wrong value', [change('set', 'retention.ms', 'long')], 'INVALID_CONFIG'],
  ['a value out of bounds', [change('set', 'segment.bytes', '1')], 'INVALID_CONFIG'],
  [
    'configs that do not go together',
    [change('set', 'min.compaction.lag.ms', '5'), change('set', 'max.compaction.lag.ms', '4')],
    'INVALID_CONFIG',
  ],
  ['SET of null', [change('set', 'retention.ms', null)], 'INVALID_REQUEST'],
  ['APPEND of null', [change('append', 'cleanup.policy', null)], 'INVALID_REQUEST'],
  ['APPEND to what is not a list', [change('append', 'retention.ms', '1')], 'INVALID_CONFIG'],
  ['SUBTRACT from what is not a list', [change('subtract', 'retention.ms', '1')], 'INVALID_CONFIG'],
  ['APPEND to an unknown config', [change('append', 'no.such.config', '1')], 'INVALID_CONFIG'],
  ['APPEND of a wrong item', [change('append', 'cleanup.policy', 'shred')], 'INVALID_CONFIG'],
  ['one config twice', [change('set', 'retention.ms', '1'), change('delete', 'retention.ms', null)], 'INVALID_REQUEST'],
]

for (const [what, ops, error] of topicRefusals) {
  test(`changing a topic by ${what} is refused: ${error}`, () => {
    assert.equal(errorOf(changeConfigs(topic, new Map(), ops)), error)
  })
}

for (const [what, configs, error] of [
  ['an unknown config', [{ name: 'no.such.config', value: '1' }], 'INVALID_CONFIG'],
  ['a wrong value', [{ name: 'retention.ms', value: '-2' }], 'INVALID_CONFIG'],
  ['null', [{ name: 'retention.ms', value: null }], 'INVALID_REQUEST'],
  [
    'one config twice',
    [
      { name: 'retention.ms', value: '1' },
      { name: 'retention.ms', value: '2' },
    ],
    'INVALID_REQUEST',
  ],
] as const) {
  test(`replacing a topic's configs with ${what} is refused: ${error}`, () => {
    assert.equal(errorOf(replaceConfigs(topic, configs)), error)
  })
}

test('a dynamic config of the broker is changed, for itself and for all', () => {
  const ops = [change('set', 'log.retention.ms', '5')]
  assert.deepEqual(configsOf(changeConfigs(own, new Map(), ops)), { 'log.retention.ms': '5' })
  assert.deepEqual(configsOf(changeConfigs(all, new Map(), ops)), { 'log.retention.ms': '5' })
})

test('APPEND to the default of all brokers does not take over what one broker has', () => {
  const config = new BrokerConfig(new Map())
  config.setDynamic(new Map(), new Map([['log.cleanup.policy', 'compact']]))
  const outcome = changeConfigs(brokerEntity(config, true), new Map(), [
    change('append', 'log.cleanup.policy', 'compact'),
  ])
  assert.deepEqual(configsOf(outcome), { 'log.cleanup.policy': 'delete,compact' })
})

const brokerRefusals: readonly [string, ConfigChange][] = [
  ['an unknown config', change('set', 'no.such.config', '1')],
  ['a read-only config', change('set', 'log.dirs', '/elsewhere')],
  ['the listeners', change('set', 'listeners', 'PLAINTEXT://:9093')],
  ['a wrong value', change('set', 'log.segment.bytes', 'many')],
  ['a value that goes together with nothing', change('set', 'log.retention.ms', '0')],
  ['a value that topics cannot have', change('set', 'log.roll.ms', '0')],
  ['an override that cannot be read', change('set', 'max.connections.per.ip.overrides', 'x')],
  ['a config of TLS', change('set', 'ssl.keystore.location', '/keys')],
  ['a config of SASL', change('set', 'sasl.jaas.config', 'secret')],
]

for (const [what, op] of brokerRefusals) {
  test(`changing ${what} of a broker is refused: INVALID_REQUEST`, () => {
    assert.equal(errorOf(changeConfigs(own, new Map(), [op])), 'INVALID_REQUEST')
    assert.equal(errorOf(changeConfigs(all, new Map(), [op])), 'INVALID_REQUEST')
  })
}

test('a config of single brokers cannot be set for all', () => {
  const ops = [change('set', 'principal.builder.class', 'a.b.C')]
  assert.equal(errorOf(changeConfigs(all, new Map(), ops)), 'INVALID_REQUEST')
  assert.deepEqual(configsOf(changeConfigs(own, new Map(), ops)), { 'principal.builder.class': 'a.b.C' })
})

test('what another program stored for the broker, and means nothing here, does not stand in the way', () => {
  const stored = new Map([['follower.replication.throttled.rate', '1000']])
  assert.deepEqual(configsOf(changeConfigs(own, stored, [change('set', 'log.retention.ms', '5')])), {
    'follower.replication.throttled.rate': '1000',
    'log.retention.ms': '5',
  })
  assert.deepEqual(
    configsOf(changeConfigs(own, stored, [change('delete', 'follower.replication.throttled.rate', null)])),
    {},
  )
})
