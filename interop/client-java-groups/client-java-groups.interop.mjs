// @millrace/client beside Java's clients on one Apache broker: both in one group, under every assignor and through a rolling
// upgrade; records of one read by the other, byte for byte; and keys that both send to the same partition.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, partitionForKey } from '../../packages/client/dist/index.js'
import { startBroker, target } from '../lib/brokers.mjs'
import { lines } from '../lib/java.mjs'
import { mustRun, until } from '../lib/programs.mjs'
import { codecs, writeRound } from '../lib/writer.mjs'
import { Crew, javaCommand } from './crew.mjs'

const partitions = 6
const recordsEach = 50
const keyCount = 10_000

const broker = await startBroker({
  kind: target === 'millrace' ? 'apache-3.9' : target,
  properties: { 'group.min.session.timeout.ms': 1000 },
  heapMb: 384,
})
const admin = new KafkaAdminClient({ 'bootstrap.servers': broker.bootstrap })
const producer = new KafkaProducer({ 'bootstrap.servers': broker.bootstrap })
test.after(async () => {
  await producer.close()
  await admin.close()
  await broker.dispose()
})

/** One that leads the group at first, one that comes later: of different lines. */
const crews = {
  range: ['kafka-2.5', 'kafka-4.x'],
  roundrobin: ['kafka-3.9', 'kafka-2.5'],
  sticky: ['kafka-4.x', 'kafka-3.9'],
  'cooperative-sticky': ['kafka-3.9', 'kafka-2.5'],
}

for (const [assignor, [first, second]] of Object.entries(crews)) {
  test(`one group, ${assignor}: Java ${first} and ${second}, and ours`, async (t) => {
    const group = await startGroup(t, assignor)
    const { crew, check } = group
    await t.test('Java alone', async () => {
      await crew.join('first', first, assignor)
      await check()
    })
    await t.test('ours joins, Java leads', async () => {
      await crew.join('ours', 'ours', assignor)
      await check()
    })
    await t.test('Java leaves: what it has committed is not read again', async () => {
      await crew.leave('first')
      await check()
    })
    await t.test('another Java joins, ours leads', async () => {
      await crew.join('second', second, assignor)
      await check()
    })
    await t.test('another one of ours joins', async () => {
      await crew.join('ours too', 'ours', assignor)
      await check()
    })
    await t.test('ours is killed', async () => {
      await crew.kill('ours')
      await check()
    })
    await t.test('ours leaves: Java takes over where it has committed', async () => {
      await crew.leave('ours too')
      await check()
    })
    await t.test('the admin client sees what all of them have committed', () => group.checkCommits())
  })
}

test('one group from range to cooperative-sticky, member by member', async (t) => {
  const { crew, check, checkCommits } = await startGroup(t, 'upgrade')
  const members = { java: 'kafka-3.9', ours: 'ours', 'old java': 'kafka-2.5' }
  for (const [name, kind] of Object.entries(members)) await crew.join(name, kind, 'range')
  await check()
  for (const assignors of ['cooperative-sticky,range', 'cooperative-sticky']) {
    for (const [name, kind] of Object.entries(members)) {
      await t.test(`${name} comes back with ${assignors}`, async () => {
        await crew.leave(name)
        await crew.join(name, kind, assignors)
        await check()
      })
    }
  }
  await checkCommits()
})

