import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AnyApi,
  apis,
  apiVersions,
  decodeResponse,
  describeConfigs,
  ErrorCode,
  encodeRequest,
  heartbeat,
  MalformedMessageError,
  metadata,
  produce,
  type RequestHeaderInput,
  type RequestInputOf,
} from '@millrace/protocol'
import { apiVersionsHandler } from '../handlers/18-api-versions.js'
import { RequestMetrics } from '../metrics/request-metrics.js'
import { startServer } from '../testing/socket-server-fixture.js'
import type { Connection } from './connection.js'
import { type ApiHandler, Dispatcher, handlerFor, RequestRefusedError } from './dispatcher.js'

const connection = {
  listenerName: 'PLAINTEXT',
  localAddress: '127.0.0.1',
  localPort: 9092,
  remoteAddress: '127.0.0.1',
} as Connection

const heartbeatRequest = { groupId: 'group', generationId: 1, memberId: 'member' }

/** A request frame without its length, as a connection hands it over. */
function frame<A extends AnyApi>(api: A, version: number, header: RequestHeaderInput, body: RequestInputOf<A>): Buffer {
  return Buffer.concat(encodeRequest(api, version, header, body)).subarray(4)
}

/** The response without its length. */
async function answer(dispatcher: Dispatcher, request: Buffer): Promise<Buffer> {
  const response = Buffer.concat((await dispatcher.handle(request, connection, performance.now()))?.buffers ?? [])
  assert.equal(response.readInt32BE(0), response.length - 4)
  return response.subarray(4)
}

function withApiVersions(...handlers: ApiHandler[]): Dispatcher {
  const served: AnyApi[] = [apiVersions, ...handlers.map(({ api }) => api)]
  return new Dispatcher([apiVersionsHandler(() => served), ...handlers])
}

const served = handlerFor(heartbeat, () => ({ errorCode: ErrorCode.NONE }))

test('a request reaches its handler with its version, client and connection, and the answer has its correlation id', async () => {
  const seen: unknown[] = []
  const dispatcher = withApiVersions(
    handlerFor(heartbeat, (request, context) => {
      seen.push([request.groupId, context.apiVersion, context.clientId, context.connection.listenerName])
      return { errorCode: ErrorCode.UNKNOWN_MEMBER_ID }
    }),
  )
  for (const version of [0, 4]) {
    const request = frame(heartbeat, version, { correlationId: 77, clientId: 'test' }, heartbeatRequest)
    const { correlationId, body } = decodeResponse(heartbeat, version, await answer(dispatcher, request))
    assert.deepEqual([correlationId, body.errorCode], [77, ErrorCode.UNKNOWN_MEMBER_ID])
  }
  assert.deepEqual(seen, [
    ['group', 0, 'test', 'PLAINTEXT'],
    ['group', 4, 'test', 'PLAINTEXT'],
  ])
})

test('a handler that gives nothing leaves the request unanswered', async () => {
  const dispatcher = new Dispatcher([handlerFor(heartbeat, async () => undefined)])
  const request = frame(heartbeat, 0, { correlationId: 1, clientId: null }, heartbeatRequest)
  assert.equal(await dispatcher.handle(request, connection, performance.now()), undefined)
})

