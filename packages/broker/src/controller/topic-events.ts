/** What a controller does when topics are created, grow, or are to be deleted. */
import { topicPath } from '../metadata/znodes/paths.js'
import type { TopicAssignment } from '../metadata/znodes/topic-assignment.js'
import type { ControllerTerm } from './controller-term.js'
import type { PartitionRecord } from './core/controller-context.js'

export class TopicEvents {
  readonly #controller: ControllerTerm

  constructor(controller: ControllerTerm) {
    this.#controller = controller
  }

  /** Reads all topics with their partitions' states. */
  async load(): Promise<void> {
    const { context, options } = this.#controller
    const topics = await options.zk.topics.getTopics()
    await this.#addTopics(topics)
    await Promise.all(
      [...context.allPartitions()].map(async (record) => {
        record.leadership = await options.zk.topics.getState(record)
      }),
    )
  }

  /** The list of topics changed. */
  async onChange(): Promise<void> {
    const { context, options } = this.#controller
    const topics = new Set(await options.zk.topics.getTopics())
    for (const topic of [...context.topics.keys()]) {
      // Somebody else removed it; a topic that is being deleted leaves by its own way.
      if (!topics.has(topic)) this.#forget(topic)
    }
    const created = [...topics].filter((topic) => !context.topics.has(topic))
    const records = await this.#addTopics(created)
    if (records.length > 0) await this.#onNewPartitions(records)
  }

  /** A topic's assignment was written: partitions were added. */
  async onModified(topic: string): Promise<void> {
    const { context, options } = this.#controller
    const known = context.topics.get(topic)
    const assignment = await options.zk.topics.getAssignment(topic)
    if (known === undefined || assignment === undefined) return
    const added = [...assignment.partitions].filter(([partition]) => !known.partitions.has(partition))
    if (added.length === 0) return
    if (context.isQueuedForDeletion(topic)) {
      options.logger.warn(`Partitions were added to ${topic}, which is being deleted: taken back`)
      await this.#restoreAssignment(topic, assignment)
      return
    }
    await this.#onNewPartitions(added.map(([partition, replicas]) => context.setAssignment(known, partition, replicas)))
  }

  async deletionRequests(): Promise<readonly string[]> {
    return await this.#controller.options.zk.topics.getDeletionRequests()
  }

  /** Somebody asked to delete topics. */
  async onDeletionRequests(): Promise<void> {
    const { context, deletions, options } = this.#controller
    const requested = await this.deletionRequests()
    const known = requested.filter((topic) => context.topics.has(topic))
    for (const topic of requested) {
      if (context.topics.has(topic)) continue
      options.logger.warn(`Topic ${topic}, which is to be deleted, does not exist`)
      await options.zk.topics.removeDeletionRequest(topic, context.epochZkVersion)
    }
    if (known.length === 0) return
    for (const topic of known) {
      const isMoving = context.partitionsOf(topic).some(({ assignment }) => {
        return assignment.addingReplicas.length + assignment.removingReplicas.length > 0
      })
      if (isMoving) context.topicsIneligibleForDeletion.add(topic)
    }
    await deletions.enqueue(known)
  }

  /** Leaders of old brokers changed ISRs themselves and say which. */
  async onIsrChanges(): Promise<void> {
    const { context, batch, options } = this.#controller
    const { names, partitions } = await options.zk.controller.getIsrChanges()
    const records = partitions
      .map(({ topic, partition }) => context.partition(topic, partition))
      .filter((record) => record !== undefined)
    await Promise.all(
      records.map(async (record) => {
        record.leadership = (await options.zk.topics.getState(record)) ?? record.leadership
      }),
    )
    if (records.length > 0) batch.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), records)
    this.#controller.flush()
    await options.zk.controller.deleteIsrChanges(names, context.epochZkVersion)
  }

  /** The last step of a deletion. */
  async removeNodes(topic: string): Promise<void> {
    const { context, options } = this.#controller
    options.zk.session.unregisterNodeHandler(topicPath(topic))
    await options.zk.topics.remove(topic, context.epochZkVersion)
  }

  /** Watches and reads topics, and gives those an id that have none. */
  async #addTopics(topics: readonly string[]): Promise<readonly PartitionRecord[]> {
    const { context, options } = this.#controller
    const { zk, put, newTopicId } = options
    for (const topic of topics) {
      zk.session.registerNodeHandler(topicPath(topic), {
        onDataChanged: () => put('PartitionModifications', () => this.onModified(topic)),
      })
    }
    const records: PartitionRecord[] = []
    for (const [topic, assignment] of await zk.topics.getAssignments(topics)) {
      const topicId = assignment.topicId ?? newTopicId()
      if (assignment.topicId === undefined) {
        await zk.topics.setAssignment(topic, { ...assignment, topicId }, context.epochZkVersion)
      }
      const known = context.setTopic(topic, topicId)
      for (const [partition, replicas] of assignment.partitions) {
        records.push(context.setAssignment(known, partition, replicas))
      }
    }
    return records
  }

  async #onNewPartitions(records: readonly PartitionRecord[]): Promise<void> {
    const { context, partitions, replicas, options } = this.#controller
    options.logger.info('New partitions', {
      topics: [...new Set(records.map(({ topic }) => topic))],
      partitionCount: records.length,
    })
    const copies = context.replicasOfPartitions(records)
    partitions.move(records, 'New')
    await replicas.move(copies, 'New')
    await partitions.toOnline(records, { kind: 'offline', allowUnclean: false })
    await replicas.move(copies, 'Online')
    this.#controller.flush()
  }

  #forget(topic: string): void {
    const { context, options } = this.#controller
    options.zk.session.unregisterNodeHandler(topicPath(topic))
    context.removeTopic(topic)
  }

  /** Partitions that have no state yet were never there. */
  async #restoreAssignment(topic: string, written: TopicAssignment): Promise<void> {
    const { context, options } = this.#controller
    const partitions = new Map(context.partitionsOf(topic).map(({ partition, assignment }) => [partition, assignment]))
    await options.zk.topics.setAssignment(topic, { topicId: written.topicId, partitions }, context.epochZkVersion)
  }
}
