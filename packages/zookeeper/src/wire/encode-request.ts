/** A request to its bytes, for a client: header and record. */
import { type MultiOp, OPEN_ACL_UNSAFE } from '../core/data-types.js'
import type { ReadOp, Request, SetWatchesRequest } from '../core/requests.js'
import type { JuteWriter } from '../jute.js'
import { createFlag } from './create-modes.js'
import { OpCode, Xid } from './op-code.js'
import { writeAcls, writeMultiHeader } from './records.js'
import { addWatchModeCode, watcherTypeCode } from './watch-types.js'

/** `xid` is the request's number; auth, setWatches and ping have a fixed one instead. */
export function encodeRequest(out: JuteWriter, xid: number, request: Exclude<Request, { kind: 'refused' }>): void {
  out.int(fixedXid(request) ?? xid)
  switch (request.kind) {
    case 'create':
    case 'delete':
    case 'setData':
    case 'check':
      out.int(operationType(request))
      writeOperation(out, request)
      break
    case 'multi':
      out.int(OpCode.multi)
      for (const operation of request.operations) {
        writeMultiHeader(out, operationType(operation), false, -1)
        writeOperation(out, operation)
      }
      writeMultiHeader(out, OpCode.error, true, -1)
      break
    case 'multiRead':
      out.int(OpCode.multiRead)
      writeReads(out, request.operations)
      break
    case 'setAcl':
      out.int(OpCode.setAcl)
      out.string(request.path)
      writeAcls(out, request.acl)
      out.int(request.version)
      break
    case 'exists':
    case 'getData':
    case 'getChildren':
      out.int(request.kind === 'getChildren' ? OpCode.getChildren2 : OpCode[request.kind])
      out.string(request.path)
      out.boolean(request.watch)
      break
    case 'getAcl':
    case 'getAllChildrenNumber':
    case 'getEphemerals':
    case 'sync':
      out.int(OpCode[request.kind])
      out.string(request.path)
      break
    case 'addWatch':
      out.int(OpCode.addWatch)
      out.string(request.path)
      out.int(addWatchModeCode(request.mode))
      break
    case 'checkWatches':
    case 'removeWatches':
      out.int(OpCode[request.kind])
      out.string(request.path)
      out.int(watcherTypeCode(request.watcherType))
      break
    case 'setWatches':
      writeSetWatches(out, request)
      break
    case 'auth':
      out.int(OpCode.auth)
      out.int(0)
      out.string(request.scheme)
      out.buffer(request.auth)
      break
    case 'whoAmI':
    case 'ping':
    case 'closeSession':
      out.int(OpCode[request.kind])
      break
    default:
      request satisfies never
  }
}

function fixedXid({ kind }: Request): number | undefined {
  return kind === 'auth' || kind === 'setWatches' || kind === 'ping' ? Xid[kind] : undefined
}

/** `create` asks for the Stat in the answer, which `create2` (ZooKeeper 3.5) has. */
function operationType(operation: MultiOp): number {
  if (operation.kind !== 'create') return OpCode[operation.kind]
  switch (operation.mode) {
    case 'ttl':
    case 'ttl-sequential':
      return OpCode.createTtl
    case 'container':
      return OpCode.createContainer
    default:
      return operation.ttlMs === undefined ? OpCode.create2 : OpCode.createTtl
  }
}

function writeOperation(out: JuteWriter, operation: MultiOp): void {
  out.string(operation.path)
  switch (operation.kind) {
    case 'create':
      out.buffer(operation.data)
      writeAcls(out, operation.acl ?? OPEN_ACL_UNSAFE)
      out.int(createFlag(operation.mode ?? 'persistent'))
      if (operationType(operation) === OpCode.createTtl) out.long(BigInt(Math.trunc(operation.ttlMs ?? 0)))
      break
    case 'setData':
      out.buffer(operation.data)
      out.int(operation.version)
      break
    case 'delete':
    case 'check':
      out.int(operation.version)
      break
    default:
      operation satisfies never
  }
}

function writeReads(out: JuteWriter, operations: readonly ReadOp[]): void {
  for (const { kind, path } of operations) {
    writeMultiHeader(out, OpCode[kind], false, -1)
    out.string(path)
    out.boolean(false)
  }
  writeMultiHeader(out, OpCode.error, true, -1)
}

/** The older form, if it is enough, so that servers before 3.6 understand it. */
function writeSetWatches(out: JuteWriter, request: SetWatchesRequest): void {
  const { persistent, persistentRecursive } = request
  const paths = (list: readonly string[]) => out.vector(list, (path) => out.string(path))
  const hasPersistent = persistent.length + persistentRecursive.length > 0
  out.int(hasPersistent ? OpCode.setWatches2 : OpCode.setWatches)
  out.long(request.relativeZxid)
  paths(request.data)
  paths(request.exist)
  paths(request.child)
  if (!hasPersistent) return
  paths(persistent)
  paths(persistentRecursive)
}
