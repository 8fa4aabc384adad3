/** Records that several messages have in common. */
import type { Acl, Stat } from '../core/data-types.js'
import type { JuteReader, JuteWriter } from '../jute.js'

export function writeStat(out: JuteWriter, stat: Stat): void {
  out.long(stat.czxid)
  out.long(stat.mzxid)
  out.long(BigInt(stat.ctime))
  out.long(BigInt(stat.mtime))
  out.int(stat.version)
  out.int(stat.cversion)
  out.int(stat.aversion)
  out.long(stat.ephemeralOwner)
  out.int(stat.dataLength)
  out.int(stat.numChildren)
  out.long(stat.pzxid)
}

export function readStat(input: JuteReader): Stat {
  return {
    czxid: input.long(),
    mzxid: input.long(),
    ctime: Number(input.long()),
    mtime: Number(input.long()),
    version: input.int(),
    cversion: input.int(),
    aversion: input.int(),
    ephemeralOwner: input.long(),
    dataLength: input.int(),
    numChildren: input.int(),
    pzxid: input.long(),
  }
}

export function writeAcls(out: JuteWriter, acls: readonly Acl[]): void {
  out.vector(acls, ({ perms, scheme, id }) => {
    out.int(perms)
    out.string(scheme)
    out.string(id)
  })
}

export function readAcls(input: JuteReader): readonly Acl[] {
  return input.vector(() => ({ perms: input.int(), scheme: input.string(), id: input.string() }))
}

/** The header before each operation of a multi and each of its results (`MultiHeader`). */
export function writeMultiHeader(out: JuteWriter, type: number, isDone: boolean, error: number): void {
  out.int(type)
  out.boolean(isDone)
  out.int(error)
}

export function readMultiHeader(input: JuteReader): { readonly type: number; readonly isDone: boolean } {
  const type = input.int()
  const isDone = input.boolean()
  input.int()
  return { type, isDone }
}
