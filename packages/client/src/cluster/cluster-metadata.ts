/**
 * Keeps the snapshot of the cluster fresh: after `metadata.max.age.ms`, when a topic is asked for that it does not have, and
 * when somebody found it wrong. One request at a time; what is asked for meanwhile is in the next.
 *
 * It owns which topics matter. It never says that a topic does not exist: whoever waits for one sees the answers.
 */

import { setMaxListeners } from 'node:events'
import { ExponentialBackoff } from '@millrace/net'
import { ErrorCode } from '@millrace/protocol'
import { type KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import {
  EMPTY_SNAPSHOT,
  type LeaderHint,
  type MetadataAnswer,
  type MetadataSnapshot,
  type NodeEndpoint,
  nextSnapshot,
  type TopicInfo,
  withLeaders,
} from './metadata-snapshot.js'

export interface ClusterMetadataOptions {
  /** Sends Metadata to any broker that answers. Errors: those of the network. */
  readonly ask: (topics: readonly string[] | null, signal: AbortSignal) => Promise<MetadataAnswer>
  readonly maxAgeMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly ports: ClientPorts
  readonly logger: Logger
}

/** Topics that one user of the client needs; null: all of the cluster. */
export interface TopicInterest {
  readonly topics: () => Iterable<string> | null
}

/** Somebody who waits for the next answer. */
interface Waiter {
  readonly hear: (snapshot: MetadataSnapshot) => void
  readonly giveUp: (error: KafkaError) => void
}

export class ClusterMetadata {
  readonly #options: ClusterMetadataOptions
  readonly #backoff: ExponentialBackoff
  readonly #interests = new Set<TopicInterest>()
  /** Asked for once, by somebody who waits. */
  readonly #wanted = new Map<string, number>()
  readonly #listeners = new Set<(snapshot: MetadataSnapshot) => void>()
  /** Of those who wait for the next answer about the cluster: leaders alone are none. */
  readonly #waiting = new Set<Waiter>()
  readonly #failureListeners = new Set<(error: KafkaError) => void>()
  readonly #closing = new AbortController()
  #snapshot: MetadataSnapshot = EMPTY_SNAPSHOT
  #running: Promise<void> | undefined
  #isRequested = false
  #failures = 0
  #cancelRefresh = () => {}
  #lastError: unknown
  #updatedMs = Number.NaN

  constructor(options: ClusterMetadataOptions) {
    this.#options = options
    // Whoever waits for an answer listens, and there may be many.
    setMaxListeners(0, this.#closing.signal)
    this.#backoff = new ExponentialBackoff({
      initialMs: options.retryBackoffMs,
      maxMs: options.retryBackoffMaxMs,
      random: options.ports.random,
    })
  }

  get snapshot(): MetadataSnapshot {
    return this.#snapshot
  }

  /** How old the snapshot is; NaN before the first. */
  get ageMs(): number {
    return this.#options.ports.monotonicMs() - this.#updatedMs
  }

  /** Why the last try failed; undefined if it did not. */
  get lastError(): unknown {
    return this.#lastError
  }

  /** Returns what ends the interest. */
  addInterest(interest: TopicInterest): () => void {
    this.#interests.add(interest)
    return () => this.#interests.delete(interest)
  }

  /** Hears each new snapshot, also one in which only leaders are new; returns what stops it. */
  onUpdate(listener: (snapshot: MetadataSnapshot) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Hears why a try failed, which is repeated unless the error is fatal; returns what stops it. */
  onFailure(listener: (error: KafkaError) => void): () => void {
    this.#failureListeners.add(listener)
    return () => this.#failureListeners.delete(listener)
  }

  /** What is known is wrong or too old: a new answer is on its way after this. */
  requestUpdate(): void {
    if (this.#closing.signal.aborted) return
    this.#isRequested = true
    this.#running ??= this.#run()
  }

  /** After an error that ended the tries there is another one: somebody asks again, and the credentials may be better now. */
  tryAgain(): void {
    if (this.#lastError !== undefined && this.#running === undefined) this.requestUpdate()
  }

  /** The next snapshot after this call. Errors: the signal's reason; of a try, fatal ones, such as wrong credentials. */
  async update(signal?: AbortSignal): Promise<MetadataSnapshot> {
    signal?.throwIfAborted()
    this.#closing.signal.throwIfAborted()
    return await new Promise((resolve, reject) => {
      const finish = () => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', abort)
        this.#closing.signal.removeEventListener('abort', close)
      }
      const abort = () => {
        finish()
        reject(signal?.reason)
      }
      const close = () => {
        finish()
        reject(this.#closing.signal.reason)
      }
      const waiter: Waiter = {
        hear: (snapshot) => {
          finish()
          resolve(snapshot)
        },
        giveUp: (error) => {
          finish()
          reject(error)
        },
      }
      this.#waiting.add(waiter)
      signal?.addEventListener('abort', abort, { once: true })
      this.#closing.signal.addEventListener('abort', close, { once: true })
      this.requestUpdate()
    })
  }

  /** What an answer says of a topic: what is known, or the next answer. */
  async topic(name: string, signal?: AbortSignal): Promise<TopicInfo | undefined> {
    const known = this.#snapshot.topics.get(name)
    if (known !== undefined && known.errorCode === ErrorCode.NONE) return known
    this.#wanted.set(name, (this.#wanted.get(name) ?? 0) + 1)
    try {
      return (await this.update(signal)).topics.get(name)
    } finally {
      const left = (this.#wanted.get(name) ?? 1) - 1
      if (left === 0) this.#wanted.delete(name)
      else this.#wanted.set(name, left)
    }
  }

  /**
   * Leaders that a refused Fetch or Produce named, which count at once, without a question about the cluster (KIP-951).
   * Listeners hear of them before this returns. Returns those that were believed: the request may be repeated at once.
   */
  applyLeaderHints(hints: readonly LeaderHint[], endpoints: readonly NodeEndpoint[]): readonly LeaderHint[] {
    const { snapshot, believed } = withLeaders(this.#snapshot, hints, endpoints)
    if (believed.length === 0) return believed
    this.#snapshot = snapshot
    for (const listener of [...this.#listeners]) listener(snapshot)
    return believed
  }

  /** Brokers are not believed to be where they were: until the next answer none is known. Topics stay. */
  forgetBrokers(): void {
    this.#snapshot = { ...this.#snapshot, controllerId: -1, nodes: new Map() }
  }

  close(reason: unknown): void {
    this.#cancelRefresh()
    this.#closing.abort(reason)
    this.#listeners.clear()
    this.#waiting.clear()
    this.#failureListeners.clear()
  }

  async #run(): Promise<void> {
    const { ports, logger } = this.#options
    const { signal } = this.#closing
    this.#cancelRefresh()
    try {
      while (this.#isRequested && !signal.aborted) {
        this.#isRequested = false
        // Whoever asks within this turn is in this request.
        await Promise.resolve()
        const topics = this.#topics()
        try {
          const answer = await this.#options.ask(topics, signal)
          this.#failures = 0
          this.#lastError = undefined
          this.#updatedMs = ports.monotonicMs()
          this.#snapshot = nextSnapshot(this.#snapshot, answer, true)
          for (const listener of [...this.#listeners]) listener(this.#snapshot)
          for (const { hear } of [...this.#waiting]) hear(this.#snapshot)
        } catch (error) {
          if (signal.aborted) return
          this.#failures++
          this.#lastError = error
          if (this.#failures === 1) logger.warn({ error: String(error) }, 'No broker tells about the cluster')
          // Whoever is told of a fatal one decides what becomes of it: accounts are locked after too many tries.
          if (!this.#tell(kafkaErrorOf(error)).fatal) this.#isRequested = true
        }
        // An answer that is asked for anew at once, because it was not good enough, must not become a storm.
        if (this.#isRequested) await pause(ports, this.#backoff.delayMs(Math.max(1, this.#failures)), signal)
      }
    } finally {
      this.#running = undefined
      if (!signal.aborted) {
        this.#cancelRefresh = ports.timers.schedule(this.#options.maxAgeMs, () => this.requestUpdate())
      }
    }
  }

  #tell(error: KafkaError): KafkaError {
    for (const listener of [...this.#failureListeners]) listener(error)
    if (error.fatal) for (const { giveUp } of [...this.#waiting]) giveUp(error)
    return error
  }

  #topics(): readonly string[] | null {
    const topics = new Set(this.#wanted.keys())
    for (const interest of this.#interests) {
      const wanted = interest.topics()
      if (wanted === null) return null
      for (const topic of wanted) topics.add(topic)
    }
    return [...topics]
  }
}

function pause(ports: ClientPorts, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = ports.timers.schedule(delayMs, done)
    signal.addEventListener('abort', done, { once: true })
  })
}
