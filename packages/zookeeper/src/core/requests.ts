/**
 * What a connection may ask a server, and what it is answered: ZooKeeper's operations as plain data, one kind per
 * operation code. The local client hands them over as they are; a wire server decodes and encodes them.
 */
import type { ZooKeeperErrorName } from '../errors.js'
import type { Acl, AddWatchMode, Identity, MultiOp, MultiResult, Stat } from './data-types.js'

/** Takes a zxid, also when refused. */
export type WriteRequest =
  | MultiOp
  | { readonly kind: 'setAcl'; readonly path: string; readonly acl: readonly Acl[]; readonly version: number }
  | { readonly kind: 'multi'; readonly operations: readonly MultiOp[] }
  /** One that cannot even be read, or is not offered. */
  | { readonly kind: 'refused'; readonly error: ZooKeeperErrorName }

/** Answered from the tree of the moment; `watch` sets a one-shot watch if the answer is not an error. */
export type ReadRequest =
  | { readonly kind: 'exists' | 'getData' | 'getChildren'; readonly path: string; readonly watch: boolean }
  | { readonly kind: 'getAcl' | 'getAllChildrenNumber' | 'getEphemerals' | 'sync'; readonly path: string }
  | { readonly kind: 'multiRead'; readonly operations: readonly ReadOp[] }
  | { readonly kind: 'whoAmI' }

/** One step of a multi of reads. */
export interface ReadOp {
  readonly kind: 'getData' | 'getChildren'
  readonly path: string
}

/** Each step of a multi of reads is answered by itself. */
export type ReadResult =
  | { readonly kind: 'error'; readonly error: ZooKeeperErrorName }
  | { readonly kind: 'data'; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly kind: 'children'; readonly children: readonly string[] }

/** Changes what this connection watches. */
export type WatchRequest =
  | { readonly kind: 'addWatch'; readonly path: string; readonly mode: AddWatchMode }
  | {
      readonly kind: 'checkWatches' | 'removeWatches'
      readonly path: string
      readonly watcherType: WatcherType
    }
  | SetWatchesRequest

/** Which of a connection's watches on a path are meant. */
export type WatcherType = 'children' | 'data' | 'any' | 'persistent' | 'persistent-recursive'

/** After a reconnect: the watches that the client still waits for, and the last transaction it saw. */
export interface SetWatchesRequest {
  readonly kind: 'setWatches'
  readonly relativeZxid: bigint
  readonly data: readonly string[]
  readonly exist: readonly string[]
  readonly child: readonly string[]
  readonly persistent: readonly string[]
  readonly persistentRecursive: readonly string[]
}

export type Request =
  | WriteRequest
  | ReadRequest
  | WatchRequest
  | { readonly kind: 'auth'; readonly scheme: string; readonly auth: Buffer }
  /** Shows that the client lives, and is answered in its turn. */
  | { readonly kind: 'ping' }
  | { readonly kind: 'closeSession' }

export type Reply =
  | { readonly kind: 'error'; readonly error: ZooKeeperErrorName; readonly results?: readonly number[] }
  /** delete, addWatch, checkWatches, removeWatches, setWatches, auth, ping, closeSession. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'created'; readonly path: string; readonly stat: Stat }
  /** exists, setData, setAcl, check. */
  | { readonly kind: 'stat'; readonly stat: Stat }
  | { readonly kind: 'data'; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly kind: 'children'; readonly children: readonly string[]; readonly stat: Stat }
  | { readonly kind: 'acl'; readonly acl: readonly Acl[]; readonly stat: Stat }
  | { readonly kind: 'multi'; readonly results: readonly MultiResult[] }
  | { readonly kind: 'multiRead'; readonly results: readonly ReadResult[] }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'identities'; readonly identities: readonly Identity[] }

export function errorReply(error: ZooKeeperErrorName): Reply {
  return { kind: 'error', error }
}
