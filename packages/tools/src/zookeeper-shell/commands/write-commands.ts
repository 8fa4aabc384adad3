/** The commands that change data and ACLs of nodes, and delete them: `set`, `setAcl`, `delete`, `deleteall`. */
import { isZooKeeperError, type MultiOp, type ZooKeeper } from '@millrace/zookeeper'
import { parseAcl } from '../acl-text.js'
import { type Command, intOption, pathAt } from '../command.js'
import { CommandError, keeperMessage } from '../command-error.js'
import { formatStat } from '../node-text.js'
import { listSubtree, visitSubtree } from '../subtree.js'

const anyVersion = -1

export const set: Command = {
  name: 'set',
  synopsis: 'path data [-s] [-v version] [-b]',
  options: [
    { letter: 's', about: 'Print znode stats additionally' },
    { letter: 'v', takesValue: true, about: 'Set with an expected version' },
    { letter: 'b', about: 'Supply data in base64 format' },
  ],
  minArgs: 2,
  async run({ zooKeeper, output }, words) {
    const version = intOption(words, 'v', anyVersion)
    const text = words.args[1] ?? ''
    const data = words.has('b') ? fromBase64(text) : Buffer.from(text)
    const stat = await zooKeeper.setData(pathAt(words, 0), data, version)
    if (words.has('s')) for (const line of formatStat(stat)) output.out(line)
  },
}

export const setAcl: Command = {
  name: 'setAcl',
  synopsis: '[-s] [-v version] [-R] path acl',
  options: [{ letter: 's' }, { letter: 'v', takesValue: true }, { letter: 'R' }],
  minArgs: 2,
  async run(context, words) {
    const { zooKeeper, output } = context
    const acl = parseAcl(words.args[1] ?? '', output.err)
    const version = intOption(words, 'v', anyVersion)
    const path = pathAt(words, 0)
    if (words.has('R')) {
      const visit = async (visited: string) => {
        try {
          await zooKeeper.setAcl(visited, acl, version)
        } catch (error) {
          // The walk goes on: one node that refuses does not protect the others.
          if (!isZooKeeperError(error)) throw error
          output.out(keeperMessage(error.code, error.path))
        }
      }
      await visitSubtree(context, { path, watch: false, visit })
      return
    }
    const stat = await zooKeeper.setAcl(path, acl, version)
    if (words.has('s')) for (const line of formatStat(stat)) output.out(line)
  },
}

/** A version behind the path is 3.4's way: `zkCli` warns and ignores it, and so does this. */
export const deleteNode: Command = {
  name: 'delete',
  synopsis: '[-v version] path',
  options: [{ letter: 'v', takesValue: true }],
  minArgs: 1,
  async run({ zooKeeper, output }, words) {
    if (words.args.length > 1) {
      output.err("'delete path [version]' has been deprecated. Please use 'delete [-v version] path' instead.")
    }
    const version = intOption(words, 'v', anyVersion)
    await zooKeeper.delete(pathAt(words, 0), version)
  },
}

export const deleteAll: Command = {
  name: 'deleteall',
  synopsis: 'path [-b batch size]',
  options: [{ letter: 'b', takesValue: true }],
  minArgs: 1,
  async run({ zooKeeper, output }, words) {
    const batchSize = intOption(words, 'b', 1000)
    const tree = (await listSubtree(zooKeeper, pathAt(words, 0))).toReversed()
    if (batchSize <= 0) for (const path of tree) await zooKeeper.delete(path, anyVersion)
    else if (!(await deleteInBatches(zooKeeper, tree, batchSize))) {
      output.err('Failed to delete some node(s) in the subtree!')
    }
  },
}

/** False if a batch was refused: nothing of it is deleted, nor of those behind it. */
async function deleteInBatches(zooKeeper: ZooKeeper, paths: readonly string[], batchSize: number): Promise<boolean> {
  for (let at = 0; at < paths.length; at += batchSize) {
    const batch: MultiOp[] = paths
      .slice(at, at + batchSize)
      .map((path) => ({ kind: 'delete', path, version: anyVersion }))
    try {
      await zooKeeper.multi(batch)
    } catch (error) {
      if (isZooKeeperError(error)) return false
      throw error
    }
  }
  return true
}

/** Node's decoder takes anything; a mistake here would be written. */
function fromBase64(text: string): Buffer {
  const data = Buffer.from(text, 'base64')
  if (data.toString('base64').replace(/=+$/, '') !== text.replace(/={0,2}$/, '')) {
    throw new CommandError('-b needs data in base64')
  }
  return data
}
