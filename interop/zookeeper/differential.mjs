// The same random operations on Apache ZooKeeper 3.8 and on ours, step by step, by our client over TCP: the same results,
// errors, stats and transaction ids, and for each client the same notifications at the same places between its replies.
// A difference is reported with the shortest run that still shows one.
//
// Sessions are compared by who opened them, times by whether they are close. Children, identities, the entries of an ACL
// and the ephemeral nodes that go with a session have no order (Apache's is that of a Java hash table).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from './client.mjs'
import { clientCount, operations } from './operations.mjs'
import { startServer } from './servers.mjs'

const operationCount = Number(process.env.MILLRACE_ZK_OPERATIONS ?? 5000)
const seed = Number(process.env.INTEROP_SEED ?? Math.floor(Math.random() * 2 ** 31))
const clockSlackMs = 10_000
/** How far apart the points are at which all must have been told. */
const stepsPerBarrier = 10
const recentMax = 60
const shrinkLimitMs = Number(process.env.INTEROP_SHRINK_MS ?? 120_000)

const properties = {
  forceSync: 'no',
  extendedTypesEnabled: true,
  'znode.container.checkIntervalMs': 86_400_000,
}

/** Three clients of one server. */
class Side {
  #server
  #clients = []
  /** By session id: `client.incarnation`. */
  #sessions = new Map()
  #opened = 0
  /** What each client has seen since the last comparison, in order. */
  logs = Array.from({ length: clientCount }, () => [])
  recent = []

  static async start(kind) {
    const side = new Side()
    side.#server = await startServer(kind, { properties })
    for (let client = 0; client < clientCount; client++) await side.#open(client)
    return side
  }

  async dispose() {
    for (const client of this.#clients) {
      if (client.session.state === 'disconnected') await client.reconnect()
      await client.close()
    }
    await this.#server.dispose()
  }

  isConnected(client) {
    return this.#clients[client].isConnected
  }

  /** Does one step; resolves to what it says, as a string to compare. */
  async step({ client, action, request }) {
    switch (action) {
      case 'ask':
        return await this.#ask(client, request)
      case 'cut':
        this.#clients[client].cut()
        return action
      case 'reconnect':
        await this.#clients[client].reconnect()
        return this.#clients[client].session.state
      default:
        await this.#clients[client].close()
        await this.#open(client)
        return action
    }
  }

  /** Until every client that is connected has heard of everything. */
  async barrier() {
    const connected = this.#clients.filter(({ isConnected }) => isConnected)
    await Promise.all(connected.map((client) => client.ask({ kind: 'sync', path: '/' })))
  }

  takeLogs() {
    const logs = this.logs
    this.logs = logs.map(() => [])
    return logs
  }

  async #open(client) {
    const opened = await Client.connect(this.#server.port)
    this.#sessions.set(opened.id, `${client}.${this.#opened++}`)
    opened.onEvent = ({ type, path }) => this.logs[client].push(`${type} ${path}`)
    this.#clients[client] = opened
  }

  async #ask(client, request) {
    const reply = await this.#clients[client].ask(resolvePaths(request, this.recent))
    this.logs[client].push(`reply to ${request.kind}`)
    this.#remember(request, reply)
    return this.#comparable(reply)
  }

  #remember(request, reply) {
    if (reply.kind !== 'created' || !request.mode.endsWith('sequential')) return
    this.recent.push(reply.path)
    if (this.recent.length > recentMax) this.recent.shift()
  }

  #comparable(reply) {
    if (reply.kind === 'children') reply.children.sort()
    if (reply.kind === 'paths') reply.paths.sort()
    if (reply.kind === 'identities') reply.identities.sort(byText)
    if (reply.kind === 'acl') reply.acl.sort(byText)
    if (reply.kind === 'multiRead') for (const { children } of reply.results) children?.sort()
    return JSON.stringify(reply, (key, value) => {
      if (key === 'ephemeralOwner') return value === 0n ? 0 : (this.#sessions.get(value) ?? `unknown ${value}`)
      if (key === 'ctime' || key === 'mtime') return value === 0 ? 0 : isRecent(value)
      return typeof value === 'bigint' ? Number(value) : value
    })
  }
}

function byText(a, b) {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}

function isRecent(timeMs) {
  return timeMs > startedMs - clockSlackMs && timeMs < Date.now() + clockSlackMs ? 'recent' : timeMs
}

const startedMs = Date.now()

