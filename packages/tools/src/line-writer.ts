/**
 * Writes lines to a file descriptor, in order, so that a slow terminal, a full pipe or a stalled disk holds up nobody.
 *
 * Terminals and pipes are written to at once as long as they take something; what they do not take waits and is tried
 * again. (Node's thread pool would not do: a write that hangs there keeps the process from ending.) Files are written in the
 * thread pool, as their disk may stall. What waits is bounded: beyond that lines are dropped, and how many is told when there is
 * room again. A process that ends writes what waits first, see {@link LineWriter.flushSync}.
 */
import { fstatSync, write, writeSync } from 'node:fs'

export interface LineWriterOptions {
  /** Text that may wait, in characters. Default a million. */
  readonly maxWaiting?: number
  /** What is written in place of dropped lines. */
  readonly dropped: (count: number) => string
}

/** Pause before a descriptor that takes nothing at the moment is tried again. */
const retryMs = 25
/** An ending process gives a reader that takes nothing so long. */
const flushMs = 500

export class LineWriter {
  readonly #fd: number
  readonly #isFile: boolean
  readonly #maxWaiting: number
  readonly #droppedLine: (count: number) => string
  #waiting: string[] = []
  #waitingLength = 0
  #droppedCount = 0
  /** What a terminal or a pipe did not take yet. */
  #notTaken: Buffer | undefined
  #isWritingFile = false
  #isGone = false

  /** A terminal or a pipe must not block: see {@link unblock}. */
  constructor(fd: number, { maxWaiting = 1_000_000, dropped }: LineWriterOptions) {
    this.#fd = fd
    this.#isFile = fstatSync(fd).isFile()
    this.#maxWaiting = maxWaiting
    this.#droppedLine = dropped
  }

  /** `line` ends with a line break. */
  write(line: string): void {
    if (this.#isGone) return
    if (this.#waitingLength + line.length > this.#maxWaiting) {
      this.#droppedCount += 1
      return
    }
    this.#waiting.push(line)
    this.#waitingLength += line.length
    this.#next()
  }

  /** Writes what waits, and returns when that is done or the reader takes nothing for half a second. */
  flushSync(): void {
    let rest: Buffer = Buffer.concat([this.#notTaken ?? Buffer.alloc(0), this.#take()])
    this.#notTaken = undefined
    const deadlineMs = performance.now() + flushMs
    while (rest.length > 0 && !this.#isGone && performance.now() < deadlineMs) {
      const left = this.#writeNow(rest)
      if (left.length === rest.length) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      rest = left
    }
  }

  #next(): void {
    if (this.#notTaken !== undefined || this.#isWritingFile) return
    const text = this.#take()
    if (text.length === 0) return
    if (this.#isFile) this.#writeFile(text)
    else this.#keep(this.#writeNow(text))
  }

  #take(): Buffer {
    const lines = this.#waiting
    if (this.#droppedCount > 0) lines.push(this.#droppedLine(this.#droppedCount))
    this.#waiting = []
    this.#waitingLength = 0
    this.#droppedCount = 0
    return Buffer.from(lines.join(''))
  }

  /** What is left of the text. */
  #writeNow(text: Buffer): Buffer {
    try {
      return text.subarray(writeSync(this.#fd, text))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN' || code === 'EBUSY') return text
      // Who read the log is gone: the broker goes on without.
      this.#isGone = true
      return Buffer.alloc(0)
    }
  }

  #keep(left: Buffer): void {
    this.#notTaken = left.length === 0 ? undefined : left
    if (this.#notTaken === undefined) this.#next()
    else setTimeout(() => this.#keep(this.#writeNow(this.#notTaken ?? Buffer.alloc(0))), retryMs).unref()
  }

  #writeFile(text: Buffer): void {
    this.#isWritingFile = true
    write(this.#fd, text, (error, written) => {
      this.#isWritingFile = false
      // A disk that is full takes the next lines again when there is room; these are lost.
      if (error === null && written < text.length) this.#writeFile(text.subarray(written))
      else this.#next()
    })
  }
}

/**
 * Makes writes to a terminal or pipe give up rather than wait. Node does so for pipes when it opens them, and makes terminals wait;
 * that can be changed only on the stream's handle, which not every version may have.
 */
export function unblock(stream: NodeJS.WriteStream): void {
  const { _handle: handle } = stream as { readonly _handle?: { setBlocking?(blocks: boolean): number } }
  handle?.setBlocking?.(false)
}
