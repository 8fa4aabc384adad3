/**
 * One member of a classic group: joins, stays, and leaves.
 *
 *     unjoined ──► joining ──► joined ──► stable ──► (rebalance) joining …
 *                    │ in the background   │ in `step`, with the listener's callbacks
 *
 * Joining and heartbeats go on in the background, whatever the application does. What concerns its partitions happens in
 * `step` alone, which runs while the application asks for records: it gives up, gets or loses partitions there, and its
 * listener is awaited. Heartbeats go on while a handler works; `max.poll.interval.ms` ends the membership of one that is stuck.
 *
 * It owns the member's id and generation. Positions and commits belong to others, which it asks through its hooks.
 */
import { ExponentialBackoff } from '@millrace/net'
import type { Cluster } from '../cluster/cluster.js'
import { KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import { partitionKey, type TopicPartition } from '../topic-partition.js'
import { sleep } from '../waiting.js'
import type { ConsumerMetrics } from './consumer-metrics.js'
import type {
  ConsumerPartitionAssignor,
  GroupMember as OtherMember,
  RebalanceProtocol,
} from './core/assignors/assignor.js'
import type { SubscriptionState } from './core/subscription-state.js'
import type { GroupProtocol, Identity, Joined, MemberIdRequiredError } from './group-protocol.js'
import type { CommittingMember } from './offset-store.js'

export type MemberPhase = 'unjoined' | 'joining' | 'joined' | 'stable'

export type RebalanceKind = 'assigned' | 'revoked' | 'lost'

export interface MemberHooks {
  /** The application's handlers for these partitions are to finish, and what they finished is to be committed. */
  readonly beforeRevoke: (partitions: readonly TopicPartition[]) => Promise<void>
  /** The listener's callback, awaited. Its error is the application's: `step` throws it when all is done. */
  readonly listen: (kind: RebalanceKind, partitions: readonly TopicPartition[]) => Promise<void>
  /** The assignment has changed. */
  readonly onAssigned: () => void
  /** `step` has something to do. */
  readonly onAttention: () => void
  /** Monotonic ms of the last sign of life of the application; undefined: it waits for records now. */
  readonly idleSinceMs: () => number | undefined
  /** What the application works on, for messages. */
  readonly stuckAt: () => string
}

export interface GroupMemberOptions {
  readonly cluster: Cluster
  readonly protocol: GroupProtocol
  readonly subscriptions: SubscriptionState
  readonly assignors: readonly ConsumerPartitionAssignor[]
  readonly rebalanceProtocol: RebalanceProtocol
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly requestTimeoutMs: number
  readonly hooks: MemberHooks
  readonly metrics: ConsumerMetrics
  readonly ports: ClientPorts
  readonly logger: Logger
}

const NO_GENERATION = -1

interface Completed {
  readonly joined: Joined
  readonly partitions: readonly TopicPartition[]
  readonly assignor: ConsumerPartitionAssignor
}

export class GroupMember {
  readonly #options: GroupMemberOptions
  readonly #backoff: ExponentialBackoff
  readonly #closing = new AbortController()
  #memberId = ''
  #generationId = NO_GENERATION
  #phase: MemberPhase = 'unjoined'
  #rejoinReason: string | undefined
  #isLost = false
  #failure: KafkaError | undefined
  #completed: Completed | undefined
  #rebalanceStartMs: number | undefined
  #stepping: Promise<void> | undefined
  /** Partition counts that the leader has assigned by; undefined: this member is not the leader. */
  #assignedCounts: ReadonlyMap<string, number> | undefined
  #groupTopics: ReadonlySet<string> = new Set()
  /** Counts them, so that one that was overtaken by leaving the group is recognised. */
  #joinAttempt = 0
  #cancelHeartbeat = () => {}
  #isHeartbeating = false
  #lastHeartbeatMs: number | undefined

  constructor(options: GroupMemberOptions) {
    this.#options = options
    const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs, ports } = options
    this.#backoff = new ExponentialBackoff({ initialMs, maxMs, random: ports.random })
  }

  get phase(): MemberPhase {
    return this.#phase
  }

  /** As whom offsets are committed. */
  get identity(): CommittingMember {
    const { groupInstanceId } = this.#options
    return { memberId: this.#memberId, generationId: this.#generationId, groupInstanceId }
  }

  /** Topics of all members, for the leader's metadata. */
  get groupTopics(): ReadonlySet<string> {
    return this.#groupTopics
  }

  get lastHeartbeatMs(): number | undefined {
    return this.#lastHeartbeatMs
  }

  /** `step` would do something. */
  get needsStep(): boolean {
    return (
      this.#failure !== undefined ||
      this.#isLost ||
      this.#completed !== undefined ||
      (this.#rejoinReason !== undefined && this.#phase !== 'joining')
    )
  }

  /** A rebalance is wanted or under way. */
  get isRebalancing(): boolean {
    return this.#phase !== 'stable' || this.#rejoinReason !== undefined
  }

  /** The group is to be joined (again). The first reason counts. */
  requestRejoin(reason: string): void {
    this.#rejoinReason ??= reason
    this.#options.hooks.onAttention()
  }

  /**
   * What is due: partitions to be given up, a join to be begun, an assignment to be taken over. Errors: what keeps the member
   * from its group and does not pass; the listener's.
   */
  async step(): Promise<void> {
    this.#stepping ??= this.#step().finally(() => {
      this.#stepping = undefined
    })
    await this.#stepping
  }

  /** Counts of partitions may have changed. */
  noticeMetadata(): void {
    if (this.#assignedCounts === undefined || this.#phase !== 'stable') return
    for (const [topic, count] of this.#countsOf(this.#groupTopics)) {
      if (this.#assignedCounts.get(topic) === count) continue
      this.requestRejoin(`topic ${topic} has ${count} partitions now`)
      return
    }
  }

  /** A commit was refused: the member may not know of a rebalance yet. */
  onCommitError(error: KafkaError, as: Identity): void {
    if (as.generationId !== this.#generationId || as.memberId !== this.#memberId) return
    if (error.code === 'REBALANCE_IN_PROGRESS') this.requestRejoin('a commit told of a rebalance')
    else if (error.code === 'FENCED_INSTANCE_ID') this.#fail(error)
    else if (error.code === 'UNKNOWN_MEMBER_ID' || error.code === 'ILLEGAL_GENERATION') {
      // The group may have its next generation already, and the join that is under way tells of it.
      if (this.#phase !== 'joining') this.#lose(error)
    }
  }

  /**
   * Gives up all partitions with their callbacks, and leaves the group unless `isToStay`. Errors: the listener's; a
   * coordinator that does not answer is no error.
   */
  async leave(options: {
    readonly reason: string
    readonly isToStay: boolean
    readonly timeoutMs: number
  }): Promise<void> {
    this.#cancelHeartbeat()
    await this.#stepping?.catch(() => {})
    this.#cancelHeartbeat()
    let listenerError: unknown
    const owned = this.#owned()
    if (owned.length > 0) {
      const kind: RebalanceKind = this.#isLost || this.#generationId === NO_GENERATION ? 'lost' : 'revoked'
      try {
        if (kind === 'revoked') await this.#options.hooks.beforeRevoke(owned)
        await this.#options.hooks.listen(kind, owned)
      } catch (error) {
        listenerError = error
      }
    }
    if (!options.isToStay) await this.#sendLeave(options.reason, options.timeoutMs)
    this.#forgetMembership()
    if (listenerError !== undefined) throw listenerError
  }

  /** No more timers and tries. */
  close(): void {
    this.#cancelHeartbeat()
    this.#closing.abort(new KafkaError('CLOSED', 'the consumer is closed'))
  }

  #forgetMembership(): void {
    this.#phase = 'unjoined'
    this.#memberId = ''
    this.#generationId = NO_GENERATION
    this.#rejoinReason = undefined
    this.#completed = undefined
    this.#isLost = false
    this.#assignedCounts = undefined
    this.#groupTopics = new Set()
    this.#joinAttempt++
  }

  async #sendLeave(reason: string, timeoutMs: number): Promise<void> {
    const memberId = this.#memberId
    if (memberId === '' || timeoutMs <= 0) return
    const { protocol, logger, groupId } = this.#options
    try {
      await protocol.leave(memberId, reason, timeoutMs)
    } catch (error) {
      logger.info({ groupId, memberId, error: String(error) }, 'The group did not hear that this member leaves')
    }
  }

  // What concerns partitions.

  async #step(): Promise<void> {
    if (this.#failure !== undefined) {
      const failure = this.#failure
      // A member that was replaced stays so; the rest is tried again when records are asked for again.
      if (!failure.fatal) this.#failure = undefined
      throw failure
    }
    if (this.#isLost) await this.#giveUpLost()
    const completed = this.#completed
    if (completed !== undefined) {
      this.#completed = undefined
      await this.#takeOver(completed)
    }
    if (this.#rejoinReason === undefined || this.#phase === 'joining' || this.#closing.signal.aborted) return
    const error = await this.#prepare()
    this.#beginJoin()
    if (error !== undefined) throw error
  }

  async #giveUpLost(): Promise<void> {
    const owned = this.#owned()
    this.#isLost = false
    this.#options.subscriptions.assignByGroup([])
    this.#options.hooks.onAssigned()
    if (owned.length > 0) await this.#options.hooks.listen('lost', owned)
  }

  /** Before a join: what may belong to others afterwards is given up. Returns the listener's error. */
  async #prepare(): Promise<unknown> {
    const { rebalanceProtocol, subscriptions, hooks, logger, groupId } = this.#options
    this.#rebalanceStartMs ??= this.#options.ports.monotonicMs()
    logger.info({ groupId, reason: this.#rejoinReason }, 'The group rebalances')
    const owned = this.#owned()
    const toRevoke =
      rebalanceProtocol === 'eager' ? owned : owned.filter(({ topic }) => !subscriptions.topics.has(topic))
    if (toRevoke.length === 0) return undefined
    await hooks.beforeRevoke(toRevoke)
    return await this.#revoke(toRevoke)
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<unknown> {
    const { subscriptions, hooks } = this.#options
    let error: unknown
    try {
      await hooks.listen('revoked', partitions)
    } catch (thrown) {
      error = thrown ?? new Error('a rebalance listener failed')
    }
    const gone = new Set(partitions.map(({ topic, partition }) => partitionKey(topic, partition)))
    subscriptions.assignByGroup([...subscriptions.partitions].filter(({ key }) => !gone.has(key)))
    hooks.onAssigned()
    return error
  }

  async #takeOver({ joined, partitions, assignor }: Completed): Promise<void> {
    const { subscriptions, hooks, logger, groupId, metrics, ports, rebalanceProtocol } = this.#options
    const before = new Set([...subscriptions.partitions].map(({ key }) => key))
    const keys = new Set(partitions.map(({ topic, partition }) => partitionKey(topic, partition)))
    const revoked = this.#owned().filter(({ topic, partition }) => !keys.has(partitionKey(topic, partition)))
    const added = partitions.filter(({ topic, partition }) => !before.has(partitionKey(topic, partition)))
    let error: unknown
    if (rebalanceProtocol === 'cooperative' && revoked.length > 0) {
      await hooks.beforeRevoke(revoked)
      error = await this.#revoke(revoked)
      // What was given up can be assigned to others now.
      this.#rejoinReason ??= `${revoked.length} partitions were given up to other members`
    }
    assignor.onAssignment?.(partitions, joined.generationId)
    subscriptions.assignByGroup(partitions)
    this.#phase = 'stable'
    if (this.#rebalanceStartMs !== undefined) metrics.rebalances.add(ports.monotonicMs() - this.#rebalanceStartMs)
    this.#rebalanceStartMs = undefined
    const { generationId, memberId } = joined
    logger.info({ groupId, memberId, generationId, partitions: [...keys] }, 'Partitions were assigned')
    try {
      await hooks.listen('assigned', added)
    } catch (thrown) {
      error ??= thrown
    }
    hooks.onAssigned()
    this.noticeMetadata()
    if (error !== undefined) throw error
  }

  #owned(): TopicPartition[] {
    return [...this.#options.subscriptions.partitions].map(({ topic, partition }) => ({ topic, partition }))
  }

  // What goes on in the background.

  #beginJoin(): void {
    const reason = this.#rejoinReason ?? ''
    this.#rejoinReason = undefined
    this.#phase = 'joining'
    this.#cancelHeartbeat()
    this.#joinAttempt++
    void this.#join(reason, this.#joinAttempt)
  }

  async #join(reason: string, attempt: number): Promise<void> {
    const { metrics, hooks, logger, groupId, ports } = this.#options
    for (let failures = 0; attempt === this.#joinAttempt && !this.#closing.signal.aborted; ) {
      try {
        const completed = await this.#joinAndSync(reason, attempt)
        if (attempt !== this.#joinAttempt || completed === undefined) return
        this.#completed = completed
        this.#phase = 'joined'
        this.#lastHeartbeatMs = ports.monotonicMs()
        this.#scheduleHeartbeat()
        hooks.onAttention()
        return
      } catch (thrown) {
        if (attempt !== this.#joinAttempt || this.#closing.signal.aborted) return
        const error = kafkaErrorOf(thrown)
        const next = this.#afterJoinError(error)
        if (next === 'at once') continue
        metrics.failedRebalances++
        if (next === 'never') {
          this.#phase = 'unjoined'
          this.#rejoinReason ??= reason
          this.#fail(error)
          return
        }
        failures++
        if (failures === 1) logger.info({ groupId, error: error.message }, 'The group cannot be joined yet')
        await sleep(ports, this.#backoff.delayMs(failures), this.#closing.signal).catch(() => {})
      }
    }
  }

  #afterJoinError(error: KafkaError): 'at once' | 'later' | 'never' {
    switch (error.code) {
      case 'MEMBER_ID_REQUIRED':
        this.#memberId = (error as MemberIdRequiredError).memberId
        return 'at once'
      case 'REBALANCE_IN_PROGRESS':
        return 'at once'
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        this.#resetGeneration(error.code === 'UNKNOWN_MEMBER_ID')
        return 'later'
      default:
        return error.retriable || error.code === 'BROKER_NOT_AVAILABLE' ? 'later' : 'never'
    }
  }

  async #joinAndSync(reason: string, attempt: number): Promise<Completed | undefined> {
    const { protocol, metrics, ports, subscriptions, assignors } = this.#options
    const startMs = ports.monotonicMs()
    const topics = [...subscriptions.topics]
    const ownedPartitions = this.#isLost ? [] : this.#owned()
    const generationId = this.#isLost ? NO_GENERATION : this.#generationId
    const joined = await protocol.join(this.#memberId, { topics, ownedPartitions, generationId }, reason)
    const joinedMs = ports.monotonicMs()
    metrics.joins.add(joinedMs - startMs)
    if (attempt !== this.#joinAttempt) {
      // It left while it joined, and its leave may have been too early.
      await this.#leaveLate(joined.memberId)
      return undefined
    }
    this.#memberId = joined.memberId
    const assignor = assignors.find(({ name }) => name === joined.protocolName)
    if (assignor === undefined) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `assignor ${joined.protocolName}`)
    this.#assignedCounts = undefined
    const assignment = joined.members === undefined ? undefined : await this.#assign(assignor, joined.members)
    const partitions = await protocol.sync(joined, assignment)
    metrics.syncs.add(ports.monotonicMs() - joinedMs)
    if (attempt !== this.#joinAttempt) return undefined
    this.#generationId = joined.generationId
    return { joined, partitions, assignor }
  }

  async #leaveLate(memberId: string): Promise<void> {
    if (this.#options.groupInstanceId !== null || this.#closing.signal.aborted) return
    await this.#options.protocol.leave(memberId, 'left while joining', this.#options.requestTimeoutMs).catch(() => {})
  }

  async #assign(assignor: ConsumerPartitionAssignor, members: readonly OtherMember[]) {
    const { cluster } = this.#options
    this.#groupTopics = new Set(members.flatMap(({ topics }) => topics))
    const isKnown = () => [...this.#groupTopics].every((topic) => cluster.snapshot.topics.has(topic))
    if (!isKnown()) await cluster.metadata.update(this.#closing.signal)
    const counts = this.#countsOf(this.#groupTopics)
    const assignment = assignor.assign(counts, members)
    this.#assignedCounts = counts
    return assignment
  }

  #countsOf(topics: Iterable<string>): ReadonlyMap<string, number> {
    const { snapshot } = this.#options.cluster
    return new Map([...topics].map((topic) => [topic, snapshot.topics.get(topic)?.partitions.length ?? 0]))
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat()
    if (this.#closing.signal.aborted) return
    const { ports, heartbeatIntervalMs, maxPollIntervalMs } = this.#options
    const idleMs = this.#idleMs()
    const untilStuckMs = idleMs === undefined ? Number.POSITIVE_INFINITY : Math.max(1, maxPollIntervalMs - idleMs)
    const delayMs = Math.min(heartbeatIntervalMs, untilStuckMs)
    this.#cancelHeartbeat = ports.timers.schedule(delayMs, () => this.#onTimer())
  }

  #idleMs(): number | undefined {
    const sinceMs = this.#options.hooks.idleSinceMs()
    return sinceMs === undefined ? undefined : this.#options.ports.monotonicMs() - sinceMs
  }

  #onTimer(): void {
    if (this.#generationId === NO_GENERATION || this.#phase === 'joining') return
    const idleMs = this.#idleMs()
    if (idleMs !== undefined && idleMs >= this.#options.maxPollIntervalMs) {
      this.#leaveBecauseStuck(idleMs)
      return
    }
    if (!this.#isHeartbeating) void this.#heartbeat()
    this.#scheduleHeartbeat()
  }

  #leaveBecauseStuck(idleMs: number): void {
    const { hooks, logger, groupId, groupInstanceId, maxPollIntervalMs, requestTimeoutMs } = this.#options
    const at = hooks.stuckAt()
    logger.warn(
      { groupId, memberId: this.#memberId, idleMs: Math.round(idleMs), stuckAt: at },
      `No record was asked for within max.poll.interval.ms (${maxPollIntervalMs} ms): ${at}. This member leaves its group, and others get its partitions`,
    )
    const memberId = this.#memberId
    // A static member stays until its session ends, as in Java.
    if (groupInstanceId === null) void this.#sendLeave(`no poll within max.poll.interval.ms: ${at}`, requestTimeoutMs)
    this.#lose(new KafkaError('UNKNOWN_MEMBER_ID', `member ${memberId} left: ${at}`))
  }

  async #heartbeat(): Promise<void> {
    const { protocol, metrics, ports } = this.#options
    const as: Identity = { memberId: this.#memberId, generationId: this.#generationId }
    const startMs = ports.monotonicMs()
    this.#isHeartbeating = true
    try {
      await protocol.heartbeat(as)
      this.#lastHeartbeatMs = ports.monotonicMs()
      metrics.heartbeats.add(this.#lastHeartbeatMs - startMs)
    } catch (error) {
      // An answer to a membership that has ended since says nothing.
      if (as.generationId === this.#generationId && as.memberId === this.#memberId && this.#phase !== 'joining') {
        this.#onHeartbeatError(kafkaErrorOf(error))
      }
    } finally {
      this.#isHeartbeating = false
    }
  }

  #onHeartbeatError(error: KafkaError): void {
    const { logger, groupId, sessionTimeoutMs, ports, retryBackoffMaxMs } = this.#options
    switch (error.code) {
      case 'REBALANCE_IN_PROGRESS':
        this.requestRejoin('a heartbeat told of a rebalance')
        return
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        this.#lose(error)
        return
      case 'CLOSED':
        return
      default:
        if (!error.retriable && error.code !== 'BROKER_NOT_AVAILABLE') {
          this.#fail(error)
          return
        }
        logger.info({ groupId, error: error.message }, 'A heartbeat failed')
        if (ports.monotonicMs() - (this.#lastHeartbeatMs ?? 0) > sessionTimeoutMs) {
          logger.warn({ groupId }, 'The coordinator has not answered within the session timeout')
        }
        // Not as late as the next one is due.
        this.#cancelHeartbeat()
        this.#cancelHeartbeat = ports.timers.schedule(retryBackoffMaxMs, () => this.#onTimer())
    }
  }

  /** The membership has ended: partitions may have other owners by now. */
  #lose(error: KafkaError): void {
    const { logger, groupId, hooks } = this.#options
    logger.info(
      { groupId, memberId: this.#memberId, reason: error.message },
      'This member is not in its group any more',
    )
    this.#cancelHeartbeat()
    this.#resetGeneration(error.code === 'UNKNOWN_MEMBER_ID')
    this.#rejoinReason ??= error.message
    this.#completed = undefined
    if (this.#phase !== 'joining') this.#phase = 'unjoined'
    hooks.onAttention()
  }

  #resetGeneration(isIdGone: boolean): void {
    this.#generationId = NO_GENERATION
    if (isIdGone) this.#memberId = ''
    if (this.#options.subscriptions.partitionCount > 0) this.#isLost = true
  }

  #fail(error: KafkaError): void {
    const { hooks, logger, groupId } = this.#options
    const isFenced = error.code === 'FENCED_INSTANCE_ID'
    logger.error({ groupId, code: error.code, error: error.message }, 'This member cannot be in its group')
    this.#cancelHeartbeat()
    if (isFenced) this.#resetGeneration(true)
    this.#failure = isFenced ? new KafkaError(error.code, error.message, { fatal: true, cause: error }) : error
    if (this.#phase !== 'unjoined') this.#phase = 'unjoined'
    this.#rejoinReason ??= error.message
    hooks.onAttention()
  }
}
