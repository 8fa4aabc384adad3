// `kill -9` of our server under load, again and again, with snapshots and new logs all the while. After each start: what was
// acknowledged is there, what was deleted stays away, a multi is there as a whole or not at all, no sequence number was
// given twice, and the sessions live on with their ephemeral nodes and their watches, each of which tells its change once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectZooKeeper, isZooKeeperError } from '../../packages/zookeeper/dist/index.js'
import { seeded } from '../durability/random.mjs'
import { until } from '../lib/programs.mjs'
import { startServer } from './servers.mjs'

const rounds = Number(process.env.INTEROP_KILL_ROUNDS ?? 20)
const seed = Number(process.env.INTEROP_SEED ?? Math.floor(Math.random() * 2 ** 31))
const clientCount = 3
const workersPerClient = 6
const lifeMs = { least: 150, most: 700 }
const folders = ['/plain', '/sequential', '/ephemeral', '/multi', '/counters', '/watched', '/born']

test(`kill -9 under load, ${rounds} times, seed ${seed}`, { timeout: 120_000 + rounds * 10_000 }, async (t) => {
  const random = seeded(seed)
  const server = await startServer('millrace', { properties: { snapCount: 1000 } })
  const connect = () => connectZooKeeper({ connectString: server.address, sessionTimeoutMs: 40_000 })
  const clients = await Promise.all(Array.from({ length: clientCount }, connect))
  const observer = await connect()
  try {
    for (const folder of folders) await observer.create(folder, null)
    const writers = clients.map((client, index) => new Writer(client, index, random))
    for (const writer of writers) await writer.prepare()
    let outageMs = 0
    for (let round = 0; round < rounds; round++) {
      const watches = await Promise.all(writers.map((writer) => writer.watch(round)))
      for (const writer of writers) writer.start()
      await new Promise((resolve) => setTimeout(resolve, lifeMs.least + random.below(lifeMs.most - lifeMs.least)))
      await server.kill()
      const killedAt = performance.now()
      for (const writer of writers) await writer.stop()
      await server.start()
      await Promise.all(clients.map((client) => repeated(() => client.sync('/'))))
      outageMs = Math.max(outageMs, performance.now() - killedAt)
      await check(observer, writers, round)
      for (const each of watches) await each.check(observer)
    }
    const sum = (key) => writers.reduce((total, writer) => total + writer[key], 0)
    t.diagnostic(
      `${sum('acknowledged')} writes acknowledged, ${sum('unknown')} of unknown outcome; out for ${outageMs.toFixed(0)} ms at most`,
    )
    assert.ok(sum('acknowledged') > rounds * 50, 'there was no load')
  } finally {
    await Promise.all([...clients, observer].map((client) => client.close()))
    await server.dispose()
  }
})

/** One client's load, and what it knows of the outcome. */
class Writer {
  acknowledged = 0
  unknown = 0
  /** By path: whether it is there. What is not in it is not known. */
  known = new Map()
  /** Sequential nodes that were acknowledged. */
  sequential = []
  ephemeral = new Set()
  /** Names of multis that were tried. */
  multis = []
  counter = { path: '', acknowledged: 0, tried: 0 }
  sessionId
  #client
  #index
  #random
  #next = 0
  #running = false
  #workers = []

  constructor(client, index, random) {
    this.#client = client
    this.#index = index
    this.#random = random
    this.sessionId = client.sessionId
  }

  async prepare() {
    this.counter.path = `/counters/${this.#index}`
    await this.#client.create(this.counter.path, Buffer.from('0'))
    await this.#client.create(`/watched/${this.#index}`, null)
  }

  /** A change that comes after the kill must be told once, by each of three kinds of watch. */
  async watch(round) {
    const [changed, born] = [`/watched/${this.#index}`, `/born/${this.#index}-${round}`]
    const events = []
    const heard = ({ type, path }) => events.push(`${type} ${path}`)
    await this.#client.getData(changed, heard)
    await this.#client.exists(born, heard)
    await this.#client.addWatch(born, 'persistent', heard)
    const client = this.#client
    return {
      async check(observer) {
        await observer.create(born, null)
        await observer.setData(changed, null, -1)
        await observer.setData(changed, null, -1)
        await client.sync('/')
        assert.deepEqual(events.sort(), [`NodeCreated ${born}`, `NodeDataChanged ${changed}`])
        await client.removeWatch(born, heard)
      },
    }
  }

