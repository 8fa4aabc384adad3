// Memory is bounded by the bytes in flight, whatever clients do: fetches that nobody reads, produces that all come at
// once, frames that never end, answers that pile up. Each load runs beside a probe that must be served, and the broker
// may grow by 256 MiB at most. Linux only: it reads /proc.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { brokerForFile } from '../lib/brokers.mjs'
import { inMebibytes, mebibyte, residentBytes } from '../lib/process-memory.mjs'
import {
  apis,
  batchOf,
  connectMany,
  createTopics,
  ErrorCode,
  encodeRequest,
  errorName,
  fetchBody,
  produce,
  produceBody,
  RawClient,
} from '../lib/raw.mjs'
import { settle, sleep, underLoad } from './load.mjs'

const largeBytes = 10 * mebibyte
const topicCount = 1000
const producers = 500
/** Each of them costs a moment in which nobody else can go on. */
const producersThatHold = 200
const servedWithinMs = 120_000

const broker = await brokerForFile({ after }, { properties: { 'message.max.bytes': 11 * mebibyte } })
let idle
let admin

before(async () => {
  admin = await RawClient.connect(broker.bootstrap)
  idle = await settle(broker)
  await createTopics(admin, [{ name: 'large', configs: { 'retention.ms': -1 } }])
  const value = randomBytes(mebibyte - 1000)
  for (let n = 0; n < 32; n++) {
    const { errorCode } = await produce(admin, 'large', batchOf([value]))
    assert.equal(errorCode, ErrorCode.NONE)
  }
})
after(() => admin.close())

test('120 consumers that stop reading behind fetches of 10 MiB', async (t) => {
  await underLoad(t, broker, idle, async () => {
    const clients = await connectMany(broker.bootstrap, 120)
    for (const client of clients) {
      client.stopReading()
      client.request(apis.Fetch, 12, fetchBody('large', 0, { maxBytes: largeBytes }))
    }
    return () => closeAll(clients)
  })
})

test('one consumer that stops reading behind 1 GiB of fetches in a row, and reads them in the end', async (t) => {
  const fetches = 103
  await underLoad(t, broker, idle, async () => {
    const client = await RawClient.connect(broker.bootstrap)
    client.stopReading()
    for (let n = 0; n < fetches; n++) client.request(apis.Fetch, 12, fetchBody('large', 0, { maxBytes: largeBytes }))
    return async () => {
      client.resumeReading()
      for (let n = 0; n < fetches; n++) assert.ok((await client.nextFrame()).length > largeBytes / 2)
      client.close()
    }
  })
})

test(`${producers} producers send 10 MiB each at once`, async (t) => {
  await createTopics(admin, [{ name: 'many', partitions: 10, configs: { 'retention.bytes': 100 * mebibyte } }])
  const records = batchOf([randomBytes(largeBytes)])
  await underLoad(t, broker, idle, async () => {
    const attempts = await withDeadline(
      Promise.all(Array.from({ length: producers }, (_, n) => sendUntilAnswered('many', records, n % 10))),
      servedWithinMs,
    )
    t.diagnostic(`${attempts.reduce((sum, count) => sum + count - 1, 0)} requests had to be sent again`)
    return () => {}
  })
  await deleteTopic('many')
})

test(`${producersThatHold} producers send all but the end of a request of 10 MiB, and hold it; a fifth of them go on`, async (t) => {
  await createTopics(admin, [{ name: 'held', partitions: 10 }])
  const records = batchOf([randomBytes(largeBytes)])
  await underLoad(t, broker, idle, async () => {
    const clients = await connectMany(broker.bootstrap, producersThatHold)
    const ends = clients.map((client, n) => sendHalf(client, records, n))
    return async () => {
      const going = clients.map((client, n) => finish(client, ends[n], records, n)).filter((_, n) => n % 5 === 0)
      const attempts = await withDeadline(Promise.all(going.map((start) => start())), servedWithinMs)
      t.diagnostic(`${attempts.reduce((sum, count) => sum + count - 1, 0)} requests had to be sent again`)
      closeAll(clients)
    }
  })
  await deleteTopic('held')
})

