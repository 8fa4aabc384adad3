/**
 * One connection to a broker: the handshake (TLS, ApiVersions, SASL), then requests with their answers in order.
 *
 *     connecting ──► negotiating ──► authenticating ──► open ──► closed
 *
 * It owns the socket and the requests in flight. It repeats nothing: a request whose connection breaks fails with
 * DISCONNECTED, and whoever sent it knows whether to send it again. Which broker to ask is not its business.
 */
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import {
  type AnyApi,
  decodeResponse,
  encodeRequest,
  type RequestInputOf,
  type ResponseOf,
  responseCorrelationId,
} from '@millrace/protocol'
import { negotiate, type SharedVersions } from './api-versions.js'
import type { Exchange } from './exchange.js'
import { NetworkError } from './network-error.js'
import { isTlsFailure, openSocket } from './open-socket.js'
import { type NetPorts, systemNetPorts } from './ports.js'
import { RequestQueue } from './request-queue.js'
import { ResponseReader } from './response-reader.js'
import { authenticate, type SaslClient } from './sasl/authenticate.js'

export interface BrokerConnectionOptions {
  readonly host: string
  readonly port: number
  readonly clientId: string
  /** What ApiVersions tells the broker (KIP-511). */
  readonly software: { readonly name: string; readonly version: string }
  /** Present: TLS, with these options of `tls.connect`. */
  readonly tls?: ConnectionOptions
  /** Present: SASL. A new one for each connection. */
  readonly sasl?: () => SaslClient | Promise<SaslClient>
  /** Until the socket is connected. */
  readonly connectTimeoutMs: number
  /** Of a request that names no other. */
  readonly requestTimeoutMs: number
  /** Largest response that is taken; default 2³¹ − 1. */
  readonly maxResponseBytes?: number
  readonly ports?: NetPorts
  /** Hears of all that is sent and answered, the handshake too. */
  readonly observer?: ConnectionObserver
  /** The connection has ended. Called once, and only if it was open. */
  readonly onClosed?: (reason: NetworkError) => void
}

/** Counts what goes over connections; called for each request, so it must be quick, and must not throw. */
export interface ConnectionObserver {
  onRequest(bytes: number): void
  /** `latencyMs`: since its request was handed to the socket. */
  onResponse(bytes: number, latencyMs: number): void
}

export interface SendOptions {
  readonly timeoutMs?: number
}

/** What is in flight then can still be answered. */
const REAUTHENTICATION_MARGIN = 0.9
const MAX_INT32 = 2 ** 31 - 1
/** What comes before each response. */
const LENGTH_BYTES = 4
const JOINED_BYTES_MAX = 4096

export class BrokerConnection {
  readonly #options: BrokerConnectionOptions
  readonly #ports: NetPorts
  readonly #reader: ResponseReader
  readonly #requests: RequestQueue
  readonly #socket: Socket
  #versions: SharedVersions | undefined
  #state: 'connecting' | 'open' | 'closed' = 'connecting'
  #nextCorrelationId = 1
  #lastUsedMs: number
  #reauthenticateAtMs = Number.POSITIVE_INFINITY
  #isRetired = false
  #isFlushing = false
  #connected: { resolve: () => void; reject: (error: NetworkError) => void } | undefined

  /** Resolves when requests can be sent. Errors: NetworkError; the reason of `signal`. */
  static async open(options: BrokerConnectionOptions, signal?: AbortSignal): Promise<BrokerConnection> {
    signal?.throwIfAborted()
    const connection = new BrokerConnection(options)
    const abort = () => connection.#close(new NetworkError('CONNECT_FAILED', 'given up'))
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await connection.#handshake()
    } catch (error) {
      connection.#close(error instanceof NetworkError ? error : new NetworkError('CONNECT_FAILED', String(error)))
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    return connection
  }

