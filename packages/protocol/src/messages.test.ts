import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ApiName, apis, isSupported } from './index.js'
import type { Message } from './schema/message.js'
import { Reader } from './schema/reader.js'
import { Writer } from './schema/writer.js'
import { allApis, allMessages, versionsOf } from './testing/all-messages.js'
import { arbitraryMessage } from './testing/arbitraries.js'

const RUNS = 8

function encode(message: Message, version: number, value: unknown): Buffer {
  const writer = new Writer()
  writer.begin(message.name)
  message.codec(version).write(writer, value)
  return Buffer.concat(writer.finish())
}

function encodeStepwise(message: Message, version: number, value: unknown): { bytes: Buffer; steps: number } {
  const writer = new Writer()
  writer.begin(message.name)
  const steps = [...message.codec(version).writeStepwise(writer, value)].length
  return { bytes: Buffer.concat(writer.finish()), steps }
}

function decode(message: Message, version: number, bytes: Buffer): unknown {
  const reader = new Reader(bytes, 0, message.name)
  const value = message.codec(version).read(reader)
  assert.equal(reader.position, bytes.length, 'every byte is read')
  return value
}

for (const message of allMessages) {
  test(`${message.name}: values survive encoding and decoding in every version`, () => {
    for (const version of versionsOf(message)) {
      const property = fc.property(arbitraryMessage(message, version), (value) => {
        const bytes = encode(message, version, value)
        const decoded = decode(message, version, bytes)
        assert.deepEqual(decoded, value)
        assert.deepEqual(encode(message, version, decoded), bytes)
        assert.deepEqual(encodeStepwise(message, version, value).bytes, bytes)
      })
      fc.assert(property, { numRuns: RUNS })
    }
  })
}

test('a writer in steps pauses within the arrays of a message, and writes the same', () => {
  const { response } = allApis.find(({ name }) => name === 'DescribeConfigs')!
  const result = { errorCode: 0, errorMessage: null, resourceType: 2, resourceName: 'topic', configs: [] }
  const value = { results: Array.from({ length: 1000 }, () => result) }
  const { bytes, steps } = encodeStepwise(response, 4, value)
  assert.equal(steps, 62)
  assert.deepEqual(bytes, encode(response, 4, value))
})

test('every prefix of a message is refused as truncated, and never read as something else', () => {
  for (const message of allMessages) {
    for (const version of versionsOf(message)) {
      const [value] = fc.sample(arbitraryMessage(message, version), { numRuns: 1, seed: version })
      const bytes = encode(message, version, value)
      for (let length = 0; length < bytes.length; length += 1 + (length >> 3)) {
        const reader = new Reader(bytes.subarray(0, length), 0, message.name)
        assert.throws(() => message.codec(version).read(reader), { code: 'MALFORMED_MESSAGE' })
      }
    }
  }
})

test('keys and names of APIs are unique, and each file is numbered as its API', () => {
  assert.equal(new Set(allApis.map((api) => api.key)).size, allApis.length)
  assert.equal(new Set(allApis.map((api) => api.name)).size, allApis.length)
  assert.deepEqual(
    allApis.map((api) => api.key),
    allApis.map((api) => api.key).sort((a, b) => a - b),
  )
})

test('Produce 0 to 2 and JoinGroup 0 are advertised, though Produce 0 to 2 cannot be read (pitfall 3)', () => {
  const named = (name: string) => allApis.find((api) => api.name === name)!
  assert.deepEqual(named('Produce').advertised, { min: 0, max: 13 })
  assert.equal(isSupported(named('Produce'), 2), false)
  assert.equal(isSupported(named('Produce'), 3), true)
  assert.deepEqual(named('JoinGroup').advertised, { min: 0, max: 9 })
  assert.equal(isSupported(named('JoinGroup'), 0), true)
})

/** The last version of each API that a broker of Kafka 2.1 serves; the first is always 0. */
const LAST_IN_2_1: Readonly<Partial<Record<ApiName, number>>> = {
  Produce: 7,
  Fetch: 10,
  ListOffsets: 4,
  Metadata: 7,
  OffsetCommit: 6,
  OffsetFetch: 5,
  FindCoordinator: 2,
  JoinGroup: 3,
  Heartbeat: 2,
  LeaveGroup: 2,
  SyncGroup: 2,
  DescribeGroups: 2,
  ListGroups: 2,
  SaslHandshake: 1,
  ApiVersions: 2,
  CreateTopics: 3,
  DeleteTopics: 3,
  DeleteRecords: 1,
  InitProducerId: 1,
  OffsetForLeaderEpoch: 2,
  AddPartitionsToTxn: 1,
  AddOffsetsToTxn: 1,
  EndTxn: 1,
  WriteTxnMarkers: 0,
  TxnOffsetCommit: 2,
  DescribeAcls: 1,
  CreateAcls: 1,
  DeleteAcls: 1,
  DescribeConfigs: 2,
  AlterConfigs: 1,
  AlterReplicaLogDirs: 1,
  DescribeLogDirs: 1,
  SaslAuthenticate: 0,
  CreatePartitions: 1,
  CreateDelegationToken: 1,
  RenewDelegationToken: 1,
  ExpireDelegationToken: 1,
  DescribeDelegationToken: 1,
  DeleteGroups: 1,
}

test('brokers from Kafka 2.1 on can be asked in the newest version that they know', () => {
  for (const [name, last] of Object.entries(LAST_IN_2_1)) {
    assert.ok(isSupported(apis[name as ApiName], last), `${name} ${last}`)
  }
  // From 43 on, younger than 2.1.
  const older = allApis.filter(({ key }) => key <= apis.DeleteGroups.key).map(({ name }) => name)
  assert.deepEqual(older, Object.keys(LAST_IN_2_1))
})

test('what only clients use is not advertised', () => {
  const narrowed = allApis.filter(({ versions, advertised }) => advertised.max < versions.max)
  assert.deepEqual(
    narrowed.map(({ name, versions }) => `${name} ${versions.max}`),
    ['EndTxn 5', 'TxnOffsetCommit 5'],
    'both need transaction.version 2',
  )
  for (const { name, versions, advertised } of allApis) {
    assert.ok(name === 'Produce' || advertised.min >= versions.min, name)
  }
})
