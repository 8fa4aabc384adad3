// Reads all partitions of `many` for a while, slowly: what is fetched waits in memory for a handler.
import { KafkaConsumer } from '../../packages/client/dist/index.js'

const [bootstrap, way, partitionCount, bufferBytes] = process.argv.slice(2)
const readMs = 12_000
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const consumer = new KafkaConsumer({
  'bootstrap.servers': bootstrap,
  'group.id': `slow-${way}`,
  'auto.offset.reset': 'earliest',
  'buffer.memory': bufferBytes,
})
consumer.subscribe('many')
let records = 0
let partitionsSeen = 0
let most = 0
const endAt = performance.now() + readMs
const signal = AbortSignal.timeout(readMs)
const seen = new Set()
const note = ({ partition }) => {
  records++
  seen.add(partition)
  partitionsSeen = seen.size
  most = Math.max(most, consumer.metrics().get('buffered-bytes'))
}
const handle = async (record) => {
  note(record)
  await sleep(20)
}
const ways = {
  async poll() {
    while (performance.now() < endAt) {
      for (const record of await consumer.poll({ timeoutMs: 1000 })) note(record)
      await sleep(100)
    }
  },
  async records() {
    for await (const record of consumer.records({ signal })) {
      note(record)
      if (records % 100 === 0) await sleep(20)
    }
  },
  async run() {
    await consumer.run({ signal, maxConcurrency: 64, eachRecord: handle })
  },
}
await ways[way]()
console.log(
  `${records} records of ${partitionsSeen} of ${partitionCount} partitions, ${Math.round(most / 2 ** 20)} MiB buffered, done`,
)
await consumer.close()
