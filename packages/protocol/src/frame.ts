/**
 * Requests and responses as they travel: length prefix, header, body.
 *
 * Encoding gives a list of buffers to be written one after the other, in which record batches are passed through without
 * being copied. Decoding takes a frame without its length prefix and gives views into it. Bytes after the end of a
 * message are ignored, as in Kafka. All errors of decoding are `MalformedMessageError`, of encoding
 * `UnencodableMessageError`, and a version outside the range of the API is a `ProtocolError` UNSUPPORTED_VERSION.
 */
import { apiByKey } from './apis.js'
import { ErrorCode } from './errors.js'
import { apiVersions } from './messages/18-api-versions.js'
import { requestHeader, responseHeader } from './messages/headers.js'
import type { AnyApi, RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from './schema/api.js'
import type { Infer, UnknownTaggedField } from './schema/fields.js'
import { Reader } from './schema/reader.js'
import { includesVersion } from './schema/version-range.js'
import { Writer } from './schema/writer.js'

const CONTROLLED_SHUTDOWN = 7
/** API key, version and correlation id. */
const FIXED_HEADER_BYTES = 8

/** Encoding is synchronous and starts by clearing it, so one writer serves all messages. */
const writer = new Writer()

/** What the sender of a request says of itself and of the request. */
export interface RequestHeaderInput {
  readonly correlationId: number
  readonly clientId: string | null
}

export interface RequestHeader {
  apiKey: number
  apiVersion: number
  correlationId: number
  clientId: string | null
  unknownTaggedFields?: UnknownTaggedField[]
  /** Where the body starts, in bytes from the start of the header. */
  headerLength: number
}

function requestHeaderVersion(apiKey: number, isFlexible: boolean, apiVersion: number): number {
  if (apiKey === CONTROLLED_SHUTDOWN && apiVersion === 0) return 0
  return isFlexible ? 2 : 1
}

function responseHeaderVersion(api: AnyApi, version: number): number {
  // A client that asks for ApiVersions does not know yet what the broker can read or write (KIP-511).
  return api.key !== apiVersions.key && includesVersion(api.flexible, version) ? 1 : 0
}

/** A request with its length prefix. */
export function encodeRequest<A extends AnyApi>(
  api: A,
  version: number,
  header: RequestHeaderInput,
  body: RequestInputOf<A>,
): Buffer[] {
  const codec = api.request.codec(version)
  const headerVersion = requestHeaderVersion(api.key, includesVersion(api.flexible, version), version)
  writer.begin('RequestHeader')
  writer.int32(0, 'length')
  requestHeader.codec(headerVersion).write(writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId: header.correlationId,
    clientId: header.clientId,
  })
  writer.describe(codec.what)
  codec.write(writer, body)
  return writer.finishFrame()
}

/**
 * The header of a request frame that starts at `at`. Its version follows from API and version of the request, also
 * where that version is not supported. Of an API that is not known only key, version and correlation id can be read:
 * the client id is then null, and no body can follow.
 */
export function decodeRequestHeader(buffer: Buffer, at = 0): RequestHeader {
  const fixed = new Reader(buffer, at, 'RequestHeader')
  const apiKey = fixed.int16()
  const apiVersion = fixed.int16()
  const correlationId = fixed.int32()
  const api = apiByKey(apiKey)
  if (api === undefined) return { apiKey, apiVersion, correlationId, clientId: null, headerLength: FIXED_HEADER_BYTES }

  const version = requestHeaderVersion(apiKey, includesVersion(api.flexible, apiVersion), apiVersion)
  const codec = requestHeader.codec(version)
  const reader = new Reader(buffer, at, codec.what)
  const header = codec.read(reader) as Infer<(typeof requestHeader)['schema']>
  const decoded: RequestHeader = {
    apiKey,
    apiVersion,
    correlationId,
    clientId: header.clientId,
    headerLength: reader.position - at,
  }
  if (header.unknownTaggedFields !== undefined) decoded.unknownTaggedFields = header.unknownTaggedFields
  return decoded
}

/** The body of a request, which starts at `at`. */
export function decodeRequest<A extends AnyApi>(api: A, version: number, buffer: Buffer, at: number): RequestOf<A> {
  const codec = api.request.codec(version)
  return codec.read(new Reader(buffer, at, codec.what)) as RequestOf<A>
}

/** A response with its length prefix. */
export function encodeResponse<A extends AnyApi>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInputOf<A>,
): Buffer[] {
  const codec = api.response.codec(version)
  beginResponse(writer, codec.what, responseHeaderVersion(api, version), correlationId)
  codec.write(writer, body)
  return writer.finishFrame()
}

/** The same in steps of at most some milliseconds, for a large response: whoever drives it does other things between them. */
export function* encodeResponseStepwise<A extends AnyApi>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInputOf<A>,
): Generator<undefined, Buffer[]> {
  const codec = api.response.codec(version)
  // One of its own: other messages are encoded meanwhile.
  const stepwise = new Writer()
  beginResponse(stepwise, codec.what, responseHeaderVersion(api, version), correlationId)
  yield* codec.writeStepwise(stepwise, body)
  return stepwise.finishFrame()
}

function beginResponse(to: Writer, what: string, headerVersion: number, correlationId: number): void {
  to.begin(what)
  to.int32(0, 'length')
  to.int32(correlationId, 'correlationId')
  if (headerVersion === 1) to.uvarint(0)
}

/** The id of the request that a response frame answers: known before API and version are. */
export function responseCorrelationId(buffer: Buffer, at = 0): number {
  return new Reader(buffer, at, 'ResponseHeader').int32()
}

/**
 * A response frame without its length prefix, to a request of this API and version.
 *
 * The answer to an ApiVersions request of a version that the broker does not know is in version 0, and read so.
 */
export function decodeResponse<A extends AnyApi>(
  api: A,
  version: number,
  buffer: Buffer,
  at = 0,
): { correlationId: number; body: ResponseOf<A> } {
  const header = responseHeader.codec(responseHeaderVersion(api, version))
  const reader = new Reader(buffer, at, header.what)
  const { correlationId } = header.read(reader) as Infer<(typeof responseHeader)['schema']>
  const codec = api.response.codec(isUnsupportedVersionAnswer(api, buffer, reader.position) ? 0 : version)
  return { correlationId, body: codec.read(new Reader(buffer, reader.position, codec.what)) as ResponseOf<A> }
}

function isUnsupportedVersionAnswer(api: AnyApi, buffer: Buffer, at: number): boolean {
  if (api.key !== apiVersions.key) return false
  return new Reader(buffer, at, api.response.name).int16() === ErrorCode.UNSUPPORTED_VERSION
}
