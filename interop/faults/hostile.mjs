// Clients that mean harm, many at once: lengths beyond reason, frames that never end, bytes of other protocols, one byte
// a second, connections made and dropped in a loop. Beside them a probe is served as if they were not there; behind
// them memory and file descriptors are as before, and the log has not been flooded.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { startProbe } from '../lib/probe.mjs'
import { inMebibytes, mebibyte, openFiles, residentBytes, watchMemory } from '../lib/process-memory.mjs'
import { until } from '../lib/programs.mjs'
import { apis, createTopics, encodeRequest, RawClient } from '../lib/raw.mjs'

const allowedGrowth = 256 * mebibyte
const probeLimitMs = 1000
/** Of one kind of attack, however often it is repeated. */
const linesAllowed = 100

let broker
before(async () => {
  broker = await startBroker()
  const client = await RawClient.connect(broker.bootstrap)
  await createTopics(client, [{ name: 'probe' }])
  client.close()
  const probe = await startProbe(broker.bootstrap, 'probe')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  await probe.stop()
})
after(() => broker.dispose())

/** Runs an attack beside a probe. `attack` resolves to what ends it. */
async function underAttack(t, attack) {
  const filesBefore = openFiles(broker.pid)
  const residentBefore = residentBytes(broker.pid)
  const linesBefore = linesOf(broker)
  const memory = watchMemory(broker.pid)
  const probe = await startProbe(broker.bootstrap, 'probe')
  const end = await attack()
  const { rounds, maxMs, medianMs, errors } = await probe.stop()
  await end?.()
  const peak = memory.stop()
  const lines = linesOf(broker) - linesBefore
  t.diagnostic(
    `probe: ${rounds} rounds, median ${medianMs} ms, at most ${maxMs} ms; resident + ${inMebibytes(peak - residentBefore)}; ${lines} log lines`,
  )
  assert.deepEqual(errors, [])
  assert.ok(rounds > 10 && maxMs < probeLimitMs, `the probe took ${maxMs} ms`)
  assert.ok(peak - residentBefore < allowedGrowth)
  await until(() => openFiles(broker.pid) <= filesBefore, { what: 'its file descriptors to be closed' })
  assert.ok(lines <= linesAllowed, `${lines} log lines:\n${broker.output.slice(-2000)}`)
  assert.doesNotMatch(broker.output, /^\[.*\] ERROR/m)
}

const metadataRequest = Buffer.concat(
  encodeRequest(apis.Metadata, 9, { correlationId: 1, clientId: 'hostile' }, { topics: null }),
)

const first = {
  'a negative length': () => frame(-1),
  'a length of 2 GiB': () => frame(2 ** 31 - 1),
  'a length of 99 MiB and then nothing': () => frame(99 * mebibyte),
  'half a request': () => metadataRequest.subarray(0, 17),
  'an HTTP request': () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'the hello of TLS': () => Buffer.concat([Buffer.from('16030100f8010000f40303', 'hex'), randomBytes(200)]),
  'random bytes': () => randomBytes(100),
  'a frame of random bytes': () => Buffer.concat([frame(64), randomBytes(64)]),
  nothing: () => Buffer.alloc(0),
}

for (const [what, bytes] of Object.entries(first)) {
  test(`3,000 connections that send ${what}, and go`, async (t) => {
    await underAttack(t, async () => {
      for (let round = 0; round < 30; round++) {
        await Promise.all(Array.from({ length: 100 }, () => hitAndRun(broker.port, bytes(), round % 2 === 0)))
      }
    })
  })
}

test('500 clients that send one byte a second', async (t) => {
  await underAttack(t, async () => {
    const sockets = await Promise.all(Array.from({ length: 500 }, () => open(broker.port)))
    for (let at = 0; at < 10; at++) {
      for (const socket of sockets) socket.write(metadataRequest.subarray(at, at + 1))
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
    return async () => {
      const answers = sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve)))
      for (const socket of sockets) socket.write(metadataRequest.subarray(10))
      await Promise.all(answers)
      for (const socket of sockets) socket.destroy()
    }
  })
})

test('500 clients that announce 99 MiB each, send a megabyte and hold it', async (t) => {
  await underAttack(t, async () => {
    const sockets = await Promise.all(Array.from({ length: 500 }, () => open(broker.port)))
    const megabyte = Buffer.alloc(mebibyte)
    for (const socket of sockets) {
      socket.write(frame(99 * mebibyte))
      socket.write(megabyte)
    }
    await new Promise((resolve) => setTimeout(resolve, 5000))
    return () => {
      for (const socket of sockets) socket.destroy()
    }
  })
})

function linesOf({ output }) {
  return output.split('\n').length
}

function frame(length) {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(length)
  return bytes
}

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
  })
}

/** Connects, sends, and goes: with a regular end, or with a reset. */
async function hitAndRun(port, bytes, isRegular) {
  const socket = await open(port)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.removeAllListeners('error')
  socket.on('error', () => {})
  socket.resume()
  if (isRegular) socket.end(bytes)
  else socket.write(bytes, () => socket.resetAndDestroy())
  await closed
}
