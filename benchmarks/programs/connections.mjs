// Connections that each send a record at a fixed rate, whether the last one was answered or not, evenly shifted against
// each other. A latency begins when the record was due: a late answer makes nobody wait uncounted.
//   node connections.mjs '{"port":9092,"topic":"t","partitions":10,"connections":1000,"perConnectionPerSecond":10,…}'
// Prints JSON: `records` (all that were acknowledged), and latencies in ms without the warm-up.
import { buildBatch } from '../../packages/protocol/dist/index.js'
import { latencies } from '../lib/statistics.mjs'
import { produceError, produceRequest, Wire } from '../lib/wire.mjs'

const options = JSON.parse(process.argv[2])
const { port, topic, partitions, connections, perConnectionPerSecond, recordSize, warmupSeconds, seconds } = options
const connectAtOnce = 50

const batch = buildBatch([{ value: Buffer.alloc(recordSize, 'x'), timestamp: Date.now() }])
const requests = Array.from({ length: partitions }, (_, partition) => produceRequest(topic, batch, { partition }))

const wires = []
while (wires.length < connections) {
  const count = Math.min(connectAtOnce, connections - wires.length)
  wires.push(...(await Promise.all(Array.from({ length: count }, () => Wire.connect(port)))))
}

const stepMs = 1000 / (connections * perConnectionPerSecond)
const warmup = warmupSeconds * connections * perConnectionPerSecond
const total = warmup + seconds * connections * perConnectionPerSecond
const measuredMs = []
const startedAt = performance.now()
let sent = 0
let answered = 0

await new Promise((resolve, reject) => {
  const sendDue = () => {
    while (sent < total && startedAt + sent * stepMs <= performance.now()) send(sent++)
    if (sent < total) setTimeout(sendDue, 1)
  }
  const send = (index) => {
    const connection = index % connections
    const dueAt = startedAt + index * stepMs
    wires[connection].send(requests[connection % partitions]).then((frame) => {
      if (index >= warmup) measuredMs.push(performance.now() - dueAt)
      const error = produceError(frame)
      if (error !== 0) reject(new Error(`Produce: error ${error}`))
      if (++answered === total) resolve()
    }, reject)
  }
  sendDue()
})
for (const wire of wires) wire.close()
console.log(JSON.stringify({ records: total, ...latencies(measuredMs) }))
