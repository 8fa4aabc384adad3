import { isZooKeeperError } from '../errors.js'
import type { ZooKeeper } from '../zookeeper.js'
import { parseConnectString } from './connect-string.js'

/**
 * Makes the nodes of a connect string's chroot that are missing. By a session of its own, which `connect` opens without the
 * chroot: paths of a session below it do not reach it. Errors: those of `connect`, ConnectStringError.
 */
export async function ensureChroot(
  connectString: string,
  connect: (rootConnectString: string) => Promise<ZooKeeper>,
): Promise<void> {
  const { chroot } = parseConnectString(connectString)
  if (chroot === '/') return
  const root = await connect(connectString.slice(0, connectString.indexOf('/')))
  try {
    let path = ''
    for (const part of chroot.slice(1).split('/')) {
      path += `/${part}`
      await createIfMissing(root, path)
    }
  } finally {
    await root.close()
  }
}

async function createIfMissing(zooKeeper: ZooKeeper, path: string): Promise<void> {
  // Asked first: who may not create may still go below what is there.
  if ((await zooKeeper.exists(path)) !== null) return
  try {
    await zooKeeper.create(path, null)
  } catch (error) {
    if (!isZooKeeperError(error, 'NODEEXISTS')) throw error
  }
}
