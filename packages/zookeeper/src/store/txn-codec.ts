/**
 * The bytes of a transaction in the log, and of nodes in a snapshot. Jute throughout; see the package README for the
 * layout. Kinds are numbers that never change their meaning.
 */
import type { Znode } from '../core/data-tree.js'
import type { Acl } from '../core/data-types.js'
import type { Change, Txn } from '../core/txn.js'
import { JuteError, type JuteReader, type JuteWriter } from '../jute.js'

const KIND = { create: 1, delete: 2, setData: 3, setAcl: 4, createSession: 5, closeSession: 6 } as const

export function writeTxn(out: JuteWriter, txn: Txn): void {
  out.long(txn.zxid)
  out.long(BigInt(txn.timeMs))
  out.vector(txn.changes, (change) => writeChange(out, change))
}

export function readTxn(input: JuteReader): Txn {
  return { zxid: input.long(), timeMs: Number(input.long()), changes: input.vector(() => readChange(input)) }
}

function writeChange(out: JuteWriter, change: Change): void {
  out.byte(KIND[change.kind])
  switch (change.kind) {
    case 'create':
      out.string(change.path)
      out.buffer(change.data)
      writeAcl(out, change.acl)
      out.long(change.ephemeralOwner)
      break
    case 'delete':
      out.string(change.path)
      break
    case 'setData':
      out.string(change.path)
      out.buffer(change.data)
      out.int(change.version)
      break
    case 'setAcl':
      out.string(change.path)
      writeAcl(out, change.acl)
      out.int(change.version)
      break
    case 'createSession':
      out.long(change.sessionId)
      out.int(change.timeoutMs)
      break
    case 'closeSession':
      out.long(change.sessionId)
      break
    default:
      change satisfies never
  }
}

function readChange(input: JuteReader): Change {
  const kind = input.byte()
  switch (kind) {
    case KIND.create:
      return {
        kind: 'create',
        path: input.string(),
        data: ownedBuffer(input),
        acl: readAcl(input),
        ephemeralOwner: input.long(),
      }
    case KIND.delete:
      return { kind: 'delete', path: input.string() }
    case KIND.setData:
      return { kind: 'setData', path: input.string(), data: ownedBuffer(input), version: input.int() }
    case KIND.setAcl:
      return { kind: 'setAcl', path: input.string(), acl: readAcl(input), version: input.int() }
    case KIND.createSession:
      return { kind: 'createSession', sessionId: input.long(), timeoutMs: input.int() }
    case KIND.closeSession:
      return { kind: 'closeSession', sessionId: input.long() }
    default:
      throw new JuteError(`unknown change ${kind}`)
  }
}

export function writeAcl(out: JuteWriter, acl: readonly Acl[]): void {
  out.vector(acl, (entry) => {
    out.int(entry.perms)
    out.string(entry.scheme)
    out.string(entry.id)
  })
}

export function readAcl(input: JuteReader): readonly Acl[] {
  return input.vector(() => ({ perms: input.int(), scheme: input.string(), id: input.string() }))
}

export function writeNode(out: JuteWriter, path: string, node: Znode): void {
  out.string(path)
  out.buffer(node.data)
  writeAcl(out, node.acl)
  out.long(node.czxid)
  out.long(node.mzxid)
  out.long(node.pzxid)
  out.long(BigInt(node.ctime))
  out.long(BigInt(node.mtime))
  out.int(node.version)
  out.int(node.aversion)
  out.int(node.childrenCreated)
  out.long(node.ephemeralOwner)
}

export function readNode(input: JuteReader): readonly [path: string, node: Znode] {
  const path = input.string()
  const node: Znode = {
    data: ownedBuffer(input),
    acl: readAcl(input),
    czxid: input.long(),
    mzxid: input.long(),
    pzxid: input.long(),
    ctime: Number(input.long()),
    mtime: Number(input.long()),
    version: input.int(),
    aversion: input.int(),
    childrenCreated: input.int(),
    ephemeralOwner: input.long(),
  }
  return [path, node]
}

/** A copy, so that a node of a few bytes does not keep a whole file in memory. */
function ownedBuffer(input: JuteReader): Buffer | null {
  const view = input.buffer()
  return view === null ? null : Buffer.from(view)
}
