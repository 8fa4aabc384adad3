/**
 * One member of a classic group: joins, stays, and leaves.
 *
 *     unjoined ──► joining ──► joined ──► stable ──► (rebalance) joining …
 *                    │ in the background   │ in `step`, with the listener's callbacks
 *
 * Joining (group-join.ts) and heartbeats (heartbeats.ts) go on in the background, whatever the application does. What concerns
 * its partitions happens in `step` alone, which runs while the application asks for records: it gives up, gets or loses
 * partitions there (partition-handover.ts), and its listener is awaited.
 *
 * It decides when to join, and what ends the membership. Positions and commits belong to others, which it asks through its hooks.
 */
import type { Cluster } from '../cluster/cluster.js'
import { KafkaError } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import { Deadline } from '../waiting.js'
import type { ConsumerMetrics } from './consumer-metrics.js'
import type { ConsumerPartitionAssignor, RebalanceProtocol } from './core/assignors/assignor.js'
import type { SubscriptionState } from './core/subscription-state.js'
import { GroupJoin, type JoinedGeneration } from './group-join.js'
import type { GroupProtocol, Identity } from './group-protocol.js'
import { Heartbeats } from './heartbeats.js'
import { LeaderAssignment } from './leader-assignment.js'
import { Membership } from './membership.js'
import type { CommittingMember } from './offset-store.js'
import { type HandoverHooks, type ListenerFailure, PartitionHandover } from './partition-handover.js'

export type MemberPhase = 'unjoined' | 'joining' | 'joined' | 'stable'

export interface MemberHooks extends HandoverHooks {
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

export class GroupMember {
  readonly #options: GroupMemberOptions
  readonly #membership: Membership
  readonly #leading: LeaderAssignment
  readonly #join: GroupJoin
  readonly #heartbeats: Heartbeats
  readonly #handover: PartitionHandover
  readonly #closing = new AbortController()
  #phase: MemberPhase = 'unjoined'
  #rejoinReason: string | undefined
  #failure: KafkaError | undefined
  #completed: JoinedGeneration | undefined
  #rebalanceStartMs: number | undefined
  #stepping: Promise<void> | undefined

