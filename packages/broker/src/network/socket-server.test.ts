import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { ManualTime } from '../testing/manual-time.js'
import { MemoryLogger } from '../testing/memory-logger.js'
import { ScriptedHandler } from '../testing/scripted-handler.js'
import { plaintext, startScripted, startServer } from '../testing/socket-server-fixture.js'
import { TestPeer, until } from '../testing/test-peer.js'
import { BindError, SocketServer } from './socket-server.js'

const hasIpv6Loopback = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1')

test('peers that connect before start wait, and are served after it', async (t) => {
  const handler = new ScriptedHandler()
  const { server, connect } = await startServer(t, { handler, isStarted: false })
  const peers = [await connect(), await connect()]
  for (const peer of peers) peer.send('now')
  assert.deepEqual(handler.started, [])
  server.start()
  for (const peer of peers) assert.deepEqual(await peer.received(1), ['now'])
  assert.equal(server.connectionCount, 2)
})

test('a peer that left before start does not count as a connection', async (t) => {
  const { server, connect } = await startServer(t, { handler: new ScriptedHandler(), isStarted: false })
  const reset = await connect()
  const ended = await connect()
  reset.socket.resetAndDestroy()
  ended.close()
  const stays = await connect()
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  server.start()
  stays.send('now')
  await stays.received(1)
  await until(() => server.connectionCount === 1)
})

test('closing ends the connections and frees the port', async (t) => {
  const { server, port, peer } = await startScripted(t)
  await server.close()
  await peer.closed
  const next = createServer().listen(port, '127.0.0.1')
  await once(next, 'listening')
  next.close()
})

test('a connection over max.connections is closed at once, until another has gone', async (t) => {
  const { connect, peer, server, logger } = await startScripted(t, { maxConnections: 1 })
  await until(() => server.connectionCount === 1)
  const refused = await connect()
  await refused.closed
  assert.deepEqual(logger.lines, ['warn Connection refused: too many connections'])
  peer.send('now')
  assert.deepEqual(await peer.received(1), ['now'])
  peer.close()
  await until(() => server.connectionCount === 0)
  const next = await connect()
  next.send('now')
  await next.received(1)
})

test('connections are limited by address, an IPv4 address being the same on a socket of both families', async (t) => {
  const asked: string[] = []
  const maxConnectionsOf = (address: string) => {
    asked.push(address)
    return address === '127.0.0.1' ? 1 : 1000
  }
  const { connect, server } = await startServer(t, {
    handler: new ScriptedHandler(),
    host: '',
    limits: { maxConnectionsOf },
  })
  const first = await connect()
  await until(() => server.connectionCount === 1)
  const refused = await connect()
  await refused.closed
  first.close()
  await until(() => server.connectionCount === 0)
  const next = await connect()
  next.send('now')
  await next.received(1)
  assert.deepEqual(asked, ['127.0.0.1', '127.0.0.1', '127.0.0.1'])
})

test('a handler is told the addresses of the connection as plain IPv4', async (t) => {
  const { connect, handler, port } = await startServer(t, { handler: new ScriptedHandler(), host: '' })
  const peer = await connect()
  peer.send('now')
  await peer.received(1)
  const [connection] = handler.connections
  assert.deepEqual(
    [connection?.listenerName, connection?.remoteAddress, connection?.localAddress, connection?.localPort],
    ['PLAINTEXT', '127.0.0.1', '127.0.0.1', port],
  )
})

test('a connection that is silent for longer than connections.max.idle.ms is closed', async (t) => {
  const { connect, peer: silent, server, time } = await startScripted(t, { maxIdleMs: 60_000 })
  const active = await connect()
  await until(() => server.connectionCount === 2)
  await time.advance(40_000)
  active.send('now')
  await active.received(1)
  await time.advance(30_000)
  await silent.closed
  assert.equal(server.connectionCount, 1)
})

test('a connection whose request is at work is not idle, nor is it right after the answer', async (t) => {
  const { handler, peer, server, time } = await startScripted(t, { maxIdleMs: 60_000 })
  peer.send('join')
  await until(() => handler.started.length === 1)
  await time.advance(300_000)
  handler.answer('join')
  await peer.received(1)
  await time.advance(59_000)
  assert.equal(server.connectionCount, 1)
  await time.advance(3_000)
  await peer.closed
})

test('a peer that stops reading with requests left is idle', async (t) => {
  const handle = () => ({ buffers: [Buffer.alloc(16 * 1024 * 1024)] })
  const handler = { mayOverlap: () => false, isTransient: () => false, handle }
  const { connect, server, time } = await startServer(t, { handler, limits: { maxIdleMs: 60_000 } })
  const peer = await connect()
  peer.socket.pause()
  peer.send('a', 'b', 'c')
  await until(() => server.connectionCount === 1)
  const other = await connect()
  other.send('x')
  await once(other.socket, 'data')
  // The other's answer may still be on its way, and counts as activity when it has left.
  while (server.connectionCount > 0) await time.advance(62_000)
})

test('a negative connections.max.idle.ms closes nothing', async (t) => {
  const { server, time } = await startScripted(t, { maxIdleMs: -1 })
  await until(() => server.connectionCount === 1)
  await time.advance(10_000_000)
  assert.equal(server.connectionCount, 1)
})

test('a listener on localhost takes both loopback addresses on one port', async (t) => {
  const { connect, server } = await startServer(t, { handler: new ScriptedHandler(), host: 'localhost' })
  assert.equal(server.bound.length, 1)
  for (const host of hasIpv6Loopback ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
    const peer = await connect(host)
    peer.send('now')
    assert.deepEqual(await peer.received(1), ['now'], host)
  }
})

test('a port that is taken gives a BindError with the address and code, and leaves no other claimed', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const freePort = portOf(free)
  free.close()
  await once(free, 'close')

  const listeners = [plaintext('127.0.0.1', freePort, 'FIRST'), plaintext('127.0.0.1', portOf(taken), 'SECOND')]
  const time = new ManualTime()
  const server = new SocketServer({
    listeners,
    handler: new ScriptedHandler(),
    clock: time,
    scheduler: time,
    logger: new MemoryLogger(),
    limits: () => ({ maxFrameBytes: 100, maxConnections: 10, maxConnectionsOf: () => 10, maxIdleMs: 1000 }),
  })
  await assert.rejects(server.bind(), (error) => {
    assert.ok(error instanceof BindError)
    assert.deepEqual([error.code, error.host, error.port], ['EADDRINUSE', '127.0.0.1', portOf(taken)])
    assert.match(error.message, /^Cannot listen on SECOND:\/\/127\.0\.0\.1:\d+: /)
    return true
  })
  await assert.rejects(TestPeer.connect(freePort), { code: 'ECONNREFUSED' })
  assert.deepEqual(server.bound, [])
})

function portOf(server: ReturnType<typeof createServer>): number {
  return (server.address() as { port: number }).port
}
