import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeLogDirs, ErrorCode, fetch, metadata, offsetCommit } from '@millrace/protocol'
import { BrokerWorld, createTopic, produceTo, type TestBrokerLife } from './testing/broker-fixture.js'
import { until } from './testing/test-peer.js'

async function partitionsOf(broker: TestBrokerLife, topic: string) {
  const topics = [{ name: topic, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }]
  const answer = await broker.ask(metadata, { topics, allowAutoTopicCreation: false })
  return answer.topics[0]?.partitions ?? []
}

/** The partitions of the topic that lie in the log directory. */
function indexesIn(broker: TestBrokerLife, topic: string, logDir: string): number[] {
  return [...broker.services.logs.all()]
    .filter((log) => log.topic === topic && log.dir.startsWith(`${logDir}/`))
    .map(({ partition }) => partition)
}

async function fetchFrom(broker: TestBrokerLife, topic: string, partition: number) {
  const topicId = broker.services.metadata.image.topics.get(topic)?.id ?? ''
  const wanted = { partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }
  const { responses } = await broker.ask(fetch, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topicId, topic, partitions: [wanted] }],
    forgottenTopicsData: [],
  })
  return responses[0]?.partitions[0]
}

test('a log directory fails: its partitions are offline and leaderless, the others go on; with the disk back all is back', async (t) => {
  const world = await BrokerWorld.create(t)
  const broker = await world.start(2)
  assert.equal(await createTopic(broker, 't', 4), ErrorCode.NONE)
  for (const index of [0, 1, 2, 3]) assert.equal(await produceTo(broker, 't', index), ErrorCode.NONE)
  const lost = indexesIn(broker, 't', world.logDir(0))
  const kept = indexesIn(broker, 't', world.logDir(1))
  assert.deepEqual([lost.length, kept.length], [2, 2])

  world.disk.fail('EIO', (_, path) => path.startsWith(world.logDir(0)))
  assert.equal(await produceTo(broker, 't', lost[0] ?? 0), ErrorCode.KAFKA_STORAGE_ERROR)
  const isLeaderless = (index: number) => broker.services.metadata.image.partition('t', index)?.leader === -1
  await until(() => lost.every(isLeaderless))
  for (const partition of await partitionsOf(broker, 't')) {
    const isLost = lost.includes(partition.partitionIndex)
    assert.equal(partition.leaderId, isLost ? -1 : 0)
    assert.equal(partition.errorCode, isLost ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE)
    assert.deepEqual(partition.offlineReplicas, isLost ? [0] : [])
  }
  for (const index of lost) {
    assert.equal(await produceTo(broker, 't', index), ErrorCode.KAFKA_STORAGE_ERROR)
    assert.equal((await fetchFrom(broker, 't', index))?.errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
  }
  for (const index of kept) {
    assert.equal(await produceTo(broker, 't', index), ErrorCode.NONE)
    assert.equal((await fetchFrom(broker, 't', index))?.errorCode, ErrorCode.NONE)
  }
  assert.equal(broker.services.logs.offlineDirectoryCount, 1)
  const described = await broker.ask(describeLogDirs, { topics: null })
  assert.deepEqual(
    described.results.map(({ logDir, errorCode }) => [logDir, errorCode]),
    [
      [world.logDir(1), ErrorCode.NONE],
      [world.logDir(0), ErrorCode.KAFKA_STORAGE_ERROR],
    ],
  )
  assert.equal(await createTopic(broker, 'new', 2), ErrorCode.NONE, 'new partitions go where there is a disk')
  assert.deepEqual(broker.halted, [])
  // The next process finds the lock of a dead one; here the process lives on.
  world.disk.repair()
  assert.equal(await produceTo(broker, 't', lost[0] ?? 0), ErrorCode.KAFKA_STORAGE_ERROR, 'until the next start')
  await broker.stop()

  const again = await world.start(2)
  for (const index of [0, 1, 2, 3]) assert.equal(await produceTo(again, 't', index), ErrorCode.NONE)
  assert.equal(again.services.logs.offlineDirectoryCount, 0)
})

test('a directory that is broken at the start: its partitions are not made anew elsewhere', async (t) => {
  const world = await BrokerWorld.create(t)
  const broker = await world.start(2)
  await createTopic(broker, 't', 2)
  const [lost] = indexesIn(broker, 't', world.logDir(0))
  await broker.stop()
  world.disk.fail('EIO', (_, path) => path.startsWith(world.logDir(0)))
  const again = await world.start(2)
  const isLeaderless = () => again.services.metadata.image.partition('t', lost ?? 0)?.leader === -1
  await until(isLeaderless)
  assert.equal(again.services.logs.get('t', lost ?? 0), undefined)
  assert.equal(again.services.logs.offlineDirectoryCount, 1)
})

test('the last log directory fails: the broker halts', async (t) => {
  const world = await BrokerWorld.create(t)
  const broker = await world.start(1)
  await createTopic(broker, 't', 1)
  world.disk.fail('EROFS', (operation) => operation !== 'read')
  assert.equal(await produceTo(broker, 't', 0), ErrorCode.KAFKA_STORAGE_ERROR)
  assert.deepEqual(broker.halted, ['All log directories have failed'])
})

test('full disk: a topic whose log cannot be made is not said to be there; it is when there is space', async (t) => {
  const world = await BrokerWorld.create(t)
  const broker = await world.start(1)
  await createTopic(broker, 'before', 1)
  assert.equal(await produceTo(broker, 'before', 0), ErrorCode.NONE)
  world.disk.fill(world.logDir(0))
  assert.equal(await createTopic(broker, 'during', 1, 100), ErrorCode.REQUEST_TIMED_OUT)
  // The answer did not wait for the controller.
  await until(() => broker.services.metadata.image.partition('during', 0) !== undefined)
  const [partition] = await partitionsOf(broker, 'during')
  assert.deepEqual([partition?.leaderId, partition?.offlineReplicas], [-1, [0]])
  assert.equal(await produceTo(broker, 'before', 0), ErrorCode.KAFKA_STORAGE_ERROR)
  assert.equal((await fetchFrom(broker, 'before', 0))?.errorCode, ErrorCode.NONE)
  assert.deepEqual(broker.halted, [])
  assert.equal(broker.services.logs.offlineDirectoryCount, 0, 'a full disk is not a broken one')

  world.disk.repair()
  const endMs = Date.now() + 5000
  assert.equal(await produceTo(broker, 'before', 0), ErrorCode.NONE)
  await until(() => broker.services.replicas.get('during', 0)?.isLeader === true)
  assert.equal(await produceTo(broker, 'during', 0), ErrorCode.NONE)
  assert.ok(Date.now() < endMs)
})

test('full disk: an offset commit is refused, the ones before are kept, and it works when there is space', async (t) => {
  const world = await BrokerWorld.create(t)
  const broker = await world.start(1)
  await createTopic(broker, 't', 1)
  await createTopic(broker, '__consumer_offsets', 1)
  await broker.services.topics.autoCreate('__consumer_offsets')
  const commit = async (committedOffset: number) => {
    const { topics } = await broker.ask(offsetCommit, {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [
        {
          name: 't',
          topicId: broker.services.metadata.image.topics.get('t')?.id ?? '',
          partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: null }],
        },
      ],
    })
    return topics[0]?.partitions[0]?.errorCode
  }
  const commitUntil = async (committedOffset: number, error: number) => {
    const endMs = Date.now() + 5000
    for (let code = await commit(committedOffset); code !== error; code = await commit(committedOffset)) {
      assert.ok(Date.now() < endMs, `the commit is answered with ${code}`)
      // The coordinator loads meanwhile.
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
  }
  await commitUntil(1, ErrorCode.NONE)
  world.disk.fill(world.logDir(0))
  assert.notEqual(await commit(2), ErrorCode.NONE)
  world.disk.repair()
  await commitUntil(3, ErrorCode.NONE)
})
