import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scram } from './scram.js'

const user = { username: 'user', password: 'pencil', nonce: 'rOprNGfwEbeRWgbNEkqO' } as const
const serverFirst = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'

test('the exchange of RFC 7677', async () => {
  const client = scram({ mechanism: 'SCRAM-SHA-256', ...user })
  assert.equal((await client.initial()).toString(), 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
  assert.equal(
    (await client.respond(Buffer.from(serverFirst)))?.toString(),
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  )
  assert.equal(await client.respond(Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')), undefined)
})

test('a server is not trusted that does not prove the password, knows another nonce, or wants few iterations', async () => {
  const answered = async () => {
    const client = scram({ mechanism: 'SCRAM-SHA-256', ...user })
    await client.initial()
    await client.respond(Buffer.from(serverFirst))
    return client
  }
  const wrong = `v=${Buffer.alloc(32).toString('base64')}`
  for (const final of [wrong, 'v=', 'e=other-error']) {
    const client = await answered()
    await assert.rejects(async () => await client.respond(Buffer.from(final)))
  }
  for (const first of [
    'r=other,s=AAAA,i=4096',
    `${serverFirst.slice(0, -4)}1000`,
    'r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=4096',
  ]) {
    const client = scram({ mechanism: 'SCRAM-SHA-512', ...user })
    await client.initial()
    await assert.rejects(async () => await client.respond(Buffer.from(first)))
  }
})

test('names are escaped', async () => {
  const client = scram({ mechanism: 'SCRAM-SHA-512', username: 'a=b,c', password: 'x', nonce: 'n', isToken: true })
  assert.equal((await client.initial()).toString(), 'n,,n=a=3Db=2Cc,r=n,tokenauth=true')
})
