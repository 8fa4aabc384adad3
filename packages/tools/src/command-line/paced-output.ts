/** Many lines on stdout: written in large pieces, and no faster than the reader takes them. */
import { once } from 'node:events'
import type { ToolIo } from './tool.js'

const PIECE_CHARACTERS = 64 * 1024

export class PacedOutput {
  readonly #stdout: ToolIo['stdout']
  #lines: string[] = []
  #characters = 0

  constructor(stdout: ToolIo['stdout']) {
    this.#stdout = stdout
  }

  /** Adds a line. When it returns a promise, the next line has to wait for it. */
  print(line: string): Promise<void> | undefined {
    this.#lines.push(line)
    this.#characters += line.length
    return this.#characters < PIECE_CHARACTERS ? undefined : this.flush()
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return
    const piece = `${this.#lines.join('\n')}\n`
    this.#lines = []
    this.#characters = 0
    this.#stdout.write(piece)
    await roomOn(this.#stdout)
  }
}

/** Waits until the reader has taken most of what was written; undefined: that is so. */
export function roomOn(stdout: ToolIo['stdout']): Promise<unknown> | undefined {
  return stdout.writableNeedDrain ? once(stdout, 'drain') : undefined
}
