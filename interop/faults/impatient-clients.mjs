// kafkajs with little patience: requests time out after three seconds, the consumer's session after six. Producer and consumer
// have a thread each: what kafkajs goes on trying after `disconnect` ends with its thread, and a consumer that gave up is
// begun anew, as whoever runs it would begin it anew.
import { Worker } from 'node:worker_threads'
import { until } from '../lib/programs.mjs'

/** A producer and a consumer of `topic`. `joins`: how many generations the consumer has seen. */
export async function startImpatientClients(bootstrap, topic) {
  const producer = new ProducingThread(bootstrap, topic)
  const consumer = new ConsumingThread(bootstrap, topic)
  await Promise.all([producer.ready, consumer.start()])
  const missing = () => producer.sent.filter((value) => !consumer.consumed.has(value))
  return {
    consumed: consumer.consumed,
    get joins() {
      return consumer.joins
    },
    missing,
    async stop() {
      try {
        await producer.stop()
        await catchUp(() => missing().length).catch((error) => {
          throw new Error(`${error.message}; last crash of the consumer: ${consumer.lastCrash}`)
        })
      } finally {
        await Promise.all([producer.end(), consumer.end()])
      }
    },
  }
}

function startThread(role, bootstrap, topic) {
  return new Worker(new URL('impatient-thread.mjs', import.meta.url), { workerData: { role, bootstrap, topic } })
}

class ProducingThread {
  /** What was acknowledged. */
  sent = []
  #thread
  #failure

  constructor(bootstrap, topic) {
    this.#thread = startThread('producer', bootstrap, topic)
    this.ready = this.#told('ready')
    this.#thread.on('message', ({ sent }) => sent !== undefined && this.sent.push(sent))
    this.#thread.on('error', (error) => {
      this.#failure = error
    })
  }

  /** What is being sent is sent to its end. */
  async stop() {
    if (this.#failure !== undefined) throw this.#failure
    const stopped = this.#told('stopped')
    this.#thread.postMessage('stop')
    await stopped
  }

  async end() {
    await this.#thread.terminate()
  }

  #told(what) {
    return new Promise((resolve, reject) => {
      this.#thread.once('error', reject)
      this.#thread.on('message', (message) => message === what && resolve())
    })
  }
}

class ConsumingThread {
  consumed = new Set()
  joins = 0
  lastCrash = 'none'
  #thread
  #isOver = false
  #bootstrap
  #topic

  constructor(bootstrap, topic) {
    this.#bootstrap = bootstrap
    this.#topic = topic
  }

  /** Resolves when it is a member of its group. */
  start() {
    return new Promise((resolve) => {
      const thread = startThread('consumer', this.#bootstrap, this.#topic)
      this.#thread = thread
      const restart = (reason) => {
        if (this.#isOver || this.#thread !== thread) return
        this.lastCrash = reason
        this.#thread = undefined
        void thread.terminate()
        setTimeout(() => this.#isOver || void this.start().then(resolve), 500)
      }
      thread.on('error', (error) => restart(error.message))
      thread.on('message', ({ consumed, joined, crash }) => {
        if (consumed !== undefined) this.consumed.add(consumed)
        else if (crash !== undefined) restart(crash)
        else if (joined) {
          this.joins++
          resolve()
        }
      })
    })
  }

  async end() {
    this.#isOver = true
    await this.#thread?.terminate()
  }
}

/** Waits as long as it goes on: how much is to be caught up depends on what came before. */
async function catchUp(behind) {
  for (let last = behind(); last > 0; last = behind()) {
    await until(() => behind() < last, { what: `any of ${last} records to be consumed` })
  }
}
