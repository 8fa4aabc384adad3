import type { Acl } from './data-types.js'

/** One change of the database, decided and complete: applying it never fails. */
export type Change =
  | CreateChange
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'setData'; readonly path: string; readonly data: Buffer | null; readonly version: number }
  | { readonly kind: 'setAcl'; readonly path: string; readonly acl: readonly Acl[]; readonly version: number }
  | { readonly kind: 'createSession'; readonly sessionId: bigint; readonly timeoutMs: number }
  /** Ends the session and deletes all its ephemeral nodes. */
  | { readonly kind: 'closeSession'; readonly sessionId: bigint }

export interface CreateChange {
  readonly kind: 'create'
  /** With the number of a sequential node. */
  readonly path: string
  readonly data: Buffer | null
  readonly acl: readonly Acl[]
  /** Owning session, 0n, `CONTAINER_OWNER` or a TTL marker. */
  readonly ephemeralOwner: bigint
}

/**
 * The unit of the log: plain data. All changes of a multi share one transaction; a refused write is one without changes,
 * because it takes a zxid too.
 */
export interface Txn {
  readonly zxid: bigint
  /** Wall clock when it was decided: the ctime and mtime of what it touches. */
  readonly timeMs: number
  readonly changes: readonly Change[]
}

/** `ephemeralOwner` of a container node: the lowest int64. */
export const CONTAINER_OWNER = -(1n << 63n)

const TTL_MARKER = 0xff00_0000_0000_0000n
const TTL_BITS = 40n
/** The longest time to live that the marker can carry. */
export const TTL_MS_MAX = Number((1n << TTL_BITS) - 1n)

/** `ephemeralOwner` of a TTL node (`EphemeralType.TTL`): a marker byte with the milliseconds in its low 40 bits. */
export function ttlOwner(ttlMs: number): bigint {
  return BigInt.asIntN(64, TTL_MARKER | BigInt(ttlMs))
}

/** The time to live in an `ephemeralOwner`, or undefined if it is no TTL node's. */
export function ttlMsOf(ephemeralOwner: bigint): number | undefined {
  const bits = BigInt.asUintN(64, ephemeralOwner)
  if (bits >> 56n !== 0xffn) return undefined
  return Number(bits & BigInt(TTL_MS_MAX))
}

/** True if `ephemeralOwner` is a session, so that the node is ephemeral. */
export function isSessionOwner(ephemeralOwner: bigint): boolean {
  return ephemeralOwner !== 0n && ephemeralOwner !== CONTAINER_OWNER && ttlMsOf(ephemeralOwner) === undefined
}
