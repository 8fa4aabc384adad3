import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerFixture, readAll, text, tp, withCode } from '../testing/consumer-fixture.js'
import { freshName } from '../testing/temporary-broker.js'

test('assign: records of one partition, without a group', async (t) => {
  const kafka = await ConsumerFixture.start(t)
  const topic = await kafka.createTopic()
  await kafka.produce(topic, 0, ['a', 'b', 'c'])
  const consumer = kafka.consumer()
  consumer.assign([tp(topic)])
  const records = await readAll(consumer, 3)
  assert.deepEqual(text(records), ['a', 'b', 'c'])
  assert.deepEqual(
    records.map(({ offset }) => offset),
    [0, 1, 2],
  )
  assert.equal(await consumer.position(tp(topic)), 3)
  assert.equal(consumer.currentLag(tp(topic)), 0)
  await assert.rejects(consumer.commitSync(), withCode('INVALID_GROUP_ID'))
})

test('group: a restart goes on from what was committed, not from the latest', async (t) => {
  const kafka = await ConsumerFixture.start(t)
  const topic = await kafka.createTopic(2)
  await kafka.produce(topic, 0, ['a0', 'a1'])
  await kafka.produce(topic, 1, ['b0', 'b1'])
  const group = freshName('group')
  const first = kafka.consumer({ 'group.id': group })
  first.subscribe(topic)
  assert.equal((await readAll(first, 4)).length, 4)
  await first.commitSync()
  await first.close()
  await kafka.produce(topic, 0, ['a2'])
  const second = kafka.consumer({ 'group.id': group, 'auto.offset.reset': 'latest' })
  second.subscribe([topic])
  assert.deepEqual(text(await readAll(second, 1)), ['a2'])
})
