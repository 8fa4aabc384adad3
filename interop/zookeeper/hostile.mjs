// Clients that mean harm to our server: bytes that are no packets, lengths beyond reason, half handshakes, unknown operations,
// requests that are cut or changed anywhere, and clients that read nothing of what they are told. Each harms its own
// connection alone: a probe beside it is served all the while, in one session, and files and memory are given back.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { connectZooKeeper, OPEN_ACL_UNSAFE } from '../../packages/zookeeper/dist/index.js'
import { JuteWriter } from '../../packages/zookeeper/dist/jute.js'
import { encodeRequest } from '../../packages/zookeeper/dist/wire/encode-request.js'
import { seeded } from '../durability/random.mjs'
import { inMebibytes, mebibyte, openFiles, residentBytes, watchMemory } from '../lib/process-memory.mjs'
import { until } from '../lib/programs.mjs'
import { startServer } from './servers.mjs'

const allowedGrowth = 192 * mebibyte
const probeLimitMs = 1000
const seed = Number(process.env.INTEROP_SEED ?? Math.floor(Math.random() * 2 ** 31))

let server
before(async () => {
  server = await startServer('millrace')
})
after(() => server?.dispose())

/** Runs an attack beside a probe. `attack` resolves to what ends it. */
async function underAttack(t, attack) {
  const filesBefore = openFiles(server.pid)
  const residentBefore = residentBytes(server.pid)
  const memory = watchMemory(server.pid)
  const probe = await startProbe()
  const end = await attack()
  await end?.()
  const { rounds, maxMs } = await probe.stop()
  const growth = memory.stop() - residentBefore
  t.diagnostic(`probe: ${rounds} rounds, at most ${maxMs.toFixed(0)} ms; resident + ${inMebibytes(growth)}`)
  assert.ok(rounds > 3 && maxMs < probeLimitMs, `the probe took ${maxMs} ms`)
  assert.ok(growth < allowedGrowth, `resident memory grew by ${inMebibytes(growth)}`)
  await until(() => openFiles(server.pid) <= filesBefore, { what: 'its file descriptors to be closed' })
}

/** Writes, reads and is told, and must keep its session. */
async function startProbe() {
  const client = await connectZooKeeper({ connectString: server.address })
  const { sessionId } = client
  let lost = 0
  client.onStateChange((state) => {
    if (state === 'disconnected') lost++
  })
  let rounds = 0
  let maxMs = 0
  let running = true
  const done = (async () => {
    while (running) {
      const startedAt = performance.now()
      let told = 0
      await client.exists('/probe', () => told++)
      await client.create('/probe', Buffer.from('x'), { mode: 'ephemeral' })
      assert.equal(told, 1)
      await client.delete('/probe', 0)
      maxMs = Math.max(maxMs, performance.now() - startedAt)
      rounds++
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  done.catch(() => {})
  return {
    async stop() {
      await until(() => rounds > 3)
      running = false
      await done
      assert.equal(lost, 0, 'the probe lost its connection')
      assert.equal(client.sessionId, sessionId)
      await client.close()
      return { rounds, maxMs }
    },
  }
}

const connectRequest = packet((out) => {
  out.int(0)
  out.long(0n)
  out.int(30_000)
  out.long(0n)
  out.buffer(Buffer.alloc(16))
  out.boolean(false)
})

const beforeTheHandshake = {
  'random bytes': () => randomBytes(200),
  'a packet of random bytes': () => Buffer.concat([int(100), randomBytes(100)]),
  'a negative length': () => int(-1),
  'a length of 2 GiB': () => int(2 ** 31 - 1),
  'a length just over jute.maxbuffer': () => int(0x100000),
  'an empty packet': () => int(0),
  'half a handshake': () => connectRequest.subarray(0, 25),
  'a handshake without an end': () => Buffer.concat([int(20), Buffer.alloc(20)]),
  'a password of 2 GiB': () => Buffer.concat([int(28), Buffer.alloc(24), int(2 ** 31 - 1)]),
  'an HTTP request': () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'the hello of TLS': () => Buffer.concat([Buffer.from('16030100f8010000f40303', 'hex'), randomBytes(200)]),
  nothing: () => Buffer.alloc(0),
}

for (const [what, bytes] of Object.entries(beforeTheHandshake)) {
  test(`500 connections that send ${what}`, async (t) => {
    await underAttack(t, async () => {
      for (let round = 0; round < 10; round++) {
        await Promise.all(Array.from({ length: 50 }, () => hitAndRun(bytes(), round % 2 === 0)))
      }
    })
  })
}

test('200 connections that send half a handshake, or a length of a megabyte, and wait', async (t) => {
  await underAttack(t, async () => {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => open()))
    for (const [index, socket] of sockets.entries()) {
      socket.write(index % 2 === 0 ? connectRequest.subarray(0, 25) : Buffer.concat([int(0xfffff), Buffer.alloc(1000)]))
    }
    return () => {
      for (const socket of sockets) socket.destroy()
    }
  })
})

const request = (type, body = Buffer.alloc(0)) => Buffer.concat([int(8 + body.length), int(1), int(type), body])
const afterTheHandshake = {
  'an unknown operation': () => request(4711),
  'an operation with a negative number': () => request(-5),
  'SASL, which is not offered': () => request(102, Buffer.concat([int(4), Buffer.from('abcd')])),
  'a request without a body': () => request(1),
  'half a header': () => Buffer.concat([int(4), int(1)]),
  'an empty packet': () => int(0),
  'a path of 2 GiB': () => request(4, int(2 ** 31 - 1)),
  'a path of negative length': () => request(4, int(-2)),
  'setWatches with 2 billion paths': () => request(101, Buffer.concat([Buffer.alloc(8), int(2 ** 31 - 1)])),
  'a multi without an end': () => request(14, Buffer.concat([int(2), Buffer.from([0]), int(-1)])),
  'a multi of an unknown operation': () => request(14, Buffer.concat([int(99), Buffer.from([0]), int(-1)])),
  'a multi of a multi': () => request(14, Buffer.concat([int(14), Buffer.from([0]), int(-1)])),
  'a second handshake': () => connectRequest,
  'an unknown scheme': () => request(100, Buffer.concat([int(0), int(4), Buffer.from('moon'), int(0)])),
  'the end of its session, and more': () => Buffer.concat([request(-11), request(-11), request(4711)]),
  'a length of 2 GiB': () => int(2 ** 31 - 1),
  'random bytes': () => randomBytes(1000),
}

for (const [what, bytes] of Object.entries(afterTheHandshake)) {
  test(`a session that sends ${what}`, async (t) => {
    await underAttack(t, async () => {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => openSession()))
      for (const socket of sockets) socket.write(bytes())
      return () => {
        for (const socket of sockets) socket.destroy()
      }
    })
  })
}

