import { partitionKey, type TopicPartition } from '../topic-partition.js'
import type { PartitionState } from './core/partition-state.js'
import type { SubscriptionState } from './core/subscription-state.js'

/** Signals that abort when a partition is not this consumer's any more; made when somebody asks for them. */
export class PartitionSignals {
  readonly #subscriptions: SubscriptionState
  readonly #controllers = new Map<PartitionState, AbortController>()

  constructor(subscriptions: SubscriptionState) {
    this.#subscriptions = subscriptions
  }

  of(state: PartitionState): AbortSignal {
    let controller = this.#controllers.get(state)
    if (controller === undefined) {
      controller = new AbortController()
      this.#controllers.set(state, controller)
      if (!this.#subscriptions.has(state)) controller.abort()
    }
    return controller.signal
  }

  /** These partitions go, or have gone. */
  abort(partitions: readonly TopicPartition[]): void {
    const keys = new Set(partitions.map(({ topic, partition }) => partitionKey(topic, partition)))
    for (const [state, controller] of this.#controllers) if (keys.has(state.key)) controller.abort()
  }

  /** The assignment has changed. */
  sweep(): void {
    for (const [state, controller] of this.#controllers) {
      if (this.#subscriptions.has(state)) continue
      controller.abort()
      this.#controllers.delete(state)
    }
  }

  abortAll(): void {
    for (const controller of this.#controllers.values()) controller.abort()
  }
}
