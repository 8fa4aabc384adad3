/** A server's reply from its bytes, for the client that knows what it asked. */
import assert from 'node:assert'
import type { MultiOp, MultiResult, Stat } from '../core/data-types.js'
import { errorReply, type ReadResult, type Reply, type Request } from '../core/requests.js'
import { ZooKeeperErrorCode, zooKeeperErrorName } from '../errors.js'
import { JuteError, type JuteReader } from '../jute.js'
import { OpCode } from './op-code.js'
import { readAcls, readMultiHeader, readStat } from './records.js'

export interface ReplyHeader {
  readonly xid: number
  readonly zxid: bigint
  readonly error: number
}

export function readReplyHeader(input: JuteReader): ReplyHeader {
  return { xid: input.int(), zxid: input.long(), error: input.int() }
}

/** `input` is behind the header. Errors: JuteError. */
export function decodeReply(request: Request, { error, zxid }: ReplyHeader, input: JuteReader): Reply {
  if (error !== 0) return errorReply(zooKeeperErrorName(error))
  switch (request.kind) {
    case 'create':
      return { kind: 'created', path: input.string(), stat: readStat(input) }
    case 'exists':
    case 'setData':
    case 'setAcl':
    case 'check':
      return { kind: 'stat', stat: readStat(input) }
    case 'getData':
      return { kind: 'data', data: ownedBuffer(input), stat: readStat(input) }
    case 'getChildren':
      return { kind: 'children', children: input.vector(() => input.string()), stat: readStat(input) }
    case 'getAcl':
      return { kind: 'acl', acl: readAcls(input), stat: readStat(input) }
    case 'multi':
      return readMultiResults(input, request.operations, zxid)
    case 'multiRead':
      return { kind: 'multiRead', results: readReadResults(input) }
    case 'sync':
      return { kind: 'path', path: input.string() }
    case 'getEphemerals':
      return { kind: 'paths', paths: input.vector(() => input.string()) }
    case 'getAllChildrenNumber':
      return { kind: 'count', count: input.int() }
    case 'whoAmI':
      return { kind: 'identities', identities: input.vector(() => ({ scheme: input.string(), id: input.string() })) }
    case 'delete':
    case 'addWatch':
    case 'checkWatches':
    case 'removeWatches':
    case 'setWatches':
    case 'auth':
    case 'ping':
    case 'closeSession':
      return { kind: 'empty' }
    case 'refused':
      return assert.fail('a client never sends this')
    default:
      return request satisfies never
  }
}

/** A copy, so that a node of a few bytes does not keep what came with it in memory. */
function ownedBuffer(input: JuteReader): Buffer | null {
  const view = input.buffer()
  return view === null ? null : Buffer.from(view)
}

function readMultiResults(input: JuteReader, operations: readonly MultiOp[], zxid: bigint): Reply {
  const results: MultiResult[] = []
  const errors: number[] = []
  for (let header = readMultiHeader(input); !header.isDone; header = readMultiHeader(input)) {
    switch (header.type) {
      case OpCode.error:
        errors.push(input.int())
        break
      case OpCode.create2:
        results.push({ kind: 'create', path: input.string(), stat: readStat(input) })
        break
      case OpCode.create:
        // Servers before 3.8.2 take create2 for create within a multi (ZOOKEEPER-4026).
        results.push({ kind: 'create', path: input.string(), stat: untoldStat(operations[results.length], zxid) })
        break
      case OpCode.setData:
        results.push({ kind: 'setData', stat: readStat(input) })
        break
      case OpCode.delete:
        results.push({ kind: 'delete' })
        break
      case OpCode.check:
        results.push({ kind: 'check' })
        break
      default:
        throw new JuteError(`no result of a multi has type ${header.type}`)
    }
  }
  const failed = errors.find((error) => error !== ZooKeeperErrorCode.OK)
  if (failed === undefined) return { kind: 'multi', results }
  return { kind: 'error', error: zooKeeperErrorName(failed), results: errors }
}

/** Of a node that a transaction has just created, as far as it is known. */
function untoldStat(operation: MultiOp | undefined, zxid: bigint): Stat {
  if (operation?.kind !== 'create') throw new JuteError('a result of create where nothing was created')
  return {
    czxid: zxid,
    mzxid: zxid,
    ctime: 0,
    mtime: 0,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: operation.data?.length ?? 0,
    numChildren: 0,
    pzxid: zxid,
  }
}

function readReadResults(input: JuteReader): readonly ReadResult[] {
  const results: ReadResult[] = []
  for (let header = readMultiHeader(input); !header.isDone; header = readMultiHeader(input)) {
    switch (header.type) {
      case OpCode.error:
        results.push({ kind: 'error', error: zooKeeperErrorName(input.int()) })
        break
      case OpCode.getData:
        results.push({ kind: 'data', data: ownedBuffer(input), stat: readStat(input) })
        break
      case OpCode.getChildren:
        results.push({ kind: 'children', children: input.vector(() => input.string()) })
        break
      default:
        throw new JuteError(`no result of a multi of reads has type ${header.type}`)
    }
  }
  return results
}