for (const line of lines) {
  test(`what the producer of Java ${line} writes is read as it was, whatever compresses it`, async () => {
    const topic = `from-${line}`
    const written = await writeRound({ line, broker, topic, round: 0, count: 300, transactions: false })
    for (const [partition, codec] of codecs.entries()) {
      const expected = written[partition].map(({ offset, timestamp, key, value, headers }) => {
        return { offset, timestamp, key, value, headers: headers.map((header) => [header.key, header.value]) }
      })
      assert.equal(expected.length, 300)
      assert.deepEqual(await readAll(topic, partition, inText), expected, codec)
    }
  })
  test(`what ours writes is read by Java ${line} as it was, whatever compresses it`, async () => {
    for (const codec of line === 'kafka-2.5' ? codecs : codecs.slice(-2)) {
      const topic = `for-${line}-${codec}`
      await admin.createTopics([{ name: topic, numPartitions: 1 }])
      const writer = new KafkaProducer({ 'bootstrap.servers': broker.bootstrap, 'compression.type': codec })
      const records = oddRecords()
      const sent = await writer.sendAll(records.map((record) => ({ topic, ...record })))
      await writer.close()
      const [command, args] = await javaCommand(line, 'Reader', [broker.bootstrap, topic])
      const read = (await mustRun(command, args)).trim().split('\n')
      const text = (bytes) => (bytes === null ? '-' : bytes.toString('base64'))
      const expected = records.map(({ key, value, timestamp, headers }, index) => {
        const shown = headers.map(([name, bytes]) => `${name}=${text(bytes)}`).join(';')
        return `${sent[index].offset} ${timestamp} ${text(key)} ${text(value)} ${shown}`.trimEnd()
      })
      assert.deepEqual(
        read.map((each) => each.trimEnd()),
        expected,
        codec,
      )
    }
  })
  test(`Java ${line} and ours send ${keyCount} random keys to the same partitions`, async () => {
    const [theirs, again] = [`keys-${line}`, `keys-again-${line}`]
    const numPartitions = 7
    await admin.createTopics([theirs, again].map((name) => ({ name, numPartitions })))
    const [command, args] = await javaCommand(
      line,
      'Keys',
      [broker.bootstrap, theirs, keyCount, Date.now()].map(String),
    )
    await mustRun(command, args)
    const used = new Map()
    for (let partition = 0; partition < numPartitions; partition++) {
      const keys = await readAll(theirs, partition, ({ key }) => key)
      used.set(partition, keys)
      for (const key of keys) assert.equal(partitionForKey(key, numPartitions), partition, key.toString('hex'))
    }
    const placed = [...used].flatMap(([partition, keys]) => keys.map((key) => ({ key, partition })))
    assert.equal(placed.length, keyCount)
    const results = await producer.sendAll(placed.map(({ key }) => ({ topic: again, key, value: Buffer.alloc(0) })))
    assert.deepEqual(
      results.map(({ partition }) => partition),
      placed.map(({ partition }) => partition),
    )
  })
}

/** A group on a topic of its own; `check` settles it and sends it records, each of which must be read once. */
async function startGroup(t, name) {
  const topic = `shared-${name}`
  await admin.createTopics([{ name: topic, numPartitions: partitions }])
  const crew = new Crew({ bootstrap: broker.bootstrap, group: `group-${name}`, topic, partitions })
  t.after(() => crew.dispose())
  const expected = []
  const check = async () => {
    await crew.settle()
    const round = Array.from({ length: partitions * recordsEach }, (_, n) => ({
      topic,
      partition: n % partitions,
      value: Buffer.from(`${n}`),
    }))
    for (const [n, { partition, offset }] of (await producer.sendAll(round)).entries()) {
      expected.push(`${partition} ${offset} ${n}`)
    }
    await until(() => crew.read.length >= expected.length, { what: 'all records', timeoutMs: 20_000 })
    assert.deepEqual(crew.read.sort(), expected.toSorted())
  }
  const checkCommits = async () => {
    const perPartition = expected.length / partitions
    const offsets = async () => {
      const committed = (await admin.listConsumerGroupOffsets([`group-${name}`])).get(`group-${name}`)
      return [...committed].map(([, { offset }]) => offset)
    }
    await until(async () => (await offsets()).every((offset) => offset === perPartition), { what: 'the last commits' })
    assert.equal((await offsets()).length, partitions)
  }
  return { crew, check, checkCommits }
}

/** All that a partition has, each record through `shape`. */
async function readAll(topic, partition, shape) {
  const consumer = new KafkaConsumer({ 'bootstrap.servers': broker.bootstrap })
  try {
    const end = (await consumer.endOffsets([{ topic, partition }])).get({ topic, partition })
    consumer.assign([{ topic, partition }])
    consumer.seekToBeginning()
    const found = []
    while ((await consumer.position({ topic, partition })) < end) {
      for (const record of await consumer.poll({ timeoutMs: 1000 })) found.push(shape(record))
    }
    return found
  } finally {
    await consumer.close()
  }
}

function inText({ offset, timestamp, key, value, headers }) {
  const text = (bytes) => (bytes === null ? null : Buffer.from(bytes).toString())
  return {
    offset,
    timestamp,
    key: text(key),
    value: text(value),
    headers: [...headers].map(([name, bytes]) => [name, text(bytes)]),
  }
}

/** Nulls, nothing, much, and headers that repeat. */
function oddRecords() {
  const timestamp = Date.now()
  const bytes = (length) => randomBytes(length)
  const some = Array.from({ length: 300 }, (_, n) => ({
    key: n % 5 === 0 ? null : bytes(n % 50),
    value: n % 7 === 0 ? null : Buffer.concat([Buffer.alloc(n * 3, 'compressible '), bytes(n % 11)]),
    timestamp: timestamp + n,
    headers: Array.from({ length: n % 4 }, (_, at) => ['again', at === 1 ? null : bytes(at * 3)]),
  }))
  return [...some, { key: Buffer.alloc(0), value: bytes(200_000), timestamp, headers: [['ключ', Buffer.from('é')]] }]
}
