// kafkajs: idempotent, acks=all. Its batches are made by the program.
import { createRequire } from 'node:module'
import { recordsPerBatch, streamByLanes } from './lanes.mjs'

const require = createRequire(import.meta.url)

function client({ module, bootstrap }) {
  const { Kafka, logLevel } = require(module)
  return new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR })
}

export async function createProducer(options) {
  const producer = client(options).producer({ idempotent: true })
  await producer.connect()
  const sendBatch = (topic, values) => producer.send({ topic, messages: values.map((value) => ({ value })) })
  return {
    send: (topic, value) => producer.send({ topic, messages: [{ value }] }),
    sendBatch,
    stream(topic, value, isOver) {
      const values = new Array(recordsPerBatch(value)).fill(value)
      const settings = { lanes: 2, recordsPerBatch: values.length, isOver }
      return streamByLanes(() => sendBatch(topic, values), settings)
    },
    close: () => producer.disconnect(),
  }
}

export async function consume({ topic, groupId, onRecord, ...options }) {
  const consumer = client(options).consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => onRecord(message.value) })
  return { close: () => consumer.disconnect() }
}
