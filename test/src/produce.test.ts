/** Produce on the wire: what is taken, what is refused and how, and in which order answers come. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import {
  apis,
  BATCH_OVERHEAD,
  batchAttributes,
  crc32c,
  decodeResponse,
  ErrorCode,
  responseCorrelationId,
  timestampTypeOf,
  ZERO_UUID,
} from '@millrace/protocol'
import { fetchFrom } from './support/fetching.js'
import { append, batchOf, batchOfRecords, produce, produceRequest, recordsIn, valuesIn } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { createTopic } from './support/topics.js'

const broker = sharedBroker()

async function freshTopic(t: TestContext, configs: Readonly<Record<string, string>> = {}) {
  const client = await broker.connect(t)
  return { client, ...(await createTopic(client, configs)) }
}

test('acks 1 and -1 are answered with the offset of the first record, in every version', async (t) => {
  const { client, topic, topicId } = await freshTopic(t)
  let expected = 0
  for (const acks of [1, -1]) {
    for (let version = 3; version <= 13; version++) {
      const answer = await client.call(apis.Produce, version, {
        acks,
        timeoutMs: 1000,
        topicData: [{ name: topic, topicId, partitionData: [{ index: 0, records: batchOf(['a', 'b']) }] }],
      })
      const [response] = answer.responses
      assert.equal(response?.partitionResponses[0]?.errorCode, ErrorCode.NONE, `version ${version}`)
      assert.equal(response?.partitionResponses[0]?.baseOffset, expected)
      assert.equal(response?.partitionResponses[0]?.logAppendTimeMs, -1)
      if (version >= 13) assert.equal(response?.topicId, topicId)
      else assert.equal(response?.name, topic)
      expected += 2
    }
  }
})

test('acks 0 is not answered: the next answer is that of the next request', async (t) => {
  const { client, topic } = await freshTopic(t)
  client.request(apis.Produce, 9, produceRequest(topic, batchOf(['silent']), { acks: 0 }))
  assert.equal(await append(client, topic, ['answered']), 1)
})

test('acks 0 with an error closes the connection', async (t) => {
  const { client } = await freshTopic(t)
  client.request(apis.Produce, 9, produceRequest('no-such-topic', batchOf(['a']), { acks: 0 }))
  await client.closed
})

test('acks other than 0, 1 and -1 are refused for every partition, and nothing is written', async (t) => {
  const { client, topic } = await freshTopic(t)
  for (const acks of [2, -2, 32767]) {
    const answer = await produce(client, topic, batchOf(['a']), { acks })
    assert.equal(answer.errorCode, ErrorCode.INVALID_REQUIRED_ACKS)
    assert.equal(answer.baseOffset, -1)
  }
  assert.equal(await append(client, topic, ['first']), 0)
})

test('an unknown topic, partition or topic id is refused, and partitions beside it are served', async (t) => {
  const { client, topic, topicId } = await freshTopic(t)
  const unknownId = 'AAAAAAAAAAAAAAAAAAAA_w'
  const named = await client.call(apis.Produce, 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [
      { name: 'no-such-topic', partitionData: [{ index: 0, records: batchOf(['a']) }] },
      {
        name: topic,
        partitionData: [
          { index: 7, records: batchOf(['a']) },
          { index: 0, records: batchOf(['b']) },
        ],
      },
    ],
  })
  assert.deepEqual(
    named.responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode, baseOffset }) => [name, index, errorCode, baseOffset]),
    ),
    [
      ['no-such-topic', 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1],
      [topic, 7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1],
      [topic, 0, ErrorCode.NONE, 0],
    ],
  )
  const byId = await client.call(apis.Produce, 13, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [unknownId, ZERO_UUID, topicId].map((id) => ({
      topicId: id,
      partitionData: [{ index: 0, records: batchOf(['c']) }],
    })),
  })
  assert.deepEqual(
    byId.responses.map((response) => [response.topicId, response.partitionResponses[0]?.errorCode]),
    [
      [unknownId, ErrorCode.UNKNOWN_TOPIC_ID],
      [ZERO_UUID, ErrorCode.UNKNOWN_TOPIC_ID],
      [topicId, ErrorCode.NONE],
    ],
  )
})

test('records must be exactly one batch of format 2 with base offset 0', async (t) => {
  const { client, topic } = await freshTopic(t)
  const corrupt = batchOf(['a'])
  corrupt.writeUInt8(corrupt.readUInt8(corrupt.length - 1) ^ 1, corrupt.length - 1)
  const cases: [name: string, records: Buffer | null, error: number][] = [
    ['null', null, ErrorCode.INVALID_RECORD],
    ['no batch', Buffer.alloc(0), ErrorCode.INVALID_RECORD],
    ['two batches', Buffer.concat([batchOf(['a']), batchOf(['b'])]), ErrorCode.INVALID_RECORD],
    ['message format 1', oldMessage(1), ErrorCode.INVALID_RECORD],
    ['message format 0', oldMessage(0), ErrorCode.INVALID_RECORD],
    ['a base offset of 5', batchOf(['a'], { baseOffset: 5 }), ErrorCode.INVALID_RECORD],
    ['a batch without records', batchOf([]), ErrorCode.INVALID_RECORD],
    ['a control batch', batchOf(['a'], { control: true }), ErrorCode.INVALID_RECORD],
    ['a wrong checksum', corrupt, ErrorCode.CORRUPT_MESSAGE],
    ['half a batch', batchOf(['a']).subarray(0, BATCH_OVERHEAD - 1), ErrorCode.INVALID_RECORD],
    ['no batch at all', Buffer.alloc(200, 0xff), ErrorCode.CORRUPT_MESSAGE],
  ]
  for (const [name, records, error] of cases) {
    const answer = await produce(client, topic, records)
    assert.equal(answer.errorCode, error, name)
    assert.equal(answer.baseOffset, -1, name)
  }
  assert.equal(await append(client, topic, ['first']), 0, 'nothing of it was written')
})

/** A message of the formats before batches. */
function oldMessage(magic: 0 | 1): Buffer {
  const message = Buffer.alloc(12 + (magic === 0 ? 14 : 22))
  message.writeInt32BE(message.length - 12, 8)
  message.writeInt8(magic, 16)
  message.fill(0xff, message.length - 8)
  return message
}

