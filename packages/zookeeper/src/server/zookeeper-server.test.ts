/** What the contract cannot see: the disk, the clock, restarts, raw connections. Everything in memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isZooKeeperError } from '../errors.js'
import { ManualPorts, MemoryStoreDirectory } from '../store/memory-ports.js'
import { settle, startTestServer } from '../testing/fixtures.js'
import type { Connection, ConnectionSink } from './endpoint.js'
import { ZooKeeperServer } from './zookeeper-server.js'

/** A raw connection whose client says nothing by itself. */
function connectRaw(
  server: ZooKeeperServer,
  session: { sessionId?: bigint; password?: Buffer; timeoutMs?: number; lastZxidSeen?: bigint } = {},
) {
  const log: string[] = []
  let opened: { sessionId: bigint; password: Buffer; timeoutMs: number } | undefined
  const sink: ConnectionSink = {
    onConnected: (granted) => {
      opened = granted
      log.push('connected')
    },
    onClosed: (reason) => log.push(reason),
    onNotification: (event) => log.push(`${event.type} ${event.path}`),
  }
  const connection: Connection = server.connect(
    {
      sessionId: 0n,
      password: Buffer.alloc(16),
      timeoutMs: 9000,
      lastZxidSeen: 0n,
      address: '127.0.0.1',
      heartbeat: 'explicit',
      ...session,
    },
    sink,
  )
  return {
    connection,
    log,
    session: () => {
      assert(opened !== undefined, 'not connected')
      return opened
    },
  }
}

test('replies and notifications wait for the disk, in one order', async () => {
  const { server, directory, connect } = await startTestServer()
  const one = await connect()
  const two = await connect()
  await one.create('/a', null)
  const order: string[] = []
  await two.getData('/a', (event) => order.push(event.type))
  directory.holdSyncs()
  const written = one.setData('/a', Buffer.from('1'), -1).then(() => order.push('setData'))
  const read = two.getData('/a').then(({ data }) => order.push(`read ${data?.toString()}`))
  await settle()
  assert.deepEqual(order, [])
  directory.releaseSyncs()
  await Promise.all([written, read])
  assert.deepEqual(order, ['NodeDataChanged', 'setData', 'read 1'])
  await server.close()
})

test('a read that shows nothing unsynced does not wait', async () => {
  const { server, directory, connect } = await startTestServer()
  const one = await connect()
  directory.holdSyncs()
  assert.notEqual(await one.exists('/zookeeper'), null)
  directory.releaseSyncs()
  await server.close()
})

test('a silent session expires at the tick after its timeout, a heard one does not', async () => {
  const { server, ports } = await startTestServer()
  const silent = connectRaw(server)
  const heard = connectRaw(server)
  await settle()
  silent.connection.submit({ kind: 'create', path: '/gone', data: null, mode: 'ephemeral' }, () => {})
  heard.connection.submit({ kind: 'exists', path: '/gone', watch: true }, () => {})
  ports.advance(8000)
  heard.connection.submit({ kind: 'ping' }, () => {})
  await settle()
  assert.deepEqual(silent.log, ['connected'])
  ports.advance(3000)
  await settle()
  assert.deepEqual(silent.log, ['connected', 'expired'])
  assert.deepEqual(heard.log, ['connected', 'NodeDeleted /gone'])
  await server.close()
})

test('a session that has ended does nothing more, even before its client hears of it', async () => {
  const { server, directory, connect } = await startTestServer()
  const client = await connect()
  const other = await connect()
  directory.holdSyncs()
  server.expireSession(client.sessionId)
  const late = client.create('/late', null, { mode: 'ephemeral' })
  await settle()
  assert.equal(client.state, 'connected')
  directory.releaseSyncs()
  await assert.rejects(late, { code: 'SESSIONEXPIRED' })
  assert.equal(await other.exists('/late'), null)
  assert.equal(server.status().ephemeralCount, 0)
  await server.close()
})

test('a server that stood still gives everyone the time back', async () => {
  const { server, ports } = await startTestServer()
  const session = connectRaw(server)
  await settle()
  const { clock } = ports
  let jumpMs = 0
  Object.defineProperty(ports, 'clock', {
    value: { nowMs: () => clock.nowMs() + jumpMs, monotonicMs: () => clock.monotonicMs() + jumpMs },
  })
  jumpMs = 60_000
  ports.advance(3000)
  await settle()
  assert.deepEqual(session.log, ['connected'])
  ports.advance(12_000)
  await settle()
  assert.deepEqual(session.log, ['connected', 'expired'])
  await server.close()
})

test('the session of a client in the same process needs no heartbeat', async () => {
  const { server, ports, connect } = await startTestServer()
  const client = await connect({ sessionTimeoutMs: 6000 })
  ports.advance(600_000)
  await client.sync('/')
  assert.equal(client.state, 'connected')
  await server.close()
})

