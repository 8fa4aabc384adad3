import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { connectZooKeeper, parseServerConfig, StandaloneServer, type ZooKeeper } from '@millrace/zookeeper'
import { freePort } from './broker-process.js'
import { defer } from './defer.js'

export interface TestZooKeeper {
  /** `127.0.0.1:port` */
  readonly connectString: string
  /** A client of one's own, below a chroot if one is given. */
  connect(chroot?: string): Promise<ZooKeeper>
  /** The sessions live on, and the port is kept. */
  stop(): Promise<void>
  start(): Promise<void>
}

/** A ZooKeeper server beside the broker, as `zookeeper-server-start` runs it. */
export async function zooKeeperServer(
  t: TestContext,
  properties: Readonly<Record<string, string>> = {},
): Promise<TestZooKeeper> {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-zookeeper-'))
  defer(t, () => rm(dataDir, { recursive: true, force: true }))
  const port = await freePort()
  const config = parseServerConfig(
    new Map(
      Object.entries({
        dataDir,
        clientPort: String(port),
        clientPortAddress: '127.0.0.1',
        'admin.enableServer': 'false',
        ...properties,
      }),
    ),
  )
  let server: StandaloneServer | undefined
  const start = async () => {
    server = await StandaloneServer.start(config, {
      log: () => {},
      onFailure: (error) => {
        throw error
      },
    })
  }
  const stop = async () => {
    await server?.close()
    server = undefined
  }
  await start()
  defer(t, stop)
  const connectString = `127.0.0.1:${port}`
  return {
    connectString,
    start,
    stop,
    async connect(chroot = '') {
      const client = await connectZooKeeper({ connectString: connectString + chroot })
      defer(t, () => client.close())
      return client
    },
  }
}