  constructor(options: GroupMemberOptions) {
    this.#options = options
    this.#membership = new Membership(options.subscriptions)
    this.#leading = new LeaderAssignment(options.cluster)
    this.#handover = new PartitionHandover(options.subscriptions, options.hooks)
    this.#join = new GroupJoin({
      ...options,
      membership: this.#membership,
      leading: this.#leading,
      onJoined: (generation) => this.#onJoined(generation),
      onFailure: (error, reason) => this.#onJoinFailure(error, reason),
    })
    this.#heartbeats = new Heartbeats({
      ...options,
      member: {
        identity: () => this.#heartbeatIdentity(),
        idleSinceMs: options.hooks.idleSinceMs,
        onRebalance: () => this.requestRejoin('a heartbeat told of a rebalance'),
        onUnknown: (error) => this.#lose(error),
        onFailure: (error) => this.#fail(error),
        onStuck: (idleMs) => this.#leaveBecauseStuck(idleMs),
      },
    })
  }

  get phase(): MemberPhase {
    return this.#phase
  }

  /** As whom offsets are committed. */
  get identity(): CommittingMember {
    const { memberId, generationId } = this.#membership
    return { memberId, generationId, groupInstanceId: this.#options.groupInstanceId }
  }

  /** Topics of all members, for the leader's metadata. */
  get groupTopics(): ReadonlySet<string> {
    return this.#leading.topics
  }

  get lastHeartbeatMs(): number | undefined {
    return this.#heartbeats.lastMs
  }

  /** `step` would do something. */
  get needsStep(): boolean {
    return (
      this.#failure !== undefined ||
      this.#membership.isLost ||
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
   * from its group and does not pass; the listener's; CLOSED, if a callback has not come to its end when the consumer is closed.
   */
  async step(): Promise<void> {
    const { ports } = this.#options
    const untilClosed = new Deadline(ports, 'the rebalance', Number.POSITIVE_INFINITY, this.#closing.signal)
    untilClosed.check()
    this.#stepping ??= this.#step().finally(() => {
      this.#stepping = undefined
    })
    await untilClosed.wait(this.#stepping)
  }

  /** Counts of partitions may have changed. */
  noticeMetadata(): void {
    if (this.#phase !== 'stable') return
    const changed = this.#leading.changedTopic()
    if (changed === undefined) return
    this.requestRejoin(`topic ${changed.topic} has ${changed.partitions} partitions now`)
  }

  /** A commit was refused: the member may not know of a rebalance yet. */
  onCommitError(error: KafkaError, as: Identity): void {
    if (!this.#membership.is(as)) return
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
    this.#heartbeats.stop()
    await this.#stepping?.catch(() => {})
    this.#heartbeats.stop()
    const { isLost, hasGeneration } = this.#membership
    const failure = await this.#handover.leave(isLost || !hasGeneration ? 'lost' : 'revoked')
    if (!options.isToStay) await this.#sendLeave(options.reason, options.timeoutMs)
    this.#forgetMembership()
    if (failure !== undefined) throw failure.error
  }

  /** No more timers and tries. */
  close(): void {
    this.#heartbeats.close()
    this.#join.close()
    this.#closing.abort(new KafkaError('CLOSED', 'the consumer is closed'))
  }

  #forgetMembership(): void {
    this.#join.abandon()
    this.#membership.forget()
    this.#leading.end()
    this.#phase = 'unjoined'
    this.#rejoinReason = undefined
    this.#completed = undefined
  }

  async #sendLeave(reason: string, timeoutMs: number): Promise<void> {
    const { memberId } = this.#membership
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
      // A member that was replaced stays so. The rest is tried again when records are asked for again: a password may be right then.
      if (failure.code !== 'FENCED_INSTANCE_ID') this.#failure = undefined
      throw failure
    }
    if (this.#membership.isLost) await this.#giveUpLost()
    const completed = this.#completed
    if (completed !== undefined) {
      this.#completed = undefined
      await this.#takeOver(completed)
    }
    if (this.#rejoinReason === undefined || this.#phase === 'joining' || this.#join.isClosed) return
    const failure = await this.#prepare()
    this.#beginJoin()
    if (failure !== undefined) throw failure.error
  }

  async #giveUpLost(): Promise<void> {
    this.#membership.giveUpLost()
    const failure = await this.#handover.lose()
    if (failure !== undefined) throw failure.error
  }

  /** Before a join: what may belong to others afterwards is given up. */
  async #prepare(): Promise<ListenerFailure | undefined> {
    const { rebalanceProtocol, subscriptions, logger, groupId } = this.#options
    this.#rebalanceStartMs ??= this.#options.ports.monotonicMs()
    logger.info({ groupId, reason: this.#rejoinReason }, 'The group rebalances')
    const owned = this.#handover.owned()
    const isEager = rebalanceProtocol === 'eager'
    return await this.#handover.revoke(isEager ? owned : owned.filter(({ topic }) => !subscriptions.topics.has(topic)))
  }

  async #takeOver({ joined, partitions, assignor }: JoinedGeneration): Promise<void> {
    const { logger, groupId, metrics, ports, rebalanceProtocol } = this.#options
    let failure: ListenerFailure | undefined
    const toOthers = rebalanceProtocol === 'cooperative' ? this.#handover.ownedBesides(partitions) : []
    if (toOthers.length > 0) {
      failure = await this.#handover.revoke(toOthers)
      // What was given up can be assigned to others now.
      this.#rejoinReason ??= `${toOthers.length} partitions were given up to other members`
    }
    assignor.onAssignment?.(partitions, joined.generationId)
    this.#phase = 'stable'
    if (this.#rebalanceStartMs !== undefined) metrics.rebalances.add(ports.monotonicMs() - this.#rebalanceStartMs)
    this.#rebalanceStartMs = undefined
    const { generationId, memberId } = joined
    const named = partitions.map(({ topic, partition }) => `${topic}-${partition}`)
    logger.info({ groupId, memberId, generationId, partitions: named }, 'Partitions were assigned')
    const ofTaking = await this.#handover.take(partitions)
    this.noticeMetadata()
    failure ??= ofTaking
    if (failure !== undefined) throw failure.error
  }

  // What goes on in the background.

  #beginJoin(): void {
    const reason = this.#rejoinReason ?? ''
    this.#rejoinReason = undefined
    this.#phase = 'joining'
    this.#heartbeats.stop()
    this.#join.begin(reason)
  }

  #onJoined(generation: JoinedGeneration): void {
    this.#completed = generation
    this.#phase = 'joined'
    this.#heartbeats.start()
    this.#options.hooks.onAttention()
  }

  #onJoinFailure(error: KafkaError, reason: string): void {
    this.#phase = 'unjoined'
    this.#rejoinReason ??= reason
    this.#fail(error)
  }

  #heartbeatIdentity(): Identity | undefined {
    const { memberId, generationId, hasGeneration } = this.#membership
    return hasGeneration && this.#phase !== 'joining' ? { memberId, generationId } : undefined
  }

  #leaveBecauseStuck(idleMs: number): void {
    const { hooks, logger, groupId, groupInstanceId, maxPollIntervalMs, requestTimeoutMs } = this.#options
    const { memberId } = this.#membership
    const at = hooks.stuckAt()
    logger.warn(
      { groupId, memberId, idleMs: Math.round(idleMs), stuckAt: at },
      `No record was asked for within max.poll.interval.ms (${maxPollIntervalMs} ms): ${at}. This member leaves its group, and others get its partitions`,
    )
    // A static member stays until its session ends, as in Java.
    if (groupInstanceId === null) void this.#sendLeave(`no poll within max.poll.interval.ms: ${at}`, requestTimeoutMs)
    this.#lose(new KafkaError('UNKNOWN_MEMBER_ID', `member ${memberId} left: ${at}`))
  }

  /** The membership has ended: partitions may have other owners by now. */
  #lose(error: KafkaError): void {
    const { logger, groupId, hooks } = this.#options
    const { memberId } = this.#membership
    logger.info({ groupId, memberId, reason: error.message }, 'This member is not in its group any more')
    this.#heartbeats.stop()
    this.#membership.end(error.code === 'UNKNOWN_MEMBER_ID')
    this.#rejoinReason ??= error.message
    this.#completed = undefined
    if (this.#phase !== 'joining') this.#phase = 'unjoined'
    hooks.onAttention()
  }

  #fail(error: KafkaError): void {
    const { hooks, logger, groupId } = this.#options
    const isFenced = error.code === 'FENCED_INSTANCE_ID'
    logger.error({ groupId, code: error.code, error: error.message }, 'This member cannot be in its group')
    this.#heartbeats.stop()
    if (isFenced) this.#membership.end(true)
    this.#failure = isFenced ? new KafkaError(error.code, error.message, { fatal: true, cause: error }) : error
    if (this.#phase !== 'unjoined') this.#phase = 'unjoined'
    this.#rejoinReason ??= error.message
    hooks.onAttention()
  }
}
