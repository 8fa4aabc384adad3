/**
 * What a ZooKeeper thread and its owner tell each other. Plain data: bytes arrive as `Uint8Array`, and are made `Buffer`s
 * again by who receives them.
 *
 *     owner                                  thread
 *     startServer / closeServer   ──►        server
 *     openSession (with a port)   ──►        session host
 *     calls, close                ──port──►
 *                                 ◄──port──  events, in batches, in order
 */
import type { MessagePort } from 'node:worker_threads'
import type { ServerAddress } from '../client/connect-string.js'
import type { ConnectZooKeeperOptions } from '../client/connect-zookeeper.js'
import type { ServerConfig } from '../config/server-config.js'
import type { Reply, Request } from '../core/requests.js'
import type { ZooKeeperErrorName } from '../errors.js'
import type { WatchedEvent, ZooKeeperState } from '../zookeeper.js'

/** To the thread. */
export type ThreadCommand =
  | { readonly kind: 'startServer'; readonly config: ServerConfig; readonly isPortPreferred: boolean }
  | { readonly kind: 'closeServer' }
  | {
      readonly kind: 'openSession'
      readonly port: MessagePort
      readonly servers: readonly ServerAddress[]
      readonly options: Omit<ConnectZooKeeperOptions, 'connectString' | 'signal'>
    }

/** From the thread. */
export type ThreadEvent =
  | { readonly kind: 'serverStarted'; readonly port: number | undefined; readonly securePort: number | undefined }
  | { readonly kind: 'serverRefused'; readonly error: PortableError }
  | { readonly kind: 'serverClosed' }
  | {
      readonly kind: 'log'
      readonly level: 'info' | 'warn' | 'error'
      readonly message: string
      readonly fields: Record<string, unknown>
    }

/** To a session. */
export type SessionCommand =
  | { readonly kind: 'calls'; readonly calls: readonly { readonly id: number; readonly request: Request }[] }
  | { readonly kind: 'close' }

/** From a session. */
export type SessionEvent =
  | { readonly kind: 'reply'; readonly id: number; readonly reply: Reply }
  | { readonly kind: 'failed'; readonly id: number; readonly code: ZooKeeperErrorName }
  | { readonly kind: 'notification'; readonly event: WatchedEvent }
  | { readonly kind: 'state'; readonly state: ZooKeeperState; readonly session: SessionIdentity }
  /** The session could not be opened. */
  | { readonly kind: 'refused'; readonly error: PortableError }
  | { readonly kind: 'closed' }

export interface SessionIdentity {
  readonly id: bigint
  readonly password: Buffer
  readonly timeoutMs: number
}

/** An error with what its class would lose on the way. */
export interface PortableError {
  readonly name: string
  readonly code: string | undefined
  readonly message: string
  /** Of a port that is taken. */
  readonly port: number | undefined
}

export function portableError(error: unknown): PortableError {
  const { name, code, message, port } = error as Error & { readonly code?: string; readonly port?: number }
  return { name: name ?? 'Error', code, message: message ?? String(error), port }
}
