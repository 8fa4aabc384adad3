/**
 * Bytes on their way between threads. A message takes along the whole memory that a view shows a part of, so they leave as
 * copies of their own, and arrive as plain arrays.
 */
import type { MultiOp } from '../core/data-types.js'
import type { Reply, Request } from '../core/requests.js'

export function portableRequest(request: Request): Request {
  return mapRequestBytes(request, ownCopy)
}

export function arrivedRequest(request: Request): Request {
  return mapRequestBytes(request, asBuffer)
}

export function portableReply(reply: Reply): Reply {
  return mapReplyBytes(reply, ownCopy)
}

export function arrivedReply(reply: Reply): Reply {
  return mapReplyBytes(reply, asBuffer)
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

type BytesMap = (bytes: Buffer) => Buffer

function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}

function mapRequestBytes(request: Request, map: BytesMap): Request {
  switch (request.kind) {
    case 'create':
    case 'setData':
      return mapOperationBytes(request, map)
    case 'multi':
      return { ...request, operations: request.operations.map((operation) => mapOperationBytes(operation, map)) }
    case 'auth':
      return { ...request, auth: map(request.auth) }
    default:
      return request
  }
}

function mapOperationBytes(operation: MultiOp, map: BytesMap): MultiOp {
  const hasBytes = (operation.kind === 'create' || operation.kind === 'setData') && operation.data !== null
  return hasBytes ? { ...operation, data: map(operation.data) } : operation
}

function mapReplyBytes(reply: Reply, map: BytesMap): Reply {
  if (reply.kind === 'data') return reply.data === null ? reply : { ...reply, data: map(reply.data) }
  if (reply.kind !== 'multiRead') return reply
  const results = reply.results.map((result) =>
    result.kind === 'data' && result.data !== null ? { ...result, data: map(result.data) } : result,
  )
  return { ...reply, results }
}
