/** What a command-line tool is. */
import type { Readable, Writable } from 'node:stream'
import type { OptionTable, OptionValues } from './option-table.js'

/** What goes wrong for a reason that a user can mend: one sentence on stderr, and the exit code. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What a tool touches of its process: handed in, so that tests see what a user would. */
export interface ToolIo {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by Ctrl-C and SIGTERM from the first call on; before it they end the process, as usual. */
  interruption(): AbortSignal
}

/** What a tool is called with. */
export interface Invocation<Table extends OptionTable> {
  readonly options: OptionValues<Table>
  /** The options that stand on the command line: a default does not count. */
  readonly given: ReadonlySet<keyof Table & string>
  /** The same, in their order, one that stands there twice also here. */
  readonly occurrences: readonly (keyof Table & string)[]
  /** The command line as it was typed. */
  readonly args: readonly string[]
  /** What stands there beside the options. */
  readonly words: readonly string[]
  readonly io: ToolIo
  /** A line on stdout. */
  print(line: string): void
  /** A line on stderr. */
  complain(line: string): void
}

export interface Tool<Table extends OptionTable = OptionTable> {
  readonly name: string
  /** One sentence. */
  readonly summary: string
  /** What stands before the sentence about an option that it does not know or cannot read. Default: nothing. */
  readonly misuse?: string
  readonly options: Table
  /** What it takes beside options: `<topic> <messages>`. Undefined: nothing. */
  readonly words?: string
  /** Tools of their own behind a word: `kafka-transactions list`. Options of this tool may stand before the word. */
  readonly commands?: Readonly<Record<string, Tool>>
  /** Resolves with the exit code; undefined is 0. Rejects with UsageError, ToolError, or an error of the client. */
  run(invocation: Invocation<Table>): Promise<number | undefined> | Promise<void>
}

/** A tool whose options' types come from its table. */
export function defineTool<const Table extends OptionTable>(tool: Tool<Table>): Tool {
  return tool as unknown as Tool
}
