/** The consumer goes on, whatever happens to brokers and connections: each test asserts that records still come, in order, once. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBroker } from '@millrace/broker'
import { ErrorCode, type FetchResponse, type MetadataResponse } from '@millrace/protocol'
import { ConsumerFixture, readAll, type TestConfig, text, tp, withCode } from '../testing/consumer-fixture.js'
import { type FaultyProxy, faultyProxy } from '../testing/faulty-proxy.js'
import { freshName } from '../testing/temporary-broker.js'

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => String(from + index))
const isOurs = (process.env['MILLRACE_TEST_BOOTSTRAP'] ?? '') === ''
const IMPATIENT = {
  'request.timeout.ms': 300,
  'retry.backoff.ms': 20,
  'reconnect.backoff.ms': 20,
  'fetch.max.wait.ms': 100,
  'heartbeat.interval.ms': 100,
} as const

// Its one broker is whichever the proxy stands before.
test('watchdog', { skip: !isOurs }, async (t) => {
  const kafka = await ConsumerFixture.start(t, { 'group.min.session.timeout.ms': '100' })
  const behind = async (st: Parameters<typeof faultyProxy>[0], config: TestConfig<Buffer, Buffer> = {}) => {
    const proxy = await faultyProxy(st, kafka.bootstrap)
    return { proxy, consumer: kafka.consumer({ ...IMPATIENT, 'bootstrap.servers': proxy.bootstrap, ...config }) }
  }
  const once = (proxy: FaultyProxy, api: string, fault: ReturnType<FaultyProxy['onRequest']>, times = 1) => {
    let left = times
    proxy.onRequest = (request) => {
      if (request.api !== api || left === 0) return 'pass'
      left--
      return fault
    }
    return () => times - left
  }
  const onPartition = (change: (partition: FetchResponse['responses'][number]['partitions'][number]) => object) =>
    ((response: FetchResponse) => ({
      ...response,
      responses: response.responses.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((partition) => ({ ...partition, ...change(partition) })),
      })),
    })) as (response: never) => unknown

  await t.test('connections that break all the time: every record once, in order', async (st) => {
    const topic = await kafka.createTopic(2)
    for (let batch = 0; batch < 20; batch++) {
      for (const partition of [0, 1]) await kafka.produce(topic, partition, numbers(5, batch * 5))
    }
    const { proxy, consumer } = await behind(st, { 'max.poll.records': 7 })
    consumer.assign([tp(topic, 0), tp(topic, 1)])
    let requests = 0
    proxy.onRequest = ({ api }) => (api === 'Fetch' && ++requests % 3 === 0 ? 'reset-after' : 'pass')
    const seen: Record<number, number[]> = { 0: [], 1: [] }
    for (let count = 0; count < 200; ) {
      const records = await consumer.poll({ timeoutMs: 5000 })
      count += records.count
      for (const { partition, offset } of records) seen[partition]?.push(offset)
      if (count % 3 === 0) proxy.resetAll()
    }
    for (const partition of [0, 1]) assert.deepEqual(seen[partition], numbers(100).map(Number))
  })

  for (const api of [
    'Fetch',
    'ListOffsets',
    'OffsetFetch',
    'Metadata',
    'FindCoordinator',
    'JoinGroup',
    'SyncGroup',
    'Heartbeat',
    'OffsetCommit',
  ]) {
    await t.test(`${api} is never answered on one connection: progress within request.timeout.ms`, async (st) => {
      const topic = await kafka.createTopic()
      await kafka.produce(topic, 0, ['a'])
      const { proxy, consumer } = await behind(st, { 'group.id': freshName('group'), 'auto.commit.interval.ms': 50 })
      const struck = once(proxy, api, 'silence')
      consumer.subscribe(topic)
      assert.deepEqual(text(await readAll(consumer, 1, 5000)), ['a'])
      while (struck() === 0) await consumer.poll({ timeoutMs: 20 })
      await kafka.produce(topic, 0, ['b'])
      assert.deepEqual(text(await readAll(consumer, 1, 5000)), ['b'])
      await consumer.commitSync(undefined, { timeoutMs: 5000 })
      assert.equal(consumer.state().assignment.length, 1)
    })
  }

  await t.test('a rebalance that hangs with its connection is found within request.timeout.ms', async (st) => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const { proxy, consumer } = await behind(st, { 'group.id': freshName('group') })
    consumer.subscribe(topic)
    await readAll(consumer, 1)
    for (const api of ['JoinGroup', 'SyncGroup']) {
      const struck = once(proxy, api, 'silence')
      consumer.enforceRebalance()
      while (struck() === 0) await consumer.poll({ timeoutMs: 20 })
      await kafka.produce(topic, 0, [api])
      assert.deepEqual(text((await readAll(consumer, 1, 5000)).slice(-1)), [api])
    }
  })

  await t.test('the coordinator moves: heartbeats and commits find it', async (st) => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const { proxy, consumer } = await behind(st, { 'group.id': freshName('group') })
    consumer.subscribe(topic)
    await readAll(consumer, 1)
    const moved = (response: object) => ({ ...response, errorCode: ErrorCode.NOT_COORDINATOR })
    const heartbeats = once(proxy, 'Heartbeat', moved as (response: never) => unknown, 2)
    while (heartbeats() < 2) await consumer.poll({ timeoutMs: 20 })
    once(proxy, 'OffsetCommit', ((response: { topics: { partitions: object[] }[] }) => ({
      ...response,
      topics: response.topics.map((one) => ({
        ...one,
        partitions: one.partitions.map((partition) => ({ ...partition, errorCode: ErrorCode.NOT_COORDINATOR })),
      })),
    })) as (response: never) => unknown)
    await consumer.commitSync()
    await kafka.produce(topic, 0, ['b'])
    assert.deepEqual(text(await readAll(consumer, 1)), ['b'])
    assert.equal(consumer.groupMetadata().generationId, 1)
  })

  await t.test('the coordinator forgets the member: lost, and a member again', async (st) => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const { proxy, consumer } = await behind(st, { 'group.id': freshName('group'), 'session.timeout.ms': 500 })
    const events: string[] = []
    consumer.subscribe(topic, {
      onPartitionsAssigned: () => void events.push('assigned'),
      onPartitionsRevoked: () => void events.push('revoked'),
      onPartitionsLost: () => void events.push('lost'),
    })
    await readAll(consumer, 1)
    await consumer.commitSync()
    once(proxy, 'Heartbeat', ((response: object) => ({ ...response, errorCode: ErrorCode.UNKNOWN_MEMBER_ID })) as (
      response: never,
    ) => unknown)
    await kafka.produce(topic, 0, ['b'])
    while (events.length < 3) await consumer.poll({ timeoutMs: 50 })
    assert.deepEqual(events, ['assigned', 'lost', 'assigned'])
    await kafka.produce(topic, 0, ['c'])
    assert.equal((await readAll(consumer, 1)).length > 0, true)
  })

  await t.test(
    'a commit that the next generation refuses does not end a membership that is being renewed',
    async (st) => {
      const topic = await kafka.createTopic()
      await kafka.produce(topic, 0, ['a'])
      const strategy = { 'partition.assignment.strategy': ['cooperative-sticky'] } as const
      const { proxy, consumer } = await behind(st, { 'group.id': freshName('group'), ...strategy })
      const events: string[] = []
      consumer.subscribe(topic, {
        onPartitionsAssigned: (partitions) => void events.push(`assigned ${partitions.length}`),
        onPartitionsLost: () => void events.push('lost'),
      })
      await readAll(consumer, 1)
      let isJoining = false
      proxy.onRequest = ({ api }) => {
        if (api === 'JoinGroup') isJoining = true
        // The join hangs with its connection, and a commit comes meanwhile.
        if (api === 'JoinGroup') return 'silence'
        if (api !== 'OffsetCommit') return 'pass'
        return ((response: { topics: { partitions: object[] }[] }) => ({
          ...response,
          topics: response.topics.map((one) => ({
            ...one,
            partitions: one.partitions.map((partition) => ({ ...partition, errorCode: ErrorCode.ILLEGAL_GENERATION })),
          })),
        })) as (response: never) => unknown
      }
      consumer.enforceRebalance()
      while (!isJoining) await consumer.poll({ timeoutMs: 20 })
      await assert.rejects(consumer.commitSync(), withCode('ILLEGAL_GENERATION'))
      proxy.onRequest = () => 'pass'
      proxy.resetAll()
      while (events.length < 2) await consumer.poll({ timeoutMs: 20 })
      assert.deepEqual(events, ['assigned 1', 'assigned 0'])
    },
  )

  await t.test('fetch sessions that the broker forgets, and partitions that have moved', async (st) => {
    const topic = await kafka.createTopic()
    const { proxy, consumer } = await behind(st)
    consumer.assign([tp(topic)])
    const faults = [
      (response: object) => ({ ...response, errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, responses: [] }),
      (response: object) => ({ ...response, errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH, responses: [] }),
      // What Apache's brokers say while they shut down.
      (response: object) => ({ ...response, errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, responses: [] }),
      onPartition(() => ({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, records: null })),
      onPartition(() => ({ errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH, records: null })),
      onPartition(() => ({ errorCode: ErrorCode.FENCED_LEADER_EPOCH, records: null })),
      onPartition(() => ({ errorCode: ErrorCode.UNKNOWN_TOPIC_ID, records: null })),
      onPartition(() => ({ errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, records: null })),
      onPartition(() => ({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, records: null })),
      onPartition(() => ({ preferredReadReplica: 77, records: null })),
      (response: object) => ({ ...response, throttleTimeMs: 50 }),
    ]
    for (const [index, fault] of faults.entries()) {
      const struck = once(proxy, 'Fetch', fault as (response: never) => unknown)
      await kafka.produce(topic, 0, [`value ${index}`])
      assert.deepEqual(text(await readAll(consumer, 1, 5000)), [`value ${index}`])
      while (struck() === 0) await consumer.poll({ timeoutMs: 20 })
    }
  })

  await t.test('errors of a partition that do not pass are thrown, and reading goes on when they have', async (st) => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const { proxy, consumer } = await behind(st)
    consumer.assign([tp(topic)])
    once(
      proxy,
      'Fetch',
      onPartition(() => ({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, records: null })),
    )
    await assert.rejects(readAll(consumer, 1), { code: 'TOPIC_AUTHORIZATION_FAILED', topic, partition: 0 })
    assert.deepEqual(text(await readAll(consumer, 1)), ['a'])
  })

  await t.test('another leader: the position is validated, and a truncated log is noticed', async (st) => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(5))
    for (const reset of ['none', 'earliest'] as const) {
      const { proxy, consumer } = await behind(st, { 'auto.offset.reset': reset, 'metadata.max.age.ms': 100 })
      consumer.assign([tp(topic)])
      consumer.seek(tp(topic), 0)
      await readAll(consumer, 5)
      let isNewLeader = true
      proxy.onRequest = ({ api }) => {
        if (api === 'Metadata' && isNewLeader) {
          return ((response: MetadataResponse) => ({
            ...response,
            topics: response.topics.map((one) => ({
              ...one,
              partitions: one.partitions.map((partition) => ({ ...partition, leaderEpoch: 9 })),
            })),
          })) as (response: never) => unknown
        }
        if (api !== 'OffsetForLeaderEpoch') return 'pass'
        isNewLeader = false
        return ((response: { topics: { partitions: object[] }[] }) => ({
          ...response,
          topics: response.topics.map((one) => ({
            ...one,
            partitions: one.partitions.map((partition) => ({
              ...partition,
              errorCode: 0,
              leaderEpoch: 0,
              endOffset: 3,
            })),
          })),
        })) as (response: never) => unknown
      }
      if (reset === 'none') {
        await assert.rejects(readAll(consumer, 1), { name: 'LogTruncationError', offset: 5, divergentOffset: 3 })
        assert.equal(await consumer.position(tp(topic)), 5)
      } else {
        while ((await consumer.position(tp(topic))) !== 3) await consumer.poll({ timeoutMs: 20 })
      }
    }
  })

  await t.test('close within its time although nobody answers', async (st) => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const { proxy, consumer } = await behind(st, { 'group.id': freshName('group'), 'request.timeout.ms': 30_000 })
    consumer.subscribe(topic)
    await readAll(consumer, 1)
    proxy.onRequest = () => 'silence'
    const commit = consumer.commitSync()
    const start = performance.now()
    await consumer.close({ timeoutMs: 200 })
    assert.ok(performance.now() - start < 2000)
    await assert.rejects(commit, withCode('CLOSED'))
  })

  await t.test('the broker restarts: the group goes on, nothing is lost or read twice', async (st) => {
    const dir = await mkdtemp(join(tmpdir(), 'millrace-client-test-'))
    const silent = { debug() {}, info() {}, warn() {}, error() {} }
    const start = async (port: number) =>
      await startBroker({
        properties: new Map(
          Object.entries({
            'broker.id': '0',
            listeners: `PLAINTEXT://127.0.0.1:${port}`,
            'log.dirs': join(dir, 'kafka-logs'),
            'millrace.store.dir': join(dir, 'zookeeper'),
            'zookeeper.embedded.port': '-1',
            'group.initial.rebalance.delay.ms': '0',
            'offsets.topic.num.partitions': '1',
          }),
        ),
        logger: silent,
      })
    let broker = await start(0)
    const port = broker.listeners[0]?.port ?? 0
    const toClose: Parameters<typeof Array.prototype.push>[0][] = []
    st.after(async () => {
      await Promise.all(toClose.map((consumer) => consumer.close({ timeoutMs: 500 })))
      await broker.close()
      await rm(dir, { recursive: true, force: true })
    })
    const local = new ConsumerFixture(st, `127.0.0.1:${port}`, toClose)
    const topic = await local.createTopic()
    const consumer = local.consumer({ ...IMPATIENT, 'group.id': 'group' })
    consumer.subscribe(topic)
    for (let round = 0; round < 3; round++) {
      await local.produce(topic, 0, numbers(10, round * 10))
      assert.deepEqual(text(await readAll(consumer, 10, 10_000)), numbers(10, round * 10))
      await broker.close()
      broker = await start(port)
    }
    await consumer.commitSync(undefined, { timeoutMs: 10_000 })
    assert.equal((await consumer.committed([tp(topic)])).get(tp(topic))?.offset, 30)
  })
})
