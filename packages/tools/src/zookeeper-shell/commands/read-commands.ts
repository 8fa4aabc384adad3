/** The commands that read one node, and `sync` and `whoami`. */
import { isZooKeeperError, ZooKeeperError } from '@millrace/zookeeper'
import { formatAcl } from '../acl-text.js'
import { type Command, pathAt, wantsWatch } from '../command.js'
import type { CommandWords } from '../command-options.js'
import { formatStat, hexDump } from '../node-text.js'

export const get: Command = {
  name: 'get',
  synopsis: '[-s] [-w] [-b] [-x] path',
  options: [
    { letter: 's', about: 'Print znode stats additionally' },
    { letter: 'w', about: 'Watch for changes on the znode' },
    { letter: 'b', about: 'Output data in base64 format' },
    { letter: 'x', about: 'Output data in hexdump format' },
  ],
  minArgs: 1,
  async run({ zooKeeper, watches, output }, words) {
    const watch = wantsWatch(words, output, 'get [-s] [-w] path')
    const path = pathAt(words, 0)
    const { data, stat } = await zooKeeper.getData(path, watch ? watches.watcher : undefined)
    if (watch) watches.add(path, 'data')
    output.out(formatData(data ?? Buffer.from('null'), words))
    if (words.has('s')) for (const line of formatStat(stat)) output.out(line)
  },
}

export const stat: Command = {
  name: 'stat',
  synopsis: '[-w] path',
  options: [{ letter: 'w' }],
  minArgs: 1,
  async run({ zooKeeper, watches, output }, words) {
    const watch = wantsWatch(words, output, 'stat [-w] path')
    const path = pathAt(words, 0)
    const found = await zooKeeper.exists(path, watch ? watches.watcher : undefined)
    if (watch) watches.add(path, 'data')
    if (found === null) throw new ZooKeeperError('NONODE', path)
    for (const line of formatStat(found)) output.out(line)
  },
}

export const getAcl: Command = {
  name: 'getAcl',
  synopsis: '[-s] path',
  options: [{ letter: 's' }],
  minArgs: 1,
  async run({ zooKeeper, output }, words) {
    const { acl, stat: found } = await zooKeeper.getAcl(pathAt(words, 0))
    for (const line of formatAcl(acl)) output.out(line)
    if (words.has('s')) for (const line of formatStat(found)) output.out(line)
  },
}

export const sync: Command = {
  name: 'sync',
  synopsis: 'path',
  options: [],
  minArgs: 1,
  async run({ zooKeeper, output }, words) {
    try {
      await zooKeeper.sync(pathAt(words, 0))
      output.out('Sync is OK')
    } catch (error) {
      if (!isZooKeeperError(error)) throw error
      output.out(`Sync has failed. rc=${error.number}`)
    }
  },
}

export const whoami: Command = {
  name: 'whoami',
  synopsis: '',
  options: [],
  minArgs: 0,
  async run({ zooKeeper, output }) {
    const identities = await zooKeeper.whoAmI()
    output.out('Auth scheme: User')
    for (const { scheme, id } of identities) output.out(`${scheme}: ${id}`)
  },
}

function formatData(data: Buffer, words: CommandWords): string {
  if (words.has('x')) return hexDump(data)
  return data.toString(words.has('b') ? 'base64' : 'utf8')
}
