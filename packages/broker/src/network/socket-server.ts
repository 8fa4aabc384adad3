/**
 * The broker's listening sockets and the connections on them.
 *
 * `bind` claims the addresses, `start` lets requests in: between the two, peers connect and wait. Limits the number of
 * connections and closes those that are silent for too long. Answers nothing itself.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { MalformedMessageError } from '@millrace/protocol'
import type { Listener } from '../config/listeners.js'
import { RequestMemory } from '../memory/request-memory.js'
import type { ConnectionMetrics } from '../metrics/connection-metrics.js'
import { type Clock, every, type Logger, type ScheduledTask, type Scheduler } from '../ports.js'
import { plainAddress } from './addresses.js'
import { adoptSocket } from './adopt-socket.js'
import { Connection, type FrameHandler } from './connection.js'
import { RequestRefusedError } from './dispatcher.js'
import { FrameSizeError } from './frame-reader.js'

export interface SocketServerOptions {
  readonly listeners: readonly Listener[]
  readonly handler: FrameHandler
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  readonly limits: () => SocketServerLimits
  readonly metrics?: ConnectionMetrics
}

/** Read anew for each connection: they are dynamic configs. */
export interface SocketServerLimits {
  readonly maxFrameBytes: number
  /** Requests in memory, over all connections, beyond which reading stops. Read once. Undefined: a bound of its own. */
  readonly maxQueuedBytes?: number
  readonly maxConnections: number
  readonly maxConnectionsOf: (address: string) => number
  readonly maxIdleMs: number
}

export interface BoundListener {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** An address could not be listened on. `code` is the system's, for instance EADDRINUSE. */
export class BindError extends Error {
  override readonly name = 'BindError'
  readonly code: string
  readonly host: string
  readonly port: number

  constructor(listener: Pick<Listener, 'name' | 'host' | 'port'>, cause: NodeJS.ErrnoException) {
    super(`Cannot listen on ${listener.name}://${listener.host}:${listener.port}: ${cause.message}`, { cause })
    this.code = cause.code ?? 'UNKNOWN'
    this.host = listener.host
    this.port = listener.port
  }
}

const defaultMaxQueuedBytes = 96 * 1024 * 1024
/** Of one connection: room for the five produces of a megabyte that Java's producer has in flight. */
const maxHeldBytes = 5 * 1024 * 1024
/** Responses that have not left, over all connections, beyond which peers that do not read are sent away. */
const maxUnsentBytes = 64 * 1024 * 1024
/** While others wait for memory, a request must go on arriving. */
const maxFramePauseMs = 1000
const readBytes = 64 * 1024
const checkMs = 500

export class SocketServer {
  readonly #options: SocketServerOptions
  readonly #servers: Server[] = []
  readonly #bound: BoundListener[] = []
  readonly #connections = new Set<Connection>()
  readonly #countByAddress = new Map<string, number>()
  readonly #memory: RequestMemory
  /** Where all connections read to, one at a time. */
  readonly #readBuffer = Buffer.allocUnsafeSlow(readBytes)
  /** Peers that connected before `start`. */
  #early: { socket: Socket; listener: Listener }[] | undefined = []
  #checks: ScheduledTask | undefined

  constructor(options: SocketServerOptions) {
    this.#options = options
    this.#memory = new RequestMemory(options.limits().maxQueuedBytes ?? defaultMaxQueuedBytes)
  }

  /** Of the requests in memory. */
  get requestBytes(): number {
    return this.#memory.usedBytes
  }

  /** Of buffers that are kept for later requests. */
  get idleBytes(): number {
    return this.#memory.idleBytes
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Where it listens, with the ports that the system chose. */
  get bound(): readonly BoundListener[] {
    return this.#bound
  }

  /** Claims every address. On a BindError none stays claimed. */
  async bind(): Promise<void> {
    try {
      for (const listener of this.#options.listeners) await this.#bindListener(listener)
    } catch (error) {
      await this.close()
      this.#bound.length = 0
      throw error
    }
  }

  start(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const { socket, listener } of early) if (!socket.destroyed) this.#accept(socket, listener)
    this.#checks = every(
      this.#options.scheduler,
      () => checkMs,
      () => this.#check(),
    )
  }

