/**
 * All metrics of one broker. What counts as it happens is made first and handed to those who count; what is read from the
 * parts of the broker is added when they are there, so that the start can be watched too.
 */
import type { BrokerServices } from '../handlers/services.js'
import { type Logger, monotonicMs, type Scheduler } from '../ports.js'
import { clusterFamilies } from './cluster-metrics.js'
import { ConnectionMetrics } from './connection-metrics.js'
import { groupFamilies } from './group-metrics.js'
import { LogDirectoryMetrics } from './log-directory-metrics.js'
import { LoopMonitor } from './loop-monitor.js'
import { MetricsRegistry, seriesOf, singleValue } from './metrics-registry.js'
import { partitionFamilies } from './partition-metrics.js'
import { ProcessMetrics } from './process-metrics.js'
import { RequestMetrics } from './request-metrics.js'
import { BrokerTopicTraffic } from './topic-traffic.js'

export interface BrokerMetricsOptions {
  readonly scheduler: Scheduler
  readonly logger: Logger
  readonly loopWarnMs: () => number
  readonly loopStuckMs: () => number
}

/** Kafka's BrokerState. */
export type BrokerState = 'starting' | 'running' | 'stopping'
const stateCodes: Readonly<Record<BrokerState, number>> = { starting: 1, running: 3, stopping: 6 }

const nowMs = () => performance.now()

export class BrokerMetrics {
  readonly registry = new MetricsRegistry()
  readonly requests = new RequestMetrics(nowMs)
  readonly traffic = new BrokerTopicTraffic()
  readonly connections = new ConnectionMetrics()
  readonly loop: LoopMonitor
  state: BrokerState = 'starting'
  readonly #process = new ProcessMetrics()

  /** The loop is watched from here on. */
  constructor({ scheduler, logger, loopWarnMs, loopStuckMs }: BrokerMetricsOptions) {
    this.loop = new LoopMonitor({ scheduler, nowMs, logger, warnMs: loopWarnMs, stuckMs: loopStuckMs })
    this.loop.start()
    this.registry.prepareWith(this.#process.prepare)
    this.registry.add(
      singleValue(
        'gauge',
        'kafka_server_kafkaserver_brokerstate',
        '1 starting, 3 running, 6 stopping.',
        () => stateCodes[this.state],
      ),
      ...this.traffic.families(),
      ...this.requests.families(),
      ...this.connections.families(),
      ...this.loop.families(),
      ...this.#process.families(),
    )
  }

  /** By what it is for. */
  readMemory(uses: Readonly<Record<string, () => number>>): void {
    this.registry.add(
      seriesOf('gauge', 'millrace_memory_bytes', 'Bytes held in memory, by what for.', () =>
        Object.entries(uses).map(([use, bytes]) => [{ use }, bytes()] as const),
      ),
    )
  }

  /** What the parts of the broker tell when they are asked. */
  readServices(services: BrokerServices): void {
    const { brokerId, logs, replicas, metadata, groups, clock } = services
    const image = () => metadata.image
    const directories = new LogDirectoryMetrics(() => logs.describeDirectories())
    this.registry.prepareWith(directories.prepare)
    this.registry.add(
      ...clusterFamilies({ brokerId, image }),
      ...partitionFamilies({
        logs: () => logs.all(),
        replicas: () => replicas.all(),
        image,
        nowMs: () => monotonicMs(clock),
      }),
      ...directories.families(),
      singleValue(
        'gauge',
        'millrace_log_flush_lag_seconds',
        'From a write to the end of its sync, of the last background flush: the flush interval that is achieved.',
        () => logs.flushLagMs / 1000,
      ),
      ...groupFamilies({
        groups: () => groups.eachGroup(),
        commits: () => groups.eachCommit(),
        highWatermark: (topic, partition) => {
          const replica = replicas.get(topic, partition)
          return replica?.isLeader === true ? replica.log.highWatermark : undefined
        },
      }),
    )
  }

  close(): void {
    this.loop.stop()
    this.#process.stop()
  }
}
