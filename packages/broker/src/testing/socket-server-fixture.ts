import type { TestContext } from 'node:test'
import type { Listener } from '../config/listeners.js'
import type { FrameHandler } from '../network/connection.js'
import { SocketServer, type SocketServerLimits } from '../network/socket-server.js'
import { ManualTime } from './manual-time.js'
import { MemoryLogger } from './memory-logger.js'
import { ScriptedHandler } from './scripted-handler.js'
import { TestPeer } from './test-peer.js'

export interface ServerFixtureOptions<H extends FrameHandler> {
  readonly handler: H
  readonly host?: string
  readonly limits?: Partial<SocketServerLimits>
  readonly isStarted?: boolean
}

export function plaintext(host: string, port = 0, name = 'PLAINTEXT'): Listener {
  return { name, host, port, securityProtocol: 'PLAINTEXT' }
}

/** A server on a free port of the loopback interface, closed with its peers when the test ends. */
export async function startServer<H extends FrameHandler>(t: TestContext, options: ServerFixtureOptions<H>) {
  const time = new ManualTime()
  const logger = new MemoryLogger()
  const limits: SocketServerLimits = {
    maxFrameBytes: 100 * 1024 * 1024,
    maxConnections: 1000,
    maxConnectionsOf: () => 1000,
    maxIdleMs: 600_000,
    ...options.limits,
  }
  const { handler, host = '127.0.0.1', isStarted = true } = options
  const listeners = [plaintext(host)]
  const server = new SocketServer({ listeners, handler, clock: time, scheduler: time, logger, limits: () => limits })
  await server.bind()
  if (isStarted) server.start()
  const port = server.bound[0]?.port ?? 0
  const peers: TestPeer[] = []
  t.after(async () => {
    for (const peer of peers) peer.close()
    await server.close()
  })
  const connect = async (to = '127.0.0.1') => {
    const peer = await TestPeer.connect(port, to)
    peers.push(peer)
    return peer
  }
  return { server, handler, time, logger, port, connect }
}

/** A server whose handler the test answers for, and one peer. */
export async function startScripted(t: TestContext, limits: Partial<SocketServerLimits> = {}) {
  const fixture = await startServer(t, { handler: new ScriptedHandler(), limits })
  return { ...fixture, peer: await fixture.connect() }
}
