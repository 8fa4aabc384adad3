// Running foreign programs: collected output, a deadline, an end that can be waited for. Only processes started here
// are ever signalled, and all that are still alive when this process exits are killed.
import { spawn } from 'node:child_process'

const alive = new Set()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** A started program: `stdout` and `stderr` grow as it talks; `exited` resolves to `{ code, signal }`. */
class Program {
  stdout = ''
  stderr = ''
  /** What `describe` shows: the command line. */
  title
  exited
  ended = false
  #child
  #listeners = new Set()

  constructor(command, args, options) {
    this.title = [command, ...args].join(' ')
    this.#child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } })
    alive.add(this.#child)
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', (error) => reject(new Error(`Cannot run ${command}: ${error.message}`)))
      this.#child.once('close', (code, signal) => {
        alive.delete(this.#child)
        this.ended = true
        resolve({ code, signal })
        this.#notify()
      })
    })
    this.exited.catch(() => {}) // Whoever waits for it sees the error; nobody waiting is no crash.
    for (const stream of ['stdout', 'stderr']) {
      this.#child[stream].setEncoding('utf8').on('data', (text) => {
        this[stream] += text
        this.#notify()
      })
    }
    this.#child.stdin.on('error', () => {}) // The program may end before it has read everything.
    if (options.input !== undefined) this.#child.stdin.end(options.input)
  }

  get pid() {
    return this.#child.pid
  }

  write(text) {
    this.#child.stdin.write(text)
  }

  endInput() {
    this.#child.stdin.end()
  }

  kill(signal = 'SIGTERM') {
    this.#child.kill(signal)
  }

  /** Resolves once `condition(program)` holds for its output; rejects when the program ends first or time runs out. */
  waitFor(condition, { what = 'the expected output', timeoutMs = 60_000 } = {}) {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (condition(this)) settle(resolve)
        else if (this.ended) settle(() => reject(new Error(`${this.title} ended before ${what}:\n${this.describe()}`)))
      }
      const settle = (end) => {
        clearTimeout(timer)
        this.#listeners.delete(check)
        end()
      }
      const timer = setTimeout(
        () => settle(() => reject(new Error(`No sign of ${what} within ${timeoutMs} ms:\n${this.describe()}`))),
        timeoutMs,
      )
      this.#listeners.add(check)
      check()
    })
  }

  describe() {
    return `$ ${this.title}\n${tail(this.stdout)}${tail(this.stderr)}`
  }

  #notify() {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Starts a program. Options: `cwd`, `env`, `input` (written to its standard input, which is then closed). */
export function startProgram(command, args = [], options = {}) {
  return new Program(command, args, options)
}

/** Runs a program to its end; resolves to `{ code, stdout, stderr }`. Killed (and rejected) after `timeoutMs`. */
export async function runProgram(command, args = [], { timeoutMs = 120_000, ...options } = {}) {
  const program = startProgram(command, args, { input: '', ...options })
  let late = false
  const timer = setTimeout(() => {
    late = true
    program.kill('SIGKILL')
  }, timeoutMs)
  const { code, signal } = await program.exited
  clearTimeout(timer)
  if (late) throw new Error(`Not finished after ${timeoutMs} ms:\n${program.describe()}`)
  return { code: code ?? signal, stdout: program.stdout, stderr: program.stderr }
}

/** Runs a program that must succeed; resolves to what it printed. */
export async function mustRun(command, args = [], options = {}) {
  const { code, stdout, stderr } = await runProgram(command, args, options)
  if (code !== 0)
    throw new Error(`$ ${[command, ...args].join(' ')}\nexit code ${code}\n${tail(stdout)}${tail(stderr)}`)
  return stdout
}

/** Polls `probe` until it returns something true (a throw counts as "not yet"); rejects with the last failure. */
export async function until(probe, { what = 'the condition', timeoutMs = 60_000, everyMs = 100 } = {}) {
  const deadline = performance.now() + timeoutMs
  let last
  for (;;) {
    try {
      const value = await probe()
      if (value) return value
      last = undefined
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${timeoutMs} ms${last ? `: ${last.message}` : ''}`)
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

function tail(text, characters = 6000) {
  const cut = text.length > characters ? `… ${text.slice(-characters)}` : text
  return cut === '' || cut.endsWith('\n') ? cut : `${cut}\n`
}
