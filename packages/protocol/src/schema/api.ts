import type { AnyStruct, Infer, InferInput } from './fields.js'
import { Message } from './message.js'
import { formatVersionRange, includesVersion, parseVersionRange, type VersionRange } from './version-range.js'

/** One API of the protocol: a request, its response, and the versions in which both are known here. */
export interface Api<Request extends AnyStruct = AnyStruct, Response extends AnyStruct = AnyStruct> {
  readonly key: number
  readonly name: string
  /** Versions that can be encoded and decoded. */
  readonly versions: VersionRange
  /**
   * What a broker that serves the API puts into ApiVersions. Wider than `versions` for Produce; narrower where the
   * others are for clients only, of older brokers or of brokers with more features.
   */
  readonly advertised: VersionRange
  /** Versions with compact encoding, tagged fields, request header v2 and response header v1. */
  readonly flexible: VersionRange
  /** What each version brought. */
  readonly notes: Readonly<Record<number, string>>
  readonly request: Message<Request>
  readonly response: Message<Response>
}

export type AnyApi = Api

/** The decoded request of an API: `RequestOf<typeof heartbeat>`. */
export type RequestOf<A extends AnyApi> = A extends Api<infer Request, infer _Response> ? Infer<Request> : never
/** The decoded response of an API. */
export type ResponseOf<A extends AnyApi> = A extends Api<infer _Request, infer Response> ? Infer<Response> : never
/** What encoding a request of an API takes. */
export type RequestInputOf<A extends AnyApi> =
  A extends Api<infer Request, infer _Response> ? InferInput<Request> : never
/** What encoding a response of an API takes. */
export type ResponseInputOf<A extends AnyApi> =
  A extends Api<infer _Request, infer Response> ? InferInput<Response> : never

/** Declares an API. */
export function api<Request extends AnyStruct, Response extends AnyStruct>(declaration: {
  readonly key: number
  readonly name: string
  readonly versions: string
  /** Without it, `versions`. */
  readonly advertised?: string
  readonly flexible: string
  readonly notes?: Readonly<Record<number, string>>
  readonly request: Request
  readonly response: Response
}): Api<Request, Response> {
  const { key, name, notes = {}, request, response } = declaration
  const versions = parseVersionRange(declaration.versions)
  const flexible = parseVersionRange(declaration.flexible)
  return {
    key,
    name,
    versions,
    advertised: parseVersionRange(declaration.advertised ?? formatVersionRange(versions)),
    flexible,
    notes,
    request: new Message(`${name}Request`, versions, flexible, request),
    response: new Message(`${name}Response`, versions, flexible, response),
  }
}

/** Whether requests and responses of this version can be encoded and decoded. */
export function isSupported(api: AnyApi, version: number): boolean {
  return includesVersion(api.versions, version)
}
