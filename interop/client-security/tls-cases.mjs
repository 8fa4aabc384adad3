// TLS, with and without certificates of clients, and what Java users have in their files.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer } from '../../packages/client/dist/index.js'
import { storePassword } from './certificates.mjs'
import { ask, refused, thereAndBack } from './probes.mjs'
import { mechanisms, passwordOf } from './secured-broker.mjs'

export async function tlsCases(t, { to, ca, certificates }) {
  const overTls = (tls) => ({ 'security.protocol': 'SSL', tls: { ca, ...tls } })
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
export async function javaFileCases(t, { kind, addressOf, folder, certificates }) {
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
  for (const mechanism of mechanisms) {
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