  async close(): Promise<void> {
    this.#checks?.cancel()
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)))
    for (const { socket } of this.#early ?? []) socket.destroy()
    for (const connection of [...this.#connections]) connection.close()
    await Promise.all(closed)
  }

  /** `localhost` is both loopback addresses, on one port. */
  async #bindListener(listener: Listener): Promise<void> {
    const hosts = listener.host === 'localhost' ? ['127.0.0.1', '::1'] : [listener.host === '' ? '::' : listener.host]
    let port = listener.port
    for (const [index, host] of hosts.entries()) {
      try {
        port = await this.#listen(listener, host, port)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        const hasNoIpv6 = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'
        if (hasNoIpv6 && index > 0) continue
        if (hasNoIpv6 && listener.host === '') port = await this.#listen(listener, '0.0.0.0', port)
        else throw new BindError(listener, error as NodeJS.ErrnoException)
      }
    }
    this.#bound.push({ name: listener.name, host: listener.host, port })
  }

  #listen(listener: Listener, host: string, port: number): Promise<number> {
    const server = createServer({ keepAlive: true, pauseOnConnect: true }, (socket) => this.#onSocket(socket, listener))
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, ipv6Only: false }, () => {
        server.removeListener('error', reject)
        server.on('error', (error) => this.#options.logger.error('Listener failed', { listener: listener.name, error }))
        this.#servers.push(server)
        resolve((server.address() as { port: number }).port)
      })
    })
  }

  #onSocket(socket: Socket, listener: Listener): void {
    if (this.#early === undefined) {
      this.#accept(socket, listener)
      return
    }
    socket.on('error', () => socket.destroy())
    this.#early.push({ socket, listener })
  }

  #accept(socket: Socket, listener: Listener): void {
    const { clock, handler, limits, logger } = this.#options
    const { maxConnections, maxConnectionsOf, maxFrameBytes } = limits()
    const address = plainAddress(socket.remoteAddress ?? '')
    const fromAddress = this.#countByAddress.get(address) ?? 0
    if (this.#connections.size >= maxConnections || fromAddress >= maxConnectionsOf(address)) {
      logger.warn('Connection refused: too many connections', { address, connections: this.#connections.size })
      this.#options.metrics?.refused(listener.name)
      socket.destroy()
      return
    }
    // The socket asks for a place to read to before the connection is there.
    let reading: Connection | undefined
    const adopted = adoptSocket(socket, {
      target: () => reading?.readTarget ?? this.#readBuffer,
      onRead: (buffer, bytes) => {
        if (buffer === this.#readBuffer) reading?.receive(buffer.subarray(0, bytes))
        else reading?.received(bytes)
      },
    })
    const connection = new Connection(adopted, {
      maxFrameBytes,
      maxHeldBytes,
      memory: this.#memory,
      handler,
      clock,
      listenerName: listener.name,
      onClose: (closed, error) => this.#onClose(closed, address, error),
    })
    reading = connection
    this.#countByAddress.set(address, fromAddress + 1)
    this.#connections.add(connection)
    this.#options.metrics?.opened(connection)
  }

  #onClose(connection: Connection, address: string, error?: Error): void {
    this.#connections.delete(connection)
    this.#options.metrics?.closed(connection, error !== undefined)
    const left = (this.#countByAddress.get(address) ?? 1) - 1
    if (left > 0) this.#countByAddress.set(address, left)
    else this.#countByAddress.delete(address)
    if (error === undefined) return
    const { logger } = this.#options
    if (isOfPeer(error)) logger.warn('Connection closed', { address, reason: error.message })
    else logger.error('Connection closed: a request failed', { address, error })
  }

  #check(): void {
    const { maxIdleMs } = this.#options.limits()
    const nowMs = this.#options.clock.nowMs()
    let unsentBytes = 0
    for (const connection of this.#connections) {
      const silentMs = nowMs - connection.lastActiveMs
      if (connection.isIdle && maxIdleMs > 0 && silentMs > maxIdleMs) connection.close()
      else if (connection.isWithinFrame && this.#memory.isShort && silentMs > maxFramePauseMs) {
        connection.close(new PeerTooSlowError('The rest of a request did not come, while others wait for memory'))
      } else unsentBytes += connection.unsentBytes
    }
    if (unsentBytes > maxUnsentBytes) this.#closeStalled(unsentBytes - maxUnsentBytes)
    this.#memory.trim()
  }

  /** Those that hold the most first. */
  #closeStalled(surplusBytes: number): void {
    const stalled = [...this.#connections]
      .filter(({ isStalled }) => isStalled)
      .map((connection) => ({ connection, bytes: connection.unsentBytes }))
      .sort((a, b) => b.bytes - a.bytes)
    let leftBytes = surplusBytes
    for (const { connection, bytes } of stalled) {
      if (leftBytes <= 0) return
      connection.close(new PeerTooSlowError('Responses are not read, and hold memory that others need'))
      leftBytes -= bytes
    }
  }
}

/** The peer holds memory of the broker for longer than can be afforded. */
class PeerTooSlowError extends Error {
  override readonly name = 'PeerTooSlowError'
}

/** What a peer sends or does may be anything. Everything else that ends a connection is a fault of this broker. */
function isOfPeer(error: Error): boolean {
  return (
    error instanceof FrameSizeError ||
    error instanceof PeerTooSlowError ||
    error instanceof RequestRefusedError ||
    error instanceof MalformedMessageError ||
    'syscall' in error
  )
}
