/** `millrace zookeeper-copy FROM TO`: moves a cluster's metadata to another ZooKeeper, such as from the one in a broker to an ensemble. */
import { connectZooKeeper, ensureChroot, type ZooKeeper } from '@millrace/zookeeper'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, ToolError } from '../command-line/tool.js'
import { copyTree } from './copy-tree.js'

const CONNECT_TIMEOUT_MS = 15_000
const SESSION_TIMEOUT_MS = 30_000

export const zookeeperCopy = defineTool({
  name: 'zookeeper-copy',
  summary: 'Copies all nodes from one ZooKeeper to another, while no broker runs.',
  words: '<from> <to>',
  options: {},
  async run({ words: [fromText, toText], print, complain }) {
    if (fromText === undefined || toText === undefined) {
      throw new UsageError('Two servers have to be named, each as host:port[,host:port]*[/chroot]')
    }
    const from = await connectTo(fromText)
    try {
      await ensureChroot(toText, connectTo)
      const to = await connectTo(toText)
      try {
        const { copied, ephemeralsLeft } = await copyTree(from, to)
        print(`Copied ${copied} nodes from ${fromText} to ${toText}.`)
        if (ephemeralsLeft === 0) return 0
        complain(
          `${ephemeralsLeft} ephemeral nodes were not copied: their owners are still connected. Stop them, and copy again.`,
        )
        return 1
      } finally {
        await to.close()
      }
    } catch (error) {
      throw new ToolError((error as Error).message)
    } finally {
      await from.close()
    }
  },
})

async function connectTo(connectString: string): Promise<ZooKeeper> {
  try {
    return await connectZooKeeper({
      connectString,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    })
  } catch (error) {
    throw new ToolError(`No session with ${connectString}: ${(error as Error).message}`)
  }
}
