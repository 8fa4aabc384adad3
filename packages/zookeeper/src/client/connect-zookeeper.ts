import { performance } from 'node:perf_hooks'
import type { Timers } from '../store/ports.js'
import type { ZooKeeper } from '../zookeeper.js'
import { ClientSession, type ClientSessionOptions } from './client-session.js'
import { parseConnectString, type ServerAddress } from './connect-string.js'
import { TcpEndpoint } from './tcp-endpoint.js'
import type { ZooKeeperTlsOptions } from './tls-options.js'
import { ZooKeeperClient } from './zookeeper-client.js'

export interface ConnectZooKeeperOptions {
  /** `host1:2181,host2:2181/chroot`. The chroot must exist, see `ensureChroot`. */
  readonly connectString: string
  /** Default 18,000. The server sees to it that it is within its bounds. */
  readonly sessionTimeoutMs?: number
  /** How long to look for a server; default the session timeout. */
  readonly connectTimeoutMs?: number
  /** Pause before a lost connection is sought again; default 100. */
  readonly reconnectBackoffMs?: number
  /** Present: connections are encrypted. */
  readonly tls?: ZooKeeperTlsOptions
  /** Comes back to a session instead of opening one. */
  readonly session?: { readonly id: bigint; readonly password: Buffer }
  /** Ends the waiting for the session. */
  readonly signal?: AbortSignal
}

/** Unlike the store's, these keep a process alive that waits for a server. */
const timers: Timers = {
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

/**
 * Opens a session with a server or an ensemble, whose I/O is done on this thread. Errors: ConnectStringError,
 * CONNECTIONLOSS if no server gave a session in time, SESSIONEXPIRED for a session that is over, the signal's reason.
 */
export async function connectZooKeeper(options: ConnectZooKeeperOptions): Promise<ZooKeeper> {
  const { servers, chroot } = parseConnectString(options.connectString)
  return ZooKeeperClient.over(await openTcpSession(servers, options), chroot)
}

/** A session over TCP, without a client above it. */
export async function openTcpSession(
  servers: readonly ServerAddress[],
  options: Omit<ConnectZooKeeperOptions, 'connectString'>,
): Promise<ClientSession> {
  const { sessionTimeoutMs = 18_000, connectTimeoutMs = sessionTimeoutMs, tls, ...rest } = options
  const endpoint = new TcpEndpoint({
    servers,
    ...(tls === undefined ? {} : { tls }),
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    timers,
    random: Math.random,
  })
  const sessionOptions: ClientSessionOptions = {
    endpoint,
    heartbeat: 'explicit',
    timers,
    sessionTimeoutMs,
    connectTimeoutMs,
    ...rest,
  }
  return await ClientSession.open(sessionOptions)
}
