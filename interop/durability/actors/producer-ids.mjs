// Asks for producer ids: none is ever given twice.
import assert from 'node:assert/strict'
import { apis } from '../../lib/raw.mjs'
import { Actor, expectNone } from './actor.mjs'

/** Every id that a run was given. */
export class GivenIds {
  #ids = new Set()

  add(id) {
    assert.ok(!this.#ids.has(id), `the producer id ${id} was given twice`)
    this.#ids.add(id)
  }
}

export class ProducerIdActor extends Actor {
  #given

  constructor(name, random, given) {
    super(name, random)
    this.#given = given
  }

  async act(connect) {
    const client = await connect()
    for (;;) {
      const answer = await client.call(apis.InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
      expectNone('InitProducerId', answer.errorCode)
      this.#given.add(answer.producerId)
      this.acknowledged++
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
}
