import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AnyApi,
  type ApiName,
  apis,
  apiVersions,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  decodeStruct,
  ErrorCode,
  encodeRequest,
  encodeResponse,
  type FetchResponse,
  fetch,
  heartbeat,
  metadata,
  offsetDelete,
  produce,
  responseCorrelationId,
} from './index.js'
import { testdataRows } from './testing/testdata.js'

const HEADER = { correlationId: 7, clientId: 'app' }

/** A frame as it is after the length prefix was taken off and checked. */
function frameOf(buffers: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(buffers)
  assert.equal(bytes.readInt32BE(0), bytes.length - 4, 'the length prefix')
  return bytes.subarray(4)
}

test('request header: v1 up to the last classic version, v2 with tagged fields from the first flexible one', () => {
  const body = { groupId: 'g', generationId: 1, memberId: 'm' }
  const classic = frameOf(encodeRequest(heartbeat, 3, HEADER, body))
  assert.equal(classic.subarray(0, 13).toString('hex'), '000c0003000000070003617070')
  assert.equal(decodeRequestHeader(classic).headerLength, 13)
  const flexible = frameOf(encodeRequest(heartbeat, 4, HEADER, body))
  assert.equal(flexible.subarray(0, 14).toString('hex'), '000c000400000007000361707000', 'the client id stays classic')
  assert.deepEqual(decodeRequestHeader(flexible), { apiKey: 12, apiVersion: 4, ...HEADER, headerLength: 14 })
})

test('request and response header: every API in every version has those that Java gives it (pitfall 2)', () => {
  const headersOf = new Map<string, readonly [request: number, response: number]>()
  for (const [name, key, first, last, request, response] of testdataRows('java-header-versions.tsv')) {
    assert.equal(apis[name as ApiName].key, Number(key))
    for (let version = Number(first); version <= Number(last); version++) {
      headersOf.set(`${name} v${version}`, [Number(request), Number(response)])
    }
  }
  for (const [name, versionText, hex] of testdataRows('java-messages.tsv')) {
    const [, apiName, kind] = /^(\w+)(Request|Response)$/.exec(name!) ?? []
    if (apiName === undefined) continue
    const api: AnyApi = apis[apiName as ApiName]
    const version = Number(versionText)
    const headers = headersOf.get(`${apiName} v${version}`)
    assert.ok(headers, `${apiName} v${version}`)
    const body = Buffer.from(hex!, 'hex')
    if (kind === 'Request') {
      const frame = frameOf(encodeRequest(api, version, HEADER, decodeStruct(api.request, version, body) as never))
      // Key, version, correlation id, the client id and its length; from header v2 on the count of tagged fields.
      const headerLength = headers[0] === 2 ? 14 : 13
      assert.equal(decodeRequestHeader(frame).headerLength, headerLength, name)
      assert.deepEqual(frame.subarray(headerLength), body, name)
    } else {
      const frame = frameOf(encodeResponse(api, version, 7, decodeStruct(api.response, version, body) as never))
      assert.deepEqual(frame.subarray(headers[1] === 1 ? 5 : 4), body, name)
      assert.equal(decodeResponse(api, version, frame).correlationId, 7, name)
    }
  }
})

test('request header: a null client id is accepted in v1 and v2', () => {
  for (const version of [3, 4]) {
    const header = { correlationId: 1, clientId: null }
    const frame = frameOf(encodeRequest(heartbeat, version, header, { groupId: 'g', generationId: 1, memberId: 'm' }))
    assert.equal(decodeRequestHeader(frame).clientId, null)
    const { headerLength } = decodeRequestHeader(frame)
    assert.equal(decodeRequest(heartbeat, version, frame, headerLength).memberId, 'm')
  }
})

test('request header: unknown tagged fields are kept, and the body starts behind them', () => {
  const header = Buffer.from('001200030000000500016101070278790102', 'hex')
  assert.deepEqual(decodeRequestHeader(header), {
    apiKey: 18,
    apiVersion: 3,
    correlationId: 5,
    clientId: 'a',
    unknownTaggedFields: [{ tag: 7, data: Buffer.from('xy') }],
    headerLength: 16,
  })
})

test('request header: ApiVersions of a version that does not exist yet can still be read (pitfall 1)', () => {
  const header = decodeRequestHeader(Buffer.from('00120063000000050001610099', 'hex'))
  assert.deepEqual(header, { apiKey: 18, apiVersion: 99, correlationId: 5, clientId: 'a', headerLength: 12 })
})

test('request header: of an API that is not known, the fixed part is read', () => {
  const header = decodeRequestHeader(Buffer.from('03e70001000000057fff', 'hex'))
  assert.deepEqual(header, { apiKey: 999, apiVersion: 1, correlationId: 5, clientId: null, headerLength: 8 })
})

test('request header: can start anywhere in the buffer', () => {
  const frame = frameOf(encodeRequest(metadata, 1, HEADER, { topics: null }))
  const header = decodeRequestHeader(Buffer.concat([Buffer.alloc(5), frame]), 5)
  assert.deepEqual([header.clientId, header.headerLength], ['app', 13])
})

test('ApiVersions: answered in v0 with UNSUPPORTED_VERSION, and a client reads it so (pitfall 1)', () => {
  const body = { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] }
  const frame = frameOf(encodeResponse(apiVersions, 0, 9, body))
  assert.equal(frame.toString('hex'), '00000009002300000001001200000004')
  const { correlationId, body: decoded } = decodeResponse(apiVersions, 4, frame)
  assert.equal(correlationId, 9)
  assert.deepEqual(decoded.apiKeys, body.apiKeys)
})

