// Many connections, and the limits on them, as Kafka has them: what an idle one costs, connections.max.idle.ms,
// max.connections, max.connections.per.ip with overrides, queued.max.request.bytes, and the process's own limit of open files.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { inMebibytes, mebibyte, openFiles, residentBytes, watchMemory } from '../lib/process-memory.mjs'
import { until } from '../lib/programs.mjs'
import { apis, batchOf, connectMany, createTopics, ErrorCode, fetchBody, produce, RawClient } from '../lib/raw.mjs'
import { settle } from './load.mjs'

const idleConnections = 2000
const idleBytes = 20 * 1024
const metadata = { topics: [{ name: 'probe' }] }

async function brokerFor(t, properties, options = {}) {
  const broker = await startBroker({ kind: 'millrace', properties, ...options })
  t.after(() => broker.dispose())
  return broker
}

test(`${idleConnections} idle connections cost 20 KiB each at most`, async (t) => {
  const broker = await brokerFor(t, {})
  await settle(broker)
  await introduce(await connectMany(broker.bootstrap, 50), { close: true })
  await sleep(2000)
  const before = residentBytes(broker.pid)
  const clients = await connectMany(broker.bootstrap, idleConnections)
  await introduce(clients)
  await sleep(5000)
  const each = (residentBytes(broker.pid) - before) / idleConnections
  t.diagnostic(
    `${(each / 1024).toFixed(1)} KiB each: ${inMebibytes(before)} before, ${inMebibytes(residentBytes(broker.pid))} with them`,
  )
  assert.equal(await isServed(clients[0]), true)
  const files = openFiles(broker.pid)
  for (const client of clients) client.close()
  await until(() => openFiles(broker.pid) <= files - idleConnections, { what: 'their descriptors to be closed' })
  assert.ok(each <= idleBytes, `${(each / 1024).toFixed(1)} KiB each`)
})

/** What every client asks first. */
async function introduce(clients, { close = false } = {}) {
  for (const client of clients) {
    await client.call(apis.ApiVersions, 3, { clientSoftwareName: 'idle', clientSoftwareVersion: '1' })
    await client.call(apis.Metadata, 9, metadata)
    if (close) client.close()
  }
}

test('connections.max.idle.ms: silent connections are closed, those that wait or work are not', async (t) => {
  const maxIdleMs = 2000
  const broker = await brokerFor(t, { 'connections.max.idle.ms': maxIdleMs })
  const [silent, waiting, working] = await connectMany(broker.bootstrap, 3)
  await createTopics(working, [{ name: 'topic' }])
  let isSilentOpen = true
  const startedAt = performance.now()
  silent.closed.then(() => {
    isSilentOpen = false
  })
  const fetched = waiting.call(apis.Fetch, 12, fetchBody('topic', 0, { maxWaitMs: 3 * maxIdleMs }))
  while (isSilentOpen) {
    assert.equal(await isServed(working), true)
    assert.ok(performance.now() - startedAt < 3 * maxIdleMs, 'it is closed')
    await sleep(100)
  }
  assert.ok(performance.now() - startedAt >= maxIdleMs - 100, 'not before its time')
  let answer
  fetched.then((found) => {
    answer = found
  })
  while (answer === undefined) {
    assert.equal(await isServed(working), true)
    await sleep(100)
  }
  assert.equal(answer.errorCode, ErrorCode.NONE)
})

test('max.connections', async (t) => {
  const limit = 20
  const broker = await brokerFor(t, { 'max.connections': limit })
  const clients = await connectMany(broker.bootstrap, limit)
  for (const client of clients) assert.equal(await isServed(client), true)
  assert.equal(await isServed(await RawClient.connect(broker.bootstrap)), false)
  await until(() => /too many connections/i.test(broker.output), { what: 'a log line' })
  clients.pop().close()
  await until(async () => await isServed(await RawClient.connect(broker.bootstrap)), { what: 'a place' })
})

