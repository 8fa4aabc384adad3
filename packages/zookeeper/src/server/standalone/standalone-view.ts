/** A running server as its operators see it: what the four-letter words are answered from. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { arch, hostname, platform, release, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { ServerConfig } from '../../config/server-config.js'
import type { AdminConfiguration, AdminConnection, AdminCounts, AdminSession, AdminView } from '../admin/admin-view.js'
import type { ServerStats } from '../admin/server-stats.js'
import type { WireConnection } from '../listener/wire-connection.js'
import type { ZooKeeperListener } from '../listener/zookeeper-listener.js'
import type { ZooKeeperServer } from '../zookeeper-server.js'

/** The version of ZooKeeper whose protocol and answers these are, and whose they are. */
const VERSION = '3.8.4-millrace'
const SERVER_ID = 0

export interface StandaloneViewOptions {
  readonly config: ServerConfig
  readonly stats: ServerStats
  /** Undefined while it does not serve. */
  readonly server: () => ZooKeeperServer | undefined
  readonly listeners: () => readonly ZooKeeperListener[]
}

export class StandaloneView implements AdminView {
  readonly version = VERSION
  readonly stats: ServerStats
  readonly #options: StandaloneViewOptions
  readonly #startedMs = performance.now()

  constructor(options: StandaloneViewOptions) {
    this.#options = options
    this.stats = options.stats
  }

  get isServing(): boolean {
    return this.#options.server() !== undefined
  }

  get configuration(): AdminConfiguration {
    const { config } = this.#options
    return {
      clientPort: this.#port(false),
      secureClientPort: this.#port(true),
      dataDir: resolve(config.dataDir),
      dataLogDir: resolve(config.dataLogDir),
      tickTimeMs: config.tickTimeMs,
      maxClientCnxns: config.maxClientCnxns,
      minSessionTimeoutMs: config.minSessionTimeoutMs,
      maxSessionTimeoutMs: config.maxSessionTimeoutMs,
      clientPortListenBacklog: config.clientPortListenBacklog,
      serverId: SERVER_ID,
    }
  }

  environment(): readonly (readonly [name: string, value: string])[] {
    return [
      ['zookeeper.version', VERSION],
      ['host.name', hostname()],
      ['node.version', process.version],
      ['node.execPath', process.execPath],
      ['os.name', platform()],
      ['os.arch', arch()],
      ['os.version', release()],
      ['user.name', userInfo().username],
      ['user.dir', process.cwd()],
    ]
  }

  counts(): AdminCounts {
    const server = this.#options.server()
    const status = server?.status()
    let outstandingRequests = 0
    let connectionCount = 0
    for (const connection of this.#wireConnections()) {
      connectionCount++
      outstandingRequests += connection.outstanding
    }
    return {
      lastZxid: status?.lastZxid ?? 0n,
      // ZooKeeper counts the root twice, by both of its names.
      nodeCount: (status?.nodeCount ?? 0) + 1,
      ephemeralCount: status?.ephemeralCount ?? 0,
      watchCount: status?.watchCount ?? 0,
      sessionCount: status?.sessionCount ?? 0,
      connectionCount,
      outstandingRequests,
      approximateDataBytes: server?.approximateDataBytes ?? 0,
      uptimeMs: performance.now() - this.#startedMs,
      openFileDescriptors: openFileDescriptors(),
      maxFileDescriptors: maxFileDescriptors(),
    }
  }

  directorySizes(): { readonly dataDirBytes: number; readonly dataLogDirBytes: number } {
    const { dataDir, dataLogDir } = this.#options.config
    return {
      dataDirBytes: folderBytes(dataDir, /\.snapshot$/),
      dataLogDirBytes: folderBytes(dataLogDir, /\.log$/),
    }
  }

  connections(): readonly AdminConnection[] {
    const deadlines = this.#options.server()?.sessionDeadlines() ?? new Map<bigint, number>()
    return this.#options
      .listeners()
      .flatMap(({ connections, isSecure }) =>
        Array.from(connections, (connection) => adminConnection(connection, isSecure, deadlines)),
      )
  }

  sessions(): readonly AdminSession[] {
    const deadlines = this.#options.server()?.sessionDeadlines() ?? []
    return Array.from(deadlines, ([sessionId, expiresAtMs]) => ({ sessionId, expiresAtMs }))
  }

  ephemerals(): ReadonlyMap<bigint, readonly string[]> {
    return this.#options.server()?.ephemerals() ?? new Map()
  }

  watches(): ReadonlyMap<bigint, readonly string[]> {
    return this.#options.server()?.watchedPaths() ?? new Map()
  }

  metrics(): readonly (readonly [name: string, value: number])[] {
    const refused = this.#options.listeners().reduce((sum, { refusedCount }) => sum + refusedCount, 0)
    return [['connection_rejected', refused]]
  }

  resetConnectionStats(): void {
    for (const { stats } of this.#wireConnections()) stats.reset()
  }

  #port(isSecure: boolean): number {
    return this.#options.listeners().find((listener) => listener.isSecure === isSecure)?.port ?? -1
  }

  *#wireConnections(): Iterable<WireConnection> {
    for (const { connections } of this.#options.listeners()) yield* connections
  }
}

function adminConnection(
  connection: WireConnection,
  isSecure: boolean,
  deadlines: ReadonlyMap<bigint, number>,
): AdminConnection {
  const { address, port, outstanding, session, stats, lastHeardMs } = connection
  const expiresAtMs = session === undefined ? lastHeardMs : (deadlines.get(session.sessionId) ?? lastHeardMs)
  return {
    address,
    port,
    isSecure,
    interestOps: connection.isAnsweredWord ? 0 : connection.isPaused ? 4 : 1,
    outstandingRequests: outstanding,
    packetsReceived: stats.packetsReceived,
    packetsSent: stats.packetsSent,
    expiresAtMs,
    ...(session === undefined
      ? {}
      : {
          session: {
            ...session,
            lastOperation: stats.lastOperation,
            lastCxid: stats.lastCxid,
            lastZxid: stats.lastZxid,
            lastResponseTimeMs: stats.lastResponseTimeMs,
            lastLatencyMs: stats.lastLatencyMs,
            minLatencyMs: stats.minLatencyMs,
            avgLatencyMs: stats.avgLatencyMs,
            maxLatencyMs: stats.maxLatencyMs,
          },
        }),
  }
}

function folderBytes(folder: string, names: RegExp): number {
  let bytes = 0
  try {
    for (const name of readdirSync(folder)) {
      if (names.test(name)) bytes += statSync(join(folder, name)).size
    }
  } catch {
    // A file may be purged while it is looked at.
  }
  return bytes
}

function openFileDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return -1
  }
}

function maxFileDescriptors(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? -1)
  } catch {
    return -1
  }
}
