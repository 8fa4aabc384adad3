import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ApiName,
  apis,
  type ConsumerProtocolSubscription,
  consumerProtocolSubscription,
  decodeRequest,
  decodeRequestHeader,
  decodeStruct,
  decodeVersioned,
  encodeRequest,
  encodeStruct,
  type FetchRequest,
  type JoinGroupRequest,
  type ProduceRequest,
  ZERO_UUID,
} from './index.js'
import { allMessages, versionsOf } from './testing/all-messages.js'
import { toKafkaJson } from './testing/kafka-json.js'
import { testdataRows } from './testing/testdata.js'

const TOPIC_ID = 'dG9waWMtaWQtMTIzNDU2Nw'

interface ClientRequest {
  readonly client: string
  readonly name: ApiName
  readonly version: number
  readonly frame: Buffer
}

const clientRequests: readonly ClientRequest[] = testdataRows('client-requests.tsv').map(
  ([client, name, version, hex]) => ({
    client: client!,
    name: name as ApiName,
    version: Number(version),
    frame: Buffer.from(hex!, 'hex'),
  }),
)

/** The recorded request of a client for an API, decoded. */
function recorded(client: string, name: ApiName): unknown {
  const request = clientRequests.find((candidate) => candidate.client === client && candidate.name === name)
  assert.ok(request, `${client} has sent ${name}`)
  const { headerLength } = decodeRequestHeader(request.frame)
  return decodeRequest(apis[name], request.version, request.frame, headerLength)
}

for (const client of new Set(clientRequests.map((request) => request.client))) {
  test(`requests of ${client} are decoded, and encoded to the same bytes`, () => {
    for (const { name, version, frame } of clientRequests.filter((request) => request.client === client)) {
      const header = decodeRequestHeader(frame)
      assert.equal(header.apiKey, apis[name].key)
      assert.equal(header.apiVersion, version)
      assert.equal(header.clientId, 'app')
      const body = decodeRequest(apis[name], version, frame, header.headerLength)
      const encoded = Buffer.concat(encodeRequest(apis[name], version, header, body))
      assert.equal(encoded.readInt32BE(0), frame.length)
      assert.equal(encoded.subarray(4).toString('hex'), frame.toString('hex'), `${name} v${version}`)
    }
  })
}

test('Produce requests name the topic up to version 12, and its id from 13 on; records are one batch', () => {
  const expected = [
    ['kafkajs-2.2.4', 'orders', ZERO_UUID],
    ['platformatic-1.35.0', 'orders', ZERO_UUID],
    ['java-3.9.1', 'orders', ZERO_UUID],
    ['java-4.3.1', '', TOPIC_ID],
  ] as const
  for (const [client, name, topicId] of expected) {
    const request = recorded(client, 'Produce') as ProduceRequest
    assert.equal(request.acks, -1)
    assert.equal(request.transactionalId, null)
    const [topic] = request.topicData
    assert.deepEqual([topic?.name, topic?.topicId], [name, topicId])
    const { index, records } = topic!.partitionData[0]!
    assert.equal(index, 0)
    assert.equal(records!.readInt32BE(8) + 12, records!.length, 'the length in the batch header')
    assert.equal(records![16], 2, 'the message format')
  }
})

test('Fetch requests of kafkajs (v11, by name) and of Java (v18, by id, in a session) read the same partition', () => {
  const classic = recorded('kafkajs-2.2.4', 'Fetch') as FetchRequest
  assert.deepEqual([classic.isolationLevel, classic.sessionId, classic.sessionEpoch, classic.rackId], [1, 0, -1, 'r1'])
  assert.deepEqual([classic.topics[0]?.topic, classic.topics[0]?.topicId], ['orders', ZERO_UUID])

  const flexible = recorded('java-4.3.1', 'Fetch') as FetchRequest
  assert.deepEqual([flexible.isolationLevel, flexible.sessionId, flexible.sessionEpoch], [0, 0, 0])
  assert.deepEqual([flexible.topics[0]?.topic, flexible.topics[0]?.topicId], ['', TOPIC_ID])
  assert.deepEqual(flexible.topics[0]?.partitions, [
    {
      partition: 0,
      currentLeaderEpoch: 3,
      fetchOffset: 0,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: 1048576,
      replicaDirectoryId: ZERO_UUID,
      highWatermark: 2 ** 63,
    },
  ])
})

test('JoinGroup requests carry a subscription of each version that clients write', () => {
  const subscriptionOf = (client: string): { version: number; value: ConsumerProtocolSubscription } => {
    const request = recorded(client, 'JoinGroup') as JoinGroupRequest
    assert.equal(request.protocolType, 'consumer')
    return decodeVersioned(consumerProtocolSubscription, request.protocols.at(-1)!.metadata)
  }
  const noPartitions = { ownedPartitions: [], generationId: -1 }
  assert.deepEqual(subscriptionOf('kafkajs-2.2.4'), {
    version: 0,
    value: { topics: ['orders'], userData: Buffer.alloc(0), ...noPartitions, rackId: null },
  })
  assert.deepEqual(subscriptionOf('java-4.3.1'), {
    version: 3,
    value: { topics: ['orders'], userData: Buffer.from('ffffffff', 'hex'), ...noPartitions, rackId: 'r1' },
  })
  // This client claims version 1 and leaves out what version 1 added.
  assert.throws(() => subscriptionOf('platformatic-1.35.0'), { code: 'MALFORMED_MESSAGE', reason: 'truncated' })
})

test("messages that Kafka's Java classes wrote are decoded to the same values, and encoded to the same bytes", () => {
  const covered = new Set<string>()
  for (const [name, versionText, hex, json] of testdataRows('java-messages.tsv')) {
    const message = allMessages.find((candidate) => candidate.name === name)
    assert.ok(message, name)
    const version = Number(versionText)
    const value = decodeStruct(message, version, Buffer.from(hex!, 'hex'))
    assert.deepEqual(toKafkaJson(message.schema, version, value), JSON.parse(json!), `${name} v${version}`)
    assert.equal(encodeStruct(message, version, value).toString('hex'), hex, `${name} v${version}`)
    covered.add(`${name} v${version}`)
  }
  const all = allMessages.flatMap((message) => versionsOf(message).map((version) => `${message.name} v${version}`))
  assert.deepEqual([...covered].sort(), all.sort(), 'every message and version has a vector')
})
