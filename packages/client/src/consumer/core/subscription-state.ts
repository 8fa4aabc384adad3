/**
 * What a consumer reads: its subscription, and the partitions that are assigned to it. Pure.
 *
 * Topics and patterns are shared with a group; `assign` is without. The two exclude each other until `unsubscribe`.
 */
import { KafkaError } from '../../errors.js'
import { partitionKey, type TopicPartition } from '../../topic-partition.js'
import { PartitionState } from './partition-state.js'

type Subscription =
  | { readonly kind: 'none' }
  | { readonly kind: 'topics' }
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  | { readonly kind: 'assigned' }

/** A topic of the metadata, as far as a pattern asks. */
interface KnownTopic {
  readonly name: string
  readonly isInternal: boolean
  readonly errorCode: number
}

const NO_TOPICS: ReadonlySet<string> = new Set()

export class SubscriptionState {
  #subscription: Subscription = { kind: 'none' }
  #topics: ReadonlySet<string> = NO_TOPICS
  #assignment = new Map<string, PartitionState>()

  get kind(): Subscription['kind'] {
    return this.#subscription.kind
  }

  /** Partitions come from a group. */
  get isShared(): boolean {
    return this.kind === 'topics' || this.kind === 'pattern'
  }

  /** Those that were named, or those that the pattern matches. */
  get topics(): ReadonlySet<string> {
    return this.#topics
  }

  get partitions(): Iterable<PartitionState> {
    return this.#assignment.values()
  }

  get partitionCount(): number {
    return this.#assignment.size
  }

  /** Errors: ILLEGAL_STATE after `assign`. */
  subscribe(topics: Iterable<string>): void {
    this.#mustNotBe('assigned')
    this.#subscription = { kind: 'topics' }
    this.#topics = new Set(topics)
  }

  /** Errors: ILLEGAL_STATE after `assign`. */
  subscribePattern(pattern: RegExp): void {
    this.#mustNotBe('assigned')
    // A global or sticky pattern remembers where it was: a copy does not.
    this.#subscription = { kind: 'pattern', pattern: new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')) }
    this.#topics = NO_TOPICS
  }

  /** Finds the topics that the pattern matches; true if they are others than before. */
  matchTopics(known: Iterable<KnownTopic>, excludeInternal: boolean): boolean {
    if (this.#subscription.kind !== 'pattern') return false
    const { pattern } = this.#subscription
    const matched = new Set<string>()
    for (const { name, isInternal, errorCode } of known) {
      // While its leader is elected, a topic is still there.
      if (errorCode !== 0 && !this.#topics.has(name)) continue
      if (!(isInternal && excludeInternal) && pattern.test(name)) matched.add(name)
    }
    const isSame = matched.size === this.#topics.size && [...matched].every((topic) => this.#topics.has(topic))
    if (!isSame) this.#topics = matched
    return !isSame
  }

  /** Partitions that stay keep their positions. Errors: ILLEGAL_STATE after `subscribe`. */
  assignByUser(partitions: Iterable<TopicPartition>): void {
    if (this.isShared) throw new KafkaError('ILLEGAL_STATE', 'assign() excludes subscribe(): call unsubscribe() first')
    this.#subscription = { kind: 'assigned' }
    this.#assign(partitions)
  }

  /** What the group gives. Partitions that stay keep their positions. */
  assignByGroup(partitions: Iterable<TopicPartition>): void {
    this.#assign(partitions)
  }

  unsubscribe(): void {
    this.#subscription = { kind: 'none' }
    this.#topics = NO_TOPICS
    this.#assign([])
  }

  find(topic: string, partition: number): PartitionState | undefined {
    return this.#assignment.get(partitionKey(topic, partition))
  }

  /** Errors: ILLEGAL_STATE, if it is not assigned. */
  get({ topic, partition }: TopicPartition): PartitionState {
    const state = this.find(topic, partition)
    if (state === undefined) {
      throw new KafkaError('ILLEGAL_STATE', `${topic}-${partition} is not assigned to this consumer`)
    }
    return state
  }

  /** Whether that very state is still the partition's: it may have gone and come back. */
  has(state: PartitionState): boolean {
    return this.#assignment.get(state.key) === state
  }

  #assign(partitions: Iterable<TopicPartition>): void {
    const before = this.#assignment
    this.#assignment = new Map()
    for (const { topic, partition } of partitions) {
      const key = partitionKey(topic, partition)
      this.#assignment.set(key, before.get(key) ?? new PartitionState(topic, partition))
    }
    // Whoever still holds a state that is gone must see that its buffer counts no more.
    for (const [key, state] of before) if (!this.#assignment.has(key)) state.rewind()
  }

  #mustNotBe(kind: Subscription['kind']): void {
    if (this.kind === kind) {
      throw new KafkaError('ILLEGAL_STATE', 'subscribe() excludes assign(): call unsubscribe() first')
    }
  }
}
