/** @platformatic/kafka's consumer: streams in every mode, commits, offsets and lag, groups, static members. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { eventually } from './support/eventually.js'
import {
  platformatic,
  platformaticAdmin,
  platformaticConsumer,
  platformaticProducer,
  platformaticTopic,
  type StringConsumer,
  sendValues,
  take,
} from './support/platformatic.js'
import { sharedBroker } from './support/shared-broker.js'
import { uniqueName } from './support/topics.js'

const shared = sharedBroker({ 'group.min.session.timeout.ms': '500' })

async function filledTopic(t: TestContext, ...values: readonly string[]): Promise<string> {
  const topic = await platformaticTopic(t, shared.bootstrap)
  await sendValues(platformaticProducer(t, shared.bootstrap), topic, values)
  return topic
}

const valuesOf = (messages: readonly { readonly value: string }[]) => messages.map(({ value }) => value)

test('the modes: earliest, latest, committed with its fallbacks, manual', async (t) => {
  const topic = await filledTopic(t, 'a', 'b', 'c')
  const consumer = platformaticConsumer(t, shared.bootstrap)
  assert.deepEqual(valuesOf(await take(await consumer.consume({ topics: [topic], mode: 'earliest' }), 3)), [
    'a',
    'b',
    'c',
  ])

  const manual = platformaticConsumer(t, shared.bootstrap)
  const offsets = [{ topic, partition: 0, offset: 1n }]
  assert.deepEqual(valuesOf(await take(await manual.consume({ topics: [topic], mode: 'manual', offsets }), 2)), [
    'b',
    'c',
  ])

  const latest = platformaticConsumer(t, shared.bootstrap)
  const stream = await latest.consume({ topics: [topic], mode: 'latest' })
  const next = take(stream, 1)
  await once(stream, 'fetch')
  await sendValues(platformaticProducer(t, shared.bootstrap), topic, ['d'])
  assert.deepEqual(valuesOf(await next), ['d'])

  const fallback = platformaticConsumer(t, shared.bootstrap)
  const committed = await fallback.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' })
  assert.equal((await take(committed, 1))[0]?.value, 'a')
})

test('commits by hand and by the stream: the next of the group goes on there', async (t) => {
  const topic = await filledTopic(t, 'a', 'b', 'c', 'd')
  const groupId = uniqueName('group')
  const readOn = async (count: number, autocommit: boolean | number) => {
    const consumer = platformaticConsumer(t, shared.bootstrap, { groupId })
    const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest', autocommit })
    const messages = []
    for await (const message of stream) {
      messages.push(message)
      if (autocommit === false) await message.commit()
      if (messages.length === count) break
    }
    await consumer.close(true)
    return valuesOf(messages)
  }
  assert.deepEqual(await readOn(1, false), ['a'])
  assert.deepEqual(await readOn(1, false), ['b'])
  assert.deepEqual(await readOn(2, true), ['c', 'd'])
})

test('commit and listCommittedOffsets', async (t) => {
  const topic = await filledTopic(t, 'a', 'b')
  const consumer = platformaticConsumer(t, shared.bootstrap)
  consumer.topics.track(topic)
  await consumer.joinGroup()
  assert.deepEqual((await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] })).get(topic), [-1n])
  await consumer.commit({ offsets: [{ topic, partition: 0, offset: 2n, leaderEpoch: 0 }] })
  assert.deepEqual((await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] })).get(topic), [2n])
})

test('listOffsets, with timestamps too', async (t) => {
  const topic = await filledTopic(t, 'a', 'b')
  const consumer = platformaticConsumer(t, shared.bootstrap)
  assert.deepEqual((await consumer.listOffsets({ topics: [topic] })).get(topic), [2n])
  assert.deepEqual((await consumer.listOffsets({ topics: [topic], timestamp: -2n })).get(topic), [0n])
  const largest = await consumer.listOffsetsWithTimestamps({
    topics: [topic],
    timestamp: -3n,
    partitions: { [topic]: [0] },
  })
  const found = largest.get(topic)?.get(0)
  assert.ok(found !== undefined && found.offset >= 0n && found.timestamp > 0n)
})

test('fetch: one request, by hand', async (t) => {
  const topic = await filledTopic(t, 'a')
  const consumer = platformaticConsumer(t, shared.bootstrap)
  const { topics } = await consumer.metadata({ topics: [topic] })
  const answer = await consumer.fetch({
    node: 0,
    maxWaitTime: 100,
    topics: [
      {
        topicId: topics.get(topic)?.id ?? '',
        partitions: [
          { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0n, lastFetchedEpoch: -1, partitionMaxBytes: 1000 },
        ],
      },
    ],
  })
  assert.equal(answer.responses[0]?.partitions[0]?.highWatermark, 1n)
})

test('lag: asked for, and watched', async (t) => {
  const topic = await filledTopic(t, 'a', 'b', 'c')
  const consumer = platformaticConsumer(t, shared.bootstrap)
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
  const iterator = stream[Symbol.asyncIterator]()
  await (await iterator.next()).value?.commit()
  await eventually(async () => assert.deepEqual((await consumer.getLag({ topics: [topic] })).get(topic), [2n]))
  const seen: bigint[] = []
  consumer.on('consumer:lag', (lag) => seen.push(...(lag.get(topic) ?? [])))
  consumer.startLagMonitoring({ topics: [topic] }, 1000)
  await eventually(() => assert.deepEqual(seen[0], 2n))
  consumer.stopLagMonitoring()
})

/** A member that reads and drops; `assigned` keeps what it has. */
async function member(
  t: TestContext,
  topic: string,
  groupId: string,
  assigned: Map<string, number>,
  name: string,
  options = {},
): Promise<StringConsumer> {
  const consumer = platformaticConsumer(t, shared.bootstrap, {
    groupId,
    heartbeatInterval: 100,
    sessionTimeout: 6000,
    rebalanceTimeout: 6000,
    ...options,
  })
  consumer.on('consumer:group:join', ({ assignments }) => {
    assigned.set(name, assignments?.find((each) => each.topic === topic)?.partitions.length ?? 0)
  })
  const stream = await consumer.consume({ topics: [topic], mode: 'latest' })
  stream.on('data', () => {})
  stream.on('error', () => {}) // A member that is fenced says so whenever it finds out.
  return consumer
}

