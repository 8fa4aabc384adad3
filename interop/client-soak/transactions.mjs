// A producer that commits some transactions and aborts others, and two members that read, transform and write exactly once.
import assert from 'node:assert/strict'
import { KafkaConsumer, KafkaProducer, Serdes } from '../../packages/client/dist/index.js'
import { consumerSettings, impatient, sleep, topic } from './settings.mjs'
import { readAll } from './verify.mjs'

const perTransaction = 20
const pauseMs = 100
const catchUpMs = 90_000

export const writtenTopic = 'written'
export const transformedTopic = 'transformed'

export class Transactions {
  counts = { 'transactions written': 0, 'transactions transformed': 0 }
  #bootstrap
  #failures
  /** By number of a transaction: whether it was committed. */
  #outcomes = []
  #isWritten = false
  #stopping = new AbortController()
  #writing
  #transforming

  constructor(bootstrap, failures) {
    this.#bootstrap = bootstrap
    this.#failures = failures
  }

  start() {
    this.#writing = this.#noted('the transactional producer', this.#write())
    this.#transforming = [0, 1].map((member) => this.#noted(`transformer ${member}`, this.#transform(member)))
  }

  async finishWriting() {
    this.#isWritten = true
    await this.#writing
  }

  /** `ends`: of the topic that is transformed. Returns a few words. */
  async check(ends) {
    await this.#checkWritten()
    const deadline = performance.now() + catchUpMs
    let seen
    do {
      assert.ok(performance.now() < deadline, `not all was transformed within ${catchUpMs} ms`)
      seen = await this.#transformed()
    } while (seen.size < ends.reduce((sum, end) => sum + end, 0))
    for (const place of seen) {
      const [partition, offset] = place.split(' ').map(Number)
      assert.ok(offset < ends[partition], `${place} was never there`)
    }
    this.#stopping.abort()
    await Promise.all(this.#transforming)
    return `; ${this.#outcomes.length} transactions, ${seen.size} records transformed`
  }

  #producer(transactionalId) {
    return new KafkaProducer({
      'bootstrap.servers': this.#bootstrap,
      ...impatient,
      'transactional.id': transactionalId,
      'transaction.timeout.ms': 300_000,
      'max.block.ms': 300_000,
      'delivery.timeout.ms': 600_000,
      keySerializer: Serdes.string,
      valueSerializer: Serdes.string,
    })
  }

  async #noted(what, work) {
    await work.catch((error) => this.#failures.push(`${what}: ${error.stack}`))
  }

  async #write() {
    const producer = this.#producer('writer')
    await producer.initTransactions()
    for (let transaction = 0; !this.#isWritten; transaction++) {
      const isToCommit = transaction % 4 !== 3
      producer.beginTransaction()
      const sent = Array.from({ length: perTransaction }, (_, n) =>
        producer.send({ topic: writtenTopic, key: `k${n}`, value: `${transaction} ${n}` }),
      )
      const settled = Promise.allSettled(sent)
      if (isToCommit) await producer.commitTransaction()
      else await producer.abortTransaction()
      const failed = (await settled).find(({ status }) => status === 'rejected')
      if (isToCommit && failed !== undefined) throw failed.reason
      this.#outcomes.push(isToCommit)
      this.counts['transactions written']++
      await sleep(pauseMs)
    }
    await this.#failures.within(10_000, 'close() of the transactional producer', producer.close())
  }

  /** Exactly what was committed, once, in order. */
  async #checkWritten() {
    const found = new Map()
    const last = new Map()
    await readAll(this.#bootstrap, writtenTopic, { 'isolation.level': 'read_committed' }, ({ partition, value }) => {
      const [transaction, number] = value.split(' ').map(Number)
      const place = transaction * perTransaction + number
      assert.ok(place > (last.get(partition) ?? -1), `${value} is out of order, or there twice`)
      last.set(partition, place)
      found.set(transaction, (found.get(transaction) ?? 0) + 1)
    })
    for (const [transaction, isCommitted] of this.#outcomes.entries()) {
      const count = found.get(transaction) ?? 0
      assert.equal(count, isCommitted ? perTransaction : 0, `records of transaction ${transaction}`)
    }
  }

  /** What a rebalance or the coordinator refuses is aborted, and begun again from what is committed. */
  async #transform(member) {
    const producer = this.#producer(`transformer-${member}`)
    await producer.initTransactions()
    while (!this.#stopping.signal.aborted) {
      const consumer = this.#consumer()
      consumer.subscribe(topic)
      try {
        for await (const { records } of consumer.batches({ signal: this.#stopping.signal })) {
          await producer.transaction(async (transaction) => {
            for (const { partition, offset } of records) {
              void transaction.send({
                topic: transformedTopic,
                key: String(partition),
                value: `${partition} ${offset}`,
              })
            }
            await transaction.sendOffsets(consumer)
          })
          this.counts['transactions transformed']++
          await sleep(pauseMs)
        }
      } catch (error) {
        if (!error.abortable && !error.retriable) throw error
      }
      await this.#failures.within(12_000, `close() of transformer ${member}`, consumer.close({ timeoutMs: 10_000 }))
    }
    await this.#failures.within(10_000, 'close() of a transactional producer', producer.close())
  }

  #consumer() {
    return new KafkaConsumer({
      'bootstrap.servers': this.#bootstrap,
      'group.id': 'transformers',
      ...consumerSettings,
      'enable.auto.commit': false,
      'isolation.level': 'read_committed',
    })
  }

  /** `partition offset` of each record that was transformed; none of them twice. */
  async #transformed() {
    const seen = new Set()
    const config = { 'isolation.level': 'read_committed' }
    await readAll(this.#bootstrap, transformedTopic, config, ({ value }) => {
      assert.ok(!seen.has(value), `${value} was transformed twice`)
      seen.add(value)
    })
    return seen
  }
}
