import { settle, startTestServer } from '../testing/fixtures.js'
import { zooKeeperContract } from '../zookeeper.contract.js'

zooKeeperContract('the local way in', async () => {
  const { server, ports, connect } = await startTestServer()
  return {
    connect,
    expireSession: (sessionId) => server.expireSession(sessionId),
    async dropConnection(sessionId) {
      server.dropConnection(sessionId)
      await settle()
      // The pause before the client comes back begins now; the clock moves it on in its own turn.
      setImmediate(() => ports.advance(100))
    },
    stop: () => server.close(),
  }
})
