/**
 * Partitions of a group's member as they come and go: each change with the listener's callback, which is awaited before a
 * partition can have another owner.
 *
 * It changes the subscription state. When partitions are to come or go is the member's to know.
 */
import { partitionKey, type TopicPartition } from '../topic-partition.js'
import type { SubscriptionState } from './core/subscription-state.js'
import type { RebalanceKind } from './rebalance-listener.js'

export interface HandoverHooks {
  /** The application's handlers for these partitions are to finish, and what they finished is to be committed. */
  readonly beforeRevoke: (partitions: readonly TopicPartition[]) => Promise<void>
  /** The listener's callback, awaited. */
  readonly listen: (kind: RebalanceKind, partitions: readonly TopicPartition[]) => Promise<void>
  /** The assignment has changed. */
  readonly onAssigned: () => void
}

/** What the application's listener threw, if it did. */
export interface ListenerFailure {
  readonly error: unknown
}

export class PartitionHandover {
  readonly #subscriptions: SubscriptionState
  readonly #hooks: HandoverHooks

  constructor(subscriptions: SubscriptionState, hooks: HandoverHooks) {
    this.#subscriptions = subscriptions
    this.#hooks = hooks
  }

  owned(): TopicPartition[] {
    return [...this.#subscriptions.partitions].map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Those that are owned, and not in an assignment. */
  ownedBesides(partitions: readonly TopicPartition[]): TopicPartition[] {
    const kept = keysOf(partitions)
    return this.owned().filter(({ topic, partition }) => !kept.has(partitionKey(topic, partition)))
  }

  /** They belong to nobody when this has ended. Errors: those of `beforeRevoke`. */
  async revoke(partitions: readonly TopicPartition[]): Promise<ListenerFailure | undefined> {
    if (partitions.length === 0) return undefined
    await this.#hooks.beforeRevoke(partitions)
    const failure = await this.#listen('revoked', partitions)
    const gone = keysOf(partitions)
    this.#subscriptions.assignByGroup([...this.#subscriptions.partitions].filter(({ key }) => !gone.has(key)))
    this.#hooks.onAssigned()
    return failure
  }

  /** All of them may have other owners already. */
  async lose(): Promise<ListenerFailure | undefined> {
    const owned = this.owned()
    this.#subscriptions.assignByGroup([])
    this.#hooks.onAssigned()
    return owned.length > 0 ? await this.#listen('lost', owned) : undefined
  }

  /** The assignment of a generation. */
  async take(partitions: readonly TopicPartition[]): Promise<ListenerFailure | undefined> {
    const before = new Set([...this.#subscriptions.partitions].map(({ key }) => key))
    const added = partitions.filter(({ topic, partition }) => !before.has(partitionKey(topic, partition)))
    this.#subscriptions.assignByGroup(partitions)
    const failure = await this.#listen('assigned', added)
    this.#hooks.onAssigned()
    return failure
  }

  /** The last callback before the group is left. The partitions stay in the state for whoever ends it. */
  async leave(kind: 'revoked' | 'lost'): Promise<ListenerFailure | undefined> {
    const owned = this.owned()
    if (owned.length === 0) return undefined
    try {
      if (kind === 'revoked') await this.#hooks.beforeRevoke(owned)
    } catch (error) {
      return { error }
    }
    return await this.#listen(kind, owned)
  }

  async #listen(kind: RebalanceKind, partitions: readonly TopicPartition[]): Promise<ListenerFailure | undefined> {
    try {
      await this.#hooks.listen(kind, partitions)
      return undefined
    } catch (error) {
      return { error }
    }
  }
}

function keysOf(partitions: readonly TopicPartition[]): ReadonlySet<string> {
  return new Set(partitions.map(({ topic, partition }) => partitionKey(topic, partition)))
}
