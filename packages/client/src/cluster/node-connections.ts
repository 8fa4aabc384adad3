/**
 * The connections of a client to brokers: one for each broker and purpose, opened when it is first needed.
 *
 * A broker that cannot be reached is left alone for a while that grows (`reconnect.backoff.ms`), and a connection that nobody
 * uses is closed (`connections.max.idle.ms`). It does not know which broker is asked for what, and repeats no request.
 */
import {
  BrokerConnection,
  type BrokerConnectionOptions,
  type ConnectionObserver,
  ExponentialBackoff,
  NetworkError,
} from '@millrace/net'
import type { ClientPorts, Logger } from '../ports.js'
import { sleep } from '../waiting.js'

export interface NodeConnectionsOptions
  extends Pick<
    BrokerConnectionOptions,
    'clientId' | 'software' | 'tls' | 'sasl' | 'connectTimeoutMs' | 'requestTimeoutMs'
  > {
  /** What `connectTimeoutMs` grows to, doubled with each failure in a row (KIP-601). */
  readonly connectTimeoutMaxMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
  /** −1: never. */
  readonly connectionsMaxIdleMs: number
  readonly ports: ClientPorts
  readonly logger: Logger
  /** What counts the traffic of a broker. */
  readonly observerOf: (nodeId: number) => ConnectionObserver
  /** A connection broke that was open. */
  readonly onDisconnected: (nodeId: number, reason: NetworkError) => void
}

/**
 * Answers come in the order of the requests. A fetch waits for records, and a join for other members: nothing else must wait
 * behind them, so both have connections of their own.
 */
export type Purpose = 'data' | 'coordinator' | 'fetch'

export interface Address {
  /** Negative: a bootstrap address, whose broker is not known yet. */
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

interface Slot {
  address: Address
  opening: Promise<BrokerConnection> | undefined
  connection: BrokerConnection | undefined
  failures: number
  /** Monotonic: not to be tried before. */
  nextTryMs: number
}

const IDLE_CHECKS_PER_IDLE_TIME = 4

export class NodeConnections {
  readonly #options: NodeConnectionsOptions
  readonly #backoff: ExponentialBackoff
  readonly #connectTimeout: ExponentialBackoff
  readonly #slots = new Map<string, Slot>()
  /** They have no slot any more, and may wait for answers. */
  readonly #retired = new Set<BrokerConnection>()
  readonly #closing = new AbortController()
  #cancelIdleCheck = () => {}

