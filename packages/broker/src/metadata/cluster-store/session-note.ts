/**
 * Remembers in the log directory which session the broker has. A broker that was killed leaves its session behind, with its
 * registration and perhaps the controller's node; its next life ends that session instead of waiting for its timeout.
 *
 * Whoever reads the note has the lock of the log directory: the life that wrote it is over.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../ports.js'
import type { ClusterStore, KnownSession } from './cluster-store.js'

export interface SessionNoteOptions {
  readonly logDir: string
  readonly store: ClusterStore
  readonly session: () => KnownSession
  readonly logger: Logger
}

/** Has a dot before it, so that an Apache broker does not look at it. */
const FILE = '.millrace-session'

export class SessionNote {
  readonly #options: SessionNoteOptions
  readonly #path: string

  constructor(options: SessionNoteOptions) {
    this.#options = options
    this.#path = join(options.logDir, FILE)
  }

  /** Ends the session of the note, if it is another one, and notes the present one. Before each registration. */
  async renew(): Promise<void> {
    const { store, session, logger } = this.#options
    const present = session()
    const noted = await this.#read()
    if (noted?.id === present.id) return
    if (noted !== undefined) {
      logger.info('The session of an earlier life of this broker is ended', { session: noted.id.toString(16) })
      await store.endSession(noted)
    }
    try {
      await writeFile(this.#path, `${present.id.toString(16)} ${present.password.toString('hex')}\n`, { mode: 0o600 })
    } catch (error) {
      logger.warn('After a crash the next start will have to wait until the session is over', { reason: String(error) })
    }
  }

  /** The session was closed. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => undefined)
  }

  async #read(): Promise<KnownSession | undefined> {
    let text: string
    try {
      text = await readFile(this.#path, 'latin1')
    } catch {
      return undefined
    }
    const [, id, password] = /^([0-9a-f]{1,16}) ([0-9a-f]{32})\n$/.exec(text) ?? []
    if (id === undefined || password === undefined) return undefined
    return { id: BigInt.asIntN(64, BigInt(`0x${id}`)), password: Buffer.from(password, 'hex') }
  }
}
