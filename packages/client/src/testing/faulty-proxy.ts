/**
 * Stands between a client and the one broker of a cluster, and does to requests and answers what a test says: passes them
 * on, changes them, loses them, or breaks the connection. The broker's own address is taken out of the answers, so that
 * clients stay behind it.
 */
import assert from 'node:assert/strict'
import { createConnection, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { apiByKey, decodeRequest, decodeRequestHeader, decodeResponse, encodeResponse } from '@millrace/protocol'

export interface ProxiedRequest {
  readonly api: string
  readonly version: number
  readonly body: unknown
}

/**
 * - `pass`: to the broker, and its answer back.
 * - `reset`: breaks the connection before the broker sees the request.
 * - `reset-after`: the broker carries it out, and the connection breaks instead of the answer.
 * - `silence`: the broker carries it out, and no answer comes, to this and all later ones of the connection.
 * - `instead`: the broker does not see the request, and this is the answer.
 * - a function: changes the answer.
 */
export type Fault =
  | 'pass'
  | 'reset'
  | 'reset-after'
  | 'silence'
  | { readonly instead: unknown }
  | ((response: never) => unknown)

export interface FaultyProxy {
  readonly bootstrap: string
  /** Asked about each request but ApiVersions. */
  onRequest: (request: ProxiedRequest) => Fault
  /** Breaks all connections. */
  resetAll(): void
  /** The same, and no more are taken. */
  close(): void
}

interface Expected {
  /** An answer that is there already. */
  readonly instead?: Buffer
  readonly apiKey: number
  readonly version: number
  readonly fault: Fault
}

const API_VERSIONS = 18

export async function faultyProxy(t: Pick<TestContext, 'after'>, upstream: string): Promise<FaultyProxy> {
  const [host = '', port = ''] = upstream.split(':')
  const sockets = new Set<Socket>()
  const proxy = {
    bootstrap: '',
    onRequest: (): Fault => 'pass',
    resetAll: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: () => {
      server.close()
      proxy.resetAll()
    },
  } satisfies FaultyProxy as FaultyProxy & { bootstrap: string }
  const server = createServer((client) => {
    const broker = createConnection({ host, port: Number(port), noDelay: true })
    client.setNoDelay(true)
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        broker.destroy()
      })
    }
    const expected: Expected[] = []
    let isSilent = false
    const answerInstead = () => {
      for (let first = expected[0]; first?.instead !== undefined; first = expected[0]) {
        expected.shift()
        if (!isSilent) client.write(first.instead)
      }
    }
    eachFrame(client, (frame) => {
      const { apiKey, apiVersion, correlationId, headerLength } = decodeRequestHeader(frame, 4)
      const fault = faultOf(proxy, apiKey, apiVersion, frame, headerLength)
      if (fault === 'reset') return client.destroy()
      if (typeof fault === 'object') {
        const instead = madeUp(apiKey, apiVersion, correlationId, fault.instead)
        expected.push({ apiKey, version: apiVersion, fault, instead })
        return answerInstead()
      }
      if (!isUnanswered(apiKey, apiVersion, frame, headerLength)) expected.push({ apiKey, version: apiVersion, fault })
      broker.write(frame)
    })
    eachFrame(broker, (frame) => {
      const request = expected.shift()
      if (request === undefined) return client.destroy()
      if (request.fault === 'reset-after') return client.destroy()
      if (request.fault === 'silence') isSilent = true
      if (isSilent) return
      client.write(changed(frame, request, listeningPort(server.address())))
      answerInstead()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => proxy.close())
  proxy.bootstrap = `127.0.0.1:${listeningPort(server.address())}`
  return proxy
}

function listeningPort(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

function faultOf(proxy: FaultyProxy, apiKey: number, version: number, frame: Buffer, headerLength: number): Fault {
  const api = apiByKey(apiKey)
  if (api === undefined || apiKey === API_VERSIONS) return 'pass'
  return proxy.onRequest({ api: api.name, version, body: decodeRequest(api, version, frame, 4 + headerLength) })
}

function isUnanswered(apiKey: number, version: number, frame: Buffer, headerLength: number): boolean {
  const api = apiByKey(apiKey)
  if (api?.name !== 'Produce') return false
  const body: unknown = decodeRequest(api, version, frame, 4 + headerLength)
  return (body as { readonly acks: number }).acks === 0
}

function madeUp(apiKey: number, version: number, correlationId: number, body: unknown): Buffer {
  const api = apiByKey(apiKey)
  assert(api !== undefined)
  return Buffer.concat(encodeResponse(api, version, correlationId, body as never))
}

/** The fault's change, and this proxy's address in place of the broker's. */
function changed(frame: Buffer, { apiKey, version, fault }: Expected, port: number): Buffer {
  const api = apiByKey(apiKey)
  const tellsAddresses = api?.name === 'Metadata' || api?.name === 'FindCoordinator' || api?.name === 'DescribeCluster'
  if (api === undefined || (typeof fault !== 'function' && !tellsAddresses)) return frame
  const { correlationId, body } = decodeResponse(api, version, frame, 4)
  const answer = typeof fault === 'function' ? (fault(body as never) ?? body) : body
  if (tellsAddresses) redirect(answer, port)
  return Buffer.concat(encodeResponse(api, version, correlationId, answer as never))
}

interface Addressed {
  host?: string
  port?: number
  brokers?: Addressed[]
  coordinators?: Addressed[]
}

function redirect(answer: unknown, port: number): void {
  const { brokers = [], coordinators = [], ...itself } = answer as Addressed
  for (const at of [...brokers, ...coordinators]) Object.assign(at, { host: '127.0.0.1', port })
  if (itself.port !== undefined && itself.port > 0) Object.assign(answer as Addressed, { host: '127.0.0.1', port })
}

function eachFrame(socket: Socket, onFrame: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      const frame = rest.subarray(0, end)
      rest = rest.subarray(end)
      onFrame(frame)
      if (socket.destroyed) return
    }
  })
}
