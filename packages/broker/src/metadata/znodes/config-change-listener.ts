/**
 * Hears of changed configs (`kafka.common.ZkNodeChangeNotificationListener`): every broker reads the notices below
 * `/config/changes` in order, those above the last number it has seen, and reads the named entity again; the notice
 * carries no value.
 *
 * At the start, and after a new session, it runs all notices there are. Whoever reads notices removes those older than a
 * quarter of an hour.
 */
import type { Clock, Logger } from '../../ports.js'
import { type ConfigEntity, decodeConfigChange } from './entity-config.js'
import { CONFIG_CHANGE_PREFIX, CONFIG_CHANGES_PATH } from './paths.js'
import type { SessionStateHandler, ZkSession } from './zk-session.js'
import { deleteNode } from './znode-access.js'

const NOTICE_EXPIRATION_MS = 15 * 60 * 1000

export interface ConfigChangeListenerOptions {
  readonly session: ZkSession
  readonly clock: Clock
  readonly logger: Logger
  /** Reads the entity anew and applies it. One at a time, in the order of the changes. A failure is logged. */
  readonly onChange: (entity: ConfigEntity) => Promise<void>
}

export class ConfigChangeListener {
  readonly #options: ConfigChangeListenerOptions
  /** One run at a time; each run reads everything that is there. */
  #runs: Promise<void> = Promise.resolve()
  #lastSequence = -1
  #closed = false

  constructor(options: ConfigChangeListenerOptions) {
    this.#options = options
  }

  readonly #stateHandler: SessionStateHandler = {
    beforeInitializingSession: async () => {},
    afterInitializingSession: async () => await this.#run(),
  }

  /** Settles when all notices that are there have been run. */
  async start(): Promise<void> {
    const { session } = this.#options
    session.registerStateHandler(this.#stateHandler)
    session.registerChildHandler(CONFIG_CHANGES_PATH, () => {
      void this.#run()
    })
    await this.#run()
  }

  async close(): Promise<void> {
    this.#closed = true
    const { session } = this.#options
    session.unregisterStateHandler(this.#stateHandler)
    session.unregisterChildHandler(CONFIG_CHANGES_PATH)
    // Without a connection the run under way waits for one, perhaps for ever.
    if (session.isConnected) await this.#runs
  }

  /** Settles when it, and what was asked for before it, is done; never fails. */
  #run(): Promise<void> {
    this.#runs = this.#runs.then(async () => {
      try {
        if (!this.#closed) await this.#processNotices()
      } catch (error) {
        this.#options.logger.error('Config changes could not be read', { error: String(error) })
      }
    })
    return this.#runs
  }

  async #processNotices(): Promise<void> {
    const names = (await this.#options.session.getChildren(CONFIG_CHANGES_PATH)) ?? []
    const notices = names
      .filter((name) => name.startsWith(CONFIG_CHANGE_PREFIX))
      .map((name) => ({ name, sequence: Number(name.slice(CONFIG_CHANGE_PREFIX.length)) }))
      .sort((a, b) => a.sequence - b.sequence)
    for (const { name, sequence } of notices) {
      if (sequence <= this.#lastSequence) continue
      await this.#process(`${CONFIG_CHANGES_PATH}/${name}`)
      this.#lastSequence = sequence
    }
    // In the order in which they were made: behind the first that must stay there is none to remove.
    for (const { name } of notices) if (!(await this.#purge(`${CONFIG_CHANGES_PATH}/${name}`))) break
  }

  async #process(path: string): Promise<void> {
    const found = await this.#options.session.getData(path)
    if (found === undefined) return
    try {
      await this.#options.onChange(decodeConfigChange(found.data))
    } catch (error) {
      // A notice that cannot be applied must not hold up those after it.
      this.#options.logger.error(`Config change ${path} was not applied`, { error: String(error) })
    }
  }

  /** Whether it is gone. */
  async #purge(path: string): Promise<boolean> {
    const { session, clock } = this.#options
    const stat = await session.exists(path)
    if (stat === null) return true
    if (clock.nowMs() - stat.ctime <= NOTICE_EXPIRATION_MS) return false
    await deleteNode(session, path)
    return true
  }
}
