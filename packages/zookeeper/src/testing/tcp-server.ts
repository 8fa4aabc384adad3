import { ServerStats } from '../server/admin/server-stats.js'
import { RequestThrottle } from '../server/listener/request-throttle.js'
import { ZooKeeperListener, type ZooKeeperListenerOptions } from '../server/listener/zookeeper-listener.js'
import { ZooKeeperServer, type ZooKeeperServerOptions } from '../server/zookeeper-server.js'
import { MemoryStoreDirectory } from '../store/memory-ports.js'

export interface TcpTestServer {
  readonly server: ZooKeeperServer
  readonly listener: ZooKeeperListener
  readonly connectString: string
  stop(): Promise<void>
}

/** A server in memory on a free port of the loopback, with the machine's clock. */
export async function startTcpServer(
  options: Partial<ZooKeeperServerOptions> = {},
  listenerOptions: Partial<ZooKeeperListenerOptions> = {},
): Promise<TcpTestServer> {
  const server = await ZooKeeperServer.start({
    directory: new MemoryStoreDirectory(),
    extendedTypesEnabled: true,
    ...options,
  })
  const listener = await ZooKeeperListener.open({
    endpoint: server,
    stats: new ServerStats(),
    maxFrameBytes: 0xfffff,
    answerWord: () => undefined,
    log: () => {},
    nowMs: () => Date.now(),
    host: '127.0.0.1',
    port: 0,
    maxPerAddress: 0,
    maxInAll: 0,
    backlog: -1,
    throttle: new RequestThrottle(1000),
    ...listenerOptions,
  })
  return {
    server,
    listener,
    connectString: `127.0.0.1:${listener.port}`,
    async stop() {
      await listener.close()
      await server.close()
    },
  }
}
