// Changes configs of a topic and of the broker, to numbers that only grow: after a restart each is at least what was
// answered, and at most what was asked for.
import assert from 'node:assert/strict'
import { apis } from '../../lib/raw.mjs'
import { Actor, expectNone } from './actor.mjs'

const set = 0
const first = 1_000_000_000

export class ConfigAdminActor extends Actor {
  #resources

  /** `topic` is there already. */
  constructor(name, random, topic) {
    super(name, random)
    const counters = { asked: first, answered: undefined }
    this.#resources = [
      { resourceType: 2, resourceName: topic, key: 'retention.bytes', ...counters },
      { resourceType: 2, resourceName: topic, key: 'retention.ms', ...counters },
      { resourceType: 4, resourceName: '', key: 'log.retention.bytes', ...counters },
      { resourceType: 4, resourceName: '0', key: 'log.retention.ms', ...counters },
    ]
  }

  async act(connect) {
    const client = await connect()
    for (;;) {
      const resource = this.random.pick(this.#resources)
      const { resourceType, resourceName, key } = resource
      resource.asked++
      const { responses } = await client.call(apis.IncrementalAlterConfigs, 1, {
        resources: [
          { resourceType, resourceName, configs: [{ name: key, configOperation: set, value: String(resource.asked) }] },
        ],
        validateOnly: false,
      })
      expectNone(`change of ${key} of ${resourceName}`, responses[0].errorCode)
      resource.answered = resource.asked
      this.acknowledged++
    }
  }

  async verify(client, when) {
    const changed = this.#resources.filter(({ answered }) => answered !== undefined)
    const { results } = await client.call(apis.DescribeConfigs, 4, {
      resources: changed.map(({ resourceType, resourceName, key }) => ({
        resourceType,
        resourceName,
        configurationKeys: [key],
      })),
    })
    for (const [n, { resourceName, key, answered, asked }] of changed.entries()) {
      expectNone(`${when}: configs of ${resourceName}`, results[n].errorCode)
      const value = Number(results[n].configs[0]?.value)
      const at = `${when}: ${key} of '${resourceName}' is ${value}`
      assert.ok(value >= answered, `${at}, and ${answered} was answered`)
      assert.ok(value <= asked, `${at}, and ${asked} was the last that was asked for`)
    }
  }
}
