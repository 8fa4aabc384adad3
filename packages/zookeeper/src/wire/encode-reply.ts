/** A server's reply to its bytes: the header, and the record if there is no error. */
import type { MultiResult } from '../core/data-types.js'
import type { ReadResult, Reply } from '../core/requests.js'
import { ZooKeeperErrorCode } from '../errors.js'
import type { JuteWriter } from '../jute.js'
import { OpCode } from './op-code.js'
import { writeAcls, writeMultiHeader, writeStat } from './records.js'

export interface ReplyContext {
  readonly xid: number
  /** Operation code of the request: old and new ones of one operation differ in what they answer. */
  readonly type: number
  /** Of a multi. */
  readonly operationTypes?: readonly number[]
}

export function encodeReply(out: JuteWriter, context: ReplyContext, zxid: bigint, reply: Reply): void {
  out.int(context.xid)
  out.long(zxid)
  // A refused multi says in its results what failed.
  const refusedOperations = reply.kind === 'error' ? reply.results : undefined
  out.int(reply.kind === 'error' && refusedOperations === undefined ? ZooKeeperErrorCode[reply.error] : 0)
  switch (reply.kind) {
    case 'error':
      if (refusedOperations !== undefined) writeErrors(out, refusedOperations)
      break
    case 'empty':
      if (context.type === OpCode.addWatch) out.int(0)
      break
    case 'created':
      out.string(reply.path)
      if (context.type !== OpCode.create) writeStat(out, reply.stat)
      break
    case 'stat':
      writeStat(out, reply.stat)
      break
    case 'data':
      out.buffer(reply.data)
      writeStat(out, reply.stat)
      break
    case 'children':
      out.vector(reply.children, (name) => out.string(name))
      if (context.type === OpCode.getChildren2) writeStat(out, reply.stat)
      break
    case 'acl':
      writeAcls(out, reply.acl)
      writeStat(out, reply.stat)
      break
    case 'multi':
      writeResults(out, reply.results, context.operationTypes ?? [])
      break
    case 'multiRead':
      for (const result of reply.results) writeReadResult(out, result)
      writeMultiHeader(out, OpCode.error, true, -1)
      break
    case 'path':
      out.string(reply.path)
      break
    case 'paths':
      out.vector(reply.paths, (path) => out.string(path))
      break
    case 'count':
      out.int(reply.count)
      break
    case 'identities':
      out.vector(reply.identities, ({ scheme, id }) => {
        out.string(scheme)
        out.string(id)
      })
      break
    default:
      reply satisfies never
  }
}

function writeErrors(out: JuteWriter, results: readonly number[]): void {
  for (const error of results) writeError(out, error)
  writeMultiHeader(out, OpCode.error, true, -1)
}

function writeError(out: JuteWriter, error: number): void {
  writeMultiHeader(out, OpCode.error, false, error)
  out.int(error)
}

function writeResults(out: JuteWriter, results: readonly MultiResult[], types: readonly number[]): void {
  for (const [index, result] of results.entries()) {
    switch (result.kind) {
      case 'create':
        // Every newer form of create is answered as create2.
        if (types[index] === OpCode.create) {
          writeMultiHeader(out, OpCode.create, false, 0)
          out.string(result.path)
        } else {
          writeMultiHeader(out, OpCode.create2, false, 0)
          out.string(result.path)
          writeStat(out, result.stat)
        }
        break
      case 'setData':
        writeMultiHeader(out, OpCode.setData, false, 0)
        writeStat(out, result.stat)
        break
      case 'delete':
      case 'check':
        writeMultiHeader(out, OpCode[result.kind], false, 0)
        break
      default:
        result satisfies never
    }
  }
  writeMultiHeader(out, OpCode.error, true, -1)
}

function writeReadResult(out: JuteWriter, result: ReadResult): void {
  switch (result.kind) {
    case 'error':
      writeError(out, ZooKeeperErrorCode[result.error])
      break
    case 'data':
      writeMultiHeader(out, OpCode.getData, false, 0)
      out.buffer(result.data)
      writeStat(out, result.stat)
      break
    case 'children':
      writeMultiHeader(out, OpCode.getChildren, false, 0)
      out.vector(result.children, (name) => out.string(name))
      break
    default:
      result satisfies never
  }
}
