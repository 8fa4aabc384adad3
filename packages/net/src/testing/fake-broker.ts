import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import {
  type AnyApi,
  apiByKey,
  apis,
  decodeRequest,
  decodeRequestHeader,
  encodeResponse,
  type RequestHeader,
} from '@millrace/protocol'

/** The answer's body, or undefined: none is sent. */
export type Answer = (api: AnyApi, header: RequestHeader, body: unknown, socket: Socket) => unknown

const everyApi = Object.values(apis).map(({ key, versions }) => ({
  apiKey: key,
  minVersion: versions.min,
  maxVersion: versions.max,
}))

/** A broker that says what a test wants: ApiVersions with all that the protocol knows, unless `answer` has something else. */
export class FakeBroker {
  readonly requests: RequestHeader[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async start(answer: Answer, tls?: TlsOptions): Promise<FakeBroker> {
    const broker = new FakeBroker(answer, tls)
    broker.#server.listen(0, '127.0.0.1')
    await once(broker.#server, 'listening')
    return broker
  }

  private constructor(answer: Answer, tls: TlsOptions | undefined) {
    const accept = (socket: Socket) => this.#serve(socket, answer)
    this.#server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept)
    this.#server.on('tlsClientError', () => {})
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket, answer: Answer): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    let bytes = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const end = 4 + bytes.readInt32BE(0)
        const frame = Buffer.from(bytes.subarray(4, end))
        bytes = bytes.subarray(end)
        this.#answer(socket, frame, answer)
      }
    })
  }

  #answer(socket: Socket, frame: Buffer, answer: Answer): void {
    const header = decodeRequestHeader(frame)
    this.requests.push(header)
    const api = apiByKey(header.apiKey)
    if (api === undefined) throw new Error(`API ${header.apiKey} is not known`)
    const request = decodeRequest(api, header.apiVersion, frame, header.headerLength)
    const given = answer(api, header, request, socket)
    const body = given ?? (api === apis.ApiVersions ? { errorCode: 0, apiKeys: everyApi } : undefined)
    if (body === undefined) return
    const version = (body as { readonly inVersion?: number }).inVersion ?? header.apiVersion
    for (const buffer of encodeResponse(api, version, header.correlationId, body as never)) socket.write(buffer)
  }
}
