// An Apache broker with a listener for each way of getting in, and its users.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KafkaAdminClient } from '../../packages/client/dist/index.js'
import { startBroker } from '../lib/brokers.mjs'
import { javaArgs } from '../lib/java.mjs'
import { freePort } from '../lib/network.mjs'
import { mustRun } from '../lib/programs.mjs'
import { storePassword } from './certificates.mjs'

/** With PLAIN, and with both kinds of SCRAM. Alice may do everything, Bob what tests allow him. */
export const passwords = { alice: 'alice, "quoted"=secret', bob: 'bob-secret' }
export const reauthenticationMs = 2000

export const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']
const protocols = {
  SSL: 'SSL',
  ELSEWHERE: 'SSL',
  MTLS: 'SSL',
  SASLPLAIN: 'SASL_PLAINTEXT',
  SASLSSL: 'SASL_SSL',
  SHORT: 'SASL_PLAINTEXT',
}

/** `addressOf(listener)` is where clients of that listener start. */
export async function startSecuredBroker(kind, certificates) {
  const listeners = {}
  for (const [name, protocol] of Object.entries(protocols)) listeners[name] = { protocol, port: await freePort() }
  const properties = {
    'ssl.keystore.location': certificates.server,
    'ssl.keystore.password': storePassword,
    'ssl.keystore.type': 'PKCS12',
    'ssl.key.password': storePassword,
    'ssl.truststore.location': certificates.trust,
    'ssl.truststore.password': storePassword,
    'ssl.truststore.type': 'PKCS12',
    'listener.name.elsewhere.ssl.keystore.location': certificates.elsewhere,
    'listener.name.elsewhere.ssl.keystore.password': storePassword,
    'listener.name.elsewhere.ssl.keystore.type': 'PKCS12',
    'listener.name.elsewhere.ssl.key.password': storePassword,
    'listener.name.mtls.ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': mechanisms.join(),
    ...logins(),
    'authorizer.class.name': authorizers[kind],
    // What signs tokens: its name until Kafka 2.7, and since.
    [kind === 'apache-2.5' ? 'delegation.token.master.key' : 'delegation.token.secret.key']: 'a key',
    'super.users': 'User:ANONYMOUS;User:alice;User:CN=client',
    'group.initial.rebalance.delay.ms': 0,
  }
  const broker = await startBroker({ kind, properties, listeners, heapMb: 320 })
  await makeScramUsers(kind, broker)
  return { broker, addressOf: (listener) => `127.0.0.1:${listeners[listener].port}` }
}

const authorizers = {
  'apache-2.5': 'kafka.security.authorizer.AclAuthorizer',
  'apache-3.9': 'kafka.security.authorizer.AclAuthorizer',
  'apache-3.9-kraft': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'apache-4.x': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
}

function logins() {
  const settings = {}
  const modules = 'org.apache.kafka.common.security'
  const users = Object.entries(passwords).map(([user, password]) => `user_${user}="${inFile(password)}"`)
  for (const listener of ['saslplain', 'saslssl', 'short']) {
    for (const mechanism of mechanisms) {
      const prefix = `listener.name.${listener}.${mechanism.toLowerCase()}`
      const login =
        mechanism === 'PLAIN'
          ? `plain.PlainLoginModule required ${users.join(' ')};`
          : 'scram.ScramLoginModule required;'
      settings[`${prefix}.sasl.jaas.config`] = `${modules}.${login}`
      if (listener === 'short') settings[`${prefix}.connections.max.reauth.ms`] = reauthenticationMs
    }
  }
  return settings
}

/** Within quotes of JAAS, within a file of properties: both take a backslash. */
function inFile(password) {
  return password.replaceAll('"', '\\\\"')
}

async function makeScramUsers(kind, broker) {
  const scram = mechanisms.filter((mechanism) => mechanism !== 'PLAIN')
  if (kind === 'apache-2.5') {
    // Brokers before 2.7 know no AlterUserScramCredentials.
    const zookeeper = /^zookeeper.connect=(.*)$/m.exec(readFileSync(join(broker.home, 'server.properties'), 'utf8'))[1]
    for (const [user, password] of Object.entries(passwords)) {
      // The tool takes commas within brackets, but neither quotes nor `=`.
      const known = scram.map((mechanism) => `${mechanism}=[password=${password.replaceAll(/\W/g, '')}]`).join()
      const where = ['--zookeeper', zookeeper, '--entity-type', 'users', '--entity-name', user]
      const tool = ['kafka.admin.ConfigCommand', '--alter', ...where, '--add-config', known]
      await mustRun('java', [...javaArgs('kafka-2.5'), ...tool])
    }
    return
  }
  const admin = new KafkaAdminClient({ 'bootstrap.servers': broker.bootstrap })
  // KRaft takes one change of a user in each request.
  for (const mechanism of scram) {
    await admin.alterUserScramCredentials(
      Object.entries(passwords).map(([user, password]) => ({ user, mechanism, iterations: 4096, password })),
    )
  }
  await admin.close()
}

/** On Apache 2.5 users of SCRAM have simpler passwords: its tool takes no others. */
export function passwordOf(kind, mechanism, user) {
  const isSimple = kind === 'apache-2.5' && mechanism !== 'PLAIN'
  return isSimple ? passwords[user].replaceAll(/\W/g, '') : passwords[user]
}
