// An admin client that asks something every few seconds. All calls come to their end, whatever happens to the broker.
import { KafkaAdminClient } from '../../packages/client/dist/index.js'
import { impatient, sleep, topic } from './settings.mjs'

const pauseMs = 2000
/** A repetition of what was done already says so; and a group is not there before its first member. */
const expected = ['TOPIC_ALREADY_EXISTS', 'UNKNOWN_TOPIC_OR_PARTITION', 'GROUP_ID_NOT_FOUND']

export class AdminCalls {
  count = 0
  #admin
  #failures
  #running
  #isStopped = false

  constructor(bootstrap, failures) {
    this.#admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap, ...impatient })
    this.#failures = failures
  }

  start() {
    this.#running = this.#run()
  }

  async finish() {
    this.#isStopped = true
    await this.#running
    await this.#failures.within(5000, 'close() of the admin client', this.#admin.close())
  }

  async #run() {
    const admin = this.#admin
    const calls = [
      () => admin.listTopics(),
      () => admin.describeCluster(),
      () => admin.describeConsumerGroups(['poll', 'key']),
      () => admin.listConsumerGroupOffsets(['iterator']),
      () => admin.listOffsets([[{ topic, partition: 0 }, 'latest']]),
      () => admin.createTopics([{ name: `passing-${this.count}`, numPartitions: 1, replicationFactor: 1 }]),
      async () => {
        const passing = [...(await admin.listTopics()).keys()].filter((name) => name.startsWith('passing-'))
        await admin.deleteTopics(passing)
      },
    ]
    while (!this.#isStopped) {
      try {
        await calls[this.count % calls.length]()
      } catch (error) {
        const codes = error.errors === undefined ? [error.code] : [...error.errors.values()].map(({ code }) => code)
        if (!codes.every((code) => expected.includes(code))) this.#failures.push(`admin: ${error.stack}`)
      }
      this.count++
      await sleep(pauseMs)
    }
  }
}
