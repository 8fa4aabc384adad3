/**
 * What all ways of reading share: one loop that asks for records while it keeps membership, positions and fetches going.
 *
 *     poll ──► membership (callbacks) ──► records from the fetcher ──► or wait until something changes
 *
 * It owns the parts and wires them. It does not say which records are finished: poll, iterators and runner do, in the
 * partitions' states, and what they say is what is committed.
 */
import type { Cluster } from '../cluster/cluster.js'
import { KafkaError } from '../errors.js'
import { holdProcess } from '../keep-alive.js'
import type { ClientPorts, Logger } from '../ports.js'
import type { OffsetAndMetadata, TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { Deadline } from '../waiting.js'
import { Activity } from './activity.js'
import { ChangeLatch } from './change-latch.js'
import type { ConsumerSettings } from './consumer-config.js'
import { WakeupError } from './consumer-errors.js'
import type { ConsumerMetrics } from './consumer-metrics.js'
import { consumerParts } from './consumer-parts.js'
import type { PartitionRecords } from './consumer-record.js'
import type { PartitionState } from './core/partition-state.js'
import type { SubscriptionState } from './core/subscription-state.js'
import { publishRebalance } from './diagnostics.js'
import type { Fetcher } from './fetcher.js'
import type { GroupMember } from './group-member.js'
import type { ConsumerInterceptors } from './interceptors.js'
import type { OffsetCommits } from './offset-commits.js'
import type { OffsetLookups } from './offset-lookups.js'
import { PartitionSignals } from './partition-signals.js'
import { PendingErrors } from './pending-errors.js'
import type { Positions } from './positions.js'
import type { RebalanceKind } from './rebalance-listener.js'
import { StallWatch } from './stall-watch.js'
import type { TopicWatch } from './topic-watch.js'

export interface EngineHooks {
  /** The listener's callback. */
  readonly listen: (kind: RebalanceKind, partitions: readonly TopicPartition[]) => Promise<void>
}

/** How long what was finished may take to be committed before partitions go to others. */
const COMMIT_BEFORE_REVOKE_MS = 5000

export class ConsumerEngine<K, V> {
  readonly settings: ConsumerSettings<K, V>
  readonly cluster: Cluster
  readonly subscriptions: SubscriptionState
  readonly metrics: ConsumerMetrics
  readonly lookups: OffsetLookups
  readonly positions: Positions
  readonly fetcher: Fetcher<K, V>
  readonly commits: OffsetCommits
  readonly member: GroupMember | undefined
  readonly activity: Activity
  readonly ports: ClientPorts
  readonly logger: Logger
  /** Of a runner: its handlers for these partitions are to end. */
  drain: ((partitions: readonly TopicPartition[]) => Promise<void>) | undefined

  readonly #hooks: EngineHooks
  readonly #topics: TopicWatch
  readonly #interceptors: ConsumerInterceptors<K, V>
  readonly #stalls: StallWatch
  readonly #errors = new PendingErrors()
  readonly #signals: PartitionSignals
  readonly #changes: ChangeLatch
  #isPolling = false
  #isWokenUp = false
  #isClosed = false

  constructor(settings: ConsumerSettings<K, V>, hooks: EngineHooks) {
    this.settings = settings
    this.#hooks = hooks
    const { ports, logger } = settings.cluster
    this.ports = ports
    this.logger = logger
    this.activity = new Activity(ports.monotonicMs)
    this.#changes = new ChangeLatch(ports)
    const parts = consumerParts(settings, {
      onPositions: () => {
        this.fetcher.pump()
        this.wakePoll()
      },
      onFetch: () => {
        this.positions.update()
        this.wakePoll()
      },
      onError: (error) => this.#onError(error),
      member: {
        beforeRevoke: (partitions) => this.#beforeRevoke(partitions),
        listen: (kind, partitions) => this.#listen(kind, partitions),
        onAssigned: () => this.#onAssigned(),
        onAttention: () => this.wakePoll(),
        idleSinceMs: () => this.activity.idleSinceMs(),
        stuckAt: () => this.activity.describe(),
      },
    })
    this.cluster = parts.cluster
    this.subscriptions = parts.subscriptions
    this.metrics = parts.metrics
    this.lookups = parts.lookups
    this.positions = parts.positions
    this.fetcher = parts.fetcher
    this.member = parts.member
    this.commits = parts.commits
    this.#topics = parts.topics
    this.#interceptors = parts.interceptors
    this.#signals = new PartitionSignals(parts.subscriptions)
    const sessionTimeoutMs = settings.values['session.timeout.ms']
    this.#stalls = new StallWatch({ ports, logger, sessionTimeoutMs, describe: () => this.activity.describe() })
    this.cluster.metadata.onUpdate(() => this.#onMetadata())
    this.cluster.metadata.onFailure((error) => {
      if (error.fatal) this.#onError(error)
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whoever hands out records one by one must `poll` before the next one. */
  get needsAttention(): boolean {
    return this.#isWokenUp || !this.#errors.isEmpty || (this.subscriptions.isShared && this.member?.needsStep === true)
  }

  /**
   * Waits for records, at most `max` of them; with 0, for anything that happens. Positions do not move with them. None: the
   * time is over, or with `isWakeable` something has changed. Errors: WakeupError; what does not pass, once; the signal's reason.
   */
  async poll(max: number, deadline: Deadline, isWakeable = false): Promise<PartitionRecords<K, V>[]> {
    this.mustBeOpen()
    if (this.#isPolling) throw new KafkaError('ILLEGAL_STATE', 'records are being asked for already')
    this.#isPolling = true
    const letProcessEnd = holdProcess()
    this.activity.waits(true)
    try {
      let hasWaited = false
      for (;;) {
        this.#changes.reset()
        this.#throwPending()
        deadline.signal?.throwIfAborted()
        await this.#prepare()
        const parts = this.#interceptors.onConsume(this.fetcher.take(max))
        this.fetcher.pump()
        for (const part of parts) if (part.records.length === 0) this.#skip(part)
        const withRecords = parts.filter(({ records }) => records.length > 0)
        if (withRecords.length > 0) {
          // Sockets and timers must have their turn, or a fast reader would starve its own heartbeats.
          if (!hasWaited) await nextTurn()
          return withRecords
        }
        if (deadline.isOver || (isWakeable && hasWaited)) return []
        if (parts.length === 0) await this.#changes.wait(deadline)
        hasWaited = true
      }
    } finally {
      this.#isPolling = false
      letProcessEnd()
      this.activity.waits(false)
    }
  }

  /** What needs attention, for whoever still has records. Errors: as `poll`. */
  async attend(): Promise<void> {
    await this.poll(0, new Deadline(this.ports, 'poll()', 0))
  }

  /** For a wait that only its signal ends. */
  endless(signal: AbortSignal | undefined): Deadline {
    return new Deadline(this.ports, 'poll()', Number.POSITIVE_INFINITY, signal)
  }

  /** Something has changed for whoever waits in `poll`. */
  wakePoll(): void {
    this.#changes.set()
  }

  /** The call that waits for records, or the next one, throws WakeupError. */
  wakeup(): void {
    this.#isWokenUp = true
    this.wakePoll()
  }

  /** What was subscribed to or assigned has changed. */
  onSubscription(): void {
    this.#errors.clear()
    this.#topics.onSubscription()
    this.positions.update()
    this.fetcher.pump()
    this.wakePoll()
  }

  /** Errors: ILLEGAL_STATE, INVALID_ARGUMENT. */
  seek(partition: TopicPartition, offset: number | OffsetAndMetadata): void {
    const to = typeof offset === 'number' ? { offset } : offset
    if (!(Number.isSafeInteger(to.offset) && to.offset >= 0)) {
      throw new KafkaError('INVALID_ARGUMENT', `cannot seek to offset ${to.offset}`)
    }
    const state = this.subscriptions.get(partition)
    state.seek(to.offset, to.leaderEpoch)
    this.forgetErrors(state)
    this.positions.noticeLeaders()
  }

  /** What was wrong at the old position. */
  forgetErrors(partition: TopicPartition): void {
    this.#errors.forget(partition)
  }

  /** Some position may be known now, or never will. Errors: what keeps it from being known; TIMEOUT; the signal's reason. */
  async positionsKnown(deadline: Deadline): Promise<void> {
    this.mustBeOpen()
    this.positions.update()
    await deadline.wait(this.positions.settled())
    this.#errors.throwNext()
    if ([...this.subscriptions.partitions].some(({ phase }) => phase === 'needs-position' || phase === 'needs-reset')) {
      await deadline.sleep(this.settings.values['retry.backoff.ms'])
    }
  }

  async committed(
    partitions: Iterable<TopicPartition>,
    deadline: Deadline,
  ): Promise<TopicPartitionMap<OffsetAndMetadata | null>> {
    return await deadline.wait(this.commits.mustHaveGroup().committed([...partitions], deadline))
  }

  /** Aborts when the partition is not this consumer's any more. */
  signalOf(state: PartitionState): AbortSignal {
    return this.#signals.of(state)
  }

  deadline(what: string, options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}): Deadline {
    return Deadline.of(this.ports, what, options, this.settings.values['default.api.timeout.ms'])
  }

  mustBeOpen(): void {
    if (this.#isClosed) throw new KafkaError('CLOSED', 'the consumer is closed')
  }

  /** Ends membership, fetches and connections, within the time. Errors: the listener's. */
  async close(options: { readonly timeoutMs: number; readonly isToStay: boolean }): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const letProcessEnd = holdProcess()
    this.commits.stop()
    this.#topics.close()
    this.#stalls.stop()
    this.positions.close()
    this.fetcher.close()
    const deadline = new Deadline(this.ports, 'close()', options.timeoutMs)
    try {
      await deadline.wait(this.#leave(deadline, options.isToStay))
    } catch (error) {
      if (error instanceof KafkaError && error.code === 'TIMEOUT') this.logger.warn({}, 'close() ran out of time')
      else throw error
    } finally {
      this.#signals.abortAll()
      this.member?.close()
      this.#interceptors.close()
      this.subscriptions.unsubscribe()
      this.cluster.close()
      letProcessEnd()
      this.wakePoll()
    }
  }

  /** Gives the partitions up and leaves the group. Errors: the listener's. */
  async unsubscribe(deadline: Deadline): Promise<void> {
    if (this.subscriptions.isShared) {
      const options = { reason: 'unsubscribe()', isToStay: false, timeoutMs: deadline.remainingMs }
      await this.member?.leave(options)
    } else await this.commits.commitFinished(undefined, deadline.remainingMs)
    this.subscriptions.unsubscribe()
    this.#onAssigned()
  }

  async #leave(deadline: Deadline, isToStay: boolean): Promise<void> {
    if (this.subscriptions.isShared && this.member !== undefined) {
      await this.member.leave({ reason: 'close()', isToStay, timeoutMs: Math.max(1, deadline.remainingMs) })
    } else {
      await this.drain?.([...this.subscriptions.partitions])
      await this.commits.commitFinished(undefined, deadline.remainingMs)
    }
    await this.commits.settled()
  }

  /** Membership, positions and fetches are kept going. Errors: the member's, the listener's. */
  async #prepare(): Promise<void> {
    const { member, subscriptions } = this
    if (subscriptions.kind === 'none')
      throw new KafkaError('ILLEGAL_STATE', 'neither subscribe() nor assign() was called')
    if (subscriptions.isShared && member !== undefined) {
      if (member.needsStep && this.#topics.isSubscriptionKnown) {
        // Callbacks are the program at work, and have max.poll.interval.ms as well.
        this.activity.waits(false)
        try {
          await member.step()
        } finally {
          this.activity.waits(true)
        }
      }
    }
    this.cluster.metadata.tryAgain()
    this.commits.start()
    for (const { phase } of subscriptions.partitions) {
      if (phase === 'fetching') continue
      this.positions.update()
      break
    }
  }

  #throwPending(): void {
    this.mustBeOpen()
    if (this.#isWokenUp) {
      this.#isWokenUp = false
      throw new WakeupError()
    }
    this.#errors.throwNext()
  }

  #onError(error: KafkaError): void {
    if (this.#isClosed || error.code === 'CLOSED') return
    this.#errors.add(error)
    this.wakePoll()
  }

  /** What no application sees was read: the position moves over it, and what is finished with it. */
  #skip({ state, epoch, nextOffset, nextLeaderEpoch }: PartitionRecords<K, V>): void {
    if (state.epoch !== epoch) return
    const isAllFinished = state.committable === state.position
    state.moveTo(nextOffset, nextLeaderEpoch)
    if (isAllFinished) state.finishAll()
  }

  // Partitions come and go.

  async #beforeRevoke(partitions: readonly TopicPartition[]): Promise<void> {
    this.#signals.abort(partitions)
    await this.drain?.(partitions)
    await this.commits.commitFinished(partitions, COMMIT_BEFORE_REVOKE_MS)
  }

  async #listen(kind: RebalanceKind, partitions: readonly TopicPartition[]): Promise<void> {
    if (kind === 'lost') {
      this.logger.warn({ partitions }, 'Partitions were lost: others may have them already')
      this.#signals.abort(partitions)
      await this.drain?.(partitions)
    }
    publishRebalance({ kind, partitions, groupId: this.settings.groupId })
    await this.#hooks.listen(kind, partitions)
  }

  #onAssigned(): void {
    this.#signals.sweep()
    if (this.#isClosed) return
    if (this.subscriptions.partitionCount > 0) this.#stalls.start()
    this.positions.update()
    this.fetcher.pump()
  }

  #onMetadata(): void {
    if (this.#isClosed) return
    this.#topics.onMetadata()
    this.positions.noticeLeaders()
    this.fetcher.pump()
    this.wakePoll()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
