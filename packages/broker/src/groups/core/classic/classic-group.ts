/**
 * Classic consumer group: state, generation and leader of ONE group, after Kafka's ClassicGroup. Its members are in the
 * roster (member-roster.ts), to which it alone adds and from which it alone removes.
 *
 * Two kinds of state live here.
 * - Durable: what the last GroupMetadata record says (`metadata`): generation, protocol, leader, members with their
 *   subscription and assignment. It changes only when a record is replayed, and is all that survives a reload.
 * - Transient: everything about a rebalance in progress. States PreparingRebalance and CompletingRebalance, the
 *   generation and leader being agreed on, who has joined and synced, the protocols that members did not choose,
 *   parked requests. Handlers change it directly, as Kafka does: it is lost on purpose when the coordinator moves,
 *   and members then join again.
 *
 * The two meet when the leader's assignment is replayed: the group becomes Stable and transient equals durable.
 *
 * This class keeps leader, protocol and members in step. It takes no decisions and answers nobody.
 */
import assert from 'node:assert/strict'
import type { JoinGroupProtocol } from '../group-messages.js'
import type { GroupMetadataRecord, GroupMetadataValue } from '../group-records.js'
import { type ClassicGroupState, canTransition } from './classic-group-state.js'
import { type ClassicMember, memberFromRecord, memberToRecord, NO_BYTES } from './classic-member.js'
import { MemberRoster } from './member-roster.js'

const CONSUMER_PROTOCOL_TYPE = 'consumer'

type ClassicRoster = Omit<MemberRoster, 'insert' | 'remove' | 'invariants'>

export class ClassicGroup {
  readonly groupId: string
  #state: ClassicGroupState = 'Empty'
  #previousState: ClassicGroupState = 'Empty'
  /** When the group entered its state; −1 if loaded from an old record. */
  #currentStateTimestampMs: number
  #protocolType: string | null = null
  #protocolName: string | null = null
  #generationId = 0
  #leaderId: string | null = null
  #metadata: GroupMetadataValue | null = null
  #subscribedTopics: ReadonlySet<string> | null = null
  readonly #roster: MemberRoster
  /** Ids given out with MEMBER_ID_REQUIRED whose owner has not come back yet. */
  readonly #pendingJoinMembers = new Set<string>()
  readonly #pendingSyncMembers = new Set<string>()
  /** Set by a member that joins during the first rebalance: it extends the initial delay. */
  newMemberAdded = false

  constructor(groupId: string, nowMs: number) {
    this.groupId = groupId
    this.#roster = new MemberRoster(groupId)
    this.#currentStateTimestampMs = nowMs
  }

  /** The group as its last record describes it: Stable with all its members, or Empty. */
  static fromRecord(groupId: string, value: GroupMetadataValue): ClassicGroup {
    const group = new ClassicGroup(groupId, value.currentStateTimestamp)
    group.#metadata = value
    group.#protocolType = value.protocolType === '' ? null : value.protocolType
    // Kafka always writes the protocol of a group with members; a name that nobody has does no harm.
    group.#protocolName = value.members.length === 0 ? value.protocol : (value.protocol ?? '')
    group.#generationId = value.generation
    group.#leaderId = value.leader
    for (const member of value.members) group.#roster.insert(memberFromRecord(member, value))
    group.#leaderId ??= value.members[0]?.memberId ?? null
    group.#state = value.members.length === 0 ? 'Empty' : 'Stable'
    group.#subscribedTopics = group.#computeSubscribedTopics()
    group.#invariants()
    return group
  }

  get state(): ClassicGroupState {
    return this.#state
  }

  get previousState(): ClassicGroupState {
    return this.#previousState
  }

  get generationId(): number {
    return this.#generationId
  }

  get protocolType(): string | null {
    return this.#protocolType
  }

  get protocolName(): string | null {
    return this.#protocolName
  }