test('timeouts are granted within 2 and 20 ticks', async () => {
  const { server, connect } = await startTestServer({ tickTimeMs: 1000 })
  assert.equal((await connect({ sessionTimeoutMs: 1 })).sessionTimeoutMs, 2000)
  assert.equal((await connect({ sessionTimeoutMs: 18_000 })).sessionTimeoutMs, 18_000)
  assert.equal((await connect({ sessionTimeoutMs: 900_000 })).sessionTimeoutMs, 20_000)
  await server.close()
})

test('sessions survive a restart with a full timeout of grace, their passwords too', async () => {
  const { server, directory, ports } = await startTestServer()
  const before = connectRaw(server)
  await settle()
  const session = before.session()
  before.connection.submit({ kind: 'create', path: '/e', data: null, mode: 'ephemeral' }, () => {})
  await settle()
  ports.advance(6000)
  const restarted = await ZooKeeperServer.start({ directory: directory.crashed(), ports })
  assert.equal(restarted.status().ephemeralCount, 1)
  ports.advance(8000)
  const again = connectRaw(restarted, session)
  await settle()
  assert.deepEqual(again.log, ['connected'])
  assert.equal(again.session().sessionId, session.sessionId)
  ports.advance(12_000)
  await settle()
  assert.deepEqual(again.log, ['connected', 'expired'])
  assert.equal(restarted.status().ephemeralCount, 0)
  await restarted.close()
})

test('re-attaching: a wrong password or unknown session is expired, a valid one closes the older connection', async () => {
  const { server } = await startTestServer()
  const first = connectRaw(server)
  await settle()
  const session = first.session()
  const wrong = connectRaw(server, { ...session, password: Buffer.alloc(16, 7) })
  const unknown = connectRaw(server, { ...session, sessionId: 77n })
  await settle()
  assert.deepEqual(wrong.log, ['expired'])
  assert.deepEqual(unknown.log, ['expired'])
  assert.deepEqual(first.log, ['connected'])
  const second = connectRaw(server, session)
  await settle()
  assert.deepEqual(first.log, ['connected', 'lost'])
  assert.deepEqual(second.log, ['connected'])
  await server.close()
})

test('a client that has seen more than the server is turned away without an end of its session', async () => {
  const { server } = await startTestServer()
  const first = connectRaw(server)
  await settle()
  const ahead = connectRaw(server, { ...first.session(), lastZxidSeen: server.lastZxid + 1n })
  await settle()
  assert.deepEqual(ahead.log, ['lost'])
  await server.close()
})

test('session ids carry the server id and grow across restarts', async () => {
  const directory = new MemoryStoreDirectory()
  const first = await ZooKeeperServer.start({ directory, ports: new ManualPorts(1_700_000_000_000) })
  const a = connectRaw(first)
  await settle()
  await first.close()
  const second = await ZooKeeperServer.start({ directory, ports: new ManualPorts(1_700_000_001_000) })
  const b = connectRaw(second)
  await settle()
  assert.equal(a.session().sessionId >> 56n, 1n)
  assert(b.session().sessionId > a.session().sessionId)
  await second.close()
})

test('a failed disk: nobody is answered any more, connections are lost', async () => {
  const failures: unknown[] = []
  const { server, directory, connect } = await startTestServer({ onFailure: (error) => failures.push(error) })
  const client = await connect()
  directory.failWith(new Error('EIO'))
  await assert.rejects(client.create('/a', null), (error) => isZooKeeperError(error, 'CONNECTIONLOSS'))
  assert.equal(client.state, 'disconnected')
  assert.equal(failures.length, 1)
  await client.close()
  await server.close()
})

test('containers go when their last child has gone, TTL nodes when their time is over', async () => {
  const { server, ports, connect } = await startTestServer()
  const client = await connect()
  await client.create('/fresh', null, { mode: 'container' })
  await client.create('/used', null, { mode: 'container' })
  await client.create('/used/c', null)
  await client.create('/ttl', null, { mode: 'ttl', ttlMs: 90_000 })
  ports.advance(63_000)
  assert.notEqual(await client.exists('/used'), null)
  await client.delete('/used/c', -1)
  ports.advance(63_000)
  assert.equal(await client.exists('/used'), null)
  assert.equal(await client.exists('/ttl'), null)
  assert.equal((await client.exists('/fresh'))?.ephemeralOwner, 0n)
  await server.close()
})

test('TTL nodes are refused unless extended types are on', async () => {
  const { server, connect } = await startTestServer({ extendedTypesEnabled: false })
  const client = await connect()
  await assert.rejects(client.create('/t', null, { mode: 'ttl', ttlMs: 1 }), { code: 'UNIMPLEMENTED' })
  await server.close()
})

test('a closed server keeps its sessions; closing a client of a closed server settles', async () => {
  const { server, connect } = await startTestServer()
  const client = await connect()
  await server.close()
  await settle()
  assert.equal(client.state, 'disconnected')
  await client.close()
  assert.equal(client.state, 'closed')
})
