// Creates topics, adds partitions to them and deletes them. What was answered holds after a restart: topics that were
// created are there under their ids, those that were deleted are not, and neither are their directories.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../lib/programs.mjs'
import { apis, createTopics, ErrorCode } from '../../lib/raw.mjs'
import { Actor, expectNone } from './actor.mjs'

const keptTopics = 5
const goneWithinMs = 20_000

export class TopicAdminActor extends Actor {
  /** By name: `{ id, partitions, isSure }`; the id is undefined until the creation is answered. */
  #topics = new Map()
  #deleted = new Set()
  /** Deletions without an answer. */
  #doomed = new Set()
  #count = 0

  async act(connect) {
    const client = await connect()
    for (;;) {
      const names = [...this.#topics.keys()].filter((name) => !this.#doomed.has(name))
      if (names.length > keptTopics) await this.#delete(client, this.random.pick(names))
      else if (names.length > 0 && this.random.chance(0.2)) await this.#grow(client, this.random.pick(names))
      else await this.#create(client)
      this.acknowledged++
    }
  }

  async verify(client, when, { dataDir }) {
    const described = await this.#described(client)
    for (const [name, { id, partitions }] of this.#topics) {
      const found = described.get(name)
      if (found === undefined) {
        assert.ok(id === undefined || this.#doomed.has(name), `${when}: the topic ${name} is not there`)
        this.#topics.delete(name)
        this.#doomed.delete(name)
        continue
      }
      if (id !== undefined) assert.equal(found.topicId, id, `${when}: the id of ${name}`)
      const count = found.partitions.length
      assert.ok(count >= partitions, `${when}: ${name} has ${count} partitions, and ${partitions} were answered`)
      this.#topics.set(name, { id: found.topicId, partitions: count })
    }
    for (const name of described.keys()) assert.ok(!this.#deleted.has(name), `${when}: the topic ${name} has come back`)
    for (const { name, partitions } of described.values()) {
      for (const { leaderId, partitionIndex } of partitions) {
        assert.equal(leaderId, 0, `${when}: the leader of ${name}-${partitionIndex}`)
      }
    }
    await until(async () => this.#strayDirectories(await this.#described(client), dataDir).length === 0, {
      what: `${when}: the directories of deleted topics to go`,
      timeoutMs: goneWithinMs,
      everyMs: 50,
    }).catch(async (error) => {
      const stray = this.#strayDirectories(await this.#described(client), dataDir)
      throw new Error(`${error.message}: ${stray.join(', ')}`)
    })
  }

  /** All topics, by name. */
  async #described(client) {
    const { topics } = await client.call(apis.Metadata, 12, { topics: null })
    return new Map(topics.map((topic) => [topic.name, topic]))
  }

  /** Directories that belong to no partition, or say another topic's id; and partitions without a directory. */
  #strayDirectories(described, dataDir) {
    const stray = []
    const there = new Set()
    for (const entry of readdirSync(dataDir, { withFileTypes: true })) {
      if (!entry.isDirectory() || entry.name === 'zookeeper') continue
      const [, name, partition] = entry.name.match(/^(.+)-(\d+)$/) ?? []
      const topic = described.get(name)
      if (topic === undefined || Number(partition) >= topic.partitions.length) stray.push(entry.name)
      else {
        const metadata = readFileSync(join(dataDir, entry.name, 'partition.metadata'), 'utf8')
        if (!metadata.includes(`topic_id: ${topic.topicId}`)) stray.push(`${entry.name} (another topic's id)`)
        there.add(entry.name)
      }
    }
    for (const { name, partitions } of described.values()) {
      for (const { partitionIndex } of partitions) {
        const directory = `${name}-${partitionIndex}`
        if (!there.has(directory)) stray.push(`${directory} (missing)`)
      }
    }
    return stray
  }

  async #create(client) {
    const name = `${this.name}-${this.#count++}`
    const partitions = 1 + this.random.below(4)
    this.#topics.set(name, { id: undefined, partitions: 0 })
    const ids = await createTopics(client, [{ name, partitions, configs: { 'segment.bytes': 1_048_576 } }])
    this.#topics.set(name, { id: ids.get(name), partitions })
  }

  async #grow(client, name) {
    const topic = this.#topics.get(name)
    const count = topic.partitions + 1
    const request = { topics: [{ name, count, assignments: null }], timeoutMs: 10_000, validateOnly: false }
    const { results } = await client.call(apis.CreatePartitions, 3, request)
    // A request of the round before may have been carried out after it was compared.
    if (results[0].errorCode === ErrorCode.INVALID_PARTITIONS) return
    expectNone(`CreatePartitions of ${name}`, results[0].errorCode)
    topic.partitions = count
  }

  async #delete(client, name) {
    this.#doomed.add(name)
    const { responses } = await client.call(apis.DeleteTopics, 4, { topicNames: [name], timeoutMs: 10_000 })
    expectNone(`DeleteTopics of ${name}`, responses[0].errorCode)
    this.#topics.delete(name)
    this.#doomed.delete(name)
    this.#deleted.add(name)
  }
}
