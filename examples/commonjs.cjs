// The same client from CommonJS: node examples/commonjs.cjs
const { KafkaProducer, KafkaConsumer, Serdes } = require('@millrace/client')

const base = { 'bootstrap.servers': process.env.BOOTSTRAP_SERVERS ?? 'localhost:9092' }

async function main() {
  const topic = `greetings-${Date.now()}` // The broker makes it when it is first written to.
  const producer = new KafkaProducer({ ...base, valueSerializer: Serdes.string })
  await producer.send({ topic, value: 'Hello from CommonJS' })
  await producer.close()

  const consumer = new KafkaConsumer({ ...base, valueDeserializer: Serdes.string })
  consumer.assign([{ topic, partition: 0 }]) // without a group
  consumer.seekToBeginning()
  let records = await consumer.poll({ timeoutMs: 1000 })
  while (records.count === 0) records = await consumer.poll({ timeoutMs: 1000 })
  for (const { value } of records) console.log(value)
  await consumer.close()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
