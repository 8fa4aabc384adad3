// An idempotent producer with up to five batches in flight for each partition: batches of one record and of hundreds,
// plain and compressed. What is under way when the broker goes is sent again with the same sequence numbers.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { apis, batchOf, decodeResponse, ErrorCode, errorName, produceBody } from '../../lib/raw.mjs'
import { Actor, expectNone } from './actor.mjs'

const inFlightMax = 5
const compressions = ['none', 'none', 'gzip', 'snappy', 'lz4', 'zstd']
/** Of a record that stands for a big one. */
const largeBytes = 100_000
const filler = randomBytes(largeBytes).toString('base64').slice(0, largeBytes)

export class ProducerActor extends Actor {
  /** Where its batches go: `{ topic, partition, log }`, with the model of that log. */
  targets
  producerIds
  #producerId = -1
  #epoch = -1
  /** For each target: batches sent and not answered, in order, and the next sequence number. */
  #states

  constructor(name, random, targets, producerIds) {
    super(name, random)
    this.targets = targets
    this.producerIds = producerIds
    this.#states = targets.map(() => ({ pending: [], nextSequence: 0, nextNumber: 0 }))
  }

  async prepare(client) {
    const answer = await client.call(apis.InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
    expectNone('InitProducerId', answer.errorCode)
    this.producerIds.add(answer.producerId)
    this.#producerId = answer.producerId
    this.#epoch = answer.producerEpoch
  }

  async act(connect) {
    const clients = await Promise.all(this.targets.map(connect))
    await Promise.all(clients.map((client, n) => this.#pump(client, n)))
  }

  async resume(client) {
    for (const [n, { pending }] of this.#states.entries()) {
      while (pending.length > 0) {
        this.#send(client, n, pending[0])
        this.#settle(n, await client.nextFrame())
      }
    }
  }

  async #pump(client, n) {
    const { pending } = this.#states[n]
    for (;;) {
      while (pending.length < inFlightMax) this.#send(client, n, this.#nextBatch(n))
      this.#settle(n, await client.nextFrame())
    }
  }

  #nextBatch(n) {
    const state = this.#states[n]
    const isLarge = this.random.chance(0.05)
    const count = isLarge ? 3 : this.random.pick([1, 1, 1, 5, 20, 200])
    const values = Array.from({ length: count }, () => {
      const text = `${this.name}/${n}/${state.nextNumber++}`
      return isLarge ? `${text}/${filler}` : text
    })
    const batch = { values, sequence: state.nextSequence, compression: this.random.pick(compressions) }
    state.nextSequence += count
    state.pending.push(batch)
    return batch
  }

  #send(client, n, { values, sequence, compression }) {
    const { topic, partition } = this.targets[n]
    const records = batchOf(values, {
      producerId: this.#producerId,
      producerEpoch: this.#epoch,
      baseSequence: sequence,
      compression,
    })
    client.request(apis.Produce, 9, produceBody(topic, records, { partition }))
  }

  /** The first batch that is under way has been answered. */
  #settle(n, frame) {
    const { log } = this.targets[n]
    const { pending } = this.#states[n]
    const answer = decodeResponse(apis.Produce, 9, frame).body.responses[0].partitionResponses[0]
    const { errorCode, baseOffset } = answer
    if (errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      // It is older than what the broker remembers of this producer: there, at an offset that nobody told.
      log.acknowledge(this.name, pending.shift().values, undefined)
      return
    }
    expectNone(`produce of sequence ${pending[0].sequence} (${errorName(errorCode)})`, errorCode)
    assert.ok(baseOffset >= 0, `${this.name}: base offset ${baseOffset}`)
    log.acknowledge(this.name, pending.shift().values, baseOffset)
    this.acknowledged++
  }
}
