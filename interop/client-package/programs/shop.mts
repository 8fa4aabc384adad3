// Compiled, not run: what a program uses has types, and a key that does not exist is a mistake.
import {
  type ConsumerRecord,
  KafkaAdminClient,
  KafkaConsumer,
  KafkaError,
  KafkaProducer,
  type RecordMetadata,
  Serdes,
} from '@millrace/client'

interface Order {
  readonly id: string
  readonly total: number
}

const base = { 'bootstrap.servers': 'localhost:9092', 'client.id': 'shop' } as const

export async function produce(order: Order): Promise<number> {
  await using producer = new KafkaProducer({
    ...base,
    'linger.ms': 5,
    'compression.type': 'zstd',
    keySerializer: Serdes.string,
    valueSerializer: Serdes.json<Order>(),
  })
  const metadata: RecordMetadata = await producer.send({ topic: 'orders', key: order.id, value: order })
  // @ts-expect-error: a key is a string, as the serializer says
  await producer.send({ topic: 'orders', key: 7, value: order })
  // @ts-expect-error: an order has a total
  await producer.send({ topic: 'orders', key: order.id, value: { id: order.id } })
  await producer.transaction(async (transaction) => {
    void transaction.send({ topic: 'orders', key: order.id, value: order })
  })
  return metadata.offset
}

export async function consume(signal: AbortSignal): Promise<number> {
  const consumer = new KafkaConsumer({ ...base, 'group.id': 'billing', valueDeserializer: Serdes.json<Order>() })
  consumer.subscribe(['orders'])
  let total = 0
  for await (const record of consumer.records({ signal })) total += record.value.total
  for (const record of await consumer.poll({ timeoutMs: 100 })) total += priceOf(record)
  await consumer.commitSync()
  await consumer.close()
  return total
}

function priceOf({ value }: ConsumerRecord<unknown, Order>): number {
  return value.total
}

export async function administer(): Promise<string> {
  const admin = new KafkaAdminClient(base)
  try {
    await admin.createTopics([{ name: 'orders', numPartitions: 3, configs: { 'retention.ms': '1000' } }])
    for (const [topic, outcome] of await admin.deleteTopics(['orders']).settled()) {
      if ('error' in outcome) console.log(topic, outcome.error.code)
    }
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'TOPIC_ALREADY_EXISTS') return error.message
    // @ts-expect-error: no error has this name
    if (error instanceof KafkaError && error.code === 'TOPIC_EXISTS') return error.message
    throw error
  } finally {
    await admin.close()
  }
  return ''
}

// @ts-expect-error: it is bootstrap.servers
new KafkaAdminClient({ 'bootstrap.server': 'localhost:9092' })
// @ts-expect-error: it is linger.ms
new KafkaProducer({ ...base, 'linger.msec': 5 })
// @ts-expect-error: there is no such compression
new KafkaProducer({ ...base, 'compression.type': 'rar' })
// @ts-expect-error: it is auto.offset.reset
new KafkaConsumer({ ...base, 'auto.offset.rest': 'earliest' })
