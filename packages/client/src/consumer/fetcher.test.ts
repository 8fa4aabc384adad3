/** Whom the fetcher asks, by a cluster that only exists on paper. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis, buildBatch, decodeResponse, ErrorCode, encodeResponse, type FetchResponse } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { EMPTY_SNAPSHOT, type LeaderHint } from '../cluster/metadata-snapshot.js'
import { KafkaError } from '../errors.js'
import { silentLogger, systemClientPorts } from '../ports.js'
import { ConsumerMetrics } from './consumer-metrics.js'
import { SubscriptionState } from './core/subscription-state.js'
import { Fetcher } from './fetcher.js'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const VERSION = 17

type Answer = Partial<FetchResponse['responses'][number]['partitions'][number]> | Error

/** One partition, led by broker 1, with copies on 2 and 3. `answers`: of the brokers, in the order of the requests. */
function fetcherOf(answers: readonly Answer[]) {
  const asked: { readonly nodeId: number; readonly rackId: string; readonly fetchOffset: number | undefined }[] = []
  const hints: LeaderHint[] = []
  const errors: KafkaError[] = []
  let nowMs = 0
  let retry = () => {}
  let settled = () => {}
  const node = (id: number) => [id, { id, host: `host${id}`, port: 9092, rack: `rack${id}` }] as const
  const partition = {
    partition: 0,
    leader: 1,
    leaderEpoch: 4,
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    offlineReplicas: [],
  }
  const cluster = {
    snapshot: {
      ...EMPTY_SNAPSHOT,
      nodes: new Map([node(1), node(2), node(3)]),
      topics: new Map([
        ['t', { name: 't', topicId: TOPIC_ID, isInternal: false, errorCode: 0, partitions: [partition] }],
      ]),
    },
    metadata: {
      requestUpdate: () => {},
      applyLeaderHints: (given: readonly LeaderHint[]) => {
        hints.push(...given)
        partition.leader = given[0]?.leaderId ?? 1
        return given
      },
    },
    ask: async (nodeId: number, _api: unknown, body: (version: number) => unknown) => {
      const { rackId, topics } = body(VERSION) as {
        rackId: string
        topics: { partitions: { fetchOffset: number }[] }[]
      }
      const answer = answers[asked.length]
      asked.push({ nodeId, rackId, fetchOffset: topics[0]?.partitions[0]?.fetchOffset })
      // A broker that has nothing waits, for ever here.
      if (answer === undefined) return await new Promise(() => {})
      queueMicrotask(() => setImmediate(settled))
      if (answer instanceof Error) throw answer
      return responseOf(answer)
    },
  }
  const ports = {
    ...systemClientPorts,
    monotonicMs: () => nowMs,
    timers: {
      schedule: (_delayMs: number, callback: () => void) => {
        retry = callback
        return () => {}
      },
    },
  }
  const subscriptions = new SubscriptionState()
  subscriptions.assignByUser([{ topic: 't', partition: 0 }])
  const state = subscriptions.get({ topic: 't', partition: 0 })
  state.seek(0)
  const windows = { monotonicMs: () => nowMs, windowMs: 30_000, sampleCount: 2 }
  const fetcher = new Fetcher<Buffer, Buffer>({
    cluster: cluster as unknown as Cluster,
    subscriptions,
    reading: {
      checkCrcs: true,
      isReadCommitted: false,
      keyDeserializer: undefined,
      valueDeserializer: undefined,
      onDeserializationError: () => 'throw',
    },
    fetchMinBytes: 1,
    fetchMaxBytes: 1_000_000,
    fetchMaxWaitMs: 500,
    maxPartitionFetchBytes: 100_000,
    bufferMemory: 1_000_000,
    requestTimeoutMs: 30_000,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1000,
    metadataMaxAgeMs: 300_000,
    rack: 'rack2',
    canReset: true,
    metrics: new ConsumerMetrics({ ...windows, clientId: 'c', isReadCommitted: false }),
    ports,
    logger: silentLogger,
    onChange: () => {},
    onError: (error) => errors.push(error),
  })
  return {
    fetcher,
    state,
    asked,
    hints,
    errors,
    nodes: () => asked.map(({ nodeId }) => nodeId),
    /** Until there have been so many requests, and their answers are taken in. */
    until: async (count: number) => {
      while (asked.length < count) await new Promise<void>((resolve) => (settled = resolve))
      await new Promise((resolve) => setImmediate(resolve))
    },
    passMs: (ms: number) => {
      nowMs += ms
      retry()
    },
  }
}

