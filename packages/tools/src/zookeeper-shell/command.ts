/** What a command is, and what commands share. */
import type { ZooKeeper } from '@millrace/zookeeper'
import { CommandError } from './command-error.js'
import { type CommandOption, type CommandWords, parseCommandWords } from './command-options.js'
import type { Output } from './output.js'
import type { SetWatches } from './set-watches.js'
import type { ShellConnection } from './shell-connection.js'
import { pathMistake } from './znode-path.js'

export interface CommandContext {
  readonly zooKeeper: ZooKeeper
  /** Of the same session. */
  readonly watches: SetWatches
  readonly connection: ShellConnection
  readonly output: Output
}

/** One of `zkCli`'s commands that speak to a server. */
export interface Command {
  readonly name: string
  /** What may follow the name, as the list of commands shows it. */
  readonly synopsis: string
  readonly options: readonly CommandOption[]
  readonly minArgs: number
  /** Default: any number. */
  readonly maxArgs?: number
  /** Errors: a CommandError, or what the client rejects with. */
  run(context: CommandContext, words: CommandWords): Promise<void>
}

/** Reads what follows a command's name. Errors: a CommandError with the command's usage. */
export function parseFor(command: Command, words: readonly string[]): CommandWords {
  const parsed = parseOrExplain(command, words)
  const { length } = parsed.args
  if (length < command.minArgs || length > (command.maxArgs ?? length)) throw new CommandError(usageOf(command))
  return parsed
}

/** The line that shows how a command is used, and the meaning of its options if they have a description. */
export function usageOf({ name, synopsis, options }: Command): string {
  const line = `${name} ${synopsis}`
  const left = ({ letter, takesValue }: CommandOption) => ` -${letter}${takesValue === true ? ' <arg>' : ''}`
  const width = Math.max(0, ...options.map((option) => left(option).length))
  const described = options.filter(({ about }) => about !== undefined)
  const table = described.map((option) => `${left(option).padEnd(width)}   ${option.about}\n`).toSorted()
  return table.length === 0 ? line : `${line}\n${table.join('')}`
}

/** The argument at `index`, which must be a path. Errors: a CommandError in the words of `PathUtils`. */
export function pathAt({ args }: CommandWords, index: number): string {
  const path = args[index] ?? ''
  const mistake = pathMistake(path)
  if (mistake !== undefined) throw new CommandError(mistake)
  return path
}

/** The value of an option that is a number of 32 bits, or `missing` if the option is not there. */
export function intOption(words: CommandWords, letter: string, missing: number): number {
  const text = words.value(letter)
  if (text === undefined) return missing
  const value = Number(text)
  if (!/^[+-]?\d+$/.test(text) || value !== (value | 0)) {
    throw new CommandError(`-${letter} argument must be an int value`)
  }
  return value
}

/** ZooKeeper 3.4's `ls path watch`: still taken, with a word about what is used `instead`. True if there is to be a watch. */
export function wantsWatch(words: CommandWords, { err }: Output, instead: string): boolean {
  const [name] = instead.split(' ')
  if (words.args.length > 1) err(`'${name} path [watch]' has been deprecated. Please use '${instead}' instead.`)
  return words.has('w') || words.args.length > 1
}

function parseOrExplain(command: Command, words: readonly string[]): CommandWords {
  try {
    return parseCommandWords(words, command.options)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`${error.message}\n${usageOf(command)}`)
  }
}
