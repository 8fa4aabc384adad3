import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectZooKeeper } from '../../client/connect-zookeeper.js'
import { parseServerConfig } from '../../config/parse-server-config.js'
import { MemoryStoreDirectory } from '../../store/memory-ports.js'
import { startRestartingServer } from './restarting-server.js'

const config = parseServerConfig(
  new Map([
    ['dataDir', '/nowhere'],
    ['clientPort', '0'],
    ['clientPortAddress', '127.0.0.1'],
    ['admin.enableServer', 'false'],
  ]),
)
/** Pauses pass quickly. */
const timers = {
  schedule(delayMs: number, callback: () => void) {
    const timer = setTimeout(callback, delayMs / 50)
    return () => clearTimeout(timer)
  },
}

test('a server whose disk fails goes on when it works, on the same port with the same sessions; the outage is told once', async (t) => {
  const directory = new MemoryStoreDirectory()
  const lines: string[] = []
  const server = await startRestartingServer(config, {
    isPortPreferred: false,
    log: (level, message) => lines.push(`${level} ${message}`),
    timers,
    directory,
  })
  t.after(() => server.close())
  const client = await connectZooKeeper({ connectString: `127.0.0.1:${server.port}`, reconnectBackoffMs: 5 })
  t.after(() => client.close())
  await client.create('/before', null, { mode: 'ephemeral' })
  const { sessionId } = client
  directory.failWith(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
  for (let attempt = 0; attempt < 4; attempt++) {
    await assert.rejects(client.create('/lost', null), { code: 'CONNECTIONLOSS' })
  }
  directory.heal()
  for (;;) {
    try {
      await client.create('/after', null)
      break
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'CONNECTIONLOSS')
    }
  }
  assert.equal((await client.exists('/before'))?.ephemeralOwner, sessionId)
  const told = () => lines.filter((line) => line.includes('store of cluster metadata'))
  while (told().length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(told(), [
    'error The store of cluster metadata failed, and is started again until it works',
    'info The store of cluster metadata works again',
  ])
})
