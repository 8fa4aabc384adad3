/**
 * How lines come to a shell: from a pipe or a file, or from a terminal with prompt, completion and the arrow keys.
 */
import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Output } from './output.js'
import type { Shell } from './shell.js'

/** Runs one line after the other until there are no more, or `quit`. */
export async function runLines(shell: Shell, input: Readable): Promise<void> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    await shell.runLine(line)
    if (shell.isOver) break
  }
  lines.close()
}

/**
 * A terminal. Its `output` is to be the shell's: what comes while somebody types goes above the line. Control-C ends the command
 * that runs, else the shell; Control-D ends it too.
 */
export class Terminal {
  readonly output: Output
  readonly #input: NodeJS.ReadableStream
  readonly #screen: NodeJS.WritableStream
  /** Set while the prompt stands on the screen. */
  #refresh: (() => void) | undefined

  constructor(input: NodeJS.ReadableStream, screen: NodeJS.WritableStream) {
    this.#input = input
    this.#screen = screen
    const write = (line: string) => this.#write(line)
    this.output = { out: write, err: write }
  }

  /** Settles when somebody ends the shell. */
  async run(shell: Shell): Promise<void> {
    const lines = this.#open(shell)
    let isClosed = false
    lines.on('close', () => {
      isClosed = true
    })
    const prompt = () => {
      // Its last lines may still be read when it is closed already.
      if (isClosed) return
      lines.setPrompt(shell.prompt)
      lines.prompt(true)
      this.#refresh = prompt
    }
    lines.on('SIGINT', () => (this.#refresh === undefined ? shell.interrupt() : lines.close()))
    prompt()
    for await (const line of lines) {
      this.#refresh = undefined
      await shell.runLine(line)
      if (shell.isOver) break
      prompt()
    }
    // Whoever ends it at the prompt does not find the next one behind it.
    if (!shell.isOver) this.#screen.write('\n')
    this.#refresh = undefined
    lines.close()
  }

  /** The prompt may say something else now. */
  refresh(): void {
    this.#refresh?.()
  }

  #open(shell: Shell): Interface {
    return createInterface({
      input: this.#input,
      output: this.#screen,
      terminal: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        void shell.complete(line).then(([hits, word]) => done(null, [[...hits], word]))
      },
    })
  }

  #write(line: string): void {
    if (this.#refresh !== undefined) {
      cursorTo(this.#screen, 0)
      clearLine(this.#screen, 0)
    }
    this.#screen.write(`${line}\n`)
    this.#refresh?.()
  }
}
