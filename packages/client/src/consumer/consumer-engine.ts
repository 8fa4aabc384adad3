/**
 * What all ways of reading share: one loop that asks for records while it keeps membership, positions and fetches going.
 *
 *     poll ──► membership (callbacks) ──► records from the fetcher ──► or wait until something changes
 *
 * It owns the parts and wires them. It does not say which records are finished: poll, iterators and runner do, in the
 * partitions' states, and what they say is what is committed.
 */
import { Cluster } from '../cluster/cluster.js'
import { errorOf, KafkaError } from '../errors.js'
import { holdProcess } from '../keep-alive.js'
import type { ClientPorts, Logger } from '../ports.js'
import type { OffsetAndMetadata, TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { Deadline } from '../waiting.js'
import { Activity } from './activity.js'
import type { ConsumerSettings } from './consumer-config.js'
import { PartitionError, WakeupError } from './consumer-errors.js'
import { ConsumerMetrics } from './consumer-metrics.js'
import type { PartitionRecords } from './consumer-record.js'
import type { PartitionState } from './core/partition-state.js'
import { SubscriptionState } from './core/subscription-state.js'
import { publishRebalance } from './diagnostics.js'
import { Fetcher } from './fetcher.js'
import { GroupMember, type RebalanceKind } from './group-member.js'
import { GroupProtocol } from './group-protocol.js'
import { OffsetCommits } from './offset-commits.js'
import { OffsetLookups } from './offset-lookups.js'
import { OffsetStore } from './offset-store.js'
import { Positions } from './positions.js'
import { StallWatch } from './stall-watch.js'

export interface EngineHooks {
  /** The listener's callback. */
  readonly listen: (kind: RebalanceKind, partitions: readonly TopicPartition[]) => Promise<void>
}

/** How long what was finished may take to be committed before partitions go to others. */
const COMMIT_BEFORE_REVOKE_MS = 5000
/** How soon topics that are not there are looked for again. */
const MISSING_TOPICS_MS = 1000

export class ConsumerEngine<K, V> {
  readonly settings: ConsumerSettings<K, V>
  readonly cluster: Cluster
  readonly subscriptions = new SubscriptionState()
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
  readonly #stalls: StallWatch
  readonly #errors = new Map<string, KafkaError>()
  readonly #gone = new Map<PartitionState, AbortController>()
  #wake: (() => void) | undefined
  #hasChanged = false
  #isPolling = false
  #isWokenUp = false
  #isClosed = false
  #hasMatched = false
  #cancelMissing = () => {}

  constructor(settings: ConsumerSettings<K, V>, hooks: EngineHooks) {
    this.settings = settings
    this.#hooks = hooks
    const { ports, logger, retryBackoffMs, retryBackoffMaxMs, requestTimeoutMs, metadataMaxAgeMs } = settings.cluster
    const { values, groupId, reset } = settings
    this.ports = ports
    this.logger = logger
    this.activity = new Activity(ports.monotonicMs)
    this.metrics = new ConsumerMetrics({
      monotonicMs: ports.monotonicMs,
      windowMs: values['metrics.sample.window.ms'],
      sampleCount: values['metrics.num.samples'],
    })
    this.cluster = new Cluster(settings.cluster)
    const isReadCommitted = values['isolation.level'] === 'read_committed'
    this.lookups = new OffsetLookups(this.cluster, isReadCommitted, requestTimeoutMs)
    const store = groupId === undefined ? undefined : new OffsetStore(this.cluster, groupId)
    const shared = {
      cluster: this.cluster,
      subscriptions: this.subscriptions,
      metrics: this.metrics,
      ports,
      logger,
      retryBackoffMs,
      retryBackoffMaxMs,
      requestTimeoutMs,
    }
    const onChange = () => this.wakePoll()
    const onError = (error: KafkaError) => this.#onError(error)
    this.positions = new Positions({
      ...shared,
      lookups: this.lookups,
      committed:
        store === undefined ? undefined : async (partitions, deadline) => await this.committed(partitions, deadline),
      defaultReset: reset,
      onChange: () => {
        this.fetcher.pump()
        this.wakePoll()
      },
      onError,
    })
    const { keyDeserializer, valueDeserializer, onDeserializationError } = settings
    const checkCrcs = values['check.crcs']
    this.fetcher = new Fetcher<K, V>({
      ...shared,
      reading: { checkCrcs, isReadCommitted, keyDeserializer, valueDeserializer, onDeserializationError },
      fetchMinBytes: values['fetch.min.bytes'],
      fetchMaxBytes: values['fetch.max.bytes'],
      fetchMaxWaitMs: values['fetch.max.wait.ms'],
      maxPartitionFetchBytes: values['max.partition.fetch.bytes'],
      bufferMemory: values['buffer.memory'],
      metadataMaxAgeMs,
      rack: values['client.rack'],
      canReset: reset.kind !== 'none',
      onChange: () => {
        this.positions.update()
        this.wakePoll()
      },
      onError,
    })
    this.member = groupId === undefined ? undefined : this.#makeMember(groupId, shared, onChange)
    this.commits = new OffsetCommits({
      ...shared,
      store,
      member: this.member,
      autoCommitIntervalMs: settings.isAutoCommitting ? values['auto.commit.interval.ms'] : undefined,
      timeoutMs: values['default.api.timeout.ms'],
    })
    const sessionTimeoutMs = values['session.timeout.ms']
    this.#stalls = new StallWatch({ ports, logger, sessionTimeoutMs, describe: () => this.activity.describe() })
    this.cluster.metadata.addInterest({ topics: () => this.#topicsOfInterest() })
    this.cluster.metadata.onUpdate(() => this.#onMetadata())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whoever hands out records one by one must `poll` before the next one. */
  get needsAttention(): boolean {
    return this.#isWokenUp || this.#errors.size > 0 || (this.subscriptions.isShared && this.member?.needsStep === true)
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
        this.#hasChanged = false
        this.#throwPending()
        deadline.signal?.throwIfAborted()
        await this.#prepare()
        const parts = this.fetcher.take(max)
        this.fetcher.pump()
        for (const part of parts) if (part.records.length === 0) this.#skip(part)
        const withRecords = parts.filter(({ records }) => records.length > 0)
        if (withRecords.length > 0) {
          // Sockets and timers must have their turn, or a fast reader would starve its own heartbeats.
          if (!hasWaited) await nextTurn()
          return withRecords
        }
        if (deadline.isOver || (isWakeable && hasWaited)) return []
        if (parts.length === 0) await this.#waitForChange(deadline)
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
    this.#hasChanged = true
    this.#wake?.()
  }

  /** The call that waits for records, or the next one, throws WakeupError. */
  wakeup(): void {
    this.#isWokenUp = true
    this.wakePoll()
  }

  /** What was subscribed to or assigned has changed. */
  onSubscription(): void {
    this.#hasMatched = false
    this.#errors.clear()
    const { topics } = this.cluster.snapshot
    const isKnown = [...(this.#topicsOfInterest() ?? [])].every((topic) => topics.get(topic)?.errorCode === 0)
    if (this.subscriptions.kind === 'pattern' || !isKnown) this.cluster.metadata.requestUpdate()
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
  forgetErrors({ topic, partition }: TopicPartition): void {
    for (const [key, error] of this.#errors) {
      if (error instanceof PartitionError && error.topic === topic && error.partition === partition) {
        this.#errors.delete(key)
      }
    }
  }

  /** Some position may be known now, or never will. Errors: what keeps it from being known; TIMEOUT; the signal's reason. */
  async positionsKnown(deadline: Deadline): Promise<void> {
    this.mustBeOpen()
    this.positions.update()
    await deadline.wait(this.positions.settled())
    for (const [key, error] of this.#errors) {
      this.#errors.delete(key)
      throw error
    }
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
    let controller = this.#gone.get(state)
    if (controller === undefined) {
      controller = new AbortController()
      this.#gone.set(state, controller)
      if (!this.subscriptions.has(state)) controller.abort()
    }
    return controller.signal
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
    this.#cancelMissing()
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
      for (const controller of this.#gone.values()) controller.abort()
      this.member?.close()
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

  #makeMember(
    groupId: string,
    shared: Pick<
      ConstructorParameters<typeof GroupMember>[0],
      | 'cluster'
      | 'subscriptions'
      | 'metrics'
      | 'ports'
      | 'logger'
      | 'retryBackoffMs'
      | 'retryBackoffMaxMs'
      | 'requestTimeoutMs'
    >,
    onAttention: () => void,
  ): GroupMember {
    const { values, assignors, rebalanceProtocol } = this.settings
    const own = {
      groupId,
      groupInstanceId: values['group.instance.id'] ?? null,
      sessionTimeoutMs: values['session.timeout.ms'],
      assignors,
    }
    const rebalanceTimeoutMs = values['max.poll.interval.ms']
    const rack = values['client.rack']
    return new GroupMember({
      ...shared,
      ...own,
      protocol: new GroupProtocol({ ...shared, ...own, rebalanceTimeoutMs, rack }),
      rebalanceProtocol,
      heartbeatIntervalMs: values['heartbeat.interval.ms'],
      maxPollIntervalMs: rebalanceTimeoutMs,
      hooks: {
        beforeRevoke: (partitions) => this.#beforeRevoke(partitions),
        listen: (kind, partitions) => this.#listen(kind, partitions),
        onAssigned: () => this.#onAssigned(),
        onAttention,
        idleSinceMs: () => this.activity.idleSinceMs(),
        stuckAt: () => this.activity.describe(),
      },
    })
  }

  /** Membership, positions and fetches are kept going. Errors: the member's, the listener's. */
  async #prepare(): Promise<void> {
    const { member, subscriptions } = this
    if (subscriptions.kind === 'none')
      throw new KafkaError('ILLEGAL_STATE', 'neither subscribe() nor assign() was called')
    if (subscriptions.isShared && member !== undefined) {
      // A pattern means nothing before the topics are known.
      if (member.needsStep && (subscriptions.kind === 'topics' || this.#hasMatched)) {
        // Callbacks are the program at work, and have max.poll.interval.ms as well.
        this.activity.waits(false)
        try {
          await member.step()
        } finally {
          this.activity.waits(true)
        }
      }
    }
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
    for (const [key, error] of this.#errors) {
      this.#errors.delete(key)
      throw error
    }
  }

  #onError(error: KafkaError): void {
    if (this.#isClosed || error.code === 'CLOSED') return
    const { topic, partition } = error as { readonly topic?: string; readonly partition?: number }
    this.#errors.set(`${error.code} ${topic ?? ''} ${partition ?? ''}`, error)
    this.wakePoll()
  }

  /** What no application sees was read: the position moves over it, and what is finished with it. */
  #skip({ state, epoch, nextOffset, nextLeaderEpoch }: PartitionRecords<K, V>): void {
    if (state.epoch !== epoch) return
    const isAllFinished = state.committable === state.position
    state.moveTo(nextOffset, nextLeaderEpoch)
    if (isAllFinished) state.finishAll()
  }

  /** Resolves when something has changed or the time is over. Errors: the signal's reason. */
  async #waitForChange(deadline: Deadline): Promise<void> {
    // It may have changed while callbacks were awaited.
    if (this.#hasChanged) return
    const { signal, remainingMs } = deadline
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#wake = undefined
        cancel()
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const cancel = remainingMs < MAX_TIMER_MS ? this.ports.timers.schedule(remainingMs, done) : () => {}
      this.#wake = done
      signal?.addEventListener('abort', done, { once: true })
    })
  }

  // Partitions come and go.

  async #beforeRevoke(partitions: readonly TopicPartition[]): Promise<void> {
    for (const { topic, partition } of partitions) {
      const state = this.subscriptions.find(topic, partition)
      if (state !== undefined) this.#gone.get(state)?.abort()
    }
    await this.drain?.(partitions)
    await this.commits.commitFinished(partitions, COMMIT_BEFORE_REVOKE_MS)
  }

  async #listen(kind: RebalanceKind, partitions: readonly TopicPartition[]): Promise<void> {
    if (kind === 'lost') {
      this.logger.warn({ partitions }, 'Partitions were lost: others may have them already')
      for (const [state, controller] of this.#gone) {
        if (partitions.some(({ topic, partition }) => state.topic === topic && state.partition === partition)) {
          controller.abort()
        }
      }
      await this.drain?.(partitions)
    }
    publishRebalance({ kind, partitions, groupId: this.settings.groupId })
    await this.#hooks.listen(kind, partitions)
  }

  #onAssigned(): void {
    for (const [state, controller] of this.#gone) {
      if (this.subscriptions.has(state)) continue
      controller.abort()
      this.#gone.delete(state)
    }
    if (this.#isClosed) return
    if (this.subscriptions.partitionCount > 0) this.#stalls.start()
    this.positions.update()
    this.fetcher.pump()
  }

  #onMetadata(): void {
    if (this.#isClosed) return
    const { subscriptions, cluster, member, settings } = this
    if (subscriptions.kind === 'pattern') {
      this.#hasMatched = true
      const hasChanged = subscriptions.matchTopics(
        cluster.snapshot.topics.values(),
        settings.values['exclude.internal.topics'],
      )
      if (hasChanged) member?.requestRejoin(`the pattern matches ${subscriptions.topics.size} topics now`)
    }
    if (subscriptions.isShared) member?.noticeMetadata()
    this.positions.noticeLeaders()
    this.fetcher.pump()
    this.#watchMissingTopics()
    this.wakePoll()
  }

  /** Topics that are not there yet may come. */
  #watchMissingTopics(): void {
    this.#cancelMissing()
    const { topics } = this.cluster.snapshot
    for (const topic of this.#topicsOfInterest() ?? []) {
      const info = topics.get(topic)
      if (info !== undefined && info.errorCode === 0) continue
      this.#noticeTopicError(topic, info?.errorCode)
      this.#cancelMissing = this.ports.timers.schedule(MISSING_TOPICS_MS, () => this.cluster.metadata.requestUpdate())
      return
    }
  }

  #noticeTopicError(topic: string, errorCode: number | undefined): void {
    if (errorCode === undefined) return
    const error = errorOf(errorCode)
    if (error === undefined || error.retriable) return
    const at = { topic, partition: -1, offset: -1 }
    this.#onError(new PartitionError(error.code, at, `topic ${topic}: ${error.message}`))
  }

  #topicsOfInterest(): Iterable<string> | null {
    const { subscriptions, member } = this
    if (subscriptions.kind === 'pattern') return null
    const topics = new Set<string>(subscriptions.topics)
    for (const { topic } of subscriptions.partitions) topics.add(topic)
    for (const topic of member?.groupTopics ?? []) topics.add(topic)
    return topics
  }
}

const MAX_TIMER_MS = 2 ** 31

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
