// Deletes records up to an offset of its choice, again and again.
import { apis } from '../../lib/raw.mjs'
import { Actor, expectNone } from './actor.mjs'

/** How much of a log it leaves: the verification of a round reads all of that. */
const keptRecords = 3000

export class RecordDeleterActor extends Actor {
  #logs

  constructor(name, random, logs) {
    super(name, random)
    this.#logs = logs
  }

  async act(connect) {
    const client = await connect()
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 5 + this.random.below(50)))
      const log = this.random.pick(this.#logs)
      const offset = Math.max(log.startAnswered, log.end - keptRecords - this.random.below(100))
      log.startAsked = Math.max(log.startAsked, offset)
      const { topics } = await client.call(apis.DeleteRecords, 2, {
        topics: [{ name: log.topic, partitions: [{ partitionIndex: log.partition, offset }] }],
        timeoutMs: 10_000,
      })
      const [{ errorCode, lowWatermark }] = topics[0].partitions
      expectNone(`DeleteRecords of ${log.topic}-${log.partition} up to ${offset}`, errorCode)
      log.startAnswered = Math.max(log.startAnswered, lowWatermark)
      this.acknowledged++
    }
  }
}
