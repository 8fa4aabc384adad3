// A member of a group that handles many records at a time, those of one key one after the other. Start it twice, with a name
// of a topic, and the two share the partitions: node examples/consume-in-a-group.mjs [TOPIC]
// Without a name it makes a topic, handles what it has written there, and ends.
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '@millrace/client'

const base = { 'bootstrap.servers': process.env.BOOTSTRAP_SERVERS ?? 'localhost:9092' }
const topic = process.argv[2] ?? (await topicWithOrders())
const expected = process.argv[2] === undefined ? 40 : Number.POSITIVE_INFINITY

const consumer = new KafkaConsumer({
  ...base,
  'group.id': 'shipping',
  'auto.offset.reset': 'earliest',
  keyDeserializer: Serdes.string,
  valueDeserializer: Serdes.json(),
})
consumer.subscribe([topic], {
  async onPartitionsAssigned(partitions) {
    console.log(`Partitions ${partitions.map(({ partition }) => partition).join(', ')} are mine now.`)
  },
  async onPartitionsRevoked(partitions) {
    console.log(`Partitions ${partitions.map(({ partition }) => partition).join(', ')} are given up.`)
  },
})

const stopping = new AbortController()
process.once('SIGINT', () => stopping.abort())
process.once('SIGTERM', () => stopping.abort())

let shipped = 0
await consumer.run({
  signal: stopping.signal,
  ordering: 'key',
  maxConcurrency: 16,
  async eachRecord({ key, value }) {
    await sleep(5) // what a database or a service takes
    shipped++
    if (value.id % 10 === 0) console.log(`Order ${value.id} of ${key} is shipped.`)
    if (shipped === expected) stopping.abort()
  },
  // Three more attempts, then it goes where somebody can look at it.
  onError: (_error, _record, attempt) => (attempt <= 3 ? 'retry' : { deadLetter: `${topic}.failed` }),
})
// What was handled is committed, and the others in the group need not wait for this member to be missed.
await consumer.close()
console.log(`${shipped} orders.`)

async function topicWithOrders() {
  const name = `orders-${Date.now()}`
  const admin = new KafkaAdminClient(base)
  await admin.createTopics([{ name, numPartitions: 3 }])
  await admin.close()
  const producer = new KafkaProducer({ ...base, keySerializer: Serdes.string, valueSerializer: Serdes.json() })
  await producer.sendAll(
    Array.from({ length: 40 }, (_, id) => ({ topic: name, key: `customer-${id % 8}`, value: { id } })),
  )
  await producer.close()
  return name
}