/** As it would come from the wire. */
function responseOf(answer: Exclude<Answer, Error>): FetchResponse {
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 10, abortedTransactions: null, records: null }
  const responses = [{ topicId: TOPIC_ID, partitions: [{ ...partition, ...answer }] }]
  const body = { errorCode: 0, sessionId: 0, responses }
  const frame = Buffer.concat(encodeResponse(apis.Fetch, VERSION, 1, body as never)).subarray(4)
  return decodeResponse(apis.Fetch, VERSION, frame).body
}

const records = (offset: number) => {
  const batch = buildBatch([{ value: Buffer.from('v') }])
  batch.writeBigInt64BE(BigInt(offset))
  return batch
}

test('the replica that the leader prefers is asked, with the rack, and its records are read (KIP-392)', async () => {
  const { fetcher, state, asked, until } = fetcherOf([{ preferredReadReplica: 2 }, { records: records(0) }])
  fetcher.pump()
  await until(3)
  assert.deepEqual(asked.slice(0, 2), [
    { nodeId: 1, rackId: 'rack2', fetchOffset: 0 },
    { nodeId: 2, rackId: 'rack2', fetchOffset: 0 },
  ])
  assert.deepEqual([asked[2]?.nodeId, asked[2]?.fetchOffset], [2, 1])
  assert.equal(fetcher.take(10)[0]?.records.length, 1)
  assert.equal(state.preferredReplica, 2)
})

test('a preference ends after metadata.max.age.ms, and the leader is asked again', async () => {
  const { fetcher, nodes, until, passMs } = fetcherOf([{ preferredReadReplica: 2 }, {}])
  fetcher.pump()
  await until(3)
  assert.deepEqual(nodes(), [1, 2, 2])
  passMs(300_001)
  const later = fetcherOf([{ preferredReadReplica: 2 }, { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER }])
  later.fetcher.pump()
  await later.until(2)
  later.passMs(300_001)
  await later.until(3)
  assert.deepEqual(later.nodes(), [1, 2, 1])
})

test('a replica that has not got so far is left for the leader, at once', async () => {
  const { fetcher, state, nodes, errors, until } = fetcherOf([
    { preferredReadReplica: 3 },
    { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE },
  ])
  fetcher.pump()
  await until(3)
  assert.deepEqual(nodes(), [1, 3, 1])
  assert.equal(state.phase, 'fetching')
  assert.deepEqual(errors, [])
})

test('a replica that does not answer is left for the leader', async () => {
  const { fetcher, nodes, until } = fetcherOf([{ preferredReadReplica: 2 }, new KafkaError('NETWORK_EXCEPTION')])
  fetcher.pump()
  await until(3)
  assert.deepEqual(nodes(), [1, 2, 1])
})

test('a leader that is named by the one that was asked is asked without a pause (KIP-951)', async () => {
  const currentLeader = { leaderId: 3, leaderEpoch: 5 }
  const { fetcher, nodes, hints, until } = fetcherOf([{ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, currentLeader }])
  fetcher.pump()
  await until(2)
  assert.deepEqual(nodes(), [1, 3])
  assert.deepEqual(hints, [{ topic: 't', partition: 0, leaderId: 3, leaderEpoch: 5 }])
})

test('without a name, the metadata are waited for', async () => {
  const { fetcher, nodes, hints, until, passMs } = fetcherOf([{ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER }])
  fetcher.pump()
  await until(1)
  assert.deepEqual([nodes(), hints], [[1], []])
  passMs(101)
  await until(2)
  assert.deepEqual(nodes(), [1, 1])
})
