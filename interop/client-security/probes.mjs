// What a client with some settings can do, or how it is refused.
import assert from 'node:assert/strict'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '../../packages/client/dist/index.js'

/** What cannot be mended is said long before any deadline of the client. */
export const atOnceMs = 5000
let topics = 0

export async function newTopic(config, numPartitions) {
  const name = `secured-${topics++}`
  await ask(new KafkaAdminClient(config), (admin) => admin.createTopics([{ name, numPartitions }]))
  return name
}

/** A record by an idempotent producer, read in a group, all as one user. */
export async function thereAndBack(config, { topic, group = 'readers' } = {}) {
  const name = topic ?? (await newTopic(config, 1))
  const value = `value ${Math.random()}`
  await ask(new KafkaProducer({ ...config, valueSerializer: Serdes.string }), (producer) =>
    producer.send({ topic: name, value }),
  )
  const consumer = new KafkaConsumer({
    ...config,
    'group.id': group,
    'auto.offset.reset': 'earliest',
    valueDeserializer: Serdes.string,
  })
  await ask(consumer, async () => {
    consumer.subscribe(name)
    for await (const record of consumer.records({ signal: AbortSignal.timeout(30_000) }))
      if (record.value === value) return
    assert.fail('the record did not come')
  })
}

/** Producer, consumer, both with and without a group, and admin say the same, soon, and say it again when asked again. */
export async function refused(config, code, message = /./) {
  const expected = (error) => {
    assert.equal(error.code, code, error)
    assert.match(error.message, message)
    assert.equal(error.fatal, true)
    return true
  }
  const attempts = {
    producer: () =>
      ask(new KafkaProducer(config), async (producer) => {
        await assert.rejects(producer.partitionsFor('any'), expected)
        await assert.rejects(producer.send({ topic: 'any', value: Buffer.from('x') }), expected)
        await assert.rejects(producer.send({ topic: 'any', value: Buffer.from('x') }), expected)
      }),
    'transactional producer': () =>
      ask(new KafkaProducer({ ...config, 'transactional.id': 'tx' }), (producer) =>
        assert.rejects(producer.initTransactions(), expected),
      ),
    'member of a group': () =>
      ask(new KafkaConsumer({ ...config, 'group.id': 'g' }), async (consumer) => {
        consumer.subscribe('any')
        await assert.rejects(consumer.poll({ timeoutMs: 20_000 }), expected)
        await assert.rejects(consumer.poll({ timeoutMs: 20_000 }), expected)
      }),
    'reader of a partition': () =>
      ask(new KafkaConsumer(config), async (consumer) => {
        consumer.assign([{ topic: 'any', partition: 0 }])
        await assert.rejects(consumer.poll({ timeoutMs: 20_000 }), expected)
      }),
    'reader of records': () =>
      ask(new KafkaConsumer({ ...config, 'group.id': 'g' }), async (consumer) => {
        consumer.subscribe('any')
        const reading = (async () => {
          for await (const record of consumer) assert.fail(`${record.offset}`)
        })()
        await assert.rejects(reading, expected)
      }),
    'question of a consumer': () =>
      ask(new KafkaConsumer({ ...config, 'group.id': 'g' }), async (consumer) => {
        await assert.rejects(consumer.endOffsets([{ topic: 'any', partition: 0 }]), expected)
        await assert.rejects(consumer.committed([{ topic: 'any', partition: 0 }]), expected)
      }),
    admin: () =>
      ask(new KafkaAdminClient(config), async (admin) => {
        await assert.rejects(
          admin.listTopics().then((found) => found),
          expected,
        )
        await assert.rejects(
          admin.listConsumerGroupOffsets(['g']).then((found) => found),
          (error) => expected(error.errors === undefined ? error : [...error.errors.values()][0]),
        )
      }),
  }
  for (const [who, attempt] of Object.entries(attempts)) {
    const startMs = performance.now()
    await attempt().catch((error) => {
      throw new Error(`${who}: ${error.message}`, { cause: error })
    })
    const tookMs = performance.now() - startMs
    assert.ok(tookMs < atOnceMs, `${who} took ${Math.round(tookMs)} ms`)
  }
}

/** Closes the client, whatever comes. */
export async function ask(client, question) {
  try {
    return await question(client)
  } finally {
    await client.close({ timeoutMs: 2000 })
  }
}