test('two members share the partitions of a topic, and the one that stays takes over', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap, 4)
  const groupId = uniqueName('group')
  const assigned = new Map<string, number>()
  const first = await member(t, topic, groupId, assigned, 'first')
  await eventually(() => assert.equal(assigned.get('first'), 4))
  await member(t, topic, groupId, assigned, 'second')
  await eventually(() => assert.deepEqual([assigned.get('first'), assigned.get('second')], [2, 2]))
  await first.close(true)
  await eventually(() => assert.equal(assigned.get('second'), 4))
})

test('a static member that comes back keeps its place, without a rebalance', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap, 4)
  const groupId = uniqueName('group')
  const assigned = new Map<string, number>()
  const staying = await member(t, topic, groupId, assigned, 'staying', { groupInstanceId: 'one' })
  const first = await member(t, topic, groupId, assigned, 'returning', { groupInstanceId: 'two' })
  await eventually(() => assert.deepEqual([assigned.get('staying'), assigned.get('returning')], [2, 2]))
  const { generationId } = staying
  const vanished = first.memberId
  // What was the first under this name is fenced, and its place is the second's.
  const second = await member(t, topic, groupId, assigned, 'again', { groupInstanceId: 'two' })
  await eventually(() => assert.equal(assigned.get('again'), 2))
  assert.notEqual(second.memberId, vanished)
  assert.deepEqual([staying.generationId, second.generationId], [generationId, generationId])
  const group = (await platformaticAdmin(t, shared.bootstrap).describeGroups({ groups: [groupId] })).get(groupId)
  assert.deepEqual([...(group?.members.values() ?? [])].map((each) => each.groupInstanceId).sort(), ['one', 'two'])
})

test('joinGroup, findGroupCoordinator, leaveGroup, and what the consumer says of itself', async (t) => {
  const topic = await platformaticTopic(t, shared.bootstrap)
  const consumer = platformaticConsumer(t, shared.bootstrap)
  assert.equal(await consumer.findGroupCoordinator(), 0)
  consumer.topics.track(topic)
  const heartbeat = once(consumer, 'consumer:heartbeat:end')
  const memberId = await consumer.joinGroup({ heartbeatInterval: 50, sessionTimeout: 6000, rebalanceTimeout: 6000 })
  assert.equal(consumer.memberId, memberId)
  assert.equal(consumer.coordinatorId, 0)
  assert.deepEqual(consumer.assignments, [{ topic, partitions: [0] }])
  await heartbeat
  assert.ok(consumer.isActive() && consumer.lastHeartbeat !== null)
  assert.equal(consumer.streamsCount, 0)
  const left = once(consumer, 'consumer:group:leave')
  await consumer.leaveGroup()
  await left
  assert.equal(consumer.memberId, null)
})

test('a stream that is paused asks for nothing more than it may keep, and goes on', async (t) => {
  const values = Array.from({ length: 100 }, (_, index) => `${index}`)
  const topic = await filledTopic(t, ...values)
  const consumer = platformaticConsumer(t, shared.bootstrap, { highWaterMark: 10, maxBytes: 2000 })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
  const seen: string[] = []
  stream.on('data', ({ value }) => {
    seen.push(value)
    if (seen.length % 30 !== 0) return
    stream.pause()
    setImmediate(() => stream.resume())
  })
  await eventually(() => assert.deepEqual(seen, values))
  assert.ok(stream.isActive())
  await stream.close()
})

test('every method of the consumer is used above', () => {
  const members = Object.getOwnPropertyNames(platformatic.Consumer.prototype).filter((name) => name !== 'constructor')
  const used = [
    ...['close', 'commit', 'consume', 'coordinatorId', 'fetch', 'findGroupCoordinator', 'getLag', 'isActive'],
    ...['joinGroup', 'lastHeartbeat', 'leaveGroup', 'listCommittedOffsets', 'listOffsets', 'listOffsetsWithTimestamps'],
    ...['startLagMonitoring', 'stopLagMonitoring', 'streamsCount'],
    'streamContext', // The user's own value.
  ]
  assert.deepEqual(members.sort(), used.sort())
})
