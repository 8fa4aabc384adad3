import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaProducer } from '../producer/kafka-producer.js'
import { ConsumerFixture, readAll, text, tp } from '../testing/consumer-fixture.js'
import { freshName } from '../testing/temporary-broker.js'

const isOurs = (process.env['MILLRACE_TEST_BOOTSTRAP'] ?? '') === ''

test('consume, transform, produce: offsets go with the transaction, or not at all', { skip: isOurs }, async (t) => {
  const kafka = await ConsumerFixture.start(t)
  const input = await kafka.createTopic()
  const output = await kafka.createTopic()
  await kafka.produce(input, 0, ['a', 'b', 'c', 'd'])
  const group = freshName('group')
  const config = { 'group.id': group, 'enable.auto.commit': false, 'isolation.level': 'read_committed' } as const
  const producer = new KafkaProducer({ 'bootstrap.servers': kafka.bootstrap, 'transactional.id': freshName('txn') })
  t.after(() => producer.close({ timeoutMs: 1000 }))
  const work = async (failAt: number) => {
    const consumer = kafka.consumer(config)
    consumer.subscribe(input)
    let count = 0
    try {
      for await (const batch of consumer.batches({ maxRecords: 2 })) {
        await producer.transaction(async (transaction) => {
          for (const { value } of batch.records) void transaction.send({ topic: output, value: `${value} done` })
          await transaction.sendOffsets(consumer)
          if (++count === failAt) throw new Error('it fails')
        })
        if (count === 2) break
      }
    } finally {
      await consumer.close()
    }
  }
  await assert.rejects(work(2), { message: 'it fails' })
  const watcher = kafka.consumer(config)
  assert.equal((await watcher.committed([tp(input)])).get(tp(input))?.offset, 2)
  const rest = kafka.consumer(config)
  rest.subscribe(input)
  assert.deepEqual(text(await readAll(rest, 2)), ['c', 'd'])
  await rest.close()
  const reader = kafka.consumer({ 'isolation.level': 'read_committed' })
  reader.assign([tp(output)])
  assert.deepEqual(text(await readAll(reader, 2)), ['a done', 'b done'])
  assert.equal((await reader.poll({ timeoutMs: 200 })).count, 0)
})
