/**
 * Carries out the deletion of topics, step by step, as their replicas' answers come in
 * (`kafka.controller.TopicDeletionManager`; the decisions are in core/topic-deletion.ts).
 *
 * It owns no state: the request node in ZooKeeper is what a later controller goes on from.
 */
import type { Logger } from '../ports.js'
import type { ControllerContext, Replica } from './core/controller-context.js'
import type { RequestBatch } from './core/request-batch.js'
import { planDeletions, planReplicaDeletions, topicsThatMustWait } from './core/topic-deletion.js'
import type { PartitionStateMachine } from './partition-state-machine.js'
import type { ReplicaStateMachine } from './replica-state-machine.js'

export interface TopicDeletionParts {
  readonly context: ControllerContext
  readonly batch: RequestBatch
  readonly partitions: PartitionStateMachine
  readonly replicas: ReplicaStateMachine
  readonly logger: Logger
  /** `delete.topic.enable`. */
  readonly isEnabled: boolean
  /** Sends what was gathered. */
  readonly flush: () => void
  /** Stops to watch the topic and removes its nodes. */
  readonly removeTopic: (topic: string) => Promise<void>
  readonly removeRequest: (topic: string) => Promise<void>
}

export class TopicDeletionManager {
  readonly #parts: TopicDeletionParts

  constructor(parts: TopicDeletionParts) {
    this.#parts = parts
  }

  /** Takes over what was asked for under the controller before; begins nothing yet. */
  async init(requested: readonly string[]): Promise<void> {
    const { context } = this.#parts
    if (!this.#parts.isEnabled) {
      await this.#refuse(requested)
      return
    }
    for (const topic of requested) context.topicsToBeDeleted.add(topic)
    for (const topic of topicsThatMustWait(context)) {
      if (context.isQueuedForDeletion(topic)) context.topicsIneligibleForDeletion.add(topic)
    }
  }

  /** Somebody asked to delete these. */
  async enqueue(topics: readonly string[]): Promise<void> {
    if (!this.#parts.isEnabled) {
      await this.#refuse(topics)
      return
    }
    for (const topic of topics) this.#parts.context.topicsToBeDeleted.add(topic)
    await this.resume()
  }

  /** What these waited for has come. */
  async resumeFor(topics: Iterable<string>): Promise<void> {
    for (const topic of topics) this.#parts.context.topicsIneligibleForDeletion.delete(topic)
    await this.resume()
  }

  /** These could not be deleted: their topics wait. */
  async failed(replicas: readonly Replica[]): Promise<void> {
    const { context } = this.#parts
    const ours = replicas.filter(({ record }) => context.isQueuedForDeletion(record.topic))
    if (ours.length === 0) return
    await this.#parts.replicas.move(ours, 'DeletionIneligible')
    for (const { record } of ours) context.topicsIneligibleForDeletion.add(record.topic)
    await this.resume()
  }

  /** Their brokers have deleted these. */
  async succeeded(replicas: readonly Replica[]): Promise<void> {
    const { context } = this.#parts
    const ours = replicas.filter(({ record }) => context.isQueuedForDeletion(record.topic))
    await this.#parts.replicas.move(ours, 'DeletionSuccessful')
    await this.resume()
  }

  /** Every topic goes as far as it can. */
  async resume(): Promise<void> {
    const { context, logger } = this.#parts
    if (context.topicsToBeDeleted.size === 0) return
    const plan = planDeletions(context)
    for (const topic of plan.complete) {
      await this.#complete(topic)
      logger.info(`Deleted topic ${topic}`)
    }
    for (const topic of plan.retry) {
      await this.#parts.replicas.move(context.replicasInState(topic, 'DeletionIneligible'), 'Offline')
    }
    if (plan.begin.length > 0) await this.#begin(plan.begin)
    this.#parts.flush()
  }

  async #complete(topic: string): Promise<void> {
    const { context } = this.#parts
    await this.#parts.replicas.move(context.replicasInState(topic, 'DeletionSuccessful'), 'NonExistent')
    await this.#parts.removeTopic(topic)
    context.removeTopic(topic)
  }

  async #begin(topics: readonly string[]): Promise<void> {
    const { context, batch, partitions, replicas } = this.#parts
    for (const topic of topics) {
      if (context.topicsWithDeletionStarted.has(topic)) continue
      // Gone from here on: no election may bring the partition back.
      partitions.move(context.partitionsOf(topic), 'Offline')
      partitions.move(context.partitionsOf(topic), 'NonExistent')
      context.topicsWithDeletionStarted.add(topic)
    }
    // Clients stop to ask for the topic before its logs go.
    batch.addUpdateMetadata(
      context.liveOrShuttingDownBrokerIds(),
      topics.flatMap((topic) => context.partitionsOf(topic)),
    )
    this.#parts.flush()
    const plan = planReplicaDeletions(context, topics)
    await replicas.move(
      plan.dead.filter((replica) => context.replicaState(replica) !== 'DeletionIneligible'),
      'DeletionIneligible',
    )
    await replicas.move(plan.alive, 'Offline')
    this.#parts.flush()
    await replicas.move(plan.alive, 'DeletionStarted')
    for (const topic of plan.ineligibleTopics) context.topicsIneligibleForDeletion.add(topic)
  }

  async #refuse(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      this.#parts.logger.warn(`Topic ${topic} is not deleted: delete.topic.enable is false`)
      await this.#parts.removeRequest(topic)
    }
  }
}
