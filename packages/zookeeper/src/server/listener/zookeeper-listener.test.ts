import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connectZooKeeper } from '../../client/connect-zookeeper.js'
import { JuteReader, JuteWriter } from '../../jute.js'
import { certificatePem, keyPem } from '../../testing/certificates.js'
import { startTcpServer, type TcpTestServer } from '../../testing/tcp-server.js'
import { readConnectResponse, writeConnectRequest } from '../../wire/connect.js'
import { FrameReader } from '../../wire/frame-reader.js'
import { OpCode } from '../../wire/op-code.js'
import { RequestThrottle } from './request-throttle.js'

async function start(t: TestContext, ...options: Parameters<typeof startTcpServer>): Promise<TcpTestServer> {
  const server = await startTcpServer(...options)
  t.after(() => server.stop())
  return server
}

/** A socket that says what it likes. */
class RawPeer {
  readonly frames: Buffer[] = []
  readonly closed: Promise<unknown>
  readonly #socket: Socket
  readonly #reader = new FrameReader(1024 * 1024)
  #arrived = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    this.closed = once(socket, 'close')
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk, (frame) => this.frames.push(Buffer.from(frame)))
      this.#arrived()
    })
  }

  static async connect(t: TestContext, { listener }: TcpTestServer): Promise<RawPeer> {
    const socket = connect(listener.port, '127.0.0.1')
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    return new RawPeer(socket)
  }

  send(encode: (out: JuteWriter) => void): void {
    const out = new JuteWriter()
    out.int(0)
    encode(out)
    out.patchInt(0, out.length - 4)
    this.#socket.write(Buffer.from(out.bytes()))
  }

  raw(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  async next(): Promise<JuteReader> {
    while (this.frames.length === 0) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#arrived = resolve
        }),
        this.closed.then(() => assert.fail('the connection was closed')),
      ])
    }
    return new JuteReader(this.frames.shift() as Buffer)
  }

  async handshake(): Promise<{ readonly sessionId: bigint }> {
    this.send((out) => writeConnectRequest(out, newSession))
    return readConnectResponse(await this.next())
  }
}

const newSession = {
  lastZxidSeen: 0n,
  timeoutMs: 10_000,
  sessionId: 0n,
  password: Buffer.alloc(16),
  readOnly: false,
} as const

test('who connects and opens no session is not waited for; who has one is', async (t) => {
  const server = await start(t, {}, { sessionlessTimeoutMs: 100 })
  const silent = await RawPeer.connect(t, server)
  const halfWay = await RawPeer.connect(t, server)
  halfWay.raw(Buffer.from([0, 0, 0, 45, 0]))
  const client = await connectZooKeeper({ connectString: server.connectString })
  let lost = false
  client.onStateChange((state) => {
    lost ||= state === 'disconnected'
  })
  await Promise.all([silent.closed, halfWay.closed])
  await client.sync('/')
  assert.ok(!lost)
  const late = await RawPeer.connect(t, server)
  await late.closed
  await client.sync('/')
  assert.ok(!lost)
  await client.close()
})

test('a client before 3.4 is answered without the field that it does not know', async (t) => {
  const server = await start(t)
  const old = await RawPeer.connect(t, server)
  old.send((out) => writeConnectRequest(out, { ...newSession, readOnly: undefined }))
  assert.equal((await old.next()).remaining, 36)
  const newer = await RawPeer.connect(t, server)
  newer.send((out) => writeConnectRequest(out, newSession))
  assert.equal((await newer.next()).remaining, 37)
})

test('a session that is over is told so in the handshake', async (t) => {
  const peer = await RawPeer.connect(t, await start(t))
  peer.send((out) => writeConnectRequest(out, { ...newSession, sessionId: 4711n }))
  const { sessionId, timeoutMs } = readConnectResponse(await peer.next())
  assert.deepEqual([sessionId, timeoutMs], [0n, 0])
  await peer.closed
})

test('a client that has seen more than the server is sent away without a word', async (t) => {
  const peer = await RawPeer.connect(t, await start(t))
  peer.send((out) => writeConnectRequest(out, { ...newSession, lastZxidSeen: 1n << 40n }))
  await peer.closed
  assert.deepEqual(peer.frames, [])
})

