import type { ZooKeeper } from '@millrace/zookeeper'

/** The ZooKeeper that a broker coordinates through: one of its own, or others'. */
export interface ClusterStore {
  /** Where tools and other brokers reach it, with its chroot; undefined if nobody does. */
  readonly connectString: string | undefined
  /** A new session, below the chroot. Errors: ZooKeeperUnreachableError. */
  connect(): Promise<ZooKeeper>
  /** Ends a session of an earlier life of this broker, so that nobody waits for its timeout. */
  endSession(session: KnownSession): Promise<void>
  close(): Promise<void>
}

export interface KnownSession {
  readonly id: bigint
  readonly password: Buffer
}

/** No server of `zookeeper.connect` gave a session in time. */
export class ZooKeeperUnreachableError extends Error {
  override readonly name = 'ZooKeeperUnreachableError'
  readonly code = 'ZOOKEEPER_UNREACHABLE'

  constructor(connectString: string, timeoutMs: number) {
    super(`No ZooKeeper server of ${connectString} gave a session within ${timeoutMs} ms`)
  }
}
