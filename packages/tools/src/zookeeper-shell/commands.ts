import type { Command } from './command.js'
import { create } from './commands/create-command.js'
import { getAllChildrenNumber, getEphemerals, ls } from './commands/list-commands.js'
import { get, getAcl, stat, sync, whoami } from './commands/read-commands.js'
import { addAuth, addWatch, close, removeWatches, version } from './commands/session-commands.js'
import { deleteAll, deleteNode, set, setAcl } from './commands/write-commands.js'

const all: readonly Command[] = [
  addAuth,
  addWatch,
  close,
  create,
  deleteAll,
  deleteNode,
  get,
  getAcl,
  getAllChildrenNumber,
  getEphemerals,
  ls,
  removeWatches,
  set,
  setAcl,
  stat,
  sync,
  version,
  whoami,
]

/** The commands that speak to a server, by name. */
export const commands: ReadonlyMap<string, Command> = new Map(all.map((command) => [command.name, command]))

/** What the shell does itself, with what may follow the name. */
export const shellCommands = {
  connect: 'host:port',
  help: '',
  history: '',
  printwatches: 'on|off',
  quit: '',
  redo: 'cmdno',
} as const
export type ShellCommandName = keyof typeof shellCommands

export function isShellCommand(name: string): name is ShellCommandName {
  return Object.hasOwn(shellCommands, name)
}

/** The names of all commands, sorted. */
export const commandNames: readonly string[] = [...commands.keys(), ...Object.keys(shellCommands)].toSorted()

/** The list of commands that a user sees who asks for help or misspells one. */
export function usageText(): string {
  const lines = commandNames.map((name) => {
    const synopsis = isShellCommand(name) ? shellCommands[name] : (commands.get(name)?.synopsis ?? '')
    return `\t${name} ${synopsis}`
  })
  return ['ZooKeeper -server host:port [-zk-tls-config-file <file>] cmd args', ...lines].join('\n')
}