test('a compacted topic refuses records without key, and says which ones', async (t) => {
  const { client, topic } = await freshTopic(t, { 'cleanup.policy': 'compact' })
  const value = Buffer.from('v')
  const key = Buffer.from('k')
  const records = batchOfRecords([{ key, value }, { value }, { key, value }, { key: null, value }])
  const answer = await produce(client, topic, records, { version: 8 })
  assert.equal(answer.errorCode, ErrorCode.INVALID_RECORD)
  assert.deepEqual(
    answer.recordErrors.map(({ batchIndex }) => batchIndex),
    [1, 3],
  )
  assert.ok(answer.errorMessage)
  const zipped = batchOfRecords([{ key, value }, { value }], { compression: 'gzip' })
  const compressed = await produce(client, topic, zipped)
  assert.deepEqual(compressed.recordErrors[0]?.batchIndex, 1)
  assert.equal((await produce(client, topic, batchOfRecords([{ key, value }]), { version: 8 })).baseOffset, 0)
})

test('timestamps outside the bounds of the topic are refused, on both sides', async (t) => {
  const { client, topic } = await freshTopic(t, {
    'message.timestamp.before.max.ms': '60000',
    'message.timestamp.after.max.ms': '1000',
  })
  const at = async (...timestamps: number[]) => {
    const answer = await produce(client, topic, batchOfRecords(timestamps.map((timestamp) => ({ timestamp }))))
    return { errorCode: answer.errorCode, refused: answer.recordErrors.map(({ batchIndex }) => batchIndex) }
  }
  const now = Date.now()
  assert.deepEqual(await at(now, now - 50_000), { errorCode: ErrorCode.NONE, refused: [] })
  assert.deepEqual(await at(now, now - 70_000), { errorCode: ErrorCode.INVALID_TIMESTAMP, refused: [1] })
  assert.deepEqual(await at(now + 10_000, now), { errorCode: ErrorCode.INVALID_TIMESTAMP, refused: [0] })
})

test('a timestamp beyond 2^53 is an error of its partition', async (t) => {
  const { client, topic } = await freshTopic(t)
  const records = batchOf(['a'])
  records.writeBigInt64BE(2n ** 60n, 27)
  records.writeBigInt64BE(2n ** 60n, 35)
  records.writeUInt32BE(crc32c(records, 21, records.length), 17)
  assert.equal((await produce(client, topic, records)).errorCode, ErrorCode.INVALID_TIMESTAMP)
})

test('LogAppendTime: the broker sets the time, says so, and every record reads as it', async (t) => {
  const { client, topic } = await freshTopic(t, { 'message.timestamp.type': 'LogAppendTime' })
  const before = Date.now()
  const answer = await produce(client, topic, batchOfRecords([{ timestamp: 5 }, { timestamp: 7 }]))
  assert.equal(answer.errorCode, ErrorCode.NONE)
  assert.ok(answer.logAppendTimeMs >= before && answer.logAppendTimeMs <= Date.now())
  const { records } = await fetchFrom(client, topic, 0)
  assert.equal(timestampTypeOf(batchAttributes(records as Buffer, 0)), 'LogAppendTime')
  assert.deepEqual(
    recordsIn(records).map(({ timestamp }) => timestamp),
    [answer.logAppendTimeMs, answer.logAppendTimeMs],
  )
})

test('a batch that is too large is refused as it was sent, also when it would compress', async (t) => {
  const { client, topic } = await freshTopic(t, { 'max.message.bytes': '1000', 'segment.bytes': '14' })
  const answer = await produce(client, topic, batchOf(['x'.repeat(2000)]))
  assert.equal(answer.errorCode, ErrorCode.MESSAGE_TOO_LARGE)
  const zipped = await produce(client, topic, batchOf([randomBytes(2000).toString('hex')], { compression: 'gzip' }))
  assert.equal(zipped.errorCode, ErrorCode.MESSAGE_TOO_LARGE)
  assert.equal((await produce(client, topic, batchOf(['small']))).errorCode, ErrorCode.RECORD_LIST_TOO_LARGE)
})

