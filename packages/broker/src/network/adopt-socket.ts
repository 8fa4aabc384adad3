/**
 * Reads an accepted socket into buffers of our choice, instead of a new one for each chunk.
 *
 * Node offers that (`onread`) only to whoever makes the Socket, so the accepted one gives its handle to a Socket of our own,
 * as Node itself does when it sends a connection to another process. Needs `pauseOnConnect`: nothing may have been read.
 */
import { Socket, type SocketConstructorOpts } from 'node:net'

export interface SocketReader {
  /** Where the next bytes go. What lies there may be overwritten after `onRead`. */
  readonly target: () => Buffer
  readonly onRead: (buffer: Buffer, bytes: number) => void
}

interface HandleOwner {
  _handle: unknown
}

interface AdoptingOptions extends SocketConstructorOpts {
  readonly handle: unknown
  readonly onread: { readonly buffer: () => Buffer; readonly callback: (bytes: number, buffer: Buffer) => boolean }
}

/** Takes over the connection of `accepted`, which must not be used any more. */
export function adoptSocket(accepted: Socket, reader: SocketReader): Socket {
  const owner = accepted as unknown as HandleOwner
  const handle = owner._handle
  owner._handle = null
  // Only for its server's books: there is nothing left that it could close.
  accepted.destroy()
  const callback = (bytes: number, buffer: Buffer) => {
    reader.onRead(buffer, bytes)
    return true
  }
  const options: AdoptingOptions = { handle, onread: { buffer: reader.target, callback } }
  return new Socket(options)
}
