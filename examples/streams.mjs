// Node's streams, with backpressure from end to end: a file into a topic, and out again. node examples/streams.mjs
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '@millrace/client'

const base = { 'bootstrap.servers': process.env.BOOTSTRAP_SERVERS ?? 'localhost:9092' }
const topic = `lines-${Date.now()}`

const admin = new KafkaAdminClient(base)
await admin.createTopics([{ name: topic, numPartitions: 1 }])
await admin.close()

let written = 0
const lines = createInterface({ input: createReadStream(fileURLToPath(import.meta.url)) })
const producer = new KafkaProducer({ ...base, valueSerializer: Serdes.string })
await pipeline(
  Readable.from(lines),
  async function* (source) {
    for await (const value of source) {
      written++
      yield { topic, value }
    }
  },
  producer.writable(),
)
await producer.close()
console.log(`${written} lines are in ${topic}.`)

const consumer = new KafkaConsumer({
  ...base,
  'group.id': topic,
  'auto.offset.reset': 'earliest',
  valueDeserializer: Serdes.string,
})
consumer.subscribe([topic])
let longest = ''
let read = 0
for await (const { value } of consumer.readable()) {
  if (value.length > longest.length) longest = value
  if (++read === written) break
}
await consumer.close()
console.log(`The longest of them: ${longest.trim()}`)
