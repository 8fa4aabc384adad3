// Load for a broker where there is no Java: sends batches that were built before, and counts what it fetches by the
// headers of the batches, so that it costs little itself.
//   node load.mjs '{"kind":"produce","port":9092,"topic":"t","records":1000,"recordSize":1024,"recordsPerBatch":1}'
// Prints JSON with the figures of lib/java-tools.mjs.
import { batchLastOffset, batchRecordCount, batchSizeInBytes, buildBatch } from '../../packages/protocol/dist/index.js'
import { latencies } from '../lib/statistics.mjs'
import { produceError, produceRequest, Wire } from '../lib/wire.mjs'

const inFlight = 5
const fetchVersion = 11
const { kind, port, topic, records, recordSize, ...options } = JSON.parse(process.argv[2])
const loads = { produce, consume, endToEnd }
console.log(JSON.stringify(await loads[kind]()))
process.exit(0)

/** As fast as it goes, five requests in flight; or, with `throughput`, each record when it is due. */
async function produce() {
  const { recordsPerBatch, throughput = -1, warmupRecords = 0 } = options
  const wire = await Wire.connect(port)
  const request = requestOf(recordsPerBatch)
  const requests = Math.ceil((records + warmupRecords) / recordsPerBatch)
  const warmup = Math.floor(warmupRecords / recordsPerBatch)
  const measuredMs = []
  let measuredFrom = performance.now()
  const startedAt = performance.now()
  const dueAt = (index) => (throughput > 0 ? startedAt + (index * recordsPerBatch * 1000) / throughput : undefined)
  let sent = 0
  let answered = 0
  await new Promise((resolve, reject) => {
    const onAnswer = (index, from) => (frame) => {
      if (index === warmup) measuredFrom = from
      if (index >= warmup) measuredMs.push(performance.now() - from)
      const error = produceError(frame)
      if (error !== 0) return reject(new Error(`Produce: error ${error}`))
      if (++answered === requests) resolve()
      else if (throughput <= 0) sendMore()
    }
    const sendMore = () => {
      const mayGo = () => (throughput > 0 ? dueAt(sent) <= performance.now() : sent - answered < inFlight)
      while (sent < requests && mayGo()) {
        const index = sent++
        wire.send(request).then(onAnswer(index, dueAt(index) ?? performance.now()), reject)
      }
      if (throughput > 0 && sent < requests) setTimeout(sendMore, 1)
    }
    sendMore()
  })
  const seconds = (performance.now() - measuredFrom) / 1000
  return { records: requests * recordsPerBatch, perSecond: records / seconds, ...latencies(measuredMs) }
}

async function consume() {
  const wire = await Wire.connect(port)
  const startedAt = performance.now()
  let count = 0
  let offset = 0
  while (count < records) {
    const fetched = await fetchFrom(wire, offset)
    if (fetched.count === 0) throw new Error(`There are only ${count} of ${records} records.`)
    count += fetched.count
    offset = fetched.nextOffset
  }
  return { records: count, perSecond: (count * 1000) / (performance.now() - startedAt) }
}

/** One record after the other: sent, and then waited for by a fetch that was there before it. */
async function endToEnd() {
  const [producer, consumer] = [await Wire.connect(port), await Wire.connect(port)]
  const request = requestOf(1)
  const measuredMs = []
  let offset = await logEnd(consumer)
  for (let i = 0; i < records; i++) {
    const fetching = fetchFrom(consumer, offset)
    const sentAt = performance.now()
    await producer.send(request)
    let fetched = await fetching
    while (fetched.count === 0) fetched = await fetchFrom(consumer, offset)
    measuredMs.push(performance.now() - sentAt)
    offset = fetched.nextOffset
  }
  return latencies(measuredMs)
}

function requestOf(count) {
  const record = { value: Buffer.alloc(recordSize, 'x'), timestamp: Date.now() }
  return produceRequest(topic, buildBatch(Array.from({ length: count }, () => record)))
}

async function logEnd(wire) {
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }]
  const { topics: answers } = await wire.call('ListOffsets', 1, { replicaId: -1, topics })
  return answers[0].partitions[0].offset
}

async function fetchFrom(wire, fetchOffset) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1_048_576 }]
  const body = { maxWaitMs: 500, minBytes: 1, maxBytes: 52_428_800, topics: [{ topic, partitions }] }
  const { responses } = await wire.call('Fetch', fetchVersion, body)
  const { errorCode, records: bytes } = responses[0].partitions[0]
  if (errorCode !== 0) throw new Error(`Fetch: error ${errorCode}`)
  return countRecords(bytes, fetchOffset)
}

function countRecords(bytes, fetchOffset) {
  let [count, nextOffset] = [0, fetchOffset]
  for (let at = 0; bytes && at + 12 <= bytes.length && at + batchSizeInBytes(bytes, at) <= bytes.length; ) {
    count += batchRecordCount(bytes, at)
    nextOffset = batchLastOffset(bytes, at) + 1
    at += batchSizeInBytes(bytes, at)
  }
  return { count, nextOffset }
}
