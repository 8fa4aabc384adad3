// SASL: every mechanism with and without TLS, what is refused, and authentication that ends and is renewed.
import assert from 'node:assert/strict'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '../../packages/client/dist/index.js'
import { until } from '../lib/programs.mjs'
import { ask, newTopic, refused, thereAndBack } from './probes.mjs'
import { mechanisms, reauthenticationMs } from './secured-broker.mjs'

export async function saslCases(t, { to, signedIn }) {
  for (const mechanism of mechanisms) {
    await t.test(`SASL_PLAINTEXT, ${mechanism}: there and back`, () => thereAndBack(signedIn('SASLPLAIN', mechanism)))
    await t.test(`SASL_SSL, ${mechanism}: there and back`, () => thereAndBack(signedIn('SASLSSL', mechanism)))
    await t.test(`${mechanism}: a wrong password is one fatal error, at once`, async () => {
      const config = signedIn('SASLPLAIN', mechanism)
      await refused({ ...config, credentials: { username: 'alice', password: 'guess' } }, 'SASL_AUTHENTICATION_FAILED')
    })
    await t.test(`${mechanism}: a user that is not there`, async () => {
      const config = signedIn('SASLPLAIN', mechanism)
      await refused({ ...config, credentials: { username: 'nobody', password: 'x' } }, 'SASL_AUTHENTICATION_FAILED')
    })
  }
  await t.test('credentials that cannot be had are the error of the call', async () => {
    const credentials = async () => {
      throw new Error('the vault is closed')
    }
    const config = { ...signedIn('SASLPLAIN', 'PLAIN'), credentials, 'default.api.timeout.ms': 3000 }
    await assert.rejects(
      ask(new KafkaAdminClient(config), (admin) => admin.listTopics()),
      /the vault is closed/,
    )
  })
  await t.test('without SASL on a listener that wants it: an error within the call’s time', async () => {
    const config = to('SASLPLAIN', { 'default.api.timeout.ms': 3000, 'request.timeout.ms': 2000 })
    await assert.rejects(ask(new KafkaAdminClient(config), (admin) => admin.listTopics()))
  })
  await t.test('without TLS on a listener that wants it: an error within the call’s time', async () => {
    const config = to('SSL', { 'default.api.timeout.ms': 3000, 'request.timeout.ms': 2000 })
    await assert.rejects(ask(new KafkaAdminClient(config), (admin) => admin.listTopics()))
  })
}

export async function reauthenticationCases(t, signedIn) {
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-512']) {
    await t.test(
      `${mechanism}: records go on while authentication ends again and again, each once and in order`,
      async () => {
        const config = signedIn('SHORT', mechanism)
        let asked = 0
        const credentials = async () => {
          asked++
          return config.credentials
        }
        // Without idempotence nothing but the order of sending keeps the order.
        await flowFor(
          4 * reauthenticationMs,
          { ...config, credentials },
          { 'enable.idempotence': mechanism === 'PLAIN' },
        )
        // Producer and consumer each know a connection for data at least.
        assert.ok(asked >= 8, `the credentials were asked for ${asked} times`)
      },
    )
  }
}

export async function changedPasswordCases(t, signedIn) {
  await t.test('a password that is wrong from now on ends sends and polls; the right one mends them', async () => {
    const right = signedIn('SHORT', 'PLAIN')
    let isRight = true
    let asked = 0
    const credentials = () => {
      asked++
      return isRight ? right.credentials : { ...right.credentials, password: 'changed' }
    }
    const config = { ...right, credentials, valueSerializer: Serdes.string, valueDeserializer: Serdes.string }
    const topic = await newTopic(right, 1)
    const { valueSerializer, valueDeserializer, ...common } = config
    const producer = new KafkaProducer({ ...common, valueSerializer })
    const consumer = new KafkaConsumer({
      ...common,
      valueDeserializer,
      'group.id': topic,
      'auto.offset.reset': 'earliest',
    })
    const admin = new KafkaAdminClient(common)
    const clients = [producer, consumer, admin]
    const arrived = async (value) => {
      const deadlineMs = performance.now() + 20_000
      for (let found; found !== value; ) {
        assert.ok(performance.now() < deadlineMs, `${value} did not come`)
        for (const record of await consumer.poll({ timeoutMs: 100 })) found = record.value
      }
    }
    try {
      consumer.subscribe(topic)
      await producer.send({ topic, value: 'before' })
      await arrived('before')
      isRight = false
      const wrong = (error) => error.code === 'SASL_AUTHENTICATION_FAILED' && error.fatal
      const untilWrong = async (call) => {
        const deadlineMs = performance.now() + 3 * reauthenticationMs
        for (;;) {
          try {
            await call()
          } catch (error) {
            assert.ok(wrong(error), error)
            return
          }
          assert.ok(performance.now() < deadlineMs, 'nobody noticed')
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
      await Promise.all([
        untilWrong(() => producer.send({ topic, value: 'meanwhile' })),
        untilWrong(() => consumer.poll({ timeoutMs: 100 })),
        untilWrong(() => admin.listTopics().then((found) => found)),
      ])
      const askedBefore = asked
      await new Promise((resolve) => setTimeout(resolve, 3000))
      assert.ok(
        asked - askedBefore < 20,
        `within 3 s nobody asked for anything, and ${asked - askedBefore} tries were made`,
      )
      isRight = true
      // What was noticed before is told once.
      const untilRight = (call) =>
        until(
          () =>
            call().then(
              () => true,
              (error) => assert.ok(wrong(error), error),
            ),
          { what: 'the right password to do', timeoutMs: 10_000, everyMs: 20 },
        )
      await untilRight(() => admin.listTopics().then((found) => found))
      await untilRight(() => producer.send({ topic, value: 'after' }))
      await untilRight(() => arrived('after'))
    } finally {
      await Promise.all(clients.map((client) => client.close({ timeoutMs: 2000 })))
    }
  })
}

/** Writes and reads for a while; what came must be what went, in order. */
async function flowFor(durationMs, config, producerConfig) {
  const topic = await newTopic(config, 2)
  const producer = new KafkaProducer({ ...config, ...producerConfig, valueSerializer: Serdes.int32 })
  const consumer = new KafkaConsumer({
    ...config,
    'group.id': topic,
    'auto.offset.reset': 'earliest',
    'auto.commit.interval.ms': 200,
    valueDeserializer: Serdes.int32,
  })
  try {
    consumer.subscribe(topic)
    const sent = [0, 0]
    const sends = []
    let isWriting = true
    const writing = (async () => {
      const endMs = performance.now() + durationMs
      while (performance.now() < endMs) {
        for (const partition of [0, 1]) sends.push(producer.send({ topic, partition, value: sent[partition]++ }))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      await Promise.all(sends)
      isWriting = false
    })()
    const seen = [0, 0]
    const deadlineMs = performance.now() + durationMs + 20_000
    while (isWriting || seen[0] + seen[1] < sent[0] + sent[1]) {
      assert.ok(performance.now() < deadlineMs, `${seen} of ${sent} records came`)
      for (const { partition, value } of await consumer.poll({ timeoutMs: 100 })) assert.equal(value, seen[partition]++)
    }
    await writing
    assert.ok(sent[0] > 100, 'records flowed')
    await consumer.commitSync()
  } finally {
    await Promise.all([producer.close(), consumer.close()])
  }
}
