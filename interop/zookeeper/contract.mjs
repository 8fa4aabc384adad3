// What every ZooKeeper must do (packages/zookeeper/src/zookeeper.contract.ts), asked of Apache's 3.8 by our client: so that
// the contract is ZooKeeper's and not ours. Each case has a fresh server.
import { after } from 'node:test'
import { openTcpSession } from '../../packages/zookeeper/dist/client/connect-zookeeper.js'
import { ZooKeeperClient } from '../../packages/zookeeper/dist/client/zookeeper-client.js'
import { zooKeeperContract } from '../../packages/zookeeper/dist/zookeeper.contract.js'
import { startServer } from './servers.mjs'
import { startTcpProxy } from './tcp-proxy.mjs'

const properties = { extendedTypesEnabled: true, forceSync: 'no' }
// Java starts slowly: the next one does while this one is asked.
let next = startServer('apache', { properties })
after(async () => (await next).dispose())

zooKeeperContract('Apache 3.8', async () => {
  const server = await next
  next = startServer('apache', { properties })
  const seats = []
  const seatOf = (sessionId) => seats.find(({ session }) => session.id === sessionId)
  return {
    async connect({ chroot = '/' } = {}) {
      const proxy = await startTcpProxy(server.port)
      const session = await openSession(proxy.port)
      seats.push({ proxy, session })
      return ZooKeeperClient.over(session, chroot)
    },
    // Whoever knows the password may end a session.
    async expireSession(sessionId) {
      const { id, password } = seatOf(sessionId).session
      await (await openSession(server.port, { session: { id, password } })).close()
    },
    async dropConnection(sessionId) {
      const { proxy, session } = seatOf(sessionId)
      const disconnected = new Promise((resolve) => {
        session.onStateChange((state) => state === 'disconnected' && resolve())
      })
      proxy.cut()
      await disconnected
    },
    async stop() {
      await Promise.all(seats.map(({ session }) => session.close()))
      await Promise.all(seats.map(({ proxy }) => proxy.close()))
      await server.dispose()
    },
  }
})

function openSession(port, options = {}) {
  return openTcpSession([{ host: '127.0.0.1', port }], { reconnectBackoffMs: 20, ...options })
}
