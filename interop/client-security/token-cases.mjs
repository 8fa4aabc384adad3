// Signing in by a delegation token (KIP-48), as the user that it was made by.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KafkaAdminClient } from '../../packages/client/dist/index.js'
import { until } from '../lib/programs.mjs'
import { ask, refused, thereAndBack } from './probes.mjs'

export async function tokenCases(t, { signedIn, folder }) {
  const owner = new KafkaAdminClient(signedIn('SASLPLAIN', 'PLAIN'))
  t.after(() => owner.close())
  const { tokenInfo, hmac } = await owner.createDelegationToken({ maxLifetimeMs: 3_600_000 })
  const known = async () =>
    (await owner.describeDelegationToken()).some((it) => it.tokenInfo.tokenId === tokenInfo.tokenId)
  const user = { username: tokenInfo.tokenId, password: hmac.toString('base64') }
  const byToken = (mechanism, more) => ({
    ...signedIn('SASLPLAIN', mechanism),
    credentials: { ...user, isToken: true, ...more },
  })
  await until(known, { what: 'the broker to know the token', timeoutMs: 10_000 })

  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
    await t.test(`a delegation token, ${mechanism}: there and back`, () => thereAndBack(byToken(mechanism)))
  }
  await t.test('a delegation token in a Java client’s file', async () => {
    const { credentials, ...config } = byToken('SCRAM-SHA-256')
    const login = 'org.apache.kafka.common.security.scram.ScramLoginModule'
    const jaas = `${login} required username="${user.username}" password="${user.password}" tokenauth="true";`
    const file = join(folder, 'token.properties')
    const entries = Object.entries({ ...config, 'sasl.jaas.config': jaas })
    writeFileSync(file, entries.map(([key, value]) => `${key}=${value}\n`).join(''))
    await ask(KafkaAdminClient.fromProperties(file), (admin) => admin.listTopics())
  })
  await t.test('who has signed in by a token makes no other one', async () => {
    await ask(new KafkaAdminClient(byToken('SCRAM-SHA-256')), (admin) =>
      assert.rejects(admin.createDelegationToken({}), { code: 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED' }),
    )
  })
  await t.test('a delegation token whose HMAC is wrong', () =>
    refused(byToken('SCRAM-SHA-256', { password: Buffer.alloc(64).toString('base64') }), 'SASL_AUTHENTICATION_FAILED'),
  )
  await t.test('a delegation token that does not say that it is one', () =>
    refused(byToken('SCRAM-SHA-256', { isToken: false }), 'SASL_AUTHENTICATION_FAILED'),
  )
  await t.test('a delegation token that has ended', async () => {
    await owner.expireDelegationToken(hmac)
    await until(async () => !(await known()), { what: 'the broker to forget the token', timeoutMs: 10_000 })
    await refused(byToken('SCRAM-SHA-512'), 'SASL_AUTHENTICATION_FAILED')
  })
}
