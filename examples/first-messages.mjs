// Produces three messages and reads them back in a group: node examples/first-messages.mjs
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '@millrace/client'

const base = { 'bootstrap.servers': process.env.BOOTSTRAP_SERVERS ?? 'localhost:9092', 'client.id': 'first-messages' }
const topic = `first-messages-${Date.now()}`

const admin = new KafkaAdminClient(base)
await admin.createTopics([{ name: topic, numPartitions: 1 }])
await admin.close()

const producer = new KafkaProducer({ ...base, keySerializer: Serdes.string, valueSerializer: Serdes.string })
const greetings = ['Hello', 'from', 'Millrace']
await producer.sendAll(greetings.map((value, index) => ({ topic, key: `${index}`, value })))
await producer.close()
console.log(`Produced ${greetings.length} messages to ${topic}.`)

const consumer = new KafkaConsumer({
  ...base,
  'group.id': `${topic}-group`,
  'auto.offset.reset': 'earliest',
  keyDeserializer: Serdes.string,
  valueDeserializer: Serdes.string,
})
consumer.subscribe([topic])
let consumed = 0
for await (const { key, value, partition, offset } of consumer) {
  console.log(`Consumed ${key}: ${value} (partition ${partition}, offset ${offset})`)
  if (++consumed === greetings.length) break
}
await consumer.close()
