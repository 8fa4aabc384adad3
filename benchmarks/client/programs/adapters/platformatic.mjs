// @platformatic/kafka 1.x and 2.x. Its batches are made by the program.
import { recordsPerBatch, streamByLanes } from './lanes.mjs'

const acksAll = -1

export async function createProducer({ module, bootstrap, settings }) {
  const { Producer } = await import(module)
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [bootstrap], acks: acksAll, ...settings })
  const sendBatch = (topic, values) => producer.send({ messages: values.map((value) => ({ topic, value })) })
  return {
    send: (topic, value) => producer.send({ messages: [{ topic, value }] }),
    sendBatch,
    stream(topic, value, isOver) {
      const values = new Array(recordsPerBatch(value)).fill(value)
      const settings = { lanes: 2, recordsPerBatch: values.length, isOver }
      return streamByLanes(() => sendBatch(topic, values), settings)
    },
    close: () => producer.close(),
  }
}

export async function consume({ module, bootstrap, topic, groupId, onRecord }) {
  const { Consumer } = await import(module)
  const consumer = new Consumer({ clientId: 'bench', groupId, bootstrapBrokers: [bootstrap] })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true })
  stream.on('data', ({ value }) => onRecord(value))
  return {
    async close() {
      await stream.close()
      await consumer.close()
    },
  }
}
