// An Apache broker that ends in an orderly way while several batches of a producer are not answered. What it has written of each
// producer it keeps in a snapshot: the last batch alone, so that it refuses the others, which are written too, as out of order.
// Each must be in the log once.
import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '../../packages/client/dist/index.js'
import { startBroker } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'

const topic = 'restarted'
const at = { topic, partition: 0 }
const value = Array.from({ length: 9 }, (_, n) => `value ${n}`)

export async function cleanRestart(t, kind) {
  const proxy = await startProxy()
  t.after(() => proxy.close())
  const broker = await startBroker({
    kind,
    properties: (port) => {
      proxy.port = port
      return { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.ownPort}` }
    },
  })
  t.after(() => broker.dispose())
  const base = { 'bootstrap.servers': `127.0.0.1:${proxy.ownPort}` }
  const admin = new KafkaAdminClient(base)
  await admin.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 1 }])
  await admin.close()
  const producer = new KafkaProducer({ ...base, 'batch.size': 1, valueSerializer: Serdes.string })
  t.after(() => producer.close())
  const send = (from, to) => value.slice(from, to).map((one) => producer.send({ ...at, value: one }))
  await Promise.all(send(0, 3))

  proxy.mute()
  const unanswered = Promise.all(send(3, 8))
  await untilWritten(base, 8)
  proxy.refuse(true)
  await broker.stop()
  proxy.refuse(false)
  await broker.start()

  const offsets = (await unanswered).map(({ offset }) => offset)
  assert.deepEqual(offsets, [-1, -1, -1, -1, 7], 'of all but the last it is not known any more where they are')
  const [last] = await Promise.all(send(8, 9))
  assert.equal(last.offset, 8)
  assert.deepEqual(await valuesOf(base, value.length), value)
}

async function untilWritten(base, offset) {
  const watcher = new KafkaConsumer(base)
  try {
    const ends = async () => (await watcher.endOffsets([at])).get(at)
    await until(async () => (await ends()) === offset, { what: `${offset} records to be written`, timeoutMs: 20_000 })
  } finally {
    await watcher.close()
  }
}

async function valuesOf(base, count) {
  const consumer = new KafkaConsumer({ ...base, 'auto.offset.reset': 'earliest', valueDeserializer: Serdes.string })
  try {
    consumer.assign([at])
    const seen = []
    while (seen.length < count) for (const record of await consumer.poll()) seen.push(record.value)
    return seen
  } finally {
    await consumer.close()
  }
}

/** In front of the broker. `mute` drops the answers of all connections that are open, `refuse(true)` ends them and takes no others. */
async function startProxy() {
  const pairs = new Set()
  let isRefusing = false
  const proxy = {
    port: 0,
    mute: () => {
      for (const pair of pairs) pair.isMuted = true
    },
    refuse: (refuses) => {
      isRefusing = refuses
      if (refuses) endAll()
    },
    close: () => {
      endAll()
      server.close()
    },
  }
  const endAll = () => {
    for (const { client, broker } of pairs) for (const socket of [client, broker]) socket.destroy()
  }
  const server = createServer((client) => {
    if (isRefusing) {
      client.destroy()
      return
    }
    const broker = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true })
    const pair = { client, broker, isMuted: false }
    pairs.add(pair)
    for (const socket of [client, broker]) socket.on('error', () => {})
    client.on('data', (bytes) => broker.write(bytes))
    broker.on('data', (bytes) => pair.isMuted || client.write(bytes))
    client.on('close', () => broker.destroy())
    broker.on('close', () => {
      pairs.delete(pair)
      client.destroy()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.ownPort = server.address().port
  return proxy
}