function resolvePaths(request, recent) {
  const resolve = (path) => {
    if (typeof path === 'string') return path
    return recent.length === 0 ? '/none' : recent[path.recent % recent.length]
  }
  if ('path' in request) return { ...request, path: resolve(request.path) }
  if (!('operations' in request)) return request
  return { ...request, operations: request.operations.map((each) => ({ ...each, path: resolve(each.path) })) }
}

/** Runs steps on fresh servers; resolves to the first difference, or undefined. `steps` has `next()`. */
async function run(steps, count, tally) {
  const sides = []
  try {
    for (const kind of ['apache', 'millrace']) sides.push(await Side.start(kind))
    return await compare(sides, steps, count, tally)
  } finally {
    await Promise.all(sides.map((side) => side.dispose()))
  }
}

async function compare(sides, steps, count, tally = {}) {
  const done = []
  for (let index = 0; index < count; index++) {
    const step = steps.next()
    if (step === undefined) break
    done.push(step)
    const isConnected = sides[0].isConnected(step.client)
    // In a part of a run a step may not fit any more.
    if ((step.action === 'reconnect') === isConnected) continue
    const isEnd = step.action !== 'ask'
    const before = isEnd ? await eventDifference(sides, { tally }) : undefined
    if (before !== undefined) return { done, what: before }
    const [theirs, ours] = await Promise.all(sides.map((side) => side.step(step).catch(whatWasThrown)))
    if (theirs !== ours) return { done, what: { theirs, ours } }
    const { kind, error } = ours.startsWith('{') ? JSON.parse(ours) : { kind: ours }
    tally[error ?? kind] = (tally[error ?? kind] ?? 0) + 1
    const isBarrier = isEnd || index % stepsPerBarrier === 0 || index === count - 1
    const inOrder = step.action !== 'renew'
    const after = isBarrier ? await eventDifference(sides, { inOrder, tally }) : undefined
    if (after !== undefined) return { done, what: after }
  }
  return undefined
}

async function eventDifference(sides, { inOrder = true, tally = {} } = {}) {
  await Promise.all(sides.map((side) => side.barrier()))
  const [theirs, ours] = sides.map((side) => side.takeLogs().map((log) => (inOrder ? log : log.sort())))
  tally.events = (tally.events ?? 0) + ours.flat().filter((line) => line.startsWith('Node')).length
  for (let client = 0; client < clientCount; client++) {
    if (theirs[client].join('\n') === ours[client].join('\n')) continue
    return { client, ...aroundDifference(theirs[client], ours[client]) }
  }
  return undefined
}

/** A connection that its server has closed, for instance. */
function whatWasThrown(error) {
  return `${error}`
}

function aroundDifference(theirs, ours) {
  const first = theirs.findIndex((line, index) => line !== ours[index])
  const at = Math.max(0, (first === -1 ? theirs.length : first) - 3)
  return { theirs: theirs.slice(at, at + 8), ours: ours.slice(at, at + 8) }
}

/** Takes away what is not needed for a difference, larger parts first, until nothing can go or the time is over. */
async function shrink(steps, deadline) {
  let kept = steps
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      if (performance.now() > deadline) return kept
      const without = [...kept.slice(0, at), ...kept.slice(at + size)]
      const difference = await run(listed(without), without.length)
      if (difference === undefined) at += size
      else kept = difference.done
    }
  }
  return kept
}

function listed(steps) {
  const values = steps.values()
  return { next: () => values.next().value }
}

test(`${operationCount} random operations of three clients, seed ${seed}`, { timeout: 1_500_000 }, async (t) => {
  const startedAt = performance.now()
  const tally = {}
  const difference = await run(operations(seed), operationCount, tally)
  t.diagnostic(`${((performance.now() - startedAt) / 1000).toFixed(0)} s; ${JSON.stringify(tally)}`)
  if (difference === undefined) return
  const shortest = await shrink(difference.done, performance.now() + shrinkLimitMs)
  const lines = shortest.map((step) => JSON.stringify(step, readable))
  assert.fail(
    `INTEROP_SEED=${seed}: a difference after ${difference.done.length} steps:\n${show(difference.what)}\n` +
      `a run of ${lines.length} that shows one:\n${lines.join('\n')}`,
  )
})

function readable(_key, value) {
  return value?.type === 'Buffer' ? `${value.data.length} bytes` : value
}

function show(what) {
  return JSON.stringify(what, undefined, 2)
}
