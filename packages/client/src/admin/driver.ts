/**
 * Asks the right brokers about entities: each round looks up who answers for those that are left, asks each of them once
 * for all of its entities, and keeps what is settled. What failed in a way that passes goes into the next round, after a
 * pause, until `default.api.timeout.ms` is over (Kafka's AdminApiDriver).
 *
 * It knows no API: a `Plan` says who is asked, how, and which errors pass. It never repeats what a plan calls settled.
 *
 *     entities ──locate──► entities by broker ──ask──► outcomes
 *         ▲                                               │ errors that pass
 *         └──────────────── pause ◄───────────────────────┘
 */
import { ExponentialBackoff } from '@millrace/net'
import type { AnyApi, ResponseOf, VersionRange } from '@millrace/protocol'
import type { Cluster, RequestBody, Target } from '../cluster/cluster.js'
import { KafkaError } from '../errors.js'
import type { CallOptions, ClientPorts } from '../ports.js'
import { Deadline } from '../waiting.js'
import type { AdminMetrics } from './admin-metrics.js'
import { AdminResult, type Outcome } from './admin-result.js'
import type { CallsInFlight } from './calls-in-flight.js'

/** What the driver needs of a cluster. */
export interface AdminCluster
  extends Pick<Cluster, 'ask' | 'snapshot' | 'forgetWhatIsWrong' | 'isClosed' | 'areControllers'> {
  readonly metadata: Pick<Cluster['metadata'], 'update' | 'requestUpdate' | 'onFailure' | 'lastError'>
}

export interface DriverOptions {
  readonly requestTimeoutMs: number
  readonly defaultApiTimeoutMs: number
  readonly retries: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly ports: ClientPorts
  readonly metrics: AdminMetrics
  readonly callsInFlight: CallsInFlight
}

/** Who answers for an entity: a broker by its id, any broker, or the controller. */
export type Answerer = Exclude<Target, object>

export type Placement = { readonly target: Answerer } | { readonly error: KafkaError }

/** An outcome; of a throttled one also how long the broker wants it to wait. */
export type Answer<T> = Outcome<T> & { readonly throttleTimeMs?: number }

/** Says who answers for entities. Errors that it throws concern all of them. */
export interface Locator<K> {
  readonly find: (keys: readonly K[], call: Call) => Promise<Iterable<readonly [K, Placement]>>
  /** Whether a lookup with this error is made again. */
  readonly passes: (error: KafkaError) => boolean
}

export interface Plan<K, T> {
  /** The name of the call. */
  readonly what: string
  readonly keys: Iterable<K>
  /** An empty map that knows keys of this kind; default a Map. */
  readonly emptyMap?: <V>() => Map<K, V>
  readonly locator: Locator<K>
  /** Asks one broker. Errors that it throws concern all of `keys`. */
  readonly ask: (call: Call, target: Answerer, keys: readonly K[]) => Promise<Iterable<readonly [K, Answer<T>]>>
  /** Whether an entity with this error of a broker is asked about again; default: never. */
  readonly passes?: (error: KafkaError) => boolean
}

/** One try of a call. */
export class Call {
  readonly #driver: AdminDriver
  readonly deadline: Deadline

  constructor(driver: AdminDriver, deadline: Deadline) {
    this.#driver = driver
    this.deadline = deadline
  }

  get cluster(): AdminCluster {
    return this.#driver.cluster
  }

