/**
 * One client's connection: requests in, responses out, in request order.
 *
 * Like Kafka it serves one request of a connection at a time, with one exception: a produce that follows produces starts
 * at once, since their appends keep their order and share a write to disk. What arrives meanwhile is kept, until the
 * requests in memory reach `maxHeldBytes` here or the bound of all connections; then reading stops, and the peer feels
 * it through TCP. Nothing new starts while the peer does not read its responses.
 *
 *   frame -> #waiting -> start -> #started (in order) -> answered -> written
 *
 * Knows nothing about APIs: the handler says what a frame is and answers it.
 */
import type { Socket } from 'node:net'
import type { Clock } from '../ports.js'
import { plainAddress } from './addresses.js'
import { FrameReader, FrameSizeError } from './frame-reader.js'
import type { RequestMemory } from './request-memory.js'

/** Answers one frame: the buffers to write, or undefined where the protocol has no response (acks=0). */
export interface FrameHandler {
  /** Whether this frame may start while the ones before it, which answered true as well, are still at work. */
  mayOverlap(frame: Buffer): boolean
  /** A rejection closes the connection. */
  handle(frame: Buffer, connection: Connection): Promise<readonly Buffer[] | undefined> | readonly Buffer[] | undefined
}

export interface ConnectionOptions {
  readonly maxFrameBytes: number
  /** Requests of this connection, waiting and at work, beyond which no more is read. */
  readonly maxHeldBytes: number
  /** What all connections share. */
  readonly memory: RequestMemory
  readonly handler: FrameHandler
  readonly listenerName: string
  readonly clock: Clock
  /** Called once, with what went wrong if it was not the peer's regular end. */
  readonly onClose: (connection: Connection, error?: Error) => void
}

interface StartedRequest {
  readonly bytes: number
  readonly overlaps: boolean
  isAnswered: boolean
  response: readonly Buffer[] | undefined
  /** Why the connection must end, once everything before this request is answered. */
  failure?: Error
}

const maxOverlapping = 64

