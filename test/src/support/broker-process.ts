import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

export interface FinishedProcess {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A tool of `bin/` as a child process, with all that it printed. */
export class ToolProcess {
  readonly #child: ChildProcess
  readonly exited: Promise<FinishedProcess>
  output = ''

  constructor(tool: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [join(root, 'packages', 'tools', 'dist', 'main.js'), tool, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }) as FinishedProcess)
  }

  get pid(): number {
    return this.#child.pid as number
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Kills it if it still runs, and waits for its end. */
  async end(): Promise<void> {
    this.kill('SIGKILL')
    await this.exited
  }
}

/** Waits until somebody listens on the port; fails when the process ends before. */
export async function listening(tool: ToolProcess, port: number): Promise<void> {
  let hasExited = false
  tool.exited.then(
    () => {
      hasExited = true
    },
    () => {},
  )
  while (!(await canConnect(port))) {
    if (hasExited) throw new Error(`The process ended:\n${tool.output}`)
    await delay(20)
  }
}

/** Whether somebody listens on the port. */
export async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** A port that was free a moment ago: for processes that must be told one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
