/** Accepts the connections of one port, and bounds how many there are. */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { WireConnection, type WireConnectionOptions } from './wire-connection.js'

export interface ZooKeeperListenerOptions extends WireConnectionOptions {
  /** Undefined: all addresses. */
  readonly host: string | undefined
  /** 0: a free one. */
  readonly port: number
  /** Connections of one address; 0: no bound (`maxClientCnxns`). */
  readonly maxPerAddress: number
  /** Connections of all addresses; 0: no bound (`maxCnxns`). */
  readonly maxInAll: number
  /** Connections that wait to be accepted; −1: the system's default. */
  readonly backlog: number
  /** Present: the port speaks TLS. */
  readonly tls?: TlsOptions
}

export class ZooKeeperListener {
  readonly isSecure: boolean
  readonly #options: ZooKeeperListenerOptions
  readonly #server: Server
  readonly #connections = new Set<WireConnection>()
  readonly #perAddress = new Map<string, number>()
  #refused = 0

  /** Errors: those of `net.Server.listen`, for instance EADDRINUSE. */
  static async open(options: ZooKeeperListenerOptions): Promise<ZooKeeperListener> {
    const listener = new ZooKeeperListener(options)
    await listener.#listen()
    return listener
  }

  private constructor(options: ZooKeeperListenerOptions) {
    this.#options = options
    this.isSecure = options.tls !== undefined
    const accept = (socket: Socket) => this.#accept(socket)
    if (options.tls === undefined) this.#server = createServer({ noDelay: true }, accept)
    else {
      this.#server = createTlsServer(options.tls, accept)
      this.#server.on('tlsClientError', (error: Error) => {
        options.log('A TLS handshake failed', { reason: error.message })
      })
    }
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : this.#options.port
  }

  get connections(): ReadonlySet<WireConnection> {
    return this.#connections
  }

  /** Connections that were closed at once because there were too many. */
  get refusedCount(): number {
    return this.#refused
  }

  /** Accepts no more, and cuts what is connected. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
    for (const connection of this.#connections) connection.destroy()
    await closed
  }

  async #listen(): Promise<void> {
    const { host, port, backlog } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      const where = { port, ...(host === undefined ? {} : { host }), ...(backlog > 0 ? { backlog } : {}) }
      this.#server.listen({ ...where, exclusive: true }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    // What fails later is one connection's accepting, for instance for want of descriptors.
    this.#server.on('error', (error) => this.#options.log('A connection was not accepted', { reason: error.message }))
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    const count = (this.#perAddress.get(address) ?? 0) + 1
    const { maxPerAddress, maxInAll, log } = this.#options
    const isOneTooMany = maxPerAddress > 0 && count > maxPerAddress
    if (isOneTooMany || (maxInAll > 0 && this.#connections.size >= maxInAll)) {
      this.#refused++
      log('Too many connections', { address, max: isOneTooMany ? maxPerAddress : maxInAll })
      socket.on('error', () => {})
      socket.destroy()
      return
    }
    this.#perAddress.set(address, count)
    const connection = new WireConnection(socket, this.#options)
    this.#connections.add(connection)
    socket.on('close', () => {
      this.#connections.delete(connection)
      const left = (this.#perAddress.get(address) ?? 1) - 1
      if (left === 0) this.#perAddress.delete(address)
      else this.#perAddress.set(address, left)
    })
  }
}
