/**
 * One connection to a server: the handshake, requests and their replies in order, notifications, and the heartbeat.
 *
 *     connecting ──► handshake ──► open ──► over
 *
 * The server hears from us every third of the session's timeout. A server that is silent for two thirds of it is given up,
 * so that another one can be found within the rest (`ClientCnxn.SendThread`). It owns the socket; sessions are not its
 * business.
 */
import assert from 'node:assert'
import { createConnection, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { WatchEventType } from '../core/data-types.js'
import type { Request } from '../core/requests.js'
import { JuteError, JuteReader } from '../jute.js'
import type { Connection, ConnectionSink, ConnectRequest, ReplyHandler } from '../server/endpoint.js'
import type { Clock, Timers } from '../store/ports.js'
import { readConnectResponse, writeConnectRequest } from '../wire/connect.js'
import { decodeReply, type ReplyHeader, readReplyHeader } from '../wire/decode-reply.js'
import { encodeRequest } from '../wire/encode-request.js'
import { FrameLengthError, FrameReader } from '../wire/frame-reader.js'
import { FrameWriter } from '../wire/frame-writer.js'
import { WatchEventCode, Xid } from '../wire/op-code.js'
import type { ServerAddress } from './connect-string.js'
import type { ZooKeeperTlsOptions } from './tls-options.js'

export interface TcpConnectionOptions {
  readonly server: ServerAddress
  readonly tls?: ZooKeeperTlsOptions
  readonly maxFrameBytes: number
  /** Until the server has answered the handshake. */
  readonly connectTimeoutMs: number
  readonly clock: Clock
  readonly timers: Timers
}

interface Waiting {
  readonly xid: number
  readonly request: Request
  readonly onReply: ReplyHandler
}

const PING_INTERVAL_MAX_MS = 10_000

export class TcpConnection implements Connection {
  readonly #options: TcpConnectionOptions
  readonly #sink: ConnectionSink
  readonly #socket: Socket
  readonly #frames: FrameReader
  readonly #out: FrameWriter
  /** Requests with a number of their own, in order; the others have a queue for each reserved xid. */
  readonly #waiting: Queue<Waiting> = new Queue()
  readonly #reserved = new Map<number, Queue<Waiting>>()
  #state: 'connecting' | 'open' | 'over' = 'connecting'
  #nextXid = 1
  #timeoutMs: number
  #lastHeardMs: number
  #lastSentMs: number
  #cancelTimer: () => void

  constructor(request: ConnectRequest, sink: ConnectionSink, options: TcpConnectionOptions) {
    this.#options = options
    this.#sink = sink
    this.#frames = new FrameReader(options.maxFrameBytes)
    this.#out = new FrameWriter((bytes) => this.#write(bytes))
    this.#timeoutMs = request.timeoutMs
    this.#lastHeardMs = options.clock.monotonicMs()
    this.#lastSentMs = this.#lastHeardMs
    this.#cancelTimer = options.timers.schedule(options.connectTimeoutMs, () => this.#over('lost'))
    const { host, port } = options.server
    const sayHello = () => this.#out.frame((out) => writeConnectRequest(out, { ...request, readOnly: false }))
    this.#socket =
      options.tls === undefined
        ? createConnection({ host, port, noDelay: true }, sayHello)
        : connectTls({ ...nodeTlsOptions(options.tls, host), host, port }, sayHello)
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk) => this.#onData(chunk))
    // The end is told by `close`, which follows.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#over('lost'))
  }

  submit(request: Request, onReply: ReplyHandler): void {
    if (this.#state !== 'open') return
    assert(request.kind !== 'refused', 'only a server makes these')
    const xid = request.kind in Xid ? Xid[request.kind as keyof typeof Xid] : this.#takeXid()
    if (xid > 0) this.#waiting.push({ xid, request, onReply })
    else this.#reservedQueue(xid).push({ xid, request, onReply })
    this.#lastSentMs = this.#options.clock.monotonicMs()
    this.#out.frame((out) => encodeRequest(out, xid, request))
  }

  drop(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#cancelTimer()
    // At once: a peer that does not answer, or does not even accept, must not keep the process alive.
    this.#socket.destroy()
  }

  #takeXid(): number {
    const xid = this.#nextXid
    this.#nextXid = xid === 0x7fffffff ? 1 : xid + 1
    return xid
  }

  #reservedQueue(xid: number): Queue<Waiting> {
    let queue = this.#reserved.get(xid)
    if (queue === undefined) {
      queue = new Queue()
      this.#reserved.set(xid, queue)
    }
    return queue
  }

  #write(bytes: Buffer): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(bytes)
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'over') return
    this.#lastHeardMs = this.#options.clock.monotonicMs()
    try {
      this.#frames.push(chunk, (frame) => this.#onFrame(frame))
    } catch (error) {
      if (!(error instanceof JuteError || error instanceof FrameLengthError)) throw error
      // Whatever this is, it is no ZooKeeper server.
      this.#over('lost')
    }
  }

  #onFrame(frame: Buffer): void {
    if (this.#state === 'over') return
    const input = new JuteReader(frame)
    if (this.#state === 'connecting') this.#onConnectResponse(input)
    else this.#onReply(readReplyHeader(input), input)
  }

  #onConnectResponse(input: JuteReader): void {
    const { sessionId, password, timeoutMs } = readConnectResponse(input)
    if (timeoutMs <= 0) {
      this.#over('expired')
      return
    }
    this.#state = 'open'
    this.#timeoutMs = timeoutMs
    this.#watchHeartbeat()
    this.#sink.onConnected({ sessionId, password, timeoutMs })
  }

  #onReply(header: ReplyHeader, input: JuteReader): void {
    if (header.xid === Xid.notification) {
      const type = eventTypeOf(input.int())
      // The state of the connection, which is always SyncConnected here.
      input.int()
      if (type !== undefined) this.#sink.onNotification({ type, path: input.string() }, header.zxid)
      return
    }
    const waiting = header.xid > 0 ? this.#waiting.shift() : this.#reserved.get(header.xid)?.shift()
    if (waiting === undefined || waiting.xid !== header.xid) throw new JuteError(`nobody waits for reply ${header.xid}`)
    waiting.onReply(decodeReply(waiting.request, header, input), header.zxid)
  }

  #watchHeartbeat(): void {
    this.#cancelTimer()
    const nowMs = this.#options.clock.monotonicMs()
    const giveUpMs = this.#lastHeardMs + (this.#timeoutMs * 2) / 3
    if (nowMs >= giveUpMs) {
      this.#over('lost')
      return
    }
    const intervalMs = Math.min(this.#timeoutMs / 3, PING_INTERVAL_MAX_MS)
    if (nowMs >= this.#lastSentMs + intervalMs) this.submit({ kind: 'ping' }, () => {})
    const nextMs = Math.min(this.#lastSentMs + intervalMs, giveUpMs) - nowMs
    this.#cancelTimer = this.#options.timers.schedule(Math.max(1, nextMs), () => this.#watchHeartbeat())
  }

  #over(reason: 'expired' | 'lost'): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#cancelTimer()
    this.#socket.destroy()
    this.#sink.onClosed(reason)
  }
}

/** First in, first out. */
class Queue<T> {
  #items: T[] = []
  #head = 0

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#head++
    if (this.#head === this.#items.length || this.#head > 1024) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}

function eventTypeOf(code: number): WatchEventType | undefined {
  for (const [type, number] of Object.entries(WatchEventCode)) {
    if (number === code) return type as WatchEventType
  }
  return undefined
}

function nodeTlsOptions(tls: ZooKeeperTlsOptions, host: string): ConnectionOptions {
  const { verifyHostName = true, ca, cert, key, pfx, passphrase, rejectUnauthorized = true } = tls
  return {
    // TLS names no server by an address.
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca: nodeBytes(ca) }),
    ...(cert === undefined ? {} : { cert: nodeBytes(cert) }),
    ...(key === undefined ? {} : { key: nodeBytes(key) }),
    ...(pfx === undefined ? {} : { pfx: Buffer.from(pfx) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(verifyHostName ? {} : { checkServerIdentity: () => undefined }),
  }
}

function nodeBytes(bytes: Uint8Array | string): Buffer | string {
  return typeof bytes === 'string' ? bytes : Buffer.from(bytes)
}
