import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parseServerConfig } from '../config/parse-server-config.js'
import { ZooKeeperThread } from './zookeeper-thread.js'

function thread(t: TestContext): ZooKeeperThread {
  const started = new ZooKeeperThread({
    log: () => {},
    onFailure: (error) => {
      throw error
    },
  })
  t.after(() => started.close())
  return started
}

async function serverConfig(t: TestContext, properties: Readonly<Record<string, string>> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'zookeeper-thread-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const all = { dataDir, clientPort: '0', clientPortAddress: '127.0.0.1', 'admin.enableServer': 'false', ...properties }
  return parseServerConfig(new Map(Object.entries(all)))
}

test('an owner whose loop stands still for several timeouts loses no session, and hears all that happened', async (t) => {
  const servers = thread(t)
  const { port } = await servers.startServer(await serverConfig(t, { tickTime: '50' }), { isPortPreferred: false })
  const sessions = thread(t)
  const connectString = `127.0.0.1:${port}`
  const client = await sessions.connect({ connectString, sessionTimeoutMs: 300 })
  const states: string[] = []
  client.onStateChange((state) => states.push(state))
  await client.create('/mine', null, { mode: 'ephemeral' })
  const events: string[] = []
  await client.getData('/mine', ({ type }) => events.push(type))
  const changed = client.setData('/mine', Buffer.from('x'), 0)
  await new Promise((resolve) => setImmediate(resolve))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
  assert.equal((await changed).version, 1)
  assert.deepEqual(events, ['NodeDataChanged'])
  assert.equal((await client.exists('/mine'))?.ephemeralOwner, client.sessionId)
  assert.deepEqual(states, [])
  await client.close()
})

test('a server in a thread keeps its sessions and its port over a restart, and refuses a taken port', async (t) => {
  const first = thread(t)
  const config = await serverConfig(t)
  const { port } = await first.startServer(config, { isPortPreferred: false })
  assert.ok(port !== undefined)
  const clients = thread(t)
  const client = await clients.connect({ connectString: `127.0.0.1:${port}`, reconnectBackoffMs: 20 })
  await client.create('/mine', null, { mode: 'ephemeral' })
  const second = thread(t)
  const elsewhere = await serverConfig(t, { clientPort: String(port) })
  await assert.rejects(second.startServer(elsewhere, { isPortPreferred: false }), { code: 'EADDRINUSE' })
  const free = await second.startServer(elsewhere, { isPortPreferred: true })
  assert.notEqual(free.port, port)
  await first.close()
  const third = thread(t)
  await third.startServer({ ...config, clientPort: port }, { isPortPreferred: false })
  assert.equal((await client.exists('/mine'))?.ephemeralOwner, client.sessionId)
  await client.close()
})

test('a thread that is closed ends the waits of its sessions', async (t) => {
  const servers = thread(t)
  const { port } = await servers.startServer(await serverConfig(t), { isPortPreferred: false })
  const sessions = thread(t)
  const client = await sessions.connect({ connectString: `127.0.0.1:${port}` })
  // It is answered, or it is not.
  const waiting = client.getData('/zookeeper').catch((error: { code?: string }) => error.code)
  await sessions.close()
  const outcome = await waiting
  if (typeof outcome === 'string') assert.equal(outcome, 'CONNECTIONLOSS')
  await assert.rejects(client.getData('/zookeeper'), { code: 'CONNECTIONLOSS' })
  assert.equal(client.state, 'closed')
})

test('a connection that is not given in time, or not waited for, leaves nothing behind', async (t) => {
  const sessions = thread(t)
  const nobody = { connectString: '127.0.0.1:1' }
  await assert.rejects(sessions.connect({ ...nobody, connectTimeoutMs: 100 }), { code: 'CONNECTIONLOSS' })
  await assert.rejects(sessions.connect({ ...nobody, signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
  await assert.rejects(sessions.connect({ connectString: 'a:b:c' }), { code: 'BADARGUMENTS' })
})
