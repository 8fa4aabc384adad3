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
  encodeResponseStepwise,
  isSupported,
  joinGroup,
  type RequestOf,
  type ResponseInputOf,
  syncGroup,
} from '@millrace/protocol'
import { inTurns } from '../loop-share.js'
import type { ApiMetrics, RequestMetrics } from '../metrics/request-metrics.js'
import type { Connection, FrameHandler, HandlerAnswer } from './connection.js'

export interface RequestContext {
  readonly apiVersion: number
  readonly clientId: string | null
  readonly connection: Pick<Connection, 'listenerName' | 'localAddress' | 'localPort' | 'remoteAddress' | 'whenClosed'>
  /** `listener` is called once, when the answer has left or never will. */
  whenSent: (listener: () => void) => void
}

/** What a handler gives back: undefined where the protocol has no response (acks=0). */
export type Answer<A extends AnyApi> = ResponseInputOf<A> | undefined

/** One API as this broker serves it. */
export interface ApiHandler {
  readonly api: AnyApi
  /** A rejection closes the connection: refusals are error codes in the answer. */
  readonly handle: (request: never, context: RequestContext) => unknown
  /** Is the answer so large that others must have their turn while it is encoded? Default: none is. */
  readonly isLarge?: (answer: never) => boolean
}

/** Binds an API to what serves it, with the types of its messages. */
export function handlerFor<A extends AnyApi>(
  api: A,
  handle: (request: RequestOf<A>, context: RequestContext) => Answer<A> | Promise<Answer<A>>,
  options: { readonly isLarge?: (answer: ResponseInputOf<A>) => boolean } = {},
): ApiHandler {
  return { api, handle, ...options }
}

/** The connection must be closed: the request cannot be read or is not served. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError'
}

/** One request at work. */
class Context implements RequestContext {
  readonly apiVersion: number
  readonly clientId: string | null
  readonly connection: Connection
  sentListener: (() => void) | undefined

  constructor(apiVersion: number, clientId: string | null, connection: Connection) {
    this.apiVersion = apiVersion
    this.clientId = clientId
    this.connection = connection
  }

  readonly whenSent = (listener: () => void): void => {
    this.sentListener = listener
  }

  unanswered(): undefined {
    this.sentListener?.()
  }

  readonly failed = (error: unknown): never => {
    this.sentListener?.()
    throw error
  }
}

const produceKey = 0
/** APIs whose requests leave bytes in the state of a group: subscriptions and assignments. */
const keepingKeys: ReadonlySet<number> = new Set([joinGroup.key, syncGroup.key])
/** API key, version and correlation id. */
const fixedHeaderBytes = 8

/** What a request looked like and how long it took, for those who want to see each one. */
export interface ServedRequest {
  readonly api: string
  readonly version: number
  readonly clientId: string | null
  readonly address: string
  readonly tookMs: number
}

export interface RequestWatch {
  readonly requests: RequestMetrics
  /** Called for each request while {@link RequestWatch.isLogging} says so. */
  readonly log: (request: ServedRequest) => void
  readonly isLogging: () => boolean
}

interface WatchedHandler extends ApiHandler {
  readonly metrics: ApiMetrics | undefined
}

export class Dispatcher implements FrameHandler {
  readonly #handlers: ReadonlyMap<number, WatchedHandler>
  readonly #watch: RequestWatch | undefined

  constructor(handlers: readonly ApiHandler[], watch?: RequestWatch) {
    this.#watch = watch
    this.#handlers = new Map(
      handlers.map((handler) => [handler.api.key, { ...handler, metrics: watch?.requests.of(handler.api) }]),
    )
  }

  /** Appends keep their order by themselves, so produces need not wait for each other. */
  mayOverlap(frame: Buffer): boolean {
    return frame.length >= 2 && frame.readInt16BE(0) === produceKey
  }

  /** What is produced is in the log when it is answered, and strings are copies. */
  isTransient(frame: Buffer): boolean {
    return frame.length >= 2 && !keepingKeys.has(frame.readInt16BE(0))
  }

  handle(frame: Buffer, connection: Connection, arrivedMs: number): Promise<HandlerAnswer> | HandlerAnswer {
    if (this.#isUnknownApiVersions(frame)) return { buffers: this.#unsupportedApiVersions(frame.readInt32BE(4)) }
    const { apiKey, apiVersion, correlationId, clientId, headerLength } = decodeRequestHeader(frame)
    const handler = this.#handlers.get(apiKey)
    if (handler === undefined) throw new RequestRefusedError(`API key ${apiKey} is not served`)
    const { api, metrics } = handler
    if (!isSupported(api, apiVersion)) throw new RequestRefusedError(`${api.name} version ${apiVersion} is not served`)
    const startMs = performance.now()
    const request = decodeRequest(api, apiVersion, frame, headerLength)
    const context = new Context(apiVersion, clientId, connection)
    metrics?.begin(apiVersion, frame.length, startMs - arrivedMs)
    const finish = (body: unknown): HandlerAnswer | Promise<HandlerAnswer> => {
      const answeredMs = performance.now()
      metrics?.end(answeredMs - startMs, body)
      if (this.#watch?.isLogging() === true) this.#logRequest(api, context, answeredMs - startMs)
      if (body === undefined) return context.unanswered()
      const answer = body as ResponseInputOf<AnyApi>
      const { sentListener: whenSent } = context
      const sendTimes = metrics?.sendTimes
      try {
        if (handler.isLarge?.(answer as never) === true) {
          const steps = encodeResponseStepwise(api, apiVersion, correlationId, answer)
          return inTurns(steps).then((buffers) => ({ buffers, whenSent, answeredMs, sendTimes }), context.failed)
        }
        const buffers = encodeResponse(api, apiVersion, correlationId, answer)
        return { buffers, whenSent, answeredMs, sendTimes }
      } catch (error) {
        return context.failed(error)
      }
    }
    const fail = (error: unknown): never => {
      metrics?.end(performance.now() - startMs, undefined)
      return context.failed(error)
    }
    let answer: unknown
    try {
      answer = handler.handle(request as never, context)
    } catch (error) {
      return fail(error)
    }
    return answer instanceof Promise ? answer.then(finish, fail) : finish(answer)
  }

  #logRequest(api: AnyApi, { apiVersion, clientId, connection }: RequestContext, tookMs: number): void {
    const address = connection.remoteAddress
    this.#watch?.log({ api: api.name, version: apiVersion, clientId, address, tookMs })
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
