import type { ConnectZooKeeperOptions } from '../client/connect-zookeeper.js'
import type { ZooKeeperHarness } from '../zookeeper.contract.js'
import type { ZooKeeper } from '../zookeeper.js'
import { startTcpServer } from './tcp-server.js'

/** The contract's harness for clients that reach a server over TCP; `connect` is how, `stop` ends what that needs. */
export async function tcpHarness(
  connect: (options: ConnectZooKeeperOptions) => Promise<ZooKeeper>,
  stop: () => Promise<void> = async () => {},
): Promise<ZooKeeperHarness> {
  const { server, connectString, stop: stopServer } = await startTcpServer()
  const clients: ZooKeeper[] = []
  return {
    async connect({ chroot = '' } = {}) {
      const client = await connect({ connectString: connectString + chroot, reconnectBackoffMs: 20 })
      clients.push(client)
      return client
    },
    expireSession: (sessionId) => server.expireSession(sessionId),
    async dropConnection(sessionId) {
      const client = clients.find((candidate) => candidate.sessionId === sessionId)
      const disconnected = new Promise<void>((resolve) => {
        client?.onStateChange((state) => state === 'disconnected' && resolve())
      })
      server.dropConnection(sessionId)
      await disconnected
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()))
      await stop()
      await stopServer()
    },
  }
}