  private constructor(options: BrokerConnectionOptions) {
    this.#options = options
    this.#ports = options.ports ?? systemNetPorts
    this.#lastUsedMs = this.#ports.monotonicMs()
    this.#reader = new ResponseReader(options.maxResponseBytes ?? MAX_INT32)
    this.#requests = new RequestQueue(this.#ports, () => this.#timedOut())
    this.#socket = openSocket(options, () => this.#connected?.resolve())
    this.#socket.on('data', (chunk) => this.#onData(chunk))
    this.#socket.on('error', (error) => this.#close(this.#networkError(error)))
    this.#socket.on('close', () => this.#close(this.#networkError(undefined)))
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** Requests without an answer yet. */
  get inFlight(): number {
    return this.#requests.length
  }

  /** Monotonic: when something was last sent or heard. */
  get lastUsedMs(): number {
    return this.#lastUsedMs
  }

  /** Monotonic: when another connection should take over, because the authentication of this one ends soon (KIP-368). */
  get reauthenticateAtMs(): number {
    return this.#reauthenticateAtMs
  }

  /** Bytes that the socket has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  get versions(): SharedVersions {
    if (this.#versions === undefined) throw new Error('the connection is not open')
    return this.#versions
  }

  /** `version` must be a shared one: `versions.pick(api)`. Errors: NetworkError, and those of encoding. */
  async send<A extends AnyApi>(
    api: A,
    version: number,
    body: RequestInputOf<A>,
    options: SendOptions = {},
  ): Promise<ResponseOf<A>> {
    const response = await this.#request(api, version, body, options.timeoutMs ?? this.#options.requestTimeoutMs)
    try {
      return decodeResponse(api, version, response).body
    } catch (error) {
      const malformed = new NetworkError('MALFORMED_RESPONSE', `${api.name}: ${String(error)}`, { cause: error })
      this.#close(malformed)
      throw malformed
    }
  }

  /** For what is not answered: Produce with acks=0. Errors: NetworkError DISCONNECTED. */
  sendUnanswered<A extends AnyApi>(api: A, version: number, body: RequestInputOf<A>): void {
    if (this.#state === 'closed') throw new NetworkError('DISCONNECTED', 'the connection is closed')
    this.#write(encodeRequest(api, version, this.#header(this.#takeCorrelationId()), body))
  }

  /** Ends it; what is in flight fails with DISCONNECTED. `onClosed` is not called. */
  close(): void {
    this.#close(new NetworkError('DISCONNECTED', 'the connection was closed'), true)
  }

  /** Ends it when what is in flight was answered. */
  retire(): void {
    this.#isRetired = true
    if (this.inFlight === 0) this.close()
  }

  async #handshake(): Promise<void> {
    await this.#connect()
    const { sasl, software } = this.#options
    const exchange: Exchange = {
      send: <A extends AnyApi>(api: A, version: number, body: RequestInputOf<A>) => this.send(api, version, body),
    }
    this.#versions = await negotiate(exchange, software)
    if (sasl !== undefined) {
      const startMs = this.#ports.monotonicMs()
      const { lifetimeMs } = await authenticate(exchange, this.versions, await sasl())
      if (lifetimeMs > 0) this.#reauthenticateAtMs = startMs + lifetimeMs * REAUTHENTICATION_MARGIN
    }
    if (this.#state === 'closed') throw new NetworkError('CONNECT_FAILED', 'the connection broke in its handshake')
    this.#state = 'open'
  }

  async #connect(): Promise<void> {
    const { host, port, connectTimeoutMs } = this.#options
    let cancel = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        this.#connected = { resolve, reject }
        cancel = this.#ports.timers.schedule(connectTimeoutMs, () =>
          this.#close(
            new NetworkError('CONNECT_FAILED', `${host}:${port} did not answer within ${connectTimeoutMs} ms`),
          ),
        )
      })
    } finally {
      cancel()
      this.#connected = undefined
    }
  }

  #request<A extends AnyApi>(api: A, version: number, body: RequestInputOf<A>, timeoutMs: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'closed') throw new NetworkError('DISCONNECTED', 'the connection is closed')
      const correlationId = this.#takeCorrelationId()
      // Encoded first: what cannot be encoded is not in flight.
      const buffers = encodeRequest(api, version, this.#header(correlationId), body)
      const sentMs = this.#ports.monotonicMs()
      this.#requests.push({ correlationId, sentMs, deadlineMs: sentMs + timeoutMs, resolve, reject })
      this.#write(buffers)
    })
  }

  #header(correlationId: number): { readonly correlationId: number; readonly clientId: string } {
    return { correlationId, clientId: this.#options.clientId }
  }

  #takeCorrelationId(): number {
    const id = this.#nextCorrelationId
    this.#nextCorrelationId = id === MAX_INT32 ? 1 : id + 1
    return id
  }

  /** What is sent within one turn of the loop goes out in one write. */
  #write(buffers: readonly Buffer[]): void {
    this.#lastUsedMs = this.#ports.monotonicMs()
    if (!this.#isFlushing) {
      this.#isFlushing = true
      this.#socket.cork()
      queueMicrotask(() => {
        this.#isFlushing = false
        this.#socket.uncork()
      })
    }
    let bytes = 0
    for (const buffer of buffers) bytes += buffer.length
    // To copy a few bytes costs less than to hand several buffers to the system.
    if (buffers.length > 1 && bytes <= JOINED_BYTES_MAX) this.#socket.write(Buffer.concat(buffers, bytes))
    else for (const buffer of buffers) this.#socket.write(buffer)
    this.#options.observer?.onRequest(bytes)
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'closed') return
    this.#lastUsedMs = this.#ports.monotonicMs()
    try {
      this.#reader.push(chunk, (response) => this.#onResponse(response))
    } catch (error) {
      this.#close(error instanceof NetworkError ? error : new NetworkError('MALFORMED_RESPONSE', String(error)))
    }
  }

  #onResponse(response: Buffer): void {
    const request = this.#requests.shift()
    const correlationId = responseCorrelationId(response)
    if (request === undefined || request.correlationId !== correlationId) {
      const malformed = new NetworkError('MALFORMED_RESPONSE', `nobody asked for response ${correlationId}`)
      request?.reject(malformed)
      throw malformed
    }
    this.#options.observer?.onResponse(response.length + LENGTH_BYTES, this.#lastUsedMs - request.sentMs)
    request.resolve(response)
    if (this.#isRetired && this.inFlight === 0) this.close()
  }

  #timedOut(): void {
    this.#close(new NetworkError('REQUEST_TIMED_OUT', `${this.#peer} did not answer in time`))
  }

  get #peer(): string {
    return `${this.#options.host}:${this.#options.port}`
  }

  #networkError(cause: (Error & { readonly code?: string }) | undefined): NetworkError {
    const why = cause === undefined ? 'the broker closed the connection' : cause.message
    if (this.#state === 'open') return new NetworkError('DISCONNECTED', `${this.#peer}: ${why}`, { cause })
    const code = isTlsFailure(cause) ? 'TLS_FAILED' : 'CONNECT_FAILED'
    return new NetworkError(code, `${this.#peer}: ${why}`, { cause })
  }

  #close(reason: NetworkError, isAskedFor = false): void {
    if (this.#state === 'closed') return
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    this.#socket.destroy()
    this.#connected?.reject(reason)
    for (const request of this.#requests.drain()) request.reject(reason)
    if (wasOpen && !isAskedFor) this.#options.onClosed?.(reason)
  }
}
