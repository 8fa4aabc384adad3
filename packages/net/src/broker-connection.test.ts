import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { apis, ErrorCode } from '@millrace/protocol'
import { BrokerConnection, type BrokerConnectionOptions } from './broker-connection.js'
import { plain } from './sasl/plain.js'
import { certificatePem, keyPem } from './testing/certificates.js'
import { type Answer, FakeBroker } from './testing/fake-broker.js'

async function start(
  t: TestContext,
  answer: Answer,
  ...rest: Parameters<typeof FakeBroker.start> extends [Answer, ...infer R] ? R : never
) {
  const broker = await FakeBroker.start(answer, ...rest)
  t.after(() => broker.stop())
  return broker
}

function options(
  broker: { readonly port: number },
  more: Partial<BrokerConnectionOptions> = {},
): BrokerConnectionOptions {
  return {
    host: '127.0.0.1',
    port: broker.port,
    clientId: 'test',
    software: { name: 'test', version: '1' },
    connectTimeoutMs: 5000,
    requestTimeoutMs: 5000,
    ...more,
  }
}

const metadata = { brokers: [{ nodeId: 1, host: 'h', port: 1 }], topics: [] }
const serve: Answer = (api) => (api === apis.Metadata ? metadata : undefined)
const askMetadata = (connection: BrokerConnection) =>
  connection.send(apis.Metadata, connection.versions.pick(apis.Metadata), { topics: [] })

test('requests are answered in order, many in flight, on one connection', async (t) => {
  const broker = await start(t, serve)
  const connection = await BrokerConnection.open(options(broker))
  t.after(() => connection.close())
  const answers = await Promise.all(Array.from({ length: 100 }, () => askMetadata(connection)))
  assert.ok(answers.every(({ brokers }) => brokers[0]?.nodeId === 1))
  assert.equal(connection.inFlight, 0)
  const ids = broker.requests.map(({ correlationId }) => correlationId)
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  )
  assert.ok(broker.requests.every(({ clientId }) => clientId === 'test'))
})

test('a broker of another age is asked again in the version that it knows, and versions are agreed on', async (t) => {
  const broker = await start(t, (api, header) => {
    if (api !== apis.ApiVersions) return undefined
    const apiKeys = [
      { apiKey: apis.ApiVersions.key, minVersion: 0, maxVersion: 2 },
      { apiKey: apis.Metadata.key, minVersion: 0, maxVersion: 7 },
      { apiKey: apis.Fetch.key, minVersion: 0, maxVersion: 1 },
    ]
    if (header.apiVersion > 2) return { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys, inVersion: 0 }
    return { errorCode: 0, apiKeys }
  })
  const connection = await BrokerConnection.open(options(broker))
  t.after(() => connection.close())
  assert.deepEqual(
    broker.requests.map(({ apiVersion }) => apiVersion),
    [apis.ApiVersions.versions.max, 2],
  )
  const { versions } = connection
  assert.equal(versions.pick(apis.Metadata), 7)
  assert.equal(versions.pick(apis.Metadata, { max: 4 }), 4)
  assert.equal(versions.highest(apis.Metadata, { min: 8 }), undefined)
  assert.throws(() => versions.pick(apis.Fetch), { code: 'UNSUPPORTED_VERSION' })
  assert.throws(() => versions.pick(apis.Produce), { code: 'UNSUPPORTED_VERSION', message: /does not know/ })
})

test('a request without an answer in time ends the connection, and all that is in flight with it', async (t) => {
  const broker = await start(t, () => undefined)
  const reasons: string[] = []
  const connection = await BrokerConnection.open(options(broker, { onClosed: ({ code }) => reasons.push(code) }))
  const first = connection.send(apis.Metadata, 12, { topics: [] }, { timeoutMs: 60_000 })
  const second = connection.send(apis.Metadata, 12, { topics: [] }, { timeoutMs: 50 })
  await assert.rejects(second, { code: 'REQUEST_TIMED_OUT' })
  await assert.rejects(first, { code: 'REQUEST_TIMED_OUT' })
  assert.deepEqual(reasons, ['REQUEST_TIMED_OUT'])
  assert.ok(connection.isClosed)
  await assert.rejects(connection.send(apis.Metadata, 12, { topics: [] }), { code: 'DISCONNECTED' })
  assert.throws(() => connection.sendUnanswered(apis.Metadata, 12, { topics: [] }), { code: 'DISCONNECTED' })
})

