/** Bytes that no well-behaved client sends: they end their own connection at most, and are no fault of the broker. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type AnyApi, apis, decodeResponse, ErrorCode, encodeRequest } from '@millrace/protocol'
import { defer } from './support/defer.js'
import { fetchRequest } from './support/fetching.js'
import { RawClient } from './support/raw-client.js'
import { RecordingLogger } from './support/recording-logger.js'
import { append } from './support/records.js'
import { temporaryBroker } from './support/temporary-broker.js'
import { createTopic } from './support/topics.js'

const mebibyte = 1024 * 1024

async function target(t: TestContext, properties: Readonly<Record<string, string>> = {}) {
  const logger = new RecordingLogger()
  const { bootstrap } = await temporaryBroker(t, properties, logger)
  const attach = async () => {
    const client = await RawClient.connect(bootstrap)
    defer(t, () => client.close())
    return client
  }
  const witness = await attach()
  const isServing = async () => {
    const { errorCode } = await witness.call(apis.ApiVersions, 0, {})
    assert.equal(errorCode, ErrorCode.NONE)
    assert.deepEqual(logger.errors, [])
  }
  return { bootstrap, logger, attach, witness, isServing }
}

function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The bytes of a request without their length. */
function requestBytes<A extends AnyApi>(api: A, version: number, body: unknown): Buffer {
  const frame = encodeRequest(api, version, { correlationId: 1, clientId: 'hostile' }, body as never)
  return Buffer.concat(frame).subarray(4)
}

function header(apiKey: number, apiVersion: number): Buffer {
  const bytes = Buffer.alloc(10)
  bytes.writeInt16BE(apiKey, 0)
  bytes.writeInt16BE(apiVersion, 2)
  bytes.writeInt16BE(-1, 8)
  return bytes
}

test('frames of negative or absurd length end the connection before anything is allocated', async (t) => {
  const { attach, isServing, logger } = await target(t, { 'socket.request.max.bytes': '1000000' })
  const before = process.memoryUsage().arrayBuffers
  for (const size of [-1, -(2 ** 31), 2 ** 31 - 1, 1_000_001, 0x47455420]) {
    const client = await attach()
    const length = Buffer.alloc(4)
    length.writeInt32BE(size)
    client.send([length])
    await client.closed
    await isServing()
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 10 * mebibyte)
  assert.equal(logger.warnings.filter((line) => /Request of/.test(line)).length, 5)
})

test('a frame of just the largest size is read', async (t) => {
  const { attach, isServing } = await target(t, { 'socket.request.max.bytes': '100000' })
  const client = await attach()
  const request = requestBytes(apis.ApiVersions, 0, {})
  client.send([framed(Buffer.concat([request, Buffer.alloc(100_000 - request.length)]))])
  assert.ok((await client.nextFrame()).length > 100)
  await isServing()
})

test('unknown APIs and versions that are not served end the connection', async (t) => {
  const { attach, isServing } = await target(t)
  const versions = Object.values<AnyApi>(apis)
    .filter(({ key }) => key !== apis.ApiVersions.key)
    .flatMap(({ key, versions: { max } }) => [header(key, max + 1), header(key, -1), header(key, 32767)])
  const unknown = [4, 5, 6, 7, 24, 77, 999, 32767, -1, -32768].flatMap((key) => [header(key, 0), header(key, 9)])
  for (const bytes of [...versions, ...unknown]) {
    const client = await attach()
    client.send([framed(bytes)])
    await client.closed
  }
  await isServing()
})