  /** What is left for a request, in whole ms: the smaller one of the call's time and `request.timeout.ms`. */
  get timeoutMs(): number {
    return Math.max(1, Math.ceil(Math.min(this.#driver.options.requestTimeoutMs, this.deadline.remainingMs)))
  }

  /** Errors: KafkaError of what kept it from being answered; the signal's reason. */
  async ask<A extends AnyApi>(
    target: Target,
    api: A,
    body: RequestBody<A>,
    versions?: Partial<VersionRange>,
  ): Promise<ResponseOf<A>> {
    const { signal } = this.deadline
    const done = this.#driver.options.metrics.onRequest()
    try {
      return await this.cluster.ask(target, api, body, {
        timeoutMs: this.timeoutMs,
        ...(signal === undefined ? {} : { signal }),
        ...(versions === undefined ? {} : { versions }),
      })
    } finally {
      done()
    }
  }
}

interface Left {
  readonly error: KafkaError
  readonly throttleTimeMs: number
}

export class AdminDriver {
  readonly cluster: AdminCluster
  readonly options: DriverOptions
  readonly #backoff: ExponentialBackoff

  constructor(cluster: AdminCluster, options: DriverOptions) {
    this.cluster = cluster
    this.options = options
    this.#backoff = new ExponentialBackoff({
      initialMs: options.retryBackoffMs,
      maxMs: options.retryBackoffMaxMs,
      random: options.ports.random,
    })
  }

  /** About many entities. `plan` is called at once; what it throws rejects the whole. */
  each<K, T>(what: string, options: CallOptions, plan: () => Omit<Plan<K, T>, 'what'>): AdminResult<K, T> {
    const run = async () => await this.run({ what, ...plan() }, options)
    return this.result(what, run())
  }

  result<K, T>(what: string, outcomes: Promise<Map<K, Outcome<T>>>): AdminResult<K, T> {
    return new AdminResult(what, outcomes)
  }

  /** About one thing. Errors: KafkaError, the signal's reason. */
  async one<T>(
    what: string,
    options: CallOptions,
    target: Answerer,
    ask: (call: Call, target: Answerer) => Promise<Outcome<T>>,
    passes: (error: KafkaError) => boolean = ({ retriable }) => retriable,
  ): Promise<T> {
    const outcomes = await this.run<string, T>(
      {
        what,
        keys: [what],
        locator: { find: async () => [[what, { target }]], passes: () => false },
        ask: async (call, at) => [[what, await ask(call, at)]],
        passes,
      },
      options,
    )
    const outcome = outcomes.get(what)
    if (outcome === undefined || 'error' in outcome) throw outcome?.error ?? new KafkaError('UNKNOWN_SERVER_ERROR')
    return outcome.value
  }

  /** For calls in several parts: gives the same options with the time that is left. */
  sharedTime<O extends CallOptions>(options: O): () => O {
    const { ports, defaultApiTimeoutMs } = this.options
    const { timeoutMs = defaultApiTimeoutMs } = options
    const startMs = ports.monotonicMs()
    return () => ({ ...options, timeoutMs: Math.max(0, timeoutMs - (ports.monotonicMs() - startMs)) })
  }

  /** Until each entity has its outcome. Errors: the signal's reason; what is no KafkaError. */
  async run<K, T>(plan: Plan<K, T>, options: CallOptions): Promise<Map<K, Outcome<T>>> {
    return await this.options.callsInFlight.during(() => this.#run(plan, options))
  }

  async #run<K, T>(plan: Plan<K, T>, options: CallOptions): Promise<Map<K, Outcome<T>>> {
    const { ports, defaultApiTimeoutMs, retries } = this.options
    const deadline = Deadline.of(ports, plan.what, options, defaultApiTimeoutMs)
    const emptyMap = plan.emptyMap ?? (<V>() => new Map<K, V>())
    const outcomes = emptyMap<Outcome<T>>()
    const wanted = emptyMap<true>()
    for (const key of plan.keys) wanted.set(key, true)
    let keys = [...wanted.keys()]
    for (let failures = 1; keys.length > 0; failures++) {
      const left = await new Round(this, plan, deadline, outcomes, emptyMap<Left>()).run(keys)
      keys = keys.filter((key) => left.has(key))
      if (keys.length === 0) break
      const throttleTimeMs = Math.max(...[...left.values()].map((one) => one.throttleTimeMs))
      const delayMs = Math.max(this.#backoff.delayMs(failures), throttleTimeMs)
      const isOver = deadline.remainingMs <= delayMs
      if (isOver || failures > retries) {
        for (const [key, { error }] of left) outcomes.set(key, { error: isOver ? deadline.timeout(error) : error })
        break
      }
      await deadline.sleep(delayMs)
    }
    // In the order in which they were asked about.
    const inOrder = emptyMap<Outcome<T>>()
    for (const key of wanted.keys()) inOrder.set(key, outcomes.get(key) ?? { error: missing() })
    return inOrder
  }
}

/** One round for what is left. */
class Round<K, T> {
  readonly #call: Call
  readonly #cluster: AdminCluster
  readonly #plan: Plan<K, T>
  readonly #outcomes: Map<K, Outcome<T>>
  readonly #left: Map<K, Left>

  constructor(
    driver: AdminDriver,
    plan: Plan<K, T>,
    deadline: Deadline,
    outcomes: Map<K, Outcome<T>>,
    left: Map<K, Left>,
  ) {
    this.#call = new Call(driver, deadline)
    this.#cluster = driver.cluster
    this.#plan = plan
    this.#outcomes = outcomes
    this.#left = left
  }

  /** Returns the entities that are left. */
  async run(keys: readonly K[]): Promise<Map<K, Left>> {
    const { locator, ask, passes = () => false } = this.#plan
    const byTarget = new Map<Answerer, K[]>()
    await this.#guard(keys, async () => {
      await this.#knowBrokers()
      for (const [key, placement] of await locator.find(keys, this.#call)) {
        if ('error' in placement) this.#failed(key, placement.error, locator.passes(placement.error))
        else byTarget.set(placement.target, [...(byTarget.get(placement.target) ?? []), key])
      }
    })
    await Promise.all(
      [...byTarget].map(([target, those]) =>
        this.#guard(those, async () => {
          for (const [key, answer] of await ask(this.#call, target, those)) {
            if (!('error' in answer)) this.#outcomes.set(key, answer)
            else {
              this.#cluster.forgetWhatIsWrong(target, answer.error)
              this.#failed(key, answer.error, passes(answer.error), answer.throttleTimeMs)
            }
          }
        }),
      ),
    )
    for (const key of keys) {
      if (this.#outcomes.has(key) || this.#left.has(key)) continue
      this.#failed(key, missing(), false)
    }
    return this.#left
  }

  /** Wrong credentials and the like will not pass: they are not waited out. */
  async #knowBrokers(): Promise<void> {
    const { snapshot, metadata } = this.#cluster
    if (snapshot.version > 0) return
    let stop = () => {}
    const failure = new Promise<never>((_, reject) => {
      stop = metadata.onFailure((error) => {
        if (!error.retriable) reject(error)
      })
    })
    try {
      await Promise.race([metadata.update(this.#call.deadline.signal), failure])
    } finally {
      stop()
    }
  }

  /** What is thrown is the error of all of `keys`; but a call that its signal has ended, or a mistake of ours, is over as a whole. */
  async #guard(keys: readonly K[], what: () => Promise<void>): Promise<void> {
    const { deadline } = this.#call
    try {
      await deadline.wait(what())
    } catch (error) {
      deadline.signal?.throwIfAborted()
      if (!(error instanceof KafkaError)) throw error
      if (error.code === 'TIMEOUT') {
        const timeout = deadline.timeout(error.cause ?? this.#cluster.metadata.lastError)
        for (const key of keys) this.#outcomes.set(key, { error: timeout })
        return
      }
      const mayPass = error.retriable
      // The broker may be gone, or another one be the controller now.
      if (mayPass) this.#cluster.metadata.requestUpdate()
      for (const key of keys) this.#failed(key, error, mayPass)
    }
  }

  #failed(key: K, error: KafkaError, mayPass: boolean, throttleTimeMs = 0): void {
    if (mayPass) this.#left.set(key, { error, throttleTimeMs })
    else this.#outcomes.set(key, { error })
  }
}

function missing(): KafkaError {
  return new KafkaError('UNKNOWN_SERVER_ERROR', 'the broker’s answer does not mention it')
}
