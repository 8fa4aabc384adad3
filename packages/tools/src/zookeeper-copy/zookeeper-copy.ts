/** `millrace zookeeper-copy FROM TO`: moves a cluster's metadata to another ZooKeeper, such as from the one in a broker to an ensemble. */
import { connectZooKeeper, ensureChroot } from '@millrace/zookeeper'
import { copyTree } from './copy-tree.js'

const CONNECT_TIMEOUT_MS = 15_000
const SESSION_TIMEOUT_MS = 30_000

/** Each is `host:port[,host:port]*[/chroot]`. Sets `process.exitCode`. */
export async function zookeeperCopy(fromText: string, toText: string): Promise<void> {
  try {
    const options = { sessionTimeoutMs: SESSION_TIMEOUT_MS, connectTimeoutMs: CONNECT_TIMEOUT_MS }
    await using(await connectTo(fromText, options), async (from) => {
      await ensureChroot(toText, (root) => connectTo(root, options))
      await using(await connectTo(toText, options), async (to) => {
        const { copied, ephemeralsLeft } = await copyTree(from, to)
        console.log(`Copied ${copied} nodes from ${fromText} to ${toText}.`)
        if (ephemeralsLeft > 0) {
          console.error(
            `${ephemeralsLeft} ephemeral nodes were not copied: their owners are still connected. Stop them, and copy again.`,
          )
          process.exitCode = 1
        }
      })
    })
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}

async function connectTo(connectString: string, options: { sessionTimeoutMs: number; connectTimeoutMs: number }) {
  try {
    return await connectZooKeeper({ connectString, ...options })
  } catch (error) {
    throw new Error(`No session with ${connectString}: ${(error as Error).message}`)
  }
}

async function using<T extends { close(): Promise<void> }>(
  resource: T,
  use: (resource: T) => Promise<void>,
): Promise<void> {
  try {
    await use(resource)
  } finally {
    await resource.close()
  }
}
