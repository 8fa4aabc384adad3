// What every part of the mixed load has in common: it works on connections of its own until the broker goes away, keeps
// a model of what was answered and of what may have happened without an answer, and compares the broker with it.
import { ErrorCode, errorName, RawClient } from '../../lib/raw.mjs'

/** An answer that says "not now": the actor ends its round as if the connection had gone. */
export class NotNow extends Error {}

const passing = new Set([
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.NOT_CONTROLLER,
])

/** Throws when an answer is an error: a passing one ends the round, any other the test. */
export function expectNone(what, errorCode) {
  if (errorCode === ErrorCode.NONE) return
  const error = `${what}: ${errorName(errorCode)}`
  throw passing.has(errorCode) ? new NotNow(error) : new Error(error)
}

export class Actor {
  name
  random
  /** How much was answered, over all rounds. */
  acknowledged = 0
  #clients = []

  constructor(name, random) {
    this.name = name
    this.random = random
  }

  /** Once, before the first round. */
  async prepare(_client) {}

  /** Works until the broker goes, or tells it to end. Subclasses give `act(connect)`. */
  async work(bootstrap) {
    const connect = async () => {
      const client = await RawClient.connect(bootstrap)
      this.#clients.push(client)
      return client
    }
    try {
      await this.act(connect)
    } catch (error) {
      const isEnd = error instanceof NotNow || /closed the connection|ECONNREFUSED|ECONNRESET/.test(error.message)
      if (!isEnd) throw new Error(`${this.name}: ${error.message}`, { cause: error })
    } finally {
      for (const client of this.#clients.splice(0)) client.close()
    }
  }

  /** Brings what was under way to its end, so that the model is sure again. */
  async resume(_client) {}

  /** Compares. `when` begins each message. */
  async verify(_client, _when, _context) {}
}
