/** A client over TCP when servers come and go, and how its waits end. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startTcpServer, type TcpTestServer } from '../testing/tcp-server.js'
import type { ZooKeeper } from '../zookeeper.js'
import { connectZooKeeper } from './connect-zookeeper.js'
import { ensureChroot } from './ensure-chroot.js'

async function start(t: TestContext, ...options: Parameters<typeof startTcpServer>): Promise<TcpTestServer> {
  const server = await startTcpServer(...options)
  t.after(() => server.stop())
  return server
}

function stateReached(client: ZooKeeper, state: string): Promise<void> {
  return new Promise((resolve) => {
    if (client.state === state) resolve()
    client.onStateChange((reached) => reached === state && resolve())
  })
}

test('a client finds the server of an ensemble that lives, and keeps its session, nodes and watches', async (t) => {
  const one = await start(t)
  const two = await start(t, {}, { endpoint: one.server })
  const client = await connectZooKeeper({
    connectString: `${one.connectString},${two.connectString}`,
    reconnectBackoffMs: 10,
  })
  const other = await connectZooKeeper({ connectString: two.connectString })
  const { sessionId } = client
  await client.create('/mine', null, { mode: 'ephemeral' })
  const events: string[] = []
  await client.getData('/mine', ({ type }) => events.push(type))
  await one.listener.close()
  await stateReached(client, 'connected')
  await other.setData('/mine', Buffer.from('x'), -1)
  await client.sync('/')
  assert.deepEqual(events, ['NodeDataChanged'])
  assert.equal(client.sessionId, sessionId)
  assert.equal((await other.exists('/mine'))?.ephemeralOwner, sessionId)
  await Promise.all([client.close(), other.close()])
})

test('many watches are told to a new connection in several requests', async (t) => {
  const { server, connectString } = await start(t)
  const client = await connectZooKeeper({ connectString, reconnectBackoffMs: 10 })
  const name = 'n'.repeat(1000)
  const events: string[] = []
  for (let index = 0; index < 400; index++) await client.exists(`/${name}${index}`, ({ path }) => events.push(path))
  const disconnected = stateReached(client, 'disconnected')
  server.dropConnection(client.sessionId)
  await disconnected
  await stateReached(client, 'connected')
  const other = await connectZooKeeper({ connectString })
  for (const index of [0, 399]) await other.create(`/${name}${index}`, null)
  await client.sync('/')
  assert.deepEqual(events, [`/${name}0`, `/${name}399`])
  await Promise.all([client.close(), other.close()])
})

test('a server that accepts and says nothing is left for the next', async (t) => {
  const { connectString } = await start(t)
  const mute = createServer(() => {})
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  t.after(() => mute.close())
  const address = mute.address()
  assert.ok(typeof address === 'object' && address !== null)
  const servers = `127.0.0.1:${address.port},${connectString}`
  // Whichever is tried first: the mute one costs half of the session's time.
  for (let round = 0; round < 3; round++) {
    const client = await connectZooKeeper({ connectString: servers, sessionTimeoutMs: 400, connectTimeoutMs: 20_000 })
    await client.close()
  }
})

test('a server that falls silent is given up before the session is over', async (t) => {
  const { server, connectString } = await start(t, { tickTimeMs: 100 })
  const client = await connectZooKeeper({ connectString, sessionTimeoutMs: 600, reconnectBackoffMs: 10 })
  const states: string[] = []
  client.onStateChange((state) => states.push(state))
  // Heartbeats alone keep it for a few timeouts.
  const other = await connectZooKeeper({ connectString, sessionTimeoutMs: 600 })
  await client.create('/mine', null, { mode: 'ephemeral' })
  await new Promise<void>((resolve) => {
    let beats = 0
    const timer = setInterval(() => {
      beats++
      if (beats < 20) return
      clearInterval(timer)
      resolve()
    }, 100)
  })
  assert.deepEqual(states, [])
  assert.notEqual(await other.exists('/mine'), null)
  assert.equal(server.status().sessionCount, 2)
  await Promise.all([client.close(), other.close()])
})

test('a session that nobody gives ends the wait at its time, or when its signal says so', async (t) => {
  const server = await start(t)
  await server.listener.close()
  const { connectString } = server
  await assert.rejects(connectZooKeeper({ connectString, connectTimeoutMs: 100 }), { code: 'CONNECTIONLOSS' })
  await assert.rejects(connectZooKeeper({ connectString, signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
  await assert.rejects(connectZooKeeper({ connectString, signal: AbortSignal.abort() }), { name: 'AbortError' })
})

test('a wait ends with its signal, and the session goes on', async (t) => {
  const { server, listener, connectString } = await start(t)
  const client = await connectZooKeeper({ connectString, reconnectBackoffMs: 10 })
  const disconnected = stateReached(client, 'disconnected')
  await listener.close()
  await disconnected
  await assert.rejects(client.withSignal(AbortSignal.timeout(20)).create('/never', null), { name: 'TimeoutError' })
  await assert.rejects(client.withSignal(AbortSignal.abort()).create('/never', null), { name: 'AbortError' })
  const again = await start(t, {}, { endpoint: server, port: Number(connectString.split(':')[1]) })
  await stateReached(client, 'connected')
  assert.equal(await client.exists('/never'), null)
  await client.close()
  await again.listener.close()
})

test('an earlier session is come back to with its id and password, or told to be over', async (t) => {
  const { server, connectString } = await start(t)
  const first = await connectZooKeeper({ connectString })
  await first.create('/mine', null, { mode: 'ephemeral' })
  const session = { id: first.sessionId, password: first.sessionPassword }
  const second = await connectZooKeeper({ connectString, session })
  assert.equal(second.sessionId, first.sessionId)
  await second.close()
  assert.equal(server.status().ephemeralCount, 0)
  await assert.rejects(connectZooKeeper({ connectString, session }), { code: 'SESSIONEXPIRED' })
  await first.close()
})

test('a chroot is made where it is missing, by a session that is gone then', async (t) => {
  const { server, connectString } = await start(t)
  const connect = (root: string) => connectZooKeeper({ connectString: root })
  for (let round = 0; round < 2; round++) await ensureChroot(`${connectString}/a/b`, connect)
  await ensureChroot(connectString, () => assert.fail('there is none'))
  assert.equal(server.status().sessionCount, 0)
  const below = await connectZooKeeper({ connectString: `${connectString}/a/b` })
  assert.deepEqual((await below.getChildren('/')).children, [])
  await below.close()
})
