/** What a controller does when brokers come, go, change or lose a disk. */
import type { RegisteredBroker } from '../metadata/znodes/broker-znodes.js'
import { brokerIdPath } from '../metadata/znodes/paths.js'
import type { ScheduledTask } from '../ports.js'
import type { ControllerTerm } from './controller-term.js'
import { brokerChanges } from './core/broker-changes.js'
import type { Replica } from './core/controller-context.js'

/** Pause between two questions about replicas whose log directory is offline. */
const ASK_AGAIN_AFTER_MS = 2000

export class BrokerEvents {
  readonly #controller: ControllerTerm
  readonly #watched = new Set<number>()
  #askingAgain: ScheduledTask | undefined

  constructor(controller: ControllerTerm) {
    this.#controller = controller
  }

  /** Reads the brokers that live. */
  async load(): Promise<void> {
    for (const broker of await this.#registered()) this.#add(broker)
  }

  async onChange(): Promise<void> {
    const { context, options } = this.#controller
    const { added, bounced, deadIds } = brokerChanges(context.liveOrShuttingDownBrokers, await this.#registered())
    if (added.length + bounced.length + deadIds.length === 0) return
    const ids = (brokers: readonly RegisteredBroker[]) => brokers.map(({ registration }) => registration.id)
    options.logger.info('Brokers changed', { added: ids(added), bounced: ids(bounced), dead: deadIds })
    if (added.length > 0) await this.#startUp(added)
    if (bounced.length > 0) {
      await this.#fail(ids(bounced))
      await this.#startUp(bounced)
    }
    if (deadIds.length > 0) {
      for (const brokerId of deadIds) this.#unwatch(brokerId)
      await this.#fail(deadIds)
    }
  }

  /** A broker wrote its registration again, for instance with other listeners. */
  async onModified(brokerId: number): Promise<void> {
    const { context, batch, options } = this.#controller
    const broker = await options.zk.brokers.getBroker(brokerId)
    const known = context.liveOrShuttingDownBrokers.get(brokerId)
    // A new epoch is a restart, of which the list of brokers tells.
    if (broker === undefined || known === undefined || broker.epoch !== known.epoch) return
    context.liveOrShuttingDownBrokers.set(brokerId, broker)
    batch.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), [])
    this.#controller.flush()
  }

  /** Asks the brokers that lost a log directory which replicas they still have: their answers tell. */
  async onLogDirEvents(): Promise<void> {
    const { context, replicas, options } = this.#controller
    const { names, brokerIds } = await options.zk.controller.getLogDirEvents()
    await replicas.move(context.replicasOnBrokers(new Set(brokerIds)), 'Online')
    this.#controller.flush()
    await options.zk.controller.deleteLogDirEvents(names, context.epochZkVersion)
  }

  /**
   * A replica is offline because its disk has failed, or because its log could not be made when it was to be, perhaps on a
   * disk that was full. Only its broker knows, and whether that has passed: it is asked again, as long as there are such.
   */
  askAgainLater(): void {
    const { context, options } = this.#controller
    if (this.#askingAgain !== undefined || context.offlineDirReplicas().length === 0) return
    this.#askingAgain = options.scheduler.schedule(ASK_AGAIN_AFTER_MS, () => {
      this.#askingAgain = undefined
      options.put('OfflineReplicas', () => this.#askAgain())
    })
  }

  async #askAgain(): Promise<void> {
    const { context, batch } = this.#controller
    for (const { record, brokerId } of context.offlineDirReplicas()) {
      if (record.leadership === undefined || context.isQueuedForDeletion(record.topic)) continue
      batch.addLeaderAndIsr([brokerId], record, false)
    }
    this.#controller.flush()
    this.askAgainLater()
  }

  /** Their brokers have them again: they may lead. */
  async onReplicasRegained(regained: readonly Replica[]): Promise<void> {
    const { context, replicas, partitions } = this.#controller
    await replicas.move(
      regained.filter(({ record }) => !context.isQueuedForDeletion(record.topic)),
      'Online',
    )
    await partitions.triggerOnline()
    this.#controller.flush()
  }

  /** The term is over. */
  stop(): void {
    this.#askingAgain?.cancel()
    this.unwatchAll()
  }

  unwatchAll(): void {
    for (const brokerId of [...this.#watched]) this.#unwatch(brokerId)
  }

  /** Each with a watch on its registration. */
  async #registered(): Promise<readonly RegisteredBroker[]> {
    const { zk } = this.#controller.options
    const brokerIds = await zk.brokers.getBrokerIds()
    for (const brokerId of brokerIds) this.#watch(brokerId)
    const brokers = await Promise.all(brokerIds.map((brokerId) => zk.brokers.getBroker(brokerId)))
    return brokers.filter((broker) => broker !== undefined)
  }

  #watch(brokerId: number): void {
    if (this.#watched.has(brokerId)) return
    this.#watched.add(brokerId)
    const { zk, put } = this.#controller.options
    zk.session.registerNodeHandler(brokerIdPath(brokerId), {
      onDataChanged: () => put('BrokerModifications', () => this.onModified(brokerId)),
    })
  }

  #unwatch(brokerId: number): void {
    this.#watched.delete(brokerId)
    this.#controller.options.zk.session.unregisterNodeHandler(brokerIdPath(brokerId))
  }

  #add(broker: RegisteredBroker): void {
    const { context, sender } = this.#controller
    const brokerId = broker.registration.id
    context.liveOrShuttingDownBrokers.set(brokerId, broker)
    context.shuttingDownBrokerIds.delete(brokerId)
    context.forgetOfflineDirs(brokerId)
    sender.addBroker(broker)
  }

  /** New brokers learn everything; the others learn of them; then what waited for them goes on. */
  async #startUp(brokers: readonly RegisteredBroker[]): Promise<void> {
    const { context, batch, replicas, partitions, deletions } = this.#controller
    const others = context.liveOrShuttingDownBrokerIds()
    for (const broker of brokers) this.#add(broker)
    const newIds = brokers.map(({ registration }) => registration.id)
    batch.addUpdateMetadata(others, [])
    this.#controller.flush()
    batch.addUpdateMetadata(newIds, context.allPartitions())
    this.#controller.flush()
    const hosted = context.replicasOnBrokers(new Set(newIds))
    await replicas.move(
      hosted.filter(({ record }) => !context.isQueuedForDeletion(record.topic)),
      'Online',
    )
    this.#controller.flush()
    await partitions.triggerOnline()
    this.#controller.flush()
    const resumable = new Set(
      hosted.map(({ record }) => record.topic).filter((topic) => context.isQueuedForDeletion(topic)),
    )
    if (resumable.size > 0) await deletions.resumeFor(resumable)
  }

  async #fail(brokerIds: readonly number[]): Promise<void> {
    const { context, sender } = this.#controller
    for (const brokerId of brokerIds) {
      context.liveOrShuttingDownBrokers.delete(brokerId)
      context.shuttingDownBrokerIds.delete(brokerId)
      context.forgetOfflineDirs(brokerId)
      sender.removeBroker(brokerId)
    }
    await this.#controller.onReplicasOffline(context.replicasOnBrokers(new Set(brokerIds)))
  }
}
