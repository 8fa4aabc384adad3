/** Runs a tool: parses its command line, answers `--help` and `--version`, and says in one sentence what goes wrong. */
import { ConfigError, KafkaError } from '@millrace/client'
import { hasColours, red } from './colours.js'
import { errorText } from './failures.js'
import { kafkaVersion } from './kafka-version.js'
import { flag } from './option-table.js'
import { type ParsedOptions, parseOptions, UsageError } from './parse-options.js'
import { type Tool, ToolError, type ToolIo } from './tool.js'
import { optionLines } from './usage.js'

const everyTools = {
  help: flag('Print this text.'),
  version: flag('Print the version of Kafka whose command lines these are.'),
} as const

export interface RunOptions {
  /** Without arguments it does its work; Kafka's tools print their help text then, with exit code 1. Default false. */
  readonly takesNoArguments?: boolean
}

/** Resolves with the exit code. */
export async function runTool(
  tool: Tool,
  args: readonly string[],
  io: ToolIo,
  { takesNoArguments = false }: RunOptions = {},
): Promise<number> {
  const print = (line: string) => void io.stdout.write(`${line}\n`)
  const complain = (line: string) => void io.stderr.write(`${line}\n`)
  try {
    if (args.length === 0 && !takesNoArguments) {
      for (const line of usageLines(tool)) complain(line)
      return 1
    }
    const { target, name, parsed } = understood(tool, args)
    if (parsed.values.help) {
      for (const line of usageLines(target, name)) print(line)
      return 0
    }
    if (parsed.values.version) {
      print(kafkaVersion)
      return 0
    }
    if (target.commands !== undefined) throw new UsageError(commandMissing(target, parsed.words[0]))
    if (target.words === undefined && parsed.words.length > 0) {
      complain(`${parsed.words.join(' ')} is not an option, and is ignored.`)
    }
    const { values: options, given, occurrences, words } = parsed
    return (await target.run({ options, given, occurrences, args, words, io, print, complain })) ?? 0
  } catch (error) {
    const [first = '', ...more] = sentence(tool, error).split('\n')
    for (const line of [hasColours(io, 'stderr') ? red(first) : first, ...more]) complain(line)
    return error instanceof ToolError ? error.exitCode : 1
  }
}

interface Parsed {
  readonly target: Tool
  readonly name: string
  readonly parsed: ParsedOptions<typeof everyTools>
}

function understood(tool: Tool, args: readonly string[]): Parsed {
  try {
    return parse(tool, args)
  } catch (error) {
    if (!(error instanceof UsageError) || tool.misuse === undefined) throw error
    throw new UsageError(`${tool.misuse}${error.message}`)
  }
}

function parse(tool: Tool, args: readonly string[]): Parsed {
  const table = { ...everyTools, ...tool.options }
  const parsed = parseOptions(table, args, { untilWord: tool.commands !== undefined })
  const [word = '', ...rest] = parsed.words
  const command = tool.commands?.[word]
  if (command === undefined) return { target: tool, name: tool.name, parsed }
  const before = args.slice(0, args.length - rest.length - 1)
  const target = { ...command, options: { ...tool.options, ...command.options } }
  const all = parseOptions({ ...everyTools, ...target.options }, [...before, ...rest])
  return { target, name: `${tool.name} ${word}`, parsed: all }
}

function commandMissing({ commands = {} }: Tool, word: string | undefined): string {
  const known = Object.keys(commands).join(', ')
  return word === undefined ? `One of these has to be named: ${known}` : `${word} is none of ${known}`
}

/** The help text. */
export function usageLines(tool: Tool, name: string = tool.name): readonly string[] {
  const { commands, words, options, summary } = tool
  const commandWidth = Math.max(0, ...Object.keys(commands ?? {}).map(({ length }) => length))
  const commandLines = Object.entries(commands ?? {}).map(
    ([word, command]) => `  ${word.padEnd(commandWidth)}  ${command.summary}`,
  )
  return [
    summary,
    '',
    `Usage: ${name} [options]${commands === undefined ? '' : ' command'}${words === undefined ? '' : ` ${words}`}`,
    ...(commandLines.length === 0 ? [] : ['', ...commandLines]),
    '',
    ...optionLines({ ...options, ...everyTools }),
  ]
}

function sentence(tool: Tool, error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\nSee ${tool.name} --help.`
  if (error instanceof ToolError || error instanceof ConfigError) return error.message
  if (error instanceof KafkaError) return errorText(error)
  const { code, path } = error as NodeJS.ErrnoException
  if (code !== undefined && path !== undefined) return `Cannot use ${path}: ${(error as Error).message}`
  return `${tool.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
