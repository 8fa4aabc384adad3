/**
 * From frame to handler to response frame.
 *
 * Reads the header, picks the handler, decodes the body, encodes the answer. What cannot be read, and what is not
 * served, closes the connection, as the protocol has no error frame; only ApiVersions is answered in any version.
 */
import {
  type AnyApi,
  apiVersions,
  decodeRequest,
  decodeRequestHeader,
  ErrorCode,
  encodeResponse,
  isSupported,
  type RequestOf,
  type ResponseInputOf,
} from '@millrace/protocol'
import type { Connection, FrameHandler } from './connection.js'

export interface RequestContext {
  readonly apiVersion: number
  readonly clientId: string | null
  readonly connection: Pick<Connection, 'listenerName' | 'localAddress' | 'localPort' | 'remoteAddress' | 'whenClosed'>
}

/** What a handler gives back: undefined where the protocol has no response (acks=0). */
export type Answer<A extends AnyApi> = ResponseInputOf<A> | undefined

/** One API as this broker serves it. */
export interface ApiHandler {
  readonly api: AnyApi
  /** A rejection closes the connection: refusals are error codes in the answer. */
  readonly handle: (request: never, context: RequestContext) => unknown
}

/** Binds an API to what serves it, with the types of its messages. */
export function handlerFor<A extends AnyApi>(
  api: A,
  handle: (request: RequestOf<A>, context: RequestContext) => Answer<A> | Promise<Answer<A>>,
): ApiHandler {
  return { api, handle }
}

/** The connection must be closed: the request cannot be read or is not served. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError'
}

const produceKey = 0
/** API key, version and correlation id. */
const fixedHeaderBytes = 8

export class Dispatcher implements FrameHandler {
  readonly #handlers: ReadonlyMap<number, ApiHandler>

  constructor(handlers: readonly ApiHandler[]) {
    this.#handlers = new Map(handlers.map((handler) => [handler.api.key, handler]))
  }

  /** Appends keep their order by themselves, so produces need not wait for each other. */
  mayOverlap(frame: Buffer): boolean {
    return frame.length >= 2 && frame.readInt16BE(0) === produceKey
  }

  handle(
    frame: Buffer,
    connection: Connection,
  ): Promise<readonly Buffer[] | undefined> | readonly Buffer[] | undefined {
    if (this.#isUnknownApiVersions(frame)) return this.#unsupportedApiVersions(frame.readInt32BE(4))
    const { apiKey, apiVersion, correlationId, clientId, headerLength } = decodeRequestHeader(frame)
    const handler = this.#handlers.get(apiKey)
    if (handler === undefined) throw new RequestRefusedError(`API key ${apiKey} is not served`)
    const { api } = handler
    if (!isSupported(api, apiVersion)) throw new RequestRefusedError(`${api.name} version ${apiVersion} is not served`)
    const request = decodeRequest(api, apiVersion, frame, headerLength)
    const answer = handler.handle(request as never, { apiVersion, clientId, connection })
    const encode = (body: unknown) =>
      body === undefined ? undefined : encodeResponse(api, apiVersion, correlationId, body as ResponseInputOf<AnyApi>)
    return answer instanceof Promise ? answer.then(encode) : encode(answer)
  }

  /** Whatever follows key, version and correlation id, in a header of a later version too. */
  #isUnknownApiVersions(frame: Buffer): boolean {
    return (
      frame.length >= fixedHeaderBytes &&
      frame.readInt16BE(0) === apiVersions.key &&
      !isSupported(apiVersions, frame.readInt16BE(2)) &&
      this.#handlers.has(apiVersions.key)
    )
  }

  /** In version 0, which every client can read, with the range that it may use (KIP-511). */
  #unsupportedApiVersions(correlationId: number): readonly Buffer[] {
    const { min, max } = apiVersions.advertised
    return encodeResponse(apiVersions, 0, correlationId, {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey: apiVersions.key, minVersion: min, maxVersion: max }],
    })
  }
}
