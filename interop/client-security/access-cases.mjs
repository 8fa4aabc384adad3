// What a user may not do, and may be allowed.
import assert from 'node:assert/strict'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer } from '../../packages/client/dist/index.js'
import { ask, atOnceMs, thereAndBack } from './probes.mjs'

export async function accessCases(t, { signedIn, admin }) {
  t.after(() => admin.close())
  const bob = signedIn('SASLPLAIN', 'PLAIN', 'bob')
  const allow = (resourceType, name, ...operations) =>
    admin.createAcls(
      operations.map((operation) => ({
        pattern: { resourceType, name },
        entry: { principal: 'User:bob', operation, permissionType: 'ALLOW' },
      })),
    )
  const topic = 'not-for-everybody'
  await admin.createTopics([{ name: topic, numPartitions: 1 }])
  await t.test('a topic that a user may not write is TOPIC_AUTHORIZATION_FAILED', async () => {
    const producer = new KafkaProducer({ ...bob, 'enable.idempotence': false })
    const startMs = performance.now()
    await assert.rejects(
      ask(producer, () => producer.send({ topic, value: Buffer.from('x') })),
      {
        code: 'TOPIC_AUTHORIZATION_FAILED',
        message: /not-for-everybody/,
      },
    )
    assert.ok(performance.now() - startMs < atOnceMs)
  })
  await t.test('a topic that a user may see and not write', async () => {
    await allow('TOPIC', topic, 'DESCRIBE')
    const producer = new KafkaProducer({ ...bob, 'enable.idempotence': false })
    await assert.rejects(
      ask(producer, () => producer.send({ topic, value: Buffer.from('x') })),
      {
        code: 'TOPIC_AUTHORIZATION_FAILED',
      },
    )
  })
  await t.test('a group that a user may not join is GROUP_AUTHORIZATION_FAILED', async () => {
    const consumer = new KafkaConsumer({ ...bob, 'group.id': 'not-bobs' })
    consumer.subscribe(topic)
    await assert.rejects(
      ask(consumer, () => consumer.poll({ timeoutMs: 20_000 })),
      {
        code: 'GROUP_AUTHORIZATION_FAILED',
      },
    )
  })
  await t.test('a topic that a user may not read is TOPIC_AUTHORIZATION_FAILED', async () => {
    const consumer = new KafkaConsumer({ ...bob, 'auto.offset.reset': 'earliest' })
    consumer.assign([{ topic, partition: 0 }])
    await assert.rejects(
      ask(consumer, () => consumer.poll({ timeoutMs: 20_000 })),
      {
        code: 'TOPIC_AUTHORIZATION_FAILED',
      },
    )
  })
  await t.test('what the user may not administer is refused by entity', async () => {
    await ask(new KafkaAdminClient(bob), async (client) => {
      const outcomes = await client.deleteTopics([topic]).settled()
      assert.equal(outcomes.get(topic).error.code, 'TOPIC_AUTHORIZATION_FAILED')
      await assert.rejects(
        client.createAcls([]).then(() => client.describeAcls({})),
        { code: 'CLUSTER_AUTHORIZATION_FAILED' },
      )
    })
  })
  await t.test('with permission the same user writes and reads', async () => {
    await allow('TOPIC', topic, 'WRITE', 'READ')
    await allow('GROUP', 'bobs', 'READ')
    await allow('CLUSTER', 'kafka-cluster', 'IDEMPOTENT_WRITE')
    await thereAndBack(bob, { topic, group: 'bobs' })
  })
}
