// @millrace/client against Apache brokers that want to know who comes: TLS with and without certificates of clients, SASL over
// both, wrong credentials, authentication that ends and is renewed, and topics that a user may not touch.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '../../packages/client/dist/index.js'
import { target } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'
import { makeCertificates, storePassword } from './certificates.mjs'
import { passwordOf, reauthenticationMs, startSecuredBroker } from './secured-broker.mjs'
import { tokenCases } from './token-cases.mjs'

const kinds = target === 'millrace' ? ['apache-2.5', 'apache-3.9', 'apache-4.x'] : [target]
const allMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']
/** What cannot be mended is said long before any deadline of the client. */
const atOnceMs = 5000

const folder = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
const certificates = await makeCertificates(folder)
test.after(() => rmSync(folder, { recursive: true, force: true }))

for (const kind of kinds) {
  test(kind, async (t) => {
    const { broker, addressOf } = await startSecuredBroker(kind, certificates)
    t.after(() => broker.dispose())
    const to = (listener, more) => ({ 'bootstrap.servers': addressOf(listener), ...more })
    const signedIn = (listener, mechanism, user = 'alice') =>
      to(listener, {
        'security.protocol': listener === 'SASLSSL' ? 'SASL_SSL' : 'SASL_PLAINTEXT',
        'sasl.mechanism': mechanism,
        credentials: { username: user, password: passwordOf(kind, mechanism, user) },
        ...(listener === 'SASLSSL' ? { tls: { ca: readFileSync(certificates.ca) } } : {}),
      })
    await tlsCases(t, to)
    await javaFileCases(t, { kind, addressOf })
    await saslCases(t, { to, signedIn })
    await tokenCases(t, { signedIn, folder, thereAndBack, refused })
    await reauthenticationCases(t, signedIn)
    await changedPasswordCases(t, signedIn)
    await accessCases(t, { signedIn, admin: new KafkaAdminClient(to('SSL', overTls({}))) })
  })
}

function overTls(tls) {
  return { 'security.protocol': 'SSL', tls: { ca: readFileSync(certificates.ca), ...tls } }
}

async function tlsCases(t, to) {
  const client = (file) => ({ cert: readFileSync(file), key: readFileSync(file) })
  await t.test('TLS: there and back', () => thereAndBack(to('SSL', overTls({}))))
  await t.test('TLS: an authority that did not sign the server’s certificate is TLS_FAILED', () =>
    refused(to('SSL', overTls({ ca: readFileSync(certificates.otherCa) })), 'TLS_FAILED', /certificate|issuer/),
  )
  await t.test('TLS: no authority named, and none that is public knows it', () =>
    refused(to('SSL', { 'security.protocol': 'SSL' }), 'TLS_FAILED', /certificate/),
  )
  await t.test('TLS: a certificate for another host is TLS_FAILED', () =>
    refused(to('ELSEWHERE', overTls({})), 'TLS_FAILED', /127\.0\.0\.1/),
  )
  await t.test('TLS: a certificate for another host, and nobody asks whose it is', () =>
    thereAndBack(to('ELSEWHERE', overTls({ checkServerIdentity: () => undefined }))),
  )
  await t.test('TLS: a certificate for the name that is asked for', () =>
    thereAndBack(to('ELSEWHERE', overTls({ servername: 'kafka.example.com' }))),
  )
  await t.test('mutual TLS: there and back', () => thereAndBack(to('MTLS', overTls(client(certificates.client)))))
  await t.test('mutual TLS: without a certificate', () => refused(to('MTLS', overTls({})), 'TLS_FAILED'))
  await t.test('mutual TLS: with a stranger’s certificate', () =>
    refused(to('MTLS', overTls(client(certificates.stranger))), 'TLS_FAILED'),
  )
}