test('a request that is cut anywhere ends its connection, or is answered if what is left is whole', async (t) => {
  const { attach, isServing } = await target(t)
  const samples = [
    requestBytes(apis.Metadata, 1, { topics: [{ name: 'topic' }] }),
    requestBytes(apis.Metadata, 12, { topics: [{ name: 'topic' }], allowAutoTopicCreation: false }),
    requestBytes(apis.Fetch, 12, fetchRequest('topic', 0)),
    requestBytes(apis.ApiVersions, 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' }),
  ]
  for (const sample of samples) {
    for (let length = 0; length < sample.length; length++) {
      const client = await attach()
      client.send([framed(sample.subarray(0, length))])
      await Promise.race([client.closed, client.nextFrame().catch(() => undefined)])
      client.close()
    }
    await isServing()
  }
})

test('bytes behind the end of a request are ignored', async (t) => {
  const { attach, isServing } = await target(t)
  const client = await attach()
  client.send([framed(Buffer.concat([requestBytes(apis.Metadata, 9, { topics: [] }), Buffer.alloc(50, 0xff)]))])
  await client.nextFrame()
  await client.call(apis.ApiVersions, 0, {})
  await isServing()
})

test('tagged fields that nobody knows are passed over', async (t) => {
  const { attach, isServing } = await target(t)
  const client = await attach()
  const plain = requestBytes(apis.Metadata, 9, { topics: [] })
  assert.equal(plain.at(-1), 0, 'no tagged fields')
  const tagged = Buffer.from('02' + '6301aa' + '6402bbcc', 'hex')
  client.send([framed(Buffer.concat([plain.subarray(0, -1), tagged]))])
  const { body } = decodeResponse(apis.Metadata, 9, await client.nextFrame())
  assert.equal(body.brokers.length, 1)
  await isServing()
})

test('counts and lengths far beyond the request end the connection at once', async (t) => {
  const { attach, isServing } = await target(t)
  const huge = Buffer.from('7fffffff', 'hex')
  const hugeVarint = Buffer.from('ffffffff0f', 'hex')
  const before = process.memoryUsage()
  const bodies = [
    Buffer.concat([header(3, 1), huge]),
    Buffer.concat([header(3, 9), Buffer.from([0]), hugeVarint]),
    Buffer.concat([header(0, 3), Buffer.from('ffff0001000003e8', 'hex'), huge]),
    Buffer.concat([header(1, 12), Buffer.from([0]), Buffer.alloc(21), hugeVarint, hugeVarint]),
    // As many elements as there are bytes, each of which needs more than one.
    Buffer.concat([header(3, 1), Buffer.from('000f4240', 'hex'), Buffer.alloc(1_000_000, 0xff)]),
    // Tagged fields without end.
    Buffer.concat([header(3, 9), hugeVarint, Buffer.alloc(100)]),
  ]
  for (const body of bodies) {
    const begun = performance.now()
    const client = await attach()
    client.send([framed(body)])
    await client.closed
    assert.ok(performance.now() - begun < 2000)
  }
  assert.ok(process.memoryUsage().arrayBuffers - before.arrayBuffers < 50 * mebibyte)
  await isServing()
})

test('random bytes and other protocols end their connections', async (t) => {
  const { bootstrap, attach, isServing } = await target(t)
  const http = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const tls = Buffer.from('16030100f8010000f40303', 'hex')
  for (const bytes of [http, tls]) {
    const client = await attach()
    client.send([bytes])
    await client.closed
  }
  const [host = '', port] = bootstrap.split(':')
  for (let round = 0; round < 100; round++) {
    const socket = connect(Number(port), host)
    socket.on('error', () => {})
    socket.end(randomBytes(1 + (round % 50)))
  }
  for (let round = 0; round < 100; round++) {
    const client = await attach()
    client.send([framed(randomBytes(round))])
    await Promise.race([client.closed, delay(5)])
    client.close()
  }
  await isServing()
})

test('clients that announce much, send half of a frame and stay cost nothing and hold up nobody', async (t) => {
  const { attach, isServing, witness } = await target(t)
  const before = process.memoryUsage().rss
  const length = Buffer.alloc(4)
  length.writeInt32BE(100 * mebibyte)
  const clients = await Promise.all(Array.from({ length: 30 }, attach))
  for (const client of clients) client.send([length, Buffer.alloc(1000)])
  const half = await attach()
  half.send([framed(requestBytes(apis.Metadata, 9, { topics: null })).subarray(0, 10)])
  await isServing()
  const { topic } = await createTopic(witness)
  await append(witness, topic, ['a'])
  assert.ok(process.memoryUsage().rss - before < 500 * mebibyte)
})

test('a request may come one byte at a time, and two in one piece', async (t) => {
  const { attach, isServing } = await target(t)
  const client = await attach()
  const request = framed(requestBytes(apis.Metadata, 9, { topics: [] }))
  for (const byte of request) {
    client.send([Buffer.from([byte])])
    await new Promise(setImmediate)
  }
  await client.nextFrame()
  client.send([Buffer.concat([request, request, request.subarray(0, 7)])])
  await client.nextFrame()
  await client.nextFrame()
  client.send([request.subarray(7)])
  await client.nextFrame()
  await isServing()
})

test('a client that never reads its answers fills its own connection alone', async (t) => {
  const { attach, isServing, witness } = await target(t)
  const { topic } = await createTopic(witness)
  await append(witness, topic, [randomBytes(200_000).toString('hex')])
  const client = await attach()
  client.stopReading()
  const before = process.memoryUsage().arrayBuffers
  const count = 400
  for (let index = 0; index < count; index++) client.request(apis.Fetch, 12, fetchRequest(topic, 0))
  for (let round = 0; round < 50; round++) await isServing()
  assert.ok(process.memoryUsage().arrayBuffers - before < 60 * mebibyte, 'answers are not piled up')
  client.resumeReading()
  for (let index = 0; index < count; index++) assert.ok((await client.nextFrame()).length > 300_000)
  await isServing()
})
