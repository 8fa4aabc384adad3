/** A broker that refuses a batch names the leader: the next request goes there, without asking about the cluster (KIP-951). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode, type MetadataResponse, type ProduceRequest } from '@millrace/protocol'
import { type Fault, faultyProxy, type ProxiedRequest } from '../testing/faulty-proxy.js'
import { createTopic, readValues } from '../testing/read-records.js'
import { freshName, testBroker } from '../testing/temporary-broker.js'
import { KafkaProducer } from './kafka-producer.js'

const NEW_LEADER = 77
/** Of Produce, that tells of leaders. */
const FIRST_VERSION = 10

/** The answer of a broker that leads no partition any more. `port`: where the new leader listens. */
function refusal(body: ProduceRequest, leaderEpoch: number, port: number): Fault {
  return {
    instead: {
      responses: body.topicData.map(({ name, topicId, partitionData }) => ({
        name,
        topicId,
        partitionResponses: partitionData.map(({ index }) => ({
          index,
          errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
          baseOffset: -1,
          currentLeader: { leaderId: NEW_LEADER, leaderEpoch },
        })),
      })),
      nodeEndpoints: [{ nodeId: NEW_LEADER, host: '127.0.0.1', port, rack: null }],
    },
  }
}

test('the leader that a refused batch names gets it at once', async (t) => {
  const { bootstrap } = await testBroker(t)
  const [old, young] = [await faultyProxy(t, bootstrap), await faultyProxy(t, bootstrap)]
  const topic = freshName('hints')
  await createTopic(bootstrap, topic, 1)
  const seen: string[] = []
  let leaderEpoch = 0
  let version = 0
  old.onRequest = (request: ProxiedRequest): Fault => {
    seen.push(`old ${request.api}`)
    if (request.api === 'Metadata') {
      return (response: MetadataResponse) => {
        leaderEpoch = response.topics[0]?.partitions[0]?.leaderEpoch ?? 0
        return response
      }
    }
    if (request.api !== 'Produce') return 'pass'
    version = request.version
    if (version < FIRST_VERSION) return 'pass'
    return refusal(request.body as ProduceRequest, leaderEpoch + 1, Number(young.bootstrap.split(':')[1]))
  }
  young.onRequest = ({ api }) => {
    seen.push(`young ${api}`)
    return 'pass'
  }
  await using producer = new KafkaProducer<string, string>({
    'bootstrap.servers': old.bootstrap,
    'enable.idempotence': false,
    // Nothing is repeated by time alone while this test runs.
    'retry.backoff.ms': 600_000,
    'retry.backoff.max.ms': 600_000,
  })
  await producer.partitionsFor(topic)
  seen.length = 0
  const sent = await producer.send({ topic, value: 'v' }, { timeoutMs: 30_000 })
  if (version < FIRST_VERSION) return t.skip(`the broker has Produce ${version}`)
  assert.equal(sent.offset, 0)
  assert.deepEqual(seen.slice(seen.indexOf('old Produce')), ['old Produce', 'young Produce'])
  assert.deepEqual(await readValues(bootstrap, topic), ['v'])
})
