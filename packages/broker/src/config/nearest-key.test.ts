import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerConfigs } from './broker-config.js'
import { nearestBrokerKey } from './nearest-key.js'

const known = Object.keys(brokerConfigs)

for (const [unknown, nearest] of [
  ['log.segment.ms', 'log.roll.ms'],
  ['segment.ms', 'log.roll.ms'],
  ['retention.ms', 'log.retention.ms'],
  ['max.message.bytes', 'message.max.bytes'],
  ['log.max.message.bytes', 'message.max.bytes'],
  ['cleanup.policy', 'log.cleanup.policy'],
  ['port', 'listeners'],
  ['host.name', 'listeners'],
  ['advertised.host.name', 'advertised.listeners'],
  ['advertised.port', 'advertised.listeners'],
  ['log.retention.hour', 'log.retention.hours'],
  ['num.partition', 'num.partitions'],
  ['advertised.listener', 'advertised.listeners'],
  ['auto.create.topic.enable', 'auto.create.topics.enable'],
  ['brokerid', 'broker.id'],
  ['nothing.like.any.key.that.there.is', undefined],
  ['constructor', undefined],
  ['log.toString', undefined],
] as const) {
  test(`nearest to the unknown key ${unknown} is ${nearest ?? 'nothing'}`, () => {
    assert.equal(nearestBrokerKey(unknown, known), nearest)
  })
}