test('an unknown operation is answered UNIMPLEMENTED, and the connection ends; a malformed one goes on', async (t) => {
  const server = await start(t)
  const peer = await RawPeer.connect(t, server)
  await peer.handshake()
  peer.send((out) => {
    out.int(1)
    out.int(OpCode.create)
    out.int(1000)
  })
  const malformed = await peer.next()
  assert.deepEqual([malformed.int(), malformed.long() > 0n, malformed.int()], [1, true, -5])
  peer.send((out) => {
    out.int(2)
    out.int(4711)
  })
  const unknown = await peer.next()
  assert.deepEqual([unknown.int(), unknown.long() > 0n, unknown.int()], [2, true, -6])
  await peer.closed
})

test('bytes that are no packet close their connection and no other', async (t) => {
  const server = await start(t)
  const other = await connectZooKeeper({ connectString: server.connectString })
  for (const bytes of ['ffffffff', '7fffffff', '0000000401020304', '47455420']) {
    const peer = await RawPeer.connect(t, server)
    peer.raw(Buffer.from(bytes, 'hex'))
    await peer.closed
  }
  assert.equal((await other.getChildren('/')).children.length, 1)
  await other.close()
})

test('a four-letter word is answered and the connection closed, also when it comes in pieces', async (t) => {
  const server = await start(t, {}, { answerWord: (word) => (word === 'ruok' ? 'imok' : undefined) })
  const socket = connect(server.listener.port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  await once(socket, 'connect')
  socket.write('ru')
  setImmediate(() => socket.write('ok\n'))
  await once(socket, 'close')
  assert.equal(text, 'imok')
})

test('one address has so many connections, and all together so many', async (t) => {
  const perAddress = await start(t, {}, { maxPerAddress: 2 })
  const inAll = await start(t, {}, { maxInAll: 2 })
  for (const server of [perAddress, inAll]) {
    const first = await RawPeer.connect(t, server)
    await first.handshake()
    await (await RawPeer.connect(t, server)).handshake()
    const third = await RawPeer.connect(t, server)
    await third.closed
    assert.equal(server.listener.refusedCount, 1)
    first.raw(Buffer.from('ffffffff', 'hex'))
    await first.closed
    await (await RawPeer.connect(t, server)).handshake()
  }
})

test('over the bound of requests under way nobody is read from, until there are answers again', async (t) => {
  const throttle = new RequestThrottle(5)
  const server = await start(t, {}, { throttle })
  const client = await connectZooKeeper({ connectString: server.connectString })
  const created = await Promise.all(
    Array.from({ length: 500 }, (_, index) => client.create(`/n${index}`, Buffer.alloc(1000))),
  )
  assert.equal(new Set(created.map(({ path }) => path)).size, 500)
  assert.equal(throttle.outstanding, 0)
  await client.close()
})

test('what a connection leaves unanswered when it breaks counts no more', async (t) => {
  const throttle = new RequestThrottle(1000)
  const server = await start(t, {}, { throttle })
  const peer = await RawPeer.connect(t, server)
  await peer.handshake()
  for (let xid = 1; xid <= 50; xid++) {
    peer.send((out) => {
      out.int(xid)
      out.int(OpCode.create2)
      out.string(`/p${xid}`)
      out.buffer(null)
      out.int(0)
    })
  }
  await peer.next()
  peer.raw(Buffer.from('ffffffff', 'hex'))
  await peer.closed
  const client = await connectZooKeeper({ connectString: server.connectString })
  await client.sync('/')
  await client.close()
  assert.equal(throttle.outstanding, 0)
})

test('TLS: the same protocol; a certificate that nobody vouches for is refused by the client', async (t) => {
  const server = await start(t, {}, { tls: { cert: certificatePem, key: keyPem } })
  const { connectString } = server
  const client = await connectZooKeeper({ connectString, tls: { ca: certificatePem } })
  await client.create('/secret', Buffer.from('x'))
  assert.equal((await client.getData('/secret')).data?.toString(), 'x')
  await client.close()
  await assert.rejects(connectZooKeeper({ connectString, tls: {}, connectTimeoutMs: 200 }), { code: 'CONNECTIONLOSS' })
})

test('TLS: a server may ask for a certificate', async (t) => {
  const tls = { cert: certificatePem, key: keyPem, ca: certificatePem, requestCert: true, rejectUnauthorized: true }
  const { connectString } = await start(t, {}, { tls })
  const anonymous = { ca: certificatePem }
  await assert.rejects(connectZooKeeper({ connectString, tls: anonymous, connectTimeoutMs: 300 }), {
    code: 'CONNECTIONLOSS',
  })
  const known = { ...anonymous, cert: certificatePem, key: keyPem }
  const client = await connectZooKeeper({ connectString, tls: known })
  await client.close()
})
