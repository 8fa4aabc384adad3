/** What a server says to one peer, in order, with a bound on what waits for a peer that does not read. */
import type { Socket } from 'node:net'
import type { JuteWriter } from '../../jute.js'
import { FrameWriter } from '../../wire/frame-writer.js'

type Encode = (out: JuteWriter) => void

/** A peer that leaves so much unread is behind: what comes then is not put into bytes before it has read. */
const UNREAD_BYTES_BEHIND = 1024 * 1024
/** And one that leaves so much is gone; its session comes back with another connection. */
const UNREAD_BYTES_MAX = 64 * 1024 * 1024
/** What is gathered before it goes to the socket. */
const GATHERED_BYTES = 256 * 1024
/** What a packet that waits is taken to need, beside its path. */
const WAITING_BYTES = 100

export class PacketOutput {
  readonly #socket: Socket
  readonly #onSent: (bytes: number) => void
  readonly #out: FrameWriter
  /** So a thousand answers with the same megabyte are not a gigabyte. */
  readonly #waiting: Encode[] = []
  #waitingBytes = 0
  #state: 'open' | 'ending' | 'ended' = 'open'

  /** `onSent` is told the length of each packet that is put into bytes. */
  constructor(socket: Socket, onSent: (bytes: number) => void) {
    this.#socket = socket
    this.#onSent = onSent
    this.#out = new FrameWriter((bytes) => {
      if (!socket.destroyed && !socket.writableEnded) socket.write(bytes)
    })
    socket.on('drain', () => this.#sendWaiting())
    socket.on('close', () => this.#forget())
  }

  /** Whether the peer has much to read: nothing should be read from it meanwhile. `drain` of the socket tells the end. */
  get isBehind(): boolean {
    return this.#waiting.length > 0 || this.#unreadBytes > UNREAD_BYTES_BEHIND
  }

  /** `path` is what the packet keeps in memory while it waits, if it does. */
  send(encode: Encode, path = ''): void {
    if (this.#state !== 'open') return
    if (!this.isBehind) {
      this.#encode(encode)
      return
    }
    this.#waiting.push(encode)
    this.#waitingBytes += WAITING_BYTES + path.length
    if (this.#unreadBytes + this.#waitingBytes > UNREAD_BYTES_MAX) this.#socket.destroy()
  }

  /** Ends the connection after all that was said. */
  end(): void {
    if (this.#state === 'ended') return
    this.#state = 'ending'
    if (this.#waiting.length > 0) return
    this.#state = 'ended'
    this.#out.flush()
    this.#socket.destroySoon()
  }

  /** Ends the connection; what the peer is too far behind to be told is not told. */
  endNow(): void {
    this.#forget()
    this.end()
  }

  get #unreadBytes(): number {
    return this.#out.length + this.#socket.writableLength
  }

  #encode(encode: Encode): void {
    this.#onSent(this.#out.frame(encode))
    if (this.#out.length > GATHERED_BYTES) this.#out.flush()
  }

  #sendWaiting(): void {
    let sent = 0
    while (this.#unreadBytes <= UNREAD_BYTES_BEHIND) {
      const encode = this.#waiting[sent]
      if (encode === undefined) break
      this.#encode(encode)
      sent++
    }
    this.#waiting.splice(0, sent)
    if (this.#waiting.length > 0) return
    this.#waitingBytes = 0
    if (this.#state === 'ending') this.end()
  }

  #forget(): void {
    this.#waiting.length = 0
    this.#waitingBytes = 0
  }
}
