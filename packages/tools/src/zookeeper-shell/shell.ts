/**
 * `zkCli`'s shell, without a terminal: lines or words in, text out, a status at the end. It follows ZooKeeper 3.8's
 * `ZooKeeperMain` in what it prints and in which order it looks at things.
 *
 * It owns the history, the switch that hides events, and what an error means for the status. Bad input never ends it. Lines
 * are run one after the other: whoever calls waits for one before the next.
 */
import { isZooKeeperError, parseConnectString } from '@millrace/zookeeper'
import { type Command, parseFor } from './command.js'
import { CommandError, errorSentence, keeperMessage } from './command-error.js'
import { splitCommandLine } from './command-line.js'
import { commands, isShellCommand, type ShellCommandName, usageText } from './commands.js'
import { completeLine } from './completion.js'
import type { Output } from './output.js'
import { type Connect, ShellConnection } from './shell-connection.js'
import { abortWhenLost, orAborted } from './waits.js'

/** How many commands `history` shows before itself. */
const historyShown = 10
const notFoundExitCode = 127

export interface ShellOptions {
  /** `host1:2181,host2:2181/chroot`. */
  readonly connectString: string
  readonly connect: Connect
  readonly output: Output
  /** Called when what the prompt says may have changed. */
  readonly onStateChange?: () => void
}

/** One run of a command. */
interface Run {
  /** Of the command in the history. */
  readonly number: number
  /** Ends what it waits for. */
  readonly waits: AbortController
}

export class Shell {
  readonly #output: Output
  readonly #connection: ShellConnection
  readonly #history: string[] = []
  #printsWatches = true
  #isOver = false
  #lastExitCode = 0
  #lastErrorExitCode = 0
  /** Ends the waits of the command that runs. */
  #running: AbortController | undefined

  /** Begins to connect. */
  static async start(options: ShellOptions): Promise<Shell> {
    const shell = new Shell(options)
    options.output.out(`Connecting to ${options.connectString}`)
    await shell.#connection.open(options.connectString)
    return shell
  }

  private constructor({ connect, output, onStateChange }: ShellOptions) {
    this.#output = output
    this.#connection = new ShellConnection(connect, (text) => {
      if (this.#printsWatches) output.out(`\nWATCHER::\n\n${text}`)
      onStateChange?.()
    })
  }

  /** `[zk: localhost:2181(CONNECTED) 3] `, with the number that the next command gets in the history. */
  get prompt(): string {
    return `[zk: ${this.#connection.connectString}(${this.#connection.state}) ${this.#history.length}] `
  }

  /** True after `quit`. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Of the last command; 0 if it was done, as by `zkCli`. */
  get lastExitCode(): number {
    return this.#lastExitCode
  }

  /** Of the last command that failed; 0 if none did. */
  get lastErrorExitCode(): number {
    return this.#lastErrorExitCode
  }

  /** Settles once there is a session. Errors: those of connecting. */
  async connected(): Promise<void> {
    await this.#connection.session()
  }

  /** Runs a line that was typed, and keeps it in the history. A line without a command is nothing. */
  async runLine(line: string): Promise<void> {
    const words = splitCommandLine(line)
    if (words.length === 0) return
    const number = this.#history.push(line) - 1
    await this.#run(words, number)
  }

  /** Runs one command. */
  async runWords(words: readonly string[]): Promise<void> {
    await this.#run(words, this.#history.length)
  }

  /** Ends the command that runs: what it waits for counts as lost. */
  interrupt(): void {
    this.#running?.abort(new CommandError('Interrupted'))
  }

  /** What the last word of `line` may become, and that word. */
  async complete(line: string): Promise<readonly [readonly string[], string]> {
    return await completeLine(line, this.#connection.connected?.zooKeeper)
  }

  /** Ends the session without a word, and with it its ephemeral nodes. */
  async end(): Promise<void> {
    this.#printsWatches = false
    await this.#connection.close()
  }

  async #run(words: readonly string[], number: number): Promise<void> {
    const running = new AbortController()
    this.#running = running
    try {
      await this.#execute(words, { number, waits: running })
      // `quit` ends with what the command before it came to.
      if (!this.#isOver) this.#lastExitCode = 0
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#running = undefined
    }
  }

  #fail(error: unknown): void {
    this.#lastExitCode = error instanceof CommandError ? error.exitCode : 1
    this.#lastErrorExitCode = this.#lastExitCode
    this.#output.err(errorSentence(error))
  }

  async #execute([name = '', ...words]: readonly string[], run: Run): Promise<void> {
    const command = commands.get(name)
    if (command === undefined && !isShellCommand(name)) {
      this.#output.err(usageText())
      // Java's exception says it once more.
      throw new CommandError(`Command not found: Command not found ${name}`, notFoundExitCode)
    }
    if (isShellCommand(name)) await this.#executeOwn(name, words, run)
    if (this.#isOver) return
    if (!this.#connection.isAlive) this.#output.out('Not connected')
    else if (command !== undefined) await this.#executeCommand(command, words, run.waits)
  }

  async #executeCommand(command: Command, words: readonly string[], waits: AbortController): Promise<void> {
    const parsed = parseFor(command, words)
    const [path] = parsed.args
    let stopWatching = () => {}
    try {
      const { zooKeeper, watches } = await orAborted(this.#connection.session(), waits.signal)
      stopWatching = abortWhenLost(zooKeeper, waits)
      const context = {
        zooKeeper: zooKeeper.withSignal(waits.signal),
        watches,
        connection: this.#connection,
        output: this.#output,
      }
      await command.run(context, parsed)
    } catch (error) {
      // Without a connection nobody knows which path a request was to have.
      const isPathless = isZooKeeperError(error, 'CONNECTIONLOSS') && error.path === undefined
      if (!isPathless) throw error
      throw new CommandError(keeperMessage(error.code, path?.startsWith('/') === true ? path : undefined))
    } finally {
      stopWatching()
    }
  }

  async #executeOwn(name: ShellCommandName, [argument]: readonly string[], run: Run): Promise<void> {
    switch (name) {
      case 'connect':
        parseConnectString(argument ?? this.#connection.connectString)
        await this.#connection.open(argument ?? this.#connection.connectString)
        return
      case 'help':
        this.#output.out(usageText())
        return
      case 'history':
        for (let at = Math.max(0, run.number - historyShown); at <= run.number; at++) {
          this.#output.out(`${at} - ${this.#history[at] ?? null}`)
        }
        return
      case 'printwatches':
        if (argument === undefined) this.#output.out(`printwatches is ${this.#printsWatches ? 'on' : 'off'}`)
        else this.#printsWatches = argument === 'on'
        return
      case 'quit':
        this.#isOver = true
        await this.#connection.close()
        return
      case 'redo':
        if (argument !== undefined) await this.#redo(argument, run)
        return
      default:
        name satisfies never
    }
  }

  /** The line that is done again takes this one's place in the history. */
  async #redo(argument: string, run: Run): Promise<void> {
    const { number } = run
    const line = /^\+?\d+$/.test(argument) && Number(argument) < number ? this.#history[Number(argument)] : undefined
    if (line === undefined) throw new CommandError('Command index out of range')
    const words = splitCommandLine(line)
    if (words[0] === 'redo') throw new CommandError('No redoing redos')
    this.#history[number] = line
    await this.#execute(words, run)
  }
}
