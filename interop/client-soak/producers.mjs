// Producers of all kinds: each way to send, each codec, with and without keys. Each sends at a pace of its own and never gives up.
import { once } from 'node:events'
import { KafkaProducer, Serdes } from '../../packages/client/dist/index.js'
import { makeValue, ProducerLedger } from './ledgers.mjs'
import { impatient, sleep, topic } from './settings.mjs'

const pauseMs = 50
const closeLimitMs = 60_000
const keys = 64

/** What they have in common: run until told otherwise, then close. `failures` hears of whatever was not acknowledged. */
export class Producers {
  ledgers = []
  #bootstrap
  #failures
  #running = []
  #isStopped = false

  constructor(bootstrap, failures) {
    this.#bootstrap = bootstrap
    this.#failures = failures
  }

  start() {
    const kinds = [
      ['send', this.#sends, { 'compression.type': 'none' }],
      ['sendAll', this.#sendsAll, { 'compression.type': 'lz4' }],
      ['trySend', this.#triesToSend, { 'compression.type': 'gzip', 'linger.ms': 20 }],
      ['callback', this.#callsBack, { 'compression.type': 'snappy', 'max.in.flight.requests.per.connection': 3 }],
      ['writable', this.#writes, { 'compression.type': 'zstd' }],
    ]
    for (const [name, run, config] of kinds) this.#running.push(this.#runOne(name, run, config))
    this.#running.push(this.#visits())
  }

  /** Resolves when all that was sent is acknowledged, and all are closed. */
  async finish() {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  async #runOne(name, run, config) {
    const ledger = this.#ledger(name, { hasPlaces: name !== 'writable' })
    const producer = this.#producer(config)
    try {
      while (!this.#isStopped) {
        await run.call(this, producer, ledger)
        await sleep(pauseMs)
      }
      await producer.flush()
    } catch (error) {
      this.#failures.push(`${name}: ${error.stack}`)
    }
    await this.#failures.within(closeLimitMs, `${name}.close()`, producer.close())
  }

  #ledger(name, options) {
    const ledger = new ProducerLedger(name, options)
    this.ledgers.push(ledger)
    return ledger
  }

  #producer(config) {
    return new KafkaProducer({
      'bootstrap.servers': this.#bootstrap,
      ...impatient,
      'delivery.timeout.ms': 600_000,
      'max.block.ms': 600_000,
      'metadata.max.age.ms': 10_000,
      keySerializer: Serdes.string,
      valueSerializer: Serdes.string,
      ...config,
    })
  }

  #keyed(ledger) {
    const number = ledger.next()
    return { number, record: { topic, key: `k${number % keys}`, value: makeValue(ledger.name, number) } }
  }

  #keyless(ledger) {
    const number = ledger.next()
    return { number, record: { topic, value: makeValue(ledger.name, number) } }
  }

  /** Twenty at once, awaited together. */
  async #sends(producer, ledger) {
    const sent = Array.from({ length: 20 }, () => {
      const { number, record } = this.#keyed(ledger)
      return producer.send(record).then((metadata) => ledger.acknowledge(number, metadata))
    })
    await Promise.all(sent)
  }

  async #sendsAll(producer, ledger) {
    const batch = Array.from({ length: 30 }, () => this.#keyless(ledger))
    const metadata = await producer.sendAll(batch.map(({ record }) => record))
    for (const [index, { number }] of batch.entries()) ledger.acknowledge(number, metadata[index])
  }

  /** Many are on their way; it stops only when the producer says so. */
  async #triesToSend(producer, ledger) {
    for (let n = 0; n < 10; n++) {
      const { number, record } = this.#keyed(ledger)
      if (!producer.trySend(record, this.#acknowledging(ledger, number))) await producer.drained()
    }
  }

  async #callsBack(producer, ledger) {
    for (let n = 0; n < 5; n++) {
      const { number, record } = this.#keyless(ledger)
      producer.trySend({ ...record, headers: { number: String(number) } }, this.#acknowledging(ledger, number))
    }
    if (ledger.sent % 100 === 0) await producer.flush()
  }

  /** A stream of its own each time: its end says that everything is written. */
  async #writes(producer, ledger) {
    const writable = producer.writable()
    for (let n = 0; n < 10; n++) {
      if (!writable.write(this.#keyed(ledger).record)) await once(writable, 'drain')
    }
    writable.end()
    await once(writable, 'finish')
    ledger.acknowledgeAll()
  }

  /** Producers that live for a moment: what they have taken is sent by close(). */
  async #visits() {
    for (let visit = 0; !this.#isStopped; visit++) {
      const ledger = this.#ledger(`visitor${visit}`)
      const producer = this.#producer({ 'compression.type': 'lz4' })
      for (let n = 0; n < 50; n++) {
        const { number, record } = this.#keyed(ledger)
        producer.trySend(record, this.#acknowledging(ledger, number))
      }
      await this.#failures.within(closeLimitMs, `close() of ${ledger.name}`, producer.close())
      if (ledger.acknowledged < 50) this.#failures.push(`${ledger.name} was closed with ${ledger.acknowledged} records`)
      await sleep(3000)
    }
  }

  #acknowledging(ledger, number) {
    return (error, metadata) => {
      if (error === null) this.#failures.during(() => ledger.acknowledge(number, metadata))
      else this.#failures.push(`${ledger.name} ${number}: ${error.stack}`)
    }
  }
}
