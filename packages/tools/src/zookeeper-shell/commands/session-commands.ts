/** The commands about the session: its watches, who it is, its end; and the shell's version. */
import type { AddWatchMode } from '@millrace/zookeeper'
import { type Command, pathAt, usageOf } from '../command.js'
import { CommandError } from '../command-error.js'

const watchModes: Readonly<Record<string, AddWatchMode>> = {
  PERSISTENT: 'persistent',
  PERSISTENT_RECURSIVE: 'persistent-recursive',
}

export const addWatch: Command = {
  name: 'addWatch',
  synopsis:
    '[-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - default is PERSISTENT_RECURSIVE',
  options: [{ letter: 'm', takesValue: true }],
  minArgs: 1,
  maxArgs: 1,
  async run({ zooKeeper, watches }, words) {
    const name = words.value('m')?.toUpperCase() ?? 'PERSISTENT_RECURSIVE'
    const mode = Object.hasOwn(watchModes, name) ? watchModes[name] : undefined
    if (mode === undefined) throw new CommandError(usageOf(addWatch))
    const path = pathAt(words, 0)
    await zooKeeper.addWatch(path, mode, watches.watcher)
    watches.add(path, mode)
  },
}

/** `-l` is taken; a session that lives forgets a watch only together with its server. */
export const removeWatches: Command = {
  name: 'removewatches',
  synopsis: 'path [-c|-d|-a] [-l]',
  options: [{ letter: 'c' }, { letter: 'd' }, { letter: 'a' }, { letter: 'l' }],
  minArgs: 1,
  async run({ zooKeeper, watches, connection }, words) {
    const path = pathAt(words, 0)
    const type = words.has('c') ? 'children' : words.has('d') ? 'data' : 'any'
    await zooKeeper.removeAllWatches(path, type)
    for (const removed of watches.remove(path, type)) connection.tell(removed, path)
  },
}

export const addAuth: Command = {
  name: 'addauth',
  synopsis: 'scheme auth',
  options: [],
  minArgs: 1,
  async run({ zooKeeper, connection }, words) {
    const [scheme = '', auth = ''] = words.args
    await connection.addAuth(zooKeeper, scheme, Buffer.from(auth))
  },
}

export const close: Command = {
  name: 'close',
  synopsis: '',
  options: [],
  minArgs: 0,
  async run({ connection }) {
    await connection.close()
  },
}

export const version: Command = {
  name: 'version',
  synopsis: '',
  options: [],
  minArgs: 0,
  maxArgs: 0,
  run({ output }) {
    output.out('ZooKeeper CLI version: 3.8 (Millrace)')
    return Promise.resolve()
  },
}