  constructor(options: NodeConnectionsOptions) {
    this.#options = options
    this.#backoff = new ExponentialBackoff({
      initialMs: options.reconnectBackoffMs,
      maxMs: options.reconnectBackoffMaxMs,
      random: options.ports.random,
    })
    this.#connectTimeout = new ExponentialBackoff({
      initialMs: options.connectTimeoutMs,
      maxMs: options.connectTimeoutMaxMs,
      random: options.ports.random,
    })
    this.#scheduleIdleCheck()
  }

  /** How many are open. */
  get count(): number {
    let count = 0
    for (const { connection } of this.#slots.values()) if (connection?.isClosed === false) count++
    return count
  }

  /** One that is open already. */
  peek(nodeId: number, purpose: Purpose = 'data'): BrokerConnection | undefined {
    const connection = this.#slots.get(`${nodeId} ${purpose}`)?.connection
    return connection === undefined || this.#isWornOut(connection) ? undefined : connection
  }

  /** How long the broker is left alone, in ms; 0 if it may be tried. */
  backoffMs(nodeId: number, purpose: Purpose = 'data'): number {
    const slot = this.#slots.get(`${nodeId} ${purpose}`)
    return slot === undefined ? 0 : Math.max(0, slot.nextTryMs - this.#options.ports.monotonicMs())
  }

  /** After its backoff, one try. Errors: NetworkError, the signal's reason. */
  async get(address: Address, purpose: Purpose, signal?: AbortSignal): Promise<BrokerConnection> {
    this.#closing.signal.throwIfAborted()
    const slot = this.#slotOf(address, purpose)
    const { connection } = slot
    if (connection !== undefined && !this.#isWornOut(connection)) return connection
    slot.opening ??= this.#open(slot, purpose).finally(() => {
      slot.opening = undefined
    })
    return await raceSignal(slot.opening, signal)
  }

  /** The next request for data goes over another connection; what is in flight is still answered. */
  retire(nodeId: number): void {
    const slot = this.#slots.get(`${nodeId} data`)
    if (slot !== undefined) this.#retire(slot)
  }

  /** Ends all of them; requests in flight fail. */
  close(): void {
    this.#cancelIdleCheck()
    this.#closing.abort(new NetworkError('DISCONNECTED', 'the client was closed'))
    for (const { connection } of this.#slots.values()) connection?.close()
    for (const connection of this.#retired) connection.close()
    this.#slots.clear()
    this.#retired.clear()
  }

  /** It still gets its answers, if it waits for some, but not beyond close(). */
  #retire(slot: Slot): void {
    const { connection } = slot
    slot.connection = undefined
    if (connection === undefined) return
    connection.retire()
    for (const one of this.#retired) if (one.isClosed) this.#retired.delete(one)
    if (!connection.isClosed) this.#retired.add(connection)
  }

  #slotOf(address: Address, purpose: Purpose): Slot {
    const key = `${address.nodeId} ${purpose}`
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      slot = { address, opening: undefined, connection: undefined, failures: 0, nextTryMs: 0 }
      this.#slots.set(key, slot)
    } else if (slot.address.host !== address.host || slot.address.port !== address.port) {
      // The broker has moved: what is said of its old address counts no more.
      slot.address = address
      slot.connection?.close()
      slot.connection = undefined
      slot.nextTryMs = 0
    }
    return slot
  }

  async #open(slot: Slot, purpose: Purpose): Promise<BrokerConnection> {
    const { ports, logger, onDisconnected, observerOf, ...options } = this.#options
    const waitMs = slot.nextTryMs - ports.monotonicMs()
    if (waitMs > 0) await sleep(ports, waitMs, this.#closing.signal)
    const { address } = slot
    const { host, port, nodeId } = address
    this.#retire(slot)
    try {
      const connection = await BrokerConnection.open(
        {
          ...options,
          connectTimeoutMs: this.#connectTimeout.delayMs(slot.failures + 1),
          host,
          port,
          ports,
          observer: observerOf(nodeId),
          onClosed: (reason) => {
            if (slot.connection === connection) slot.connection = undefined
            logger.info({ nodeId, host, port, purpose, reason: reason.message }, 'Disconnected from a broker')
            onDisconnected(nodeId, reason)
          },
        },
        this.#closing.signal,
      )
      slot.failures = 0
      slot.connection = connection
      return connection
    } catch (error) {
      slot.failures++
      slot.nextTryMs = ports.monotonicMs() + this.#backoff.delayMs(slot.failures)
      if (slot.failures === 1) logger.warn({ nodeId, host, port, error: String(error) }, 'A broker cannot be reached')
      throw error
    }
  }

  /** Closed, or near the end of its authentication. */
  #isWornOut(connection: BrokerConnection): boolean {
    return connection.isClosed || this.#options.ports.monotonicMs() > connection.reauthenticateAtMs
  }

  #scheduleIdleCheck(): void {
    const { connectionsMaxIdleMs, ports } = this.#options
    if (connectionsMaxIdleMs < 0) return
    const intervalMs = Math.max(100, connectionsMaxIdleMs / IDLE_CHECKS_PER_IDLE_TIME)
    this.#cancelIdleCheck = ports.timers.schedule(intervalMs, () => {
      const idleSinceMs = ports.monotonicMs() - connectionsMaxIdleMs
      for (const [key, slot] of this.#slots) {
        const { connection } = slot
        if (connection === undefined || connection.inFlight > 0 || connection.lastUsedMs > idleSinceMs) continue
        connection.close()
        this.#slots.delete(key)
      }
      this.#scheduleIdleCheck()
    })
  }
}

/** What was begun goes on for others who wait for it. */
function raceSignal<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    const stop = () => signal.removeEventListener('abort', abort)
    promise.then(
      (value) => {
        stop()
        resolve(value)
      },
      (error: unknown) => {
        stop()
        reject(error)
      },
    )
  })
}
