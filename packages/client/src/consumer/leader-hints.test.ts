/** A broker that refuses a fetch names the leader: the next request goes there, without asking about the cluster (KIP-951). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode, type FetchRequest, type MetadataResponse } from '@millrace/protocol'
import { ConsumerFixture, readAll, text, tp } from '../testing/consumer-fixture.js'
import { type Fault, faultyProxy } from '../testing/faulty-proxy.js'

/** Of Fetch, that has room for the addresses of leaders. */
const FIRST_VERSION = 16
const NEW_LEADER = 77

/** The answer of a broker that leads no partition any more. `port`: where the new leader listens. */
function refusal(body: FetchRequest, port: number): Fault {
  const refused = {
    errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    highWatermark: -1,
    abortedTransactions: null,
    records: null,
    currentLeader: { leaderId: NEW_LEADER, leaderEpoch: 0 },
  }
  return {
    instead: {
      errorCode: ErrorCode.NONE,
      sessionId: 0,
      responses: body.topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partition }) => ({ ...refused, partitionIndex: partition })),
      })),
      nodeEndpoints: [{ nodeId: NEW_LEADER, host: '127.0.0.1', port, rack: null }],
    },
  }
}

/** No leader is known by its epoch, so that the broker's own, 0, is news. */
function withoutEpochs(response: MetadataResponse): MetadataResponse {
  for (const { partitions } of response.topics) for (const one of partitions) one.leaderEpoch = -1
  return response
}

test('the leader that a refused fetch names is asked at once', async (t) => {
  const kafka = await ConsumerFixture.start(t)
  const [old, young] = [await faultyProxy(t, kafka.bootstrap), await faultyProxy(t, kafka.bootstrap)]
  const topic = await kafka.createTopic()
  await kafka.produce(topic, 0, ['a', 'b'])
  const seen: string[] = []
  let version = 0
  old.onRequest = (request) => {
    seen.push(`old ${request.api}`)
    if (request.api === 'Metadata') return withoutEpochs as Fault
    if (request.api !== 'Fetch') return 'pass'
    version = request.version
    if (version < FIRST_VERSION) return 'pass'
    return refusal(request.body as FetchRequest, Number(young.bootstrap.split(':')[1]))
  }
  young.onRequest = ({ api }) => {
    seen.push(`young ${api}`)
    return 'pass'
  }
  const consumer = kafka.consumer({
    'bootstrap.servers': old.bootstrap,
    // Nothing is repeated by time alone while this test runs.
    'retry.backoff.ms': 600_000,
    'retry.backoff.max.ms': 600_000,
  })
  consumer.assign([tp(topic)])
  const reading = readAll(consumer, 2)
  reading.catch(() => {})
  while (version === 0) await new Promise((resolve) => setImmediate(resolve))
  if (version < FIRST_VERSION) return t.skip(`the broker has Fetch ${version}`)
  assert.deepEqual(text(await reading), ['a', 'b'])
  const since = seen.slice(seen.indexOf('old Fetch'))
  assert.ok(since.indexOf('young Fetch') > 0, String(since))
  assert.ok(!since.slice(0, since.indexOf('young Fetch')).includes('young Metadata'), String(since))
})
