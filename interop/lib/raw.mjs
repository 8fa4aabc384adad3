// Requests spelt out by hand, for suites that need more than a client library lets them do: connections that stop
// reading, half frames, hundreds of connections. Built on the test support of this clone.
import assert from 'node:assert/strict'
import {
  apis,
  buildBatch,
  decodeResponse,
  ErrorCode,
  encodeRequest,
  javaStringHash,
  listBatches,
  readRecords,
} from '../../packages/protocol/dist/index.js'
import { RawClient } from '../../test/dist/support/raw-client.js'
import { until } from './programs.mjs'

export { apis, decodeResponse, ErrorCode, encodeRequest, javaStringHash, RawClient }

const errorNames = new Map(Object.entries(ErrorCode).map(([name, code]) => [code, name]))

/** The name of an error code, for messages. */
export function errorName(code) {
  return errorNames.get(code) ?? String(code)
}

/** Connections, several at a time: a listening socket's backlog is finite. */
export async function connectMany(bootstrap, count) {
  const clients = []
  while (clients.length < count) {
    const group = Array.from({ length: Math.min(100, count - clients.length) }, () => RawClient.connect(bootstrap))
    clients.push(...(await Promise.all(group)))
  }
  return clients
}

/** Creates topics `{ name, partitions, configs }`; rejects when one is refused. Resolves to the topics' ids by name. */
export async function createTopics(client, topics, { timeoutMs = 30_000 } = {}) {
  const answer = await client.call(apis.CreateTopics, 7, {
    topics: topics.map(({ name, partitions = 1, configs = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value: String(value) })),
    })),
    timeoutMs,
  })
  for (const { name, errorCode } of answer.topics) {
    assert.equal(errorCode, ErrorCode.NONE, `creation of ${name}: ${errorName(errorCode)}`)
  }
  return new Map(answer.topics.map(({ name, topicId }) => [name, topicId]))
}

/** One batch of records; `values` are strings or buffers. `options`: as for buildBatch (compression, producer id ...). */
export function batchOf(values, options = {}) {
  const timestamp = Date.now()
  return buildBatch(
    values.map((value) => ({ timestamp, key: null, value: Buffer.isBuffer(value) ? value : Buffer.from(value) })),
    options,
  )
}

/** The body of a Produce request to one partition. */
export function produceBody(topic, records, { partition = 0, acks = -1, timeoutMs = 30_000 } = {}) {
  return {
    transactionalId: null,
    acks,
    timeoutMs,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  }
}

/** Produces to one partition; resolves to `{ errorCode, baseOffset, logStartOffset }`. */
export async function produce(client, topic, records, options = {}) {
  const answer = await client.call(apis.Produce, 9, produceBody(topic, records, options))
  return answer.responses[0].partitionResponses[0]
}

/** The body of a Fetch request of one partition. */
export function fetchBody(topic, fetchOffset, options = {}) {
  const { partition = 0, maxBytes = 1_000_000, maxWaitMs = 0, minBytes = 1, isolationLevel = 0 } = options
  return {
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: maxBytes }] }],
    forgottenTopicsData: [],
  }
}

/** Fetches from one partition; resolves to what is said of the partition. */
export async function fetchOnce(client, topic, fetchOffset, options = {}) {
  const answer = await client.call(apis.Fetch, 12, fetchBody(topic, fetchOffset, options))
  assert.equal(answer.errorCode, ErrorCode.NONE, `fetch: ${errorName(answer.errorCode)}`)
  return answer.responses[0].partitions[0]
}

/** The records `{ offset, key, value, timestamp, ... }` of fetched bytes, from `fromOffset` on. */
export function recordsIn(records, fromOffset = 0) {
  if (records === null) return []
  return listBatches(records)
    .positions.flatMap((at) => [...readRecords(records, at)])
    .filter(({ offset }) => offset >= fromOffset)
}

/** The earliest (-2) or latest (-1) offset of a partition. */
export async function listOffset(client, topic, partition, timestamp) {
  const { topics } = await client.call(apis.ListOffsets, 6, {
    replicaId: -1,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
  })
  const { errorCode, offset } = topics[0].partitions[0]
  assert.equal(errorCode, ErrorCode.NONE, `offsets of ${topic}-${partition}: ${errorName(errorCode)}`)
  return offset
}

/** Waits until the coordinator of a group serves: its topic may have to be created, and be read. */
export async function findCoordinator(client, groupId) {
  await client.call(apis.FindCoordinator, 4, { keyType: 0, coordinatorKeys: [groupId] })
  await until(
    async () => {
      const { groups } = await client.call(apis.OffsetFetch, 8, { groups: [{ groupId, topics: null }] })
      return groups[0].errorCode === ErrorCode.NONE
    },
    { what: `the coordinator of ${groupId}`, everyMs: 20 },
  )
}