export class Connection {
  readonly listenerName: string
  readonly remoteAddress: string
  readonly localAddress: string
  readonly localPort: number
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #reader: FrameReader
  readonly #waiting: Buffer[] = []
  readonly #started: StartedRequest[] = []
  readonly #closeListeners = new Set<() => void>()
  /** Of the requests that wait and those at work. */
  #heldBytes = 0
  #isReading = true
  #isPeerSlow = false
  /** A request has failed: what comes after it is not looked at any more. */
  #isEnding = false
  #isClosed = false
  #lastActiveMs: number

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.listenerName = options.listenerName
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '')
    this.localAddress = plainAddress(socket.localAddress ?? '')
    this.localPort = socket.localPort ?? 0
    this.#lastActiveMs = options.clock.nowMs()
    this.#reader = new FrameReader(options.maxFrameBytes, (frame) => this.#enqueue(frame))
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#onData(chunk))
    socket.on('drain', () => this.#onDrain())
    socket.on('error', (error) => this.close(isPeerGone(error) ? undefined : error))
    socket.on('close', () => this.close())
  }

  /** It is the peer's turn: no request is at work, or the answers are not read. */
  get isIdle(): boolean {
    return this.#started.length === 0 && (this.#waiting.length === 0 || this.#isPeerSlow)
  }

  /** When bytes last arrived, an answer left, or the peer caught up with reading. */
  get lastActiveMs(): number {
    return this.#lastActiveMs
  }

  /** Calls `listener` when the connection is closed: whoever waits to answer it need not. Returns how to stop that. */
  whenClosed(listener: () => void): () => void {
    if (this.#isClosed) queueMicrotask(listener)
    else this.#closeListeners.add(listener)
    return () => this.#closeListeners.delete(listener)
  }

  close(error?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#waiting.length = 0
    this.#options.memory.forget(this.#resume)
    this.#release(this.#heldBytes)
    this.#socket.destroy()
    this.#options.onClose(this, error)
    for (const listener of this.#closeListeners) listener()
  }

  #onData(chunk: Buffer): void {
    if (this.#isClosed) return
    this.#lastActiveMs = this.#options.clock.nowMs()
    try {
      this.#reader.push(chunk)
    } catch (error) {
      // A RangeError: there is no memory for a frame of the size that the peer announced.
      if (!(error instanceof FrameSizeError || error instanceof RangeError)) throw error
      this.close(error)
      return
    }
    this.#startWaiting()
  }

  #enqueue(frame: Buffer): void {
    this.#waiting.push(frame)
    this.#heldBytes += frame.length
    this.#options.memory.take(frame.length)
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes
    this.#options.memory.give(bytes)
  }

  #startWaiting(): void {
    while (this.#waiting.length > 0 && !this.#isPeerSlow && !this.#isEnding && !this.#isClosed) {
      const frame = this.#waiting[0] as Buffer
      const overlaps = this.#options.handler.mayOverlap(frame)
      if (!this.#mayStart(overlaps)) break
      this.#waiting.shift()
      this.#start(frame, overlaps)
    }
    this.#adjustReading()
  }

  #mayStart(overlaps: boolean): boolean {
    const last = this.#started.at(-1)
    return last === undefined || (overlaps && last.overlaps && this.#started.length < maxOverlapping)
  }

  #start(frame: Buffer, overlaps: boolean): void {
    const request: StartedRequest = { bytes: frame.length, overlaps, isAnswered: false, response: undefined }
    this.#started.push(request)
    try {
      const response = this.#options.handler.handle(frame, this)
      if (response instanceof Promise) {
        response.then(
          (buffers) => this.#answerLater(request, buffers),
          (error: unknown) => this.#fail(request, error),
        )
      } else this.#answer(request, response)
    } catch (error) {
      this.#fail(request, error)
    }
  }

  readonly #resume = (): void => this.#adjustReading()

  #fail(request: StartedRequest, error: unknown): void {
    request.failure = error instanceof Error ? error : new Error(String(error))
    this.#isEnding = true
    this.#answer(request, undefined)
  }

  #answerLater(request: StartedRequest, response: readonly Buffer[] | undefined): void {
    this.#answer(request, response)
    this.#startWaiting()
  }

  #answer(request: StartedRequest, response: readonly Buffer[] | undefined): void {
    request.isAnswered = true
    request.response = response
    if (this.#isClosed) return
    while (this.#started[0]?.isAnswered === true) {
      const { bytes, response: buffers, failure } = this.#started.shift() as StartedRequest
      if (failure !== undefined) {
        this.close(failure)
        return
      }
      if (buffers !== undefined) this.#write(buffers)
      this.#release(bytes)
    }
    this.#lastActiveMs = this.#options.clock.nowMs()
  }

  #write(buffers: readonly Buffer[]): void {
    const [only] = buffers
    let hasRoom = true
    if (buffers.length === 1) {
      hasRoom = this.#socket.write(only as Buffer)
    } else {
      this.#socket.cork()
      for (const buffer of buffers) hasRoom = this.#socket.write(buffer)
      this.#socket.uncork()
    }
    if (!hasRoom) this.#isPeerSlow = this.#socket.writableNeedDrain
  }

  #onDrain(): void {
    this.#isPeerSlow = false
    this.#lastActiveMs = this.#options.clock.nowMs()
    this.#startWaiting()
  }

  #adjustReading(): void {
    if (this.#isClosed) return
    const { maxHeldBytes, memory } = this.#options
    if (memory.isFull) memory.whenRoom(this.#resume)
    const shouldRead = this.#heldBytes < maxHeldBytes && !memory.isFull
    if (shouldRead === this.#isReading) return
    this.#isReading = shouldRead
    if (shouldRead) this.#socket.resume()
    else this.#socket.pause()
  }
}

function isPeerGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE'
}
