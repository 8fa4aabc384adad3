/**
 * One broker, from its properties to its last byte written.
 *
 * Owns the order in which the parts start and stop; what each part does is its own business.
 *
 *   properties -> store -> addresses bound -> configs -> logs -> registered, controller elected -> requests served
 */
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { BrokerConfigError } from './broker-errors.js'
import { type Operations, startOperations } from './broker-operations.js'
import { startServices } from './broker-services.js'
import type { BrokerConfig } from './config/broker-config.js'
import { connectionLimitsOf } from './config/connection-limits.js'
import { logDirsOf } from './config/consistency.js'
import { parseLogLevels } from './config/log-levels.js'
import { parseBrokerConfig } from './config/parse-broker-config.js'
import { createHandlers } from './handlers/create-handlers.js'
import type { HttpAddress } from './http/operations-server.js'
import { Loggers } from './logging/loggers.js'
import { listenersOf } from './metadata/advertised-listeners.js'
import { openClusterStore } from './metadata/cluster-store/open-cluster-store.js'
import { SessionNote } from './metadata/cluster-store/session-note.js'
import { KafkaZkClient } from './metadata/znodes/kafka-zk-client.js'
import { Dispatcher } from './network/dispatcher.js'
import { type BoundListener, SocketServer } from './network/socket-server.js'
import { type Logger, monotonicMs, systemClock, systemScheduler } from './ports.js'

export interface BrokerOptions {
  /** As in server.properties. */
  readonly properties: ReadonlyMap<string, string>
  /** Where the log goes. Given as {@link Loggers}, or as one that the lines of all of them go on to. */
  readonly logger: Logger | Loggers
  /**
   * Ends the process at once, with exit code 1 as Kafka does: all log directories have failed, and nothing could be closed
   * cleanly. Default: the broker closes itself, for those who have other things in their process.
   */
  readonly halt?: (reason: string) => void
  /** If `millrace.http.port` is taken, any free one does. Default: that is a BindError. */
  readonly httpPortIsPreferred?: boolean
}

export interface Broker {
  readonly brokerId: number
  readonly clusterId: string
  readonly listeners: readonly BoundListener[]
  readonly logDirs: readonly string[]
  /** Where its ZooKeeper is reached, `host:port,…/chroot`; undefined if it is inside the broker alone. */
  readonly zooKeeper: string | undefined
  /** Where metrics and health are told; undefined if nowhere. */
  readonly http: HttpAddress | undefined
  /** Stops cleanly: the next start needs no recovery. */
  close(): Promise<void>
}

/**
 * Starts a broker and resolves when it serves requests.
 *
 * @throws BrokerConfigError with all mistakes of the properties
 * @throws LogDirectoryError when another broker has the data, or the data belongs to another one
 * @throws BindError when an address cannot be listened on
 * @throws ZooKeeperUnreachableError when no server of `zookeeper.connect` answers
 * @throws BrokerIdTakenError when another broker is registered with this id
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { properties, logger } = options
  const loggers = logger instanceof Loggers ? logger : Loggers.over(logger)
  // The parent of all others, so that one change reaches them.
  loggers.get('millrace')
  const log = loggers.get('millrace.broker')
  const config = checkedConfig(properties, log)
  for (const [name, level] of parseLogLevels(config.get('millrace.log.levels')) ?? []) loggers.setLevel(name, level)
  const closers: (() => Promise<void>)[] = []
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeAll(closers).finally(() => loggers.flush())
    return closing
  }
  const halt = (reason: string) => {
    log.error(reason)
    if (options.halt !== undefined) options.halt(reason)
    else close().catch((error: unknown) => log.error('The broker did not stop cleanly', { error }))
  }
  try {
    const operations = await startOperations({
      config,
      loggers,
      portIsPreferred: options.httpPortIsPreferred ?? false,
    })
    closers.push(() => operations.close())
    return await start({ config, loggers, operations, closers, close, halt })
  } catch (error) {
    await close().catch((second: unknown) => log.error('What had been started did not stop', { error: second }))
    throw error
  }
}

/** The last started is closed first. One that fails must not keep the others open; its error is thrown at the end. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const closer of closers.toReversed()) {
    try {
      await closer()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

function checkedConfig(properties: ReadonlyMap<string, string>, logger: Logger): BrokerConfig {
  const parsed = parseBrokerConfig(properties)
  for (const warning of parsed.warnings) logger.warn(warning)
  if ('mistakes' in parsed) throw new BrokerConfigError(parsed.mistakes)
  return parsed.config
}

/** What is started is put on `closers`, to be closed in reverse. */
async function start({
  config,
  loggers,
  operations,
  closers,
  close,
  halt,
}: {
  readonly config: BrokerConfig
  readonly loggers: Loggers
  readonly operations: Operations
  readonly closers: (() => Promise<void>)[]
  readonly close: () => Promise<void>
  readonly halt: (reason: string) => void
}): Promise<Broker> {
  const logger = loggers.get('millrace.broker')
  const { metrics } = operations
  const logDirs = logDirsOf(config).map((dir) => resolve(dir))
  warnOfTemporaryFolder(logDirs, logger)
  const store = await openClusterStore({ config, logDirs, logger: loggers.get('millrace.store'), halt })
  closers.push(() => store.close())

  let dispatcher: Dispatcher | undefined
  const server = new SocketServer({
    listeners: listenersOf(config),
    handler: {
      mayOverlap: (frame) => dispatcher?.mayOverlap(frame) ?? false,
      isTransient: (frame) => dispatcher?.isTransient(frame) ?? false,
      handle: (frame, connection, arrivedMs) => dispatcher?.handle(frame, connection, arrivedMs),
    },
    // Idle connections are told by a clock that nobody sets.
    clock: { nowMs: () => monotonicMs(systemClock) },
    scheduler: systemScheduler,
    logger: loggers.get('millrace.network'),
    limits: () => connectionLimitsOf(config),
    metrics: metrics.connections,
  })
  await server.bind()
  closers.push(() => server.close())

  const znodes = await KafkaZkClient.open({
    connect: () => store.connect(),
    scheduler: systemScheduler,
    logger: loggers.get('millrace.zookeeper'),
  })
  const sessionNote = new SessionNote({
    logDir: logDirs[0] as string,
    store,
    session: () => znodes.session.identity,
    logger: loggers.get('millrace.zookeeper'),
  })
  closers.push(async () => {
    await znodes.close()
    await sessionNote.remove()
  })
  await znodes.createTopLevelPaths()

  const services = await startServices({
    config,
    loggers,
    metrics,
    logDirs,
    znodes,
    sessionNote,
    bound: server.bound,
    closers,
    halt,
  })
  dispatcher = new Dispatcher(createHandlers(services), operations.requestWatch)
  // Requests end first, whatever was started before the sockets were bound.
  closers.push(() => server.close())
  server.start()
  operations.serving({ services, server, znodes })
  closers.push(() => operations.stopping())
  const { brokerId, clusterId } = services
  logger.info('Broker started', { brokerId, clusterId })
  return {
    brokerId,
    clusterId,
    listeners: server.bound,
    logDirs,
    zooKeeper: store.connectString,
    http: operations.address,
    close,
  }
}

function warnOfTemporaryFolder(logDirs: readonly string[], logger: Logger): void {
  const temporary = logDirs.filter((dir) => dir.startsWith(join(tmpdir(), '/')))
  if (temporary.length === 0) return
  logger.warn('Data is kept in a temporary folder, which the system may empty: set log.dirs', {
    directories: temporary.join(', '),
  })
}
