/**
 * The controller module of a broker (`kafka.controller.KafkaController`): stands for election, serves terms of office,
 * resigns.
 *
 *     follower ──(elected)──► active ──(another was elected, session expired, failed)──► follower
 *
 * It owns the event queue, on which everything runs one at a time, and the current term if there is one. When the
 * ZooKeeper session expires it resigns first and drops all queued work; only then a new session is opened, the broker is
 * registered again, and it stands for election again.
 */
import { isZooKeeperError } from '@millrace/zookeeper'
import type { ControllerEpoch } from '../metadata/znodes/controller-znodes.js'
import { CONTROLLER_PATH } from '../metadata/znodes/paths.js'
import type { SessionStateHandler } from '../metadata/znodes/zk-session.js'
import { ControllerMovedError } from '../metadata/znodes/znode-access.js'
import type { Clock, ScheduledTask } from '../ports.js'
import { ActiveController } from './active-controller.js'
import type { ActiveControllerOptions } from './controller-term.js'
import { type ControllerEvent, ControllerEventQueue } from './event-queue.js'

export interface KafkaControllerOptions extends Omit<ActiveControllerOptions, 'put'> {
  readonly clock: Clock
  /** Registers the broker in the current session and takes note of its new epoch. Called after a new session alone. */
  readonly registerBroker: () => Promise<void>
}

/** A term that could not begin is given back after this pause, so that a broken cluster is not re-elected in a spin. */
const FAILED_TERM_PAUSE_MS = 1000

export class KafkaController {
  readonly #options: KafkaControllerOptions
  readonly #queue: ControllerEventQueue
  #term: ActiveController | undefined
  #activeControllerId: number | undefined
  #givingBack: ScheduledTask | undefined
  #closed = false

  constructor(options: KafkaControllerOptions) {
    this.#options = options
    this.#queue = new ControllerEventQueue(options.logger, (event, error) => this.#onError(event, error))
  }

  /** True while this broker holds the office. */
  get isActive(): boolean {
    return this.#term !== undefined
  }

  /** Broker id of the controller as last seen; undefined if there was none. */
  get activeControllerId(): number | undefined {
    return this.#activeControllerId
  }

  /** Epoch of this broker's term; undefined if it is not active. */
  get epoch(): number | undefined {
    return this.#term?.context.epoch
  }

  /** True if somebody asked the active controller to delete the topic. */
  isTopicQueuedForDeletion(topic: string): boolean {
    return this.#term?.context.isQueuedForDeletion(topic) ?? false
  }

  /**
   * Watches the office and stands for election. Settles when it is known who won; if it was us, with everything read and
   * told to this broker, so that it can answer clients.
   */
  async start(): Promise<void> {
    const { session } = this.#options.zk
    session.registerStateHandler(this.#stateHandler)
    session.registerNodeHandler(CONTROLLER_PATH, {
      onCreated: () => this.#put('ControllerChange', () => this.#reelect()),
      onDataChanged: () => this.#put('ControllerChange', () => this.#reelect()),
      onDeleted: () => this.#put('Reelect', () => this.#reelect()),
    })
    await this.#queue.put({ name: 'Startup', run: () => this.#elect() })
    await this.#term?.sender.answered(this.#options.config.brokerId)
  }

  /** Leaves the office, if held, to the end of the session. */
  async close(): Promise<void> {
    this.#closed = true
    this.#givingBack?.cancel()
    const { session } = this.#options.zk
    session.unregisterStateHandler(this.#stateHandler)
    session.unregisterNodeHandler(CONTROLLER_PATH)
    const drained = this.#queue.close()
    // Without a connection the event that runs waits for one, perhaps for ever.
    if (session.isConnected) await drained
    this.#resign()
  }

  /** Settles when everything that was put before has run. */
  async settled(): Promise<void> {
    await this.#queue.put({ name: 'Settled', run: async () => {} })
  }

  readonly #stateHandler: SessionStateHandler = {
    beforeInitializingSession: async () => {
      await this.#queue.clearAndPut({
        name: 'Expire',
        run: async () => {
          this.#activeControllerId = undefined
          this.#resign()
        },
      })
    },
    afterInitializingSession: async () => {
      await this.#queue.put({
        name: 'RegisterBrokerAndReelect',
        run: async () => {
          await this.#options.registerBroker()
          await this.#reelect()
        },
      })
    },
  }

  #put(name: string, run: () => Promise<void>): void {
    // Settles without failing: errors are the queue's.
    void this.#queue.put({ name, run })
  }

  /**
   * Every change of the office ends here, its creation too: between an event and the read that watches again, the office
   * may have been left once more, and nobody would hear of that.
   */
  async #reelect(): Promise<void> {
    await this.#maybeResign()
    await this.#elect()
  }

  /** Reads who holds the office (and watches it); if it is not us any more, the term is over. */
  async #maybeResign(): Promise<void> {
    const { zk, config } = this.#options
    await zk.controller.watchController()
    this.#activeControllerId = await zk.controller.getControllerId()
    if (this.#activeControllerId !== config.brokerId) this.#resign()
  }

  async #elect(): Promise<void> {
    const { zk, config, clock, logger } = this.#options
    await zk.controller.watchController()
    this.#activeControllerId = await zk.controller.getControllerId()
    if (this.#activeControllerId !== undefined) return
    let epoch: ControllerEpoch
    try {
      epoch = await zk.controller.elect(config.brokerId, clock.nowMs())
    } catch (error) {
      if (!(error instanceof ControllerMovedError)) throw error
      logger.info('Another broker was elected controller')
      this.#put('Reelect', () => this.#reelect())
      return
    }
    this.#activeControllerId = config.brokerId
    await this.#serve(epoch)
  }

  async #serve(epoch: ControllerEpoch): Promise<void> {
    const term: ActiveController = new ActiveController(
      {
        ...this.#options,
        put: (name, run) => {
          this.#put(name, async () => {
            // The term may be over when the event's turn comes.
            if (this.#term === term) await run()
          })
        },
      },
      epoch,
    )
    this.#term = term
    try {
      await term.start()
    } catch (error) {
      if (error instanceof ControllerMovedError || isZooKeeperError(error, 'SESSIONEXPIRED')) throw error
      this.#options.logger.error('The term as controller could not begin', { error: String(error) })
      this.#resign()
      this.#giveBack(epoch)
    }
  }

  #giveBack(epoch: ControllerEpoch): void {
    const { scheduler, zk } = this.#options
    this.#givingBack = scheduler.schedule(FAILED_TERM_PAUSE_MS, () => {
      this.#put('TriggerControllerMove', () => zk.controller.resign(epoch.zkVersion))
    })
  }

  #resign(): void {
    const term = this.#term
    if (term === undefined) return
    this.#term = undefined
    this.#options.logger.info(`Resigned as controller with epoch ${term.context.epoch}`)
    term.stop()
  }

  async #onError(event: ControllerEvent, error: unknown): Promise<void> {
    if (this.#closed) return
    if (error instanceof ControllerMovedError) {
      this.#options.logger.info(`Another controller was elected during ${event.name}`)
      // What the fence told is certain, whatever the office's node shows at this moment.
      this.#resign()
      this.#put('Reelect', () => this.#reelect())
      return
    }
    this.#options.logger.error(`Controller event ${event.name} failed`, { error: String(error) })
    // What was written before the failure must still be told.
    this.#term?.flush()
  }
}
