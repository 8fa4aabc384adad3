/** The commands that list nodes: `ls`, `getAllChildrenNumber`, `getEphemerals`. */
import { type Command, type CommandContext, pathAt, wantsWatch } from '../command.js'
import { formatList, formatStat } from '../node-text.js'
import { visitSubtree } from '../subtree.js'

export const ls: Command = {
  name: 'ls',
  synopsis: '[-s] [-w] [-R] path',
  options: [{ letter: 's' }, { letter: 'w' }, { letter: 'R' }],
  minArgs: 1,
  async run(context, words) {
    const watch = wantsWatch(words, context.output, 'ls [-w] path')
    const path = pathAt(words, 0)
    if (words.has('R')) await visitSubtree(context, { path, watch, visit: context.output.out })
    else await listChildren(context, path, { watch, stat: words.has('s') })
  },
}

export const getAllChildrenNumber: Command = {
  name: 'getAllChildrenNumber',
  synopsis: 'path',
  options: [],
  minArgs: 1,
  async run({ zooKeeper, output }, words) {
    output.out(String(await zooKeeper.getAllChildrenNumber(pathAt(words, 0))))
  },
}

/** Without a path: all of this session. */
export const getEphemerals: Command = {
  name: 'getEphemerals',
  synopsis: 'path',
  options: [],
  minArgs: 0,
  async run({ zooKeeper, output }, words) {
    const path = words.args.length === 0 ? '/' : pathAt(words, 0)
    output.out(formatList(await zooKeeper.getEphemerals(path)))
  },
}

async function listChildren(
  { zooKeeper, watches, output }: CommandContext,
  path: string,
  { watch, stat: withStat }: { readonly watch: boolean; readonly stat: boolean },
): Promise<void> {
  const { children, stat } = await zooKeeper.getChildren(path, watch ? watches.watcher : undefined)
  if (watch) watches.add(path, 'child')
  output.out(formatList(children.toSorted()))
  if (withStat) for (const line of formatStat(stat)) output.out(line)
}
