// Topics whose brokers keep messages as before Kafka 0.11: every codec in both formats, read as they were sent.
import assert from 'node:assert/strict'
import { KafkaAdminClient, KafkaConsumer, KafkaProducer, Serdes } from '../../packages/client/dist/index.js'

const formats = ['0.9.0', '0.10.0']
const codecs = ['none', 'gzip', 'snappy', 'lz4']
const count = 500

export async function readsOldFormats(bootstrap) {
  const base = { 'bootstrap.servers': bootstrap }
  const admin = new KafkaAdminClient(base)
  // These formats have no room for sequence numbers.
  const serializers = { keySerializer: Serdes.string, valueSerializer: Serdes.string }
  const producer = new KafkaProducer({ ...base, 'enable.idempotence': false, ...serializers })
  const consumer = new KafkaConsumer({ ...base, keyDeserializer: Serdes.string, valueDeserializer: Serdes.string })
  try {
    for (const format of formats) {
      for (const codec of codecs) {
        const topic = `format-${format}-${codec}`
        const configs = {
          'message.format.version': format,
          'compression.type': codec === 'none' ? 'uncompressed' : codec,
        }
        await admin.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 1, configs }])
        const sent = Array.from({ length: count }, (_, n) => ({
          topic,
          key: n % 3 === 0 ? null : `k${n}`,
          value: `value ${n}`,
        }))
        await producer.sendAll(sent)
        consumer.assign([{ topic, partition: 0 }])
        consumer.seek({ topic, partition: 0 }, 7)
        const read = []
        while (read.length < count - 7) read.push(...(await consumer.poll({ timeoutMs: 5000 })))
        assert.deepEqual(
          read.map(({ offset, key, value }) => [offset, key, value]),
          sent.slice(7).map(({ key, value }, at) => [at + 7, key, value]),
          topic,
        )
      }
    }
  } finally {
    await Promise.all([admin.close(), producer.close(), consumer.close()])
  }
}
