/** How far long work is, in one line on stderr that is written over and over, at a terminal. */
import type { ToolIo } from './tool.js'

const FIRST_AFTER_MS = 1000
const INTERVAL_MS = 250

export interface ProgressOptions {
  /**
   * Also when stdout goes to a terminal: nothing is printed there meanwhile, or {@link Progress.end} is called before. Default:
   * only when stdout goes somewhere else.
   */
  readonly isBesideOutput?: boolean
  readonly now?: () => number
}

export class Progress {
  readonly #stderr: ToolIo['stderr'] | undefined
  readonly #what: string
  readonly #now: () => number
  #nextMs: number
  #isShown = false

  constructor(
    { stdout, stderr }: Pick<ToolIo, 'stdout' | 'stderr'>,
    what: string,
    { isBesideOutput = false, now = () => performance.now() }: ProgressOptions = {},
  ) {
    this.#stderr = stderr.isTTY === true && (isBesideOutput || stdout.isTTY !== true) ? stderr : undefined
    this.#what = what
    this.#now = now
    this.#nextMs = now() + FIRST_AFTER_MS
  }

  /** `done` of `total` are behind us. */
  at(done: number, total: number): void {
    if (this.#stderr === undefined) return
    const nowMs = this.#now()
    if (nowMs < this.#nextMs) return
    this.#nextMs = nowMs + INTERVAL_MS
    this.#isShown = true
    this.#stderr.write(`\r${this.#what}: ${Math.floor((100 * done) / Math.max(1, total))} %\u001b[K`)
  }

  /** Takes the line away, until it is shown again. */
  end(): void {
    if (this.#isShown) this.#stderr?.write('\r\u001b[K')
    this.#isShown = false
  }
}
