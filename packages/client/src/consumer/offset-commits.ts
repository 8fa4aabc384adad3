/**
 * Commits of a consumer: those that the program asks for, and in the background what it has finished (`enable.auto.commit`).
 *
 * One after the other, so that an older commit never overtakes a newer one. What is only fetched, or handed out and not
 * finished, is never committed by itself.
 */
import { KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import { type OffsetAndMetadata, type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { Deadline } from '../waiting.js'
import type { ConsumerMetrics } from './consumer-metrics.js'
import type { SubscriptionState } from './core/subscription-state.js'
import type { GroupMember } from './group-member.js'
import type { OffsetStore } from './offset-store.js'

export interface OffsetCommitsOptions {
  /** Undefined: there is no group. */
  readonly store: OffsetStore | undefined
  readonly member: GroupMember | undefined
  readonly subscriptions: SubscriptionState
  /** Undefined: nothing is committed in the background. */
  readonly autoCommitIntervalMs: number | undefined
  /** Of a commit in the background. */
  readonly timeoutMs: number
  readonly metrics: ConsumerMetrics
  /** A commit has succeeded. */
  readonly onCommit: (offsets: TopicPartitionMap<OffsetAndMetadata>) => void
  readonly ports: ClientPorts
  readonly logger: Logger
}

/** Each rebalance may bring these: what was not committed is read again by the next owner. */
const OF_A_REBALANCE: ReadonlySet<string> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
])

/** Who has assigned partitions by hand is no member. */
const NOBODY = { memberId: '', generationId: -1, groupInstanceId: null } as const

export class OffsetCommits {
  readonly #options: OffsetCommitsOptions
  #last: Promise<void> = Promise.resolve()
  #isScheduled = false
  #isClosed = false
  #cancel = () => {}

  constructor(options: OffsetCommitsOptions) {
    this.#options = options
  }

  /** Errors: INVALID_GROUP_ID without `group.id`. */
  mustHaveGroup(): OffsetStore {
    const { store } = this.#options
    if (store === undefined) throw new KafkaError('INVALID_GROUP_ID', 'this needs the setting group.id')
    return store
  }

  /** Errors: KafkaError; UNKNOWN_MEMBER_ID, if this consumer shares partitions and is no member at the moment. */
  async commit(offsets: TopicPartitionMap<OffsetAndMetadata>, deadline: Deadline): Promise<void> {
    const store = this.mustHaveGroup()
    if (offsets.size === 0) return
    const commit = this.#last.then(() => this.#commitNow(store, offsets, deadline))
    this.#last = commit.catch(() => {})
    await deadline.wait(commit)
  }

  /** What a call is to commit: by default all positions. Errors: INVALID_ARGUMENT for what is no offset. */
  toCommit(
    offsets: Iterable<readonly [TopicPartition, OffsetAndMetadata]> | undefined,
  ): TopicPartitionMap<OffsetAndMetadata> {
    if (offsets === undefined) return this.#consumed()
    const map = new TopicPartitionMap(offsets)
    for (const [{ topic, partition }, { offset }] of map) {
      if (!(Number.isSafeInteger(offset) && offset >= 0)) {
        throw new KafkaError('INVALID_ARGUMENT', `cannot commit offset ${offset} of ${topic}-${partition}`)
      }
    }
    return map
  }

  /** Commits what is finished, if that is this consumer's to do. Never throws: what is not committed is read again. */
  async commitFinished(partitions: Iterable<TopicPartition> | undefined, timeoutMs: number): Promise<void> {
    const { autoCommitIntervalMs, ports, logger } = this.#options
    if (autoCommitIntervalMs === undefined) return
    const offsets = this.#finished(partitions)
    if (offsets.size === 0) return
    try {
      await this.commit(offsets, new Deadline(ports, 'the commit', Math.max(1, timeoutMs)))
    } catch (error) {
      const { code, message } = kafkaErrorOf(error)
      if (code === 'CLOSED') return
      const level = OF_A_REBALANCE.has(code) ? 'info' : 'warn'
      logger[level]({ code, error: message, offsets }, 'Finished offsets were not committed')
    }
  }

  /** From now on, in the background. */
  start(): void {
    const { autoCommitIntervalMs, ports, timeoutMs } = this.#options
    if (autoCommitIntervalMs === undefined || this.#isScheduled || this.#isClosed) return
    this.#isScheduled = true
    this.#cancel = ports.timers.schedule(autoCommitIntervalMs, () => {
      void this.commitFinished(undefined, timeoutMs).then(() => {
        this.#isScheduled = false
        this.start()
      })
    })
  }

  /** No more commits in the background. */
  stop(): void {
    this.#isClosed = true
    this.#cancel()
  }

  /** Those that are under way have ended. */
  async settled(): Promise<void> {
    await this.#last
  }

  /** All positions: what was handed out. */
  #consumed(): TopicPartitionMap<OffsetAndMetadata> {
    const offsets = new TopicPartitionMap<OffsetAndMetadata>()
    for (const state of this.#options.subscriptions.partitions) {
      if (state.hasPosition) offsets.set(state, offsetOf(state.position, state.positionEpoch))
    }
    return offsets
  }

  /** What the application has finished and what is not committed yet. */
  #finished(partitions: Iterable<TopicPartition> | undefined): TopicPartitionMap<OffsetAndMetadata> {
    const { subscriptions } = this.#options
    const offsets = new TopicPartitionMap<OffsetAndMetadata>()
    for (const { topic, partition } of partitions ?? subscriptions.partitions) {
      const state = subscriptions.find(topic, partition)
      if (state === undefined || state.committable < 0 || state.committable === state.lastCommitted) continue
      offsets.set(state, offsetOf(state.committable, state.committableEpoch))
    }
    return offsets
  }

  async #commitNow(
    store: OffsetStore,
    offsets: TopicPartitionMap<OffsetAndMetadata>,
    deadline: Deadline,
  ): Promise<void> {
    const { member, subscriptions, metrics, ports, onCommit } = this.#options
    const isMember = subscriptions.isShared && member !== undefined
    const as = isMember ? member.identity : NOBODY
    if (isMember && as.generationId < 0) {
      throw new KafkaError(
        'UNKNOWN_MEMBER_ID',
        'this consumer is not a member of its group at the moment: its partitions may have other owners, who read these records again',
      )
    }
    const startMs = ports.monotonicMs()
    try {
      await store.commit(offsets, as, deadline)
    } catch (error) {
      const known = kafkaErrorOf(error)
      if (isMember) member.onCommitError(known, as)
      throw known
    }
    metrics.commits.add(ports.monotonicMs() - startMs)
    for (const [{ topic, partition }, { offset, leaderEpoch }] of offsets) {
      const state = subscriptions.find(topic, partition)
      if (state === undefined) continue
      state.lastCommitted = offset
      // What the program commits is finished: auto-commit must not fall behind it.
      if (offset > state.committable) state.finishUpTo(offset, leaderEpoch ?? -1)
    }
    onCommit(offsets)
  }
}

function offsetOf(offset: number, leaderEpoch: number): OffsetAndMetadata {
  return leaderEpoch < 0 ? { offset } : { offset, leaderEpoch }
}
