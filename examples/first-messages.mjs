// Produces three messages to localhost:9092 and reads them back in a group: node examples/first-messages.mjs
import { Kafka, logLevel } from 'kafkajs'

const kafka = new Kafka({
  clientId: 'first-messages',
  brokers: [process.env.BOOTSTRAP_SERVERS ?? 'localhost:9092'],
  logLevel: logLevel.ERROR,
})
const topic = `first-messages-${Date.now()}`

const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
await admin.disconnect()

const producer = kafka.producer()
await producer.connect()
const greetings = ['Hello', 'from', 'Millrace']
await producer.send({ topic, messages: greetings.map((value, index) => ({ key: `${index}`, value })) })
console.log(`Produced ${greetings.length} messages to ${topic}.`)
await producer.disconnect()

const consumer = kafka.consumer({ groupId: `${topic}-group` })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
let consumed = 0
await new Promise((resolve, reject) => {
  consumer
    .run({
      eachMessage: async ({ partition, message }) => {
        console.log(`Consumed ${message.key}: ${message.value} (partition ${partition}, offset ${message.offset})`)
        if (++consumed === greetings.length) resolve()
      },
    })
    .catch(reject)
})
await consumer.disconnect()
