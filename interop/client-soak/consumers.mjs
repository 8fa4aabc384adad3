// Groups of consumers, one for each way to read, with members that stay and one that comes and goes. Nothing that a member meets
// may be thrown at the program, and everything it gets is checked at once.
import assert from 'node:assert/strict'
import { KafkaConsumer, Serdes } from '../../packages/client/dist/index.js'
import { GroupLedger, KeyOrder, MemberOrder } from './ledgers.mjs'
import { consumerSettings, killedGroup, sleep, topic } from './settings.mjs'

const closeTimeoutMs = 10_000
const closeLimitMs = closeTimeoutMs + 2000

/** Reads until `signal` aborts. `order` checks each record. */
const ways = {
  async poll(consumer, order, signal) {
    while (!signal.aborted) {
      for (const record of await consumer.poll({ timeoutMs: 500 })) order.saw(record)
    }
  },

  async pollAndCommit(consumer, order, signal) {
    while (!signal.aborted) {
      const records = await consumer.poll({ timeoutMs: 500 })
      for (const record of records) order.saw(record)
      if (!records.isEmpty()) await committed(consumer.commitSync())
    }
  },

  async records(consumer, order, signal) {
    for await (const record of consumer.records({ signal })) order.saw(record)
  },

  async batches(consumer, order, signal) {
    for await (const { records } of consumer.batches({ signal })) {
      for (const record of records) order.saw(record)
    }
  },

  async runByPartition(consumer, order, signal) {
    await consumer.run({ ordering: 'partition', signal, eachRecord: handler(order) })
  },

  async runByKey(consumer, order, signal) {
    await consumer.run({ ordering: 'key', maxConcurrency: 32, signal, eachRecord: handler(order) })
  },
}

const cooperative = { 'partition.assignment.strategy': ['cooperative-sticky'] }
const range = { 'partition.assignment.strategy': ['range'] }

/** By name of the group: how its members read, the last of which comes and goes. */
const groups = {
  poll: { config: range, members: ['poll', 'poll', 'poll'] },
  commit: { config: { ...cooperative, 'enable.auto.commit': false }, members: ['pollAndCommit', 'pollAndCommit'] },
  iterator: { config: cooperative, members: ['records', 'batches', 'records'] },
  partition: { config: range, members: ['runByPartition', 'runByPartition', 'runByPartition'] },
  key: { config: cooperative, members: ['runByKey', 'runByKey', 'runByKey'] },
  [killedGroup]: { config: cooperative, members: ['poll', 'records', 'poll'] },
}

/** A handler that now and then takes some time. */
function handler(order) {
  return (record) => {
    order.saw(record)
    return record.offset % 50 === 0 ? sleep(5) : undefined
  }
}

/** A rebalance may come first: others commit then. */
async function committed(commit) {
  await commit.catch((error) => {
    assert.ok(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'].includes(error.code), error)
  })
}

export class Consumers {
  ledgers = new Map()
  #bootstrap
  #failures
  #stopping = new AbortController()
  #running = []
  #steady = []

  constructor(bootstrap, failures) {
    this.#bootstrap = bootstrap
    this.#failures = failures
  }

  start() {
    for (const [name, { config, members }] of Object.entries(groups)) {
      const ledger = new GroupLedger(name, { hasOthers: name === killedGroup })
      this.ledgers.set(name, ledger)
      for (const [index, way] of members.entries()) {
        const isSteady = index < members.length - 1
        const member = { ledger, way, config, name: `member ${index}` }
        this.#running.push(isSteady ? this.#stay(member) : this.#comeAndGo(member))
      }
    }
  }

  /** Members that should be in their groups, and are not, with what they are. */
  strays() {
    return this.#steady
      .map(({ name, consumer }) => ({ name, ...consumer.state() }))
      .filter(({ phase, assignment }) => phase !== 'stable' || assignment.length === 0)
  }

  async finish() {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  async #stay(member) {
    await this.#read(member, this.#stopping.signal, true)
  }

  async #comeAndGo(member) {
    for (let life = 0; !this.#stopping.signal.aborted; life++) {
      const { signal } = this.#stopping
      await this.#read(
        { ...member, name: `guest ${life}` },
        AbortSignal.any([signal, AbortSignal.timeout(7000)]),
        false,
      )
      await sleep(3000)
    }
  }

  async #read({ ledger, way, config, name }, signal, isSteady) {
    const consumer = new KafkaConsumer({
      'bootstrap.servers': this.#bootstrap,
      'group.id': ledger.name,
      keyDeserializer: Serdes.string,
      valueDeserializer: Serdes.string,
      ...consumerSettings,
      ...config,
    })
    const order = way === 'runByKey' ? new KeyOrder(ledger, name) : new MemberOrder(ledger, name)
    consumer.subscribe(topic, { onPartitionsAssigned: (partitions) => order.assigned(partitions) })
    if (isSteady) this.#steady.push({ name: `${ledger.name}, ${name}`, consumer })
    try {
      await ways[way](consumer, order, signal)
    } catch (error) {
      this.#failures.push(`${ledger.name}, ${name}: ${error.stack}`)
    }
    const closed = consumer.close({ timeoutMs: closeTimeoutMs })
    await this.#failures.within(closeLimitMs, `close() of ${ledger.name}, ${name}`, closed)
  }
}
