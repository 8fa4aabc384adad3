// Everything at once: idempotent producers, group members, topics and configs that come, change and go, records that are
// deleted, producer ids. The actors' models say what a broker must hold after any end of it.
import { createTopics, findCoordinator, RawClient } from '../lib/raw.mjs'
import { ConfigAdminActor } from './actors/config-admin.mjs'
import { GroupMemberActor } from './actors/group-member.mjs'
import { LogModel } from './actors/log-model.mjs'
import { ProducerActor } from './actors/producer.mjs'
import { GivenIds, ProducerIdActor } from './actors/producer-ids.mjs'
import { RecordDeleterActor } from './actors/record-deleter.mjs'
import { TopicAdminActor } from './actors/topic-admin.mjs'

const partitions = 2
const producerCount = 3
const groupIds = ['group-a', 'group-b']
const membersOfGroup = 2

export class Workload {
  #bootstrap
  #logs
  #actors
  #working = []

  constructor(bootstrap, random) {
    this.#bootstrap = bootstrap
    this.#logs = Array.from({ length: partitions }, (_, partition) => new LogModel('verified', partition))
    const given = new GivenIds()
    const targets = this.#logs.map((log) => ({ topic: log.topic, partition: log.partition, log }))
    const numbered = (count, make) => Array.from({ length: count }, (_, n) => make(n))
    this.#actors = [
      ...numbered(producerCount, (n) => new ProducerActor(`producer${n}`, random, targets, given)),
      ...groupIds.flatMap((groupId) =>
        numbered(
          membersOfGroup,
          (n) => new GroupMemberActor(`${groupId}.member${n}`, random, groupId, 'verified', n % partitions),
        ),
      ),
      new RecordDeleterActor('deleter', random, this.#logs),
      new TopicAdminActor('topics', random),
      new ConfigAdminActor('configs', random, 'configured'),
      new ProducerIdActor('ids', random, given),
    ]
  }

  /** How much each kind of work has been answered, for the report. */
  get acknowledged() {
    return Object.fromEntries(this.#actors.map(({ name, acknowledged }) => [name, acknowledged]))
  }

  get total() {
    return this.#actors.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
  }

  async prepare() {
    await this.#with(async (client) => {
      await createTopics(client, [
        { name: 'verified', partitions, configs: { 'segment.bytes': 4 * 1024 * 1024 } },
        { name: 'configured' },
      ])
      for (const groupId of groupIds) await findCoordinator(client, groupId)
      for (const actor of this.#actors) await actor.prepare(client)
    })
  }

  /** Begins a round. It ends with the broker, or with a failure: `failure` is called at once. */
  start(failure) {
    this.#working = this.#actors.map((actor) =>
      actor.work(this.#bootstrap).catch((error) => {
        failure(error)
        throw error
      }),
    )
  }

  /** The end of the round; rejects when one of the actors saw what must not be. */
  async ended() {
    await Promise.all(this.#working)
  }

  /** Compares the broker with everything that was answered. `groupsHaveMoved`: sessions may have run out meanwhile. */
  async verify(when, { dataDir, groupsHaveMoved = false }) {
    await this.#with(async (client) => {
      for (const groupId of groupIds) await findCoordinator(client, groupId)
      for (const actor of this.#actors) await actor.resume(client)
      for (const log of this.#logs) await log.verify(client, when)
      for (const actor of this.#actors) await actor.verify(client, when, { dataDir, groupsHaveMoved })
    })
  }

  async #with(action) {
    const client = await RawClient.connect(this.#bootstrap)
    try {
      await action(client)
    } finally {
      client.close()
    }
  }
}
