// Many of everything on one server of ours: 1,000 sessions with 10,000 ephemeral nodes and 100,000 watches. Every watch is
// told once; sessions that fall silent together end together.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectZooKeeper } from '../../packages/zookeeper/dist/index.js'
import { inMebibytes, mebibyte, residentBytes } from '../lib/process-memory.mjs'
import { until } from '../lib/programs.mjs'
import { Client } from './client.mjs'
import { fourLetterWord, startServer } from './servers.mjs'

const sessionCount = 1000
const ephemeralsPerSession = 10
const nodeCount = 1000
const watchesPerSession = 100
const tickMs = 2000
const sessionTimeoutMs = 10_000
const allowedBytes = 400 * mebibyte

test('1,000 sessions, 10,000 ephemeral nodes, 100,000 watches', { timeout: 180_000 }, async (t) => {
  const server = await startServer('millrace', { properties: { tickTime: tickMs } })
  const observer = await connectZooKeeper({ connectString: server.address })
  const clients = []
  const report = async (what, work) => {
    const startedAt = performance.now()
    await work()
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    t.diagnostic(`${what}: ${seconds} s, resident ${inMebibytes(residentBytes(server.pid))}`)
  }
  try {
    await observer.create('/nodes', null)
    await observer.create('/ephemeral', null)
    await Promise.all(numbers(nodeCount).map((number) => observer.create(`/nodes/${number}`, null)))
    await report('sessions', () => openSessions(server, clients))
    await report('ephemeral nodes', () => createEphemerals(clients))
    const { children } = await observer.getChildren('/ephemeral')
    assert.equal(children.length, sessionCount * ephemeralsPerSession)
    const events = clients.map((client) => record(client))
    await report('watches', () => watch(clients))
    assert.match(
      await fourLetterWord(server.port, 'wchs'),
      /^1000 connections watching 1000 paths\nTotal watches:100000/,
    )
    await report('a change of each node, until all have heard of it', async () => {
      await Promise.all(numbers(nodeCount).map((number) => observer.setData(`/nodes/${number}`, null, -1)))
      await Promise.all(clients.map((client) => client.ask({ kind: 'sync', path: '/' })))
    })
    for (const [index, heard] of events.entries()) {
      const expected = watched(index).map((path) => `NodeDataChanged ${path}`)
      assert.deepEqual(heard.sort(), expected.sort(), `client ${index}`)
    }
    await silence(t, observer, clients, server)
    const counts = await fourLetterWord(server.port, 'mntr')
    assert.match(counts, /^zk_global_sessions\t1$/m)
    assert.match(counts, /^zk_ephemerals_count\t0$/m)
    assert.match(counts, /^zk_watch_count\t1$/m)
    assert.ok(residentBytes(server.pid) < allowedBytes)
  } finally {
    for (const client of clients) if (client.isConnected) await client.close()
    await observer.close()
    await server.dispose()
  }
})

async function openSessions(server, clients) {
  for (let batch = 0; batch < sessionCount; batch += 100) {
    const opened = numbers(100).map(() => Client.connect(server.port, { sessionTimeoutMs }))
    clients.push(...(await Promise.all(opened)))
  }
}

async function createEphemerals(clients) {
  await Promise.all(
    clients.flatMap((client, index) =>
      numbers(ephemeralsPerSession).map((number) =>
        succeed(client, { kind: 'create', path: `/ephemeral/${index}-${number}`, data: null, mode: 'ephemeral' }),
      ),
    ),
  )
}

async function watch(clients) {
  await Promise.all(
    clients.flatMap((client, index) =>
      watched(index).map((path) => succeed(client, { kind: 'getData', path, watch: true })),
    ),
  )
}

/** The nodes that a session watches: each is watched by as many. */
function watched(index) {
  return numbers(watchesPerSession).map((number) => `/nodes/${(index * watchesPerSession + number) % nodeCount}`)
}

function record(client) {
  const heard = []
  client.onEvent = ({ type, path }) => heard.push(`${type} ${path}`)
  return heard
}

/** All are heard of a last time, and then their connections break. */
async function silence(t, observer, clients, server) {
  let gone = 0
  let firstAt = 0
  await observer.addWatch('/ephemeral', 'persistent-recursive', () => {
    if (gone++ === 0) firstAt = performance.now()
  })
  const from = performance.now()
  await Promise.all(clients.map((client) => client.ask({ kind: 'sync', path: '/' })))
  const to = performance.now()
  for (const client of clients) client.cut()
  const all = sessionCount * ephemeralsPerSession
  await until(() => gone === all, { what: 'the end of all sessions', timeoutMs: sessionTimeoutMs * 3, everyMs: 20 })
  const lastAt = performance.now()
  t.diagnostic(
    `sessions of ${sessionTimeoutMs} ms ended after ${(firstAt - to).toFixed(0)} to ${(lastAt - to).toFixed(0)} ms, ` +
      `resident ${inMebibytes(residentBytes(server.pid))}`,
  )
  assert.ok(firstAt - from >= sessionTimeoutMs, 'too early')
  assert.ok(lastAt - to <= sessionTimeoutMs + 2 * tickMs, 'later than two ticks')
}

async function succeed(client, request) {
  const reply = await client.ask(request)
  assert.notEqual(reply.kind, 'error', `${request.kind} ${request.path}: ${reply.error}`)
}

function numbers(count) {
  return Array.from({ length: count }, (_, number) => number)
}
