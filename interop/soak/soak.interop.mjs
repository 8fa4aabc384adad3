// Everything that a broker is asked to bear, for as long as MILLRACE_SOAK_MINUTES says (1 by default): the mixed load of
// the durability suite, a client library's producer and consumer, consumers that stop reading, malformed requests,
// connections that come and go; with kill -9, SIGTERM and SIGSTOP at random. After each restart every invariant
// is checked. Reports resident memory over time: it must not grow from one minute of a life to the next without bound.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { test } from 'node:test'
import { KafkaConsumer } from '../../packages/client/dist/index.js'
import { seeded } from '../durability/random.mjs'
import { Workload } from '../durability/workload.mjs'
import { startImpatientClients } from '../faults/impatient-clients.mjs'
import { startBroker } from '../lib/brokers.mjs'
import { inMebibytes, mebibyte, residentBytes } from '../lib/process-memory.mjs'
import { apis, createTopics, fetchBody, RawClient } from '../lib/raw.mjs'

const minutes = Number(process.env.MILLRACE_SOAK_MINUTES ?? 1)
const seed = Number(process.env.INTEROP_SEED ?? Date.now() % 1_000_000)
const longestLifeSeconds = Math.max(10, Math.min(120, minutes * 12))
const allowedBytes = 400 * mebibyte
const properties = {
  'log.segment.delete.delay.ms': 500,
  'log.retention.check.interval.ms': 5000,
  'auto.create.topics.enable': false,
}

test(`${minutes} minutes of everything, with kill -9 (seed ${seed})`, {
  timeout: (minutes + 5) * 60_000,
}, async (t) => {
  const random = seeded(seed)
  const broker = await startBroker({ properties })
  t.after(() => broker.dispose())
  const admin = await RawClient.connect(broker.bootstrap)
  await createTopics(admin, [{ name: 'library', partitions: 1 }])
  admin.close()
  const workload = new Workload(broker.bootstrap, random)
  await workload.prepare()
  const library = await startImpatientClients(broker.bootstrap, 'library')
  const endAt = performance.now() + minutes * 60_000
  let lives = 0
  let peak = 0
  while (performance.now() < endAt) {
    const seconds = 5 + random.below(longestLifeSeconds - 5)
    const memory = await live(broker, workload, random, Math.min(seconds * 1000, endAt - performance.now()))
    peak = Math.max(peak, ...memory)
    const way = await end(broker, random)
    await workload.ended()
    await broker.start()
    const when = `seed ${seed}, life ${lives++} (${way} after ${seconds} s)`
    await workload.verify(when, { dataDir: broker.dataDir, groupsHaveMoved: true })
    assert.deepEqual(broker.output.match(/^\[.*\] (ERROR|FATAL).*$/gm) ?? [], [], when)
    t.diagnostic(
      `life ${lives}: ${seconds} s, ${way}; resident ${memory.map((bytes) => Math.round(bytes / mebibyte)).join(' ')} MiB`,
    )
  }
  await library.stop().catch(async (error) => {
    // Lost, or not read? The log tells.
    const values = await valuesOf(broker.bootstrap, 'library')
    const lost = library.missing().filter((value) => !values.has(value))
    throw new Error(`${error.message}; of ${library.missing().length} not consumed ${lost.length} are not in the log`)
  })
  assert.deepEqual(library.missing(), [], 'records of the client library')
  t.diagnostic(
    `${lives} lives; answered: ${JSON.stringify(workload.acknowledged)}; library: ${library.consumed.size} records`,
  )
  assert.ok(peak < allowedBytes, `resident memory reached ${inMebibytes(peak)}`)
})

/** What is in the one partition of a topic. */
async function valuesOf(bootstrap, topic) {
  const values = new Set()
  const consumer = new KafkaConsumer({ 'bootstrap.servers': bootstrap })
  const partition = { topic, partition: 0 }
  consumer.assign([partition])
  consumer.seekToBeginning([partition])
  const end = (await consumer.endOffsets([partition])).get(partition)
  while ((await consumer.position(partition)) < end) {
    for (const record of await consumer.poll({ timeoutMs: 1000 })) values.add(String(record.value))
  }
  await consumer.close()
  return values
}

/** One life under load; resolves to samples of resident memory, one for every tenth of it. */
async function live(broker, workload, random, ms) {
  let failed
  workload.start((error) => {
    failed ??= error
  })
  const nuisances = startNuisances(broker, random)
  const memory = []
  for (let n = 0; n < 10; n++) {
    await sleep(ms / 10)
    if (failed !== undefined) throw failed
    memory.push(residentBytes(broker.pid))
  }
  nuisances.stop()
  return memory
}

async function end(broker, random) {
  const way = random.pick(['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGSTOP'])
  if (way === 'SIGTERM') await broker.stop()
  else {
    if (way === 'SIGSTOP') {
      broker.signal('SIGSTOP')
      await sleep(2000)
    }
    await broker.kill()
  }
  return way
}

/** Clients that read nothing, send rubbish, or come and go, now and then. */
function startNuisances(broker, random) {
  const sockets = new Set()
  const attack = random.pick([rubbish, silence, unread])
  const timer = setInterval(() => attack(broker, sockets), 50)
  return {
    stop() {
      clearInterval(timer)
      for (const socket of sockets) socket.destroy()
    },
  }
}

function rubbish(broker, sockets) {
  openSocket(broker, sockets).end(randomBytes(64))
}

function silence(broker, sockets) {
  const socket = openSocket(broker, sockets)
  setTimeout(() => socket.destroy(), 1000)
}

/** Big fetches whose answers are left lying, on up to twenty connections. */
function unread(broker, sockets) {
  if (sockets.size >= 20) return
  const placeholder = { destroy() {} }
  sockets.add(placeholder)
  RawClient.connect(broker.bootstrap).then(
    (client) => {
      client.stopReading()
      for (let n = 0; n < 20; n++) client.request(apis.Fetch, 12, fetchBody('library', 0, { maxBytes: 10 * mebibyte }))
      placeholder.destroy = () => client.close()
    },
    () => sockets.delete(placeholder),
  )
}

function openSocket(broker, sockets) {
  const socket = connect(broker.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.once('close', () => sockets.delete(socket))
  socket.resume()
  sockets.add(socket)
  return socket
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
