/** `millrace`: the short umbrella over the command lines, and what Kafka has no command line for. */
import { nearestKey } from '@millrace/protocol'
import { runTool } from '../command-line/run-tool.js'
import type { Tool, ToolIo } from '../command-line/tool.js'
import { commandLines } from '../command-lines.js'
import { umbrellaNames } from './umbrella-names.js'

/** What Kafka has no command line for. */
const ownCommands: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Tool> }>> = {
  completion: {
    summary: 'Print what a shell needs to complete these command lines.',
    load: async () => (await import('./completion.js')).completion,
  },
  doctor: {
    summary: 'Look at a cluster as a client does, and say what is wrong.',
    load: async () => (await import('./doctor.js')).doctor,
  },
  start: {
    summary: 'Run one broker on this machine.',
    load: async () => (await import('./start.js')).start,
  },
  'zookeeper-copy': {
    summary: 'Copy all nodes from one ZooKeeper to another, while no broker runs.',
    load: async () => (await import('../zookeeper-copy/zookeeper-copy.js')).zookeeperCopy,
  },
}

/** Resolves with the exit code. */
export async function millrace(args: readonly string[], io: ToolIo): Promise<number> {
  const [word, ...rest] = args
  if (word === undefined || word === '--help' || word === 'help') {
    for (const line of usage()) io[word === undefined ? 'stderr' : 'stdout'].write(`${line}\n`)
    return word === undefined ? 1 : 0
  }
  const own = ownCommands[word]
  if (own !== undefined) {
    const tool = await own.load()
    return await runTool({ ...tool, name: `millrace ${word}` }, rest, io, { takesNoArguments: true })
  }
  const name = umbrellaNames().get(word) ?? word
  const load = commandLines[name]
  if (load === undefined) {
    const nearest = nearestKey(word, [...Object.keys(ownCommands), ...umbrellaNames().keys()])
    const hint = nearest === undefined ? 'See millrace --help.' : `Did you mean ${nearest}?`
    io.stderr.write(`millrace has no command ${word}. ${hint}\n`)
    return 1
  }
  const tool = await load()
  return await runTool({ ...tool, name: `millrace ${word}` }, [...rest, ...localBroker(tool, rest)], io)
}

/** A broker on this machine, if none is named. */
function localBroker(tool: Tool, args: readonly string[]): readonly string[] {
  if (!('bootstrap-server' in tool.options) || args.length === 0) return []
  const isNamed = args.some((arg) => /^--?(bootstrap-|broker-list|zookeeper|help|version)/.test(arg))
  return isNamed ? [] : ['--bootstrap-server', 'localhost:9092']
}

function usage(): readonly string[] {
  const own = Object.entries(ownCommands).map(([name, { summary }]) => [name, summary] as const)
  const tools = [...umbrellaNames()]
  const width = Math.max(...[...own, ...tools].map(([name]) => name.length)) + 2
  const lines = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([name, text]) => `  ${name.padEnd(width)}${text}`)
  return [
    'Apache Kafka in TypeScript.',
    '',
    'Usage: millrace command [options]',
    '',
    ...lines(own),
    '',
    'Kafka’s command lines under short names, on localhost:9092 if no broker is named:',
    '',
    ...lines(tools),
    '',
    'millrace command --help tells the options of each.',
  ]
}
