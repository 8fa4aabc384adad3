// node-rdkafka, idempotent. Acknowledgements are polled for each millisecond; each finds its promise by its opaque.
import { once } from 'node:events'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const queueFull = -184
const recordsPerRead = 1000

export async function createProducer({ module, bootstrap, load, settings }) {
  const { Producer } = require(module)
  // A stream needs to know at its end only whether all are acknowledged, which `flush` tells.
  const reports = load !== 'stream'
  const producer = new Producer({
    'metadata.broker.list': bootstrap,
    'enable.idempotence': true,
    dr_cb: reports,
    ...settings,
  })
  producer.setPollInterval(1)
  producer.on('event.error', (error) => console.error(error.message))
  producer.on('delivery-report', (error, { opaque }) => {
    if (error) opaque?.reject(error)
    else opaque?.resolve()
  })
  producer.connect()
  await once(producer, 'ready')
  const produce = (topic, value, opaque) => producer.produce(topic, null, value, null, null, opaque)
  const send = (topic, value) =>
    new Promise((resolve, reject) => produce(topic, value, reports ? { resolve, reject } : undefined))
  return {
    send: (topic, value) => {
      if (reports) return send(topic, value)
      produce(topic, value)
      return flush(producer)
    },
    sendBatch: (topic, values) => Promise.all(values.map((value) => send(topic, value))),
    async stream(topic, value, isOver) {
      let records = 0
      while (!isOver()) {
        try {
          for (let n = 0; n < 256; n++) {
            produce(topic, value)
            records++
          }
        } catch (error) {
          if (error.errno !== queueFull && error.code !== queueFull) throw error
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
      }
      await flush(producer)
      return records
    },
    close: () => new Promise((resolve) => producer.disconnect(resolve)),
  }
}

function flush(producer) {
  return new Promise((resolve, reject) => producer.flush(60_000, (error) => (error ? reject(error) : resolve())))
}

export async function consume({ module, bootstrap, topic, groupId, load, onRecord }) {
  const { KafkaConsumer } = require(module)
  const consumer = new KafkaConsumer(
    { 'metadata.broker.list': bootstrap, 'group.id': groupId },
    { 'auto.offset.reset': 'earliest' },
  )
  consumer.connect()
  await once(consumer, 'ready')
  consumer.subscribe([topic])
  let isOver = false
  // Events come sooner, batches cost less.
  if (load === 'endToEnd') {
    consumer.on('data', ({ value }) => onRecord(value))
    consumer.consume()
  } else {
    consumer.setDefaultConsumeTimeout(1)
    const read = () => {
      consumer.consume(recordsPerRead, (error, messages) => {
        if (error) throw error
        for (const { value } of messages) onRecord(value)
        if (!isOver) read()
      })
    }
    read()
  }
  return {
    close() {
      isOver = true
      return new Promise((resolve) => consumer.disconnect(resolve))
    },
  }
}
