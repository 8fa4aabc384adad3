/** What the four-letter words and the admin server look at: a running server, as its operators see it. */
import type { ServerStats } from './server-stats.js'

/**
 * A running server. Properties are cheap; methods may walk over everything, and are called when somebody asks for just
 * that. Directories' sizes and numbers of descriptors are asked for at once, without waiting.
 */
export interface AdminView {
  /** For instance `3.8.4-millrace-0.1.0`: programs look for the number at its beginning. */
  readonly version: string
  /** False while the server starts, stops or has failed: most answers then say so. */
  readonly isServing: boolean
  readonly stats: ServerStats
  readonly configuration: AdminConfiguration
  /** Names and values in the order in which `envi` shows them. */
  environment(): readonly (readonly [name: string, value: string])[]
  counts(): AdminCounts
  directorySizes(): { readonly dataDirBytes: number; readonly dataLogDirBytes: number }
  /** All open ones, those without a session and the one that asks too. */
  connections(): readonly AdminConnection[]
  sessions(): readonly AdminSession[]
  /** Paths of ephemeral nodes by session; sessions without any are left out. */
  ephemerals(): ReadonlyMap<bigint, readonly string[]>
  /** Paths by session: watches of data and existence, and persistent ones. As in ZooKeeper, not those of children alone. */
  watches(): ReadonlyMap<bigint, readonly string[]>
  /** What else the server counts, by names as in `mntr` without its `zk_`. */
  metrics(): readonly (readonly [name: string, value: number])[]
  /** Forgets what was counted of each connection. */
  resetConnectionStats(): void
}

export interface AdminConfiguration {
  /** −1: there is none. */
  readonly clientPort: number
  /** −1: there is none. */
  readonly secureClientPort: number
  /** Absolute. */
  readonly dataDir: string
  /** Absolute. */
  readonly dataLogDir: string
  readonly tickTimeMs: number
  /** 0: no bound. */
  readonly maxClientCnxns: number
  readonly minSessionTimeoutMs: number
  readonly maxSessionTimeoutMs: number
  /** −1: the system's default. */
  readonly clientPortListenBacklog: number
  readonly serverId: number
}

export interface AdminCounts {
  readonly lastZxid: bigint
  readonly nodeCount: number
  readonly ephemeralCount: number
  /** Of all kinds. */
  readonly watchCount: number
  readonly sessionCount: number
  readonly connectionCount: number
  readonly outstandingRequests: number
  /** Of paths and data of all nodes. */
  readonly approximateDataBytes: number
  readonly uptimeMs: number
  /** −1 where the system does not tell. */
  readonly openFileDescriptors: number
  /** −1 where the system does not tell. */
  readonly maxFileDescriptors: number
}

export interface AdminSession {
  readonly sessionId: bigint
  /** Wall clock: when it ends if nothing is heard. */
  readonly expiresAtMs: number
}

/** One connection; what was counted of it is in a `ConnectionStats`. */
export interface AdminConnection {
  /** The peer, as Node names it: `127.0.0.1`, `::1`. */
  readonly address: string
  readonly port: number
  readonly isSecure: boolean
  /** What the server waits for on the socket: 0 nothing (the connection that asks), 1 to read, 4 to write, 5 both. */
  readonly interestOps: number
  readonly outstandingRequests: number
  readonly packetsReceived: number
  readonly packetsSent: number
  /** Wall clock: when the server gives the connection up if nothing is heard. */
  readonly expiresAtMs: number
  /** Undefined before the client has one. */
  readonly session?: AdminConnectionSession
}

export interface AdminConnectionSession {
  readonly sessionId: bigint
  readonly timeoutMs: number
  /** Wall clock. */
  readonly establishedMs: number
  /** Four letters; `NA` before the first request. */
  readonly lastOperation: string
  /** −1 before the first request. */
  readonly lastCxid: number
  /** −1 before the first request. */
  readonly lastZxid: bigint
  /** Wall clock; 0 before the first one. */
  readonly lastResponseTimeMs: number
  readonly lastLatencyMs: number
  readonly minLatencyMs: number
  /** A whole number, as ZooKeeper counts it. */
  readonly avgLatencyMs: number
  readonly maxLatencyMs: number
}