  start() {
    this.#running = true
    this.#workers = Array.from({ length: workersPerClient }, () => this.#work())
    this.#workers.push(this.#count())
  }

  async stop() {
    this.#running = false
    await Promise.all(this.#workers)
  }

  get name() {
    return `${this.#index}-`
  }

  async #work() {
    while (this.#running && this.#client.state === 'connected') {
      const number = `${this.name}${this.#next++}`
      switch (this.#random.below(5)) {
        case 0:
          await this.#tell(`/sequential/${this.name}`, { mode: 'persistent-sequential' }, (path) =>
            this.sequential.push(path),
          )
          break
        case 1:
          await this.#tell(`/ephemeral/${number}`, { mode: 'ephemeral' }, (path) => this.ephemeral.add(path))
          break
        case 2:
          this.multis.push(number)
          await this.#try(async () => {
            await this.#client.multi([
              { kind: 'create', path: `/multi/${number}-a`, data: null },
              { kind: 'setData', path: `/multi/${number}-a`, data: Buffer.alloc(100), version: 0 },
              { kind: 'create', path: `/multi/${number}-b`, data: null },
            ])
            this.known.set(`/multi/${number}-a`, true)
          })
          break
        case 3:
          await this.#delete()
          break
        default:
          await this.#tell(`/plain/${number}`, {}, (path) => this.known.set(path, true))
      }
    }
  }

  #tell(path, options, onCreated) {
    return this.#try(async () => onCreated((await this.#client.create(path, Buffer.from(path), options)).path))
  }

  async #delete() {
    const [path] = [...this.known].find(([each, isThere]) => isThere && each.startsWith('/plain')) ?? []
    if (path === undefined) return
    this.known.delete(path)
    await this.#try(async () => {
      await this.#client.delete(path, 0)
      this.known.set(path, false)
    })
  }

  /** The counter grows by one, never twice: its version is its value. */
  async #count() {
    while (this.#running && this.#client.state === 'connected') {
      const { path, acknowledged } = this.counter
      this.counter.tried = acknowledged + 1
      await this.#try(async () => {
        await this.#client.setData(path, Buffer.from(`${acknowledged + 1}`), acknowledged)
        this.counter.acknowledged++
      })
    }
  }

  async #try(write) {
    try {
      await write()
      this.acknowledged++
    } catch (error) {
      if (!isZooKeeperError(error, 'CONNECTIONLOSS')) throw error
      this.unknown++
    }
  }
}

async function check(observer, writers, round) {
  const there = new Set()
  for (const folder of folders) {
    for (const name of (await observer.getChildren(folder)).children) there.add(`${folder}/${name}`)
  }
  const where = `after kill ${round + 1}`
  const given = new Set()
  for (const writer of writers) {
    for (const [path, isThere] of writer.known) assert.equal(there.has(path), isThere, `${path} ${where}`)
    for (const path of writer.sequential) {
      assert.ok(there.has(path), `${path} is lost ${where}`)
      const number = path.slice(-10)
      assert.ok(!given.has(number), `sequence number ${number} was given twice ${where}`)
      given.add(number)
    }
    const owned = await ownedBy(observer, writer)
    for (const path of writer.ephemeral) assert.ok(owned.has(path), `${path} is not its session's ${where}`)
    for (const name of writer.multis) {
      assert.equal(there.has(`/multi/${name}-a`), there.has(`/multi/${name}-b`), `half of multi ${name} ${where}`)
    }
    await checkCounter(observer, writer.counter, where)
  }
}

async function checkCounter(observer, counter, where) {
  const { data, stat } = await observer.getData(counter.path)
  const value = Number(data.toString())
  assert.equal(stat.version, value)
  assert.ok(value >= counter.acknowledged && value <= counter.tried, `${counter.path} is ${value} ${where}`)
  counter.acknowledged = value
}

/** Paths of the ephemeral nodes that the client's first session still owns. */
async function ownedBy(observer, { ephemeral, sessionId }) {
  const paths = [...ephemeral]
  const stats = await Promise.all(paths.map((path) => observer.exists(path)))
  return new Set(paths.filter((_, index) => stats[index]?.ephemeralOwner === sessionId))
}

/** Until the connection is there again. */
async function repeated(ask) {
  await until(
    async () => {
      await ask()
      return true
    },
    { everyMs: 5, timeoutMs: 30_000 },
  )
}
