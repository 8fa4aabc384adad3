// Reads orders, writes their prices, and commits both together or neither: exactly once. node examples/transactions.mjs
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '@millrace/client'

const base = { 'bootstrap.servers': process.env.BOOTSTRAP_SERVERS ?? 'localhost:9092' }
const orders = `orders-${Date.now()}`
const priced = `${orders}.priced`

const producer = new KafkaProducer({
  ...base,
  'transactional.id': `pricing-${process.pid}`,
  keySerializer: Serdes.string,
  valueSerializer: Serdes.json(),
})
try {
  await producer.initTransactions()
  await priceOrders()
} catch (error) {
  if (error.code !== 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED') throw error
  console.log('This broker has no transactions, or does not let us use them.')
} finally {
  await producer.close()
}

async function priceOrders() {
  await writeOrders()
  const consumer = new KafkaConsumer({
    ...base,
    'group.id': orders,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false, // the transaction commits
    'isolation.level': 'read_committed',
    keyDeserializer: Serdes.string,
    valueDeserializer: Serdes.json(),
  })
  consumer.subscribe([orders])
  let count = 0
  for await (const batch of consumer.batches()) {
    await producer.transaction(async (transaction) => {
      for (const { key, value } of batch.records) {
        void transaction.send({ topic: priced, key, value: { ...value, total: value.pieces * 9.5 } })
      }
      await transaction.sendOffsets(consumer)
    })
    count += batch.records.length
    console.log(`${batch.records.length} orders are priced, and will not be priced again.`)
    if (count === 10) break
  }
  await consumer.close()
}

async function writeOrders() {
  const admin = new KafkaAdminClient(base)
  await admin.createTopics([
    { name: orders, numPartitions: 1 },
    { name: priced, numPartitions: 1 },
  ])
  await admin.close()
  await producer.transaction(async (transaction) => {
    for (let id = 0; id < 10; id++) void transaction.send({ topic: orders, key: `order-${id}`, value: { pieces: id } })
  })
}
