// kafkajs with little patience: requests time out after three seconds, the consumer's session after six.
import { Kafka, logLevel } from 'kafkajs'
import { until } from '../lib/programs.mjs'

/** A producer and a consumer of `topic`. `joins`: how many generations the consumer has seen. */
export async function startImpatientClients(bootstrap, topic) {
  const kafka = new Kafka({
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 3000,
    retry: { retries: 1000, initialRetryTime: 50, maxRetryTime: 500 },
  })
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  const consumer = kafka.consumer({
    groupId: 'impatient',
    sessionTimeout: 6000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 100,
    // It is started again here: kafkajs's own way goes on after `disconnect`, and the process never ends.
    retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 500, restartOnFailure: async () => false },
  })
  const consumed = new Set()
  const seen = { joins: 0, lastCrash: 'none' }
  consumer.on(consumer.events.GROUP_JOIN, () => seen.joins++)
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    seen.lastCrash = payload.error.message
    void consumeAgain()
  })
  const sent = []
  let isStopping = false
  let isOver = false
  await producer.connect()
  await consume()
  // It gives up for good what it could try again, such as to find the coordinator.
  async function consume() {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => void consumed.add(message.value.toString()) })
  }
  async function consumeAgain() {
    for (let isOn = false; !isOn && !isOver; ) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      isOn = await consume().then(
        () => true,
        () => false,
      )
    }
  }
  const sending = (async () => {
    for (let n = 0; !isStopping; ) {
      try {
        // The same once more after an error: it may be in the log, and then its sequence number is taken for the next one.
        await producer.send({ topic, messages: [{ value: String(n) }] })
        sent.push(String(n++))
      } catch (error) {
        // kafkajs's own: it asks a connection for metadata that it has given up, and goes on doing so until it is told to
        // connect.
        if (error.message !== 'Broker not connected') throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
        await producer.connect()
      }
    }
  })()
  return {
    consumed,
    get joins() {
      return seen.joins
    },
    missing: () => sent.filter((value) => !consumed.has(value)),
    async stop() {
      isStopping = true
      await sending
      await catchUp(() => sent.filter((value) => !consumed.has(value)).length).catch((error) => {
        throw new Error(`${error.message}; last crash of the consumer: ${seen.lastCrash}`)
      })
      isOver = true
      await consumer.disconnect()
      await producer.disconnect()
    },
  }
}

/** Waits as long as it goes on: how much is to be caught up depends on what came before. */
async function catchUp(behind) {
  for (let last = behind(); last > 0; last = behind()) {
    await until(() => behind() < last, { what: `any of ${last} records to be consumed` })
  }
}
