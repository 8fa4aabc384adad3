// One client under one load, in a process of its own: node load.mjs '{ "adapter": …, "load": … }'. What it measured goes to
// standard output as one line of JSON. The loads are at the end of this file, the clients in adapters/.
//
// An adapter exports
//   createProducer({ module, bootstrap, settings })  resolves, connected or not, to
//     send(topic, value)              a promise of its acknowledgement
//     sendBatch(topic, values)        the same for many records in one call
//     stream(topic, value, isOver)    sends until `isOver()`, as fast as the client can; resolves to the number of
//                                     records when all of them are acknowledged
//     close()
//   consume({ module, bootstrap, topic, groupId, way, onRecord })  a group's only member, from the earliest record on, with
//     auto-commit; calls `onRecord(value)` for each; resolves to `{ close }` when records may come
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { latencies } from '../../lib/statistics.mjs'
import { addToChecksum, numberOf, valueMaker } from '../lib/sequence.mjs'

const options = JSON.parse(process.argv[2])
const { load, topic, groupId, way, valueBytes = 100, warmupMs = 0, measureMs = 0 } = options
const stallMs = 20_000
const { createProducer, consume } = await import(`./adapters/${options.adapter}.mjs`)

const loads = {
  single: () => produceLoad(single),
  batch: () => produceLoad(batches),
  burst: () => produceLoad(bursts),
  stream: () => produceLoad(stream),
  fill,
  consume: consumeLoad,
  endToEnd,
  firstAck,
  firstRecord,
}
console.log(JSON.stringify(await loads[load]()))
// Some clients keep a timer or a thread when they are closed. What they had to do is done.
process.exit(0)

/** What ran since `startedAt`: seconds and the processor time of all threads of this process, which the kernel counts. */
function stopwatch() {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return { seconds: (performance.now() - startedAt) / 1000, cpuUs: user + system }
  }
}

/** `work(producer, isOver)` resolves to `{ records, latenciesMs? }`. It is run once to warm up, and once measured. */
async function produceLoad(work) {
  const producer = await createProducer(options)
  await producer.send(topic, valueMaker('filler', valueBytes)(0))
  const startBytes = memoryBytes('VmRSS')
  const warmup = await work(producer, timer(warmupMs))
  const stop = stopwatch()
  const { records, latenciesMs } = await work(producer, timer(measureMs))
  const used = stop()
  await producer.close()
  return {
    ...used,
    records,
    ...(latenciesMs && latencies(latenciesMs)),
    startBytes,
    peakBytes: memoryBytes('VmHWM'),
    acknowledged: 1 + warmup.records + records,
  }
}

async function single(producer, isOver) {
  const value = valueMaker('filler', valueBytes)(0)
  const latenciesMs = []
  while (!isOver()) {
    const sentAt = performance.now()
    await producer.send(topic, value)
    latenciesMs.push(performance.now() - sentAt)
  }
  return { records: latenciesMs.length, latenciesMs }
}

async function batches(producer, isOver) {
  const values = new Array(100).fill(valueMaker('filler', valueBytes)(0))
  let records = 0
  for (; !isOver(); records += values.length) await producer.sendBatch(topic, values)
  return { records }
}

async function bursts(producer, isOver) {
  const value = valueMaker('filler', valueBytes)(0)
  const count = 1000
  let records = 0
  for (; !isOver(); records += count) {
    await Promise.all(Array.from({ length: count }, () => producer.send(topic, value)))
  }
  return { records }
}

async function stream(producer, isOver) {
  return { records: await producer.stream(topic, valueMaker('filler', valueBytes)(0), isOver) }
}

/** Numbered values, for those who consume: `{ records }` of them. */
async function fill() {
  const producer = await createProducer(options)
  const makeValue = valueMaker(options.valueKind, valueBytes)
  const count = options.records
  const acknowledged = await producer.fill(topic, makeValue, count)
  await producer.close()
  return { acknowledged }
}