test('ApiVersions: the response header has no tagged fields, though the body does from v3 on (pitfall 2)', () => {
  const frame = frameOf(encodeResponse(apiVersions, 3, 9, { errorCode: 0, apiKeys: [] }))
  assert.equal(frame.toString('hex'), '0000000900000100000000' + '00')
  assert.equal(decodeResponse(apiVersions, 3, frame).body.errorCode, 0)
  const other = frameOf(encodeResponse(heartbeat, 4, 9, { errorCode: 0 }))
  assert.equal(other.toString('hex'), '0000000900000000000000' + '00', 'a flexible header elsewhere')
  assert.equal(responseCorrelationId(other), 9)
})

test('OffsetDelete is not flexible in any version (pitfall 8)', () => {
  const frame = frameOf(encodeRequest(offsetDelete, 0, HEADER, { groupId: 'g', topics: [] }))
  assert.equal(frame.toString('hex'), '002f00000000000700036170700001' + '6700000000')
})

test('Metadata: null and empty lists of topics differ from v1 on; v0 has no null (pitfall 9)', () => {
  const topicsOf = (topics: readonly [] | null, version: number) => {
    const frame = frameOf(encodeRequest(metadata, version, HEADER, { topics }))
    return decodeRequest(metadata, version, frame, decodeRequestHeader(frame).headerLength).topics
  }
  assert.deepEqual(topicsOf([], 0), [])
  for (const version of [1, 8, 9, 13]) {
    assert.deepEqual(topicsOf([], version), [])
    assert.equal(topicsOf(null, version), null)
  }
  assert.throws(() => topicsOf(null, 0), { code: 'UNENCODABLE_MESSAGE', reason: 'null-not-allowed', field: 'topics' })
  const nullInV0 = Buffer.from('000300000000000700036170' + '70ffffffff', 'hex')
  assert.throws(() => decodeRequest(metadata, 0, nullInV0, 13), {
    code: 'MALFORMED_MESSAGE',
    reason: 'unexpected-null',
  })
})

test('records are neither copied when a request is decoded nor when a response is encoded', () => {
  const batch = Buffer.from('not looked into')
  const topicData = [{ name: 't', partitionData: [{ index: 0, records: batch }] }]
  const frame = frameOf(encodeRequest(produce, 9, HEADER, { acks: 1, timeoutMs: 1, topicData }))
  const { headerLength } = decodeRequestHeader(frame)
  const records = decodeRequest(produce, 9, frame, headerLength).topicData[0]!.partitionData[0]!.records!
  assert.deepEqual(records, batch)
  assert.equal(records.buffer, frame.buffer)

  const second = Buffer.from('another')
  const partition = (partitionIndex: number, ours: Buffer | Buffer[] | null) => ({
    partitionIndex,
    errorCode: 0,
    highWatermark: 0,
    abortedTransactions: null,
    records: ours,
  })
  for (const version of [4, 18]) {
    const partitions = [partition(0, [records, second]), partition(1, null), partition(2, Buffer.alloc(0))]
    const buffers: Buffer[] = encodeResponse(fetch, version, 1, { responses: [{ partitions }] })
    assert.ok(buffers.includes(records) && buffers.includes(second), 'the very same buffers')
    const { responses }: FetchResponse = decodeResponse(fetch, version, frameOf(buffers)).body
    assert.deepEqual(
      responses[0]!.partitions.map((one) => one.records?.toString()),
      ['not looked intoanother', undefined, ''],
    )
  }
})

test('bytes after the end of a message are ignored, as in Kafka', () => {
  const frame = frameOf(encodeRequest(heartbeat, 4, HEADER, { groupId: 'g', generationId: 1, memberId: 'm' }))
  const longer = Buffer.concat([frame, Buffer.from('more')])
  assert.equal(decodeRequest(heartbeat, 4, longer, 14).memberId, 'm')
})

test('versions outside the range of the API are refused by encoding and decoding alike', () => {
  const refused = { name: 'ProtocolError', code: 'UNSUPPORTED_VERSION' }
  const body = { acks: 1, timeoutMs: 1, topicData: [] }
  for (const version of [-1, 2, 14, 1.5]) {
    assert.throws(() => encodeRequest(produce, version, HEADER, body), refused)
    assert.throws(() => decodeRequest(produce, version, Buffer.alloc(50), 0), refused)
    assert.throws(() => encodeResponse(produce, version, 1, { responses: [] }), refused)
  }
})

test('errors of encoding and decoding name the message, its version and the field or the byte', () => {
  const body = { groupId: 'g', generationId: 2 ** 31, memberId: 'm' }
  assert.throws(() => encodeRequest(apis.Heartbeat, 4, HEADER, body), {
    message: 'HeartbeatRequest v4: generationId: out-of-range',
  })
  assert.throws(() => encodeRequest(apis.Heartbeat, 4, { correlationId: 2 ** 31, clientId: null }, body), {
    message: 'RequestHeader: correlationId: out-of-range',
  })
  assert.throws(() => decodeRequest(apis.Heartbeat, 4, Buffer.from('0267', 'hex'), 0), {
    message: 'HeartbeatRequest v4: truncated at byte 2',
  })
})

test('a message that could not be encoded leaves nothing behind for the next one', () => {
  const bad = { acks: 1, timeoutMs: 'soon' as unknown as number, topicData: [] }
  assert.throws(() => encodeRequest(produce, 3, HEADER, bad))
  const frame = frameOf(encodeRequest(produce, 3, HEADER, { acks: 1, timeoutMs: 5, topicData: [] }))
  assert.equal(decodeRequest(produce, 3, frame, decodeRequestHeader(frame).headerLength).timeoutMs, 5)
})
