// Delegation tokens, over the SASL listener that they need.
import assert from 'node:assert/strict'
import { KafkaAdminClient } from '../../packages/client/dist/index.js'
import { freePort } from '../lib/network.mjs'

const credentials = { username: 'alice', password: 'secret' }
const mechanism = 'org.apache.kafka.common.security.plain.PlainLoginModule'

/** A listener with SASL beside the plain one, and that of the KRaft controller; settings as a function of the broker's port. */
export async function saslListener(isKraft) {
  const [saslPort, controllerPort] = [await freePort(), await freePort()]
  const open = (port) => `PLAINTEXT://127.0.0.1:${port},SASL_PLAINTEXT://127.0.0.1:${saslPort}`
  const kraft = (port) => ({
    listeners: `${open(port)},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': open(port),
    'controller.quorum.voters': `0@127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
  })
  return {
    bootstrap: `127.0.0.1:${saslPort}`,
    controller: `127.0.0.1:${controllerPort}`,
    properties: (port) => ({
      ...(isKraft ? kraft(port) : { listeners: open(port) }),
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${mechanism} required user_alice="secret";`,
      // Its name until Kafka 2.7, and since.
      'delegation.token.master.key': 'key',
      'delegation.token.secret.key': 'key',
    }),
  }
}

export async function delegationTokens(t, bootstrap) {
  const config = { 'bootstrap.servers': bootstrap, 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' }
  const admin = new KafkaAdminClient({ ...config, credentials })
  t.after(() => admin.close())
  const renewers = [{ principalType: 'User', name: 'bob' }]
  const { tokenInfo, hmac } = await admin.createDelegationToken({ renewers, maxLifetimeMs: 3_600_000 })
  assert.deepEqual(tokenInfo.owner, { principalType: 'User', name: 'alice' })
  assert.equal(tokenInfo.maxTimestamp - tokenInfo.issueTimestamp, 3_600_000)
  const described = await eventually(
    () => admin.describeDelegationToken({ owners: [tokenInfo.owner] }),
    (tokens) => tokens.length === 1,
  )
  assert.deepEqual([described[0].tokenInfo.tokenId, described[0].tokenInfo.renewers], [tokenInfo.tokenId, renewers])
  assert.deepEqual(described[0].hmac, hmac)
  const expiry = await admin.renewDelegationToken(hmac, { renewTimePeriodMs: 60_000 })
  assert.ok(expiry < tokenInfo.maxTimestamp)
  await admin.expireDelegationToken(hmac)
  await eventually(
    () => admin.describeDelegationToken(),
    (tokens) => tokens.length === 0,
  )

  const stranger = new KafkaAdminClient({ ...config, credentials: { ...credentials, password: 'wrong' } })
  t.after(() => stranger.close())
  await assert.rejects(stranger.listTopics(), (error) => error.code === 'SASL_AUTHENTICATION_FAILED' && error.fatal)
}

async function eventually(ask, isSo) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await ask()
    if (isSo(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it does not come about')
}
