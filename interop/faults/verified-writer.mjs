// One idempotent producer on one partition, one batch at a time, and the model of what it was answered. A batch that
// is refused stays the next one, with its sequence number.
import assert from 'node:assert/strict'
import { LogModel } from '../durability/actors/log-model.mjs'
import { apis, batchOf, ErrorCode, errorName, produce, RawClient } from '../lib/raw.mjs'

export class VerifiedWriter {
  log
  #bootstrap
  #client
  #name
  #bytes
  #producerId = -1
  #count = 0

  /** `bytes`: of each record. */
  constructor(bootstrap, topic, { partition = 0, bytes = 1000, name = 'writer' } = {}) {
    this.log = new LogModel(topic, partition)
    this.#bootstrap = bootstrap
    this.#bytes = bytes
    this.#name = name
  }

  get count() {
    return this.#count
  }

  async connect() {
    this.#client?.close()
    this.#client = await RawClient.connect(this.#bootstrap)
    if (this.#producerId >= 0) return
    const answer = await this.#client.call(apis.InitProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    })
    assert.equal(answer.errorCode, ErrorCode.NONE, errorName(answer.errorCode))
    this.#producerId = answer.producerId
  }

  close() {
    this.#client?.close()
  }

  /** Writes the next record; resolves to the name of the error. */
  async write() {
    const { topic, partition } = this.log
    const label = `${this.#name}/0/${this.#count}/`
    const value = label.padEnd(this.#bytes, '.')
    const records = batchOf([value], { producerId: this.#producerId, producerEpoch: 0, baseSequence: this.#count })
    const { errorCode, baseOffset } = await produce(this.#client, topic, records, { partition, timeoutMs: 5000 })
    if (errorCode === ErrorCode.NONE) {
      this.log.acknowledge(this.#name, [value], baseOffset)
      this.#count++
    }
    return errorName(errorCode)
  }

  /** Writes until it gets an error; resolves to its name. */
  async writeUntilRefused() {
    for (;;) {
      const error = await this.write()
      if (error !== 'NONE') return error
    }
  }

  /** Writes until it is taken again; resolves to how long that took, in ms. */
  async writeUntilTaken(limitMs = 30_000) {
    const startedAt = performance.now()
    for (;;) {
      const error = await this.write()
      const tookMs = performance.now() - startedAt
      if (error === 'NONE') return tookMs
      assert.ok(tookMs < limitMs, `still ${error} after ${Math.round(tookMs)} ms`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async verify(when) {
    const client = await RawClient.connect(this.#bootstrap)
    await this.log.verify(client, when).finally(() => client.close())
  }
}