test('zstd is taken from version 7 on', async (t) => {
  const { client, topic } = await freshTopic(t)
  const zipped = () => batchOf(['a'], { compression: 'zstd' })
  assert.equal(
    (await produce(client, topic, zipped(), { version: 6 })).errorCode,
    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
  )
  assert.equal((await produce(client, topic, zipped(), { version: 7 })).errorCode, ErrorCode.NONE)
})

test('every compression is kept as it was sent, or converted when the topic wants another', async (t) => {
  const { client, topic } = await freshTopic(t)
  const zipped = await createTopic(client, { 'compression.type': 'gzip' })
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    for (const each of [topic, zipped.topic]) {
      const { baseOffset } = await produce(client, each, batchOf(['a', 'b', 'c'], { compression }))
      const { records } = await fetchFrom(client, each, baseOffset)
      assert.deepEqual(valuesIn(records), ['a', 'b', 'c'], compression)
      const sent = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }[compression]
      assert.equal(batchAttributes(records as Buffer, 0) & 7, each === topic ? sent : 1)
    }
  }
})

test('a transactional batch is refused, and so is a producer that says it is transactional', async (t) => {
  const { client, topic } = await freshTopic(t)
  const batch = (transactional: boolean) =>
    batchOf(['a'], { producerId: 4000, producerEpoch: 0, baseSequence: 0, transactional })
  const unnamed = await produce(client, topic, batch(true))
  assert.equal(unnamed.errorCode, ErrorCode.INVALID_TXN_STATE)
  const named = await produce(client, topic, batch(true), { transactionalId: 'tx' })
  assert.equal(named.errorCode, ErrorCode.INVALID_TXN_STATE)
})

test('internal topics are written by the broker and by admin tools alone', async (t) => {
  const { client } = await freshTopic(t)
  await client.call(apis.FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['any'] })
  const answer = await produce(client, '__consumer_offsets', batchOf(['a']))
  assert.equal(answer.errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION)
  // What Kafka's own tools call themselves.
  client.clientId = '__admin_client'
  const admin = await produce(client, '__consumer_offsets', batchOf(['a']))
  assert.equal(admin.errorCode, ErrorCode.NONE)
})

test('min.insync.replicas counts up to the number of replicas that a topic has', async (t) => {
  const { client, topic } = await freshTopic(t, { 'min.insync.replicas': '2' })
  assert.equal(await append(client, topic, ['a']), 0)
  assert.deepEqual(valuesIn((await fetchFrom(client, topic, 0)).records), ['a'])
})

test('pipelined produces are appended and answered in the order in which they were sent', async (t) => {
  const { client, topic } = await freshTopic(t)
  const count = 200
  const sent = Array.from({ length: count }, (_, index) =>
    client.request(apis.Produce, 9, produceRequest(topic, batchOf([`v${index}`, `w${index}`]))),
  )
  for (const [index, correlationId] of sent.entries()) {
    const frame = await client.nextFrame()
    assert.equal(responseCorrelationId(frame), correlationId)
    const { body } = decodeResponse(apis.Produce, 9, frame)
    assert.equal(body.responses[0]?.partitionResponses[0]?.baseOffset, 2 * index)
  }
  const read: string[] = []
  while (read.length < 2 * count) read.push(...valuesIn((await fetchFrom(client, topic, read.length)).records))
  assert.deepEqual(read, Array.from({ length: count }, (_, index) => [`v${index}`, `w${index}`]).flat())
})

test('other requests between produces keep their place in the order of answers', async (t) => {
  const { client, topic } = await freshTopic(t)
  const sent: number[] = []
  for (let round = 0; round < 10; round++) {
    sent.push(client.request(apis.Produce, 9, produceRequest(topic, batchOf([`${round}`]))))
    sent.push(client.request(apis.Metadata, 9, { topics: null }))
    sent.push(
      client.request(apis.ListOffsets, 5, {
        replicaId: -1,
        isolationLevel: 0,
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
      }),
    )
  }
  for (const [index, correlationId] of sent.entries()) {
    const frame = await client.nextFrame()
    assert.equal(responseCorrelationId(frame), correlationId)
    if (index % 3 !== 2) continue
    const { body } = decodeResponse(apis.ListOffsets, 5, frame)
    assert.equal(body.topics[0]?.partitions[0]?.offset, (index + 1) / 3, 'the append before is seen')
  }
})

test('versions 0 to 2 are refused though they are advertised', async (t) => {
  for (const version of [0, 1, 2]) {
    const client = await broker.connect(t)
    const frame = Buffer.alloc(4 + 8 + 2 + 10)
    frame.writeInt32BE(frame.length - 4, 0)
    frame.writeInt16BE(version, 6)
    frame.writeInt16BE(-1, 12)
    client.send([frame])
    await client.closed
  }
})