test('a broker that goes away: what is in flight fails with DISCONNECTED', async (t) => {
  const broker = await start(t, (api, _header, _body, socket) => {
    if (api === apis.Metadata) socket.destroy()
    return undefined
  })
  const connection = await BrokerConnection.open(options(broker))
  await assert.rejects(askMetadata(connection), { code: 'DISCONNECTED', retriable: true })
})

test('an answer that nobody asked for, or that cannot be read, ends the connection', async (t) => {
  const broker = await start(t, (api, _header, _body, socket) => {
    if (api === apis.Metadata) socket.write(Buffer.from('0000000400000fff', 'hex'))
    if (api === apis.Fetch) socket.write(Buffer.from('000000050000000200', 'hex'))
    return undefined
  })
  for (const api of [apis.Metadata, apis.Fetch]) {
    const connection = await BrokerConnection.open(options(broker))
    const asked = connection.send(
      api,
      connection.versions.pick(api),
      (api === apis.Metadata ? { topics: [] } : { maxWaitMs: 0, minBytes: 0, topics: [] }) as never,
    )
    await assert.rejects(asked, { code: 'MALFORMED_RESPONSE', retriable: false })
    assert.ok(connection.isClosed)
  }
})

test('nobody there, or nobody who speaks: an error in time', async (t) => {
  await assert.rejects(BrokerConnection.open(options({ port: 1 })), { code: 'CONNECT_FAILED' })
  const broker = await start(t, serve)
  await assert.rejects(BrokerConnection.open(options(broker), AbortSignal.abort()), { name: 'AbortError' })
  const mute = createServer(() => {})
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  t.after(() => mute.close())
  const { port } = mute.address() as AddressInfo
  const impatient = options({ port }, { requestTimeoutMs: 50 })
  await assert.rejects(BrokerConnection.open(impatient), { code: 'REQUEST_TIMED_OUT', retriable: true })
  // TLS with a peer that says nothing.
  const tls = options({ port }, { connectTimeoutMs: 50, tls: {} })
  await assert.rejects(BrokerConnection.open(tls), { code: 'CONNECT_FAILED' })
})

test('a retired connection ends when what is in flight was answered', async (t) => {
  const broker = await start(t, serve)
  const connection = await BrokerConnection.open(options(broker))
  const asked = askMetadata(connection)
  connection.retire()
  assert.equal(connection.isClosed, false)
  await asked
  assert.equal(connection.isClosed, true)
})

test('TLS: the same requests; a certificate that nobody vouches for is TLS_FAILED, which no other try mends', async (t) => {
  const broker = await start(t, serve, { cert: certificatePem, key: keyPem })
  const connection = await BrokerConnection.open(options(broker, { tls: { ca: certificatePem } }))
  t.after(() => connection.close())
  assert.equal((await askMetadata(connection)).brokers.length, 1)
  await assert.rejects(BrokerConnection.open(options(broker, { tls: {} })), { code: 'TLS_FAILED', retriable: false })
})

test('SASL: handshake, exchange, and a session that says when to authenticate again', async (t) => {
  const broker = await start(t, (api, _header, body) => {
    if (api === apis.SaslHandshake) {
      const { mechanism } = body as { mechanism: string }
      return { errorCode: mechanism === 'PLAIN' ? 0 : ErrorCode.UNSUPPORTED_SASL_MECHANISM, mechanisms: ['PLAIN'] }
    }
    if (api !== apis.SaslAuthenticate) return serve(api, undefined as never, body, undefined as never)
    const known = (body as { authBytes: Buffer }).authBytes.equals(Buffer.from('\0alice\0secret'))
    return known
      ? { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs: 60_000 }
      : { errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage: 'no', authBytes: Buffer.alloc(0) }
  })
  const connection = await BrokerConnection.open(
    options(broker, { sasl: () => plain({ username: 'alice', password: 'secret' }) }),
  )
  t.after(() => connection.close())
  const leftMs = connection.reauthenticateAtMs - performance.now()
  assert.ok(leftMs > 30_000 && leftMs <= 54_000)
  await askMetadata(connection)
  const wrong = options(broker, { sasl: () => plain({ username: 'alice', password: 'x' }) })
  await assert.rejects(BrokerConnection.open(wrong), { code: 'AUTHENTICATION_FAILED', message: 'no', retriable: false })
  const unknown = options(broker, { sasl: () => ({ ...plain({ username: 'a', password: 'b' }), mechanism: 'X' }) })
  await assert.rejects(BrokerConnection.open(unknown), { code: 'AUTHENTICATION_FAILED', message: /PLAIN, not X/ })
})
