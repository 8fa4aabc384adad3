// A thread with one client of kafkajs. The producer tells `ready`, `{ sent }` for each value that was acknowledged, and, after
// it was told `stop`, `stopped`; the consumer `{ joined }`, `{ consumed }`, and `{ crash }` when it gave up.
import { parentPort, workerData } from 'node:worker_threads'
import { Kafka, logLevel } from 'kafkajs'

const { role, bootstrap, topic } = workerData
const kafka = new Kafka({
  brokers: [bootstrap],
  logLevel: logLevel.NOTHING,
  connectionTimeout: 1000,
  requestTimeout: 3000,
  retry: { retries: 1000, initialRetryTime: 50, maxRetryTime: 500 },
})
const tell = (message) => parentPort.postMessage(message)

await (role === 'producer' ? produce() : consume())

async function produce() {
  let isStopping = false
  parentPort.on('message', () => {
    isStopping = true
  })
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  tell('ready')
  for (let n = 0; !isStopping; ) {
    try {
      // The same once more after an error: it may be in the log, and then its sequence number is taken for the next one.
      await producer.send({ topic, messages: [{ value: String(n) }] })
      tell({ sent: String(n++) })
    } catch (error) {
      // kafkajs's own: it asks a connection for metadata that it has given up, and goes on doing so until it is told to
      // connect.
      if (error.message !== 'Broker not connected') throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
      await producer.connect()
    }
  }
  tell('stopped')
}

async function consume() {
  const consumer = kafka.consumer({
    groupId: 'impatient',
    sessionTimeout: 6000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 100,
    retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 500, restartOnFailure: async () => false },
  })
  consumer.on(consumer.events.GROUP_JOIN, () => tell({ joined: true }))
  consumer.on(consumer.events.CRASH, ({ payload }) => tell({ crash: payload.error.message }))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => tell({ consumed: message.value.toString() }) })
}
