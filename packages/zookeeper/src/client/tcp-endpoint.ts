/**
 * The way to the servers of an ensemble over TCP: each connection goes to the next of them, from a random beginning.
 *
 * It owns which server is next. A connection that cannot be made is a lost one; that its session tries again, and when, is
 * the session's business (`StaticHostProvider`).
 */
import type { Connection, ConnectionSink, ConnectRequest, Endpoint } from '../server/endpoint.js'
import type { Clock, Timers } from '../store/ports.js'
import type { ServerAddress } from './connect-string.js'
import { TcpConnection } from './tcp-connection.js'
import type { ZooKeeperTlsOptions } from './tls-options.js'

export interface TcpEndpointOptions {
  readonly servers: readonly ServerAddress[]
  /** Present: connections are encrypted. */
  readonly tls?: ZooKeeperTlsOptions
  /** Longest answer that is taken, `jute.maxbuffer`; default 4 MiB, as Kafka sets it. */
  readonly maxFrameBytes?: number
  readonly clock: Clock
  readonly timers: Timers
  /** From 0 up to 1, as `Math.random`. */
  readonly random: () => number
}

const DEFAULT_MAX_FRAME_BYTES = 4 * 1024 * 1024

export class TcpEndpoint implements Endpoint {
  readonly #options: TcpEndpointOptions
  readonly #servers: readonly ServerAddress[]
  #next = 0

  constructor(options: TcpEndpointOptions) {
    this.#options = options
    this.#servers = shuffled(options.servers, options.random)
  }

  connect(request: ConnectRequest, sink: ConnectionSink): Connection {
    const { tls, clock, timers, maxFrameBytes = DEFAULT_MAX_FRAME_BYTES } = this.#options
    const server = this.#servers[this.#next++ % this.#servers.length]
    if (server === undefined) throw new Error('there is at least one server')
    return new TcpConnection(request, sink, {
      server,
      ...(tls === undefined ? {} : { tls }),
      maxFrameBytes,
      // All servers can be tried within the session's time.
      connectTimeoutMs: request.timeoutMs / this.#servers.length,
      clock,
      timers,
    })
  }
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const keyed = items.map((item) => ({ item, key: random() }))
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}