test('a large answer is encoded in turns of the loop, and others are answered meanwhile', async () => {
  const result = { errorCode: 0, errorMessage: null, resourceType: 2, resourceName: 't'.repeat(200) }
  const configs = Array.from({ length: 20 }, () => ({
    name: 'n'.repeat(99),
    value: 'v',
    readOnly: false,
    isSensitive: false,
    synonyms: [],
  }))
  const results = Array.from({ length: 3000 }, () => ({ ...result, configs }))
  const dispatcher = new Dispatcher([
    handlerFor(describeConfigs, () => ({ results }), { isLarge: (large) => large.results.length > 100 }),
    served,
  ])
  const large = answer(dispatcher, frame(describeConfigs, 4, { correlationId: 8, clientId: null }, { resources: [] }))
  let isAnswered = false
  const marked = large.finally(() => {
    isAnswered = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  const small = frame(heartbeat, 4, { correlationId: 9, clientId: null }, heartbeatRequest)
  assert.equal(decodeResponse(heartbeat, 4, await answer(dispatcher, small)).correlationId, 9)
  assert.equal(isAnswered, false)
  const { correlationId, body } = decodeResponse(describeConfigs, 4, await marked)
  assert.deepEqual([correlationId, body.results.length], [8, 3000])
})

test('ApiVersions in a version that nobody knows is answered in version 0 with error 35 and its own range (pitfall 1)', async () => {
  for (const version of [5, 99, 32767, -1]) {
    const request = frame(apiVersions, 0, { correlationId: 5, clientId: 'new' }, {})
    request.writeInt16BE(version, 2)
    const response = await answer(withApiVersions(), request)
    const { correlationId, body } = decodeResponse(apiVersions, 0, response)
    assert.equal(correlationId, 5)
    assert.equal(body.errorCode, ErrorCode.UNSUPPORTED_VERSION)
    assert.deepEqual(body.apiKeys, [{ apiKey: 18, minVersion: 0, maxVersion: 4 }])
    assert.equal(response.length, 4 + 2 + 4 + 6, 'a body of version 0 has no throttle time')
  }
})

test('the header of every ApiVersions response is version 0, without tagged fields (pitfall 2)', async () => {
  for (const version of [0, 1, 2, 3, 4]) {
    const body = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' }
    const request = frame(apiVersions, version, { correlationId: 5, clientId: null }, version >= 3 ? body : {})
    const response = await answer(withApiVersions(), request)
    assert.equal(response.readInt16BE(4), ErrorCode.NONE, `version ${version}`)
  }
})

const refused: readonly { what: string; request: () => Buffer; error: object | RegExp }[] = [
  {
    what: 'an API key that has no handler',
    request: () => frame(metadata, 0, { correlationId: 1, clientId: null }, { topics: [] }),
    error: { name: 'RequestRefusedError', message: 'API key 3 is not served' },
  },
  {
    what: 'an API key that nobody knows',
    request: () => Buffer.from([0x7f, 0xff, 0, 0, 0, 0, 0, 1]),
    error: { name: 'RequestRefusedError', message: 'API key 32767 is not served' },
  },
  {
    what: 'a version that is not served',
    request: () => {
      const request = frame(heartbeat, 0, { correlationId: 1, clientId: null }, heartbeatRequest)
      request.writeInt16BE(5, 2)
      return request
    },
    error: { name: 'RequestRefusedError', message: 'Heartbeat version 5 is not served' },
  },
  {
    what: 'a body that ends early',
    request: () => frame(heartbeat, 4, { correlationId: 1, clientId: null }, heartbeatRequest).subarray(0, -3),
    error: MalformedMessageError,
  },
  { what: 'a header that ends early', request: () => Buffer.from([0, 12, 0]), error: MalformedMessageError },
  { what: 'an empty frame', request: () => Buffer.alloc(0), error: MalformedMessageError },
]

for (const { what, request, error } of refused) {
  test(`${what} is refused, and closes the connection (pitfall 5)`, async (t) => {
    const dispatcher = withApiVersions(served)
    assert.throws(() => dispatcher.handle(request(), connection, performance.now()), error)
    const { connect, logger } = await startServer(t, { handler: dispatcher })
    const peer = await connect()
    peer.send(request())
    await peer.closed
    assert.deepEqual([peer.frames, logger.lines], [[], ['warn Connection closed']])
  })
}

test('a request that is refused is told apart from one that is malformed', () => {
  const unknown = Buffer.from([0x7f, 0xff, 0, 0, 0, 0, 0, 1])
  assert.throws(() => withApiVersions().handle(unknown, connection, performance.now()), RequestRefusedError)
})

test('a body cut anywhere is refused with a typed error and answered never', () => {
  const whole = frame(heartbeat, 4, { correlationId: 1, clientId: 'x' }, { ...heartbeatRequest, groupInstanceId: 'i' })
  const dispatcher = withApiVersions(served)
  for (let end = 0; end < whole.length; end++) {
    assert.throws(
      () => dispatcher.handle(whole.subarray(0, end), connection, performance.now()),
      MalformedMessageError,
      `cut at ${end}`,
    )
  }
})

test('only produces may overlap', () => {
  const dispatcher = withApiVersions(served)
  const header = { correlationId: 1, clientId: null }
  const produceFrame = frame(produce, 9, header, { acks: 1, timeoutMs: 1000, topicData: [] })
  assert.equal(dispatcher.mayOverlap(produceFrame), true)
  assert.equal(dispatcher.mayOverlap(frame(heartbeat, 0, header, heartbeatRequest)), false)
  assert.equal(dispatcher.mayOverlap(Buffer.alloc(1)), false)
})

test('requests are counted by version, error and time, whatever becomes of them', async () => {
  const requests = new RequestMetrics(() => 0)
  const logged: string[] = []
  const log = { isOn: false }
  const watch = {
    requests,
    isLogging: () => log.isOn,
    log: ({ api, version, clientId }: { api: string; version: number; clientId: string | null }) =>
      void logged.push(`${api} ${version} ${clientId}`),
  }
  let fails = false
  const handler = handlerFor(heartbeat, () => {
    if (fails) return Promise.reject(new Error('boom'))
    assert.equal(requests.of(heartbeat).inFlight, 1)
    return Promise.resolve({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  })
  const dispatcher = new Dispatcher([handler], watch)
  const request = (version: number) => frame(heartbeat, version, { correlationId: 1, clientId: 'c' }, heartbeatRequest)
  const answer = await dispatcher.handle(request(0), connection, performance.now() - 5000)
  assert.equal(answer?.sendTimes, requests.of(heartbeat).sendTimes)
  log.isOn = true
  await dispatcher.handle(request(4), connection, performance.now())
  fails = true
  await assert.rejects(async () => await dispatcher.handle(request(4), connection, performance.now()), /boom/)

  const metrics = requests.of(heartbeat)
  assert.deepEqual([...metrics.countsByVersion], [1, 0, 0, 0, 2])
  assert.deepEqual([...metrics.countsByError], [[ErrorCode.UNKNOWN_MEMBER_ID, 2]])
  assert.deepEqual([metrics.inFlight, metrics.times.count], [0, 3])
  assert.equal(metrics.queueTimes.count, 3)
  assert.ok(metrics.queueTimes.sumMs > 4999, 'the time before the start is counted')
  assert.deepEqual(logged, ['Heartbeat 4 c'])
  const lines = requests.families().flatMap((family) => [...family.lines()])
  assert.ok(lines.includes('kafka_network_requestmetrics_requests_total{request="Heartbeat",version="4"} 2\n'))
  assert.ok(
    lines.includes('kafka_network_requestmetrics_errors_total{request="Heartbeat",error="UNKNOWN_MEMBER_ID"} 2\n'),
  )
  assert.ok(
    lines.some((line) =>
      line.startsWith('kafka_network_requestmetrics_totaltimems{request="Heartbeat",quantile="0.99"}'),
    ),
  )
})

test('only what a group keeps of a request outlives it: the frame of any other may be used again', () => {
  const dispatcher = new Dispatcher([])
  const keeping = Object.values(apis).filter(({ key }) => {
    const frame = Buffer.alloc(10)
    frame.writeInt16BE(key)
    return !dispatcher.isTransient(frame)
  })
  assert.deepEqual(
    keeping.map(({ name }) => name),
    ['JoinGroup', 'SyncGroup'],
  )
  assert.equal(dispatcher.isTransient(Buffer.alloc(1)), false)
})
