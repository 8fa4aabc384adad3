// kill -9 in a loop under a verifying producer (kafkajs, idempotent, acks=all): after each restart every record that was
// answered is there at the offset that was answered, once, and offsets have no gap; so are the committed offsets. One
// producer lives over all rounds and repeats what was under way, so that its state must survive as well. At the end a
// clean stop. INTEROP_KILL_ROUNDS sets the number of rounds, 50 by default (3 for a JVM).
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'

const rounds = Number(process.env.INTEROP_KILL_ROUNDS ?? (target === 'millrace' ? 50 : 3))
const partitions = 3
const answersEachRound = 150
const topic = 'verified'

const broker = await brokerForFile({ after })
const kafka = new Kafka({
  brokers: [broker.bootstrap],
  logLevel: logLevel.NOTHING,
  connectionTimeout: 1000,
  requestTimeout: 5000,
  retry: { retries: 1000, initialRetryTime: 20, maxRetryTime: 200 },
})

/** What each partition has answered: for every batch its first offset and its values. */
const answered = Array.from({ length: partitions }, () => [])
/** What each group of readers has committed for partition 0. */
const commits = []
let readers = 0
let stopping = false
/** Writers begin a batch only while this is open: not while a round is verified, or the log would outgrow the rounds. */
const gate = { isOpen: true }

test(`kill -9 ${rounds} times: nothing that was answered is lost, doubled or moved`, async () => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
  await admin.disconnect()
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const writers = answered.map((_, partition) => write(producer, partition))

  try {
    for (let round = 0; round < rounds; round++) {
      const target = total() + answersEachRound
      await until(() => total() >= target, { what: `round ${round}: ${answersEachRound} answers`, everyMs: 1 })
      // Each round is cut at another moment: a few more answers, and none in particular.
      const moment = total() + (round % 7)
      await until(() => total() >= moment, { what: 'the moment', everyMs: 1 })
      await broker.kill()
      gate.isOpen = false // What is under way is repeated after the restart.
      const before = answered.map((batches) => [...batches])
      await broker.start()
      await verify(before, `round ${round}`)
      await verifyCommitted(`round ${round}`)
      gate.isOpen = true
    }
  } finally {
    stopping = true
    gate.isOpen = true
  }
  await Promise.all(writers)
  await producer.disconnect()
  await verify(answered, 'at the end', { complete: true })
})

test('SIGTERM: a clean stop within five seconds, and everything is there after it', async () => {
  const { code, tookMs } = await broker.stop()
  assert.ok(tookMs < 5000, `${tookMs} ms`)
  assert.ok(code === 0 || code === 143, `exit code ${code}`)
  assert.ok(existsSync(join(broker.dataDir, '.kafka_cleanshutdown')), 'no clean-shutdown marker')
  await broker.start()
  assert.ok(!existsSync(join(broker.dataDir, '.kafka_cleanshutdown')), 'the marker is still there while it runs')
  await verify(answered, 'after the clean stop', { complete: true })
})

function total() {
  return answered.reduce((sum, batches) => sum + batches.length, 0)
}

/** Sends batches one after the other. A send that ends without an answer has been repeated by kafkajs, and is over. */
async function write(producer, partition) {
  for (let n = 0; ; n++) {
    await until(() => gate.isOpen, { what: 'the gate', everyMs: 5 })
    if (stopping) return
    const values = Array.from({ length: 1 + (n % 20) }, (_, i) => `${partition}/${n}/${i}`)
    const messages = values.map((value) => ({ key: value, value, partition, headers: { n: String(n) } }))
    const compression = n % 3 === 0 ? CompressionTypes.GZIP : CompressionTypes.None
    const [answer] = await producer.send({ topic, messages, compression, acks: -1, timeout: 5000 })
    assert.equal(answer.errorCode, 0)
    answered[partition].push({ baseOffset: Number(answer.baseOffset), values })
  }
}

/**
 * Reads everything and compares. `complete`: there is nothing but what was answered; else there may be one more batch a
 * partition, which was written and not answered.
 */
async function verify(batches, when, { complete = false } = {}) {
  const logs = await readAll()
  for (const [partition, log] of logs.entries()) {
    const at = `${when}, partition ${partition}`
    for (const [offset, record] of log.entries()) assert.equal(record.offset, offset, `${at}: offsets have a gap`)
    assert.equal(new Set(log.map(({ value }) => value)).size, log.length, `${at}: a record is there twice`)
    let end = 0
    for (const { baseOffset, values } of batches[partition]) {
      const there = log.slice(baseOffset, baseOffset + values.length).map(({ value }) => value)
      assert.deepEqual(there, values, `${at}: the answered batch at offset ${baseOffset}`)
      end = Math.max(end, baseOffset + values.length)
    }
    if (complete) assert.equal(log.length, end, `${at}: records that nobody wrote`)
  }
}

/** All records of all partitions, up to where the logs end now. Each reader is a new group, and commits. */
async function readAll() {
  const admin = kafka.admin()
  await admin.connect()
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]))
  await admin.disconnect()
  const logs = Array.from({ length: partitions }, () => [])
  const groupId = `reader-${readers++}`
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, readUncommitted: true })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const done = () => logs.every((log, partition) => log.length > 0 && log.at(-1).offset >= ends.get(partition) - 1)
  const collect = async ({ batch }) => {
    const log = logs[batch.partition]
    for (const { offset, value } of batch.messages) {
      if (Number(offset) < ends.get(batch.partition)) log.push({ offset: Number(offset), value: value.toString() })
    }
  }
  try {
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: true, eachBatch: collect })
    await until(done, { what: 'the ends of the partitions', everyMs: 5 })
    const offset = String(commits.length + 1)
    await consumer.commitOffsets([{ topic, partition: 0, offset }])
    commits.push({ groupId, offset })
  } finally {
    await consumer.disconnect()
  }
  return logs
}

/** Reads back what the latest groups have committed. */
async function verifyCommitted(when) {
  const admin = kafka.admin()
  await admin.connect()
  for (const { groupId, offset } of commits.slice(-3)) {
    const [{ partitions: found }] = await admin.fetchOffsets({ groupId, topics: [topic] })
    const { offset: kept } = found.find(({ partition }) => partition === 0)
    assert.equal(kept, offset, `${when}: the offset committed by ${groupId}`)
  }
  await admin.disconnect()
}
