/** An admin driver with a cluster that only exists on paper, and a clock that only its pauses move. */
import type { AnyApi } from '@millrace/protocol'
import { AdminMetrics } from '../admin/admin-metrics.js'
import { CallsInFlight } from '../admin/calls-in-flight.js'
import { type AdminCluster, AdminDriver } from '../admin/driver.js'
import type { AskOptions, Target } from '../cluster/cluster.js'
import { KafkaError } from '../errors.js'
import { systemClientPorts } from '../ports.js'

export interface Asked {
  readonly target: Target
  readonly api: string
  readonly version: number
  readonly body: unknown
}

export interface AdminFixtureOptions {
  /** What the brokers answer; an error is thrown. */
  readonly answer?: (asked: Asked) => unknown
  /** Versions that the brokers know at most, by API; default the newest. −1: none. */
  readonly versions?: Readonly<Record<string, number>>
  readonly retries?: number
  /** 0: no broker is known yet, and never will be. */
  readonly snapshotVersion?: number
}

/** `asked`: the requests; `slept`: the pauses, in ms; `updates`: what was looked up again, and why. */
export function adminFixture(options: AdminFixtureOptions = {}) {
  const { answer = () => ({}), versions = {}, retries = 100, snapshotVersion = 1 } = options
  let nowMs = 0
  const asked: Asked[] = []
  const slept: number[] = []
  const updates: string[] = []
  const cluster: AdminCluster = {
    snapshot: { version: snapshotVersion, clusterId: 'c', controllerId: 0, nodes: new Map(), topics: new Map() },
    isClosed: false,
    areControllers: false,
    forgetWhatIsWrong: (target, { code }) => void updates.push(`${String(target)} ${code}`),
    metadata: {
      update: () => (snapshotVersion === 0 ? new Promise(() => {}) : Promise.resolve(cluster.snapshot)),
      onFailure: (listener) => {
        queueMicrotask(() => listener(new KafkaError('NETWORK_EXCEPTION')))
        queueMicrotask(() => listener(new KafkaError('SASL_AUTHENTICATION_FAILED', 'who?', { fatal: true })))
        return () => {}
      },
      requestUpdate: () => void updates.push('metadata'),
      lastError: undefined,
    },
    ask: (async (target: Target, api: AnyApi, body: unknown, { versions: bounds = {} }: AskOptions = {}) => {
      const version = Math.min(versions[api.name] ?? api.versions.max, bounds.max ?? api.versions.max)
      if (version < (bounds.min ?? 0)) throw new KafkaError('UNSUPPORTED_VERSION')
      const one = { target, api: api.name, version, body: typeof body === 'function' ? body(version) : body }
      asked.push(one)
      const answered = answer(one)
      if (answered instanceof Error) throw answered
      return answered
    }) as AdminCluster['ask'],
  }
  const ports = {
    ...systemClientPorts,
    monotonicMs: () => nowMs,
    random: () => 0.5,
    timers: {
      schedule: (delayMs: number, callback: () => void) => {
        // Deadlines are far away; only pauses between rounds are short.
        if (delayMs > 5000) return () => {}
        slept.push(delayMs)
        nowMs += delayMs
        queueMicrotask(callback)
        return () => {}
      },
    },
  }
  const driver = new AdminDriver(cluster, {
    requestTimeoutMs: 30_000,
    defaultApiTimeoutMs: 60_000,
    retries,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1000,
    ports,
    metrics: new AdminMetrics(ports.monotonicMs, 30_000, 2),
    callsInFlight: new CallsInFlight(),
  })
  return { driver, asked, slept, updates }
}
