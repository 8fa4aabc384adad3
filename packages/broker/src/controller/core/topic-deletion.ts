/**
 * Which topics can be deleted now (`kafka.controller.TopicDeletionManager`). A topic goes in steps: partitions Offline and
 * NonExistent, replicas Offline, DeletionStarted, DeletionSuccessful; then its nodes are removed. A replica that cannot be
 * reached makes it wait as ineligible.
 */
import type { ControllerContext, Replica } from './controller-context.js'

export interface DeletionPlan {
  /** All their replicas are gone: remove their nodes. */
  readonly complete: readonly string[]
  /** A replica failed before: it goes back to Offline for another try. */
  readonly retry: readonly string[]
  /** Nothing of them is under way and nothing is in the way. */
  readonly begin: readonly string[]
}

export function planDeletions(context: ControllerContext): DeletionPlan {
  const complete: string[] = []
  const retry: string[] = []
  const begin: string[] = []
  for (const topic of context.topicsToBeDeleted) {
    const states = context.replicasOfTopic(topic).map((replica) => context.replicaState(replica))
    if (states.every((state) => state === 'DeletionSuccessful')) {
      complete.push(topic)
      continue
    }
    if (states.includes('DeletionStarted')) continue
    if (states.includes('DeletionIneligible')) retry.push(topic)
    if (!context.topicsIneligibleForDeletion.has(topic)) begin.push(topic)
  }
  return { complete, retry, begin }
}

export interface ReplicaDeletionPlan {
  /** Cannot be reached now. */
  readonly dead: readonly Replica[]
  /** To be told to delete. */
  readonly alive: readonly Replica[]
  /** Topics with a dead replica. */
  readonly ineligibleTopics: readonly string[]
}

export function planReplicaDeletions(context: ControllerContext, topics: readonly string[]): ReplicaDeletionPlan {
  const dead: Replica[] = []
  const alive: Replica[] = []
  const ineligibleTopics: string[] = []
  for (const topic of topics) {
    const replicas = context.replicasOfTopic(topic)
    const isOnline = ({ record, brokerId }: Replica) => context.isReplicaOnline(brokerId, record)
    const unreachable = replicas.filter((replica) => !isOnline(replica))
    dead.push(...unreachable)
    if (unreachable.length > 0) ineligibleTopics.push(topic)
    alive.push(
      ...replicas.filter((replica) => isOnline(replica) && context.replicaState(replica) !== 'DeletionSuccessful'),
    )
  }
  return { dead, alive, ineligibleTopics }
}

/** Topics of which a replica cannot be reached, or moves: they wait from the start. */
export function topicsThatMustWait(context: ControllerContext): readonly string[] {
  const waiting: string[] = []
  for (const { topic, partitions } of context.topics.values()) {
    for (const record of partitions.values()) {
      const { replicas, addingReplicas, removingReplicas } = record.assignment
      const isWhole = replicas.every((brokerId) => context.isReplicaOnline(brokerId, record))
      if (isWhole && addingReplicas.length === 0 && removingReplicas.length === 0) continue
      waiting.push(topic)
      break
    }
  }
  return waiting
}
