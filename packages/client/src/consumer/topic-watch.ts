/**
 * Follows the topics that a consumer reads in the metadata: which ones it needs to know, what a pattern matches, and those
 * that are not there yet, which are looked for again.
 */
import type { Cluster } from '../cluster/cluster.js'
import { errorOf, type KafkaError } from '../errors.js'
import type { ClientPorts } from '../ports.js'
import { PartitionError } from './consumer-errors.js'
import type { SubscriptionState } from './core/subscription-state.js'
import type { GroupMember } from './group-member.js'

/** How soon topics that are not there are looked for again. */
const MISSING_TOPICS_MS = 1000

export interface TopicWatchOptions {
  readonly cluster: Cluster
  readonly subscriptions: SubscriptionState
  readonly member: GroupMember | undefined
  /** `exclude.internal.topics` */
  readonly excludeInternal: boolean
  readonly ports: ClientPorts
  /** What does not pass by itself, such as a topic that may not be read. */
  readonly onError: (error: KafkaError) => void
}

export class TopicWatch {
  readonly #options: TopicWatchOptions
  #hasMatched = false
  #cancelMissing = () => {}

  constructor(options: TopicWatchOptions) {
    this.#options = options
    options.cluster.metadata.addInterest({ topics: () => this.#topicsOfInterest() })
  }

  /** The topics of the subscription are known: a pattern means nothing before it has met them. */
  get isSubscriptionKnown(): boolean {
    return this.#options.subscriptions.kind === 'topics' || this.#hasMatched
  }

  /** Other topics than before are read. */
  onSubscription(): void {
    const { subscriptions, cluster } = this.#options
    this.#hasMatched = false
    const { topics } = cluster.snapshot
    const isKnown = [...(this.#topicsOfInterest() ?? [])].every((topic) => topics.get(topic)?.errorCode === 0)
    if (subscriptions.kind === 'pattern' || !isKnown) cluster.metadata.requestUpdate()
  }

  /** Topics may have come and gone. */
  onMetadata(): void {
    const { subscriptions, cluster, member, excludeInternal } = this.#options
    if (subscriptions.kind === 'pattern') {
      this.#hasMatched = true
      const hasChanged = subscriptions.matchTopics(cluster.snapshot.topics.values(), excludeInternal)
      if (hasChanged) member?.requestRejoin(`the pattern matches ${subscriptions.topics.size} topics now`)
    }
    if (subscriptions.isShared) member?.noticeMetadata()
    this.#watchMissing()
  }

  close(): void {
    this.#cancelMissing()
  }

  /** Topics that are not there yet may come. */
  #watchMissing(): void {
    const { cluster, ports } = this.#options
    this.#cancelMissing()
    const { topics } = cluster.snapshot
    for (const topic of this.#topicsOfInterest() ?? []) {
      const info = topics.get(topic)
      if (info !== undefined && info.errorCode === 0) continue
      this.#noticeError(topic, info?.errorCode)
      this.#cancelMissing = ports.timers.schedule(MISSING_TOPICS_MS, () => cluster.metadata.requestUpdate())
      return
    }
  }

  #noticeError(topic: string, errorCode: number | undefined): void {
    if (errorCode === undefined) return
    const error = errorOf(errorCode)
    if (error === undefined || error.retriable) return
    const at = { topic, partition: -1, offset: -1 }
    this.#options.onError(new PartitionError(error.code, at, `topic ${topic}: ${error.message}`))
  }

  #topicsOfInterest(): Iterable<string> | null {
    const { subscriptions, member } = this.#options
    if (subscriptions.kind === 'pattern') return null
    const topics = new Set<string>(subscriptions.topics)
    for (const { topic } of subscriptions.partitions) topics.add(topic)
    for (const topic of member?.groupTopics ?? []) topics.add(topic)
    return topics
  }
}
