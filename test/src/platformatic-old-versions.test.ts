/**
 * @platformatic/kafka against brokers that pretend to be older. 2.x goes down to the oldest version of each API; 1.x has
 * some of the last versions only, and is asked for the first of those.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type AnyApi, apis } from '@millrace/protocol'
import { eventually } from './support/eventually.js'
import { olderBroker, type VersionLimit } from './support/older-broker.js'
import {
  platformatic,
  platformaticAdmin,
  platformaticConsumer,
  platformaticProducer,
  sendValues,
  take,
} from './support/platformatic.js'

const watched: readonly AnyApi[] = [apis.Produce, apis.Fetch, apis.JoinGroup, apis.Metadata, apis.OffsetCommit]

/** The versions of an API that both sides know. */
function common(api: AnyApi): { readonly min: number; readonly max: number } {
  const exported = Object.values<unknown>(platformatic as unknown as Record<string, unknown>).flatMap((each) => {
    const { api: call } = (each ?? {}) as { api?: { key: number; version: number } }
    return call?.key === api.key ? [call.version] : []
  })
  const both = exported.filter((version) => version >= api.versions.min && version <= api.versions.max)
  return { min: Math.min(...both, api.versions.max), max: Math.max(...both, api.versions.min) }
}

function maximum(api: AnyApi, step: number): number {
  // No Kafka had topic ids in Fetch and none in Metadata.
  if (api === apis.Metadata && common(apis.Fetch).min + step >= 13) return api.versions.max
  return Math.min(common(api).min + step, api.versions.max)
}

const steps = Math.max(...watched.map((api) => common(api).max - common(api).min))

for (let step = 0; step <= steps; step++) {
  test(`the oldest versions${step === 0 ? '' : ` and ${step} more`}`, async (t) => {
    const limit: VersionLimit = (api) => ({ min: api.versions.min, max: maximum(api, step) })
    const { bootstrap, spoken } = await olderBroker(t, limit)
    await everyday(t, bootstrap)
    for (const [name, api] of Object.entries<AnyApi>(apis)) {
      if (!watched.includes(api)) continue
      assert.deepEqual([...(spoken.get(name) ?? [])], [Math.min(maximum(api, step), common(api).max)], name)
    }
  })
}

/** What users do all day. */
async function everyday(t: TestContext, bootstrap: string): Promise<void> {
  const admin = platformaticAdmin(t, bootstrap)
  const topic = 'old'
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
  await sendValues(platformaticProducer(t, bootstrap), topic, ['a', 'b'])
  await sendValues(platformaticProducer(t, bootstrap, { idempotent: true }), topic, ['c'])

  const groupId = 'group'
  const options = { groupId, heartbeatInterval: 50, sessionTimeout: 6000, rebalanceTimeout: 6000 }
  const consumer = platformaticConsumer(t, bootstrap, options)
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  })
  const messages = await take(stream, 3)
  assert.deepEqual(
    messages.map(({ value }) => value),
    ['a', 'b', 'c'],
  )
  await consumer.commit({ offsets: [{ topic, partition: 0, offset: 3n, leaderEpoch: 0 }] })
  assert.deepEqual((await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] })).get(topic), [3n])
  assert.deepEqual((await consumer.listOffsets({ topics: [topic] })).get(topic), [3n])
  await consumer.close(true)

  const described = (await admin.describeGroups({ groups: [groupId] })).get(groupId)
  assert.equal(described?.state.toUpperCase(), 'EMPTY')
  assert.ok((await admin.listGroups()).has(groupId))
  await admin.deleteGroups({ groups: [groupId] })
  await admin.createPartitions({ topics: [{ name: topic, count: 2 }] })
  await admin.deleteTopics({ topics: [topic] })
  await eventually(async () => assert.ok(!(await admin.listTopics()).includes(topic)))
}
