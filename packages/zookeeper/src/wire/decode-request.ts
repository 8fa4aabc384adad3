/**
 * A client's request from its bytes, for a server. Data is copied out of the frame, because nodes keep it; paths become
 * strings. What cannot be carried out is decoded to `refused` with the error that ZooKeeper answers.
 */
import type { MultiOp } from '../core/data-types.js'
import type { ReadOp, Request } from '../core/requests.js'
import { JuteError, type JuteReader } from '../jute.js'
import { createModeOf } from './create-modes.js'
import { OpCode } from './op-code.js'
import { readAcls, readMultiHeader } from './records.js'
import { addWatchModeOf, watcherTypeOf } from './watch-types.js'

export interface DecodedRequest {
  readonly request: Request
  /** Of a multi: the type of each operation, which its result has too. */
  readonly operationTypes?: readonly number[]
}

type Decoder = (input: JuteReader) => Request

const DECODERS: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [OpCode.create, readCreate],
  [OpCode.create2, readCreate],
  [OpCode.createContainer, readCreate],
  [OpCode.createTtl, readCreateTtl],
  [OpCode.delete, readDelete],
  [OpCode.setData, readSetData],
  [OpCode.check, readCheck],
  [OpCode.exists, (input) => ({ kind: 'exists', path: input.string(), watch: input.boolean() })],
  [OpCode.getData, (input) => ({ kind: 'getData', path: input.string(), watch: input.boolean() })],
  [OpCode.getChildren, (input) => ({ kind: 'getChildren', path: input.string(), watch: input.boolean() })],
  [OpCode.getChildren2, (input) => ({ kind: 'getChildren', path: input.string(), watch: input.boolean() })],
  [OpCode.getAcl, (input) => ({ kind: 'getAcl', path: input.string() })],
  [OpCode.setAcl, (input) => ({ kind: 'setAcl', path: input.string(), acl: readAcls(input), version: input.int() })],
  [OpCode.sync, (input) => ({ kind: 'sync', path: input.string() })],
  [OpCode.multiRead, readMultiRead],
  [OpCode.reconfig, () => ({ kind: 'refused', error: 'RECONFIGDISABLED' })],
  [OpCode.checkWatches, (input) => readWatches(input, 'checkWatches')],
  [OpCode.removeWatches, (input) => readWatches(input, 'removeWatches')],
  [OpCode.addWatch, readAddWatch],
  [OpCode.setWatches, (input) => readSetWatches(input, false)],
  [OpCode.setWatches2, (input) => readSetWatches(input, true)],
  [OpCode.auth, readAuth],
  [OpCode.getEphemerals, (input) => ({ kind: 'getEphemerals', path: input.string() })],
  [OpCode.getAllChildrenNumber, (input) => ({ kind: 'getAllChildrenNumber', path: input.string() })],
  [OpCode.whoAmI, () => ({ kind: 'whoAmI' })],
  [OpCode.ping, () => ({ kind: 'ping' })],
  [OpCode.closeSession, () => ({ kind: 'closeSession' })],
])

/** Undefined for a type that there is not. Errors: JuteError. */
export function decodeRequest(type: number, input: JuteReader): DecodedRequest | undefined {
  if (type === OpCode.multi) return readMulti(input)
  const decode = DECODERS.get(type)
  return decode === undefined ? undefined : { request: decode(input) }
}

function ownedBuffer(input: JuteReader): Buffer | null {
  const view = input.buffer()
  return view === null ? null : Buffer.from(view)
}

function readCreate(input: JuteReader): Request {
  const path = input.string()
  const data = ownedBuffer(input)
  const acl = readAcls(input)
  const mode = createModeOf(input.int())
  return mode === undefined ? { kind: 'refused', error: 'BADARGUMENTS' } : { kind: 'create', path, data, acl, mode }
}

function readCreateTtl(input: JuteReader): Request {
  const create = readCreate(input)
  const ttl = input.long()
  return create.kind === 'create' && ttl >= 0n ? { ...create, ttlMs: Number(ttl) } : create
}

function readDelete(input: JuteReader): MultiOp {
  return { kind: 'delete', path: input.string(), version: input.int() }
}

function readSetData(input: JuteReader): MultiOp {
  return { kind: 'setData', path: input.string(), data: ownedBuffer(input), version: input.int() }
}

function readCheck(input: JuteReader): MultiOp {
  return { kind: 'check', path: input.string(), version: input.int() }
}

function readMulti(input: JuteReader): DecodedRequest {
  const operations: MultiOp[] = []
  const operationTypes: number[] = []
  for (let header = readMultiHeader(input); !header.isDone; header = readMultiHeader(input)) {
    operations.push(readOperation(header.type, input))
    operationTypes.push(header.type)
  }
  return { request: { kind: 'multi', operations }, operationTypes }
}

function readOperation(type: number, input: JuteReader): MultiOp {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTtl: {
      const create = type === OpCode.createTtl ? readCreateTtl(input) : readCreate(input)
      if (create.kind !== 'create') throw new JuteError('invalid flag for create mode')
      return create
    }
    case OpCode.delete:
      return readDelete(input)
    case OpCode.setData:
      return readSetData(input)
    case OpCode.check:
      return readCheck(input)
    default:
      throw new JuteError(`${type} cannot be in a multi`)
  }
}

function readMultiRead(input: JuteReader): Request {
  const operations: ReadOp[] = []
  for (let header = readMultiHeader(input); !header.isDone; header = readMultiHeader(input)) {
    if (header.type !== OpCode.getData && header.type !== OpCode.getChildren) {
      throw new JuteError(`${header.type} cannot be in a multi of reads`)
    }
    operations.push({ kind: header.type === OpCode.getData ? 'getData' : 'getChildren', path: input.string() })
    // The watch flag, which clients do not set here.
    input.boolean()
  }
  return { kind: 'multiRead', operations }
}

function readWatches(input: JuteReader, kind: 'checkWatches' | 'removeWatches'): Request {
  const path = input.string()
  const watcherType = watcherTypeOf(input.int())
  if (watcherType === undefined) throw new JuteError('no such type of watcher')
  return { kind, path, watcherType }
}

function readAddWatch(input: JuteReader): Request {
  const path = input.string()
  const mode = addWatchModeOf(input.int())
  if (mode === undefined) throw new JuteError('no such mode of a watch')
  return { kind: 'addWatch', path, mode }
}

function readSetWatches(input: JuteReader, hasPersistent: boolean): Request {
  const paths = () => input.vector(() => input.string())
  return {
    kind: 'setWatches',
    relativeZxid: input.long(),
    data: paths(),
    exist: paths(),
    child: paths(),
    persistent: hasPersistent ? paths() : [],
    persistentRecursive: hasPersistent ? paths() : [],
  }
}

function readAuth(input: JuteReader): Request {
  input.int()
  return { kind: 'auth', scheme: input.string(), auth: ownedBuffer(input) ?? Buffer.alloc(0) }
}
