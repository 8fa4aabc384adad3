/**
 * One client's connection: requests in, responses out, in request order.
 *
 * Like Kafka it serves one request of a connection at a time, with one exception: a produce that follows produces starts
 * at once, since their appends keep their order and share a write to disk. What arrives meanwhile is kept, until the
 * requests in memory reach `maxHeldBytes` here or the bound of all connections; then reading stops, and the peer feels
 * it through TCP. Nothing new starts while the peer does not read its responses. Connections take turns: of a peer that
 * sends many requests ahead, one is served in each turn of the event loop.
 *
 *   frame -> #waiting -> start -> #started (in order) -> answered -> written
 *
 * Owns the memory of its frames from their first byte until they are answered. Knows nothing about APIs: the handler
 * says what a frame is and answers it.
 */
import type { Socket } from 'node:net'
import type { RequestMemory } from '../memory/request-memory.js'
import type { Clock } from '../ports.js'
import { plainAddress } from './addresses.js'
import { FrameIntake } from './frame-intake.js'
import { FrameSizeError } from './frame-reader.js'
import { type Response, ResponseQueue } from './response-queue.js'

/** Undefined where the protocol has no response (acks=0). */
export type HandlerAnswer = Response | undefined

/** Answers one frame. */
export interface FrameHandler {
  /** Whether this frame may start while the ones before it, which answered true as well, are still at work. */
  mayOverlap(frame: Buffer): boolean
  /** Whether nothing refers to the bytes of this frame any more when it is answered, so that they may be overwritten. */
  isTransient(frame: Buffer): boolean
  /** `arrivedMs`: when the last byte of it came, by `performance.now()`. A rejection closes the connection. */
  handle(frame: Buffer, connection: Connection, arrivedMs: number): Promise<HandlerAnswer> | HandlerAnswer
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

interface PendingRequest {
  readonly frame: Buffer
  readonly arrivedMs: number
  readonly overlaps: boolean
  isAnswered: boolean
  response: Response | undefined
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
  readonly #intake: FrameIntake
  readonly #responses: ResponseQueue
  readonly #waiting: PendingRequest[] = []
  readonly #started: PendingRequest[] = []
  readonly #closeListeners = new Set<() => void>()
  /** Of the requests that wait and those at work. */
  #heldBytes = 0
  #isReading = true
  /** A request was started in this turn of the loop, and whether the next is due in the next turn. */
  #hadTurn = false
  #isTurnDue = false
  /** A request has failed: what comes after it is not looked at any more. */
  #isEnding = false
  #isClosed = false
  #lastActiveMs: number
  /** When the chunk that is being read came, by `performance.now()`. */
  #chunkMs = 0

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.listenerName = options.listenerName
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '')
    this.localAddress = plainAddress(socket.localAddress ?? '')
    this.localPort = socket.localPort ?? 0
    this.#lastActiveMs = options.clock.nowMs()
    this.#intake = new FrameIntake({
      maxFrameBytes: options.maxFrameBytes,
      memory: options.memory,
      onFrame: (frame) => this.#enqueue(frame),
      onRoom: (bytes) => this.receive(bytes),
      onFailure: (error) => this.close(error),
    })
    this.#responses = new ResponseQueue(socket, () => this.#onDrain())
    socket.setNoDelay(true)
    socket.on('error', (error) => this.close(isPeerGone(error) ? undefined : error))
    socket.on('close', () => this.close())
  }

  /** It is the peer's turn: no request is at work, or the answers are not read. */
  get isIdle(): boolean {
    return this.#started.length === 0 && (this.#waiting.length === 0 || this.#responses.isPeerSlow)
  }

  /** When bytes last arrived, an answer left, or the peer caught up with reading. */
  get lastActiveMs(): number {
    return this.#lastActiveMs
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten
  }

  /** The peer has begun a request for which memory is held, and the rest of it has not come. */
  get isWithinFrame(): boolean {
    return this.#intake.isWithinFrame && this.#isReading
  }

  /** Responses that have not left. */
  get unsentBytes(): number {
    return this.#responses.unsentBytes
  }

  /** Responses wait, and the peer has taken nothing of them for a while. */
  get isStalled(): boolean {
    return this.#responses.isStalled
  }

  /** Where the next bytes of the peer may be put, if there is a better place than a chunk of their own. */
  get readTarget(): Buffer | undefined {
    return this.#intake.rest
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
    // First: it must not be given what the others give back.
    this.#intake.close()
    // The memory of what is at work is given back when that is done with it.
    for (const { frame } of this.#waiting.splice(0)) this.#release(frame, true)
    this.#socket.destroy()
    this.#responses.close()
    this.#options.onClose(this, error)
    for (const listener of this.#closeListeners) listener()
  }

  /** Bytes of the peer that were put into `readTarget`. */
  received(bytes: number): void {
    if (this.#isClosed) return
    this.#onBytes()
    this.#intake.filled(bytes)
    this.#startWaiting()
  }

  /** Bytes of the peer. Nothing refers to `chunk` afterwards. */
  receive(chunk: Buffer): void {
    if (this.#isClosed) return
    this.#onBytes()
    this.#hadTurn = false
    try {
      this.#intake.push(chunk)
    } catch (error) {
      if (!(error instanceof FrameSizeError || error instanceof RangeError)) throw error
      this.close(error)
      return
    }
    this.#startWaiting()
  }

  #onBytes(): void {
    this.#lastActiveMs = this.#options.clock.nowMs()
    this.#chunkMs = performance.now()
  }

  #enqueue(gathered: Buffer): void {
    const { handler, memory } = this.#options
    const frame = handler.isTransient(gathered) ? gathered : memory.keepable(gathered)
    const overlaps = handler.mayOverlap(frame)
    this.#waiting.push({ frame, arrivedMs: this.#chunkMs, overlaps, isAnswered: false, response: undefined })
    this.#heldBytes += frame.length
  }

  #release(frame: Buffer, isReusable: boolean): void {
    this.#heldBytes -= frame.length
    this.#options.memory.give(frame, isReusable)
  }

  #startWaiting(): void {
    while (this.#waiting.length > 0 && !this.#responses.isPeerSlow && !this.#isEnding && !this.#isClosed) {
      const request = this.#waiting[0] as PendingRequest
      const { overlaps } = request
      if (!this.#mayStart(overlaps)) break
      if (!overlaps && this.#hadTurn) {
        this.#startNextTurn()
        break
      }
      this.#hadTurn = !overlaps
      this.#waiting.shift()
      this.#start(request)
    }
    this.#adjustReading()
  }

  #startNextTurn(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    setImmediate(() => {
      this.#isTurnDue = false
      this.#hadTurn = false
      this.#startWaiting()
    })
  }

  #mayStart(overlaps: boolean): boolean {
    const last = this.#started.at(-1)
    return last === undefined || (overlaps && last.overlaps && this.#started.length < maxOverlapping)
  }

  #start(request: PendingRequest): void {
    this.#started.push(request)
    try {
      const answer = this.#options.handler.handle(request.frame, this, request.arrivedMs)
      if (answer instanceof Promise) {
        answer.then(
          (response) => this.#answerLater(request, response),
          (error: unknown) => this.#fail(request, error),
        )
      } else this.#answer(request, answer)
    } catch (error) {
      this.#fail(request, error)
    }
  }

  #fail(request: PendingRequest, error: unknown): void {
    request.failure = error instanceof Error ? error : new Error(String(error))
    this.#isEnding = true
    this.#answer(request, undefined)
  }

  #answerLater(request: PendingRequest, response: HandlerAnswer): void {
    this.#answer(request, response)
    this.#startWaiting()
  }

  #answer(request: PendingRequest, response: HandlerAnswer): void {
    // Whoever failed may have left something behind that still reads the frame.
    this.#release(request.frame, request.failure === undefined && this.#options.handler.isTransient(request.frame))
    request.isAnswered = true
    request.response = response
    if (this.#isClosed) {
      response?.whenSent?.()
      return
    }
    while (this.#started[0]?.isAnswered === true) {
      const { response: ready, failure } = this.#started.shift() as PendingRequest
      if (failure !== undefined) {
        this.#responses.flush()
        this.close(failure)
        return
      }
      if (ready !== undefined) this.#responses.push(ready)
    }
    this.#lastActiveMs = this.#options.clock.nowMs()
  }

  #onDrain(): void {
    this.#lastActiveMs = this.#options.clock.nowMs()
    this.#startWaiting()
  }

  #adjustReading(): void {
    if (this.#isClosed) return
    const shouldRead = this.#heldBytes < this.#options.maxHeldBytes && !this.#intake.isWaiting
    if (shouldRead === this.#isReading) return
    this.#isReading = shouldRead
    if (shouldRead) this.#socket.resume()
    else this.#socket.pause()
  }
}

function isPeerGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE'
}