test(`10,000 requests that are changed, cut or made longer at random, seed ${seed}`, async (t) => {
  const random = seeded(seed)
  await underAttack(t, async () => {
    for (let round = 0; round < 500; round++) {
      const socket = await openSession()
      for (let each = 0; each < 20; each++) socket.write(mutated(random))
      socket.destroySoon()
    }
  })
})

test('a client that watches everything and reads nothing', async (t) => {
  await underAttack(t, async () => {
    const deaf = await openSession()
    deaf.write(packet((out) => encodeRequest(out, 1, { kind: 'addWatch', path: '/', mode: 'persistent-recursive' })))
    await new Promise((resolve) => deaf.once('data', resolve))
    deaf.pause()
    const writer = await connectZooKeeper({ connectString: server.address })
    const path = `/${'x'.repeat(20_000)}`
    await writer.create(path, null)
    // More than a server keeps for one who does not read.
    for (let batch = 0; batch < 50; batch++) {
      await Promise.all(Array.from({ length: 100 }, () => writer.setData(path, null, -1)))
    }
    await writer.delete(path, -1)
    await writer.close()
    return async () => {
      const closed = new Promise((resolve) => deaf.once('close', resolve))
      deaf.resume()
      await closed
    }
  })
})

test('a client that asks for a gigabyte and reads nothing', async (t) => {
  await underAttack(t, async () => {
    const writer = await connectZooKeeper({ connectString: server.address })
    await writer.create('/large', Buffer.alloc(1_000_000))
    const greedy = await openSession()
    greedy.pause()
    const get = packet((out) => encodeRequest(out, 1, { kind: 'getData', path: '/large', watch: false }))
    for (let each = 0; each < 1000; each++) greedy.write(get)
    await writer.sync('/')
    return async () => {
      greedy.destroy()
      await writer.delete('/large', 0)
      await writer.close()
    }
  })
})

const requests = [
  { kind: 'create', path: '/x', data: Buffer.from('data'), mode: 'ephemeral', acl: OPEN_ACL_UNSAFE },
  { kind: 'getData', path: '/x', watch: true },
  { kind: 'setData', path: '/x', data: Buffer.from('more'), version: -1 },
  { kind: 'multi', operations: [{ kind: 'check', path: '/x', version: 0 }] },
  { kind: 'multiRead', operations: [{ kind: 'getChildren', path: '/' }] },
  { kind: 'addWatch', path: '/x', mode: 'persistent' },
  { kind: 'auth', scheme: 'digest', auth: Buffer.from('alice:secret') },
]

function mutated(random) {
  const bytes = packet((out) => encodeRequest(out, 1, random.pick(requests)))
  const at = 4 + random.below(bytes.length - 4)
  switch (random.below(4)) {
    case 0:
      bytes[at] = random.below(256)
      return bytes
    case 1:
      return Buffer.concat([int(at - 4), bytes.subarray(4, at)])
    case 2:
      return Buffer.concat([int(bytes.length - 4 + 10), bytes.subarray(4), randomBytes(10)])
    default:
      bytes.writeInt32BE(random.pick([-1, -2, 2 ** 31 - 1, 65_536]), Math.min(at, bytes.length - 4))
      return bytes
  }
}

function packet(encode) {
  const out = new JuteWriter()
  encode(out)
  return Buffer.concat([int(out.length), out.bytes()])
}

function int(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value | 0)
  return bytes
}

function open() {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
    socket.on('error', () => {})
  })
}

/** A connection with a session, which nothing reads further. */
async function openSession() {
  const socket = await open()
  socket.write(connectRequest)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.resume()
  return socket
}

/** Connects, sends, and goes: with a regular end, or with a reset. */
async function hitAndRun(bytes, isRegular) {
  const socket = await open()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.resume()
  if (isRegular) socket.end(bytes)
  else socket.write(bytes, () => socket.resetAndDestroy())
  await closed
}
