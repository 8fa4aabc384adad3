import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import {
  type AnyApi,
  decodeResponse,
  encodeRequest,
  type RequestInputOf,
  type ResponseOf,
  responseCorrelationId,
} from '@millrace/protocol'

const lengthBytes = 4

/** A connection on which a test says exactly what it wants, in any version. */
export class RawClient {
  readonly #socket: Socket
  /** Frames that nobody has asked for yet. */
  readonly #frames: Buffer[] = []
  readonly #waiting: ((frame: Buffer) => void)[] = []
  readonly closed: Promise<unknown>
  clientId: string | null = 'raw-client'
  /** What has arrived and makes no whole frame yet. */
  #chunks: Buffer[] = []
  #received = 0
  /** How many bytes make the next frame; 4 until its length is known. */
  #needed = lengthBytes
  #nextCorrelationId = 1

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    this.closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.on('data', (chunk) => this.#onData(chunk))
  }

  /** `bootstrap` is `host:port`. */
  static async connect(bootstrap: string): Promise<RawClient> {
    const [host = '', port] = bootstrap.split(':')
    const socket = connect(Number(port), host)
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Sends a request and waits for its answer; rejects when the broker closes the connection instead. */
  async call<A extends AnyApi>(api: A, version: number, body: RequestInputOf<A>): Promise<ResponseOf<A>> {
    const correlationId = this.request(api, version, body)
    const frame = await this.nextFrame()
    if (responseCorrelationId(frame) !== correlationId) throw new Error('answers are out of order')
    return decodeResponse(api, version, frame).body
  }

  /** Sends a request and waits for nothing. Gives its correlation id. */
  request<A extends AnyApi>(api: A, version: number, body: RequestInputOf<A>): number {
    const correlationId = this.#nextCorrelationId++
    this.send(encodeRequest(api, version, { correlationId, clientId: this.clientId }, body))
    return correlationId
  }

  /** From here on nothing is read that the broker sends. */
  stopReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  /** Writes bytes as they are. */
  send(buffers: readonly Buffer[]): void {
    this.#socket.cork()
    for (const buffer of buffers) this.#socket.write(buffer)
    this.#socket.uncork()
  }

  /** The next frame that arrives, without its length. */
  async nextFrame(): Promise<Buffer> {
    const arrived = this.#frames.shift()
    if (arrived !== undefined) return arrived
    const frame = new Promise<Buffer>((resolve) => this.#waiting.push(resolve))
    const closed = this.closed.then(() => undefined)
    const first = await Promise.race([frame, closed])
    if (first === undefined) throw new Error('the broker closed the connection')
    return first
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Chunks are joined only when they hold a whole frame: big answers come in thousands of them. */
  #onData(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#received += chunk.length
    while (this.#received >= this.#needed) {
      const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
      this.#chunks = [all]
      this.#needed = lengthBytes + all.readInt32BE(0)
      if (this.#received < this.#needed) return
      const frame = all.subarray(lengthBytes, this.#needed)
      const rest = all.subarray(this.#needed)
      this.#chunks = rest.length > 0 ? [rest] : []
      this.#received = rest.length
      this.#needed = lengthBytes
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#frames.push(frame)
      else waiting(frame)
    }
  }
}
