/**
 * The responses of one connection on their way out.
 *
 * What is answered in the same turn of the loop leaves in one write. Small buffers are copied together first, since a write of one
 * costs less than a write of many. Says when the peer does not keep up, and when it has stopped reading.
 */
import type { Socket } from 'node:net'
import type { TimeHistogram } from '../metrics/time-histogram.js'

/** What goes back to the peer. */
export interface Response {
  readonly buffers: readonly Buffer[]
  /** Called once: when the buffers have left, or will never leave because the connection has closed. */
  readonly whenSent?: (() => void) | undefined
  /** When it was ready, by `performance.now()`, and where the time from then until it has left is counted. */
  readonly answeredMs?: number
  readonly sendTimes?: TimeHistogram | undefined
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
  /** What was written and has not left, write by write. */
  readonly #sending: (readonly Response[])[] = []
  #isPeerSlow = false
  #isStalled = false
  #isClosed = false
  readonly #flushLater = (): void => this.flush()
  /** The system has taken one write, or never will. */
  readonly #onWritten = (): void => {
    const responses = this.#sending.shift()
    if (responses !== undefined) haveLeft(responses)
  }

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
    for (const responses of this.#sending.splice(0)) haveLeft(responses)
  }

  /** Writes what is queued now. */
  flush(): void {
    const responses = this.#queued
    if (responses.length === 0) return
    const bytes = this.#queuedBytes
    this.#queued = []
    this.#queuedBytes = 0
    if (this.#isClosed) {
      haveLeft(responses)
      return
    }
    const hasRoom = this.#write(responses, bytes)
    // What the system took at once has left, however much it was: `drain` comes all the same.
    if (hasRoom || this.#isPeerSlow || this.#socket.writableLength === 0 || !this.#socket.writableNeedDrain) return
    this.#isPeerSlow = true
    this.#socket.setTimeout(stallMs)
  }

  #write(responses: readonly Response[], bytes: number): boolean {
    this.#sending.push(responses)
    const buffers = responses.length === 1 ? (responses[0] as Response).buffers : buffersOf(responses)
    if (buffers.length === 1) return this.#socket.write(buffers[0] as Buffer, this.#onWritten)
    if (bytes <= copiedBytes) return this.#socket.write(Buffer.concat(buffers, bytes), this.#onWritten)
    this.#socket.cork()
    const last = buffers.length - 1
    for (let index = 0; index < last; index++) this.#socket.write(buffers[index] as Buffer)
    const hasRoom = this.#socket.write(buffers[last] as Buffer, this.#onWritten)
    this.#socket.uncork()
    return hasRoom
  }

  #drained(): void {
    if (!this.#isPeerSlow) return
    this.#isPeerSlow = false
    this.#isStalled = false
    this.#socket.setTimeout(0)
    this.#onDrain()
  }
}

function haveLeft(responses: readonly Response[]): void {
  const nowMs = performance.now()
  for (const { whenSent, answeredMs = nowMs, sendTimes } of responses) {
    sendTimes?.observe(nowMs - answeredMs)
    whenSent?.()
  }
}

/** In a loop: `flatMap` costs more than the copying of small responses. */
function buffersOf(responses: readonly Response[]): Buffer[] {
  const all: Buffer[] = []
  for (const { buffers } of responses) for (const buffer of buffers) all.push(buffer)
  return all
}
