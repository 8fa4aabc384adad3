import { startTcpServer } from '../testing/tcp-server.js'
import { zooKeeperContract } from '../zookeeper.contract.js'
import type { ZooKeeper } from '../zookeeper.js'
import { ZooKeeperThread } from './zookeeper-thread.js'

zooKeeperContract('a client whose session is in a thread', async () => {
  const { server, connectString, stop } = await startTcpServer()
  const thread = new ZooKeeperThread({
    log: () => {},
    onFailure: (error) => {
      throw error
    },
  })
  const clients: ZooKeeper[] = []
  return {
    async connect({ chroot = '' } = {}) {
      const client = await thread.connect({ connectString: connectString + chroot, reconnectBackoffMs: 20 })
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
      await thread.close()
      await stop()
    },
  }
})
