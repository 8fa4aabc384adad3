import type { Endpoint } from '../server/endpoint.js'
import { systemPorts } from '../store/node-ports.js'
import type { Timers } from '../store/ports.js'
import type { ZooKeeper } from '../zookeeper.js'
import { ClientSession } from './client-session.js'
import { ZooKeeperClient } from './zookeeper-client.js'

export interface ConnectLocalOptions {
  /** Within the server's bounds, which see to it. */
  readonly sessionTimeoutMs: number
  /** Absolute path put before every path; it must exist. */
  readonly chroot?: string
  /** Default 127.0.0.1. */
  readonly address?: string
  /** Pause before a dropped connection is sought again; default 100. */
  readonly reconnectBackoffMs?: number
  /** Default: the machine's. */
  readonly timers?: Timers
}

/**
 * Opens a session with a server of this process. The session lives as long as the client is connected, however busy the
 * process is. Errors: CONNECTIONLOSS if the server does not run.
 */
export async function connectLocal(server: Endpoint, options: ConnectLocalOptions): Promise<ZooKeeper> {
  const { timers = systemPorts.timers, chroot, ...rest } = options
  const session = await ClientSession.open({ endpoint: server, heartbeat: 'implicit', timers, ...rest })
  return ZooKeeperClient.over(session, chroot)
}