/** The clock starts before there is a consumer, and stops at the last record. */
async function consumeLoad() {
  const { records } = options
  let [next, checksum, isInOrder, used] = [0, 0, true, undefined]
  let finish
  const finished = new Promise((resolve) => {
    finish = resolve
  })
  const onRecord = (value) => {
    if (next === records) return // Some are already on their way when it is over.
    const n = numberOf(value)
    if (n !== next) isInOrder = false
    checksum = addToChecksum(checksum, n)
    if (++next !== records) return
    used = stop()
    finish()
  }
  const stop = stopwatch()
  const consumer = await consume({ ...options, groupId, way, onRecord })
  const watch = watchdog(() => next, records)
  await finished
  clearInterval(watch)
  await consumer.close()
  return { ...used, records: next, checksum, isInOrder, peakBytes: memoryBytes('VmHWM') }
}

/**
 * A record is due each millisecond, and its latency counts from then until it is handed out, whatever kept it from being sent:
 * who falls behind cannot hide it. A timer of Node is late by half a millisecond, which everybody has in his figures.
 */
async function endToEnd() {
  const warmup = Math.round(warmupMs)
  const count = warmup + Math.round(measureMs)
  const receivedAt = new Float64Array(count)
  const probe = 0xffffffff
  let [received, isReady] = [0, false]
  const onRecord = (value) => {
    const n = numberOf(value)
    if (n === probe) isReady = true
    else if (receivedAt[n] === 0) {
      receivedAt[n] = performance.now()
      received++
    }
  }
  const producer = await createProducer(options)
  const consumer = await consume({ ...options, onRecord })
  const makeValue = valueMaker('filler', valueBytes)
  let sent = 0
  for (; !isReady; sent++) {
    await producer.send(topic, makeValue(probe))
    await sleep(20)
  }
  const failed = []
  let stop
  const startedAt = performance.now() + 10
  const dueAt = (n) => startedAt + n
  await new Promise((resolve) => {
    let next = 0
    const sendDue = () => {
      for (const now = performance.now(); next < count && dueAt(next) <= now; next++) {
        if (next === warmup) stop = stopwatch()
        producer.send(topic, makeValue(next)).catch((error) => failed.push(error))
      }
      if (next === count) resolve()
      else setTimeout(sendDue, 1)
    }
    sendDue()
  })
  const used = stop()
  const givenUpAt = performance.now() + 30_000
  while (received < count && failed.length === 0 && performance.now() < givenUpAt) await sleep(20)
  await Promise.all([producer.close(), consumer.close()])
  if (failed.length > 0) throw failed[0]
  const latenciesMs = Array.from({ length: count - warmup }, (_, n) => receivedAt[warmup + n] - dueAt(warmup + n))
  return {
    ...used,
    records: received - warmup,
    missing: count - received,
    ...latencies(latenciesMs),
    acknowledged: sent + count,
  }
}

/** Wall clock of the first acknowledgement, to be compared with that of the start of this process. */
async function firstAck() {
  const producer = await createProducer(options)
  await producer.send(topic, valueMaker('filler', valueBytes)(0))
  const atMs = performance.timeOrigin + performance.now()
  await producer.close()
  return { atMs, acknowledged: 1 }
}

async function firstRecord() {
  let consumer
  const atMs = await new Promise((resolve, reject) => {
    const onRecord = () => resolve(performance.timeOrigin + performance.now())
    consumer = consume({ ...options, onRecord })
    consumer.catch(reject)
  })
  await (await consumer).close()
  return { atMs }
}

/** Ends the process when nothing has come for a while. */
function watchdog(countOf, records) {
  let [last, since] = [-1, performance.now()]
  return setInterval(() => {
    const now = performance.now()
    const count = countOf()
    if (count !== last) [last, since] = [count, now]
    else if (now - since > stallMs) throw new Error(`Stalled at ${count} of ${records} records`)
  }, 1000)
}

function timer(ms) {
  const endsAt = performance.now() + ms
  return () => performance.now() >= endsAt
}

function memoryBytes(key) {
  return Number(readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'))[1]) * 1024
}
