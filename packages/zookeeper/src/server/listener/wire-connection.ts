/**
 * One socket of a client: cuts packets, reads requests, writes replies and notifications in the order in which the server
 * gives them.
 *
 *     first bytes ──► a four-letter word: its answer, and the end
 *          └────────► ConnectRequest ──► requests … ──► closed
 *
 * It owns the socket and its counters. What a request means is the server's business; a packet that cannot be read ends
 * this connection and nothing else.
 */
import type { Socket } from 'node:net'
import type { WatchEventType } from '../../core/data-types.js'
import type { Reply, Request } from '../../core/requests.js'
import { JuteError, JuteReader, type JuteWriter } from '../../jute.js'
import { type ConnectRequestRecord, readConnectRequest, writeConnectResponse } from '../../wire/connect.js'
import { type DecodedRequest, decodeRequest } from '../../wire/decode-request.js'
import { encodeReply } from '../../wire/encode-reply.js'
import { FrameLengthError, FrameReader } from '../../wire/frame-reader.js'
import { SYNC_CONNECTED, WatchEventCode, Xid } from '../../wire/op-code.js'
import { fourLetterWord } from '../admin/four-letter-words.js'
import { ConnectionStats, lastOperationName, type ServerStats } from '../admin/server-stats.js'
import type { Connection, ConnectionSink, Endpoint } from '../endpoint.js'
import { PacketOutput } from './packet-output.js'
import type { RequestThrottle } from './request-throttle.js'

export interface WireConnectionOptions {
  readonly endpoint: Endpoint
  readonly stats: ServerStats
  readonly throttle: RequestThrottle
  /** `jute.maxbuffer`. */
  readonly maxFrameBytes: number
  /** The answer to a four-letter word. */
  readonly answerWord: (word: string) => string | undefined
  readonly log: (message: string, fields: Record<string, unknown>) => void
  /** Wall clock. */
  readonly nowMs: () => number
  /** How long a connection may be silent that has no session (yet, or any more); default 10,000, as ZooKeeper's. */
  readonly sessionlessTimeoutMs?: number
}

const SESSIONLESS_TIMEOUT_MS = 10_000

export class WireConnection implements ConnectionSink {
  readonly stats = new ConnectionStats()
  readonly #socket: Socket
  readonly #options: WireConnectionOptions
  readonly #frames: FrameReader
  readonly #out: PacketOutput
  #connection: Connection | undefined
  #session: { readonly sessionId: bigint; readonly timeoutMs: number } | undefined
  #knowsReadOnly = true
  #establishedMs = 0
  #lastHeardMs: number
  #outstanding = 0
  /** The first bytes, until it is known what they are. */
  #head: Buffer | undefined = Buffer.alloc(0)
  #isOver = false

  constructor(socket: Socket, options: WireConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#frames = new FrameReader(options.maxFrameBytes)
    this.#out = new PacketOutput(socket, (bytes) => this.#countSent(bytes))
    this.#lastHeardMs = options.nowMs()
    socket.setNoDelay(true)
    this.#limitSilence()
    socket.on('timeout', () => socket.destroy())
    socket.on('data', (chunk) => this.#onData(chunk))
    socket.on('drain', () => this.#read())
    // The reason is told by `close`, which follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#onSocketClosed())
  }

  get address(): string {
    return plainAddress(this.#socket.remoteAddress)
  }

  get port(): number {
    return this.#socket.remotePort ?? 0
  }

  get session():
    | { readonly sessionId: bigint; readonly timeoutMs: number; readonly establishedMs: number }
    | undefined {
    return this.#session === undefined ? undefined : { ...this.#session, establishedMs: this.#establishedMs }
  }

  /** Requests without a reply yet. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** Wall clock. */
  get lastHeardMs(): number {
    return this.#lastHeardMs
  }

  /** Whether nothing is read from it for the moment. */
  get isPaused(): boolean {
    return this.#socket.isPaused()
  }

  /** Whether it is one that asks a four-letter word, and no session's. */
  get isAnsweredWord(): boolean {
    return this.#isOver && this.#connection === undefined
  }

  /** Ends it as a broken network would. */
  destroy(): void {
    this.#socket.destroy()
  }

  onConnected(session: { readonly sessionId: bigint; readonly password: Buffer; readonly timeoutMs: number }): void {
    this.#session = session
    // From here on the session's timeout counts.
    this.#socket.setTimeout(0)
    this.#establishedMs = this.#options.nowMs()
    this.#out.send((out) => writeConnectResponse(out, session, this.#knowsReadOnly))
    const receivedMs = this.#lastHeardMs
    const answeredMs = this.#options.nowMs()
    this.#options.stats.requestAnswered(answeredMs - receivedMs)
    this.#remember({ cxid: 0, operation: 'createSession', zxid: 0n, receivedMs, answeredMs })
  }

  onNotification({ type, path }: { readonly type: WatchEventType; readonly path: string }, zxid: bigint): void {
    const encode = (out: JuteWriter) => {
      out.int(Xid.notification)
      out.long(zxid)
      out.int(0)
      out.int(WatchEventCode[type])
      out.int(SYNC_CONNECTED)
      out.string(path)
    }
    this.#out.send(encode, path)
  }

  onClosed(reason: 'expired' | 'lost'): void {
    // A client that comes back too late is told so in the answer to its first packet.
    if (reason === 'expired' && this.#session === undefined) {
      const over = { sessionId: 0n, timeoutMs: 0, password: Buffer.alloc(16) }
      this.#out.send((out) => writeConnectResponse(out, over, this.#knowsReadOnly))
    }
    this.#isOver = true
    this.#limitSilence()
    this.#out.endNow()
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return
    this.#lastHeardMs = this.#options.nowMs()
    try {
      const bytes = this.#head === undefined ? chunk : this.#beginning(this.#head, chunk)
      if (bytes !== undefined) this.#frames.push(bytes, (frame) => this.#onFrame(frame))
      this.#read()
    } catch (error) {
      if (!(error instanceof JuteError || error instanceof FrameLengthError)) throw error
      this.#options.log('A connection is closed: its bytes are no ZooKeeper packet', {
        address: this.address,
        reason: error.message,
      })
      this.#socket.destroy()
    }
  }

  /** What is to be read as packets; undefined while it is not known, or if it was a word. */
  #beginning(head: Buffer, chunk: Buffer): Buffer | undefined {
    const bytes = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    this.#head = bytes.length < 4 ? bytes : undefined
    if (bytes.length < 4) return undefined
    const word = fourLetterWord(bytes.readInt32BE(0))
    if (word === undefined) return bytes
    this.#isOver = true
    this.#countReceived()
    const answer = this.#options.answerWord(word) ?? ''
    this.#countSent(Buffer.byteLength(answer))
    this.#socket.end(answer, () => this.#socket.destroySoon())
    return undefined
  }

