import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** A folder to work in. Servers that are started from it are noted in it, so that no others are stopped. */
export interface Workplace {
  readonly dir: string
  /** Runs a tool as a child process, which is killed when the test ends. */
  readonly run: (tool: string, ...args: readonly string[]) => ToolProcess
}

export function workplace(t: TestContext): Workplace {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-tools-'))
  const tools: ToolProcess[] = []
  t.after(async () => {
    for (const tool of tools) await tool.end()
    rmSync(dir, { recursive: true, force: true })
  })
  const run = (tool: string, ...args: readonly string[]) => {
    const started = new ToolProcess(tool, args, dir)
    tools.push(started)
    return started
  }
  return { dir, run }
}

/** A tool with all that it printed, on both streams. */
export class ToolProcess {
  /** The exit code, when the process has ended. */
  readonly exited: Promise<number | null>
  output = ''
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()

  constructor(tool: string, args: readonly string[], dir: string) {
    const main = fileURLToPath(new URL('../main.js', import.meta.url))
    this.#child = spawn(process.execPath, [main, tool, ...args], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MILLRACE_RUN_DIR: dir, LOG_DIR: join(dir, 'logs') },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        for (const watcher of this.#watchers) watcher()
      })
    }
    this.exited = once(this.#child, 'close').then(([code]) => code as number | null)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until the output matches, and returns the match. Rejects when the process ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    let watcher = () => {}
    const found = new Promise<RegExpExecArray>((resolve) => {
      watcher = () => {
        const match = pattern.exec(this.output)
        if (match !== null) resolve(match)
      }
    })
    this.#watchers.add(watcher)
    watcher()
    const ended = this.exited.then(() => {
      throw new Error(`The process ended without ${pattern}:\n${this.output}`)
    })
    try {
      return await Promise.race([found, ended])
    } finally {
      this.#watchers.delete(watcher)
      ended.catch(() => {})
    }
  }

  /** Kills it if it still runs, and waits for its end. */
  async end(): Promise<void> {
    this.kill('SIGKILL')
    await this.exited
  }
}
