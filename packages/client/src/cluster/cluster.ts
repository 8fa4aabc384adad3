/**
 * The cluster as a client's parts see it: snapshot, connections, coordinators, and requests to whoever must answer them.
 *
 * It owns connections and metadata of one client. `ask` makes one try; `askRepeatedly` goes on while an error is of the kind
 * that passes, looking again for the broker to ask. What must not be repeated blindly, such as Produce, has its own ways.
 */

import type { ConnectionOptions } from 'node:tls'
import { type BrokerConnection, ExponentialBackoff, type NetworkError, type SaslClient } from '@millrace/net'
import type { AnyApi, RequestInputOf, ResponseOf, VersionRange } from '@millrace/protocol'
import { KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import { SOFTWARE } from '../software.js'
import type { Deadline } from '../waiting.js'
import { ClusterMetadata } from './cluster-metadata.js'
import { type AskAny, askBrokers, askControllers, notOfControllers } from './cluster-questions.js'
import { Coordinators, type CoordinatorType } from './coordinators.js'
import type { MetadataAnswer, MetadataSnapshot } from './metadata-snapshot.js'
import { type Address, NodeConnections, type Purpose } from './node-connections.js'
import { NodeMetrics, type NodeMetricsOptions } from './node-metrics.js'

export interface ClusterOptions {
  readonly bootstrapServers: readonly { readonly host: string; readonly port: number }[]
  /** They are controllers of a KRaft cluster, which alone are talked to (KIP-919). Default false. */
  readonly areControllers?: boolean
  readonly clientId: string
  readonly tls?: ConnectionOptions
  readonly sasl?: () => SaslClient | Promise<SaslClient>
  readonly requestTimeoutMs: number
  /** `socket.connection.setup.timeout.ms` */
  readonly connectTimeoutMs: number
  /** `socket.connection.setup.timeout.max.ms` */
  readonly connectTimeoutMaxMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly metadataMaxAgeMs: number
  /** `metadata.recovery.strategy` is `rebootstrap`: the bootstrap servers are asked when no other is left. Default true. */
  readonly mayRebootstrap?: boolean
  /** After so long without an answer about the cluster they are asked alone (`metadata.recovery.rebootstrap.trigger.ms`). Default 5 minutes. */
  readonly rebootstrapTriggerMs?: number
  readonly connectionsMaxIdleMs: number
  /** Whether Metadata may create the topics that it asks about. */
  readonly allowAutoTopicCreation: boolean
  /** The windows that rates and averages are made of; default Kafka's: two of 30 s. */
  readonly metricsWindows?: Pick<NodeMetricsOptions, 'windowMs' | 'sampleCount'>
  readonly ports: ClientPorts
  readonly logger: Logger
}

/** Who is to answer: a broker by its id, whichever is nearest, the controller, or a coordinator. */
export type Target = number | 'any' | 'controller' | { readonly type: CoordinatorType; readonly key: string }

export interface AskOptions {
  /** Versions within which the highest shared one is taken. */
  readonly versions?: Partial<VersionRange>
  /** As a function: of the version that was agreed on. Default `request.timeout.ms`. */
  readonly timeoutMs?: number | ((version: number) => number)
  readonly signal?: AbortSignal
  readonly purpose?: Purpose
}

/** The body, or what makes it for the version that was agreed on. */
export type RequestBody<A extends AnyApi> = RequestInputOf<A> | ((version: number) => RequestInputOf<A>)

const KAFKAS_WINDOWS = { windowMs: 30_000, sampleCount: 2 } as const
const REBOOTSTRAP_TRIGGER_MS = 300_000

export class Cluster {
  readonly metadata: ClusterMetadata
  readonly connections: NodeConnections
  readonly coordinators: Coordinators
  /** What went to each broker and came back. */
  readonly nodeMetrics: NodeMetrics
  readonly #options: ClusterOptions
  readonly #bootstrap: readonly Address[]
  readonly #backoff: ExponentialBackoff
  readonly #mayRebootstrap: boolean
  /** Monotonic: since when nobody tells about the cluster. */
  #unansweredSinceMs: number | undefined
  #isClosed = false

  constructor(options: ClusterOptions) {
    this.#options = options
    const { ports, logger } = options
    this.#mayRebootstrap = options.mayRebootstrap ?? true
    this.#backoff = new ExponentialBackoff({
      initialMs: options.retryBackoffMs,
      maxMs: options.retryBackoffMaxMs,
      random: ports.random,
    })
    this.#bootstrap = options.bootstrapServers.map((address, index) => ({ ...address, nodeId: -1 - index }))
    this.nodeMetrics = new NodeMetrics({
      ...(options.metricsWindows ?? KAFKAS_WINDOWS),
      monotonicMs: ports.monotonicMs,
    })
    this.connections = new NodeConnections({
      ...options,
      observerOf: (nodeId) => this.nodeMetrics.of(nodeId),
      software: SOFTWARE,
      onDisconnected: (nodeId, reason) => this.#onDisconnected(nodeId, reason),
    })
    this.metadata = new ClusterMetadata({
      ask: (topics, signal) => this.#askMetadata(topics, signal),
      maxAgeMs: options.metadataMaxAgeMs,
      retryBackoffMs: options.retryBackoffMs,
      retryBackoffMaxMs: options.retryBackoffMaxMs,
      ports,
      logger,
    })
    this.coordinators = new Coordinators((api, body, askOptions) => this.ask('any', api, body, askOptions))
  }

  get snapshot(): MetadataSnapshot {
    return this.metadata.snapshot
  }

  /** Nobody is talked to but controllers of a KRaft cluster. */
  get areControllers(): boolean {
    return this.#options.areControllers === true
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** A connection to a broker that the snapshot knows. Errors: KafkaError, the signal's reason. */
  async connection(nodeId: number, purpose: Purpose = 'data', signal?: AbortSignal): Promise<BrokerConnection> {
    const node = this.snapshot.nodes.get(nodeId)
    if (node === undefined) {
      this.metadata.requestUpdate()
      throw new KafkaError('BROKER_NOT_AVAILABLE', `broker ${nodeId} is not known`, { retriable: true })
    }
    return await this.connections.get({ nodeId, host: node.host, port: node.port }, purpose, signal)
  }

  /** One try. Errors: KafkaError of what kept it from being answered; an error code in the answer is the caller's. */
  async ask<A extends AnyApi>(
    target: Target,
    api: A,
    body: RequestBody<A>,
    options: AskOptions = {},
  ): Promise<ResponseOf<A>> {
    return await this.#askAt(target, () => this.#connectionTo(target, options), api, body, options)
  }

  async #askAt<A extends AnyApi>(
    target: Target,
    connect: () => Promise<BrokerConnection>,
    api: A,
    body: RequestBody<A>,
    options: AskOptions,
  ): Promise<ResponseOf<A>> {
    try {
      const connection = await connect()
      const version = connection.versions.pick(api, options.versions)
      const made = typeof body === 'function' ? body(version) : body
      const timeoutMs = typeof options.timeoutMs === 'function' ? options.timeoutMs(version) : options.timeoutMs
      return await connection.send(api, version, made, timeoutMs === undefined ? {} : { timeoutMs })
    } catch (error) {
      if (options.signal?.aborted === true) throw options.signal.reason
      if (this.#isClosed) throw new KafkaError('CLOSED', 'the client is closed')
      const known = this.areControllers ? notOfControllers(api, kafkaErrorOf(error)) : kafkaErrorOf(error)
      this.forgetWhatIsWrong(target, known)
      throw known
    }
  }

  /**
   * Tries until `errorIn` finds no error in the answer, or one that does not pass. Errors: that one; TIMEOUT with the last one
   * as its cause; the signal's reason.
   */
  async askRepeatedly<A extends AnyApi>(
    target: Target,
    api: A,
    body: RequestBody<A>,
    deadline: Deadline,
    errorIn: (response: ResponseOf<A>) => KafkaError | undefined,
    options: Omit<AskOptions, 'signal' | 'timeoutMs'> = {},
  ): Promise<ResponseOf<A>> {
    return await this.repeatedly(deadline, async () => {
      const { signal } = deadline
      const timeoutMs = Math.min(this.#options.requestTimeoutMs, Math.max(1, deadline.remainingMs))
      const response = await this.ask(target, api, body, {
        ...options,
        timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      })
      const error = errorIn(response)
      if (error === undefined) return response
      this.forgetWhatIsWrong(target, error)
      throw error
    })
  }

  /** Calls `attempt` again after errors that pass. */
  async repeatedly<T>(deadline: Deadline, attempt: (failures: number) => Promise<T>): Promise<T> {
    for (let failures = 0; ; ) {
      deadline.check()
      try {
        return await deadline.wait(attempt(failures))
      } catch (error) {
        if (!(error instanceof KafkaError) || !error.retriable || error.code === 'TIMEOUT') throw error
        failures++
        const delayMs = this.#backoff.delayMs(failures)
        if (deadline.remainingMs <= delayMs) throw deadline.timeout(error)
        await deadline.sleep(delayMs)
      }
    }
  }

  /** Looks again for a coordinator or controller that an answer denied to be one. */
  forgetWhatIsWrong(target: Target, error: KafkaError): void {
    if (typeof target === 'object') {
      if (COORDINATOR_ERRORS.has(error.code)) this.coordinators.forget(target.type, target.key)
    } else if (error.code === 'NOT_CONTROLLER') this.metadata.requestUpdate()
  }

  /** What is in flight fails; waits end. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.metadata.close(new KafkaError('CLOSED', 'the client is closed'))
    this.connections.close()
  }

  async #connectionTo(target: Target, options: AskOptions): Promise<BrokerConnection> {
    const { purpose = 'data', signal } = options
    if (this.#isClosed) throw new KafkaError('CLOSED', 'the client is closed')
    if (target === 'any' && !this.areControllers) return await this.#anyConnection(signal)
    if (typeof target === 'number') return await this.connection(target, purpose, signal)
    if (this.snapshot.version === 0) await this.metadata.update(signal)
    // Of controllers the active one knows best, and some things only it does.
    if (target === 'controller' || target === 'any') {
      const { controllerId } = this.snapshot
      if (!this.snapshot.nodes.has(controllerId)) {
        await this.metadata.update(signal)
        throw new KafkaError('NOT_CONTROLLER', 'the cluster has no controller at the moment')
      }
      return await this.connection(controllerId, purpose, signal)
    }
    const address = await this.coordinators.find(target.type, target.key, signal)
    return await this.connections.get(address, options.purpose ?? 'coordinator', signal)
  }

  /** One that is open and has the least to do, else the one that may be tried soonest; bootstrap servers when no other is left. */
  async #anyConnection(signal: AbortSignal | undefined): Promise<BrokerConnection> {
    const known = [...this.snapshot.nodes.values()].map(({ id, host, port }) => ({ nodeId: id, host, port }))
    const isBootstrapping = known.length === 0 || this.#mayRebootstrap
    const { random } = this.#options.ports
    const addresses = [...shuffled(known, random), ...shuffled(isBootstrapping ? this.#bootstrap : [], random)]
    const open = addresses.flatMap(({ nodeId }) => this.connections.peek(nodeId) ?? [])
    const idlest = open.reduce<BrokerConnection | undefined>(
      (best, one) => (best === undefined || one.inFlight < best.inFlight ? one : best),
      undefined,
    )
    if (idlest !== undefined) return idlest
    const byBackoff = addresses
      .map((address) => ({ address, backoffMs: this.connections.backoffMs(address.nodeId) }))
      .sort((a, b) => a.backoffMs - b.backoffMs)
    let lastError: unknown
    for (const { address } of byBackoff) {
      try {
        return await this.connections.get(address, 'data', signal)
      } catch (error) {
        signal?.throwIfAborted()
        lastError = error
        // Wrong credentials are wrong everywhere.
        if (!kafkaErrorOf(error).retriable) break
      }
    }
    throw lastError
  }

  async #askMetadata(topics: readonly string[] | null, signal: AbortSignal): Promise<MetadataAnswer> {
    const connect = () => this.#anyConnection(signal)
    const ask: AskAny = (api, body, versions) => this.#askAt('any', connect, api, body, { versions, signal })
    try {
      const answer = this.areControllers
        ? await askControllers(ask)
        : await askBrokers(ask, topics, this.#options.allowAutoTopicCreation)
      this.#unansweredSinceMs = undefined
      return answer
    } catch (error) {
      this.#recoverMetadata(kafkaErrorOf(error))
      throw error
    }
  }

  /** When no known broker has told about the cluster for too long, or one says so, it is found anew (KIP-899, KIP-1102). */
  #recoverMetadata({ code }: KafkaError): void {
    const { ports, logger, rebootstrapTriggerMs = REBOOTSTRAP_TRIGGER_MS } = this.#options
    const nowMs = ports.monotonicMs()
    this.#unansweredSinceMs ??= nowMs
    const isOverdue = nowMs - this.#unansweredSinceMs >= rebootstrapTriggerMs
    if (!this.#mayRebootstrap || !(isOverdue || code === 'REBOOTSTRAP_REQUIRED')) return
    logger.info({ code }, 'The cluster is found anew by its bootstrap servers')
    this.#unansweredSinceMs = nowMs
    this.metadata.forgetBrokers()
    // Whoever sent us away is not asked first again.
    for (const { nodeId } of this.#bootstrap) this.connections.retire(nodeId)
  }

  #onDisconnected(nodeId: number, _reason: NetworkError): void {
    if (this.#isClosed) return
    this.coordinators.forgetNode(nodeId)
    this.metadata.requestUpdate()
  }
}

const COORDINATOR_ERRORS: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
])

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