  get leaderId(): string | null {
    return this.#leaderId
  }

  get currentStateTimestampMs(): number {
    return this.#currentStateTimestampMs
  }

  /** The durable state: the last replayed record, null before the first one. */
  get metadata(): GroupMetadataValue | null {
    return this.#metadata
  }

  get size(): number {
    return this.#roster.size
  }

  /** The members with their parked requests. Who comes and goes does so through the group. */
  get roster(): ClassicRoster {
    return this.#roster
  }

  get usesConsumerGroupProtocol(): boolean {
    return this.#protocolType === CONSUMER_PROTOCOL_TYPE
  }

  members(): IterableIterator<ClassicMember> {
    return this.#roster.values()
  }

  member(memberId: string): ClassicMember | undefined {
    return this.#roster.get(memberId)
  }

  isLeader(memberId: string): boolean {
    return this.#leaderId === memberId
  }

  /** NONE, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another member id has taken the instance id (KIP-345). */
  validateMember(memberId: string, groupInstanceId: string | null | undefined): number {
    return this.#roster.validate(memberId, groupInstanceId)
  }

  /** True if a member with these protocols could join without leaving the group without a common protocol. */
  supportsProtocols(protocolType: string, protocols: readonly JoinGroupProtocol[]): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0
    return this.#protocolType === protocolType && this.#roster.supportsAny(protocols)
  }

  hasAllMembersJoined(): boolean {
    return this.size === this.#roster.awaitingJoinCount && this.#pendingJoinMembers.size === 0
  }

  isSubscribedToTopic(topic: string): boolean {
    // A consumer group whose subscriptions cannot be read counts as subscribed to everything.
    return this.#subscribedTopics?.has(topic) ?? this.usesConsumerGroupProtocol
  }

  /**
   * From when on the retention of an offset counts, or null while nothing may expire: a group with members keeps its
   * offsets, except for topics that a stable consumer group is known not to read any more (KIP-211).
   */
  retentionBaseMs(commitTimestampMs: number): number | null {
    if (this.#protocolType === null) return commitTimestampMs
    if (this.#state === 'Empty') {
      return this.#currentStateTimestampMs === -1 ? commitTimestampMs : this.#currentStateTimestampMs
    }
    const knowsItsTopics = this.usesConsumerGroupProtocol && this.#subscribedTopics !== null
    return this.#state === 'Stable' && knowsItsTopics ? commitTimestampMs : null
  }

  // Transient changes.

  transitionTo(state: ClassicGroupState, nowMs: number): void {
    assert(canTransition(this.#state, state), `group ${this.groupId}: ${this.#state} may not become ${state}`)
    this.#previousState = this.#state
    this.#state = state
    this.#currentStateTimestampMs = nowMs
  }

  add(member: ClassicMember): void {
    if (this.size === 0) this.#protocolType = member.protocolType
    assert(this.#protocolType === member.protocolType, 'protocol types of the group and its member differ')
    this.#roster.insert(member)
    this.#leaderId ??= member.memberId
    this.#pendingJoinMembers.delete(member.memberId)
    this.#invariants()
  }

  remove(memberId: string): void {
    this.#roster.remove(memberId)
    if (this.#leaderId === memberId) this.#leaderId = this.#roster.firstId() ?? null
    this.#pendingJoinMembers.delete(memberId)
    this.#pendingSyncMembers.delete(memberId)
    this.#invariants()
  }

  /** A static member came back under a new id: it takes the place of the old one, whose requests must be answered. */
  replaceStaticMember(groupInstanceId: string, newMemberId: string): ClassicMember {
    const oldMemberId = this.#roster.idOfInstance(groupInstanceId)
    assert(oldMemberId !== undefined, `no member has instance id ${groupInstanceId}`)
    const old = this.#roster.known(oldMemberId)
    assert(old.awaitingJoin === null && old.awaitingSync === null, 'the old member still waits for answers')
    const wasLeader = this.isLeader(oldMemberId)
    this.remove(oldMemberId)
    const member = { ...old, memberId: newMemberId, isNew: false }
    this.#roster.insert(member)
    if (wasLeader) this.#leaderId = newMemberId
    this.#invariants()
    return member
  }

  get pendingJoinCount(): number {
    return this.#pendingJoinMembers.size
  }

  isPendingJoin(memberId: string): boolean {
    return this.#pendingJoinMembers.has(memberId)
  }

  addPendingJoin(memberId: string): void {
    assert(!this.#roster.has(memberId), `member ${memberId} has joined already`)
    this.#pendingJoinMembers.add(memberId)
  }

  get pendingSyncMembers(): ReadonlySet<string> {
    return this.#pendingSyncMembers
  }

  addPendingSync(memberId: string): void {
    assert(this.#roster.has(memberId), `member ${memberId} has not joined`)
    this.#pendingSyncMembers.add(memberId)
  }

  removePendingSync(memberId: string): void {
    this.#pendingSyncMembers.delete(memberId)
  }

  clearPendingSync(): void {
    this.#pendingSyncMembers.clear()
  }

  /** Keeps a leader that has joined; otherwise gives the lead to a member that has. False if nobody has. */
  electJoinedLeader(): boolean {
    const leader = this.#leaderId === null ? undefined : this.#roster.get(this.#leaderId)
    if (leader !== undefined && leader.awaitingJoin !== null) return true
    for (const member of this.#roster.values()) {
      if (member.awaitingJoin !== null) {
        this.#leaderId = member.memberId
        return true
      }
    }
    return false
  }

  /** Ends the join phase: the next generation of whoever is left, with the protocol that most of them prefer. */
  initNextGeneration(nowMs: number): void {
    this.#generationId++
    this.#protocolName = this.size === 0 ? null : this.#roster.selectProtocol()
    this.#subscribedTopics = this.#computeSubscribedTopics()
    this.#pendingSyncMembers.clear()
    this.transitionTo(this.size === 0 ? 'Empty' : 'CompletingRebalance', nowMs)
    this.#invariants()
  }

  // Durable changes.

  /** The record of the group as it is now, with these assignments; a member without one gets an empty one. */
  toRecord(assignments: ReadonlyMap<string, Buffer>, currentStateTimestampMs: number): GroupMetadataRecord {
    return {
      kind: 'group-metadata',
      group: this.groupId,
      value: {
        protocolType: this.#protocolType ?? '',
        generation: this.#generationId,
        protocol: this.#protocolName,
        leader: this.#leaderId,
        currentStateTimestamp: currentStateTimestampMs,
        members: Array.from(this.#roster.values(), (member) =>
          memberToRecord(member, this.#protocolName, assignments.get(member.memberId) ?? NO_BYTES),
        ),
      },
    }
  }

  /**
   * Replays a record that this live group wrote itself. Its members are here already, with more than the record
   * knows of them; what it adds is the assignment, and with that the end of the rebalance.
   */
  replayOwn(value: GroupMetadataValue): void {
    this.#metadata = value
    for (const { memberId, assignment } of value.members) this.#roster.assign(memberId, assignment)
    if (this.#state === 'CompletingRebalance' && value.generation === this.#generationId) {
      this.transitionTo('Stable', value.currentStateTimestamp)
    }
    this.#invariants()
  }

  #computeSubscribedTopics(): ReadonlySet<string> | null {
    return this.usesConsumerGroupProtocol ? this.#roster.subscribedTopics(this.#protocolName) : null
  }

  #invariants(): void {
    this.#roster.invariants()
    assert(this.size === 0 || this.#leaderId !== null, 'a group with members has a leader')
    const settled = this.#state === 'CompletingRebalance' || this.#state === 'Stable'
    assert(!settled || this.size === 0 || this.#protocolName !== null, 'a generation has a protocol')
  }
}
