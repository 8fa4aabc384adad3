import { connectLocal } from '../client/connect-local.js'
import { ZooKeeperServer, type ZooKeeperServerOptions } from '../server/zookeeper-server.js'
import { ManualPorts, MemoryStoreDirectory } from '../store/memory-ports.js'
import type { ZooKeeper } from '../zookeeper.js'

export interface TestServer {
  readonly server: ZooKeeperServer
  readonly directory: MemoryStoreDirectory
  readonly ports: ManualPorts
  connect(options?: { sessionTimeoutMs?: number; chroot?: string; address?: string }): Promise<ZooKeeper>
}

/** A server in memory; whatever a test sets is what it is about. */
export async function startTestServer(options: Partial<ZooKeeperServerOptions> = {}): Promise<TestServer> {
  const directory = new MemoryStoreDirectory()
  const ports = new ManualPorts()
  const server = await ZooKeeperServer.start({ directory, ports, extendedTypesEnabled: true, ...options })
  return {
    server,
    directory,
    ports,
    connect: (connectOptions = {}) =>
      connectLocal(server, { sessionTimeoutMs: 18_000, timers: ports.timers, ...connectOptions }),
  }
}

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