test('clients that never read their answers, to thousands of requests of every kind', async (t) => {
  const names = Array.from({ length: topicCount }, (_, n) => `topic-with-a-name-of-some-length-${n}`)
  for (let at = 0; at < names.length; at += 100) {
    await createTopics(
      admin,
      names.slice(at, at + 100).map((name) => ({ name })),
    )
  }
  const before = residentBytes(broker.pid)
  t.diagnostic(`with ${topicCount} topics more: ${inMebibytes(before)}`)
  await underLoad(t, broker, before, async () => {
    const clients = []
    for (const [api, version, body] of requestsOfEveryKind(names)) {
      for (const client of await connectMany(broker.bootstrap, 4)) {
        client.stopReading()
        for (let n = 0; n < 1000; n++) client.request(api, version, body)
        clients.push(client)
      }
      await sleep(0)
    }
    return () => closeAll(clients)
  })
})

/**
 * Produces as a client does: when the broker closes the connection, the request is sent again on another one. Resolves
 * to the number of attempts.
 */
async function sendUntilAnswered(topic, records, partition) {
  for (let attempts = 1; ; attempts++) {
    try {
      const client = await RawClient.connect(broker.bootstrap)
      try {
        const { errorCode } = await produce(client, topic, records, { partition, acks: 1 })
        assert.equal(errorCode, ErrorCode.NONE, errorName(errorCode))
        return attempts
      } finally {
        client.close()
      }
    } catch (error) {
      if (!/closed the connection|ECONNRESET/.test(error.message)) throw error
    }
    await sleep(100)
  }
}

/** Gives what sends the rest of a request that was held, or the whole of it again if the broker has lost patience. */
function finish(client, sendRest, records, n) {
  return async () => {
    sendRest()
    const answer = await client.nextFrame().catch(() => undefined)
    return answer === undefined ? 1 + (await sendUntilAnswered('held', records, n % 10)) : 1
  }
}

/** Sends a produce without its last kilobyte; gives what sends that. */
function sendHalf(client, records, n) {
  const body = produceBody('held', records, { partition: n % 10, acks: 1 })
  const buffers = encodeRequest(apis.Produce, 9, { correlationId: 1, clientId: 'half' }, body)
  let left = buffers.reduce((sum, buffer) => sum + buffer.length, 0) - 1024
  const now = []
  const later = []
  for (const buffer of buffers) {
    const take = Math.min(left, buffer.length)
    if (take > 0) now.push(buffer.subarray(0, take))
    if (take < buffer.length) later.push(buffer.subarray(take))
    left -= take
  }
  client.send(now)
  return () => client.send(later)
}

async function withDeadline(promise, ms) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function requestsOfEveryKind(names) {
  const all = { topics: null }
  const resources = names.map((name) => ({ resourceType: 2, resourceName: name, configurationKeys: null }))
  return [
    [apis.Metadata, 12, all],
    [apis.Metadata, 1, all],
    [apis.DescribeConfigs, 4, { resources: resources.slice(0, 200), includeSynonyms: true }],
    [apis.Fetch, 12, fetchBody('large', 0, { maxBytes: mebibyte })],
    [
      apis.ListOffsets,
      6,
      { replicaId: -1, topics: names.map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })) },
    ],
    [apis.DescribeLogDirs, 4, { topics: null }],
    [apis.DescribeTopicPartitions, 0, { topics: [], responsePartitionLimit: 2000 }],
    [apis.OffsetFetch, 8, { groups: [{ groupId: 'probe', topics: null }] }],
    [apis.ListGroups, 4, {}],
    [apis.DescribeCluster, 0, { includeClusterAuthorizedOperations: true }],
    [apis.ApiVersions, 3, { clientSoftwareName: 'test', clientSoftwareVersion: '1' }],
    [apis.Produce, 9, produceBody('probe', batchOf(['x']))],
  ]
}

async function deleteTopic(name) {
  const { responses } = await admin.call(apis.DeleteTopics, 4, { topicNames: [name], timeoutMs: 30_000 })
  assert.equal(responses[0].errorCode, ErrorCode.NONE)
}

function closeAll(clients) {
  for (const client of clients) client.close()
}
