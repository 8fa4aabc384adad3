// The nodes of a Kafka cluster, read by our client, as text to compare: path, kind, access, data and its version. What no two
// clusters have in common is masked: times, random ids, ports.
import { connectZooKeeper } from '../../packages/zookeeper/dist/index.js'

const masks = [
  ['timestamp', /("timestamp":)"\d{13}"/g],
  ['cluster id', /("id":)"[\w-]{22}"/g],
  ['topic id', /("topic_id":)"[\w-]{22}"/g],
  ['port', /("port":)\d+/g],
  ['port', /((?:127\.0\.0\.1|\[::1\]):)\d+/g],
]
const everyone = '[{"perms":31,"scheme":"world","id":"anyone"}]'

/** Resolves to a map from path to the node's text. `connectString` ends with the chroot. */
export async function readTree(connectString) {
  const zooKeeper = await connectZooKeeper({ connectString })
  try {
    const tree = new Map()
    await readBelow(zooKeeper, '/', tree)
    return tree
  } finally {
    await zooKeeper.close()
  }
}

async function readBelow(zooKeeper, path, tree) {
  const { data, stat } = await zooKeeper.getData(path)
  const { acl } = await zooKeeper.getAcl(path)
  tree.set(path, describe(data, stat, JSON.stringify(acl)))
  const { children } = await zooKeeper.getChildren(path)
  for (const name of [...children].sort()) {
    await readBelow(zooKeeper, path === '/' ? `/${name}` : `${path}/${name}`, tree)
  }
}

function describe(data, stat, acl) {
  const kind = stat.ephemeralOwner === 0n ? 'persistent' : 'ephemeral'
  const access = acl === everyone ? '' : ` ${acl}`
  return `${kind}${access} version ${stat.version}: ${data === null ? 'null' : masked(data)}`
}

/** Each byte is a character, so that no two contents give the same text. */
function masked(data) {
  return masks.reduce((text, [name, pattern]) => text.replace(pattern, `$1<${name}>`), data.toString('latin1'))
}

/** The paths at which two trees differ, with both texts; `undefined` where there is no node. */
export function differences(theirs, ours) {
  const paths = [...new Set([...theirs.keys(), ...ours.keys()])].sort()
  return paths
    .filter((path) => theirs.get(path) !== ours.get(path))
    .map((path) => ({ path, theirs: theirs.get(path), ours: ours.get(path) }))
}