/** `fromProperties` with what Java users have in their files. */
async function javaFileCases(t, { kind, addressOf }) {
  const clientOf = (Client, entries) => {
    const file = join(folder, 'client.properties')
    writeFileSync(
      file,
      Object.entries(entries)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    return Client.fromProperties(file, Client === KafkaConsumer ? { 'group.id': 'java-file' } : {})
  }
  const inOneLine = (file) => readFileSync(file, 'utf8').trim().replaceAll('\n', '\\n')
  const trust = { 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': certificates.ca }
  const tls = { 'bootstrap.servers': addressOf('MTLS'), 'security.protocol': 'SSL' }
  const good = {
    'PEM files': { ...trust, 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': certificates.client },
    'a PEM file with an encrypted key': {
      ...trust,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': certificates.lockedClient,
      'ssl.key.password': storePassword,
    },
    'PEM texts': {
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': inOneLine(certificates.ca),
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': inOneLine(certificates.clientCertificate),
      'ssl.keystore.key': inOneLine(certificates.clientKey),
    },
    'a PKCS12 key store': {
      ...trust,
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': certificates.clientStore,
      'ssl.keystore.password': storePassword,
      'ssl.key.password': storePassword,
    },
  }
  for (const [what, entries] of Object.entries(good)) {
    await t.test(`a Java client’s file: ${what}`, async () => {
      await ask(clientOf(KafkaAdminClient, { ...tls, ...entries }), (admin) => admin.listTopics())
    })
  }
  await t.test('a Java client’s file: no check of the host name', async () => {
    const entries = { ...trust, 'bootstrap.servers': addressOf('ELSEWHERE'), 'security.protocol': 'SSL' }
    const unchecked = { ...entries, 'ssl.endpoint.identification.algorithm': '' }
    await ask(clientOf(KafkaAdminClient, unchecked), (admin) => admin.listTopics())
    await assert.rejects(
      ask(clientOf(KafkaAdminClient, entries), (admin) => admin.listTopics()),
      { code: 'TLS_FAILED' },
    )
  })
  await t.test('a Java client’s file: stores that only Java reads are named', () => {
    const jks = { ...tls, 'ssl.truststore.location': certificates.jks, 'ssl.truststore.password': storePassword }
    const expected = { code: 'INVALID_CONFIG', message: /ssl\.truststore\.location.*JKS.*PEM/ }
    assert.throws(() => clientOf(KafkaProducer, jks), expected)
    const pkcs12 = { ...jks, 'ssl.truststore.location': certificates.trust, 'ssl.truststore.type': 'PKCS12' }
    assert.throws(() => clientOf(KafkaConsumer, pkcs12), {
      code: 'INVALID_CONFIG',
      message: /ssl\.truststore\.location.*PKCS12.*PEM/,
    })
  })
  for (const mechanism of allMechanisms) {
    await t.test(`a Java client’s file: sasl.jaas.config for ${mechanism} over TLS`, async () => {
      const login = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
      const password = passwordOf(kind, mechanism, 'alice').replaceAll('"', '\\\\"')
      const user = `username="alice" \\\n    password="${password}"`
      const entries = {
        ...trust,
        'bootstrap.servers': addressOf('SASLSSL'),
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': mechanism,
        'sasl.jaas.config': `org.apache.kafka.common.security.${login} required ${user};`,
      }
      await ask(clientOf(KafkaAdminClient, entries), (admin) => admin.listTopics())
    })
  }
}

async function saslCases(t, { to, signedIn }) {
  for (const mechanism of allMechanisms) {
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

async function reauthenticationCases(t, signedIn) {
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

async function changedPasswordCases(t, signedIn) {
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

async function accessCases(t, { signedIn, admin }) {
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

let topics = 0

async function newTopic(config, numPartitions) {
  const name = `secured-${topics++}`
  await ask(new KafkaAdminClient(config), (admin) => admin.createTopics([{ name, numPartitions }]))
  return name
}

/** A record by an idempotent producer, read in a group, all as one user. */
async function thereAndBack(config, { topic, group = 'readers' } = {}) {
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
async function refused(config, code, message = /./) {
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
async function ask(client, question) {
  try {
    return await question(client)
  } finally {
    await client.close({ timeoutMs: 2000 })
  }
}