  #onFrame(frame: Buffer): void {
    if (this.#isOver) return
    this.#countReceived()
    const input = new JuteReader(frame)
    if (this.#connection === undefined) this.#connect(readConnectRequest(input))
    else this.#onRequest(this.#connection, input)
  }

  #connect(record: ConnectRequestRecord): void {
    this.#knowsReadOnly = record.readOnly !== undefined
    const { sessionId, password, timeoutMs, lastZxidSeen } = record
    this.#connection = this.#options.endpoint.connect(
      { sessionId, password, timeoutMs, lastZxidSeen, address: this.address, heartbeat: 'explicit' },
      this,
    )
  }

  #onRequest(connection: Connection, input: JuteReader): void {
    const xid = input.int()
    const type = input.int()
    const receivedMs = this.#lastHeardMs
    this.#outstanding++
    this.#options.throttle.taken()
    const { request, operationTypes } = readRequest(type, input)
    const context = { xid, type, receivedMs, ...(operationTypes === undefined ? {} : { operationTypes }) }
    connection.submit(request, (reply, zxid) => {
      this.#reply(context, request.kind, reply, zxid)
      // The server is done with a client that closes its session, or asks for what there is not.
      if (request.kind === 'closeSession' || (request.kind === 'refused' && request.error === 'UNIMPLEMENTED'))
        this.#end()
    })
  }

  #reply(context: RequestContext, kind: Request['kind'], reply: Reply, zxid: bigint): void {
    if (this.#isOver) return
    this.#outstanding--
    this.#options.throttle.released(1)
    this.#out.send((out) => encodeReply(out, context, zxid, reply))
    const answeredMs = this.#options.nowMs()
    this.#options.stats.requestAnswered(answeredMs - context.receivedMs)
    this.#remember({ cxid: context.xid, operation: kind, zxid, receivedMs: context.receivedMs, answeredMs })
  }

  #remember(answered: {
    readonly cxid: number
    readonly operation: Request['kind'] | 'createSession'
    readonly zxid: bigint
    readonly receivedMs: number
    readonly answeredMs: number
  }): void {
    this.stats.requestAnswered({ ...answered, operation: lastOperationName(answered.operation) })
  }

  #countReceived(): void {
    this.stats.packetReceived()
    this.#options.stats.packetReceived()
  }

  #countSent(bytes: number): void {
    this.stats.packetSent()
    this.#options.stats.packetSent(bytes)
  }

  /** Reads on, unless too much waits for an answer or to be read by the peer. */
  readonly #read = (): void => {
    const { throttle } = this.#options
    const isOver = this.#outstanding > 0 && throttle.isOver
    if (isOver) throttle.whenUnder(this.#read)
    if (isOver || this.#out.isBehind) this.#socket.pause()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** After what was said. */
  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#limitSilence()
    this.#out.end()
  }

  #limitSilence(): void {
    this.#socket.setTimeout(this.#options.sessionlessTimeoutMs ?? SESSIONLESS_TIMEOUT_MS)
  }

  #onSocketClosed(): void {
    this.#isOver = true
    this.#connection?.drop()
    this.#options.throttle.forget(this.#read)
    this.#options.throttle.released(this.#outstanding)
    this.#outstanding = 0
  }
}

interface RequestContext {
  readonly xid: number
  readonly type: number
  readonly receivedMs: number
  readonly operationTypes?: readonly number[]
}

/** What cannot be read is refused, as ZooKeeper refuses it; its bytes are in a packet of their own. */
function readRequest(type: number, input: JuteReader): DecodedRequest {
  try {
    return decodeRequest(type, input) ?? { request: { kind: 'refused', error: 'UNIMPLEMENTED' } }
  } catch (error) {
    if (!(error instanceof JuteError)) throw error
    return { request: { kind: 'refused', error: 'MARSHALLINGERROR' } }
  }
}

/** An IPv4 address also where it comes in as one of IPv6. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}
