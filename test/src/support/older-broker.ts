/**
 * A broker that says it is older than it is: in front of it stands a proxy that lowers the versions in the answers to
 * ApiVersions, so that a client of today speaks as its ancestors did. It notes what was spoken.
 *
 * It looks into nothing but the heads of requests and the answers to ApiVersions.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import {
  type AnyApi,
  apis,
  decodeRequestHeader,
  decodeResponse,
  encodeResponse,
  responseCorrelationId,
} from '@millrace/protocol'
import { defer } from './defer.js'
import { temporaryBroker } from './temporary-broker.js'

/** The versions that one API may be asked for. */
export type VersionLimit = (api: AnyApi) => { readonly min: number; readonly max: number }

export interface OlderBroker {
  /** Of the proxy, which the broker takes for its own address. */
  readonly bootstrap: string
  /** By API, the versions that came by. */
  readonly spoken: ReadonlyMap<string, ReadonlySet<number>>
}

/** The oldest version of each API that the broker serves, and `steps` more. */
export function oldest(steps = 0): VersionLimit {
  return ({ versions: { min, max } }) => ({ min, max: Math.min(min + steps, max) })
}

export async function olderBroker(
  t: TestContext,
  limit: VersionLimit,
  properties: Readonly<Record<string, string>> = {},
): Promise<OlderBroker> {
  const spoken = new Map<string, Set<number>>()
  const sockets = new Set<Socket>()
  let target = ''
  const server = createServer((client) => {
    const [host = '', port] = target.split(':')
    const upstream = connect(Number(port), host)
    const asked = new Map<number, number>()
    pipeFrames(client, upstream, (frame) => [withLength(noted(frame, asked, spoken))])
    pipeFrames(upstream, client, (frame) => lowered(frame, asked, limit))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bootstrap = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const broker = await temporaryBroker(t, { 'advertised.listeners': `PLAINTEXT://${bootstrap}`, ...properties })
  target = broker.bootstrap
  defer(t, async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { bootstrap, spoken }
}

/** Passes on what `change` makes of each frame; the end of one side is the end of the other. */
function pipeFrames(from: Socket, to: Socket, change: (frame: Buffer) => readonly Buffer[]): void {
  let received = Buffer.alloc(0)
  from.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
      const end = 4 + received.readInt32BE(0)
      for (const part of change(received.subarray(4, end))) to.write(part)
      received = received.subarray(end)
    }
  })
  from.on('error', () => {})
  from.on('close', () => to.destroy())
}

/** Notes what a request asks for, and in `asked` the version of each ApiVersions by its correlation id. */
function noted(frame: Buffer, asked: Map<number, number>, spoken: Map<string, Set<number>>): Buffer {
  const { apiKey, apiVersion, correlationId } = decodeRequestHeader(frame)
  if (apiKey === apis.ApiVersions.key) asked.set(correlationId, apiVersion)
  const name = Object.entries<AnyApi>(apis).find(([, { key }]) => key === apiKey)?.[0] ?? `${apiKey}`
  const versions = spoken.get(name) ?? new Set()
  spoken.set(name, versions.add(apiVersion))
  return frame
}

function lowered(frame: Buffer, asked: Map<number, number>, limit: VersionLimit): readonly Buffer[] {
  const correlationId = responseCorrelationId(frame)
  const version = asked.get(correlationId)
  if (version === undefined) return [withLength(frame)]
  asked.delete(correlationId)
  const { body } = decodeResponse(apis.ApiVersions, version, frame)
  const byKey = new Map(Object.values<AnyApi>(apis).map((api) => [api.key, api]))
  const apiKeys = body.apiKeys.map(({ apiKey, minVersion, maxVersion }) => {
    const api = byKey.get(apiKey)
    const { min, max } = api === undefined ? { min: minVersion, max: maxVersion } : limit(api)
    return { apiKey, minVersion: min, maxVersion: max }
  })
  return encodeResponse(apis.ApiVersions, version, correlationId, { ...body, apiKeys })
}

function withLength(frame: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(frame.length)
  return Buffer.concat([length, frame])
}
