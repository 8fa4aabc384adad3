// The ways to produce, from the simplest to the cheapest: node examples/produce.mjs
import { KafkaAdminClient, KafkaProducer, SendError, Serdes } from '@millrace/client'

const base = { 'bootstrap.servers': process.env.BOOTSTRAP_SERVERS ?? 'localhost:9092' }
const topic = `orders-${Date.now()}`

const admin = new KafkaAdminClient(base)
await admin.createTopics([{ name: topic, numPartitions: 3 }])
await admin.close()

const producer = new KafkaProducer({
  ...base,
  'compression.type': 'lz4',
  keySerializer: Serdes.string,
  valueSerializer: Serdes.json(),
})

// One record, and where it went. Records with the same key keep their order.
const { partition, offset } = await producer.send({
  topic,
  key: 'customer-1',
  value: { total: 9.5 },
  headers: { source: 'web-shop' },
})
console.log(`The first order is at offset ${offset} of partition ${partition}.`)

// Many at once: one promise for all of them.
try {
  const orders = Array.from({ length: 100 }, (_, id) => ({ topic, key: `customer-${id}`, value: { id } }))
  const acknowledged = await producer.sendAll(orders)
  console.log(`${acknowledged.length} orders are acknowledged.`)
} catch (error) {
  if (error instanceof SendError) console.error(`${error.failed.length} of them were not written.`)
  throw error
}

// As fast as it goes: no promise for a record. It says `false` when the producer has enough to do.
let refused = 0
for (let id = 0; id < 10_000; id++) {
  const hasRoom = producer.trySend({ topic, key: `customer-${id % 50}`, value: { id } }, (error) => {
    if (error) refused++
  })
  if (!hasRoom) await producer.drained()
}
await producer.flush()
console.log(`10000 orders more, ${refused} of them refused.`)
await producer.close()
