/**
 * What those who run a broker see of it: its metrics, its health, the log of its requests. It is started before all
 * else and closed after it, so that a start and a stop can be watched.
 */
import type { BrokerConfig } from './config/broker-config.js'
import type { BrokerServices } from './handlers/services.js'
import type { HealthCheck } from './http/health.js'
import { type HttpAddress, OperationsServer } from './http/operations-server.js'
import type { Loggers } from './logging/loggers.js'
import type { KafkaZkClient } from './metadata/znodes/kafka-zk-client.js'
import { BrokerMetrics } from './metrics/broker-metrics.js'
import type { RequestWatch } from './network/dispatcher.js'
import { BindError, type SocketServer } from './network/socket-server.js'
import { systemScheduler } from './ports.js'

/** The parts of a broker that serves. */
export interface ServingParts {
  readonly services: BrokerServices
  readonly server: SocketServer
  readonly znodes: KafkaZkClient
}

export interface Operations {
  readonly metrics: BrokerMetrics
  readonly requestWatch: RequestWatch
  /** Undefined if `millrace.http.port` says so. */
  readonly address: HttpAddress | undefined
  /** The broker serves requests. */
  serving(parts: ServingParts): void
  /** It does not any more. */
  stopping(): Promise<void>
  close(): Promise<void>
}

export interface OperationsOptions {
  readonly config: BrokerConfig
  readonly loggers: Loggers
  /** If `millrace.http.port` is taken, any free one does. */
  readonly portIsPreferred: boolean
}

/** @throws BindError when `millrace.http.port` cannot be listened on */
export async function startOperations(options: OperationsOptions): Promise<Operations> {
  const { config, loggers } = options
  const metrics = new BrokerMetrics({
    scheduler: systemScheduler,
    logger: loggers.get('millrace.loop'),
    loopWarnMs: () => config.get('millrace.loop.warn.ms'),
    loopStuckMs: () => config.get('millrace.loop.stuck.ms'),
  })
  const liveness: HealthCheck[] = [
    {
      name: 'eventLoop',
      check: () => (metrics.loop.isStuck ? 'the event loop was stuck in the last 30 seconds' : undefined),
    },
  ]
  let parts: ServingParts | undefined
  const readiness = () =>
    metrics.state === 'running' && parts !== undefined ? readinessOf(parts) : notRunning(metrics)
  const http = await listen(options, metrics, { liveness: () => liveness, readiness }).catch((error: unknown) => {
    metrics.close()
    throw error
  })
  return {
    metrics,
    requestWatch: requestWatchOf(metrics, loggers),
    address: http?.address,
    serving: (serving) => {
      parts = serving
      metrics.readServices(serving.services)
      metrics.readMemory({
        requests: () => serving.server.requestBytes,
        responses: () => metrics.connections.unsentBytes,
        fetches: () => serving.services.fetchMemory.usedBytes,
        idleBuffers: () => serving.server.idleBytes + serving.services.fetchMemory.idleBytes,
        recentBatches: () => recentBytes(serving.services),
      })
      metrics.state = 'running'
    },
    stopping: () => {
      metrics.state = 'stopping'
      return Promise.resolve()
    },
    close: async () => {
      await http?.close()
      metrics.close()
    },
  }
}

async function listen(
  { config, loggers, portIsPreferred }: OperationsOptions,
  { registry }: BrokerMetrics,
  probes: { readonly liveness: () => readonly HealthCheck[]; readonly readiness: () => readonly HealthCheck[] },
): Promise<OperationsServer | undefined> {
  const port = config.get('millrace.http.port')
  if (port < 0) return undefined
  const logger = loggers.get('millrace.http')
  const options = { host: config.get('millrace.http.host'), registry, logger, ...probes }
  const server = await OperationsServer.listen({ ...options, port }).catch(async (error: unknown) => {
    const isTaken = error instanceof BindError && error.code === 'EADDRINUSE'
    if (!isTaken || !portIsPreferred) throw error
    return await OperationsServer.listen({ ...options, port: 0 })
  })
  logger.info('Metrics and health are told over HTTP', { ...server.address })
  return server
}

function recentBytes({ logs }: BrokerServices): number {
  let bytes = 0
  for (const log of logs.all()) bytes += log.recentBytes
  return bytes
}

function requestWatchOf({ requests }: BrokerMetrics, loggers: Loggers): RequestWatch {
  const logger = loggers.get('millrace.request')
  return {
    requests,
    isLogging: () => logger.isEnabled('DEBUG'),
    log: (request) => logger.debug('Request', { ...request, tookMs: request.tookMs.toFixed(3) }),
  }
}

function notRunning({ state }: BrokerMetrics): readonly HealthCheck[] {
  return [{ name: 'broker', check: () => `is ${state}` }]
}

function readinessOf({ services, server, znodes }: ServingParts): readonly HealthCheck[] {
  const { metadata, brokerId, logs } = services
  return [
    { name: 'registered', check: () => (znodes.session.isConnected ? undefined : 'no session with the cluster store') },
    {
      name: 'metadata',
      check: () => {
        if (!metadata.image.brokers.has(brokerId)) return 'the controller has not told this broker about itself'
        return metadata.image.controllerId < 0 ? 'no controller is known' : undefined
      },
    },
    { name: 'listeners', check: () => (server.bound.length > 0 ? undefined : 'nothing is listened on') },
    {
      name: 'logDirs',
      check: async () => {
        const offline = (await logs.describeDirectories()).filter(({ error }) => error !== undefined)
        return offline.length === 0 ? undefined : `cannot be used: ${offline.map(({ path }) => path).join(', ')}`
      },
    },
  ]
}