test('max.connections.per.ip and its overrides', async (t) => {
  const broker = await brokerFor(t, {
    'max.connections.per.ip': 3,
    'max.connections.per.ip.overrides': '127.0.0.2:5,127.0.0.3:0',
  })
  const openFrom = (localAddress) =>
    new Promise((resolve) => {
      const socket = connect({ port: broker.port, host: '127.0.0.1', localAddress })
      t.after(() => socket.destroy())
      socket.on('error', () => {})
      socket.once('close', () => resolve(false))
      socket.once('data', () => resolve(true))
      socket.write(Buffer.from('0000000a00120000000000010000', 'hex'))
    })
  const served = async (address, count) => {
    const answers = []
    for (let n = 0; n < count; n++) answers.push(await openFrom(address))
    return answers.filter(Boolean).length
  }
  assert.equal(await served('127.0.0.4', 6), 3)
  assert.equal(await served('127.0.0.2', 8), 5)
  assert.equal(await served('127.0.0.3', 2), 0)
})

test('queued.max.request.bytes: what is over it waits, and is served', async (t) => {
  const broker = await brokerFor(t, {
    'queued.max.request.bytes': 2 * mebibyte,
    'socket.request.max.bytes': mebibyte,
  })
  const admin = await RawClient.connect(broker.bootstrap)
  await settle(broker)
  await createTopics(admin, [{ name: 'queued', partitions: 4 }])
  const records = batchOf([Buffer.alloc(500_000)])
  const clients = await connectMany(broker.bootstrap, 100)
  const before = residentBytes(broker.pid)
  const memory = watchMemory(broker.pid)
  const answers = clients.flatMap((client, n) =>
    [1, 2, 3, 4].map(() => produce(client, 'queued', records, { partition: n % 4 })),
  )
  for (const { errorCode } of await Promise.all(answers)) assert.equal(errorCode, ErrorCode.NONE)
  const peak = memory.stop()
  t.diagnostic(`200 MB of requests: resident + ${inMebibytes(peak - before)}`)
  assert.ok(peak - before < 64 * mebibyte)
})

test('at the limit of open files: a log line, nobody else is harmed, and it passes', async (t) => {
  const broker = await brokerFor(t, {}, { launcher: ['prlimit', '--nofile=256:256'] })
  const witness = await RawClient.connect(broker.bootstrap)
  await createTopics(witness, [{ name: 'topic', partitions: 20 }])
  const clients = []
  for (let n = 0; n < 400; n++) clients.push(await RawClient.connect(broker.bootstrap).catch(() => undefined))
  const asked = await Promise.all(clients.map((client) => client && withDeadline(isServed(client), 2000)))
  const served = asked.filter((answer) => answer === true).length
  t.diagnostic(`of 400 connections ${served} were served with 256 files`)
  assert.ok(served > 50 && served < 128)
  await until(() => /Connection refused: too many connections/.test(broker.output), {
    what: 'a log line',
    timeoutMs: 5000,
  })
  for (let n = 0; n < 20; n++) {
    const { errorCode } = await produce(witness, 'topic', batchOf(['x']), { partition: n })
    assert.equal(errorCode, ErrorCode.NONE, 'others can write')
  }
  await createTopics(witness, [{ name: 'another' }])
  for (const client of clients) client?.close()
  await until(async () => await isServed(await RawClient.connect(broker.bootstrap)), { what: 'new connections' })
  assert.doesNotMatch(broker.output, /^\[.*\] ERROR/m)
})

/** Whether a connection is answered; false when it is closed instead. */
async function isServed(client) {
  return await client.call(apis.ApiVersions, 0, {}).then(
    ({ errorCode }) => errorCode === ErrorCode.NONE,
    () => false,
  )
}

async function withDeadline(promise, ms) {
  return await Promise.race([promise, sleep(ms).then(() => 'late')])
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
