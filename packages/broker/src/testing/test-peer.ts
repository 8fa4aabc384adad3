/** A client of a socket server, as a test wants it: frames out, frames in, and the end of the connection. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { FrameReader } from '../network/frame-reader.js'

export class TestPeer {
  readonly socket: Socket
  readonly frames: Buffer[] = []
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>
  readonly #reader = new FrameReader({
    maxBytes: 2 ** 31 - 1,
    allocate: (bytes) => Buffer.allocUnsafe(bytes),
    onFrame: (frame) => this.#onFrame(frame),
  })
  readonly #waiting: { count: number; resolve: () => void }[] = []

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve())
    })
    // The end of a connection is what many tests wait for; how it ended is not theirs.
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => this.#reader.push(chunk))
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<TestPeer> {
    const socket = connect({ port, host })
    const peer = new TestPeer(socket)
    await once(socket, 'connect')
    return peer
  }

  send(...bodies: readonly (string | Buffer)[]): void {
    this.socket.write(Buffer.concat(bodies.map((body) => frameOf(Buffer.from(body)))))
  }

  /** Waits until that many frames have arrived in all, and gives them as text. */
  async received(count: number): Promise<string[]> {
    if (this.frames.length < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
    return this.frames.map(String)
  }

  #onFrame(frame: Buffer): void {
    this.frames.push(frame)
    for (const { count, resolve } of this.#waiting) if (this.frames.length >= count) resolve()
  }

  close(): void {
    this.socket.destroy()
  }
}

export function frameOf(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** Resolves when `holds` does; looks again after each turn of the event loop, for at most ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const endMs = Date.now() + 10_000
  while (!holds()) {
    if (Date.now() > endMs) throw new Error(`Never came true: ${holds}`)
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}
