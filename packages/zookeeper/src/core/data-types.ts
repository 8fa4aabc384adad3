/** Permission bits of an ACL entry. */
export const Perms = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const

/** One ACL entry: what the identity `scheme:id` may do. */
export interface Acl {
  /** Bit set of `Perms`. */
  readonly perms: number
  /** `world`, `auth`, `digest` or `ip`. */
  readonly scheme: string
  readonly id: string
}

/** Who a connection is: its address and everything it proved with `auth`. */
export interface Identity {
  readonly scheme: string
  readonly id: string
}

/** Everyone may do everything: ZooKeeper's `OPEN_ACL_UNSAFE`, the default of `create`. */
export const OPEN_ACL_UNSAFE: readonly Acl[] = [{ perms: Perms.ALL, scheme: 'world', id: 'anyone' }]
/** Everyone may read: ZooKeeper's `READ_ACL_UNSAFE`. */
export const READ_ACL_UNSAFE: readonly Acl[] = [{ perms: Perms.READ, scheme: 'world', id: 'anyone' }]
/** The creator's proved identities may do everything: ZooKeeper's `CREATOR_ALL_ACL`. */
export const CREATOR_ALL_ACL: readonly Acl[] = [{ perms: Perms.ALL, scheme: 'auth', id: '' }]

/** What ZooKeeper tells about a node. 64-bit ids are bigint, as on the wire; times are wall-clock milliseconds. */
export interface Stat {
  /** Transaction that created the node. */
  readonly czxid: bigint
  /** Transaction that last changed its data. */
  readonly mzxid: bigint
  readonly ctime: number
  readonly mtime: number
  /** Number of changes of the data. */
  readonly version: number
  /** Twice the children ever created, minus the children there are. */
  readonly cversion: number
  /** Number of changes of the ACL. */
  readonly aversion: number
  /** Owning session of an ephemeral node, 0n for others (container and TTL nodes: ZooKeeper's marker values). */
  readonly ephemeralOwner: bigint
  readonly dataLength: number
  readonly numChildren: number
  /** Transaction that last created or deleted a child. */
  readonly pzxid: bigint
}

/** How a node lives. `ttl` nodes need `ttlMs` and go once they are without children for that long. */
export type CreateMode =
  | 'persistent'
  | 'persistent-sequential'
  | 'ephemeral'
  | 'ephemeral-sequential'
  | 'container'
  | 'ttl'
  | 'ttl-sequential'

/** Kind of a notification, by ZooKeeper's names. */
export type WatchEventType = 'NodeCreated' | 'NodeDeleted' | 'NodeDataChanged' | 'NodeChildrenChanged'

/** `persistent`: all events of one node and its children list; `persistent-recursive`: those of the whole subtree. */
export type AddWatchMode = 'persistent' | 'persistent-recursive'

/** One step of a multi. `version` −1 matches any. */
export type MultiOp =
  | {
      readonly kind: 'create'
      readonly path: string
      readonly data: Buffer | null
      readonly mode?: CreateMode
      readonly acl?: readonly Acl[]
      readonly ttlMs?: number
    }
  | { readonly kind: 'delete'; readonly path: string; readonly version: number }
  | { readonly kind: 'setData'; readonly path: string; readonly data: Buffer | null; readonly version: number }
  | { readonly kind: 'check'; readonly path: string; readonly version: number }

/**
 * What a step of an accepted multi answers, in the order of its operations. Servers before 3.8.2 do not tell the times and
 * the owner of what was created: there they are 0.
 */
export type MultiResult =
  | { readonly kind: 'create'; readonly path: string; readonly stat: Stat }
  | { readonly kind: 'delete' }
  | { readonly kind: 'setData'; readonly stat: Stat }
  | { readonly kind: 'check' }
