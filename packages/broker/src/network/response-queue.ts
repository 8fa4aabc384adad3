/**
 * The responses of one connection on their way out.
 *
 * What is answered in the same turn of the loop leaves in one write. Small buffers are copied together first, since a write of one
 * costs less than a write of many. Says when the peer does not keep up, and when it has stopped reading.
 */
import type { Socket } from 'node:net'

/** What goes back to the peer. */
export interface Response {
  readonly buffers: readonly Buffer[]
  /** Called once: when the buffers have left, or will never leave because the connection has closed. */
  readonly whenSent?: (() => void) | undefined
}

/** Up to this size, responses are copied together. */
const copiedBytes = 16 * 1024
/** So much does not wait for the end of the turn. */
const flushBytes = 64 * 1024
/** After so long without any progress, a peer that has responses waiting has stalled. */
const stallMs = 1000

/** For the end of the turn: `queueMicrotask` makes a resource for async_hooks each time. */
const settled = Promise.resolve()

export class ResponseQueue {
  readonly #socket: Socket
  readonly #onDrain: () => void
  #queued: Response[] = []
  #queuedBytes = 0
  /** Of responses that were written, and have not left. */
  readonly #sending = new Set<() => void>()
  #isPeerSlow = false
  #isStalled = false
  #isClosed = false
  readonly #flushLater = (): void => this.flush()

  constructor(socket: Socket, onDrain: () => void) {
    this.#socket = socket
    this.#onDrain = onDrain
    socket.on('drain', () => this.#drained())
    socket.on('timeout', () => {
      this.#isStalled = this.#isPeerSlow
    })
  }

  /** More is on its way than the peer takes now. */
  get isPeerSlow(): boolean {
    return this.#isPeerSlow
  }

  /** The peer has taken nothing for a second, though something waits for it. */
  get isStalled(): boolean {
    return this.#isStalled
  }

  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  push(response: Response): void {
    this.#queued.push(response)
    for (const buffer of response.buffers) this.#queuedBytes += buffer.length
    if (this.#queuedBytes >= flushBytes) this.flush()
    else if (this.#queued.length === 1) void settled.then(this.#flushLater)
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#isClosed = true
    this.flush()
    for (const whenSent of this.#sending) whenSent()
    this.#sending.clear()
  }

  /** Writes what is queued now. */
  flush(): void {
    const responses = this.#queued
    if (responses.length === 0) return
    const bytes = this.#queuedBytes
    this.#queued = []
    this.#queuedBytes = 0
    if (this.#isClosed) {
      for (const { whenSent } of responses) whenSent?.()
      return
    }
    const hasRoom = this.#write(responses, bytes)
    // What the system took at once has left, however much it was: `drain` comes all the same.
    if (hasRoom || this.#isPeerSlow || this.#socket.writableLength === 0 || !this.#socket.writableNeedDrain) return
    this.#isPeerSlow = true
    this.#socket.setTimeout(stallMs)
  }

  #write(responses: readonly Response[], bytes: number): boolean {
    const first = responses[0] as Response
    const isOnly = responses.length === 1
    const buffers = isOnly ? first.buffers : buffersOf(responses)
    const whenSent = isOnly && first.whenSent === undefined ? undefined : this.#sentListener(responses)
    if (buffers.length === 1) return this.#socket.write(buffers[0] as Buffer, whenSent)
    if (bytes <= copiedBytes) {
      const copy = Buffer.concat(buffers, bytes)
      whenSent?.()
      return this.#socket.write(copy)
    }
    this.#socket.cork()
    const last = buffers.length - 1
    for (let index = 0; index < last; index++) this.#socket.write(buffers[index] as Buffer)
    const hasRoom = this.#socket.write(buffers[last] as Buffer, whenSent)
    this.#socket.uncork()
    return hasRoom
  }

  /** One for all of them, called once whether the write succeeds or not. */
  #sentListener(responses: readonly Response[]): (() => void) | undefined {
    const listeners: (() => void)[] = []
    for (const { whenSent } of responses) if (whenSent !== undefined) listeners.push(whenSent)
    if (listeners.length === 0) return undefined
    const tellAll = () => {
      if (!this.#sending.delete(tellAll)) return
      for (const listener of listeners) listener()
    }
    this.#sending.add(tellAll)
    return tellAll
  }

  #drained(): void {
    if (!this.#isPeerSlow) return
    this.#isPeerSlow = false
    this.#isStalled = false
    this.#socket.setTimeout(0)
    this.#onDrain()
  }
}

/** In a loop: `flatMap` costs more than the copying of small responses. */
function buffersOf(responses: readonly Response[]): Buffer[] {
  const all: Buffer[] = []
  for (const { buffers } of responses) for (const buffer of buffers) all.push(buffer)
  return all
}
